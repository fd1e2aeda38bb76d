"""The bundled interviews: what was planted in them is there, and each form says what its text says."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

from persona.generation import generate
from persona.model.canonical import canonical_json, digest_of
from persona.model.recipes import Constraints, Parameters
from persona.model.sources import Input
from persona.sources import read
from persona.workspace.demo import BUNDLED

ROOT = Path(__file__).resolve().parents[2]
FILES = sorted((BUNDLED / "corpus").iterdir())


@pytest.fixture(scope="module")
def maker() -> ModuleType:
    spec = importlib.util.spec_from_file_location("make_corpus", ROOT / "scripts/make_corpus.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_there_are_enough_interviews_in_enough_forms() -> None:
    interviews = [file for file in FILES if file.stem.startswith("P")]
    assert len(interviews) >= 12
    assert len({file.suffix for file in interviews}) >= 6


def test_the_files_are_what_their_texts_make() -> None:
    done = subprocess.run(
        [sys.executable, str(ROOT / "scripts/make_corpus.py"), "--check"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("file", [file for file in FILES if file.stem.startswith("P")], ids=lambda file: file.name)
def test_every_form_is_read_into_the_turns_of_its_text(file: Path, maker: ModuleType) -> None:
    truth = maker.read_truth(ROOT / f"scripts/corpus/{file.stem}.md")
    (document,) = read(file.read_bytes(), file.name).documents
    assert [(turn.speaker, document.words(turn)) for turn in document.turns] == truth.turns
    assert [card.key for card in document.participants] == [truth.who]


def test_what_was_planted_is_found() -> None:
    inputs = [
        Input(digest_of(canonical_json(one)), one, {card.key: card.key for card in one.participants})
        for file in FILES
        for one in read(file.read_bytes(), file.name).documents
    ]
    found = generate(inputs, Parameters(count=3), Constraints(), {})
    assert found.grouping.clear
    groups = [{label for label in group if label.startswith("P")} for group in found.grouping.groups]
    assert sorted(map(sorted, groups)) == [
        ["P01", "P02", "P03", "P04", "P13"],
        ["P05", "P06", "P07", "P08"],
        ["P09", "P10", "P11", "P12"],
    ]
    assert "P14" in found.grouping.outliers
