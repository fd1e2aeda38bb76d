"""A command that is stopped, politely or not, and goes on: what is planned exists once, and no call is paid twice."""

from __future__ import annotations

import os
import random
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from tests.experiments.conftest import ASKING, STILL, Busy, made, twice_asked
from tests.llm.server import FakeServer

from persona.model.records import Run
from persona.workspace import Workspace

REPEATS = int(os.environ.get("PERSONA_REPEATS", "10"))
RUN = [sys.executable, "-m", "persona", "experiment", "run"]


def begun(ws: Workspace, name: str, *words: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [*RUN, name, *words], cwd=ws.root, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )


def finished(ws: Workspace, name: str, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([*RUN, name, *words], cwd=ws.root, capture_output=True, text=True, timeout=120, check=False)


def quiet(server: FakeServer, ws: Workspace) -> None:
    """Wait until what a killed command left behind has come to rest."""
    until = time.monotonic() + 30
    while time.monotonic() < until:
        listed = subprocess.run(["pgrep", "-f", "persona.runs.executors.worker"], capture_output=True, text=True).stdout
        mine = [pid for pid in listed.split() if _cwd(pid) == str(ws.root)]
        if not mine:
            return
        time.sleep(0.05)
    raise AssertionError("a worker outlives its command")


def _cwd(pid: str) -> str | None:
    try:
        return str(Path(f"/proc/{pid}/cwd").readlink())
    except OSError:
        return None


def whole(ws: Workspace, name: str, count: int) -> None:
    """Exactly the planned runs, each once, each completed, and nothing odd anywhere."""
    with Workspace.open(ws.root) as again:
        runs = again.run.list(experiment=name, limit=None).items
        assert len(runs) == count
        assert {run.status for run in runs} == {"completed"}
        assert len({(run.variant, run.repeat) for run in runs}) == count
        report = again.verify()
        assert report.ok, report


@pytest.mark.parametrize("seed", range(max(2, REPEATS // 2)))
def test_killed_at_any_instant_it_goes_on_where_it_stopped(
    shop: Workspace, server: FakeServer, busy: Busy, seed: int
) -> None:
    busy.hold = 0.2
    made(shop, "asking", ASKING)
    chance = random.Random(seed)
    for _ in range(2):
        process = begun(shop, "asking", "--repeats", "4", "--jobs", "4")
        before = len(server.asked)
        waits = time.monotonic() + chance.random() * 4.0
        while time.monotonic() < waits and process.poll() is None:
            time.sleep(0.01)
        process.kill()
        process.communicate()
        del before
    ended = finished(shop, "asking", "--repeats", "4", "--jobs", "4")
    assert ended.returncode == 0, ended.stderr
    assert twice_asked(server) == []
    quiet(server, shop)
    whole(shop, "asking", 8)


def test_ctrl_c_keeps_what_is_done_and_records_what_is_in_flight(
    shop: Workspace, server: FakeServer, busy: Busy
) -> None:
    busy.hold = 0.4
    made(shop, "asking", ASKING)
    process = begun(shop, "asking", "--repeats", "6", "--jobs", "4")
    until = time.monotonic() + 30
    ended = 0  # calls that had been asked when the first run was done; the next ones are those of runs that go on
    while (not ended or len(server.asked) < ended + 2) and time.monotonic() < until:
        time.sleep(0.02)
        if not ended and shop._context.records.find(Run, experiment="asking", status="completed").total:
            ended = len(server.asked)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=30)
    assert process.returncode == 130, (out, err)
    assert "persona experiment run" in err, "it says how to go on"
    asked = len(server.asked)
    with Workspace.open(shop.root) as ws:
        states = {run.status for run in ws.run.list(experiment="asking", limit=None).items}
        calls = [call for run in ws.run.list(experiment="asking", limit=None).items for call in ws.call.list(run.id)]
        assert states <= {"completed", "cancelled", "planned"}
        assert "cancelled" in states
        assert len([one for one in calls if one.reused is None]) == asked, "every call that was made is on record"
    ended = finished(shop, "asking", "--repeats", "6", "--jobs", "4")
    assert ended.returncode == 0, ended.stderr
    assert re.search(r"were there before", ended.stdout)
    assert twice_asked(server) == []
    whole(shop, "asking", 12)


def test_two_commands_at_once_share_the_work(shop: Workspace, server: FakeServer) -> None:
    made(shop, "asking", ASKING)
    one = begun(shop, "asking", "--repeats", "4", "--jobs", "2")
    other = begun(shop, "asking", "--repeats", "4", "--jobs", "2")
    for process in (one, other):
        out, err = process.communicate(timeout=90)
        assert process.returncode == 0, (out, err)
    whole(shop, "asking", 8)
    assert twice_asked(server) == []


def test_the_same_plan_again_does_nothing(shop: Workspace) -> None:
    made(shop, "still", STILL)
    assert finished(shop, "still", "--repeats", "3").returncode == 0
    events = shop.verify().events
    again = finished(shop, "still", "--repeats", "3")
    assert again.returncode == 0
    assert "6 were there before" in again.stdout
    assert shop.verify().events == events, "nothing is recorded where nothing is done"
    more = finished(shop, "still", "--repeats", "4")
    assert "2 of 8 runs done" in more.stdout
