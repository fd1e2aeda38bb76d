"""The filter language: what it reads, and where it points when it cannot."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from persona.errors import UsageError
from persona.model.filters import And, Compare, Field, Not, Or, parse_filter


def test_the_example_of_the_docs() -> None:
    assert parse_filter("metrics.diversity_score > 0.7 and params.temperature = 0.3") == And(
        (
            Compare(Field("metrics", "diversity_score"), ">", 0.7),
            Compare(Field("params", "temperature"), "=", 0.3),
        )
    )


def test_and_binds_before_or_and_not_before_both() -> None:
    parsed = parse_filter("not status = failed and variant = a or tags.`my key` ~ 'x y'")
    assert parsed == Or(
        (
            And((Not(Compare(Field("", "status"), "=", "failed")), Compare(Field("", "variant"), "=", "a"))),
            Compare(Field("tags", "my key"), "~", "x y"),
        )
    )


def test_a_model_name_with_dashes_and_dots_is_one_word() -> None:
    assert parse_filter("params.model = gpt-4o-2025-01") == Compare(Field("params", "model"), "=", "gpt-4o-2025-01")


@pytest.mark.parametrize(
    ("text", "at"),
    [
        ("", 1),
        ("status", 7),
        ("status =", 9),
        ("status = a b", 12),
        ("(status = a", 12),
        ("= 3", 1),
        ("a = 1 and", 10),
        ("a ? 1", 3),
    ],
)
def test_an_error_points_at_the_character(text: str, at: int) -> None:
    with pytest.raises(UsageError) as caught:
        parse_filter(text)
    assert f"character {at}:" in (caught.value.place or "")


def test_nesting_has_a_limit() -> None:
    with pytest.raises(UsageError, match="nested"):
        parse_filter("(" * 5000 + "a = 1" + ")" * 5000)
    with pytest.raises(UsageError, match="nested"):
        parse_filter("not " * 5000 + "a = 1")


@given(st.text(max_size=60))
def test_any_text_is_read_or_refused_in_words(text: str) -> None:
    try:
        parse_filter(text)
    except UsageError as error:
        assert error.place
