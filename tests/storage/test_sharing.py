"""One store, many threads: everything is written once, errors reach whom they belong to, and flushes are shared."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from persona.errors import Conflict, NotFound
from persona.model.canonical import digest_of
from persona.model.records import Draft, Run
from persona.storage.blobs import open_folder
from persona.storage.opening import open_file
from persona.storage.records import DatabaseRecords
from persona.storage.sharing import SharedBlobs, SharedRecords

THREADS = 12


def planned(run: str) -> Draft:
    body = {
        "uuid": run, "project": "p", "experiment": None, "variant": None, "recipe": None, "seed": 0, "repeat": 0,
        "params": {}, "tags": {}, "fields": {},
    }  # fmt: skip
    return Draft("run.planned", run, body)


def started(run: str) -> Draft:
    return Draft("run.started", run, {"at": "2026-01-01T00:00:00Z", "fields": {}})


@pytest.fixture
def shared(records: DatabaseRecords) -> SharedRecords:
    records.append([Draft("project.created", "p", {"title": "P", "status": "active", "fields": {}, "tags": {}})])
    return SharedRecords(records)


def at_once(jobs: list[Callable[[], Any]]) -> list[Any]:
    """Each job in a thread of its own, all let go at the same moment; what each gave or raised."""
    barrier = threading.Barrier(len(jobs))

    def run(job: Callable[[], Any]) -> Any:
        barrier.wait()
        try:
            return job()
        except Exception as error:
            return error

    with ThreadPoolExecutor(len(jobs)) as pool:
        return list(pool.map(run, jobs))


def test_every_thread_gets_its_own_events(shared: SharedRecords) -> None:
    def job(thread: int) -> Callable[[], Any]:
        return lambda: [
            shared.append([planned(f"run_{thread}_{number}")], actor=f"person:{thread % 2}") for number in range(20)
        ]

    found = at_once([job(thread) for thread in range(THREADS)])
    for thread, events in enumerate(found):
        assert [[one.subject for one in pair] for pair in events] == [[f"run_{thread}_{n}"] for n in range(20)]
        assert {one.actor for pair in events for one in pair} == {f"person:{thread % 2}"}
    assert shared.find(Run, limit=0).total == THREADS * 20
    assert shared.check() == []


def test_only_one_of_many_threads_takes_a_run(shared: SharedRecords) -> None:
    shared.append([planned("run_1"), planned("run_2")])
    found = at_once([lambda: shared.append([started("run_1")], expect={"run_1": "planned"})] * THREADS)
    assert sum(isinstance(one, tuple) for one in found) == 1
    assert sum(isinstance(one, Conflict) for one in found) == THREADS - 1
    assert shared.get(Run, "run_2").status == "planned"


def test_a_wrong_request_takes_no_other_down(shared: SharedRecords) -> None:
    jobs: list[Callable[[], Any]] = [lambda: shared.append([started("run_nobody_planned")])]
    jobs += [lambda number=number: shared.append([planned(f"run_{number}")]) for number in range(THREADS)]  # type: ignore[misc]
    found = at_once(jobs)
    assert isinstance(found[0], NotFound)
    assert all(isinstance(one, tuple) for one in found[1:])
    assert shared.find(Run, limit=0).total == THREADS


def test_waiting_threads_share_a_commit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    records = open_file(tmp_path / "workspace.db", create=True)
    shared = SharedRecords(records)
    shared.append([Draft("project.created", "p", {"title": "P", "status": "active", "fields": {}, "tags": {}})])
    held, go = threading.Event(), threading.Event()
    commits: list[int] = []
    whole = records.append

    def slow(drafts: Any, **more: Any) -> Any:
        commits.append(len(drafts))
        if len(commits) == 1:
            held.set()
            go.wait(10)
        return whole(drafts, **more)

    monkeypatch.setattr(records, "append", slow)
    with ThreadPoolExecutor(THREADS) as pool:
        first = pool.submit(shared.append, [planned("run_first")])
        held.wait(10)
        others = [pool.submit(shared.append, [planned(f"run_{number}")]) for number in range(THREADS - 1)]
        while len(shared._together._waiting) < THREADS - 1:
            pass
        go.set()
        assert len(first.result()) == 1
        assert all(len(one.result()) == 1 for one in others)
    assert commits == [1, THREADS - 1]
    records.close()


def test_blobs_of_many_threads_are_all_there(tmp_path: Path) -> None:
    store = open_folder(tmp_path / "blobs", create=True)
    shared = SharedBlobs(store)
    texts = [[f"{thread} {number}".encode() * (1 + number * 300) for number in range(8)] for thread in range(THREADS)]
    found = at_once([lambda some=some: shared.put_many(some) for some in texts])  # type: ignore[misc]
    for some, digests in zip(texts, found, strict=True):
        assert digests == [digest_of(one) for one in some]
        assert [shared.get(one) for one in digests] == some
    assert shared.check() == []
    store.close()


@settings(max_examples=25, deadline=None)
@given(
    st.lists(
        st.lists(st.sampled_from(["run_a", "run_b", "run_c"]), min_size=1, max_size=3, unique=True),
        min_size=1,
        max_size=6,
    )
)
def test_threads_that_want_the_same_things_end_as_one_after_the_other(
    tmp_path_factory: pytest.TempPathFactory, wanted: list[list[str]]
) -> None:
    records = open_file(tmp_path_factory.mktemp("s") / "workspace.db", create=True)
    shared = SharedRecords(records)
    shared.append([Draft("project.created", "p", {"title": "P", "status": "active", "fields": {}, "tags": {}})])
    found = at_once(
        [lambda runs=runs: shared.append([planned(run) for run in runs]) for runs in wanted]  # type: ignore[misc]
    )
    made = [run for runs, one in zip(wanted, found, strict=True) if isinstance(one, tuple) for run in runs]
    assert len(made) == len(set(made)) == shared.find(Run, limit=0).total
    assert made  # the first to come always succeeds
    for one in found:
        assert isinstance(one, (tuple, Conflict))
    assert shared.check() == []
    records.close()
