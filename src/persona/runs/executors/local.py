"""Many runs at once, in processes of this machine.

Processes for what the processor does, threads in them for what waits for a model. A process that dies takes nothing
with it: its runs are recorded as interrupted and done by another.
"""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import threading
from queue import SimpleQueue

import msgspec

from persona.runs.executors.base import Orders, Outcome
from persona.runs.executors.handing import Handing, Lost
from persona.runs.executors.worker import Hired

_outcome = msgspec.json.Decoder(Outcome)


class _Process:
    """One process and the runs it has in hand. Meets ``handing.Worker``."""

    ready = True

    def __init__(self, hired: Hired, heard: SimpleQueue[tuple[_Process, Outcome | None]]) -> None:
        self.capacity = hired.threads
        self.in_hand: set[str] = set()
        self.why = ""
        self._heard = heard
        self.process = subprocess.Popen(
            [sys.executable, "-m", "persona.runs.executors.worker"], stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )
        self.tell(msgspec.json.encode(hired))
        self._listener = threading.Thread(target=self._listen, name="worker", daemon=True)
        self._listener.start()

    def give(self, run: str) -> None:
        self.tell(msgspec.json.encode({"run": run}))

    def stop(self) -> None:
        self.tell(msgspec.json.encode({"stop": "cancelled"}))

    def tell(self, line: bytes) -> None:
        assert self.process.stdin is not None, "opened with a pipe"
        with contextlib.suppress(OSError):  # it has died: the listener says so
            self.process.stdin.write(line + b"\n")
            self.process.stdin.flush()

    def _listen(self) -> None:
        assert self.process.stdout is not None, "opened with a pipe"
        for line in self.process.stdout:
            self._heard.put((self, _outcome.decode(line)))
        self.why = f"with status {self.process.wait()}"
        self._heard.put((self, None))

    def end(self) -> None:
        self.stop()
        with contextlib.suppress(OSError):
            if self.process.stdin is not None:
                self.process.stdin.close()
        self.process.wait()
        self._listener.join()
        if self.process.stdout is not None:
            self.process.stdout.close()

    def kill(self) -> None:
        self.process.kill()


class Local(Handing[_Process]):
    """Meets ``Executor``. ``jobs`` is how many calls may be in flight, or how many processes compute at once."""

    def __init__(self, orders: Orders, jobs: int, *, asks: bool, lost: Lost) -> None:
        processors = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
        super().__init__(orders, jobs, processors, asks=asks, lost=lost)
        self._heard: SimpleQueue[tuple[_Process, Outcome | None]] = SimpleQueue()

    def _hire(self, hired: Hired) -> _Process:
        return _Process(hired, self._heard)

    def _next(self) -> tuple[_Process, Outcome | None]:
        return self._heard.get()
