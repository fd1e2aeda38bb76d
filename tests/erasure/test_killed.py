"""Killed at any instant, a withdrawal is either not begun, or said to be open and finished by the same command."""

from __future__ import annotations

import random
import signal
import subprocess
import sys
import time
from pathlib import Path

from tests.erasure.scanning import found_in, rows
from tests.workspace.conftest import INTERVIEWS

from persona.workspace import Workspace

SAID = "\n".join(line.partition(": ")[2] for line in INTERVIEWS["P02.txt"].splitlines() if line.startswith("P02"))
WORK = """
import sys
from persona.workspace import Workspace
with Workspace.open(sys.argv[1]) as ws:
    print("open", flush=True)
    ws.participant.withdraw(sys.argv[2])
"""


def test_a_killed_withdrawal_is_finished_by_the_next(tmp_path: Path, interviews: Path, repeats: int) -> None:
    chance = random.Random(7)
    begun = 0
    for number in range(repeats):
        root = tmp_path / f"ws{number}"
        with Workspace.init(root) as ws:
            ws.project.create("Shop")
            ws.source.import_([interviews])
            ws.generate(flags={"count": 1})
            ws.report()
            who = next(view.id for view in ws.participant.list() if view.label == "P02")
        process = subprocess.Popen([sys.executable, "-c", WORK, str(root), who], stdout=subprocess.PIPE)
        assert process.stdout
        process.stdout.readline()
        time.sleep(chance.random() * 0.5)
        process.send_signal(signal.SIGKILL)
        process.wait()
        process.stdout.close()
        with Workspace.open(root) as ws:
            assert ws.verify().ok, "half-done is no damage"
            view = next(view for view in ws.participant.list() if view.id == who)
            detail = ws.participant.show(who)
            if detail.withdrawal is not None and detail.withdrawal.ended_at is None:
                begun += 1
                assert any(f"persona participant withdraw {who}" in note for note in ws.notes)
            done = ws.participant.withdraw(view.id)
            assert done.ended_at
            assert ws.verify().ok
        with Workspace.open(root) as ws:
            assert not any("withdraw" in note for note in ws.notes)
        assert found_in(root, rows(SAID), ("P02",)) == []


def test_each_step_can_be_the_last(tmp_path: Path, interviews: Path) -> None:
    """The same without luck: the process ends right before each thing that a withdrawal does."""
    steps = ("records.turn", "blobs.delete_many", "clean_folder", "records.scrub", "context.append", "_mark")
    for number, step in enumerate(steps):
        root = tmp_path / f"ws{number}"
        with Workspace.init(root) as ws:
            ws.project.create("Shop")
            ws.source.import_([interviews])
            ws.generate(flags={"count": 1})
            who = next(view.id for view in ws.participant.list() if view.label == "P02")
        code = STOPPED.replace("STEP", repr(step))
        done = subprocess.run([sys.executable, "-c", code, str(root), who], capture_output=True, text=True, check=False)
        assert done.returncode == 9, done.stderr
        with Workspace.open(root) as ws:
            assert ws.verify().ok, step
            assert ws.participant.withdraw(who).ended_at
            assert ws.verify().ok, step
        assert found_in(root, rows(SAID), ("P02",)) == [], step


STOPPED = """
import os, sys
from persona.workspace import Workspace, withdrawing
step = STEP
def die(*_, **__):
    os._exit(9)
with Workspace.open(sys.argv[1]) as ws:
    context = ws._context
    if step == "clean_folder":
        withdrawing.clean_folder = die
    elif step == "_mark":
        withdrawing.Withdrawing._mark = die
    elif step == "context.append":
        plain = context.append
        context.append = lambda *drafts: die() if drafts[0].kind == "withdrawal.ended" else plain(*drafts)
    else:
        where, name = step.split(".")
        setattr(getattr(context, where), name, die)
    ws.participant.withdraw(sys.argv[2])
"""
