"""Killed writers, many writers, a full disk: nothing that was acknowledged is lost, and the store opens clean."""

from __future__ import annotations

import os
import random
import resource
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

import pytest
from tests.storage.drafts import planned, project, started

from persona.errors import Conflict, StorageError
from persona.model.canonical import Digest
from persona.model.records import Artefact, Project, Run
from persona.storage import open_blobs, open_records
from persona.storage.opening import open_url
from persona.storage.records import DatabaseRecords

ROOT = Path(__file__).parents[2]

WRITER = """
import itertools, sys, os
from pathlib import Path
from persona.storage import open_blobs, open_records
from tests.storage.drafts import artefact, alias, finished, planned, project, started, value
folder, name = Path(sys.argv[1]), sys.argv[2]
records = open_records(folder / "workspace.db")
blobs = open_blobs(folder / "blobs")
for n in itertools.count():
    run = f"run_{name}_{n:05d}"
    small = [f"{run} {k} ".encode() * 50 for k in range(3)]
    digests = blobs.put_many(small) + [blobs.put(run.encode() * 6000)]
    records.append([planned(run, params={"a": str(n)}, tags={"by": name})])
    records.append([started(run)], expect={run: "planned"})
    made = [artefact(f"{name}-{k}", n + 1, run=run, digest=digest) for k, digest in enumerate(digests)]
    last = [alias(f"{name}-0", "latest", n + 1), finished(run, metrics=[value("m", n)])]
    records.append([*made, *last], expect={run: "running"})
    print(run, *digests, flush=True)
"""


def start_writer(folder: Path, name: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", WRITER, str(folder), name], stdout=subprocess.PIPE, text=True, cwd=ROOT
    )


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    records = open_records(tmp_path / "workspace.db", create=True)
    records.append([project()])
    records.close()
    open_blobs(tmp_path / "blobs", create=True)
    return tmp_path


def kill_at_random(folder: Path, times: int, seed: int) -> None:
    chance = random.Random(seed)
    acknowledged: list[list[str]] = []
    for attempt in range(times):
        with start_writer(folder, f"w{attempt}") as writer:
            assert writer.stdout is not None
            lines = [writer.stdout.readline()]
            time.sleep(chance.uniform(0, 0.25))
            writer.send_signal(signal.SIGKILL)
            lines += writer.stdout.read().splitlines(keepends=True)
        acknowledged += [line.split() for line in lines if line.endswith("\n")]
        records, blobs = open_records(folder / "workspace.db"), open_blobs(folder / "blobs")
        assert records.check() == []
        assert blobs.check() == []
        done = {run.id for run in records.find(Run, status="completed").items}
        assert {line[0] for line in acknowledged} <= done
        for artefact in records.find(Artefact).items:  # blobs come first: no record points at nothing
            assert blobs.get(artefact.digest)
        for line in acknowledged[-3:]:
            assert all(blobs.get(Digest(digest)) for digest in line[1:])
        records.append([project(f"after-{attempt}")])
        blobs.put(f"after {attempt}".encode())
        records.close()
    assert len(acknowledged) >= times


def test_a_killed_writer_loses_nothing_it_acknowledged(folder: Path) -> None:
    kill_at_random(folder, 4, seed=1)


@pytest.mark.long
def test_killed_many_times(folder: Path, repeats: int) -> None:
    kill_at_random(folder, repeats, seed=2)


def test_eight_writers_at_once(folder: Path) -> None:
    acknowledged: set[str] = set()
    with ExitStack() as running:
        writers = [running.enter_context(start_writer(folder, f"w{n}")) for n in range(8)]
        for writer in writers:
            assert writer.stdout is not None
            for _ in range(5):
                line = writer.stdout.readline()
                assert line, "a writer gave up"
                acknowledged.add(line.split()[0])
        for writer in writers:
            writer.send_signal(signal.SIGKILL)
            assert writer.stdout is not None
            acknowledged |= {line.split()[0] for line in writer.stdout if line.endswith("\n")}
    records, blobs = open_records(folder / "workspace.db"), open_blobs(folder / "blobs")
    assert acknowledged <= {run.id for run in records.find(Run, status="completed").items}
    assert records.check() == []
    assert blobs.check() == []
    assert len(list((folder / "blobs" / "packs").glob("*.pack"))) == 1
    records.close()


TAKER = """
import sys
from persona.errors import Conflict
from persona.storage import open_records
from tests.storage.drafts import started
records = open_records(sys.argv[1])
for n in range(30):
    try:
        records.append([started(f"run_{n:02d}")], expect={f"run_{n:02d}": "planned"})
        print(n)
    except Conflict:
        pass
"""


@pytest.mark.parametrize("engine", ["sqlite", "postgresql"])
def test_each_run_is_taken_by_one_of_many(engine: str, folder: Path, request: pytest.FixtureRequest) -> None:
    location = str(folder / "workspace.db") if engine == "sqlite" else request.getfixturevalue("postgres_url")()
    records = open_records(location)
    records.append([planned(f"run_{n:02d}") for n in range(30)])
    takers = [
        subprocess.Popen([sys.executable, "-c", TAKER, location], stdout=subprocess.PIPE, text=True, cwd=ROOT)
        for _ in range(4)
    ]
    taken = [int(number) for taker in takers for number in taker.communicate(timeout=60)[0].split()]
    assert sorted(taken) == list(range(30))
    assert [taker.returncode for taker in takers] == [0] * 4
    assert records.check() == []
    records.close()


# A disk without room


def limited(folder: Path, code: str, limit: int) -> subprocess.CompletedProcess[str]:
    """Run code that may write no file beyond ``limit`` bytes: the system refuses as a full disk does."""

    def less_room() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)

    return subprocess.run(
        [sys.executable, "-c", code, str(folder)], capture_output=True, text=True, cwd=ROOT, preexec_fn=less_room
    )


FILLER = """
import sys
from pathlib import Path
from persona.errors import StorageError
from persona.storage import open_blobs, open_records
from tests.storage.drafts import planned
folder = Path(sys.argv[1])
records, blobs = open_records(folder / "workspace.db"), open_blobs(folder / "blobs")
def until_full(step):
    for n in range(100_000):
        try:
            step(n)
        except StorageError as error:
            return n, error.code
print(*until_full(lambda n: blobs.put(bytes([n % 256, n // 256]) * 20_000)))
print(*until_full(lambda n: blobs.put(bytes([n % 256]) * 90_000 * (n + 1))))
print(*until_full(lambda n: records.append([planned(f"run_{n:05d}", params={"a": "x" * 3000})])))
"""


def test_a_limit_on_files_refuses_cleanly(folder: Path) -> None:
    result = limited(folder, FILLER, 900_000)
    assert result.returncode == 0, result.stderr
    (small, code), (large, code_large), (runs, code_runs) = (line.split() for line in result.stdout.splitlines())
    assert (code, code_large) == ("disk-full", "disk-full")
    assert code_runs in ("disk-full", "disk-error", "database")
    check_after_refusal(folder, int(small), int(large), int(runs))


def check_after_refusal(folder: Path, small: int, large: int, runs: int) -> None:
    records, blobs = open_records(folder / "workspace.db"), open_blobs(folder / "blobs")
    assert records.check() == []
    assert blobs.check() == []
    assert records.find(Run).total == runs > 0
    assert len(list(blobs.digests())) == small + large > 1
    assert list((folder / "blobs" / "tmp").iterdir()) == []
    records.append([project("room-again")])
    assert blobs.get(blobs.put(b"room again")) == b"room again"
    records.close()


def test_a_full_disk_refuses_cleanly(tmp_path: Path) -> None:
    mount = tmp_path / "small"
    mount.mkdir()
    made = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=3m", "tmpfs", str(mount)], capture_output=True)
    if made.returncode != 0:
        pytest.skip("this account may not mount a small disk")
    try:
        records = open_records(mount / "workspace.db", create=True)
        records.append([project()])
        blobs = open_blobs(mount / "blobs", create=True)
        count = 0

        def plan_runs() -> None:
            nonlocal count
            while True:
                records.append([planned(f"run_{count:05d}", params={"a": "x" * 3000})])
                count += 1

        def put_blobs() -> None:
            while True:
                blobs.put(os.urandom(30_000))

        with pytest.raises(StorageError) as caught:
            plan_runs()
        assert caught.value.code in ("disk-full", "disk-error")
        assert "persona" not in caught.value.message
        with pytest.raises(StorageError) as caught:
            put_blobs()
        assert caught.value.code == "disk-full"
        assert records.find(Run).total == count
        assert records.check() == []
        assert blobs.check() == []
        records.close()
        again = open_records(mount / "workspace.db")
        assert again.find(Run).total == count
        again.close()
    finally:
        subprocess.run(["umount", "-l", str(mount)], check=True)


def test_a_writer_waits_for_another_and_then_says_so(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from persona.storage import sqlite

    monkeypatch.setattr(sqlite._connect, "__defaults__", (0.2,))
    one, two = open_records(folder / "workspace.db"), open_records(folder / "workspace.db")
    assert isinstance(one, DatabaseRecords)
    with one.engine.writing():
        assert two.find(Project).total == 1  # readers never wait
        with pytest.raises(StorageError) as caught:
            two.append([project("q")])
    assert caught.value.code == "database-busy"
    two.append([project("q")])
    one.close()
    two.close()


def test_postgresql_writers_queue(postgres_url: Callable[..., str]) -> None:
    url = postgres_url()
    records = open_url(url, create=False)
    records.append([project(), planned("run_1")])
    with pytest.raises(Conflict):
        records.append([started("run_1")], expect={"run_1": "running"})
    other = open_url(url, create=False)
    other.append([started("run_1")], expect={"run_1": "planned"})
    assert [event.seq for event in records.events()] == [1, 2, 3]
    records.close()
    other.close()
