"""Where a crate is written: a folder or a ZIP archive, whole or not at all, the same bytes for the same content."""

from __future__ import annotations

import os
import shutil
import zipfile
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import unquote

import msgspec

from persona.errors import Conflict, InvalidInput
from persona.exports.ro_crate.graph import METADATA
from persona.runs.bundle_form import EPOCH

LARGEST_METADATA = 200_000_000
"""Bytes of the metadata of an existing crate that are read before it is replaced."""


class Place(Protocol):
    """Somewhere that files are put one by one."""

    def put(self, path: str, data: bytes) -> None:
        """Write one file of the crate."""
        ...

    def finish(self) -> None:
        """Put what was written into its place."""
        ...

    def drop(self) -> None:
        """Leave nothing behind of what was not finished."""
        ...


class FolderPlace:
    """A folder, made beside its place and moved there when it is whole. A crate that was there is replaced."""

    def __init__(self, target: Path) -> None:
        _refuse_other_folder(target)
        self._target = target
        self._made = target.with_name(f".{target.name}.{os.urandom(4).hex()}.tmp")
        target.parent.mkdir(parents=True, exist_ok=True)
        self._made.mkdir()

    def put(self, path: str, data: bytes) -> None:
        """See ``Place``."""
        file = self._made / path
        file.parent.mkdir(parents=True, exist_ok=True)
        with file.open("xb") as stream:
            stream.write(data)
            stream.flush()
            os.fsync(stream.fileno())

    def finish(self) -> None:
        """See ``Place``."""
        old = None
        if self._target.exists():
            old = self._target.with_name(f"{self._made.name}.old")
            self._target.rename(old)
        self._made.rename(self._target)
        if old is not None:
            shutil.rmtree(old)

    def drop(self) -> None:
        """See ``Place``."""
        shutil.rmtree(self._made, ignore_errors=True)


class ArchivePlace:
    """A ZIP archive, written beside its place and moved there when it is whole. Times in it are all 1980-01-01."""

    def __init__(self, target: Path) -> None:
        _refuse_other_archive(target)
        self._target = target
        target.parent.mkdir(parents=True, exist_ok=True)
        self._made = target.with_name(f".{target.name}.{os.urandom(4).hex()}.tmp")
        self._archive = zipfile.ZipFile(self._made, "x", zipfile.ZIP_DEFLATED)

    def put(self, path: str, data: bytes) -> None:
        """See ``Place``."""
        entry = zipfile.ZipInfo(path, EPOCH)
        entry.compress_type = zipfile.ZIP_DEFLATED
        entry.external_attr = 0o644 << 16
        self._archive.writestr(entry, data)

    def finish(self) -> None:
        """See ``Place``."""
        self._archive.close()
        with self._made.open("rb+") as file:
            os.fsync(file.fileno())
        self._made.replace(self._target)

    def drop(self) -> None:
        """See ``Place``."""
        self._archive.close()
        self._made.unlink(missing_ok=True)


def place_for(target: Path) -> Place:
    """The place for a name: an archive when it ends in ``.zip``, else a folder.

    Raises ``Conflict`` where something stands that is no crate, or a crate to which somebody added files.
    """
    return ArchivePlace(target) if target.suffix.lower() == ".zip" else FolderPlace(target)


def _refuse_other_folder(target: Path) -> None:
    if not target.exists() and not target.is_symlink():
        return
    if not target.is_dir() or target.is_symlink():
        raise _other("a file stands where the folder of the crate is to be written", target)
    if not any(target.iterdir()):
        return
    listed = _listed((target / METADATA).read_bytes() if (target / METADATA).is_file() else None, target)
    there = (path.relative_to(target).as_posix() for path in target.rglob("*") if not path.is_dir())
    added = sorted(set(there) - listed)
    if added:
        raise Conflict(
            f"the crate there holds files that it does not list, and they would be lost: {', '.join(added[:3])}",
            code="crate-added-to",
            place=str(target),
            hints=["name another folder with `--output`, or take these files out of it"],
        )


def _refuse_other_archive(target: Path) -> None:
    if target.is_dir():
        raise _other("a folder stands where the archive is to be written", target)
    if not target.exists():
        return
    try:
        with zipfile.ZipFile(target) as archive:
            found = archive.getinfo(METADATA)
            _listed(archive.read(found) if found.file_size <= LARGEST_METADATA else None, target)
    except (zipfile.BadZipFile, KeyError, OSError, NotImplementedError):
        raise _other("the file there is no crate, and it would be lost", target) from None


def _listed(metadata: bytes | None, target: Path) -> set[str]:
    """The files that a crate lists. Raises ``Conflict`` for what is no crate."""
    try:
        if metadata is None or len(metadata) > LARGEST_METADATA:
            raise InvalidInput("no metadata")
        graph: Any = msgspec.json.decode(metadata, type=dict[str, Any]).get("@graph")
        ids = {str(entity["@id"]) for entity in graph}
    except (InvalidInput, msgspec.DecodeError, TypeError, KeyError, RecursionError):
        raise _other("what stands there is no crate, and it would be lost", target) from None
    if METADATA not in ids:
        raise _other("what stands there is no crate, and it would be lost", target)
    return {unquote(id) for id in ids}


def _other(message: str, target: Path) -> Conflict:
    return Conflict(message, code="not-a-crate", place=str(target), hints=["choose another name with `--output`"])
