"""Train the head that tells goals from pains, and say how good it is on sentences of people it has not seen.

Needs the shared interviews beside the checkout. ``data/facets/labels.csv`` names sentences by document and span, and
has no words. Weights go to ``src/persona/generation/facets.json``, figures to ``bench/results/facets.json``.
"""

from __future__ import annotations

import csv
import json
import sys
from collections import Counter
from pathlib import Path

import numpy as np

from persona.generation.corpus import Sentence, read_corpus
from persona.generation.facets import facet_of
from persona.generation.learned import LABELS, counted, features
from persona.generation.vectors import embed
from persona.model.canonical import canonical_json, digest_of
from persona.model.recipes import Constraints
from persona.model.sources import Input
from persona.sources import read

ROOT = Path(__file__).resolve().parent.parent
VERSION = "1.0.0"
FOLDS = 5
STRENGTH = 0.01
STEPS = 400
FIELDS = {"goals": "goal", "needs": "goal", "pain_points": "pain", "behaviours": "behaviour", "tools": "behaviour",
          "motivations": "value", "context": "context"}  # fmt: skip


def sentences_of(folder: Path) -> dict[tuple[str, int], Sentence]:
    """Every sentence of the shared interviews by document and start."""
    documents = []
    table = folder / "anthropic-interviewer-scientists/scientists_transcripts.csv"
    documents += read(table.read_bytes(), table.name).documents
    for file in sorted((folder / "anthropic-interviewer-workforce").glob("work_*.md")):
        documents += read(file.read_bytes(), file.name).documents
    found = {}
    for one in documents:
        item = Input(digest_of(canonical_json(one)), one, {card.key: card.key for card in one.participants})
        for sentence in read_corpus([item], Constraints()).sentences:
            found[sentence.document, sentence.start] = sentence
    return found


def fit(rows: np.ndarray, wanted: np.ndarray) -> np.ndarray:
    """Softmax regression by Adam from nought; classes weigh alike, the last row of the weights is not shrunk."""
    weights = np.zeros((rows.shape[1], wanted.shape[1]))
    first, second = np.zeros_like(weights), np.zeros_like(weights)
    share = wanted @ (1 / np.maximum(1, wanted.sum(axis=0)))
    share /= share.mean()
    for step in range(1, STEPS + 1):
        scores = rows @ weights
        chance = np.exp(scores - scores.max(axis=1, keepdims=True))
        chance /= chance.sum(axis=1, keepdims=True)
        slope = rows.T @ ((chance - wanted) * share[:, None]) / len(rows)
        slope[:-1] += STRENGTH * weights[:-1]
        first = 0.9 * first + 0.1 * slope
        second = 0.999 * second + 0.001 * slope * slope
        weights -= 0.05 * (first / (1 - 0.9**step)) / (np.sqrt(second / (1 - 0.999**step)) + 1e-8)
    return weights


def chances(rows: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """How likely each label is, a row a sentence."""
    scores = rows @ weights
    found = np.exp(scores - scores.max(axis=1, keepdims=True))
    return found / found.sum(axis=1, keepdims=True)


def macro_f1(truth: np.ndarray, told: np.ndarray) -> tuple[float, dict[str, float]]:
    """The mean of F1 over all labels, and each."""
    each = {}
    for number, label in enumerate(LABELS):
        hit = int(((told == number) & (truth == number)).sum())
        wrong = int(((told == number) != (truth == number)).sum())
        each[label] = round(2 * hit / max(1, 2 * hit + wrong), 3)
    return round(sum(each.values()) / len(each), 3), each


def kappa(one: list[str], other: list[str]) -> float:
    """Cohen's kappa of two passes."""
    seen = sum(a == b for a, b in zip(one, other, strict=True)) / len(one)
    first, second = Counter(one), Counter(other)
    chance = sum(first[label] * second[label] for label in first) / len(one) ** 2
    return round((seen - chance) / (1 - chance), 3)


def main() -> None:
    """Train, measure, write."""
    folder = ROOT.parent / "shared/data/interviews"
    if not folder.is_dir():
        sys.exit("the shared interviews are not beside this checkout: nothing trained")
    known = sentences_of(folder)
    with (ROOT / "data/facets/labels.csv").open(newline="", encoding="utf-8") as stream:
        listed = list(csv.DictReader(stream))
    sentences = [known[row["document"], int(row["start"])] for row in listed]
    assert all(one.end == int(row["end"]) for one, row in zip(sentences, listed, strict=True))
    train = np.array([row["part"] == "train" for row in listed])
    wanted = np.zeros((len(listed), len(LABELS)))
    for at, row in enumerate(listed):
        for label in [row["first"], row["second"] or row["first"]]:
            wanted[at, LABELS.index(label)] += 0.5
    truth = np.array([LABELS.index(row["first"]) for row in listed])
    vectors = embed([one.text for one in sentences])
    groups = counted(sentences)
    middle, spread = groups[train].mean(axis=0).round(4), (groups[train].std(axis=0) + 1e-6).round(4)
    rows = features(sentences, vectors, middle, spread)

    people = sorted({row["document"] for row in listed if row["part"] == "train"})
    fold = {document: number % FOLDS for number, document in enumerate(people)}
    inside = np.zeros((len(listed), len(LABELS)))
    for number in range(FOLDS):
        out = np.array([row["part"] == "train" and fold[row["document"]] == number for row in listed])
        inside[out] = chances(rows[out], fit(rows[train & ~out], wanted[train & ~out]))
    least = 1.0
    for level in np.arange(0.25, 0.65, 0.01):  # settled on the training sentences alone
        sure = train & (inside.max(axis=1) >= level)
        if sure.sum() >= 30 and macro_f1(truth[sure], inside[sure].argmax(axis=1))[0] >= 0.58:
            least = round(float(level), 2)
            break
    weights = fit(rows[train], wanted[train]).round(4)
    told = chances(rows[~train], weights)
    sure = told.max(axis=1) >= least
    whole, each_whole = macro_f1(truth[~train], told.argmax(axis=1))
    some, each = macro_f1(truth[~train][sure], told[sure].argmax(axis=1))
    rules = [facet_of(one) for one, is_train in zip(sentences, train, strict=True) if not is_train]
    ruled = np.array([LABELS.index(FIELDS[one.field]) if one else LABELS.index("other") for one in rules])
    both = [row for row in listed if row["second"]]
    figures = {
        "labels": len(listed),
        "train": int(train.sum()),
        "test": int((~train).sum()),
        "kappa of two passes": kappa([row["first"] for row in both], [row["second"] for row in both]),
        "sure from": least,
        "test, the sure ones": {
            "share": round(float(sure.mean()), 3),
            "n": int(sure.sum()),
            "macro_f1": some,
            "each": each,
        },
        "test, all": {"macro_f1": whole, "each": each_whole},
        "test, the rules alone": {"macro_f1": macro_f1(truth[~train], ruled)[0]},
        "share of each label": {label: round(float((truth == at).mean()), 3) for at, label in enumerate(LABELS)},
    }
    kept = {
        "version": VERSION,
        "least": least,
        "middle": middle.tolist(),
        "spread": spread.tolist(),
        "weights": weights.tolist(),
    }
    (ROOT / "src/persona/generation/facets.json").write_text(json.dumps(kept) + "\n", encoding="utf-8")
    (ROOT / "bench/results/facets.json").write_text(json.dumps(figures, indent=2) + "\n", encoding="utf-8")
    print(json.dumps(figures, indent=2))


if __name__ == "__main__":
    main()
