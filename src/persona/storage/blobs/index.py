"""Where each small blob stands: a small SQLite file beside the packs.

It is a cache. It is never flushed to disk on its own, every place it gives is checked against the header
in the pack, and when it is lost or broken it is made again by reading the headers of the packs.
"""

from __future__ import annotations

import sqlite3
from contextlib import suppress
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import quote

from persona.storage.blobs.packs import Entry

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

_TABLES = """
create table if not exists entry (
    digest blob primary key, pack integer not null, offset integer not null, length integer not null
) without rowid;
create index if not exists entry_pack on entry (pack);
create table if not exists pack (number integer primary key, scanned integer not null, file integer not null);
"""


AT_ONCE = 500
"""How many blobs are looked for in one statement."""


class Place(NamedTuple):
    """An entry and the number of its pack."""

    pack: int
    entry: Entry


class PackIndex:
    """The index. ``scanned`` says up to which byte each pack has been entered.

    One writer at a time, under the lock of the packs.
    """

    def __init__(self, path: Path | None) -> None:
        self._path = path
        self._db = _open(path)

    def find(self, digest: bytes) -> Place | None:
        """Where a blob stands, as far as entered."""
        return self.find_many([digest]).get(digest)

    def find_many(self, digests: Iterable[bytes]) -> dict[bytes, Place]:
        """Where those of some blobs stand that are entered."""
        found: dict[bytes, Place] = {}
        wanted = list(digests)
        for at in range(0, len(wanted), AT_ONCE):
            part = wanted[at : at + AT_ONCE]
            marks = ",".join("?" * len(part))
            query = f"select digest, pack, offset, length from entry where digest in ({marks})"  # noqa: S608
            for digest, pack, offset, length in self._db.execute(query, part).fetchall():
                found[digest] = Place(pack, Entry(digest, offset, length))
        return found

    def scanned(self) -> dict[int, tuple[int, int]]:
        """For each pack entered: up to which byte, and the number of the file that was read."""
        rows = self._db.execute("select number, scanned, file from pack").fetchall()
        return {number: (scanned, file) for number, scanned, file in rows}

    def add(self, pack: int, entries: list[Entry], scanned: int, file: int, *, anew: bool = False) -> None:
        """Enter blobs of one pack; ``anew`` forgets what was entered of it before. A later copy of a blob wins."""
        self._db.execute("begin immediate")
        try:
            if anew:
                self._db.execute("delete from entry where pack = ?", (pack,))
            self._db.executemany(
                "insert or replace into entry (digest, pack, offset, length) values (?, ?, ?, ?)",
                [(entry.digest, pack, entry.offset, entry.length) for entry in entries],
            )
            self._db.execute(
                "insert or replace into pack (number, scanned, file) values (?, ?, ?)", (pack, scanned, file)
            )
            self._db.execute("commit")
        except BaseException:
            with suppress(sqlite3.Error):
                self._db.rollback()
            raise

    def forget(self, pack: int) -> None:
        """Drop a pack that is gone."""
        self._db.execute("delete from entry where pack = ?", (pack,))
        self._db.execute("delete from pack where number = ?", (pack,))

    def digests(self) -> Iterator[bytes]:
        """Every blob entered, in order."""
        for row in self._db.execute("select digest from entry order by digest").fetchall():
            yield row[0]

    def places(self, pack: int) -> list[Entry]:
        """Every blob entered for one pack."""
        rows = self._db.execute("select digest, offset, length from entry where pack = ?", (pack,))
        return [Entry(*row) for row in rows]

    def begin_anew(self) -> None:
        """Throw a broken index away, under the pack lock, and begin an empty one."""
        self.close()
        if self._path is not None:
            for ending in ("", "-wal", "-shm", "-journal"):
                with suppress(FileNotFoundError):
                    self._path.with_name(self._path.name + ending).unlink()
        self._db = _open(self._path)

    def close(self) -> None:
        """Release the file."""
        self._db.close()


def _open(path: Path | None) -> sqlite3.Connection:
    uri = "file::memory:" if path is None else f"file:{quote(str(path.absolute()))}"
    db = sqlite3.connect(uri, uri=True, timeout=30.0, isolation_level=None, check_same_thread=False)
    db.execute("pragma synchronous = off")  # a cache: flushing it would double the cost of a blob
    if path is not None:
        db.execute("pragma journal_mode = wal")
    db.executescript(_TABLES)
    return db
