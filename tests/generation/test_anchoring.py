"""Quotations that somebody wrote, held against real interviews and against letters of every kind."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.generation.conftest import as_inputs
from tests.generation.mutants import LIES, LOSSES, SLIPS, TRUE, Material, cases, material

from persona.generation.anchoring import Anchored, Anchors, Refused
from persona.generation.plaintext import plain
from persona.model.sources import Input
from persona.sources import read

COUNT = 300


@pytest.fixture(scope="module")
def stuff(scientists: list[Input], workforce: list[Input]) -> Material:
    return material(scientists, workforce)


@pytest.fixture(scope="module")
def anchors(scientists: list[Input]) -> Anchors:
    return Anchors(scientists)


def accepted(anchors: Anchors, make: str, stuff: Material) -> float:
    found = cases({**TRUE, **SLIPS, **LOSSES, **LIES}[make], stuff, COUNT, 20261123)
    assert len(found) == COUNT
    return sum(isinstance(anchors.find(one.quotation, one.participant), Anchored) for one in found) / COUNT


@pytest.mark.parametrize("make", TRUE)
def test_true_quotations_are_found(anchors: Anchors, stuff: Material, make: str) -> None:
    assert accepted(anchors, make, stuff) == 1


@pytest.mark.parametrize("make", SLIPS)
def test_few_quotations_with_slips_are_lost(anchors: Anchors, stuff: Material, make: str) -> None:
    assert accepted(anchors, make, stuff) >= 0.97


@pytest.mark.parametrize("make", LIES)
def test_lies_are_refused(anchors: Anchors, stuff: Material, make: str) -> None:
    assert accepted(anchors, make, stuff) <= (0.02 if make == "negated" else 0.01)


def test_what_is_accepted_shows_the_words_of_that_person(anchors: Anchors, stuff: Material) -> None:
    for make in (*TRUE.values(), *SLIPS.values(), *LOSSES.values()):
        for one in cases(make, stuff, 60, 5):
            found = anchors.find(one.quotation, one.participant)
            if isinstance(found, Anchored):
                for span in found.spans:
                    turn = next(
                        turn
                        for turn in anchors._turns
                        if turn.document == span[0]
                        and turn.start <= span[1]
                        and span[2] <= turn.start + len(turn.original)
                    )
                    assert turn.person == one.participant
                if found.kind == "exact":
                    joined = "".join(_letters(_text(anchors, span)) for span in found.spans)
                    assert joined == _letters(one.quotation)


def _text(anchors: Anchors, span: tuple[str, int, int]) -> str:
    turn = next(
        turn
        for turn in anchors._turns
        if turn.document == span[0] and turn.start <= span[1] <= turn.start + len(turn.original)
    )
    return turn.original[span[1] - turn.start : span[2] - turn.start]


def _letters(text: str) -> str:
    return "".join(letter for letter in plain(text).text if letter.isalnum())


# One small interview


SMALL = """Interviewer: Do you like the old page?
Ann: I don't trust the delivery date. It takes 20 minutes to compare two suppliers, every week. Yes.
Interviewer: What else?
Ann: My colleague can help me when the page is slow.
Ben: I trust the delivery date, and I compare nothing at all.
"""


@pytest.fixture(scope="module")
def small() -> Anchors:
    return Anchors(as_inputs(read(SMALL.encode(), "talk.txt").documents))


@pytest.mark.parametrize(
    ("quotation", "reason"),
    [
        ("I trust the delivery date.", "another_participant"),
        ("I do trust the delivery date", "negation_differs"),
        ("It takes 30 minutes to compare two suppliers", "numbers_differ"),
        ("It takes 20 minutes to compare three suppliers", "numbers_differ"),
        ("My colleague cannot help me when the page is slow.", "negation_differs"),
        ("My colleague could help me when the page is slow.", "words_differ"),
        ("Do you like the old page?", "not_found"),
        ("compare two suppliers, every week. My colleague can help me", "spliced"),
        ("my colleague", "too_short"),
        ("...", "too_short"),
        ("", "too_short"),
    ],
)
def test_what_ann_did_not_say(small: Anchors, quotation: str, reason: str) -> None:
    found = small.find(quotation, "Ann")
    assert isinstance(found, Refused)
    assert found.reason == reason
    assert "Ann" not in found.message
    assert "Ben" not in found.message


@pytest.mark.parametrize(
    ("quotation", "count"),
    [
        ("i DON’T trust the delivery date", 1),
        ("Yes", 1),
        ("I don't trust … every week", 2),
        ("It takes 20 minutes [...] when the page is slow.", 2),
        ("My coleague can help me when the page is slow", 1),
    ],
)
def test_what_ann_said(small: Anchors, quotation: str, count: int) -> None:
    found = small.find(quotation, "Ann")
    assert isinstance(found, Anchored)
    assert len(found.spans) == count
    assert small.find(quotation, "Ben") != found


def test_segments_must_stand_in_their_order(small: Anchors) -> None:
    assert isinstance(small.find("when the page is slow ... It takes 20 minutes", "Ann"), Refused)


def test_nobody_named_means_whoever_said_it(small: Anchors) -> None:
    assert isinstance(small.find("and I compare nothing at all"), Anchored)
    assert isinstance(small.find("and I compare nothing at al"), Anchored)
    assert isinstance(small.find("nobody ever said these words here"), Refused)


def test_a_refusal_offers_the_nearest_words(small: Anchors) -> None:
    found = small.find("My colleague cannot help me when the page is slow", "Ann")
    assert isinstance(found, Refused)
    assert found.nearest == "My colleague can help me when the page is slow."


LETTERS = st.text(alphabet='aeßıİﬁ①Ａéé\u0301 \u200b’"-.,…🙂 xyz\n\u00a0', min_size=1, max_size=60)


@given(LETTERS)
def test_folding_keeps_the_way_back(text: str) -> None:
    found = plain(text)
    assert len(found.places) == len(found.text) + 1
    assert list(found.places) == sorted(found.places)
    assert all(0 <= place <= len(text) for place in found.places)
    again = plain(found.text)
    assert again.text == found.text


@given(
    st.lists(
        st.sampled_from(
            ["straße", "İstanbul", "ﬁnd", "café", "naïve", "data", "3.5", "won't", "x-ray", "Ａpple", "über"]
        ),
        min_size=5,
        max_size=15,
    ),
    st.data(),
)
def test_any_stretch_of_words_is_found_at_its_exact_place(said: list[str], data: st.DataObject) -> None:
    text = " ".join(said)
    first = data.draw(st.integers(0, len(said) - 5))
    last = data.draw(st.integers(first + 5, len(said)))
    documents = read(f"Interviewer: Well?\nAnn: {text}\n".encode(), "t.txt").documents
    found = Anchors(as_inputs(documents)).find(" ".join(said[first:last]).upper(), "Ann")
    assert isinstance(found, Anchored)
    (span,) = found.spans
    words = documents[0].text[span[1] : span[2]].split()
    assert [plain(word).text for word in words] == [plain(word).text for word in said[first:last]]
