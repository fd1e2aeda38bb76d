"""How many true quotations the guard loses and how many lies it takes, over real interviews: the bars of the issue.

The short form of ``bench/bench_quotes.py``, which measures thousands of each kind.
"""

from __future__ import annotations

import pytest
from tests.generation.lies import ALIKE, ELSE, FABRICATED, NEGATED, SPLICED, TURNED
from tests.generation.mutants import LOSSES, SLIPS, TRUE, Case, Make, Material, cases, material

from persona.generation.anchoring import Anchored, Anchors
from persona.generation.plaintext import fold, tokens
from persona.model.sources import Input

COUNT = 200
SEED = 20261123


@pytest.fixture(scope="module")
def stuff(scientists: list[Input], workforce: list[Input]) -> Material:
    return material(scientists, workforce)


@pytest.fixture(scope="module")
def anchors(scientists: list[Input]) -> Anchors:
    return Anchors(scientists)


def taken(anchors: Anchors, stuff: Material, make: Make) -> tuple[list[Case], float]:
    tried = cases(make, stuff, COUNT, SEED)
    assert len(tried) == COUNT
    found = [one for one in tried if isinstance(anchors.find(one.quotation, one.participant), Anchored)]
    return found, len(found) / COUNT


@pytest.mark.parametrize("kind", TRUE)
def test_true_quotations_are_all_found_word_for_word(anchors: Anchors, stuff: Material, kind: str) -> None:
    for one in cases(TRUE[kind], stuff, COUNT, SEED):
        found = anchors.find(one.quotation, one.participant)
        assert isinstance(found, Anchored), (one, found)
        assert found.kind == "exact"


@pytest.mark.parametrize("kind", SLIPS)
def test_few_quotations_with_slips_are_lost(anchors: Anchors, stuff: Material, kind: str) -> None:
    assert taken(anchors, stuff, SLIPS[kind])[1] >= 0.97


@pytest.mark.parametrize("kind", LOSSES)
def test_most_quotations_that_dropped_words_are_found(anchors: Anchors, stuff: Material, kind: str) -> None:
    assert taken(anchors, stuff, LOSSES[kind])[1] >= 0.6


@pytest.mark.parametrize("kind", {**FABRICATED, **SPLICED, **ELSE, **TURNED})
def test_lies_are_refused(anchors: Anchors, stuff: Material, kind: str) -> None:
    found, share = taken(anchors, stuff, {**FABRICATED, **SPLICED, **ELSE, **TURNED}[kind])
    assert share <= 0.01, found


@pytest.mark.parametrize("kind", NEGATED)
def test_negations_are_refused(anchors: Anchors, stuff: Material, kind: str) -> None:
    found, share = taken(anchors, stuff, NEGATED[kind])
    assert share <= 0.02, found


@pytest.mark.parametrize("kind", ALIKE)
def test_most_words_that_look_like_slips_are_refused(anchors: Anchors, stuff: Material, kind: str) -> None:
    assert taken(anchors, stuff, ALIKE[kind])[1] <= 0.1


def test_what_is_taken_is_shown_from_one_turn_of_that_person(
    anchors: Anchors, stuff: Material, scientists: list[Input]
) -> None:
    inputs = {item.digest: item for item in scientists}
    for make in (*TRUE.values(), *SLIPS.values(), *LOSSES.values()):
        for one in cases(make, stuff, 40, 5):
            found = anchors.find(one.quotation, one.participant)
            if not isinstance(found, Anchored):
                continue
            for document, start, end in found.spans:
                item = inputs[document]
                (turn,) = [turn for turn in item.document.turns if turn.start <= start < end <= turn.end]
                assert turn.role == "participant"
                assert one.participant in (None, item.label(turn))
            if found.kind == "exact":
                shown = " ".join(inputs[document].document.text[start:end] for document, start, end in found.spans)
                assert words(shown) == words(one.quotation)


def words(text: str) -> list[str]:
    return [token.word for token in tokens(fold(text).text)]
