"""The demonstration: the first thing a newcomer types."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest
from jsonschema import validate
from tests.cli.calling import Say

from persona.cli.envelope import SCHEMA
from persona.cli.registry import SECTIONS


def test_the_demonstration_ends_with_all_it_promises(say: Say, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    said = say("demo", "try-it")
    assert said.status == 0, said.err
    out = said.out
    assert re.search(r"^1  Imported \d+ interview files: \d+ documents, \d+ participants$", out, re.MULTILINE)
    formats = re.search(r"formats: (.*)", out)
    assert formats is not None
    assert len(formats[1].split(", ")) >= 6
    assert re.search(r"^2  Ran 3 variants of one experiment$", out, re.MULTILINE)
    assert out.count("; the name is made up") >= 2
    chain = ["claim ", "words ", "participant ", "document ", "source ", "are equal"]
    places = [out.index(word, out.index("4  One claim")) for word in chain]
    assert places == sorted(places)
    assert re.search(r"Merkle root [0-9a-f]{64}", out)
    assert "everything is as recorded" in out
    report = tmp_path / out.splitlines()[-1].strip()
    assert report.suffix == ".html"
    assert report.stat().st_size > 10_000
    steps = re.findall(r"^next: (persona .*)$", said.err, re.MULTILINE)
    assert steps
    for step in steps:
        assert say(*shlex.split(step)[1:]).status == 0, step
    again = say("demo", "try-it")
    assert again.status == 4
    assert "hint: " in again.err


def test_the_demonstration_answers_programs_too(say: Say, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    said = say("demo", "--json")
    answer = said.json()
    validate(answer, SCHEMA)
    assert (said.status, answer["ok"]) == (0, True)
    assert Path(answer["data"]["workspace"]) == tmp_path / "persona-demo"
    assert answer["data"]["verify"]["ok"] is True


def test_the_demonstration_is_the_first_command_of_the_help() -> None:
    assert next(iter(next(iter(SECTIONS.values())))) == "demo"
