"""Variety of words, by values worked out by hand and by other ways of counting."""

from __future__ import annotations

import random
import zlib
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from persona.metrics.lexical import distinct_2, lexical, mtld, words
from persona.model.measures import Measure


def named(text: str) -> dict[str, Measure]:
    return {one.name: one for one in lexical(text)}


def other_mtld(tokens: list[str]) -> float:
    """The same by exact fractions, one pass after the other."""

    def factors(listed: list[str]) -> Fraction:
        found, part = Fraction(0), list[str]()
        for token in listed:
            part.append(token)
            if Fraction(len(set(part)), len(part)) <= Fraction(72, 100):
                found, part = found + 1, []
        if part:
            found += (1 - Fraction(len(set(part)), len(part))) / Fraction(28, 100)
        return found

    passes = [factors(tokens), factors(tokens[::-1])]
    return float(sum(Fraction(len(tokens)) / one if one else Fraction(len(tokens)) for one in passes) / 2)


def test_mtld_by_hand() -> None:
    # a a: the ratio falls to 1/2 at the second word, so each pair is a factor of two words
    assert mtld(["a"] * 10) == 2
    assert mtld(list("abcdefghij")) == 10  # no word twice: no factor, the length itself
    # a b a: 2/3 is under 0.72, so a factor of three words; then b a b likewise
    assert mtld(list("abababa")) == pytest.approx(7 / (2 + 0))


@given(st.lists(st.sampled_from("abcdefghijkl"), min_size=1, max_size=200))
def test_mtld_equals_another_way_of_counting(tokens: list[str]) -> None:
    assert mtld(tokens) == pytest.approx(other_mtld(tokens), rel=1e-9)


def test_distinct_pairs_by_hand() -> None:
    assert distinct_2(["a"]) is None
    # two words, four possible pairs; a b a b a has four pairs, two different; expected 4 (1 - (3/4)^4)
    assert distinct_2(list("ababa")) == pytest.approx(2 / (4 * (1 - 0.75**4)))
    assert distinct_2(["a", "a", "a"]) == 1  # one possible pair, and it is there


def test_random_words_have_about_the_pairs_expected_of_them() -> None:
    chance = random.Random(1)
    tokens = [chance.choice("abcdefghijklmnopqrst") for _ in range(5000)]
    assert distinct_2(tokens) == pytest.approx(1, abs=0.02)


def test_compression_is_bytes_over_bytes() -> None:
    text = "the page is slow " * 30
    found = named(text)["lexical_compression"]
    assert found.denominator == len(text)
    assert found.value == pytest.approx(len(text) / len(zlib.compress(text.encode(), 9)), abs=1e-6)
    assert found.value is not None
    varied = named(" ".join(f"{n:x}{n * 7919:x}" for n in range(60)))["lexical_compression"].value
    assert varied is not None
    assert found.value > 3 * varied


def test_short_and_empty_texts_say_so() -> None:
    assert named("few words")["lexical_mtld"].status == "not_enough_data"
    assert named("few words")["lexical_mtld"].details == {"reason": "there are fewer than 100 words"}
    empty = named("")
    assert {one.value for one in empty.values()} == {None}
    assert empty["lexical_distinct_2"].status == empty["lexical_compression"].status == "not_applicable"


def test_words_are_words_of_any_script() -> None:
    assert words("Don't re-book: Straße, 2 Züge!") == ["don't", "re-book", "straße", "2", "züge"]
