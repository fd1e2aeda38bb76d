"""What processes record of themselves: equal environments are equal, and one process can see whether another lives."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from typing import Any

import pytest

from persona.model.canonical import canonical_json
from persona.runs import environment

TELL = """
import json, sys
from persona.runs import environment
if sys.argv[1:]:
    open("/proc/self/comm", "w").write(sys.argv[1])
print(json.dumps([environment.this_process(), environment.sealed().decode()]), flush=True)
for line in sys.stdin:
    print(json.dumps(environment.is_alive(json.loads(line))), flush=True)
"""


def process(*arguments: str, **variables: str) -> subprocess.Popen[str]:
    """A process that tells who and where it is, and then whether others live."""
    plain = {key: value for key, value in os.environ.items() if key not in environment.RECORDED_VARIABLES}
    return subprocess.Popen(
        [sys.executable, "-c", TELL, *arguments],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=plain | variables,
    )  # fmt: skip


def told(started: subprocess.Popen[str]) -> tuple[dict[str, Any], dict[str, Any]]:
    assert started.stdout is not None
    who, sealed = json.loads(started.stdout.readline())
    return who, json.loads(sealed)


def ask(started: subprocess.Popen[str], about: dict[str, Any]) -> bool:
    assert started.stdin is not None
    assert started.stdout is not None
    started.stdin.write(json.dumps(about) + "\n")
    started.stdin.flush()
    return bool(json.loads(started.stdout.readline()))


def test_two_processes_see_each_other_until_one_is_killed() -> None:
    with process() as one, process() as two:
        first, _ = told(one)
        second, _ = told(two)
        assert ask(one, second)
        assert ask(two, first)
        assert ask(one, environment.this_process())
        two.send_signal(signal.SIGSTOP)
        assert ask(one, second), "a stopped process may go on"
        two.kill()
        two.wait()
        assert not ask(one, second)
        one.kill()


def test_a_process_with_an_odd_name_is_found() -> None:
    """The name stands in brackets among the numbers that the birth of a process is read from."""
    with process("a) Z 1 (2) 3") as one:
        who, _ = told(one)
        with open(f"/proc/{one.pid}/stat", encoding="ascii") as stream:
            assert "(a) Z 1 (2) 3)" in stream.read()
        assert environment.is_alive(who)
        assert not environment.is_alive({**who, "born": who["born"] + 1})
        one.kill()


def test_without_its_birth_a_process_is_known_by_its_number() -> None:
    with process() as one:
        who, _ = told(one)
        assert environment.is_alive({**who, "born": None})
        one.kill()
        one.wait()
        assert not environment.is_alive({**who, "born": None})


@pytest.mark.parametrize("pid", [None, "12", 1.5])
def test_what_is_no_number_of_a_process_is_not_called_dead(pid: object) -> None:
    assert environment.is_alive({**environment.this_process(), "pid": pid})


def test_equal_environments_are_equal_bytes_and_a_variable_that_counts_shows() -> None:
    variables = ({}, {"UNRELATED": "1"}, {"PYTHONHASHSEED": "7"})
    with process(**variables[0]) as one, process(**variables[1]) as two, process(**variables[2]) as three:
        (who, plain), (other, same), (_, seeded) = told(one), told(two), told(three)
        for started in (one, two, three):
            started.kill()
    assert canonical_json(plain) == canonical_json(same)
    assert who["pid"] != other["pid"]
    assert {key for key in plain if plain[key] != seeded[key]} == {"variables"}
    assert seeded["variables"] == {"PYTHONHASHSEED": "7"}
    assert plain["variables"] == {}


def test_the_environment_is_captured_once_and_says_what_ran() -> None:
    found = environment.capture()
    assert found is environment.capture()
    assert environment.sealed() == canonical_json(found)
    assert environment.summary().items() <= found.items()
    assert set(environment.summary()) == {"tool", "version", "python"}
    assert list(found["packages"]) == sorted(found["packages"])
    assert {"numpy", "msgspec", "persona-workbench", "hypothesis"} <= found["packages"].keys()
    assert found["implementation"] == sys.implementation.name
    assert found["machine"] == os.uname().machine
    assert found["byte_order"] == sys.byteorder


def test_what_is_told_of_a_process_is_a_copy() -> None:
    environment.this_process()["pid"] = 0
    assert environment.this_process()["pid"] == os.getpid()
