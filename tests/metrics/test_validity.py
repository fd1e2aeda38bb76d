"""Validity of engines that write: at the first attempt, after repair, and the fields that a project demands."""

from __future__ import annotations

import msgspec
import pytest
from tests.metrics.making import counted, interview, measured, one_persona, persona_set, quoted, words

from persona.model.measures import Measure
from persona.model.personas import Checks, Claim
from persona.model.recipes import Constraints
from persona.model.schema import persona_set_schema
from persona.runs.measuring import measure_set

ANNA = interview("Anna", "I like maps", age="34")
SAYS = (quoted(words(ANNA, "I like maps")),)
FULL = one_persona("p", ["Anna"], goals=SAYS, demographics={"age": counted("age", 1, **{"25-34": ["Anna"]})})
POOR = one_persona("q", ["Anna"], goals=())
BROKEN = msgspec.structs.replace(FULL, id="r", name=Claim("n", "Robin", "guessed", 0, 1, (), "pseudonym"))  # type: ignore[arg-type]
SET = persona_set(FULL, POOR, BROKEN)
ID = persona_set_schema()["$id"]


def validity(**known: object) -> Measure:
    return measured(SET, ANNA, **known)["schema_validity"]


def test_without_attempts_or_demands_nothing_is_said_of_them() -> None:
    assert validity().details == {"schema": ID}
    assert validity().value == pytest.approx(2 / 3, abs=1e-6)


@pytest.mark.parametrize(
    ("attempts", "first"),
    [({"p": 1, "q": 1, "r": 1}, 2 / 3), ({"p": 1, "q": 3, "r": 4}, 1 / 3), ({"p": 2, "q": 2}, 0), ({}, 0)],
)
def test_the_first_attempt_is_told_apart_from_what_repair_made(attempts: dict[str, int], first: float) -> None:
    found = validity(attempts=attempts)
    assert found.value == pytest.approx(2 / 3, abs=1e-6)  # as stored: repair or not, one is not valid
    assert found.details == {
        "schema": ID, "at_first_attempt": pytest.approx(first, abs=1e-6), "after_repair": pytest.approx(2 / 3, abs=1e-6)
    }  # fmt: skip


def test_demanded_fields_are_counted_where_they_hold_something() -> None:
    found = validity(required=("goals", "demographics.age", "demographics.income", "shoe_size", "name", "goals"))
    assert found.details["required_by_field"] == {
        "demographics.age": pytest.approx(2 / 3, abs=1e-6), "demographics.income": 0,
        "goals": pytest.approx(2 / 3, abs=1e-6), "name": 1, "shoe_size": 0,
    }  # fmt: skip
    assert found.details["required_fill"] == pytest.approx((2 / 3 + 0 + 2 / 3 + 1 + 0) / 5, abs=1e-6)


def test_of_no_personas_there_is_no_share() -> None:
    found = measured(persona_set(), ANNA, attempts={"p": 1}, required=("goals",))["schema_validity"]
    assert (found.value, found.details) == (None, {"schema": ID})


def test_what_a_project_demands_and_an_engine_tells_reaches_the_measure() -> None:
    checks = Checks(0, 0, 0, 0, 0, {}, 0, 0, attempts={"p": 1, "q": 2})
    told = msgspec.structs.replace(SET, checks=checks)
    found = measure_set(told, [ANNA], Constraints(required_fields=("goals",)))
    (one,) = [each for each in found if each.name == "schema_validity"]
    assert set(one.details) == {"schema", "at_first_attempt", "after_repair", "required_fill", "required_by_field"}
    assert one.details["at_first_attempt"] == pytest.approx(1 / 3, abs=1e-6)


def test_the_answers_of_a_model_are_told_apart_from_its_personas() -> None:
    checks = Checks(answers=8, valid=5, mended=2, unreadable=1, items=0, refused={}, repaired=0, unsupported=0)
    found = measured(msgspec.structs.replace(SET, checks=checks), ANNA)["schema_validity"]
    assert found.details == {
        "schema": ID, "answers": 8, "answers_at_first_attempt": 0.625, "answers_after_repair": 0.875
    }  # fmt: skip
    none = msgspec.structs.replace(checks, answers=0, valid=0, mended=0)
    assert measured(msgspec.structs.replace(SET, checks=none), ANNA)["schema_validity"].details == {"schema": ID}
