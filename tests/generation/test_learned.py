"""The learned head: the figures that the docs state, computed again, and what it leaves alone."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import numpy as np
import pytest
from tests.generation.conftest import as_inputs

from persona.generation.corpus import Sentence, read_corpus
from persona.generation.facets import facet_of, facets_of
from persona.generation.learned import LABELS, head, probabilities
from persona.generation.vectors import embed
from persona.model.recipes import Constraints
from persona.model.sources import Input
from persona.sources import read

ROOT = Path(__file__).resolve().parents[2]


def f1(truth: np.ndarray, told: np.ndarray) -> float:
    found = []
    for label in range(len(LABELS)):
        hit = ((told == label) & (truth == label)).sum()
        found.append(2 * hit / max(1, (told == label).sum() + (truth == label).sum()))
    return float(np.mean(found))


@pytest.fixture(scope="module")
def kept(scientists: list[Input], workforce: list[Input]) -> tuple[list[Sentence], np.ndarray]:
    """The sentences kept for testing, with their labels."""
    known = {}
    for item in (*scientists, *workforce):
        for one in read_corpus([item], Constraints()).sentences:
            known[one.document, one.start, one.end] = one
    with (ROOT / "data/facets/labels.csv").open(newline="") as stream:
        rows = list(csv.DictReader(stream))
    trained = {row["document"] for row in rows if row["part"] == "train"}
    tested = [row for row in rows if row["part"] == "test"]
    assert len(tested) == 150
    assert not trained & {row["document"] for row in tested}, "nobody is in both parts"
    sentences = [known[row["document"], int(row["start"]), int(row["end"])] for row in tested]
    return sentences, np.array([LABELS.index(row["first"]) for row in tested])


def test_the_figures_of_the_docs_are_those_of_the_weights(kept: tuple[list[Sentence], np.ndarray]) -> None:
    sentences, truth = kept
    chances = probabilities(sentences, embed([one.text for one in sentences]))
    told, sure = chances.argmax(axis=1), chances.max(axis=1) >= head().least
    figures = json.loads((ROOT / "bench/results/facets.json").read_text())
    assert figures["test, the sure ones"]["n"] == sure.sum()
    assert figures["test, the sure ones"]["macro_f1"] == pytest.approx(f1(truth[sure], told[sure]), abs=0.002)
    assert figures["test, all"]["macro_f1"] == pytest.approx(f1(truth, told), abs=0.002)
    assert f1(truth[sure], told[sure]) >= 0.55
    assert f1(truth, told) > figures["test, the rules alone"]["macro_f1"] + 0.1
    page = (ROOT / "docs/facets.md").read_text()
    assert f"{sure.mean():.0%}".replace("%", " %") in page
    for figure in (f1(truth[sure], told[sure]), f1(truth, told)):
        assert f"{figure:.2f}" in page


def test_probabilities_are_shares_and_the_same_every_time(kept: tuple[list[Sentence], np.ndarray]) -> None:
    sentences, _ = kept
    vectors = embed([one.text for one in sentences])
    chances = probabilities(sentences, vectors)
    assert chances.shape == (150, 6)
    assert np.allclose(chances.sum(axis=1), 1, atol=1e-5)
    turned = probabilities(sentences[::-1], vectors[::-1])[::-1]
    assert np.allclose(chances, turned, atol=1e-6), "no sentence depends on another"
    assert probabilities([], np.zeros((0, 256))).shape == (0, 6)


def sentences_of(text: str) -> list[Sentence]:
    return list(read_corpus(as_inputs(read(text.encode(), "t.txt").documents), Constraints()).sentences)


def test_what_is_not_english_goes_by_rule() -> None:
    said = sentences_of("Interviewer: Was stört?\nEva: Die Seite lädt langsam und vergisst meinen Korb.\n")
    assert facets_of(said, embed([one.text for one in said])) == [facet_of(one) for one in said]


def test_a_problem_denied_is_no_pain() -> None:
    said = sentences_of("Interviewer: What annoys you?\nEva: I would say nothing about it is a problem for me.\n")
    assert facets_of(said, embed([one.text for one in said])) == [None]


def test_most_sentences_are_left_without_a_label(kept: tuple[list[Sentence], np.ndarray]) -> None:
    sentences, _ = kept
    found = facets_of(sentences, embed([one.text for one in sentences]))
    assert 0.05 < sum(one is not None for one in found) / len(found) < 0.5
