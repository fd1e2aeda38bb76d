"""A finished workspace that each test copies: a workspace is a folder."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from tests.cli.calling import VARIANTS, Say, call, write_interviews


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
def finished(tmp_path_factory: pytest.TempPathFactory) -> Path:
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
    return base


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
