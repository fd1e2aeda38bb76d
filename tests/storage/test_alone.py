"""The lock of a name: one holder at a time, over connections; other names do not wait; the dead hold nothing."""

from __future__ import annotations

import contextlib
import subprocess
import sys
import threading
import time
from pathlib import Path
from urllib.parse import quote

from tests.storage.conftest import Open

from persona.storage.opening import open_file, open_url
from persona.storage.records import DatabaseRecords
from persona.storage.sharing import SharedRecords


def beside(records: DatabaseRecords) -> DatabaseRecords:
    """Another connection to the same database."""
    engine = records.engine
    path = getattr(engine, "path", None)
    if path is not None:
        return open_file(path, create=False)
    info = engine.connection.info  # type: ignore[attr-defined]  # PostgreSQL's
    return open_url(
        f"postgresql://{info.user}:{info.password}@/{info.dbname}?host={quote(info.host, safe='')}&port={info.port}",
        create=False,
    )


def test_one_holder_at_a_time(fresh: Open) -> None:
    records = fresh()
    other = SharedRecords(beside(records))
    order: list[str] = []

    def second() -> None:
        with other.alone("plan a"):
            order.append("second")

    with records.alone("plan a"):
        thread = threading.Thread(target=second)
        thread.start()
        time.sleep(0.3)
        order.append("first")
    thread.join(10)
    assert order == ["first", "second"]
    with records.alone("plan a"), other.alone("plan b"):
        pass
    other.close()


def test_a_lock_is_freed_by_an_error(fresh: Open) -> None:
    records = fresh()
    other = beside(records)
    with contextlib.suppress(ValueError), records.alone("plan a"):
        raise ValueError
    with other.alone("plan a"):
        pass
    other.close()


def test_a_lock_is_freed_by_death(database: Path) -> None:
    held = "from persona.storage import open_records; import os, sys\n"
    held += "open_records(sys.argv[1]).alone('plan a').__enter__(); print('held', flush=True); sys.stdin.read()"
    with subprocess.Popen(
        [sys.executable, "-c", held, str(database)], stdout=subprocess.PIPE, stdin=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "held\n"
        process.kill()
    records = open_file(database, create=False)
    with records.alone("plan a"):
        pass
    records.close()
