"""The folder of packs: appending, reading, removing and checking small blobs.

All writers append to the same pack, one at a time under a lock file: a pack of its own for each process would
give a workspace that is used from the command line thousands of packs. A write is one append and one flush. What a
crash cut short is cut off by the next writer; it was never acknowledged.
"""

from __future__ import annotations

import os
import sqlite3
from contextlib import suppress
from hashlib import sha256
from typing import TYPE_CHECKING, BinaryIO

from persona.model.records import Finding
from persona.storage.blobs.index import PackIndex, Place
from persona.storage.blobs.loose import temporary_name
from persona.storage.blobs.packs import HEADER_BYTES, START, Entry, encode, read_header, scan
from persona.storage.disk import refused, sync_folder
from persona.storage.locks import locked

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping
    from pathlib import Path

PACK_BYTES = 16 * 1024 * 1024
"""A pack this large gets no more blobs, so that removing one rewrites little."""


class PackFolder:
    """The packs of a blob store and their index."""

    def __init__(self, folder: Path, *, writable: bool) -> None:
        self._folder = folder / "packs"
        self._temporary = folder / "tmp"
        self._lock = self._folder / "lock"
        self._writable = writable
        self._index_path = folder / "index.db" if writable else None
        self._opened: PackIndex | None = None

    # Reading

    def read(self, digest: bytes) -> bytes | None:
        """The bytes under a digest, not hashed; None when no pack has them."""
        for attempt in (1, 2):
            place = self._find(digest)
            if place is None:
                return None
            data = self._read_at(place)
            if data is not None:
                return data
            if attempt == 1:  # the pack was rewritten, or the index is wrong
                self._renew()
        return None

    def missing(self, blobs: Mapping[bytes, bytes]) -> dict[bytes, bytes]:
        """Those of some bytes that are not stored just so, as far as the index knows.

        A writer asks again under the lock.
        """
        if self._writable:
            return self._unknown(blobs)
        places = {digest: self._find(digest) for digest in blobs}
        return {digest: data for digest, data in blobs.items() if not self._stands(places[digest], data)}

    def _unknown(self, blobs: Mapping[bytes, bytes]) -> dict[bytes, bytes]:
        try:
            places = self._index.find_many(blobs)
        except sqlite3.Error:  # a broken index: bytes stored twice do no harm
            return dict(blobs)
        return {digest: data for digest, data in blobs.items() if not self._stands(places.get(digest), data)}

    def _stands(self, place: Place | None, data: bytes) -> bool:
        return place is not None and place.entry.length == len(data) and self._read_at(place) == data

    def size(self, digest: bytes) -> int | None:
        """How many bytes; None when no pack has them."""
        place = self._find(digest)
        return place.entry.length if place else None

    def digests(self) -> Iterator[bytes]:
        """Every blob in the packs."""
        self._catch_up()
        return self._index.digests()

    def _read_at(self, place: Place) -> bytes | None:
        path = self._path(place.pack)
        try:
            with path.open("rb") as file:
                file.seek(place.entry.offset)
                found = file.read(HEADER_BYTES + place.entry.length)
        except FileNotFoundError:
            return None
        except OSError as error:
            raise refused(error, str(path)) from error
        if read_header(found, place.entry.offset) != place.entry or len(found) != HEADER_BYTES + place.entry.length:
            return None
        return found[HEADER_BYTES:]

    def _find(self, digest: bytes) -> Place | None:
        try:
            place = self._index.find(digest)
        except sqlite3.DatabaseError:
            self._renew()
            return self._index.find(digest)
        if place is None and self._catch_up():
            place = self._index.find(digest)
        return place

    # Writing

    def put(self, blobs: Mapping[bytes, bytes]) -> None:
        """Append blobs, with one flush to disk."""
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            with locked(self._lock):
                self._enter_new()
                unknown = self._unknown(blobs)
                if unknown:
                    self._append(unknown)
        except OSError as error:
            raise refused(error, str(self._folder)) from error

    def _append(self, blobs: Mapping[bytes, bytes]) -> None:
        number = max(self._numbers(), default=1)
        if self._size(number) >= PACK_BYTES:
            number += 1
        path = self._path(number)
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
        try:
            before = os.fstat(handle).st_size
            at = before or len(START)
            parts = [] if before else [START]
            entries: list[Entry] = []
            for digest, data in blobs.items():
                entries.append(Entry(digest, at, len(data)))
                parts.append(encode(digest, data))
                at = entries[-1].end
            try:
                _write_all(handle, b"".join(parts))
                os.fsync(handle)
            except BaseException:
                with suppress(OSError):
                    os.ftruncate(handle, before)
                raise
            if not before:
                sync_folder(self._folder)
            self._enter(number, entries, at, os.fstat(handle).st_ino)
        finally:
            os.close(handle)

    def delete(self, digests: Collection[bytes]) -> None:
        """Rewrite every pack that holds copies without them. Damaged stretches of such packs go too."""
        try:
            if not self._folder.is_dir():
                return
            with locked(self._lock):
                self._enter_new()
                for number in self._numbers():
                    with self._path(number).open("rb") as file:
                        entries = [item for item in scan(file, self._size(number)) if isinstance(item, Entry)]
                        kept = [entry for entry in entries if entry.digest not in digests]
                        if len(kept) < len(entries):
                            self._rewrite(number, file, kept)
        except OSError as error:
            raise refused(error, str(self._folder)) from error

    def _rewrite(self, number: int, file: BinaryIO, kept: list[Entry]) -> None:
        if not kept:
            self._path(number).unlink()
            sync_folder(self._folder)
            with suppress(sqlite3.Error):
                self._index.forget(number)
            return
        self._temporary.mkdir(parents=True, exist_ok=True)
        place = self._temporary / temporary_name()
        try:
            entries: list[Entry] = []
            with place.open("xb") as copy:
                at = copy.write(START)
                for entry in kept:
                    file.seek(entry.offset)
                    copy.write(file.read(HEADER_BYTES + entry.length))
                    entries.append(entry._replace(offset=at))
                    at = entries[-1].end
                copy.flush()
                os.fsync(copy.fileno())
                inode = os.fstat(copy.fileno()).st_ino
            place.replace(self._path(number))
            sync_folder(self._folder)
            self._enter(number, entries, at, inode, anew=True)
        finally:
            place.unlink(missing_ok=True)

    # The index

    @property
    def _index(self) -> PackIndex:
        if self._opened is None:
            try:
                self._opened = PackIndex(self._index_path)
            except sqlite3.OperationalError:  # it cannot be kept, so it lives in memory
                self._opened = PackIndex(None)
            except sqlite3.DatabaseError:
                self._drop_broken()
                self._opened = PackIndex(self._index_path)
        return self._opened

    def _drop_broken(self) -> None:
        if self._index_path is not None:
            with locked(self._lock):
                for ending in ("", "-wal", "-shm"):
                    self._index_path.with_name(self._index_path.name + ending).unlink(missing_ok=True)

    def _enter(self, number: int, entries: list[Entry], scanned: int, inode: int, *, anew: bool = False) -> None:
        """Enter blobs. A failure is no loss: the next reader reads the headers."""
        with suppress(sqlite3.Error):
            self._index.add(number, entries, scanned, inode, anew=anew)

    def _catch_up(self) -> bool:
        """Enter what other processes appended; whether there was anything new. Takes the lock only when there is."""
        if not self._behind():
            return False
        if not self._writable:
            self._enter_new()
            return True
        try:
            with locked(self._lock):
                self._enter_new()
        except OSError as error:
            raise refused(error, str(self._folder)) from error
        return True

    def _behind(self) -> bool:
        known = self._index.scanned()
        numbers = self._numbers()
        return set(known) != set(numbers) or any(known[number] != self._state(number) for number in numbers)

    def _enter_new(self) -> None:
        """Bring the index up to the packs; a writer also cuts off what a crash left at the end of a pack."""
        try:
            known = self._index.scanned()
        except sqlite3.DatabaseError:
            self._index.begin_anew()
            known = {}
        numbers = self._numbers()
        for number in numbers:
            size, inode = self._state(number)
            scanned, file = known.get(number, (0, inode))
            if (scanned, file) == (size, inode):
                continue
            anew = file != inode or scanned > size or number not in known
            self._enter_pack(number, 0 if anew else scanned, size, inode, anew=anew)
        for number in set(known) - set(numbers):
            with suppress(sqlite3.Error):
                self._index.forget(number)

    def _enter_pack(self, number: int, start: int, size: int, inode: int, *, anew: bool) -> None:
        path = self._path(number)
        entries: list[Entry] = []
        end = size
        with path.open("rb") as file:
            for item in scan(file, size, start):
                if isinstance(item, Entry):
                    entries.append(item)
                elif item.why == "torn":
                    end = item.offset
        if end < size and self._writable:
            os.truncate(path, end)
        self._enter(number, entries, end if self._writable else size, inode, anew=anew)

    def _renew(self) -> None:
        """Make the whole index again."""
        if not self._writable:
            self._index.begin_anew()
            self._enter_new()
            return
        try:
            with locked(self._lock):
                self._index.begin_anew()
                self._enter_new()
        except OSError as error:
            raise refused(error, str(self._folder)) from error

    def close(self) -> None:
        """Release the index."""
        if self._opened is not None:
            self._opened.close()
            self._opened = None

    # Files

    def _path(self, number: int) -> Path:
        return self._folder / f"{number:04d}.pack"

    def _numbers(self) -> list[int]:
        try:
            names = [path.name for path in self._folder.iterdir()]
        except FileNotFoundError:
            return []
        return sorted(int(name[:-5]) for name in names if name.endswith(".pack") and name[:-5].isdigit())

    def _state(self, number: int) -> tuple[int, int]:
        """The size of a pack and the number of its file, which changes when it is rewritten."""
        try:
            found = self._path(number).stat()
        except FileNotFoundError:
            return (0, 0)
        return (found.st_size, found.st_ino)

    def _size(self, number: int) -> int:
        return self._state(number)[0]

    # Checking

    def check(self) -> Iterator[Finding]:
        """Re-hash every entry, and miss what the index knows of. What a crash tore is no damage."""
        try:
            numbers = self._numbers()
            for number in numbers:
                yield from self._check_pack(number)
            for number in sorted(set(self._index.scanned()) - set(numbers)):
                yield from self._missing(number, set())
        except OSError as error:
            yield Finding("pack-unreadable", str(self._folder), f"the packs cannot be read: {error.strerror}")
        except sqlite3.Error:
            self._renew()  # a broken index is no damage: it is made of what the packs hold

    def _check_pack(self, number: int) -> Iterator[Finding]:
        path = self._path(number)
        found: set[bytes] = set()
        true: set[bytes] = set()
        with path.open("rb") as file:
            for item in scan(file, path.stat().st_size):
                if isinstance(item, Entry):
                    found.add(item.digest)
                    file.seek(item.data_offset)
                    if sha256(file.read(item.length)).digest() == item.digest:
                        true.add(item.digest)
                elif item.why == "damaged":
                    place = f"packs/{path.name}"
                    message = f"bytes {item.offset} to {item.end} of {place} are damaged"
                    yield Finding("pack-damaged", place, message)
        for digest in sorted(found - true):
            if not self._true_elsewhere(digest):
                yield Finding(
                    "blob-damaged", f"sha256:{digest.hex()}", f"its bytes in packs/{path.name} do not hash to its name"
                )
        yield from self._missing(number, found)

    def _missing(self, number: int, found: set[bytes]) -> Iterator[Finding]:
        """Blobs that the index has seen in a pack which has them no more."""
        known = {entry.digest for entry in self._index.places(number)}
        for digest in sorted(known - found):
            message = f"it was in packs/{number:04d}.pack and is there no more"
            yield Finding("blob-missing", f"sha256:{digest.hex()}", message)

    def _true_elsewhere(self, digest: bytes) -> bool:
        """Whether the copy that reading finds is undamaged: bytes stored again after damage stand twice."""
        place = self._find(digest)
        data = self._read_at(place) if place else None
        return data is not None and sha256(data).digest() == digest


def _write_all(handle: int, data: bytes) -> None:
    view = memoryview(data)
    while view:
        view = view[os.write(handle, view) :]
