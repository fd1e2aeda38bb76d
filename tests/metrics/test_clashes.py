"""When a claim clashes with the words it cites: one of the two denies, or both give numbers and share none."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.metrics.making import interview, measured, one_persona, persona_set, quoted, words

from persona.metrics.clashes import clash, denied
from persona.model.measures import Measure


def row(first: int, count: int) -> str:
    """So many different words without a digit in them."""
    return " ".join(f"word{chr(ord('a') + n)}" for n in range(first, first + count))


def rate(claim: str, *said: str) -> Measure:
    """The contradiction rate of one claim that cites each of some sentences."""
    item = interview("Anna", *said)
    cited = quoted(*(words(item, text) for text in said), text=claim)
    return measured(persona_set(one_persona("p", ["Anna"], needs=(cited,))), item)["contradiction_rate"]


@given(st.lists(st.sampled_from(["not", "never", "don't", "WITHOUT", "bread", "order", "another"]), max_size=6))
def test_an_odd_number_of_denials_denies(told: list[str]) -> None:
    denials = sum(word in ("not", "never", "don't", "WITHOUT") for word in told)
    assert denied(" ".join(told)) == (denials in (1, 3, 5))


@pytest.mark.parametrize(
    ("one", "other", "clashes"),
    [
        ("three of them", "three of them", False),
        ("they order 3 loaves", "they order 4 loaves", True),
        ("they order 3 or 4 loaves", "they order 4 loaves", False),
        ("they order 3 loaves", "they order loaves", False),
        ("they pay 1,5", "they pay 1.5", True),
        ("they pay 1.5", "they pay 1.5 in all", False),
        ("they pay 15", "they pay 1.5", True),
        ("they never order 3 loaves", "they never order 4 loaves", True),
        ("they never order 3 loaves", "they order 3 loaves", True),
        ("not 3", "never 3", False),
    ],
)
def test_a_clash_has_no_direction(one: str, other: str, clashes: bool) -> None:
    assert clash(one, other) == clash(other, one) == clashes


@pytest.mark.parametrize(("length", "shared", "checked"), [(20, 7, 1), (20, 6, 0), (3, 1, 0), (4, 2, 1)])
def test_a_claim_is_checked_where_a_span_is_on_its_topic(length: int, shared: int, checked: int) -> None:
    assert rate(row(length - shared, length), row(0, length)).denominator == checked


@pytest.mark.parametrize(("length", "shared", "value"), [(5, 3, 1), (8, 5, 1), (12, 7, 0), (20, 7, 0)])
def test_a_denial_clashes_with_what_says_much_the_same(length: int, shared: int, value: float) -> None:
    denial = f"{row(length - shared, length - 1)} never"
    assert rate(denial, row(0, length)).value == value


def test_one_span_that_denies_is_enough_and_the_claim_is_counted_once() -> None:
    found = rate(row(0, 6), row(0, 6), f"{row(0, 5)} never", f"{row(0, 5)} nobody")
    assert (found.value, found.denominator, found.details) == (1, 1, {"clashes": ["p.needs[0]"]})
    assert rate(row(0, 6), row(0, 6), "entirely unlike it never").value == 0


def test_words_that_nobody_said_neither_clash_nor_count() -> None:
    item = interview("Anna", row(0, 6))
    false = words(item, row(0, 6), quote=f"{row(0, 5)} never")
    persona = one_persona("p", ["Anna"], needs=(quoted(false, text=row(0, 6)),))
    found = measured(persona_set(persona), item)["contradiction_rate"]
    assert (found.value, found.status, found.denominator) == (None, "not_applicable", 0)


@pytest.mark.parametrize(
    ("claim", "said", "precise"),
    [
        (row(0, 6), row(0, 6), 1),
        (row(7, 10), row(0, 10), 1),  # three of ten words: 0.30
        (row(10, 14), row(0, 14), 0),  # four of fourteen: 0.286
        (f"{row(0, 5)} never", row(0, 6), 0),
        (f"{row(0, 5)} never", f"{row(0, 5)} not", 1),
    ],
)
def test_a_span_is_precise_if_it_is_near_and_alike_in_denial(claim: str, said: str, precise: float) -> None:
    item = interview("Anna", said)
    persona = one_persona("p", ["Anna"], needs=(quoted(words(item, said), text=claim),))
    found = measured(persona_set(persona), item)["citation_precision"]
    assert (found.value, found.denominator) == (precise, 1)
    assert found.details["idle"] == ([] if precise else ["p.needs[0] span 1"])
