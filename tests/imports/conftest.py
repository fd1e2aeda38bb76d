"""A small workspace with one interview, made by the façade itself."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from persona.workspace import Workspace

INTERVIEW = """Interviewer: What do you try to get done when you open the shop?
P01: I want to finish the weekly order in ten minutes. I compare three suppliers before I buy anything.
Interviewer: What gets in your way?
P01: The stock page loads so slowly that I give up twice a week. I never trust the delivery date.
"""


@pytest.fixture
def ws(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Workspace]:
    """A workspace with one project and one interview."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    (tmp_path / "P01.txt").write_text(INTERVIEW, encoding="utf-8")
    with Workspace.init(tmp_path / "ws") as opened:
        opened.project.create("Shop Research")
        opened.source.import_([tmp_path / "P01.txt"])
        yield opened


@pytest.fixture
def other(tmp_path: Path) -> Iterator[Workspace]:
    """Another workspace, empty but for a project."""
    with Workspace.init(tmp_path / "other") as opened:
        opened.project.create("Elsewhere")
        yield opened
