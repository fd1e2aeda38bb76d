"""The command line in process, and a finished workspace that each test copies: a workspace is a folder."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from click.testing import CliRunner

from persona.cli.app import root

INTERVIEWS = {
    "P01.txt": """Interviewer: What do you try to get done when you open the shop?
P01: I want to finish the weekly order in ten minutes. I compare three suppliers before I buy anything.
Interviewer: What gets in your way?
P01: The stock page loads so slowly that I give up twice a week. I never trust the delivery date.
""",
    "P02.txt": """Interviewer: What do you try to get done when you open the shop?
P02: My goal is to keep the shelves full without calling anybody. I check the stock list every morning.
Interviewer: What gets in your way?
P02: It is frustrating that the search does not understand our product names. I write them on paper instead.
""",
    "P03.md": """---
participant: P03
age: 41
occupation: baker
---

**Interviewer**

What do you try to get done when you open the shop?

**P03**

I need flour on the table before four in the morning. I order by telephone because the site forgets my basket.
""",
}
VARIANTS = """- name: conservative
  parameters: {temperature: 0.3}
- name: balanced
  parameters: {temperature: 0.7}
"""


class Said(NamedTuple):
    """What a call of the command line printed and how it ended."""

    status: int
    out: str
    err: str

    def json(self) -> Any:
        """The envelope on stdout."""
        return json.loads(self.out)


Say = Callable[..., Said]


def call(*arguments: str) -> Said:
    """Run one command in process, as the entry point does, without a terminal."""
    result = CliRunner().invoke(root, list(arguments))
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return Said(result.exit_code, result.stdout, result.stderr)


def write_interviews(folder: Path) -> Path:
    folder.mkdir()
    for name, text in INTERVIEWS.items():
        (folder / name).write_text(text, encoding="utf-8")
    return folder


@pytest.fixture(autouse=True)
def nobody(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No settings of the person who runs the tests."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    for name in ("PERSONA_WORKSPACE", "PERSONA_PROJECT", "PERSONA_SEED", "NO_COLOR", "FORCE_COLOR"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def say(nobody: None) -> Say:
    """Call the command line: ``say("run", "list")``."""
    return call


@pytest.fixture(scope="session")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A folder with interviews, variants.yaml and a workspace with a run, an experiment and a report. Only copy it."""
    base = tmp_path_factory.mktemp("finished")
    write_interviews(base / "interviews")
    (base / "variants.yaml").write_text(VARIANTS, encoding="utf-8")
    place = ("--workspace", str(base))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CONFIG_HOME", str(base / "nobody"))
        for arguments in (
            ("init", str(base)),
            ("project", "create", "Shop Research", *place),
            ("source", "import", str(base / "interviews"), *place),
            ("generate", *place),
            ("experiment", "create", "--name", "temp-test", "--variants", str(base / "variants.yaml"), *place),
            ("experiment", "run", "--variant", "balanced", *place),
            ("report", *place),
        ):
            said = call(*arguments)
            assert said.status == 0, (arguments, said.err)
    yield base


@pytest.fixture
def shop(finished: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the finished workspace as the current folder."""
    copy = tmp_path / "shop"
    shutil.copytree(finished, copy)
    monkeypatch.chdir(copy)
    return copy


@pytest.fixture
def empty(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder as the current one, with interviews beside it."""
    write_interviews(tmp_path / "interviews")
    folder = tmp_path / "empty"
    folder.mkdir()
    monkeypatch.chdir(folder)
    return folder


@pytest.fixture
def newest(shop: Path) -> str:
    """The id of the newest run of the copy."""
    found: str = call("run", "list", "--limit", "1", "--json").json()["data"]["items"][0]["id"]
    return found
