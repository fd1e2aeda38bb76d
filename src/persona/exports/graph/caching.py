"""The folders in which graphs are kept until something is recorded: made apart, swapped in whole, and never missed.

A graph is named by all that it depends on: the size and the root of the log at its moment, the engine and its version,
and the version of our schema. So it is right for ever under its name, an earlier moment has a graph of its own, and
there is nothing to bring up to date. Few are kept, those asked last.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import NamedTuple

from persona.exports.graph.child import COMPLETE
from persona.model.records import Head

KEPT = 3
"""How many graphs of one language are kept."""

_STALE_SECONDS = 3600
"""After so long, what a killed process left half made is removed."""


class Key(NamedTuple):
    """All that a graph depends on."""

    language: str
    engine: str
    schema: int
    head: Head

    @property
    def folder(self) -> str:
        """The name of its folder."""
        told = json.dumps([self.language, self.engine, self.schema, self.head.size, self.head.root])
        return f"{self.language}-{hashlib.sha256(told.encode()).hexdigest()[:20]}"


@contextmanager
def kept(place: Path, key: Key, make: Callable[[Path], None], *, anew: bool = False) -> Iterator[tuple[Path, bool]]:
    """The folder of a graph, and whether it was made now; ``make`` fills an empty folder.

    With ``anew`` it is made even where there is one. Where nothing can be written, it is made for this one time.
    """
    folder = place / key.folder
    if not anew and (folder / COMPLETE).is_file():
        with suppress(OSError):
            os.utime(folder)
        yield folder, False
        return
    try:
        place.mkdir(parents=True, exist_ok=True)
        apart = Path(tempfile.mkdtemp(prefix=f".{key.language}-", suffix=".tmp", dir=place))
    except OSError:
        with tempfile.TemporaryDirectory(prefix="persona-graph-") as passing:
            make(Path(passing))
            yield Path(passing), True
        return
    try:
        make(apart)
        apart.chmod(0o755)
        _swap(apart, folder, anew=anew)
        sweep(place, key.language, folder)
        yield folder, True
    finally:
        shutil.rmtree(apart, ignore_errors=True)


def _swap(made: Path, folder: Path, *, anew: bool) -> None:
    """Put a folder into its place, whole, whoever else does the same at the same time.

    One that is there already is equal, and stays: somebody may be reading it. With ``anew`` it is damaged, and goes.
    """
    for _ in range(3):
        with suppress(OSError):
            made.rename(folder)
            return
        if not anew and (folder / COMPLETE).is_file():
            return
        with suppress(OSError):
            folder.rename(made.with_name(f"{made.name}.old"))
        shutil.rmtree(made.with_name(f"{made.name}.old"), ignore_errors=True)


def sweep(place: Path, language: str, newest: Path) -> None:
    """Remove all graphs of a language but those asked last, and what killed processes left."""
    with suppress(OSError):
        others = [one for one in place.glob(f"{language}-*") if one != newest]
        others.sort(key=_when, reverse=True)
        for one in others[KEPT - 1 :]:
            shutil.rmtree(one, ignore_errors=True)
        for one in place.glob(".*.tmp*"):
            if time.time() - _when(one) > _STALE_SECONDS:
                shutil.rmtree(one, ignore_errors=True)


def _when(path: Path) -> float:
    try:
        return path.stat().st_mtime
    except OSError:
        return 0.0
