"""Opening records: finding the database, making it where asked, and bringing it to the present form."""

from __future__ import annotations

from typing import TYPE_CHECKING

from persona.errors import NotFound, StorageError
from persona.storage import sqlite
from persona.storage.migrations import check_version, migrate
from persona.storage.records import DatabaseRecords

if TYPE_CHECKING:
    from pathlib import Path


def open_file(path: Path, *, create: bool, read_only: bool = False) -> DatabaseRecords:
    """The records in a SQLite file."""
    if create and not path.exists():
        fresh = sqlite.make_file(path)
        try:
            migrate(fresh)
        except BaseException:
            sqlite.discard(fresh)
            raise
        sqlite.settle(fresh, path)
    engine = sqlite.open_untouched(path) if read_only else sqlite.open_file(path)
    try:
        if check_version(engine):
            if not engine.writable:
                raise _older(engine.place)
            migrate(engine)
    except BaseException:
        engine.close()
        raise
    return DatabaseRecords(engine)


def open_url(url: str, *, create: bool, read_only: bool = False) -> DatabaseRecords:
    """The records in a PostgreSQL database. Its tables are made and migrated only with ``create``."""
    from persona.storage import postgresql

    engine = postgresql.connect(url)
    try:
        if read_only:
            engine.run("set default_transaction_read_only = on")
        if create:
            if not engine.has_tables() or check_version(engine):
                migrate(engine)
        elif not engine.has_tables():
            raise NotFound(
                "the database holds no workspace",
                code="no-database",
                place=engine.place,
                hints=["make one: `persona init`"],
            )
        elif check_version(engine):
            raise _older(engine.place)
    except BaseException:
        engine.close()
        raise
    return DatabaseRecords(engine)


def _older(place: str) -> StorageError:
    return StorageError(
        "the workspace was written by an older version of persona and cannot be brought up to date here",
        code="older-database",
        place=place,
        hints=["open it once where it may be written: `persona verify`"],
    )
