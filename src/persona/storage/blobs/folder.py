"""``Blobs`` in a folder: which blob goes where, and checking that all are what they are called."""

from __future__ import annotations

import hashlib
import os
from io import BytesIO
from typing import TYPE_CHECKING, BinaryIO

from persona.errors import NotFound
from persona.model.canonical import Digest
from persona.storage.blobs.loose import LooseFiles
from persona.storage.blobs.naming import absent, damaged, named
from persona.storage.blobs.naming import raw_digest as _raw
from persona.storage.blobs.packed import PackFolder
from persona.storage.disk import read_only, refused

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence
    from pathlib import Path

    from persona.model.records import Finding

SMALL = 64 * 1024
"""Blobs below this many bytes go into packs."""


class FolderBlobs:
    """Bytes under their digest, in one folder. Meets ``storage.base.Blobs``.

    Any number of processes may read and write at once. Where the folder cannot be written, blobs can still be read.
    """

    def __init__(self, folder: Path, *, writable: bool) -> None:
        self.folder = folder
        self.writable = writable
        self._loose = LooseFiles(folder / "loose", folder / "tmp")
        self._packs = PackFolder(folder, writable=writable)

    def put(self, data: bytes | BinaryIO) -> Digest:
        """See ``Blobs.put``. Bytes that are there already but damaged are written again."""
        if not isinstance(data, bytes):
            start = data.read(SMALL)
            if len(start) == SMALL:
                self._must_write()
                return self._loose.put_stream(start, data)
            data = start
        return self.put_many([data])[0]

    def put_many(self, items: Sequence[bytes]) -> list[Digest]:
        """See ``Blobs.put_many``."""
        raw = [hashlib.sha256(item).digest() for item in items]
        small = {digest: item for digest, item in zip(raw, items, strict=True) if len(item) < SMALL}
        missing = self._packs.missing(small)
        if missing:
            self._must_write()
            self._packs.put(missing)
        for digest, item in zip(raw, items, strict=True):
            if len(item) >= SMALL and not self._loose.holds(digest):
                self._must_write()
                self._loose.put_stream(item, BytesIO())
        return [named(digest) for digest in raw]

    def get(self, digest: Digest) -> bytes:
        """See ``Blobs.get``."""
        raw = _raw(digest)
        data = self._packs.read(raw)
        if data is None:
            with self._loose.open(raw) or self._absent(digest) as file:
                data = file.read()
        if hashlib.sha256(data).digest() != raw:
            raise damaged(digest)
        return data

    def open(self, digest: Digest) -> BinaryIO:
        """See ``Blobs.open``."""
        raw = _raw(digest)
        data = self._packs.read(raw)
        return BytesIO(data) if data is not None else self._loose.open(raw) or self._absent(digest)

    def has(self, digest: Digest) -> bool:
        """Whether the bytes are stored, undamaged or not."""
        raw = _raw(digest)
        return self._packs.size(raw) is not None or self._loose.size(raw) is not None

    def size(self, digest: Digest) -> int:
        """How many bytes. Raises ``NotFound``."""
        raw = _raw(digest)
        size = self._packs.size(raw)
        if size is None:
            size = self._loose.size(raw)
        if size is None:
            self._absent(digest)
        assert size is not None
        return size

    def digests(self) -> Iterator[Digest]:
        """Every blob, each once, in order of its digest."""
        found = {*self._packs.digests(), *self._loose.digests()}
        return iter([named(raw) for raw in sorted(found)])

    def delete(self, digest: Digest) -> None:
        """See ``Blobs.delete``. Does nothing when the blob is not there; sweeps what crashes left behind."""
        self.delete_many([digest])

    def delete_many(self, digests: Collection[Digest]) -> None:
        """See ``Blobs.delete_many``. Each pack is written anew at most once."""
        raw = {_raw(digest) for digest in digests}
        self._must_write()
        self._loose.delete(raw)
        self._packs.delete(raw)

    def check(self) -> list[Finding]:
        """See ``Blobs.check``."""
        return [*self._packs.check(), *self._loose.check()]

    def close(self) -> None:
        """Release the index."""
        self._packs.close()

    def _must_write(self) -> None:
        if not self.writable:
            raise read_only(str(self.folder))

    def _absent(self, digest: Digest) -> BinaryIO:
        raise absent(digest)


def open_folder(folder: Path, *, create: bool, read_only: bool = False) -> FolderBlobs:
    """The blobs in a folder; sweeps what writers that died left in ``tmp``."""
    try:
        if create:
            for name in ("loose", "packs", "tmp"):
                (folder / name).mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise refused(error, str(folder)) from error
    if not folder.is_dir():
        raise NotFound(
            "there is no blob store here",
            code="no-blobs",
            place=str(folder),
            hints=["make a workspace: `persona init`"],
        )
    return FolderBlobs(folder, writable=not read_only and os.access(folder, os.W_OK))
