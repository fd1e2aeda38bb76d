"""``key=value`` on the command line."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from persona.cli.pairs import fields, need_change, only, split
from persona.errors import UsageError

KEYS = st.text(min_size=1, max_size=10).filter(lambda key: "=" not in key)


@given(st.dictionaries(KEYS, st.text(max_size=20), max_size=6), KEYS)
def test_pairs_come_back_as_they_were_written(pairs: dict[str, str], ref: str) -> None:
    words = [f"{key}={value}" for key, value in pairs.items()]
    assert split([ref, *words]) == (ref, pairs)
    assert split([*words, ref]) == (ref, pairs)
    assert split(words) == (None, pairs)


def test_a_value_may_hold_an_equals_sign_and_may_be_empty() -> None:
    assert split(["a=b=c", "d="]).pairs == {"a": "b=c", "d": ""}


@pytest.mark.parametrize("words", [["a", "b"], ["=b"]])
def test_what_is_no_pair_is_refused(words: list[str]) -> None:
    with pytest.raises(UsageError) as caught:
        split(words)
    assert caught.value.code == "bad-pair"
    assert caught.value.hints


def test_an_option_takes_only_pairs() -> None:
    assert only(["a=1"], "--tag") == {"a": "1"}
    with pytest.raises(UsageError, match="`a` is not a pair"):
        only(["a"], "--tag")


def test_a_change_needs_something_to_change() -> None:
    need_change({}, ["a"])
    need_change({"a": "1"}, [])
    with pytest.raises(UsageError):
        need_change({}, [])


def test_free_fields_keep_json_values_and_take_the_rest_as_text() -> None:
    given_pairs = {"n": "12", "yes": "true", "list": "[1, 2]", "text": "Ada Osei", "quoted": '"12"', "nan": "NaN"}
    assert fields(given_pairs, ["gone"]) == {
        "n": 12,
        "yes": True,
        "list": [1, 2],
        "text": "Ada Osei",
        "quoted": "12",
        "nan": "NaN",
        "gone": None,
    }
