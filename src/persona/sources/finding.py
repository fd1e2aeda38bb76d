"""Finding files to import: files, folders and globs, in a stable order, with the reason for what is left out."""

from __future__ import annotations

import glob
import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from persona.errors import InvalidInput, NotFound
from persona.sources.limits import MAX_FILE_BYTES, refuse
from persona.sources.registry import SUPPORTED

_PATTERN = "quote a pattern so that the shell hands it over: `persona source import 'interviews/*.vtt'`"


class Found(NamedTuple):
    """A file, why it is skipped (None: it is to be read), or the error that it is not there."""

    path: Path
    skipped: str | None = None
    error: NotFound | None = None


def find_files(paths: Sequence[str | Path]) -> list[Found]:
    """The files that paths, folders and globs name, each once, sorted within what names them.

    Hidden files and folders are passed over in silence, and so are the folders that a workspace keeps: its ``projects``
    hold copies of what was imported. A file of a kind that is not read is named when it stands in
    a folder. Symbolic links to folders are not followed, so loops end. A path that is not there is found with its
    error; when none is there, that is raised.
    """
    found: dict[Path, Found] = {}
    for given in paths:
        if not str(given).strip():
            raise InvalidInput(
                "the path is empty",
                code="path-empty",
                place="PATH",
                hints=["name a file, a folder or a pattern; `.` is this folder"],
            )
        path = Path(given).expanduser()
        matches = [path] if path.exists() else [Path(match) for match in sorted(glob.glob(str(path), recursive=True))]
        if not matches:
            missing = NotFound(
                "there is no such file or folder",
                code="path-not-found",
                place=str(given),
                hints=[_PATTERN] if glob.has_magic(str(given)) else ["see what is there: `ls`"],
            )
            found.setdefault(path, Found(path, error=missing))
        for match in matches:
            for item in _walk(match) if match.is_dir() else [Found(match)]:
                found.setdefault(item.path.resolve(), item)
    items = list(found.values())
    if items and items[0].error and all(item.error for item in items):
        raise items[0].error
    return items


def _walk(folder: Path) -> Iterator[Found]:
    for base, folders, names in os.walk(folder, followlinks=False):
        kept = () if not (Path(base) / ".persona").is_dir() else ("projects",)
        folders[:] = sorted(name for name in folders if not name.startswith((".", "__")) and name not in kept)
        for name in sorted(names):
            path = Path(base) / name
            if name.startswith((".", "~$")):
                continue
            if path.suffix.lower() not in SUPPORTED:
                yield Found(path, f"files of the kind `{path.suffix or name}` are not read")
            elif path.is_file():
                yield Found(path)


def load_bytes(path: Path) -> bytes:
    """All the bytes of a file. Raises ``InvalidInput`` when it is too large, no plain file, or cannot be read."""
    try:
        if not path.is_file():
            raise refuse("it is not a plain file", "file-unreadable", str(path))
        size = path.stat().st_size
        if size > MAX_FILE_BYTES:
            told = f"the file is {size / 1e6:,.0f} MB; at most {MAX_FILE_BYTES / 1e6:,.0f} MB are read"
            raise refuse(told, "file-too-large", str(path), "split it into one file a conversation")
        return path.read_bytes()
    except OSError as error:
        raise refuse(f"the file cannot be read: {error.strerror}", "file-unreadable", str(path)) from None
