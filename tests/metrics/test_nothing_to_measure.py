"""No personas, one persona, one participant, no words: a measure that cannot be taken says so and is no number."""

from __future__ import annotations

import json
import math

import pytest
from tests.metrics.making import counted, embed, interview, measured, one_persona, persona_set, quoted, words

from persona.metrics import REGISTRY, measure, scores
from persona.model.canonical import canonical_json
from persona.model.measures import Measure
from persona.model.personas import PersonaSet
from persona.model.sources import Input

ANNA = interview("Anna", "I want fewer calls.", city="Holt")
SAYS = (quoted(words(ANNA, "I want fewer calls.")),)
ALONE = one_persona("p", ["Anna"], goals=SAYS, demographics={"city": counted("city", 1, Holt=["Anna"])})
BLANK = interview("Blank", "Hm.")
SETS: dict[str, tuple[PersonaSet, tuple[Input, ...]]] = {
    "no personas, no people": (persona_set(), ()),
    "no personas": (persona_set(), (ANNA,)),
    "no inputs": (persona_set(ALONE), ()),
    "one persona": (persona_set(ALONE), (ANNA,)),
    "one participant": (persona_set(ALONE, one_persona("q", ["Anna"], goals=SAYS)), (ANNA,)),
    "a persona with a name only": (persona_set(one_persona("p", ["Anna"])), (ANNA,)),
    "everybody left out": (persona_set(excluded=["Anna"]), (ANNA,)),
    "texts without words": (
        persona_set(*(one_persona(id, ["Blank"], goals=(quoted(words(BLANK, "Hm."), text=" "),)) for id in "pq")),
        (BLANK, ANNA),
    ),
    "lists without claims": (persona_set(one_persona("p", ["Anna"], goals=(), themes=())), (ANNA,)),
}


def unmeasured(name: str) -> dict[str, Measure]:
    return {one.name: one for one in measured(*told(name)).values() if one.status != "ok"}


def told(name: str) -> tuple[PersonaSet, *tuple[Input, ...]]:
    personas, inputs = SETS[name]
    return (personas, *inputs)


@pytest.mark.parametrize("name", SETS)
def test_every_measure_is_a_number_in_its_range_or_says_why_it_is_none(name: str) -> None:
    found = measured(*told(name))
    assert list(found) == list(REGISTRY)
    for one in found.values():
        if one.status == "ok":
            assert one.value is not None
            assert math.isfinite(one.value)
            assert one.span[0] <= one.value <= one.span[1]
            assert one.denominator > 0
        elif one.status == "not_applicable":
            assert (one.value, one.denominator) == (None, 0)
        else:
            assert one.status == "not_enough_data"
            assert one.value is None
            assert "fewer" in one.details["reason"] or "no attribute" in one.details["reason"]


@pytest.mark.parametrize("name", SETS)
def test_what_was_not_measured_is_null_where_it_is_stored(name: str) -> None:
    """Not zero, not NaN, not left out."""
    personas, inputs = SETS[name]
    stored = json.loads(canonical_json(measure(personas, inputs, embed, {})))
    assert [one["name"] for one in stored] == list(REGISTRY)
    assert {one["name"] for one in stored if one["value"] is None} == unmeasured(name).keys()
    assert all(isinstance(one["value"], (int, float)) for one in stored if one["status"] == "ok")


def test_without_personas_nothing_is_measured_but_who_was_not_cited() -> None:
    assert unmeasured("no personas, no people").keys() == REGISTRY.keys()
    assert unmeasured("no personas").keys() == REGISTRY.keys() - {"coverage_participants"}
    assert measured(*told("no personas"))["coverage_participants"].value == 0
    assert unmeasured("everybody left out").keys() == REGISTRY.keys()


def test_one_persona_cannot_be_compared_with_others() -> None:
    found = unmeasured("one persona")
    assert {name: one.status for name, one in found.items()} == {
        "diversity": "not_enough_data",
        "diversity_min": "not_enough_data",
        "lexical_mtld": "not_enough_data",
        "bias_representation": "not_enough_data",
        "consistency_internal": "not_applicable",
        "coverage_themes": "not_applicable",  # no theme is shared by two people
        "bias_language": "not_applicable",  # nothing but quotations
    }
    for name in ("diversity", "diversity_min", "bias_representation"):
        assert "fewer than two personas" in found[name].details["reason"]
    assert [found[name].denominator for name in ("diversity", "bias_representation")] == [1, 1]
    assert scores(list(measured(*told("one persona")).values())) == {
        "diversity_score": None,
        "consistency_score": None,
        "faithfulness_score": 1.0,
        "bias_score": 0.0,
    }


def test_two_personas_of_one_participant_are_alike_and_have_no_ratio() -> None:
    found = measured(*told("one participant"))
    assert (found["diversity"].value, found["diversity"].status) == (None, "not_enough_data")
    assert found["diversity"].details["reason"] == "there are fewer participants than personas"
    assert found["diversity_min"].value == 0
    assert found["evidence_concentration"].value == 1
    assert found["bias_representation"].details["reason"] == "no attribute with two or more stated values"
    assert found["bias_representation"].denominator == 0


def test_without_inputs_no_quotation_is_exact_and_no_value_is_stated() -> None:
    found = measured(*told("no inputs"))
    assert {name: found[name].value for name in ("quote_verbatim", "faithfulness", "citation_recall")} == {
        "quote_verbatim": 0,
        "faithfulness": 0,
        "citation_recall": 0,
    }
    assert found["bias_invented"].value == 1
    assert found["coverage_participants"].status == "not_applicable"


def test_scores_of_nothing_are_none_and_a_part_without_a_value_is_not_counted_as_zero() -> None:
    assert set(scores(list(measured(*told("no personas, no people")).values())).values()) == {None}
    invented = REGISTRY["bias_invented"].measure(0.4, 5)
    unknown = REGISTRY["bias_representation"].too_few(0, "no attribute with two or more stated values")
    assert scores([invented, unknown])["bias_score"] == 0.4
    assert scores([REGISTRY["diversity"].too_few(1, "there are fewer than two personas")])["diversity_score"] is None


def test_too_few_says_why_and_has_no_value() -> None:
    one = REGISTRY["diversity"].too_few(1, "because")
    assert (one.value, one.status, one.denominator, one.details) == (None, "not_enough_data", 1, {"reason": "because"})
