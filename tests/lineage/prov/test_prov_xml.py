"""PROV-XML is read as the library ``prov`` reads it, and what is none ends in an error with its place."""

from __future__ import annotations

import subprocess
import sys

import pytest
from prov.serializers.provxml import ProvXMLException
from tests.lineage.prov.judge import CORPUS, our_statements, pretty, their_statements, theirs

from persona.errors import InvalidInput
from persona.lineage.prov.formats import read_prov
from persona.model.prov import Statement

DOCUMENTS = sorted((CORPUS / "xml").glob("*.xml")) + sorted((CORPUS / "unification" / "constraints").glob("*.*x*"))


# Examples of the note that declare no default namespace and write values of xsd:QName without a prefix: prov refuses
# them, and here such a value stays a text with its datatype.
WITHOUT_A_PREFIX = {f"example_{number}.xml" for number in (11, 12, 17, 22, 23, 24, 25, 27, 28, 37, 38, 39)}
# ProvToolbox's form of bundles, which prov does not read.
OLD_BUNDLES = {"bundle-fail1.xml", "bundle-success1.xml", "bundle-success2.xml"}


def test_every_document_of_the_corpus_reads_as_prov_reads_it() -> None:
    assert len(DOCUMENTS) >= 43 + 160
    different = []
    for path in DOCUMENTS:
        ours = our_statements(read_prov(path.read_bytes(), path.name))
        if path.name in WITHOUT_A_PREFIX | OLD_BUNDLES:
            assert sum(some.total() for some in ours.values()) > 0
            with pytest.raises(ProvXMLException):
                theirs(path.read_bytes(), "xml")
            continue
        known = their_statements(theirs(path.read_bytes(), "xml"))
        if path.name == "example_33.xml":  # two members in one element, of which prov loses both
            assert (ours[None] - known[None]).total() == 2
            continue
        if ours != known:
            different.append(f"{path.name}\nours {pretty(ours)}\ntheirs {pretty(known)}")
    assert not different, "\n".join(different[:3])


def test_bundles_are_read_in_either_form() -> None:
    ours = our_statements(read_prov((CORPUS / "unification/constraints/bundle-fail1.xml").read_bytes(), "b.xml"))
    assert {bundle: some.total() for bundle, some in ours.items()} == {
        None: 1,
        "http://example.org/bundle1": 2,
        "http://example.org/bundle2": 2,
    }


HEAD = '<document xmlns="http://www.w3.org/ns/prov#" xmlns:p="http://www.w3.org/ns/prov#" xmlns:ex="http://e.org/" '
HEAD += 'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xmlns:xsd="http://www.w3.org/2001/XMLSchema">\n'

WRONG = {
    "<document/>": ("prov-shape", "line 1"),
    "<document><child></document>": ("prov-shape", "line 1"),
    HEAD: ("prov-syntax", "line 2, column 1"),
    HEAD + "<child></document>": ("prov-syntax", "line 2, column 19"),
    HEAD + '<entty p:id="ex:a"/></document>': ("prov-shape", "line 2"),
    HEAD + '<entity/><entity p:id="ex:a"/></document>': ("prov-shape", "line 2"),
    HEAD + '<entity p:id="fx:a"/></document>': ("prov-name", "line 2"),
    HEAD + '\n<entity p:id="ex:a"><ex:b><ex:c/></ex:b></entity></document>': ("prov-shape", "line 3"),
    HEAD + '<entity p:id="ex:a"><activity p:ref="ex:b"/></entity></document>': ("prov-shape", "line 2"),
    HEAD + '<used><activity p:ref="ex:a"/><activity p:ref="ex:b"/></used></document>': ("prov-shape", "line 2"),
    HEAD + "<used><activity/></used></document>": ("prov-shape", "line 2"),
    HEAD + "<used><time>noon</time></used></document>": ("prov-value", "line 2"),
    HEAD + "<bundleContent/></document>": ("prov-shape", "line 2"),
    HEAD + '<bundleContent p:id="ex:b"><bundleContent p:id="ex:c"/></bundleContent></document>': (
        "prov-shape",
        "line 2",
    ),
    HEAD + f'<entity p:id="ex:a"><ex:n xsi:type="xsd:integer">{"9" * 500}</ex:n></entity></document>': (
        "prov-value",
        "line 2",
    ),
    '<!DOCTYPE d [<!ENTITY a "a">]><d/>': ("xml-doctype", ""),
    '<?xml version="1.0" encoding="utf-16"?>'.encode("utf-16") + "<!DOCTYPE d><d/>".encode("utf-16-le"): (
        "xml-doctype",
        "",
    ),
}


@pytest.mark.parametrize("text", WRONG, ids=lambda text: str(text).removeprefix(HEAD)[:60])
def test_what_is_no_prov_xml_is_refused_with_its_place(text: str | bytes) -> None:
    code, place = WRONG[text]
    with pytest.raises(InvalidInput) as caught:
        read_prov(text if isinstance(text, bytes) else text.encode(), "doc.xml")
    assert (caught.value.code, caught.value.place) == (code, f"doc.xml, {place}" if place else "doc.xml")


def test_every_malformed_document_of_the_corpus_is_refused() -> None:
    paths = sorted((CORPUS / "malformed").glob("*.xml"))
    assert len(paths) == 4
    for path in paths:
        with pytest.raises(InvalidInput) as caught:
            read_prov(path.read_bytes(), path.name)
        assert path.name in str(caught.value.place)


def test_entities_are_neither_expanded_nor_fetched() -> None:
    laughs = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 12))
    for declared in (f'<!ENTITY l0 "ha">{laughs}', '<!ENTITY l11 SYSTEM "file:///etc/passwd">'):
        with pytest.raises(InvalidInput) as caught:
            read_prov(f'<!DOCTYPE d [{declared}]><d a="&l11;">&l11;</d>'.encode(), "doc.xml")
        assert caught.value.code == "xml-doctype"


def test_deep_nesting_is_refused() -> None:
    for text in (HEAD + "<entity>" * 100_000, HEAD + '<entity p:id="ex:a">' + "<ex:a>" * 100_000):
        with pytest.raises(InvalidInput) as caught:
            read_prov(text.encode(), "doc.xml")
        assert caught.value.code in ("prov-limit", "prov-syntax")


def test_a_long_document_is_read_piece_by_piece() -> None:
    """40 MB of statements whose attributes are long are never in memory as a tree."""
    program = (
        "import resource, sys; resource.setrlimit(resource.RLIMIT_AS, (700_000_000,) * 2)\n"
        "from persona.lineage.prov.formats import read_prov\n"
        "one = '<entity p:id=\"ex:a\">' + '<ex:b/>' * 20 + '</entity>'\n"
        "text = sys.argv[1] + '<bundleContent p:id=\"ex:b\">' + one * 200_000 + '</bundleContent></document>'\n"
        "print(read_prov(text.encode(), 'doc.xml').count())\n"
    )
    program = program.replace("'<ex:b/>' * 20", "'<!-- ' + 'long ' * 30 + '-->'")
    done = subprocess.run([sys.executable, "-c", program, HEAD], capture_output=True, text=True, check=False)
    assert (done.stdout.strip(), done.stderr) == ("200000", "")


def test_the_first_of_two_names_for_a_namespace_is_kept() -> None:
    text = HEAD + '<entity p:id="ex:a"/><entity xmlns:fx="http://e.org/" p:id="fx:b"/>'
    text += '<entity xmlns:ex="http://other.org/" p:id="ex:a"/></document>'
    account = read_prov(text.encode(), "doc.xml")
    assert list(account.statements("entity")) == [Statement("entity", name) for name in ("ex:a", "ex:b", "ex_1:a")]
