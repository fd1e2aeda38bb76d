"""What differs between two plans or two environments is named exactly, with its class."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.runs.test_plan import inputs, recipe

from persona.model.recipes import Constraints, Recipe
from persona.model.reproductions import CAUSES, Difference
from persona.runs.differences import between_environments, between_recipes

PLANTED: list[tuple[dict[str, Any], str, str, str | None, str | None]] = [
    ({"count": 3}, "parameters.count", "parameter", "2", "3"),
    ({"count": None}, "parameters.count", "parameter", "2", "null"),
    ({"temperature": 0.5}, "parameters.temperature", "parameter", "0", "0.5"),
    ({"seed": 9}, "parameters.seed", "parameter", "0", "9"),
    ({"max_tokens": 10}, "parameters.max_tokens", "parameter", "null", "10"),
    ({"items": 2}, "parameters.items", "parameter", "4", "2"),
    ({"novelty": 0.9}, "parameters.novelty", "parameter", "0.3", "0.9"),
    ({"repeat": 2}, "repeat", "parameter", "0", "2"),
    ({"constraints": Constraints(age_range=(18, 65))}, "constraints.age_range", "parameter", "null", "[18,65]"),
    ({"constraints": Constraints(required_fields=("goals",))}, "constraints.required_fields", "parameter", "[]", '["goals"]'),
]  # fmt: skip


@pytest.mark.parametrize(("change", "part", "cause", "before", "after"), PLANTED)
def test_each_planted_change_is_named_and_nothing_else(
    change: dict[str, Any], part: str, cause: str, before: str | None, after: str | None
) -> None:
    found = between_recipes(recipe(), recipe(**change))
    assert found == [Difference(part, cause, before, after)]  # type: ignore[arg-type]  # the words are checked here
    assert between_recipes(recipe(**change), recipe()) == [Difference(part, cause, after, before)]  # type: ignore[arg-type]


def test_engine_and_template_are_code_and_prompt() -> None:
    plain = recipe()
    newer = msgspec.structs.replace(plain, engine_version="9.9.9")
    assert between_recipes(plain, newer) == [Difference("engine_version", "code", plain.engine_version, "9.9.9")]
    template = msgspec.structs.replace(plain.template, version="9.0.0")
    worded = msgspec.structs.replace(plain, template=template)
    assert between_recipes(plain, worded) == [Difference("template.version", "prompt", plain.template.version, "9.0.0")]


def test_inputs_come_and_go_by_name() -> None:
    names = {item.digest: item.document.title for item in inputs("A", "B", "C")}
    found = between_recipes(recipe(inputs("A", "B")), recipe(inputs("B", "C")), lambda digest: names[digest])  # type: ignore[index]
    gone, come = (one.digest for one in inputs("A", "C"))
    assert {(one.part, one.cause, one.before, one.after) for one in found} == {
        ("inputs.A", "input", gone, None),
        ("inputs.C", "input", None, come),
    }
    renamed = inputs("A", "B")
    renamed[0] = msgspec.structs.replace(renamed[0], people={"A": "Anna"})
    (one,) = between_recipes(recipe(), recipe(renamed))
    assert one.part.endswith(".people")
    assert (one.cause, one.before, one.after) == ("input", '{"A":"A"}', '{"A":"Anna"}')


def test_the_weightiest_class_comes_first() -> None:
    other = recipe(inputs("A"), seed=5)
    found = between_recipes(recipe(), msgspec.structs.replace(other, engine_version="9.9.9"))
    assert [one.cause for one in found] == ["input", "parameter", "code"]
    assert [CAUSES.index(one.cause) for one in found] == sorted(CAUSES.index(one.cause) for one in found)


def test_environments_part_this_program_from_the_rest() -> None:
    before = {"version": "0.1.0", "code": "sha256:1", "packages": {"numpy": "2.0", "click": "8.5"}, "variables": {}}
    after = {"version": "0.2.0", "code": "sha256:2", "packages": {"numpy": "2.1"}, "variables": {"TZ": "UTC"}}
    assert between_environments(before, before) == []
    found = {one.part: (one.cause, one.before, one.after) for one in between_environments(before, after)}
    assert found == {
        "version": ("code", "0.1.0", "0.2.0"),
        "code": ("code", "sha256:1", "sha256:2"),
        "packages.numpy": ("environment", "2.0", "2.1"),
        "packages.click": ("environment", "8.5", None),
        "variables.TZ": ("environment", None, "UTC"),
    }


@given(st.integers(1, 9), st.integers(0, 9), st.integers(1, 9))
def test_equal_recipes_differ_in_nothing(count: int, seed: int, items: int) -> None:
    made: Recipe = recipe(count=count, seed=seed, items=items)
    again = msgspec.json.decode(msgspec.json.encode(made), type=Recipe)
    assert between_recipes(made, again) == []


def test_a_part_that_became_empty_is_told_by_what_it_held() -> None:
    found = [
        (one.part, one.before, one.after)
        for one in between_environments({"variables": {"LANG": "C"}}, {"variables": {}})
    ]
    assert found == [("variables.LANG", "C", None)]
    whole = {"version": "1"}
    assert [one.part for one in between_environments(whole | {"variables": {}}, whole)] == ["variables"]
