"""Which claims rest on which documents and people: an index beside the workspace that can be lost at any time.

It is a cache of what the bytes of personas say, under the digest of those bytes, so an entry is right for ever and
belongs to no moment: whoever asks takes the personas that there were at theirs. It holds digests, spans and labels of
people, and no words.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import quote

if TYPE_CHECKING:
    from pathlib import Path

_TABLES = """
create table if not exists entered (digest text primary key) without rowid;
create table if not exists rest (
    digest text not null, ordinal integer not null, path text not null, document text, start integer not null,
    end integer not null, participant text not null, verbatim integer not null, status text not null,
    primary key (digest, ordinal)
) without rowid;
create index if not exists rest_document on rest (document);
create index if not exists rest_participant on rest (participant);
"""
VERSION = 1


class Entry(NamedTuple):
    """A rest of a claim, after the digest of the personas that hold it. See ``lineage.fine.Rest``."""

    digest: str
    path: str
    document: str | None
    start: int
    end: int
    participant: str
    verbatim: bool
    status: str


class EvidenceIndex:
    """The index. A broken file is thrown away; where none can be written, it is made in memory."""

    def __init__(self, path: Path | None) -> None:
        self._path = path
        self._db = _open(path)

    def enter(self, digests: Iterable[str], read: Callable[[str], Iterable[tuple[object, ...]]]) -> None:
        """See that personas are entered; ``read`` gives the rests of those that are not, in the order of ``Entry``."""
        known = {row[0] for row in self._db.execute("select digest from entered")}
        for digest in dict.fromkeys(digests):
            if digest in known:
                continue
            rows = [(digest, ordinal, *rest) for ordinal, rest in enumerate(read(digest))]
            with self._db:
                self._db.executemany("insert or replace into rest values (?, ?, ?, ?, ?, ?, ?, ?, ?)", rows)
                self._db.execute("insert or ignore into entered values (?)", (digest,))

    def of(self, digest: str) -> Iterator[Entry]:
        """All rests of some personas, in reading order."""
        return self._found("digest = ? order by ordinal", digest)

    def on_document(self, document: str) -> Iterator[Entry]:
        """Every rest on the words of a document, given its digest."""
        return self._found("document = ? order by digest, ordinal", document)

    def on_person(self, participant: str) -> Iterator[Entry]:
        """Every rest on what a person said or is, given the label."""
        return self._found("participant = ? order by digest, ordinal", participant)

    def close(self) -> None:
        """Release the file."""
        self._db.close()

    def _found(self, where: str, value: str) -> Iterator[Entry]:
        columns = "digest, path, document, start, end, participant, verbatim, status"
        query = f"select {columns} from rest where {where}"  # noqa: S608  # both are constants of this file
        for row in self._db.execute(query, (value,)):
            yield Entry._make((*row[:6], bool(row[6]), row[7]))


def _open(path: Path | None) -> sqlite3.Connection:
    if path is not None:
        for _ in range(2):
            with suppress(sqlite3.Error, OSError):
                path.parent.mkdir(parents=True, exist_ok=True)
                return _prepared(sqlite3.connect(f"file:{quote(str(path))}", uri=True, timeout=10))
            with suppress(OSError):
                path.unlink()
    return _prepared(sqlite3.connect(":memory:"))


def _prepared(db: sqlite3.Connection) -> sqlite3.Connection:
    db.execute("pragma synchronous = off")  # a cache: what is lost is read again
    db.execute("pragma secure_delete = on")
    if db.execute("pragma user_version").fetchone()[0] not in (0, VERSION):
        db.close()
        raise sqlite3.DatabaseError("made by another version")
    db.executescript(_TABLES)
    db.execute(f"pragma user_version = {VERSION}")
    return db
