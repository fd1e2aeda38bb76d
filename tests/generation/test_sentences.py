"""Sentences: whole, in order, and exactly where they stand."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from persona.generation.sentences import split


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("One. Two! Three? Four…", ["One.", "Two!", "Three?", "Four…"]),
        ("I use e.g. Excel, i.e. tables. Dr. Wu agrees.", ["I use e.g. Excel, i.e. tables.", "Dr. Wu agrees."]),
        ("It took 3.5 hours. Then I left.", ["It took 3.5 hours.", "Then I left."]),
        ('He said "stop." Then he left.', ['He said "stop."', "Then he left."]),
        ("No end", ["No end"]),
        ("A list:\n- first thing\n- second thing", ["A list:", "- first thing", "- second thing"]),
        ("One paragraph\n\nanother one", ["One paragraph", "another one"]),
        ("   ", []),
    ],
)
def test_examples(text: str, wanted: list[str]) -> None:
    assert [text[start:end] for start, end in split(text)] == wanted


@given(st.text(alphabet="ab .!?\nA1…\"'-", max_size=80), st.integers(0, 10), st.integers(0, 20))
def test_spans_ascend_lie_inside_and_lose_no_letter(text: str, left: int, right: int) -> None:
    start, end = min(left, len(text)), max(min(left, len(text)), len(text) - right)
    spans = list(split(text, start, end))
    at = start
    for first, last in spans:
        assert at <= first < last <= end
        assert text[first:last].strip() == text[first:last]
        assert not text[at:first].strip()
        at = last
    assert not text[at:end].strip()


def test_a_very_long_line_is_quick() -> None:
    text = "a.b " * 200_000
    assert sum(1 for _ in split(text)) >= 1
