"""PROV-N is read as the library ``prov`` reads it, and what is none ends in an error with its place."""

from __future__ import annotations

import pytest
from prov import Error
from tests.lineage.prov.judge import CORPUS, our_statements, pretty, their_statements, theirs

from persona.errors import InvalidInput
from persona.lineage.prov.formats import read_prov
from persona.model.prov import Literally, Name, Statement

DOCUMENTS = sorted((CORPUS / "provn").rglob("*.provn"))

# What neither reads, and why (the corpus' own README says the same of most).
REFUSED = {
    "container0.provn": "names without a prefix and no default namespace",
    "container1.provn": "a datatype for a name, and sets of pairs of PROV-Dictionary",
    "container2.provn": "an IRI for a datatype",
    "prov-family.provn": "PROV-Dictionary",
    "prov-family-graphics.provn": "PROV-Dictionary",
    "prov-dm-example-05.provn": "dots for what is left out",
    "prov-dm-example-06.provn": "dots for what is left out",
    "prov-dm-example-19.provn": "a bracket is missing",
    "prov-dm-example-57.provn": "values, and no statement",
    "prov-dm-example-58.provn": "values, and no statement",
    "prov-dm-example-59.provn": "values, and no statement",
    "prov-n-example-16.provn": "a name in the place of a time",
    "prov-n-example-52.provn": "values, and no statement",
    "prov-n-example-53.provn": "values, and no statement",
    "prov-n-example-54.provn": "values, and no statement",
    "prov-n-example-55.provn": "values, and no statement",
    "prov-n-example-56.provn": "values, and no statement",
    "prov-n-example-59.provn": "dots for what is left out",
    "prov-n-example-61.provn": "a name without a prefix and no default namespace",
    "prov-n-example-63.provn": "PROV-Dictionary",
    "prov-n-example-64.provn": "an extension",
}
# Examples of the Recommendations that leave arguments out at the end, which the grammar does not allow and prov refuses.
SHORTENED = {
    *(f"prov-dm-example-{number}.provn" for number in ("03", "04", "16", "24", "34", "52", "53", "55", "56", "63")),
    "prov-n-example-37.provn",
}


def test_every_document_of_the_corpus_reads_as_prov_reads_it() -> None:
    assert len(DOCUMENTS) >= 64 + 63 + 388
    different = []
    for path in DOCUMENTS:
        if path.name in REFUSED:
            with pytest.raises(InvalidInput) as caught:
                read_prov(path.read_bytes(), path.name)
            assert ", line " in str(caught.value.place)
            continue
        ours = our_statements(read_prov(path.read_bytes(), path.name))
        if path.name in SHORTENED:
            with pytest.raises(Error):
                theirs(path.read_text(encoding="utf-8"), "provn")
            continue
        known = their_statements(theirs(path.read_text(encoding="utf-8"), "provn"))
        if ours != known:
            different.append(f"{path.name}\nours {pretty(ours)}\ntheirs {pretty(known)}")
    assert not different, "\n".join(different[:3])


def test_statements_keep_their_names_and_values() -> None:
    text = """// a comment
    document /* and
    another */ default <http://o.org/> prefix ex <http://e.org/>
      entity(ex:a\\,b, [ex:n=1, ex:t="x\\ty\\u00e9"@fr, ex:q='ex:c', ex:l=\"\"\"two
lines "quoted\"\"\"\", prov:type="7" %% xsd:long])
      used(ex:u; work, -, 2025-01-16T14:30:22.5+02:00)
      wasDerivedFrom(ex:b, ex:a.b)
      bundle ex:B prefix ex <http://third.org/> agent(ex:g) endBundle
    endDocument"""
    text = text.replace('"quoted""""', '"quoted" """')
    account = read_prov(text.encode(), "doc")
    assert list(account.statements("entity")) == [
        Statement(
            "entity",
            "ex:a,b",
            (),
            (
                ("ex:n", 1),
                ("ex:t", Literally("x\tyé", language="fr")),
                ("ex:q", Name("ex:c")),
                ("ex:l", 'two\nlines "quoted" '),
                ("prov:type", Literally("7", "xsd:long")),
            ),
        )
    ]
    assert list(account.statements("used")) == [
        Statement("used", "ex:u", ("ns:work", None, "2025-01-16T14:30:22.5+02:00"))
    ]
    assert list(account.statements("wasDerivedFrom")) == [
        Statement("wasDerivedFrom", None, ("ex:b", "ex:a.b", None, None, None))
    ]
    assert [(one, list(account.statements("agent", one))) for one in account.bundles()] == [
        ("ex_1:B", [Statement("agent", "ex_1:g")])
    ]


IN = "document\nprefix ex <http://e.org/>\n"

WRONG = {
    "document": ("prov-syntax", "line 1, column 9"),
    IN + "entity(ex:a)": ("prov-syntax", "line 3, column 13"),
    IN + "entity(ex:a) endDocument more": ("prov-syntax", "line 3, column 26"),
    IN + "entity(ex:a endDocument": ("prov-syntax", "line 3, column 13"),
    IN + "entity(a) endDocument": ("prov-name", "line 3, column 8"),
    IN + "entity(fx:a) endDocument": ("prov-name", "line 3, column 8"),
    IN + "entty(ex:a) endDocument": ("prov-syntax", "line 3, column 1"),
    IN + "entity(ex:a, ex:b) endDocument": ("prov-syntax", "line 3, column 1"),
    IN + "used(ex:u; -, -, noon) endDocument": ("prov-value", "line 3, column 18"),
    IN + "used(ex:u; -, -, ex:noon) endDocument": ("prov-value", "line 3, column 18"),
    IN + "activity(ex:a, 2025-13-01T00:00:00, -) endDocument": ("prov-value", "line 3, column 16"),
    IN + "entity(ex:a, [ex:b]) endDocument": ("prov-syntax", "line 3, column 19"),
    IN + 'entity(ex:a, [ex:b="c]) endDocument': ("prov-syntax", "line 3, column 20"),
    IN + 'entity(ex:a, [ex:b="\\q"]) endDocument': ("prov-syntax", "line 3, column 20"),
    IN + 'entity(ex:a, [ex:b="\\ud800"]) endDocument': ("prov-syntax", "line 3, column 20"),
    IN + "entity(ex:a:b) endDocument": ("prov-syntax", "line 3, column 12"),
    IN + "ex:made(ex:a) endDocument": ("prov-syntax", "line 3, column 1"),
    IN + "bundle ex:b bundle ex:c endBundle endBundle endDocument": ("prov-syntax", "line 3, column 13"),
    IN + "bundle ex:b endBundle bundle ex:b endBundle endDocument": ("prov-shape", "line 3, column 30"),
    IN + "/* no end": ("prov-syntax", "line 3, column 1"),
    IN + f"entity(ex:a, [ex:b={'1' * 500}]) endDocument": ("prov-value", "line 3, column 20"),
    "document prefix ex <a> prefix ex <b> endDocument": ("prov-syntax", "line 1, column 31"),
    "document prefix ex a endDocument": ("prov-syntax", "line 1, column 20"),
    "document prefix prov <http://e.org/> endDocument": ("prov-name", "line 1, column 17"),
}


@pytest.mark.parametrize("text", WRONG, ids=lambda text: text.removeprefix(IN)[:60])
def test_what_is_no_prov_n_is_refused_with_its_place(text: str) -> None:
    code, place = WRONG[text]
    with pytest.raises(InvalidInput) as caught:
        read_prov(text.encode(), "doc.provn")
    assert caught.value.code == code
    assert str(caught.value.place).startswith("doc.provn, line ")
    assert str(caught.value.place).endswith(place)


@pytest.mark.parametrize(
    "hostile",
    [
        IN + "entity(" + "(" * 1_000_000,
        IN + "entity(ex:" + "a." * 1_000_000,
        IN + 'entity(ex:a, [ex:b="' + "\\" * 1_000_001,
        IN + 'entity(ex:a, [ex:b="""' + '""\\' * 500_000,
        IN + "/*" * 1_000_000,
        IN + "//" * 1_000_000,
        IN + "wasDerivedFrom(" + "-," * 1_000_000,
        "document " + "prefix " * 500_000,
    ],
    ids=["brackets", "dots", "escapes", "quotes", "comments", "lines", "arguments", "prefixes"],
)
def test_hostile_texts_are_refused(hostile: str) -> None:
    with pytest.raises(InvalidInput):
        read_prov(hostile.encode(), "doc.provn")
