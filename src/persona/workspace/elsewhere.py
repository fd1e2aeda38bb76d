"""A run that was made elsewhere and came as a file, done again in a workspace of its own."""

from __future__ import annotations

import shlex
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from persona.errors import Conflict, UsageError
from persona.model.reproductions import Reproduction
from persona.runs.unbundling import read_bundle
from persona.workspace.context import Progress, silent
from persona.workspace.workspace import Workspace

LEVELS = ("verify", "replay")
"""What can be done with a run from a file: a rerun would be recorded nowhere."""


def reproduce_file(path: str | Path, level: str = "replay", *, progress: Progress = silent) -> Reproduction:
    """Do a run from a file again, in a workspace made for it and removed afterwards. Needs no network and no workspace.

    Raises ``UsageError`` for a level that would record a run, ``NotFound``, ``InvalidInput`` and ``IntegrityError`` for
    the file, ``Conflict`` for a run that made nothing to make again.
    """
    if level not in LEVELS:
        raise UsageError(
            f"a run from a file cannot be done again at the level `{level}`",
            code="bad-level",
            place=f"known: {', '.join(LEVELS)}",
            hints=["import its sources into a workspace of your own and generate there"],
        )
    with _opened(Path(path)) as (ws, run):
        try:
            found: Reproduction = ws.reproduce(run, level, progress=progress)
        except Conflict as error:  # its own hints name a run of a workspace
            again = shlex.join(["persona", "run", "reproduce", str(path), "--level", "verify"])
            hints = [f"check the bytes it recorded: `{again}`"] if level == "replay" else []
            raise Conflict(error.message, code=error.code, place=str(path), hints=hints) from None
        return found


@contextmanager
def _opened(path: Path) -> Iterator[tuple[Workspace, str]]:
    with tempfile.TemporaryDirectory(prefix="persona-run-") as folder, Workspace.init(folder) as ws:
        header = read_bundle(path, ws._context.records, ws._context.blobs)
        yield ws, header.run
