"""Whose run it is: a colleague's machine cannot be seen, its connection can."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from collections.abc import Callable

import pytest
from tests.postgres import MakeUrl
from tests.s3 import GROUP
from tests.team.conftest import Team

from persona.model.records import Run
from persona.storage import open_records
from persona.workspace import Workspace

pytestmark = GROUP


def test_a_word_stands_for_a_connection_while_it_lasts(postgres_url: MakeUrl) -> None:
    url = postgres_url()
    one, other = open_records(url), open_records(url)
    word = one.presence()
    assert word is not None
    assert one.presence() == word
    assert one.is_present(word)
    assert [other.is_present(word) for _ in range(3)] == [True] * 3
    assert other.is_present("nobody") is False
    one.close()
    until = time.monotonic() + 5
    while other.is_present(word) and time.monotonic() < until:
        time.sleep(0.02)
    assert other.is_present(word) is False
    other.close()


HOLD = """
import sys, time, persona.runs.environment as environment
environment._boot = lambda: "another boot"        # as on another machine: nothing here sees the process
environment._machine = lambda: "another machine"
from persona.workspace import Workspace
ws = Workspace.open()
with ws.run.start(project="shop") as run:
    print(run.id, flush=True)
    sys.stdin.readline()
"""


def test_a_run_of_another_machine_is_taken_up_when_that_is_gone_and_not_before(
    team: Team, monkeypatch: pytest.MonkeyPatch, s3_url: Callable[[], str]
) -> None:
    ada = team.person("ada")
    ada.type("init", *team.stores)
    ada.type("project", "create", "Shop")
    process = subprocess.Popen(
        [sys.executable, "-c", HOLD], cwd=ada.folder, env=ada.environment, stdin=subprocess.PIPE,
        stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert process.stdout is not None
    run = process.stdout.readline().strip()
    assert run.startswith("run_")
    for name, value in ada.environment.items():
        monkeypatch.setenv(name, value)
    with Workspace.open(ada.folder) as ws:
        assert ws._context.records.get(Run, run).status == "running"
    process.send_signal(signal.SIGKILL)
    process.communicate()
    until = time.monotonic() + 10
    status = "running"
    while status == "running" and time.monotonic() < until:
        with Workspace.open(ada.folder) as ws:
            status = ws._context.records.get(Run, run).status
    assert status == "interrupted"
