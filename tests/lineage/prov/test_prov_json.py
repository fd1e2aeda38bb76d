"""PROV-JSON is read as the library ``prov`` reads it, and what is none ends in an error with its place."""

from __future__ import annotations

import subprocess
import sys

import pytest
from tests.lineage.prov.judge import CORPUS, our_statements, pretty, their_statements, theirs

from persona.errors import InvalidInput
from persona.lineage.prov.formats import read_prov
from persona.model.prov import Literally, Name, Statement

DOCUMENTS = sorted((CORPUS / "json").glob("*.json")) + sorted((CORPUS / "unification").glob("*.json"))


def test_every_document_of_the_corpus_reads_as_prov_reads_it() -> None:
    assert len(DOCUMENTS) >= 398
    different = []
    for path in DOCUMENTS:
        text = path.read_text(encoding="utf-8")
        ours, known = our_statements(read_prov(text.encode(), path.name)), their_statements(theirs(text, "json"))
        if ours != known:
            different.append(f"{path.name}\nours {pretty(ours)}\ntheirs {pretty(known)}")
    assert not different, "\n".join(different[:3])


WRONG = {
    "": ("prov-format", "doc.json"),
    "{not json": ("prov-syntax", "line 1, column 2"),
    "5": ("prov-shape", "line 1, column 1"),
    "[1, 2]": ("prov-shape", "line 1, column 1"),
    '{"entity": {}} x': ("prov-syntax", "line 1, column 16"),
    '{"entity": {}': ("prov-syntax", "line 1, column 14"),
    '{"entity": {"ex:a": {}}}': ("prov-name", "line 1, column 13"),
    '{\n "entitty": {}}': ("prov-shape", "line 2, column 2"),
    '{"prefix": {"ex": 3}}': ("prov-shape", "line 1, column 13"),
    '{"prefix": {"prov": "http://e.org/"}}': ("prov-name", "line 1, column 13"),
    '{"prefix": {"ex": ""}}': ("prov-name", "line 1, column 13"),
    '{"entity": {}, "entity": {}}': ("prov-shape", "line 1, column 16"),
    '{"prefix": {"ex": "e:"}, "entity": {"ex:a": {"ex:b": 1, "ex:b": 2}}}': ("prov-shape", "line 1, column 45"),
    '{"prefix": {"ex": "e:"}, "entity": {"ex:a": {}, "ex:a": {}}}': ("prov-shape", "line 1, column 49"),
    '{"prefix": {"ex": "e:"}, "entity": {"_:a": {}}}': ("prov-shape", "line 1, column 37"),
    '{"prefix": {"ex": "e:"}, "entity": {"ex:a": null}}': ("prov-shape", "line 1, column 37"),
    '{"prefix": {"ex": "e:"}, "entity": {"ex:a": [{}, 3]}}': ("prov-shape", "line 1, column 50"),
    '{"prefix": {"ex": "e:"}, "entity": {"ex:a": {"ex:b": NaN}}}': ("prov-shape", "line 1, column 45"),
    '{"prefix": {"ex": "e:"}, "entity": {"ex:a": {"ex:b": 1e999}}}': ("prov-shape", "line 1, column 45"),
    '{"prefix": {"ex": "e:"}, "entity": {"ex:a": {"ex:b": null}}}': ("prov-shape", "line 1, column 37"),
    '{"prefix": {"ex": "e:"}, "entity": {"ex:a": {"ex:b": [[1]]}}}': ("prov-shape", "line 1, column 37"),
    '{"prefix": {"ex": "e:"}, "entity": {"ex:a": {"ex:b": {"type": "xsd:int"}}}}': ("prov-shape", "line 1, column 37"),
    '{"prefix": {"ex": "e:"}, "entity": {"ex:a": {"ex:b": {"$": "1", "x": 1}}}}': ("prov-shape", "line 1, column 37"),
    '{"prefix": {"ex": "e:"}, "entity": {"ex:a": {"prov:activity": "ex:c"}}}': ("prov-shape", "line 1, column 37"),
    '{"prefix": {"ex": "e:"}, "activity": {"ex:a": {"prov:startTime": "noon"}}}': ("prov-value", "line 1, column 39"),
    '{"prefix": {"ex": "e:"}, "activity": {"ex:a": {"prov:startTime": "2025-02-29T00:00:00"}}}': ("prov-value", ""),
    '{"prefix": {"ex": "e:"}, "used": {"_:a": {"prov:entity": []}}}': ("prov-shape", "line 1, column 35"),
    '{"prefix": {"ex": "e:"}, "used": {"_:a": {"prov:entity": ["ex:a", "ex:b"]}}}': ("prov-shape", "line 1, column 35"),
    '{"prefix": {"ex": "e:"}, "hadMember": {"_:a": {"prov:entity": []}}}': ("prov-shape", "line 1, column 40"),
    '{"prefix": {"ex": "e:"}, "wasDerivedFrom": {"_:a": {"prov:usage": "_:u"}}}': ("prov-name", "line 1, column 45"),
    '{"bundle": {"b": {}}}': ("prov-name", "line 1, column 13"),
    '{"prefix": {"ex": "e:"}, "bundle": {"ex:b": {"bundle": {}}}}': ("prov-shape", "line 1, column 46"),
    '{"prefix": {"ex": "e:", "fx": "e:"}, "bundle": {"ex:b": {}, "fx:b": {}}}': ("prov-shape", "line 1, column 61"),
    '{"prefix": {"ex": "e:"}, "entity": {"ex:\\ud800": {}}}': ("prov-shape", "line 1, column 37"),
    '{"prefix": {"ex": "e:"}, "entity": {"ex:a": {"ex:b": "\\uDFFF"}}}': ("prov-shape", "line 1, column 45"),
    '{"prefix": {"ex": "e:"}, "entity": {"ex:a": {"ex:b": ' + "7" * 401 + "}}}": ("prov-shape", "line 1, column 45"),
}


@pytest.mark.parametrize("text", WRONG, ids=lambda text: text[:70])
def test_what_is_no_prov_json_is_refused_with_its_place(text: str) -> None:
    code, place = WRONG[text]
    with pytest.raises(InvalidInput) as caught:
        read_prov(text.encode(), "doc.json")
    assert caught.value.code == code
    assert caught.value.place is not None
    assert caught.value.place.startswith("doc.json")
    assert caught.value.place.endswith(place)


def test_every_malformed_document_of_the_corpus_is_refused() -> None:
    paths = sorted((CORPUS / "malformed").glob("*.json"))
    assert len(paths) >= 9
    for path in paths:
        with pytest.raises(InvalidInput) as caught:
            read_prov(path.read_bytes(), path.name)
        assert path.name in str(caught.value.place)


@pytest.mark.parametrize(
    "text",
    [
        "[" * 100_000,
        '{"entity": ' + "[" * 100_000,
        '{"entity": {"a": ' + '{"a": ' * 100_000,
        '{"prefix": {"e": "e:"}, "entity": {"e:a": {"e:b": ' + "9" * 5_000_000 + "}}}",
    ],
    ids=["lists", "lists of records", "objects", "digits"],
)
def test_deep_and_long_values_are_refused(text: str) -> None:
    with pytest.raises(InvalidInput):
        read_prov(text.encode(), "doc.json")


@pytest.mark.parametrize("unit", ["[],", "{},", '"",', '{"e:b": 1},'])
def test_many_small_values_do_not_fill_the_memory(unit: str) -> None:
    """48 MB of the least that can be written end in an error at less than twenty times that."""
    program = (
        "import sys, resource; resource.setrlimit(resource.RLIMIT_AS, (1_000_000_000,) * 2)\n"
        "from persona.errors import InvalidInput\n"
        "from persona.lineage.prov.formats import read_prov\n"
        'unit = sys.argv[1]; begun = \'{"prefix": {"e": "e:"}, "entity": {"e:a": {"e:b": [\'\n'
        "text = begun + unit * (48_000_000 // len(unit))\n"
        "try: read_prov(text.encode(), 'doc.json')\n"
        "except InvalidInput as error: print(error.code)\n"
    )
    done = subprocess.run([sys.executable, "-c", program, unit], capture_output=True, text=True, check=False)
    assert (done.stdout.strip() in ("prov-limit", "prov-shape", "prov-syntax"), done.stderr) == (True, "")


def test_statements_keep_their_order_names_and_values() -> None:
    text = """{"prefix": {"ex": "http://example.org/", "default": "http://other.org/"},
        "entity": {"ex:a": {"prov:type": [{"$": "ex:T", "type": "xsd:QName"}, "plain"],
            "ex:n": [1, 2.5, true, {"$": "7", "type": "xsd:long"}, {"$": "hei", "lang": "fi"}]}, "b": {}},
        "wasGeneratedBy": {"ex:g": [{"prov:entity": "ex:a", "prov:time": "2025-01-16T14:30:22Z"}, {"prov:entity": "b"}]},
        "hadMember": {"_:m": {"prov:collection": "b", "prov:entity": ["ex:a", "ex:c"]}},
        "bundle": {"ex:bundle": {"prefix": {"ex": "http://third.org/"}, "entity": {"ex:a": {}}}}}"""
    account = read_prov(text.encode(), "doc.json")
    assert account.namespaces == {
        "prov": "http://www.w3.org/ns/prov#",
        "xsd": "http://www.w3.org/2001/XMLSchema#",
        "ex": "http://example.org/",
        "ns": "http://other.org/",
        "ex_1": "http://third.org/",
    }
    assert list(account.statements("entity")) == [
        Statement(
            "entity",
            "ex:a",
            (),
            (
                ("prov:type", Name("ex:T")),
                ("prov:type", "plain"),
                ("ex:n", 1),
                ("ex:n", 2.5),
                ("ex:n", True),
                ("ex:n", Literally("7", "xsd:long")),
                ("ex:n", Literally("hei", language="fi")),
            ),
        ),
        Statement("entity", "ns:b"),
    ]
    assert list(account.statements("wasGeneratedBy")) == [
        Statement("wasGeneratedBy", "ex:g", ("ex:a", None, "2025-01-16T14:30:22Z")),
        Statement("wasGeneratedBy", "ex:g", ("ns:b", None, None)),
    ]
    assert list(account.statements("hadMember")) == [
        Statement("hadMember", None, ("ns:b", "ex:a")),
        Statement("hadMember", None, ("ns:b", "ex:c")),
    ]
    # The bundle is named by its own prefix, as the library prov has it.
    assert list(account.bundles()) == ["ex_1:bundle"]
    assert list(account.statements("entity", "ex_1:bundle")) == [Statement("entity", "ex_1:a")]
    assert account.count() == 7
