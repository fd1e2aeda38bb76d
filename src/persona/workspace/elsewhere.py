"""A run that was made elsewhere and came as a file, done again in a workspace of its own."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from persona.errors import NotFound, UsageError
from persona.model.reproductions import Reproduction
from persona.runs.bundle import read_bundle
from persona.workspace.context import Progress, silent
from persona.workspace.workspace import Workspace

LEVELS = ("verify", "replay")
"""What can be done with a run from a file: a rerun would be recorded nowhere."""


def reproduce_file(path: str | Path, level: str = "replay", *, progress: Progress = silent) -> Reproduction:
    """Do a run from a file again, in a workspace made for it and removed afterwards. Needs no network and no workspace.

    Raises ``UsageError`` for a level that would record a run, ``InvalidInput`` and ``IntegrityError`` for the file.
    """
    if level not in LEVELS:
        raise UsageError(
            f"a run from a file cannot be done again at the level `{level}`",
            code="bad-level",
            place=f"known: {', '.join(LEVELS)}",
            hints=["import its sources into a workspace of your own and generate there"],
        )
    with _opened(Path(path)) as (ws, run):
        found: Reproduction = ws.reproduce(run, level, progress=progress)
        return found


@contextmanager
def _opened(path: Path) -> Iterator[tuple[Workspace, str]]:
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        raise NotFound("there is no such file", code="file-not-found", place=str(path)) from None
    with tempfile.TemporaryDirectory(prefix="persona-run-") as folder, Workspace.init(folder) as ws:
        header = read_bundle(data, ws._context.records, ws._context.blobs, str(path))
        yield ws, header.run
