"""Blobs as files of their own, ``ab/cdef...`` by digest.

A file gets its name only when it is whole and flushed, so a name never stands for half a blob.
"""

from __future__ import annotations

import os
import time
from contextlib import suppress
from hashlib import sha256
from typing import TYPE_CHECKING, BinaryIO

from persona.model.canonical import Digest
from persona.model.records import Finding
from persona.storage.disk import refused, sync_folder

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

PIECE = 1024 * 1024
STALE_SECONDS = 3600.0
"""A temporary file this old belongs to a process that died."""


class LooseFiles:
    """The folder of large blobs, and the one beside it where files are written."""

    def __init__(self, folder: Path, temporary: Path) -> None:
        self._folder = folder
        self._temporary = temporary

    def path(self, digest: bytes) -> Path:
        """Where a blob is, or would be."""
        name = digest.hex()
        return self._folder / name[:2] / name[2:]

    def put_stream(self, start: bytes, rest: BinaryIO) -> Digest:
        """Store a stream of which the ``start`` was read already."""
        place = self._temporary / os.urandom(8).hex()
        try:
            self._temporary.mkdir(parents=True, exist_ok=True)
            self._sweep()
            try:
                digest = self._write(place, start, rest)
                target = self.path(digest)
                if not self.holds(digest):
                    target.parent.mkdir(parents=True, exist_ok=True)
                    place.chmod(0o444)
                    place.replace(target)
                    sync_folder(target.parent)
                    sync_folder(self._folder)
            finally:
                place.unlink(missing_ok=True)
        except OSError as error:
            raise refused(error, str(self._folder)) from error
        return Digest(f"sha256:{digest.hex()}")

    def _write(self, place: Path, start: bytes, rest: BinaryIO) -> bytes:
        hasher = sha256(start)
        with place.open("xb") as file:
            file.write(start)
            while piece := rest.read(PIECE):
                hasher.update(piece)
                file.write(piece)
            file.flush()
            os.fsync(file.fileno())
        return hasher.digest()

    def _sweep(self) -> None:
        """Remove what writers left that died: it may hold words that were to be erased."""
        old = time.time() - STALE_SECONDS
        for place in self._temporary.iterdir():
            with suppress(OSError):
                if place.stat().st_mtime < old:
                    place.unlink()

    def holds(self, digest: bytes) -> bool:
        """Whether a blob is here and undamaged."""
        try:
            return _hash(self.path(digest)) == digest
        except OSError:
            return False

    def open(self, digest: bytes) -> BinaryIO | None:
        """The blob as a stream; None when it is not here."""
        path = self.path(digest)
        try:
            return path.open("rb")
        except (FileNotFoundError, NotADirectoryError):
            return None
        except OSError as error:
            raise refused(error, str(path)) from error

    def size(self, digest: bytes) -> int | None:
        """How many bytes; None when it is not here."""
        try:
            return self.path(digest).stat().st_size
        except OSError:
            return None

    def digests(self) -> Iterator[bytes]:
        """Every blob here."""
        for path in self._files():
            digest = _digest_of_name(path)
            if digest is not None:
                yield digest

    def delete(self, digest: bytes) -> None:
        """Remove a blob, if it is here."""
        path = self.path(digest)
        try:
            if self._temporary.is_dir():
                self._sweep()
            path.unlink(missing_ok=True)
            if path.parent.is_dir():
                sync_folder(path.parent)
        except OSError as error:
            raise refused(error, str(path)) from error

    def check(self) -> Iterator[Finding]:
        """Everything here that is not what its name says."""
        for path in self._files():
            place = f"loose/{path.parent.name}/{path.name}"
            digest = _digest_of_name(path)
            if digest is None:
                yield Finding("blob-stray", place, f"{place} is not named by a digest")
                continue
            try:
                whole = _hash(path) == digest
            except OSError as error:
                yield Finding("blob-unreadable", f"sha256:{digest.hex()}", f"{place} cannot be read: {error.strerror}")
                continue
            if not whole:
                yield Finding("blob-damaged", f"sha256:{digest.hex()}", f"{place} does not hash to its name")

    def _files(self) -> Iterator[Path]:
        if self._folder.is_dir():
            for part in sorted(self._folder.iterdir()):
                if part.is_dir():
                    yield from sorted(part.iterdir())
                else:
                    yield part


def _digest_of_name(path: Path) -> bytes | None:
    try:
        digest = bytes.fromhex(path.parent.name + path.name)
    except ValueError:
        return None
    return digest if len(digest) == 32 and digest.hex() == path.parent.name + path.name else None


def _hash(path: Path) -> bytes:
    hasher = sha256()
    with path.open("rb") as file:
        while piece := file.read(PIECE):
            hasher.update(piece)
    return hasher.digest()
