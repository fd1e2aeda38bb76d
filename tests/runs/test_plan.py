"""A recipe names everything that determines a run: equal recipes are equal, and any change shows."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from persona.config import Setting
from persona.errors import InvalidInput, ModelError, NotFound
from persona.model.canonical import Digest, digest_of
from persona.model.parameters import PARAMETER_RULES
from persona.model.recipes import Constraints, Recipe
from persona.model.sources import Input
from persona.runs.plan import make_recipe, shown_parameters, source_hash
from persona.sources import read

VALUES: dict[str, Any] = {
    "model": "extractive", "template": None, "count": 2, "temperature": 0.0, "seed": 0, "max_tokens": None,
    "items": 4, "embedder": "offline-fast", "novelty": 0.3,
}  # fmt: skip


def inputs(*whos: str) -> list[Input]:
    found = []
    for who in whos:
        (document,) = read(f"Interviewer: What?\n{who}: I want bread.\n".encode(), f"{who}.txt").documents
        found.append(Input(digest_of(who.encode()), document, {card.key: who for card in document.participants}))
    return found


def recipe(
    read: list[Input] | None = None, constraints: Constraints = Constraints(), repeat: int = 0, **values: Any
) -> Recipe:
    given = {**VALUES, **values}
    if given["template"] is None:
        from persona.runs.engines import engine_for

        given["template"] = next(iter(engine_for("extractive", "test").templates))
    settings = {name: Setting(name, given.get(name), "flag", f"--{name}", ()) for name in PARAMETER_RULES}
    return make_recipe(inputs("A", "B") if read is None else read, settings, constraints, repeat)[0]


def test_equal_plans_have_equal_digests() -> None:
    assert recipe().digest() == recipe().digest()


@pytest.mark.parametrize(
    "change",
    [
        {"count": 3}, {"temperature": 0.5}, {"seed": 1}, {"max_tokens": 100}, {"items": 5}, {"novelty": 0.5},
        {"repeat": 1}, {"constraints": Constraints(age_range=(18, 65))},
        {"constraints": Constraints(required_fields=("goals",))}, {"constraints": Constraints(other={"tone": "calm"})},
    ],
)  # fmt: skip
def test_any_changed_field_is_another_recipe(change: dict[str, Any]) -> None:
    assert recipe(**change).digest() != recipe().digest()


def test_inputs_and_the_names_of_people_belong_to_the_recipe() -> None:
    plain = recipe()
    assert recipe(inputs("A", "C")).digest() != plain.digest()
    assert recipe(inputs("A")).digest() != plain.digest()
    renamed = inputs("A", "B")
    renamed[0] = msgspec.structs.replace(renamed[0], people=dict.fromkeys(renamed[0].people, "Anna"))
    assert recipe(renamed).digest() != plain.digest()


@given(st.integers(1, 50), st.floats(0, 2, allow_nan=False), st.integers(0, 2**53 - 1))
def test_a_recipe_is_read_back_equal_and_its_parameters_are_shown(count: int, temperature: float, seed: int) -> None:
    made = recipe(count=count, temperature=temperature, seed=seed)
    again = msgspec.json.decode(msgspec.json.encode(made), type=Recipe)
    assert again == made
    assert again.digest() == made.digest()
    shown = shown_parameters(made)
    assert int(shown["count"]) == count
    assert float(shown["temperature"]) == temperature
    assert int(shown["seed"]) == seed
    assert "max_tokens" not in shown


def test_sources_are_named_by_one_digest() -> None:
    alone = recipe(inputs("A"))
    assert source_hash(alone) == alone.inputs[0].source
    both = recipe(inputs("A", "B"))
    assert source_hash(both) == source_hash(recipe(inputs("B", "A")))
    assert source_hash(both) not in {ref.source for ref in both.inputs}
    twice = msgspec.structs.replace(alone, inputs=(*alone.inputs, msgspec.structs.replace(alone.inputs[0], document=Digest("sha256:1"))))  # fmt: skip
    assert source_hash(twice) == source_hash(alone)  # two documents of one source


def test_what_cannot_be_planned_says_so() -> None:
    with pytest.raises(InvalidInput, match="no sources"):
        recipe([])
    with pytest.raises(ModelError, match="extractiv") as caught:
        recipe(model="extractiv")
    assert caught.value.place == "--model"
    assert "did you mean `extractive`?" in caught.value.hints
    with pytest.raises(NotFound, match="no template `missing`"):
        recipe(template="missing")
