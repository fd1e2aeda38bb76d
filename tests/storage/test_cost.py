"""What things cost, counted and not timed: commits, flushes, statements, modules."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from tests.storage.drafts import alias, artefact, finished, planned, project, started, value

from persona.model.filters import parse_filter
from persona.model.records import Run
from persona.storage.blobs import FolderBlobs
from persona.storage.opening import open_file
from persona.storage.records import DatabaseRecords
from persona.storage.sqlite import SqliteEngine

ROOT = Path(__file__).parents[2]


@pytest.fixture
def records(database: Path) -> Iterator[DatabaseRecords]:
    opened = open_file(database, create=False)
    opened.append([project()])
    yield opened
    opened.close()


@contextmanager
def statements(records: DatabaseRecords) -> Iterator[list[str]]:
    """Every statement that SQLite runs meanwhile."""
    assert isinstance(records.engine, SqliteEngine)
    seen: list[str] = []
    records.engine.connection.set_trace_callback(seen.append)
    yield seen
    records.engine.connection.set_trace_callback(None)


def test_one_durable_commit_for_each_change_of_state(records: DatabaseRecords) -> None:
    assert records.engine.run("pragma synchronous") == [(2,)]  # full
    assert records.engine.run("pragma journal_mode") == [("wal",)]
    params = {f"param_{n}": "0.5" for n in range(20)}
    tags = {f"tag_{n}": "x" for n in range(5)}
    metrics = [value(f"metric_{n}", n / 7) for n in range(10)]
    outputs = [draft for n in range(3) for draft in (artefact(f"f{n}", 1, run="run_1"), alias(f"f{n}", "latest", 1))]
    steps = [
        [planned("run_1", params=params, tags=tags)],
        [started("run_1")],
        [*outputs, finished("run_1", metrics=metrics)],
    ]
    for step in steps:
        with statements(records) as seen:
            records.append(step)
        assert [line for line in seen if line.lower().startswith(("begin", "commit"))] == ["begin immediate", "commit"]


def test_small_blobs_share_one_flush(blobs: FolderBlobs, monkeypatch: pytest.MonkeyPatch) -> None:
    blobs.put(b"the pack is there")
    flushed: list[int] = []
    real: Callable[[int], None] = os.fsync
    monkeypatch.setattr(os, "fsync", lambda handle: (flushed.append(handle), real(handle))[1])
    blobs.put_many([bytes([n]) * 500 for n in range(20)])
    assert len(flushed) == 1
    blobs.put_many([bytes([n]) * 500 for n in range(20)])
    assert len(flushed) == 1


def test_appending_does_not_read_the_log(records: DatabaseRecords) -> None:
    def cost() -> int:
        with statements(records) as seen:
            records.append([planned(f"run_{records.head().size}")])
        assert not any("from event" in line for line in seen)
        return len(seen)

    first = cost()
    records.append([project(f"p{n}") for n in range(500)])
    assert cost() == first


def test_a_page_takes_few_statements_however_many_runs_there_are(records: DatabaseRecords) -> None:
    runs = [planned(f"run_{n:04d}", params={"a": str(n)}, tags={"b": "c"}) for n in range(700)]
    records.append(runs)
    records.append([finished(f"run_{n:04d}", metrics=[value("m", n)]) for n in range(700)])
    where = parse_filter("params.a > 10 and tags.b = c")
    for filter, order in [(None, ""), (where, ""), (where, "-metrics.m"), (None, "params.a")]:
        with statements(records) as seen:
            page = records.find(Run, filter, order=order, project="p", limit=100)
        assert len(page.items) == 100
        assert len(seen) <= 5, seen


def test_lists_of_runs_are_read_from_one_index(records: DatabaseRecords) -> None:
    """The statement that finds the runs of a page never touches the wide rows of those it does not show."""
    with statements(records) as seen:
        records.find(Run, parse_filter("params.a > 1"), project="p", status="completed", limit=10)
    (finding,) = [line for line in seen if line.startswith("select t.node from run")]
    finding = finding.replace("< Inf", "< 9e999")  # a traced infinity is no SQL
    plan = " ".join(str(row[3]) for row in records.engine.run(f"explain query plan {finding}"))
    assert "USING COVERING INDEX run_list" in plan
    assert "TEMP B-TREE" not in plan
    with statements(records) as seen:
        records.find(Run, status="running")
    (finding,) = [line for line in seen if line.startswith("select t.id")]
    assert "INDEX run_list" in str(records.engine.run(f"explain query plan {finding}"))


@pytest.mark.parametrize("order", ["params.a", "-params.a", "metrics.m", "-metrics.m"])
def test_an_order_by_values_is_walked_and_not_sorted(records: DatabaseRecords, order: str) -> None:
    records.append([planned("run_1", params={"a": "2"})])
    with statements(records) as seen:
        records.find(Run, order=order, project="p", limit=10)
    (walking,) = [line for line in seen if line.startswith("select f.node")]
    assert "TEMP B-TREE" not in str(records.engine.run(f"explain query plan {walking}"))


def test_reading_imports_little(database: Path) -> None:
    code = (
        "import sys; from pathlib import Path\n"
        "from persona.model.records import Run; from persona.storage import open_records\n"
        "records = open_records(Path(sys.argv[1])); records.find(Run, limit=100); records.close()\n"
        "print(*sys.modules)"
    )
    result = subprocess.run(
        [sys.executable, "-c", code, str(database)], capture_output=True, text=True, check=True, cwd=ROOT
    )
    modules = set(result.stdout.split())
    heavy = {"numpy", "psycopg", "asyncio", "rfc8785", "tempfile", "shutil", "subprocess", "difflib", "yaml"}
    unneeded = {
        "persona.storage.projection",
        "persona.storage.bodies",
        "persona.storage.checking",
        "persona.storage.blobs",
    }
    assert modules & (heavy | unneeded) == set()
