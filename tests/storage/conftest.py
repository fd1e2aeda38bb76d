"""Stores to test: the records on each engine, the blobs in a folder and in S3."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from tests import s3

from persona.storage import Blobs, open_blobs
from persona.storage.blobs import FolderBlobs, open_folder
from persona.storage.opening import open_file, open_url
from persona.storage.records import DatabaseRecords

Open = Callable[[], DatabaseRecords]
MANY = 10


@pytest.fixture(params=["sqlite", "postgresql"])
def fresh(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Open]:
    """Makes empty records on one engine; each call another database."""
    opened: list[DatabaseRecords] = []

    def make() -> DatabaseRecords:
        if request.param == "sqlite":
            records = open_file(tmp_path / f"store-{len(opened)}" / "workspace.db", create=True)
        else:
            records = open_url(request.getfixturevalue("postgres_url")(), create=False)
        opened.append(records)
        if len(opened) > MANY:  # an example that fails leaves its own open, and shrinking tries hundreds
            opened[-MANY - 1].close()
        return records

    yield make
    for records in opened:
        records.close()


@pytest.fixture
def records(fresh: Open) -> DatabaseRecords:
    """Empty records, on each engine in turn."""
    return fresh()


@pytest.fixture
def database(tmp_path: Path) -> Path:
    """The path of an empty SQLite workspace."""
    path = tmp_path / "ws" / ".persona" / "workspace.db"
    open_file(path, create=True).close()
    return path


@pytest.fixture
def blobs(tmp_path: Path) -> Iterator[FolderBlobs]:
    """An empty blob store."""
    store = open_folder(tmp_path / "blobs", create=True)
    yield store
    store.close()


Store = Callable[[], Blobs]


@pytest.fixture(params=["folder", pytest.param("s3", marks=s3.GROUP)])
def opening(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    """Opens one and the same store of bytes again and again, empty at first: in a folder, and in S3."""
    opened: list[Blobs] = []
    place = tmp_path / "blobs" if request.param == "folder" else request.getfixturevalue("s3_url")()

    def again() -> Blobs:
        opened.append(open_blobs(place, create=True))
        return opened[-1]

    yield again
    for one in opened:
        one.close()


@pytest.fixture
def store(opening: Store) -> Blobs:
    """An empty store of bytes, in each kind of place in turn."""
    return opening()
