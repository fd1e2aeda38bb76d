"""What does it cost to record one run: 20 parameters, 10 metrics, 5 tags, 3 small files?

The floor is what any record of such a run must pay: its rows in plain tables of SQLite, two durable commits (it has
begun, it has ended), and its files appended to one file that is flushed once.
"""

from __future__ import annotations

import os
import sqlite3
import tempfile
from pathlib import Path

from harness import report, timed

from persona.workspace import Workspace

PARAMS = {f"parameter_{index}": index / 7 for index in range(20)}
TAGS = {f"tag_{index}": str(index) for index in range(5)}
METRICS = {f"metric_{index}": index / 3 for index in range(10)}


class Bare:
    """The same facts in four bare tables, without history, log, proof, lineage or filters."""

    def __init__(self, folder: Path) -> None:
        self.database = sqlite3.connect(folder / "bare.db", isolation_level=None)
        self.database.executescript(
            "pragma journal_mode = wal; pragma synchronous = full; create table run (id integer primary key, status);"
            "create table param (run, key, value); create table tag (run, key, value);"
            "create table metric (run, key, value); create table file (run, name, digest)"
        )
        self.pack = os.open(folder / "pack", os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        self.count = 0

    def one(self) -> None:
        """Record one more run."""
        self.count += 1
        run, database = self.count, self.database
        database.execute("begin")
        database.execute("insert into run values (?, 'running')", (run,))
        database.executemany("insert into param values (?, ?, ?)", [(run, *item) for item in PARAMS.items()])
        database.executemany("insert into tag values (?, ?, ?)", [(run, *item) for item in TAGS.items()])
        database.execute("commit")
        os.write(self.pack, b"".join(f"file {index} of run {run}".encode() for index in range(3)))
        os.fsync(self.pack)
        database.execute("begin")
        database.executemany("insert into metric values (?, ?, ?)", [(run, *item) for item in METRICS.items()])
        database.executemany("insert into file values (?, ?, 'x')", [(run, f"file_{index}") for index in range(3)])
        database.execute("update run set status = 'completed' where id = ?", (run,))
        database.execute("commit")


def main() -> None:
    with tempfile.TemporaryDirectory() as place, Workspace.init(Path(place) / "ws") as ws:
        ws.project.create("Bench")
        count = 0

        def one() -> None:
            nonlocal count
            count += 1
            with ws.run.start(params=PARAMS, tags=TAGS) as run:
                run.log(METRICS)
                for index in range(3):
                    run.log_bytes(f"file {index} of run {count}".encode(), f"file_{index}.txt")

        bare = Bare(Path(place))
        rounds = [(timed(bare.one, 40), timed(one, 40)) for _ in range(5)]
        rounds.sort(key=lambda pair: pair[1]["cpu_ms"] / pair[0]["cpu_ms"])
        floor, ours = rounds[2]
        before = ws._context.records.head().size
        one()
        found = {
            "floor: rows in bare tables, two durable commits, one flush": {**floor, "ratio": 1.0},
            "one run": {**ours, "ratio": round(ours["cpu_ms"] / floor["cpu_ms"], 2)},
            "events of one run": {"count": ws._context.records.head().size - before},
        }
        report(
            "run_record",
            "Recording one run through the Python API",
            "at most 2 ms of CPU, 1 durable commit a state change",
            found,
        )


if __name__ == "__main__":
    main()
