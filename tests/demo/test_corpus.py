"""The bundled interviews: what was planted in them is there, and each form says what its text says."""

from __future__ import annotations

import csv
import importlib.util
import os
import re
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

from persona.generation import generate
from persona.generation.vectors import embed
from persona.model.canonical import canonical_json, digest_of
from persona.model.experiments import read_experiment
from persona.model.personas import PersonaSet
from persona.model.projects import read_project
from persona.model.recipes import Constraints, Parameters
from persona.model.sources import Document, Input
from persona.sources import read
from persona.workspace.demo import BUNDLED

ROOT = Path(__file__).resolve().parents[2]
TEXTS = sorted((ROOT / "scripts/corpus").glob("P*.md"))
FILES = sorted((BUNDLED / "corpus").iterdir())
INTERVIEWS = [file for file in FILES if file.stem.startswith("P")]
ABOUT = (BUNDLED / "README.md").read_text(encoding="utf-8")

GROUPS = [["P01", "P02", "P03", "P04", "P13"], ["P05", "P06", "P07", "P08"], ["P09", "P10", "P11", "P12"]]
NOWHERE = "P14"
SEPARATE = 0.12
"""The least mean silhouette at which we call the groups distinct."""


@pytest.fixture(scope="module")
def maker() -> ModuleType:
    spec = importlib.util.spec_from_file_location("make_corpus", ROOT / "scripts/make_corpus.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def said(maker: ModuleType) -> dict[str, list[str]]:
    """The turns of each participant, without the interviewer's."""
    talks = [maker.read_truth(path) for path in TEXTS]
    return {talk.who: [words for who, words in talk.turns if who == talk.who] for talk in talks}


@pytest.fixture(scope="module")
def documents() -> list[Document]:
    return [one for file in FILES for one in read(file.read_bytes(), file.name).documents]


@pytest.fixture(scope="module")
def found(documents: list[Document]) -> PersonaSet:
    inputs = [
        Input(digest_of(canonical_json(one)), one, {card.key: card.key for card in one.participants})
        for one in documents
    ]
    return generate(inputs, Parameters(count=3), Constraints(), {})


def test_there_are_enough_interviews_in_enough_forms(maker: ModuleType) -> None:
    assert len(INTERVIEWS) == len(TEXTS) == 14
    assert len({file.suffix for file in INTERVIEWS}) >= 8
    assert {maker.read_truth(path).form for path in TEXTS} == set(maker.FORMS)
    assert sum(file.stat().st_size for file in FILES) < 400_000


def test_the_files_are_what_their_texts_make() -> None:
    elsewhere = {**os.environ, "TZ": "Asia/Tokyo", "PYTHONHASHSEED": "7"}
    done = subprocess.run(
        [sys.executable, str(ROOT / "scripts/make_corpus.py"), "--check"],
        capture_output=True,
        text=True,
        check=False,
        env=elsewhere,
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_a_changed_missing_or_left_over_file_is_noticed(
    maker: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = maker.corpus()
    for name, data in made.items():
        (tmp_path / name).write_bytes(data)
    monkeypatch.setattr(maker, "TARGET", tmp_path)
    assert maker.differences(made) == []
    (tmp_path / "P01.txt").write_bytes(made["P01.txt"] + b" ")
    (tmp_path / "P02.vtt").unlink()
    (tmp_path / "P99.txt").write_bytes(b"P99: nobody made me.")
    assert maker.differences(made) == ["P01.txt", "P02.vtt", "P99.txt"]


@pytest.mark.parametrize("file", INTERVIEWS, ids=lambda file: file.name)
def test_every_form_is_read_into_the_turns_of_its_text(file: Path, maker: ModuleType) -> None:
    truth = maker.read_truth(ROOT / f"scripts/corpus/{file.stem}.md")
    (document,) = read(file.read_bytes(), file.name).documents
    assert [(turn.speaker, document.words(turn)) for turn in document.turns] == truth.turns
    assert [card.key for card in document.participants] == [truth.who]
    assert {turn.speaker for turn in document.turns if turn.role == "participant"} == {truth.who}
    assert truth.facts.items() <= document.participants[0].attributes.items()


def test_the_office_file_needs_its_own_encoding() -> None:
    raw = (BUNDLED / "corpus/P11.txt").read_bytes()
    with pytest.raises(UnicodeDecodeError):
        raw.decode("utf-8")
    assert set("’“”–€") <= set(raw.decode("cp1252"))


def test_the_survey_has_gaps_and_open_questions(documents: list[Document]) -> None:
    with (BUNDLED / "corpus/survey.csv").open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    assert len(rows) == 8
    assert {row["respondent"] for row in rows if not all(row.values())} == {"R5", "R8"}
    answers = {card.key: one for one in documents for card in one.participants if card.key.startswith("R")}
    assert set(answers) == {row["respondent"] for row in rows}
    for row in rows:
        texts = {answers[row["respondent"]].words(turn) for turn in answers[row["respondent"]].turns}
        assert {words for question, words in row.items() if "would you like to see" in question and words} <= texts


def test_the_interviews_have_the_length_of_a_conversation(maker: ModuleType) -> None:
    lengths = {path.stem: sum(len(words.split()) for _, words in maker.read_truth(path).turns) for path in TEXTS}
    assert all(450 <= length <= 800 for length in lengths.values()), lengths
    assert max(lengths.values()) - min(lengths.values()) >= 100


def test_nobody_says_the_same_sentence_twice(said: dict[str, list[str]], maker: ModuleType) -> None:
    long = [one for turns in said.values() for words in turns for one in maker.sentences(words) if len(one) > 40]
    assert len(long) > 200
    assert len(long) == len(set(long))


def test_every_quotation_of_the_readme_is_in_the_interview(said: dict[str, list[str]]) -> None:
    quoted = re.findall(r"(P\d\d) “([^”]+)”", ABOUT.replace("\n  ", " ").replace("\n", " "))
    assert len(quoted) >= 20
    assert [(who, words) for who, words in quoted if not any(words in turn for turn in said[who])] == []


def test_every_disagreement_is_inside_a_group() -> None:
    rows = re.findall(r"^\| [^|]+ \| (P\d\d) “[^|]+ \| (P\d\d) “", ABOUT, re.MULTILINE)
    assert len(rows) >= 5
    assert all(any(one in group and other in group for group in GROUPS) for one, other in rows)
    assert all(any(one in group for one, _ in rows) for group in GROUPS)


def test_the_readme_names_the_groups_the_forms_and_the_gaps(maker: ModuleType) -> None:
    assert re.findall(r"^\| (P\d\d(?:, P\d\d){2,}) \|", ABOUT, re.MULTILINE) == [", ".join(group) for group in GROUPS]
    section = ABOUT.partition("## Forms")[2]
    assert sorted(re.findall(r"\b(?:P\d\d|survey)\.\w+", section)) == [file.name for file in FILES]
    facts = [maker.read_truth(path).facts for path in TEXTS]
    assert (sum("age" in one for one in facts), sum("occupation" in one for one in facts)) == (6, 7)


def test_the_planted_groups_are_apart(said: dict[str, list[str]], maker: ModuleType) -> None:
    """The mean cosine silhouette of the planted groups, reckoned here and not by the engine."""
    people = sorted(said)
    rows = np.array(
        [embed([one for words in said[who] for one in maker.sentences(words)]).mean(axis=0) for who in people]
    )
    rows -= rows.mean(axis=0)
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    near = {(a, b): float(rows[i] @ rows[j]) for i, a in enumerate(people) for j, b in enumerate(people)}
    own, widths = {one: group for group in GROUPS for one in group}, []
    for one, mates in own.items():
        inside = 1 - float(np.mean([near[one, mate] for mate in mates if mate != one]))
        outside = min(1 - float(np.mean([near[one, mate] for mate in group])) for group in GROUPS if group != mates)
        assert inside < outside, one
        widths.append((outside - inside) / max(inside, outside))
    assert float(np.mean(widths)) >= SEPARATE


def test_the_engine_finds_what_was_planted(found: PersonaSet) -> None:
    assert found.grouping.clear
    assert found.grouping.silhouette is not None
    assert found.grouping.silhouette >= SEPARATE
    groups = [sorted(label for label in group if label.startswith("P")) for group in found.grouping.groups]
    assert sorted(groups) == GROUPS
    assert NOWHERE in found.grouping.outliers
    assert all(NOWHERE not in persona.members for persona in found.personas)


def test_its_files_say_what_a_demonstration_does() -> None:
    project = read_project((BUNDLED / "project.yaml").read_text(encoding="utf-8"), "project.yaml")
    experiment = read_experiment((BUNDLED / "experiment.yaml").read_text(encoding="utf-8"), "experiment.yaml")
    assert project.name == "Railway App Research"
    assert [(one.name, one.parameters["temperature"]) for one in experiment.variants] == [
        ("conservative", 0.0),
        ("balanced", 0.4),
        ("creative", 1.0),
    ]
