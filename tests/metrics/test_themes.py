"""Which themes reach a persona: by hand, and by a recount over characters."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.generation.conftest import as_inputs
from tests.metrics.drawing import INPUTS, OF, SAID, sets
from tests.metrics.making import interview, measured, one_persona, persona_set, quoted, theme, words

from persona.generation import generate
from persona.metrics import Theme
from persona.metrics.themes import coverage_themes
from persona.model.personas import PersonaSet
from persona.model.recipes import Constraints, Parameters
from persona.runs.measuring import measure_set, themes_of
from persona.sources import read

ANNA = interview("Anna", "the page is slow today", "apples are red")
BEN = interview("Ben", "my page is slow", "pears are green")
SLOW = theme("page slow", words(ANNA, "the page is slow today"), words(BEN, "my page is slow"))
FRUIT = theme("apples", words(ANNA, "apples are red"))


def cites(*quotes: str) -> PersonaSet:
    claims = tuple(
        quoted(words(ANNA if text in ANNA.document.text else BEN, text), text=f"They say {text}") for text in quotes
    )
    return persona_set(one_persona("p", ["Anna", "Ben"], goals=claims))


@pytest.mark.parametrize(
    ("quotes", "value", "missed"),
    [
        (["the page is slow today"], 2 / 3, [["apples"]]),
        (["my page is slow"], 2 / 3, [["apples"]]),  # one participant's words are enough
        (["apples are red"], 1 / 3, [["page", "slow"]]),
        (["slow today", "red"], 1, []),  # a part of a sentence cites it
        (["pears are green"], 0, [["page", "slow"], ["apples"]]),
        ([], 0, [["page", "slow"], ["apples"]]),
    ],
)
def test_a_theme_weighs_as_many_as_carry_it(quotes: list[str], value: float, missed: list[list[str]]) -> None:
    found = coverage_themes(cites(*quotes), [FRUIT, SLOW])
    assert (found.value, found.denominator) == (pytest.approx(value, abs=1e-6), 2)
    assert [one["terms"] for one in found.details["missed"]] == missed
    assert found.details["cited"] == 2 - len(missed)


def test_a_span_beside_a_sentence_does_not_cite_it() -> None:
    (place,) = FRUIT.carriers["Anna"]
    for start, end, value in ((place.start - 3, place.start, 0), (place.end, place.end + 3, 0), (place.end - 1, place.end + 3, 1)):  # fmt: skip
        span = words(ANNA, "apples are red", start=start, end=end)
        assert coverage_themes(persona_set(one_persona("p", ["Anna"], goals=(quoted(span),))), [FRUIT]).value == value


def test_without_themes_there_is_nothing_to_cover() -> None:
    found = coverage_themes(cites("apples are red"), [])
    assert (found.value, found.status, found.denominator) == (None, "not_applicable", 0)


THEMES = [
    theme("date", *(words(OF[who], text) for who, texts in SAID.items() for text in texts if "date" in text)),
    theme("slow", *(words(OF[who], text) for who, texts in SAID.items() for text in texts if "slow" in text)),
    theme("maps", words(OF["Cleo"], SAID["Cleo"][0])),
]


@settings(max_examples=50)
@given(sets(), st.permutations(THEMES))
def test_themes_cited_equal_a_recount_over_characters(personas: PersonaSet, themes: list[Theme]) -> None:
    cited = {
        (one.document, at)
        for persona in personas.personas
        for _, claim in persona.claims()
        for one in claim.evidence
        for at in range(one.start, one.end)
    }
    total = sum(len(one.carriers) for one in themes)
    reached = Fraction(0)
    for one in themes:
        carried = {
            (place.document, at) for found in one.carriers.values() for place in found for at in range(*place[1:])
        }
        reached += Fraction(len(one.carriers), total) * bool(carried & cited)
    found = measured(personas, *INPUTS, themes=themes)["coverage_themes"]
    assert found.value == round(float(reached), 6)
    assert found == coverage_themes(personas, THEMES)


def test_the_themes_of_real_interviews_are_reached_and_one_sentence_reaches_fewer(shared: Path) -> None:
    folder = shared / "data/interviews/anthropic-interviewer-workforce"
    documents = [
        one for path in sorted(folder.glob("work_*.md")) for one in read(path.read_bytes(), path.name).documents
    ]
    inputs = as_inputs(documents)
    themes = themes_of(inputs, Constraints())
    assert len(themes) > 5
    assert all(len(one.carriers) >= 2 for one in themes)
    made = generate(inputs, Parameters(count=3), Constraints(), {})
    full = {one.name: one for one in measure_set(made, inputs, Constraints())}["coverage_themes"]
    first = made.personas[0]
    poor = persona_set(one_persona("p", list(first.members), quotes=(first.quotes or ())[:1]))
    less = coverage_themes(poor, themes)
    assert full.value is not None
    assert less.value is not None
    assert full.value > 0.5 > less.value
    assert full.denominator == less.denominator == len(themes)
