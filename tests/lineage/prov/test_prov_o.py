"""PROV-O is read as the library ``prov`` reads it, and what is none ends in an error with its place."""

from __future__ import annotations

import logging
import sys
from pathlib import Path

import pytest
from prov import Error
from tests.lineage.prov.judge import CORPUS, our_statements, pretty, their_statements, theirs

from persona.errors import InvalidInput, UsageError
from persona.lineage.constraints.check import check
from persona.lineage.prov.formats import format_of, read_prov
from persona.model.prov import Literally, Name, Statement

DOCUMENTS = sorted((CORPUS / "rdf").glob("*.t*"))


def known_of(path: Path) -> str:
    return "turtle" if path.suffix == ".ttl" else "trig"


@pytest.fixture(scope="module", autouse=True)
def _quiet() -> None:
    logging.getLogger("rdflib").setLevel(logging.CRITICAL)  # it tells of durations that it cannot hold


def test_every_document_of_the_corpus_reads_as_prov_reads_it() -> None:
    assert len(DOCUMENTS) == 402
    different = []
    for path in DOCUMENTS:
        # rdflib rewrites this duration; here values stay as they are written.
        text = path.read_text(encoding="utf-8").replace('"P0Y0M0DT0H0M12.225S"', '"PT12.225S"')
        account = read_prov(text.encode(), path.name)
        if path.name.startswith("scruffy-"):
            # Two statements of one identifier, which RDF makes one resource: prov refuses it, the checker names it.
            with pytest.raises(Error):
                theirs(text, "rdf", rdf_format=known_of(path))
            assert {one.constraint for one in check(account).violations} == {23}
            continue
        ours, known = our_statements(account), their_statements(theirs(text, "rdf", rdf_format=known_of(path)))
        if path.name == "bundle2.ttl":  # an entity that is an activity, too: here two statements, there a type
            assert (ours[None].total(), {one.constraint for one in check(account).violations}) == (8, {55})
            continue
        if ours != known:
            different.append(f"{path.name}\nours {pretty(ours)}\ntheirs {pretty(known)}")
    assert not different, "\n".join(different[:3])


HEAD = """@prefix prov: <http://www.w3.org/ns/prov#> .
@prefix ex: <http://e.org/> .
"""


def test_direct_properties_say_what_qualified_ones_do_not() -> None:
    text = (
        HEAD
        + """
ex:plan a prov:Plan . ex:ada a prov:Person ; ex:age 42 .
ex:a a prov:Activity ; prov:startedAtTime "2025-01-16T14:30:22Z"^^<http://www.w3.org/2001/XMLSchema#dateTime> ;
  prov:used ex:in , ex:other ; prov:qualifiedUsage ex:u ; prov:generated ex:out .
ex:u a prov:Usage ; prov:entity ex:in ; prov:hadRole ex:input .
ex:out prov:wasRevisionOf ex:in ; prov:generatedAtTime "2025-01-16T15:00:00Z" ;
  prov:qualifiedQuotation [ a prov:Quotation ; prov:entity ex:other ] ; prov:mentionOf ex:x ; prov:asInBundle ex:b .
"""
    )
    account = read_prov(text.encode(), "doc.ttl")
    held = {kind: list(account.statements(kind)) for kind in ("entity", "agent", "activity", "used", "wasDerivedFrom")}
    assert held == {
        "entity": [Statement("entity", "ex:plan", (), (("prov:type", Name("prov:Plan")),))],
        "agent": [
            Statement(
                "agent",
                "ex:ada",
                (),
                (("prov:type", Name("prov:Person")), ("ex:age", Literally("42", "xsd:integer"))),
            )
        ],
        "activity": [Statement("activity", "ex:a", ("2025-01-16T14:30:22Z", None))],
        "used": [
            Statement("used", "ex:u", ("ex:a", "ex:in", None), (("prov:role", Name("ex:input")),)),
            Statement("used", None, ("ex:a", "ex:other", None)),
        ],
        "wasDerivedFrom": [
            Statement("wasDerivedFrom", None, ("ex:out", one, None, None, None), (("prov:type", Name(f"prov:{kind}")),))
            for one, kind in (("ex:other", "Quotation"), ("ex:in", "Revision"))
        ],
    }
    assert list(account.statements("mentionOf")) == [Statement("mentionOf", None, ("ex:out", "ex:x", "ex:b"))]
    assert {one.arguments for one in account.statements("wasGeneratedBy")} == {
        ("ex:out", "ex:a", None),
        ("ex:out", None, "2025-01-16T15:00:00Z"),
    }


def test_quads_without_prefixes_have_names_and_bundles() -> None:
    kind = "<http://www.w3.org/1999/02/22-rdf-syntax-ns#type>"
    line = f"<http://e.org/a#x> {kind} <http://www.w3.org/ns/prov#Entity> <http://e.org/b/1> .\n"
    account = read_prov(line.encode(), "doc.txt")
    (bundle,) = account.bundles()
    (statement,) = account.statements("entity", bundle)
    spaces = account.namespaces
    for name, uri in ((bundle, "http://e.org/b/1"), (str(statement.id), "http://e.org/a#x")):
        prefix, _, local = name.partition(":")
        assert spaces[prefix] + local == uri


@pytest.mark.parametrize(
    ("begun", "name", "known"),
    [
        (HEAD, "doc.ttl", "turtle"),
        (HEAD, "doc", "trig"),
        ("PREFIX ex: <http://e.org/>", "doc", "trig"),
        ("<http://a> <http://b> <http://c> .", "doc", "n-quads"),
        ("<document/>", "doc", "prov-xml"),
        ("<prov:document xmlns:prov='x'>", "doc.txt", "prov-xml"),
        (" {", "doc.txt", "prov-json"),
        ("/* a */ // b\ndocument", "doc.txt", "prov-n"),
        ("{ ex:a a ex:b }", "doc.trig", "trig"),
    ],
)
def test_formats_are_told_by_content_and_suffix(begun: str, name: str, known: str) -> None:
    assert format_of(begun.encode(), name) == known


WRONG = {
    "@@@ this is not turtle @@@": ("prov-syntax", "doc.ttl, line 1, column 2"),
    HEAD + "ex:a ex:b ,": ("prov-syntax", "doc.ttl, line 3, column 11"),
    HEAD + "ex:a ex:b ex:c .": ("prov-shape", "doc.ttl"),
    HEAD + "[] a prov:Entity .": ("prov-name", "doc.ttl"),
    HEAD + 'ex:a prov:used "b" .': ("prov-shape", "doc.ttl"),
    HEAD + 'ex:a a prov:Activity ; prov:startedAtTime "noon" .': ("prov-value", "doc.ttl"),
    HEAD + "ex:a prov:used " + "[ ex:b " * 100_000: ("prov-syntax", None),
    "": ("prov-format", "doc.ttl"),
}


@pytest.mark.parametrize("text", WRONG, ids=lambda text: text.removeprefix(HEAD)[:50])
def test_what_is_no_prov_o_is_refused(text: str) -> None:
    code, place = WRONG[text]
    with pytest.raises(InvalidInput) as caught:
        read_prov(text.encode(), "doc.ttl")
    assert caught.value.code == code
    assert place is None or caught.value.place == place


def test_every_malformed_document_of_the_corpus_is_refused() -> None:
    paths = sorted((CORPUS / "malformed").iterdir())
    assert len(paths) >= 17
    for path in paths:
        with pytest.raises(InvalidInput) as caught:
            read_prov(path.read_bytes(), path.name)
        assert path.name in str(caught.value.place)


def test_without_the_library_a_hint_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pyoxigraph", None)
    with pytest.raises(UsageError) as caught:
        read_prov(HEAD.encode(), "doc.ttl")
    assert (caught.value.code, caught.value.hints) == (
        "missing-extra",
        ("install it: `pip install 'persona-workbench[graph]'`",),
    )
