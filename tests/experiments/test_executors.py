"""What every executor must do: each run once, its end on record, limits shared, and a death that loses nothing.

Ray does it on a real cluster of two nodes, with the records on PostgreSQL and the bytes in S3.
"""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from tests import s3
from tests.experiments.conftest import ASKING, STILL, Busy, made, twice_asked
from tests.llm.server import Asked, FakeServer, Reply

from persona.model.calls import Limits
from persona.model.records import Run
from persona.runs.cells import cells_of
from persona.runs.executors.alone import Alone
from persona.runs.executors.base import Executor, Orders, Outcome
from persona.runs.executors.local import Local
from persona.runs.executors.purse import FilePurse
from persona.runs.executors.ray_nodes import OnRay
from persona.storage import Records
from persona.workspace import Workspace
from persona.workspace.executing import record_lost
from persona.workspace.experimenting import Asked as Wanted

Make = Callable[..., Executor]


def planned(ws: Workspace, name: str, repeats: int) -> list[str]:
    """The ids of an experiment's runs, planned and not yet begun."""
    experiments = ws.experiment
    file = experiments._observe("shop", name)
    work = experiments._experimenting
    arms, _ = work.arms("shop", name, file, Wanted(file.variants, repeats), lambda *_: None)
    cells = list(cells_of(arms, range(repeats)))
    runs = work.plan("shop", name, 1, cells, lambda *_: None)
    return [run if isinstance(run, str) else run.id for run in (runs[cell.key] for cell in cells)]


@pytest.fixture(params=["alone", "local", pytest.param("ray", marks=s3.GROUP)])
def who(request: pytest.FixtureRequest) -> str:
    """Who does the runs, each in turn."""
    return str(request.param)


@pytest.fixture
def stores(who: str, request: pytest.FixtureRequest) -> dict[str, str]:
    """A cluster reaches stores that are shared, and no others."""
    if who != "ray":
        return {}
    request.getfixturevalue("two_nodes")
    return {
        "records": request.getfixturevalue("postgres_url")(empty=True),
        "blobs": request.getfixturevalue("s3_url")(),
    }


@pytest.fixture
def executor(who: str, shop: Workspace, tmp_path: Path) -> Make:
    def make(jobs: int = 4, *, asks: bool = False, **limits: float) -> Executor:
        places = shop._context.stores
        purse = tmp_path / f"purse-{time.monotonic_ns()}"
        whole = Limits(jobs=jobs, deadline=30, **limits)  # type: ignore[arg-type]  # numbers of the right kind
        FilePurse.make(purse, whole.max_cost, whole.max_total_tokens)
        orders = Orders(
            places.records, places.blobs, "person:tester", whole, purse=str(purse), workspace=places.workspace
        )
        lost = partial(record_lost, shop._context)
        if who == "alone":
            return Alone(orders, jobs)
        if who == "ray":
            return OnRay(orders, jobs, asks=asks, lost=lost)
        return Local(orders, jobs, asks=asks, lost=lost)

    return make


several = pytest.mark.parametrize("who", ["local", pytest.param("ray", marks=s3.GROUP)])
"""For what takes more than one process."""


def states(ws: Workspace, runs: list[str]) -> list[str]:
    return [ws._context.records.get(Run, run).status for run in runs]


def test_each_run_is_done_once_and_its_end_is_on_record(shop: Workspace, executor: Make) -> None:
    made(shop, "still", STILL)
    runs = planned(shop, "still", 5)
    heard: list[Outcome] = []

    def took(outcome: Outcome) -> bool:
        assert shop._context.records.get(Run, outcome.run).status == outcome.status
        heard.append(outcome)
        return True

    with executor() as doing:
        doing.do(runs, took)
    assert sorted(one.run for one in heard) == sorted(runs)
    assert {one.status for one in heard} == {"completed"}
    starts = [event.subject for event in shop._context.records.events(kind="run.started")]
    assert sorted(starts) == sorted(runs)
    assert shop._context.records.check() == []


def test_who_is_hired_early_does_the_runs_that_come(shop: Workspace, executor: Make) -> None:
    made(shop, "still", STILL)
    runs = planned(shop, "still", 2)
    with executor() as doing:
        doing.hire(len(runs))
        doing.hire(1)
        heard: list[Outcome] = []
        doing.do(runs, lambda outcome: heard.append(outcome) or True)
    assert sorted(one.run for one in heard) == sorted(runs)
    assert set(states(shop, runs)) == {"completed"}


def test_who_is_hired_for_nothing_goes_home(executor: Make) -> None:
    with executor() as doing:
        doing.hire(8)


def test_a_run_that_another_has_in_hand_is_left_alone(shop: Workspace, executor: Make) -> None:
    made(shop, "still", STILL)
    runs = planned(shop, "still", 1)
    with executor() as doing:
        doing.do(runs, lambda _outcome: True)
        heard: list[Outcome] = []
        doing.do(runs, lambda outcome: heard.append(outcome) or True)
    assert {one.status for one in heard} == {"elsewhere"}


def test_nothing_more_is_begun_after_a_no(shop: Workspace, executor: Make) -> None:
    made(shop, "still", STILL)
    runs = planned(shop, "still", 6)
    with executor(jobs=1) as doing:
        doing.do(runs, lambda _outcome: False)
    assert states(shop, runs).count("completed") == 1
    assert states(shop, runs).count("planned") == len(runs) - 1


def test_no_more_calls_are_in_flight_than_allowed(
    shop: Workspace, executor: Make, server: FakeServer, busy: Busy
) -> None:
    made(shop, "asking", ASKING)
    runs = planned(shop, "asking", 6)
    with executor(jobs=3, asks=True) as doing:
        doing.do(runs, lambda outcome: outcome.status == "completed")
    assert set(states(shop, runs)) == {"completed"}
    assert 1 < busy.most <= 3
    assert not twice_asked(server)


def test_the_budget_is_one_for_all_runs(shop: Workspace, executor: Make) -> None:
    made(shop, "asking", ASKING)
    runs = planned(shop, "asking", 6)
    limit = 30_000
    heard: list[Outcome] = []

    def took(outcome: Outcome) -> bool:
        heard.append(outcome)
        return outcome.code != "budget-reached"

    with executor(jobs=4, asks=True, max_total_tokens=limit) as doing:
        doing.do(runs, took)
    assert "budget-reached" in {one.code for one in heard}
    calls = [call for run in runs for call in shop.call.list(run)]
    spent = sum((call.input_tokens or 0) + (call.output_tokens or 0) for call in calls)
    assert 0 < spent <= limit


def test_a_run_that_fails_takes_no_other_down(shop: Workspace, executor: Make, server: FakeServer, busy: Busy) -> None:
    def first(asked: Asked) -> Reply | None:
        return Reply(status=400, text='{"error": {"message": "no"}}') if asked.body.get("temperature") == 0.7 else None

    busy.first = first
    made(shop, "asking", ASKING)
    runs = planned(shop, "asking", 2)
    heard: list[Outcome] = []
    with executor(jobs=4, asks=True) as doing:
        doing.do(runs, lambda outcome: heard.append(outcome) or True)
    by_variant = {shop.run.show(one.run).run.variant: one for one in heard}
    assert by_variant["cool"].status == "completed"
    assert by_variant["warm"].status == "failed"
    assert by_variant["warm"].code == "model-refused"
    assert by_variant["warm"].kind == "ModelError"


@several
def test_when_the_server_says_wait_everybody_waits(
    shop: Workspace, executor: Make, server: FakeServer, busy: Busy
) -> None:
    told: list[float] = []
    came: list[float] = []

    def first(_asked: Asked) -> Reply | None:
        came.append(time.monotonic())
        if told:
            return None
        told.append(came[-1])
        return Reply(status=429, headers={"retry-after": "2"}, text="{}")

    busy.first = first
    made(shop, "asking", ASKING)
    runs = planned(shop, "asking", 8)
    with executor(asks=True) as doing:
        doing.do(runs, lambda outcome: outcome.status == "completed")
    assert set(states(shop, runs)) == {"completed"}
    late = [moment - told[0] for moment in came if told[0] + 0.5 < moment < told[0] + 1.9]
    assert not late, "those who were not told asked on"
    assert len(came) > 10


@several
def test_a_process_or_node_that_is_killed_loses_no_run(
    shop: Workspace, executor: Make, server: FakeServer, busy: Busy, who: str, request: pytest.FixtureRequest
) -> None:
    busy.hold = 1.5 if who == "ray" else 0.3  # the processes of a killed node live on for a second, and might end a run
    made(shop, "asking", ASKING)
    runs = planned(shop, "asking", 6)
    with executor(asks=True) as doing:
        killed: list[bool] = []

        def dies(worker: Any) -> bool:
            return worker.node == request.getfixturevalue("two_nodes").second.node_id if who == "ray" else True

        def kill() -> None:
            looking = shop._context.stores.open_records()
            end = time.monotonic() + 60
            while len(server.asked) < 6 or not [one for one in doing._workers if dies(one) and begun(one, looking)]:  # type: ignore[attr-defined]
                assert time.monotonic() < end, [one.node for one in doing._workers]  # type: ignore[attr-defined]
                time.sleep(0.02)
            if who == "ray":
                request.getfixturevalue("two_nodes").kill()
            else:
                worker = next(one for one in doing._workers if begun(one, looking))  # type: ignore[attr-defined]
                os.kill(worker.process.pid, signal.SIGKILL)
            looking.close()
            killed.append(True)

        def begun(worker: Any, looking: Records) -> bool:
            return any(looking.get(Run, run).status == "running" for run in list(worker.in_hand))

        thread = threading.Thread(target=kill)
        thread.start()
        heard: list[Outcome] = []
        doing.do(runs, lambda outcome: heard.append(outcome) or True)
        thread.join()
    assert killed
    assert set(states(shop, runs)) == {"completed"}
    assert sorted(one.run for one in heard) == sorted(runs)
    attempts = [shop.run.show(run).run.fields.get("attempts", 1) for run in runs]
    assert max(attempts) > 1, "what was killed had runs in hand"
    recorded = [call for run in runs for call in shop.call.list(run) if call.reused is None]
    assert len({(call.run, call.key) for call in recorded}) == len(recorded), "no answer on record was paid for again"
    assert len(server.asked) <= len(recorded) + 4, "only what was in flight is asked again"
    assert shop._context.records.check() == []
