"""Blobs as files of their own, ``ab/cdef...`` by digest.

A file gets its name only when it is whole and flushed, so a name never stands for half a blob.
"""

from __future__ import annotations

import os
import platform
import time
from contextlib import suppress
from hashlib import sha256
from typing import TYPE_CHECKING, BinaryIO

from persona.model.canonical import Digest
from persona.model.records import Finding
from persona.storage.disk import refused, sync_folder

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator
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
        place = self._temporary / temporary_name()
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
        """Remove what writers left that died: it may hold words that were to be erased.

        The name of a file says which process writes it; one that is not of this machine is known by its age.
        """
        old = time.time() - STALE_SECONDS
        for place in self._temporary.iterdir():
            with suppress(OSError):
                if place.stat().st_mtime < old or _is_orphan(place.name):
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

    def delete(self, digests: Collection[bytes]) -> None:
        """Remove blobs, as far as they are here."""
        try:
            if self._temporary.is_dir():
                self._sweep()
            changed = set()
            for digest in digests:
                path = self.path(digest)
                if path.exists():
                    path.unlink(missing_ok=True)
                    changed.add(path.parent)
            for folder in changed:
                sync_folder(folder)
        except OSError as error:
            raise refused(error, str(self._folder)) from error

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


def temporary_name() -> str:
    """A name for a file on its way: the process that writes it, its machine, and chance."""
    return f"{_machine()}-{os.getpid()}-{os.urandom(8).hex()}"


def _machine() -> str:
    return sha256(platform.node().encode()).hexdigest()[:8]


def _is_orphan(name: str) -> bool:
    """Whether the process of this machine that wrote a file is gone."""
    machine, _, rest = name.partition("-")
    writer = rest.partition("-")[0]
    if machine != _machine() or not writer.isdigit():
        return False
    try:
        os.kill(int(writer), 0)
    except ProcessLookupError:
        return True
    except OSError:
        return False
    return False


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
