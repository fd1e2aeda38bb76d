"""Where a run runs, and whether the process of another run still lives: with real processes."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from typing import Any

import pytest

from persona.runs import environment

TELL = (
    "import json, sys; from persona.runs.environment import this_process\n"
    "print(json.dumps(this_process()), flush=True); sys.stdin.read()"
)


def other() -> tuple[subprocess.Popen[str], dict[str, Any]]:
    """A process that says who it is and waits."""
    started = subprocess.Popen([sys.executable, "-c", TELL], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert started.stdout is not None
    return started, json.loads(started.stdout.readline())


def test_this_process_lives() -> None:
    assert environment.is_alive(environment.this_process())
    assert environment.this_process()["pid"] == os.getpid()


def test_a_killed_process_is_dead_before_and_after_it_is_collected() -> None:
    started, told = other()
    with started:
        assert environment.is_alive(told)
        started.send_signal(signal.SIGKILL)
        os.waitid(os.P_PID, started.pid, os.WEXITED | os.WNOWAIT)  # a zombie: ended and not yet collected
        assert not environment.is_alive(told)
    assert not environment.is_alive(told)


def test_a_number_given_to_another_process_is_not_the_one_recorded() -> None:
    started, told = other()
    with started:
        assert not environment.is_alive({**told, "born": told["born"] - 1})
        started.kill()


def test_what_another_boot_or_machine_recorded() -> None:
    told = environment.this_process()
    assert not environment.is_alive({**told, "boot": "another boot of this machine"})
    assert environment.is_alive({**told, "boot": "another boot", "host": "another machine"})  # not ours to call dead
    assert environment.is_alive({**told, "boot": None, "pid": 2**22 - 1})
    assert environment.is_alive({})


def test_what_cannot_be_seen_from_here_is_not_called_dead() -> None:
    gone = {**environment.this_process(), "pid": 2**22 + 1}
    assert not environment.is_alive(gone)
    renamed = {**gone, "host": "the name of this machine before"}
    assert not environment.is_alive(renamed), "the kernel is the same, whatever it is called"
    assert environment.is_alive({**gone, "space": "pid:[1]"}), "a container of this machine has numbers of its own"
    namesake = {**gone, "boot": "the boot of another machine", "machine": "0123456789abcdef"}
    assert environment.is_alive(namesake) == (environment._machine() is not None), "two machines may have one name"
    for unknown in ("boot", "machine", "space"):
        assert environment.is_alive({**gone, "boot": "another", "host": "another", unknown: None})
    before = {key: value for key, value in gone.items() if key not in ("space", "machine")}
    assert not environment.is_alive(before), "as versions before recorded it"


def test_the_id_of_the_machine_is_not_told() -> None:
    from pathlib import Path

    told = environment.this_process()["machine"]
    if told is None:
        pytest.skip("this machine has no id")
    assert Path("/etc/machine-id").read_text().strip() not in str(environment.this_process())
    assert len(told) == 16


def test_a_forked_child_is_another_process() -> None:
    code = (
        "import os; from persona.runs.environment import this_process\n"
        "mine = this_process()['pid']\n"
        "child = os.fork()\n"
        "if child == 0:\n"
        "    os._exit(0 if this_process()['pid'] == os.getpid() != mine else 1)\n"
        "raise SystemExit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_the_environment_names_every_distribution_and_no_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    from importlib.metadata import version

    monkeypatch.setenv("OPENAI_API_KEY", "sk-not-to-be-seen")
    monkeypatch.setenv("TZ", "UTC")
    environment.capture.cache_clear()
    environment.sealed.cache_clear()
    try:
        found = environment.capture()
        sealed = environment.sealed()
    finally:
        environment.capture.cache_clear()
        environment.sealed.cache_clear()
    assert found["packages"]["numpy"] == version("numpy")
    assert found["packages"]["persona-workbench"] == found["version"]
    assert found["python"] == ".".join(str(part) for part in sys.version_info[:3])
    assert found["variables"]["TZ"] == "UTC"
    assert b"sk-not-to-be-seen" not in sealed
    assert set(found["variables"]) <= set(environment.RECORDED_VARIABLES)
