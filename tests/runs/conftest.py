"""A small workspace with nobody's settings: those of the person who runs the tests change nothing."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.runs.making import small_workspace

from persona.workspace import Workspace


@pytest.fixture(autouse=True)
def nobodys_settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Processes that a test starts inherit these too."""
    for name in [name for name in os.environ if name.startswith("PERSONA_") and name != "PERSONA_REPEATS"]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.setenv("PERSONA_USER", "tester")


@pytest.fixture
def ws(tmp_path: Path, nobodys_settings: None) -> Iterator[Workspace]:
    """A workspace with a project ``shop`` and two interviews."""
    with small_workspace(tmp_path) as opened:
        yield opened
