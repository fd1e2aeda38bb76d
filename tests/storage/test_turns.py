"""Processes that write again and again take turns, and none of them waits for one that is gone or asleep."""

from __future__ import annotations

import gc
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.storage.drafts import logged, planned

from persona.storage import open_records
from persona.storage.locks import Turns, _try, _unlock
from persona.storage.sharing import SharedRecords

HOLDS = """
import sys, time
from pathlib import Path
from persona.storage.locks import Turns
with Turns(Path(sys.argv[1]), 5).taken():
    print("has it", flush=True)
    time.sleep(60)
"""


@pytest.fixture
def two(tmp_path: Path) -> Iterator[tuple[Turns, Turns]]:
    """Two who want the same, as two processes would."""
    one, other = Turns(tmp_path, 20), Turns(tmp_path, 20)
    yield one, other
    one.close()
    other.close()


def is_waiting(folder: Path) -> bool:
    """Whether somebody is next."""
    looking = Turns(folder, 0)
    following, _ = looking._opened()
    free = _try(following)
    if free:
        _unlock(following)
    looking.close()
    return not free


def test_who_waits_comes_before_who_had_it_last(two: tuple[Turns, Turns], tmp_path: Path) -> None:
    one, other = two
    for _ in range(20):
        had: list[str] = []

        def waits(had: list[str] = had) -> None:
            with other.taken():
                had.append("other")

        with one.taken():
            thread = threading.Thread(target=waits)
            thread.start()
            while not is_waiting(tmp_path):
                time.sleep(0.001)
        with one.taken():
            had.append("one")
        thread.join()
        assert had == ["other", "one"]


def test_a_turn_within_a_turn_is_the_same(two: tuple[Turns, Turns]) -> None:
    one, other = two
    with one.taken(), one.taken():
        pass
    with other.taken():
        pass


def test_a_turn_is_freed_by_an_error(two: tuple[Turns, Turns]) -> None:
    one, other = two
    with pytest.raises(ZeroDivisionError), one.taken():
        _ = 1 // 0
    begun = time.monotonic()
    with other.taken():
        assert time.monotonic() - begun < 5


def test_a_turn_is_freed_by_death(tmp_path: Path) -> None:
    with subprocess.Popen([sys.executable, "-c", HOLDS, str(tmp_path)], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "has it\n"
        process.send_signal(signal.SIGKILL)
        process.wait()
    turns = Turns(tmp_path, 30)
    begun = time.monotonic()
    with turns.taken():
        assert time.monotonic() - begun < 5
    turns.close()


def test_who_holds_its_turn_for_ever_stops_nobody(two: tuple[Turns, Turns], tmp_path: Path) -> None:
    one, _ = two
    hasty = Turns(tmp_path, 0.2)
    with one.taken():
        with hasty.taken():
            pass
        with hasty.taken():  # and what it never had it does not give away
            assert not _try(hasty._opened()[1])
    hasty.close()


def test_a_turn_that_nobody_closed_leaves_no_file_open(tmp_path: Path) -> None:
    before = len(list(Path("/proc/self/fd").iterdir()))
    for _ in range(50):
        with Turns(tmp_path, 1).taken():
            pass
    gc.collect()
    assert len(list(Path("/proc/self/fd").iterdir())) <= before + 2


def test_what_comes_while_others_write_is_written_together(tmp_path: Path) -> None:
    """One flush for all that came while another process had the turn."""
    database = tmp_path / "workspace.db"
    records = SharedRecords(open_records(database, create=True))
    records.append([planned(f"run_{number}") for number in range(12)])
    other = Turns(tmp_path / "locks", 20)
    threads = [
        threading.Thread(target=records.append, args=([logged(f"run_{number}", fields={"verdict": number})],))
        for number in range(12)
    ]
    written: list[int] = []
    with other.taken():
        for thread in threads:
            thread.start()
        while len(records._together._waiting) < len(threads):
            time.sleep(0.001)
        assert records.head().size == 12, "who reads does not wait for who writes"
        write = records._together._write
        records._together._write = lambda requests: written.append(len(requests)) or write(requests)  # type: ignore[func-returns-value, assignment]
    for thread in threads:
        thread.join()
    other.close()
    assert written == [len(threads)]
    assert records.head().size == 12 + len(threads)
    records.close()
