"""The folders of many runs are written together: whole, read-only, and safe before they stand in their places."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from persona.model.records import Run
from persona.workspace import Workspace, folders
from persona.workspace.layout import Layout


@pytest.fixture
def ended(full: Workspace) -> list[Run]:
    """More runs that have ended than it takes to ask the disk once for all."""
    return [full.generate(flags={"seed": number}).view.run for number in range(folders.MANY + 1)]


def written(ws: Workspace, runs: list[Run], root: Path) -> dict[str, bytes]:
    layout = Layout(root)
    for folder in (layout.owed, layout.cache):
        folder.mkdir(parents=True)
    for run in runs:
        (layout.owed / run.id).touch()
    count = folders.write_together(layout, ws._context.records, ws._context.blobs, runs)
    found = {
        path.relative_to(root).as_posix(): path.read_bytes() for path in layout.projects.rglob("*") if path.is_file()
    }
    assert count == len(found)
    assert not list(layout.owed.iterdir()), "what is written is no longer owed"
    assert not list(layout.cache.iterdir())
    assert {path.stat().st_mode & 0o777 for path in layout.projects.rglob("*") if path.is_file()} == {0o444}
    return found


def test_many_folders_are_the_same_however_they_are_made_safe(
    full: Workspace, ended: list[Run], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[int] = []
    fsync = os.fsync
    monkeypatch.setattr(os, "fsync", lambda handle: asked.append(handle) or fsync(handle))
    at_once = written(full, ended, tmp_path / "at-once")
    few = len(asked)
    monkeypatch.setattr(folders, "sync_all", lambda _: False)
    each = written(full, ended, tmp_path / "each")
    assert at_once == each
    assert len(asked) - few >= len(each), "where the system cannot be asked for all, it is asked for each"
    assert any(name.endswith("audit/environment.json") for name in each)


def test_a_single_folder_does_not_wait_for_what_others_write(
    full: Workspace, ended: list[Run], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def never(_: Path) -> bool:
        raise AssertionError("asked for everything")

    monkeypatch.setattr(folders, "sync_all", never)
    assert written(full, ended[:1], tmp_path / "one")
