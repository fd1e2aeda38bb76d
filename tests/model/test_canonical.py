"""Canonical JSON: the vectors of RFC 8785 and the properties every digest rests on."""

from __future__ import annotations

import json
import math
from pathlib import Path

import msgspec
import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from persona.model.canonical import canonical_json, digest_of, digest_of_value, spelled
from persona.model.recipes import Constraints, Parameters, Recipe, TemplateRef

plain = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53) + 1, 2**53 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=20,
)


@pytest.mark.parametrize("name", ["arrays", "french", "structures", "unicode", "values", "weird"])
def test_the_published_vectors(shared: Path, name: str) -> None:
    given_text = (shared / f"data/conformance/jcs/input/{name}.json").read_text(encoding="utf-8")
    wanted = (shared / f"data/conformance/jcs/output/{name}.json").read_bytes()
    assert canonical_json(json.loads(given_text)) == wanted


@given(plain)
def test_reading_back_gives_the_same_bytes(value: object) -> None:
    encoded = canonical_json(value)
    assert canonical_json(json.loads(encoded, parse_int=float)) == encoded


numbers = (
    st.integers(-(2**53) + 1, 2**53 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.floats(-1, 1)
    | st.floats(1e-7, 1e-3)
    | st.integers(1, 10**6).map(lambda one: one / 10**9)
    | st.sampled_from(
        [
            1e-5,
            9.999999999999999e-06,
            1.0000000000000002e-05,
            9.9e-05,
            0.0,
            -0.0,
            1.0,
            1e15,
            1e16,
            1e20,
            1e21,
            1e22,
            1e-3,
            1e-6,
            1e-7,
            5e-324,
            123456789.125,
        ]
    )
)
values = st.recursive(
    st.none() | st.booleans() | numbers | st.text(),
    lambda inner: (
        st.lists(inner, max_size=4) | st.tuples(inner, inner) | st.dictionaries(st.text(max_size=3), inner, max_size=4)
    ),
    max_leaves=12,
)


@given(values)
def test_the_quick_way_gives_the_bytes_of_the_full_encoder(value: object) -> None:
    assert canonical_json(value) == rfc8785.dumps(msgspec.to_builtins(value))


@given(values)
def test_what_a_text_spells_is_what_reading_it_gives(value: object) -> None:
    given_value = msgspec.to_builtins(value)
    before = repr(given_value)
    text, spelt = spelled(given_value)
    read = msgspec.json.decode(text)
    assert spelt == read
    assert repr(_by_key(spelt)) == repr(_by_key(read))  # 1 is not 1.0 here
    assert repr(given_value) == before, "the value of the caller is as it was"


def _by_key(value: object) -> object:
    if isinstance(value, dict):
        return {key: _by_key(value[key]) for key in sorted(value)}
    return [_by_key(one) for one in value] if isinstance(value, list) else value


@given(st.dictionaries(st.text(), st.integers(-100, 100), min_size=2))
def test_the_order_of_keys_means_nothing(value: dict[str, int]) -> None:
    assert canonical_json(dict(reversed(value.items()))) == canonical_json(value)


@pytest.mark.parametrize("value", [math.nan, math.inf, 2**53])
def test_what_json_cannot_carry_is_refused(value: float) -> None:
    with pytest.raises(ValueError, match=r".+"):
        canonical_json(value)


def test_the_digest_of_nothing_and_of_a_recipe_are_fixed_for_ever() -> None:
    assert digest_of(b"") == "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    recipe = Recipe("e", "1", TemplateRef("d", "1.0.0", digest_of(b"")), Parameters(), Constraints(), ())
    assert recipe.digest() == digest_of_value(recipe)
    assert recipe.digest() == "sha256:1f3cf8903823af507e14b3bf51b82353ad91e1c14310cb00f342eebb80528d79"
