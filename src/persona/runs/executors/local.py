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
from collections import deque
from collections.abc import Callable, Sequence
from queue import SimpleQueue
from types import TracebackType
from typing import Self

import msgspec

from persona.errors import StorageError
from persona.runs.executors.base import Orders, Outcome, Took
from persona.runs.executors.worker import Hired

TRIES = 3
"""How often a run is begun whose process died under it, before it is left as interrupted."""

_outcome = msgspec.json.Decoder(Outcome)


class _Worker:
    """One process and the runs it has in hand."""

    def __init__(self, hired: Hired, heard: SimpleQueue[tuple[_Worker, Outcome | None]]) -> None:
        self.capacity = hired.threads
        self.in_hand: set[str] = set()
        self._heard = heard
        self.process = subprocess.Popen(
            [sys.executable, "-m", "persona.runs.executors.worker"], stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )
        self.tell(msgspec.json.encode(hired))
        self._listener = threading.Thread(target=self._listen, name="worker", daemon=True)
        self._listener.start()

    def give(self, run: str) -> None:
        self.in_hand.add(run)
        self.tell(msgspec.json.encode({"run": run}))

    def tell(self, line: bytes) -> None:
        assert self.process.stdin is not None, "opened with a pipe"
        with contextlib.suppress(OSError):  # it has died: the listener says so
            self.process.stdin.write(line + b"\n")
            self.process.stdin.flush()

    def _listen(self) -> None:
        assert self.process.stdout is not None, "opened with a pipe"
        for line in self.process.stdout:
            self._heard.put((self, _outcome.decode(line)))
        self.process.wait()
        self._heard.put((self, None))

    def end(self) -> None:
        """Tell it that there is nothing more, and wait until it has gone."""
        self.tell(msgspec.json.encode({"stop": "cancelled"}))
        with contextlib.suppress(OSError):
            if self.process.stdin is not None:
                self.process.stdin.close()
        self.process.wait()
        self._listener.join()
        if self.process.stdout is not None:
            self.process.stdout.close()

    def kill(self) -> None:
        self.process.kill()


class Local:
    """Meets ``Executor``. ``jobs`` is how many calls may be in flight, or how many processes compute at once.

    ``asks`` says that the runs ask a model: then each process has many of them in hand. ``lost`` settles the runs of a
    process that died.
    """

    def __init__(self, orders: Orders, jobs: int, *, asks: bool, lost: Callable[[Sequence[str]], None]) -> None:
        processors = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
        self._count = max(1, min(jobs, processors))
        self._jobs = jobs
        self._asks = asks
        self._orders = orders
        self._lost = lost
        self._workers: list[_Worker] = []
        self._heard: SimpleQueue[tuple[_Worker, Outcome | None]] = SimpleQueue()
        self._deaths = 0

    def do(self, runs: Sequence[str], took: Took) -> None:
        """See ``Executor.do``."""
        left = deque(runs)
        tries: dict[str, int] = {}
        going = True
        interrupted: KeyboardInterrupt | None = None
        while True:
            try:
                if going:
                    self._feed(left, tries)
                if not any(worker.in_hand for worker in self._workers) and (not going or not left):
                    break
                going = self._hear(left, tries, took) and going
            except KeyboardInterrupt as error:
                if interrupted is not None:
                    self._kill()
                    raise
                interrupted, going = error, False
                for worker in self._workers:
                    worker.tell(msgspec.json.encode({"stop": "cancelled"}))
        if interrupted is not None:
            raise interrupted

    def _feed(self, left: deque[str], tries: dict[str, int]) -> None:
        """Give runs to whoever has the fewest in hand."""
        wanted = min(self._count, sum(len(worker.in_hand) for worker in self._workers) + len(left))
        while len(self._workers) < wanted:
            self._workers.append(_Worker(self._hired(len(self._workers)), self._heard))
        while left:
            worker = min(self._workers, key=lambda one: len(one.in_hand) / one.capacity)
            if len(worker.in_hand) >= worker.capacity:
                return
            run = left.popleft()
            tries[run] = tries.get(run, 0) + 1
            worker.give(run)

    def _hired(self, number: int) -> Hired:
        """A worker's share: all jobs are shared out, none is lost to rounding."""
        share = self._jobs // self._count + (number < self._jobs % self._count)
        threads = max(1, share) if self._asks else 1
        return Hired(self._orders, threads=threads, jobs=max(1, share), asks=self._asks)

    def _hear(self, left: deque[str], tries: dict[str, int], took: Took) -> bool:
        """Take one outcome, or the news that a process is gone. Whether more should be begun."""
        worker, outcome = self._heard.get()
        if outcome is not None:
            worker.in_hand.discard(outcome.run)
            return took(outcome)
        if worker not in self._workers:
            return True
        self._workers.remove(worker)
        gone = sorted(worker.in_hand)
        worker.in_hand.clear()
        worker.end()
        if not gone:
            return True
        self._deaths += 1
        self._lost(gone)
        if self._deaths > TRIES * self._count:
            raise StorageError(
                f"the processes that do the runs die: {self._deaths} did, the last with status "
                f"{worker.process.returncode}",
                code="worker-died",
                place=gone[0],
                hints=["run it again with fewer at once: `--jobs 1`"],
            )
        going = True
        for run in gone:
            if tries[run] < TRIES:
                left.appendleft(run)
            else:
                going = took(Outcome(run, "interrupted", code="worker-died", message="its process died")) and going
        return going

    def _kill(self) -> None:
        for worker in self._workers:
            worker.kill()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for worker in self._workers:
            worker.end()
        self._workers = []
