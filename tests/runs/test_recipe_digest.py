"""The digest of a recipe is its identity: equal plans share it, and nothing may change without it."""

from __future__ import annotations

import hashlib
import json
from typing import Any

import msgspec
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from persona.model.canonical import digest_of
from persona.model.parameters import PARAMETER_RULES
from persona.model.recipes import Constraints, InputRef, Parameters, Recipe, TemplateRef
from persona.runs.plan import shown_parameters, source_hash

DIGESTS = [digest_of(bytes([n])) for n in range(6)]
RECIPE = Recipe(
    engine="extractive",
    engine_version="1.0.0",
    template=TemplateRef("default", "1.0.0", DIGESTS[0]),
    parameters=Parameters(count=2, max_tokens=100),
    constraints=Constraints(age_range=(18, 65), required_fields=("goals",), other={"tone": "calm", "a": [1, None]}),
    inputs=(
        InputRef(DIGESTS[1], DIGESTS[2], {"k1": "Anna", "k2": "Ben"}),
        InputRef(DIGESTS[3], DIGESTS[4], {"k1": "Zoë"}),
    ),
)
PARAMETERS = st.builds(
    Parameters,
    count=st.none() | st.integers(1, 1000),
    temperature=st.integers(0, 4000).map(lambda n: n / 1000),
    seed=st.integers(0, 2**53 - 1),
    max_tokens=st.none() | st.integers(1, 2**31),
    items=st.integers(1, 50),
    novelty=st.integers(0, 1000).map(lambda n: n / 1000),
)


def other(value: Any) -> Any:
    """A different value of the same shape."""
    match value:
        case None:
            return 1
        case bool():
            return not value
        case int() | float():
            return value + 1
        case str():
            return value + "x"
        case tuple():
            return (*value, value[-1]) if value else ("x",)
        case dict():
            return {**value, "another": "x"}
    return None


def variants(struct: msgspec.Struct) -> dict[str, Any]:
    """The struct with each of its fields changed, fields of fields too."""
    found: dict[str, Any] = {}
    for field in msgspec.structs.fields(struct):
        value = getattr(struct, field.name)
        if isinstance(value, msgspec.Struct):
            for path, inner in variants(value).items():
                found[f"{field.name}.{path}"] = msgspec.structs.replace(struct, **{field.name: inner})
        else:
            found[field.name] = msgspec.structs.replace(struct, **{field.name: other(value)})
    return found


VARIANTS = variants(RECIPE)


@pytest.mark.parametrize("path", VARIANTS)
def test_any_field_that_changes_makes_another_recipe(path: str) -> None:
    assert VARIANTS[path] != RECIPE
    assert VARIANTS[path].digest() != RECIPE.digest()


def test_every_parameter_that_can_be_set_is_part_of_the_recipe() -> None:
    held = {path.partition(".")[2] for path in VARIANTS if path.startswith("parameters.")}
    assert held | {"template"} == set(PARAMETER_RULES)
    assert len({one.digest() for one in VARIANTS.values()}) == len(VARIANTS)


@pytest.mark.parametrize("at", [0, 1])
@pytest.mark.parametrize("field", ["document", "source", "people"])
def test_every_input_is_part_of_the_recipe(at: int, field: str) -> None:
    inputs = list(RECIPE.inputs)
    changed = {"another": "x"} if field == "people" else DIGESTS[5]
    inputs[at] = msgspec.structs.replace(inputs[at], **{field: changed})
    assert msgspec.structs.replace(RECIPE, inputs=tuple(inputs)).digest() != RECIPE.digest()


@given(PARAMETERS, PARAMETERS)
def test_parameters_are_equal_exactly_if_their_recipes_are(one: Parameters, two: Parameters) -> None:
    first, second = (msgspec.structs.replace(RECIPE, parameters=values) for values in (one, two))
    assert (first.digest() == second.digest()) == (one == two)
    again = msgspec.structs.replace(RECIPE, parameters=msgspec.convert(msgspec.to_builtins(one), Parameters))
    assert again.digest() == first.digest()


@given(PARAMETERS, st.permutations(["k1", "k2", "k3"]), st.permutations(["tone", "a", "Z", "ä"]))
def test_the_digest_is_that_of_canonical_json_written_another_way(
    parameters: Parameters, keys: list[str], others: list[str]
) -> None:
    """Python's own JSON with sorted keys; whole floats are written as integers, as ECMAScript does."""
    recipe = msgspec.structs.replace(
        RECIPE,
        parameters=parameters,
        constraints=Constraints(other={key: [key] for key in others}),
        inputs=(InputRef(DIGESTS[1], DIGESTS[2], {key: f"name of {key}" for key in keys}),),
    )

    def plain(value: Any) -> Any:
        if isinstance(value, dict):
            return {key: plain(inner) for key, inner in value.items()}
        if isinstance(value, (list, tuple)):
            return [plain(inner) for inner in value]
        return int(value) if isinstance(value, float) and value.is_integer() else value

    text = json.dumps(plain(msgspec.to_builtins(recipe)), sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    assert recipe.digest() == "sha256:" + hashlib.sha256(text.encode()).hexdigest()


@given(st.lists(st.sampled_from(DIGESTS), min_size=1, max_size=6), st.randoms())
def test_sources_have_one_digest_whatever_their_order_and_repetition(sources: list[Any], chance: Any) -> None:
    def of(listed: list[Any]) -> str:
        refs = tuple(InputRef(digest_of(b"%d" % n), source, {}) for n, source in enumerate(listed))
        return source_hash(msgspec.structs.replace(RECIPE, inputs=refs))

    mixed = [*sources, chance.choice(sources)]
    chance.shuffle(mixed)
    assert of(mixed) == of(sources)
    assert of(sources) == (sources[0] if len(set(sources)) == 1 else of(sorted(set(sources))))
    missing = [one for one in DIGESTS if one not in sources]
    assume(missing)
    assert of([*sources, missing[0]]) != of(sources)


@given(PARAMETERS)
def test_shown_parameters_are_texts_that_say_every_value(parameters: Parameters) -> None:
    shown = shown_parameters(msgspec.structs.replace(RECIPE, parameters=parameters))
    assert all(isinstance(value, str) for value in shown.values())
    values = {**msgspec.to_builtins(parameters), "template": RECIPE.template.name}
    assert shown.keys() == {key for key, value in values.items() if value is not None}
    for key, value in shown.items():
        assert value == values[key] or json.loads(value) == values[key]
