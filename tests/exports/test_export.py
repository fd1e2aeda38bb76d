"""Exports: json and yaml read back, a table that runs nothing, text in which nothing turns into markup."""

from __future__ import annotations

import csv
import io
import json
import re
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.exports.reading import Page

from persona.errors import UsageError
from persona.exports import FORMATS, export_personas
from persona.exports.citing import place_in
from persona.exports.markdown import plain
from persona.exports.rows import HEAD, harmless
from persona.model.canonical import canonical_json
from persona.model.personas import CLAIM_FIELDS, Claim, Evidence, Grouping, Persona, PersonaSet
from persona.model.sources import Input
from persona.model.yamltext import load_yaml

PROVENANCE: dict[str, Any] = {
    "generated_by": "persona-workbench v0.1.0",
    "timestamp": "2026-11-23T06:00:00Z",
    "parameters": {"temperature": 0.7, "max_tokens": None},
    "sources": ["sha256:" + "0" * 64],
}


def read(data: bytes, format: str) -> PersonaSet:
    if format == "json":
        return msgspec.json.decode(data, type=PersonaSet)
    return msgspec.convert(load_yaml(data.decode(), "export"), PersonaSet)


def table(data: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(data.decode(), newline="")))


@pytest.mark.parametrize("format", ["json", "yaml"])
def test_json_and_yaml_read_back_to_an_equal_set(personas: PersonaSet, format: str) -> None:
    assert read(export_personas(personas, format), format) == personas
    full = read(export_personas(personas, format, provenance=PROVENANCE), format)
    assert full == msgspec.structs.replace(personas, provenance=PROVENANCE)
    assert personas.provenance != PROVENANCE, "the set given is not touched"


def test_json_has_the_provenance_of_r016_where_r016_has_it(personas: PersonaSet) -> None:
    raw = json.loads(export_personas(personas, "json", provenance=PROVENANCE))
    assert raw["_provenance"]["timestamp"] == "2026-11-23T06:00:00Z"
    assert raw["_provenance"]["parameters"]["temperature"] == 0.7


def test_json_is_the_canonical_content_laid_out(personas: PersonaSet) -> None:
    data = export_personas(personas, "json")
    assert canonical_json(json.loads(data)) == canonical_json(personas)
    assert data.endswith(b"}\n")
    assert b'\n  "personas": [\n' in data


@pytest.mark.parametrize("format", sorted(FORMATS))
def test_every_format_is_utf8_and_the_same_every_time(personas: PersonaSet, format: str) -> None:
    data = export_personas(personas, format, provenance=PROVENANCE)
    assert data == export_personas(personas, format, provenance=PROVENANCE)
    text = data.decode("utf-8")
    assert "I want every swap to pass over my table before it counts." in text


def test_an_unknown_format_is_refused_with_the_nearest(personas: PersonaSet) -> None:
    with pytest.raises(UsageError) as caught:
        export_personas(personas, "jsn")
    assert caught.value.code == "bad-format"
    assert caught.value.place == "known: json, yaml, csv, md, html"
    assert caught.value.hints == ("did you mean `json`?",)


def test_the_table_has_one_row_a_claim_and_one_a_field_that_is_null(personas: PersonaSet) -> None:
    rows = table(export_personas(personas, "csv"))
    wanted = [(persona.id, path) for persona in personas.personas for path, _ in persona.claims()]
    nulls = [(persona.id, path) for persona in personas.personas for path in persona.missing]
    assert sorted((row["persona"], row["field"]) for row in rows) == sorted(wanted + nulls)
    assert tuple(rows[0]) == HEAD
    by_place = {(row["persona"], row["field"]): row for row in rows}
    pain = by_place["persona-1", "pain_points[0]"]
    assert (pain["status"], pain["support"], pain["of"]) == ("observed", "2", "2")
    assert pain["participants"].split("\n") == ["Ana", "Bashir", "Bashir", "Chiara"]
    assert pain["stances"].split("\n") == ["for", "for", "for", "against"]
    assert len(pain["documents"].split("\n")) == len(pain["spans"].split("\n")) == len(pain["quotes"].split("\n")) == 4
    null = by_place["persona-1", "needs"]
    assert null["text"] == ""
    assert null["reason"] == "no_evidence: nobody in this group said what they need"


FORMULAS = ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "  =1", "＝1", '=HYPERLINK("http://x","y")']


@pytest.mark.parametrize("cell", FORMULAS)
def test_a_cell_that_looks_like_a_formula_is_made_harmless(cell: str) -> None:
    assert harmless(cell) == f"'{cell}"


def one_claim(text: str, name: str) -> PersonaSet:
    """The smallest set with some words everywhere that words can come from outside."""
    digest: Any = "sha256:" + "2" * 64
    claim = Claim("c", text, "observed", 1, 1, (Evidence(digest, 0, len(text), text, name),), "quote", verbatim=True)
    fields: dict[str, Any] = {**dict.fromkeys(CLAIM_FIELDS), "goals": (claim,)}
    persona = Persona(
        id=name, name=claim, summary=claim, demographics={}, members=(name,), anchor=name, missing={}, **fields
    )
    return PersonaSet(
        (persona,), Grouping(1, "single", None, None, True, text, ((name,),), (name,), {name: text}), {"m": text}
    )


WORDS = st.text(st.characters(exclude_categories=("Cs",)), min_size=1, max_size=30) | st.text(
    st.sampled_from("=+-@\t\r\n,;\"' a\u2028＝"), min_size=1, max_size=12
)


@given(WORDS, WORDS)
def test_no_cell_of_the_table_begins_like_a_formula(text: str, name: str) -> None:
    data = export_personas(one_claim(text, name), "csv")
    rows = list(csv.reader(io.StringIO(data.decode(), newline="")))
    assert len(rows) == 4
    for row in rows:
        assert len(row) == len(HEAD)
        for cell in row:
            assert not cell.lstrip(" ").startswith(("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠"))
    assert rows[1][3] in (text, f"'{text}")


@given(WORDS, WORDS)
def test_whatever_was_said_reads_back_from_json_and_yaml(text: str, name: str) -> None:
    given_ = one_claim(text, name)
    assert read(export_personas(given_, "json"), "json") == given_
    assert read(export_personas(given_, "yaml"), "yaml") == given_


@given(WORDS, WORDS)
def test_whatever_was_said_makes_no_new_element_of_the_page(text: str, name: str) -> None:
    plain_page = Page(export_personas(one_claim("a", "b"), "html").decode())
    page = Page(export_personas(one_claim(text, name), "html").decode())
    assert [one.tag for one in page.elements] == [one.tag for one in plain_page.elements]


def test_markdown_tells_status_support_participant_and_place(personas: PersonaSet) -> None:
    text = export_personas(personas, "md", provenance=PROVENANCE).decode()
    goal = next(line for line in text.splitlines() if "every swap" in line)
    assert re.fullmatch(
        r"- “I want every swap to pass over my table before it counts\.” — Bashir, document [0-9a-f]{12}, "
        r"characters \d+ to \d+; \*observed, 1 of 2 participants\*",
        goal,
    )
    assert "> **Take care:** the data do not show clear groups" in text
    assert "against: “I swap a shift in two minutes.” — Chiara" in text
    assert "- **Needs:** nobody in this group said what they need" in text
    assert r"\<script\>alert('loud')\</script\>" in text
    assert "- **Timestamp:** 2026-11-23T06:00:00Z" in text


@pytest.mark.parametrize(
    ("said", "written"),
    [
        ("*now*", r"\*now\*"),
        ("# no heading", r"\# no heading"),
        ("- no list", r"\- no list"),
        ("1. no list", r"1\. no list"),
        ("a\n\n> b", r"a \> b"),
        ("[x](y) <b> &amp; `c`", r"\[x\](y) \<b\> \&amp; \`c\`"),
        (r"back\slash", r"back\\slash"),
        ("| a | b |", r"\| a \| b \|"),
        ("plain words, as they are (really).", "plain words, as they are (really)."),
    ],
)
def test_words_are_not_taken_for_markup(said: str, written: str) -> None:
    assert plain(said) == written


@pytest.mark.parametrize("format", ["md", "html"])
def test_what_is_read_by_people_names_places_as_people_do(
    personas: PersonaSet, inputs: list[Input], format: str
) -> None:
    bare = export_personas(personas, format).decode()
    told = export_personas(personas, format, inputs=inputs).decode()
    assert "characters " in bare
    assert "characters " not in told
    first = personas.personas[0].claims()
    (evidence, *_) = next(claim.evidence for _, claim in first if claim.evidence)
    (item,) = [one for one in inputs if one.digest == evidence.document]
    assert place_in(item.document, evidence.start) in told
    assert 'href="#s' not in told, "there are no transcripts on the page to lead to"
