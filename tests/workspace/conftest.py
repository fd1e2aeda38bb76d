"""A small workspace with three interviews, made by the façade itself."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from persona.workspace import Workspace

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


@pytest.fixture
def interviews(tmp_path: Path) -> Path:
    """A folder with three small interviews."""
    folder = tmp_path / "interviews"
    folder.mkdir()
    for name, text in INTERVIEWS.items():
        (folder / name).write_text(text, encoding="utf-8")
    return folder


@pytest.fixture
def ws(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Workspace]:
    """An empty workspace with one project, with no settings of the person who runs the tests."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    for name in ("PERSONA_WORKSPACE", "PERSONA_PROJECT", "PERSONA_MODEL", "PERSONA_SEED"):
        monkeypatch.delenv(name, raising=False)
    with Workspace.init(tmp_path / "ws") as opened:
        opened.project.create("Shop Research")
        yield opened


@pytest.fixture
def full(ws: Workspace, interviews: Path) -> Workspace:
    """The same with the three interviews imported."""
    report = ws.source.import_([str(interviews)])
    assert (report.imported, report.refused) == (3, 0)
    return ws
