"""Runs whose process is gone are called interrupted, once, and what they owed is written: with real processes."""

from __future__ import annotations

import json
import signal

from tests.runs.making import ACTOR, kinds, started

from persona.model.records import Run
from persona.runs import environment
from persona.runs.plan import Belonging, record_plan
from persona.runs.settling import settle_interrupted
from persona.workspace import Workspace

HOLD = """
import sys
from persona.workspace import Workspace
ws = Workspace.open(sys.argv[1])
run = ws.run.start(params={"a": 1})
run.log({"loss": 3.0})
run.log_bytes(b"half", "draft")
run.flush()
run.log({"loss": 2.0})
print(run.id, flush=True)
sys.stdin.readline()
run.finish()
print("done", flush=True)
"""
GENERATE = """
import sys
from persona.runs import engines
from persona.workspace import Workspace

def endless(*_):
    print("generating", flush=True)
    sys.stdin.read()

engines.ENGINES["extractive"] = lambda: engines.extractive()._replace(generate=endless)
Workspace.open(sys.argv[1]).generate()
"""
OPEN = """
import sys
from persona.workspace import Workspace
print("ready", flush=True)
sys.stdin.readline()
with Workspace.open(sys.argv[1]) as ws:
    print(len(ws.notes), flush=True)
"""


def hold_and_kill(ws: Workspace) -> str:
    """A run whose process was killed in the middle of it."""
    with started(HOLD, ws.root) as process:
        assert process.stdout
        run = process.stdout.readline().strip()
        process.kill()
    return run


def status(ws: Workspace, run: str) -> str:
    return ws._context.records.get(Run, run).status


def test_a_killed_run_is_interrupted_when_the_workspace_is_opened_next(ws: Workspace) -> None:
    run = hold_and_kill(ws)
    assert status(ws, run) == "running", "nobody has looked yet"
    with Workspace.open(ws.root) as again:
        assert again.notes == (f"the run {run} was interrupted: its process ended without finishing it",)
        shown = again.run.show(run)
        assert shown.run.status == "interrupted"
        assert shown.run.error == {"code": "interrupted", "message": "the process ended without finishing the run"}
        assert shown.run.ended_at
        assert shown.run.ended_at > (shown.run.started_at or "")
        assert shown.run.metrics == {"loss": 3.0}, "what was written before stays"
        assert [one.id for one in shown.outputs] == ["shop/draft:v1"]
        assert again.verify().ok
    with Workspace.open(ws.root) as third:
        assert third.notes == ()
    assert kinds(ws._context.records, run).count("run.finished") == 1


def test_a_run_whose_process_lives_is_left_to_it(ws: Workspace) -> None:
    with started(HOLD, ws.root) as process:
        assert process.stdout
        run = process.stdout.readline().strip()
        process.send_signal(signal.SIGSTOP)  # stopped is not dead
        assert settle_interrupted(ws._context.records, actor=ACTOR) == []
        process.send_signal(signal.SIGCONT)
        with Workspace.open(ws.root) as again:
            assert again.notes == ()
            assert status(again, run) == "running"
        assert process.stdin
        process.stdin.write("\n")
        process.stdin.flush()
        assert process.stdout.readline() == "done\n"
    assert status(ws, run) == "completed"
    assert ws.run.show(run).run.metrics == {"loss": 2.0}


def test_only_the_dead_are_settled_and_in_whose_name(ws: Workspace) -> None:
    dead = hold_and_kill(ws)
    own = ws.run.start()
    completed = ws.run.start()
    completed.finish()
    assert settle_interrupted(ws._context.records, actor="person:finder") == [dead]
    assert [status(ws, one) for one in (dead, own.id, completed.id)] == ["interrupted", "running", "completed"]
    assert list(ws._context.records.events(subject=dead))[-1].actor == "person:finder"
    assert settle_interrupted(ws._context.records, actor=ACTOR) == []
    own.finish()


def begun(ws: Workspace, fields: dict[str, object]) -> str:
    """A run that was started by a process of which this is recorded."""
    body = {"at": "2026-01-01T00:00:00.000000Z", "fields": fields}
    return record_plan(
        ws._context.records, Belonging("shop"), recipe=None, seed=None, params={}, tags={}, used=[], agents=[ACTOR],
        actor=ACTOR, then=[("run.started", body)],
    )  # fmt: skip


def test_a_run_that_is_not_ours_to_call_dead_is_left(ws: Workspace) -> None:
    gone = environment.this_process() | {"pid": 2**22 + 1}  # more than the kernel ever gives
    assert not environment.is_alive(gone)
    far = gone | {"boot": "another", "host": "another"}
    left = [begun(ws, fields) for fields in ({}, {"process": None}, {"process": "1"}, {"process": far})]
    dead = begun(ws, {"process": gone})
    rebooted = begun(ws, {"process": gone | {"boot": "the boot before"}})
    assert set(settle_interrupted(ws._context.records, actor=ACTOR)) == {dead, rebooted}
    assert {status(ws, run) for run in left} == {"running"}
    assert {status(ws, run) for run in (dead, rebooted)} == {"interrupted"}


def test_many_who_open_at_once_settle_a_run_once(ws: Workspace) -> None:
    run = hold_and_kill(ws)
    openers = [started(OPEN, ws.root) for _ in range(3)]
    for one in openers:
        assert one.stdout
        assert one.stdout.readline() == "ready\n"
    told = []
    for one in openers:
        assert one.stdin
        one.stdin.write("\n")
        one.stdin.flush()
    for one in openers:
        out, errors = one.communicate()
        assert one.returncode == 0, errors
        told.append(int(out))
    assert sum(told) == 1, "one of them says it"
    assert kinds(ws._context.records, run).count("run.finished") == 1


def test_a_process_killed_while_generating_owes_its_folder(ws: Workspace) -> None:
    with started(GENERATE, ws.root) as process:
        assert process.stdout
        assert process.stdout.readline() == "generating\n"
        (run,) = ws.run.list().items
        folder = ws._context.layout.run("shop", None, run.id)
        owed = ws._context.layout.owed / run.id
        with Workspace.open(ws.root):
            assert owed.exists(), "the process still lives and will write it"
            assert not folder.exists()
        process.send_signal(signal.SIGKILL)
    with Workspace.open(ws.root) as again:
        assert status(again, run.id) == "interrupted"
        metadata = json.loads((folder / "run_metadata.json").read_bytes())
        assert (metadata["run_id"], metadata["status"]) == (run.id, "interrupted")
        assert {path.name for path in (folder / "input").rglob("*.txt")} >= {"Anna.txt", "Ben.txt"}
        assert not owed.exists()
        report = again.verify()
        assert report.ok, report.findings


def test_a_debt_is_paid_once_and_a_note_about_no_run_is_thrown_away(ws: Workspace) -> None:
    run = ws.generate(flags={"count": 1}).view
    folder = ws._context.layout.run("shop", None, run.run.id)
    for path in sorted(folder.rglob("*"), reverse=True):
        path.rmdir() if path.is_dir() else path.unlink()
    ws.run.folders.owe(run.run.id)
    ws.run.folders.owe("run_20200101_000000_aaaaaa")
    with Workspace.open(ws.root):
        assert list(ws._context.layout.owed.iterdir()) == []
        assert (folder / "output/personas.json").exists()
        assert (folder / "run_metadata.json").stat().st_mode & 0o222 == 0
    assert ws.run.folders.write(run.run) == 0, "nothing was left to write"
