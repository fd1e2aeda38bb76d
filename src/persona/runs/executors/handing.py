"""Handing runs out to workers that may die, and hearing what became of them: what all that do so share."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Callable, Sequence
from types import TracebackType
from typing import Generic, Protocol, Self, TypeVar

from persona.errors import StorageError
from persona.runs.executors.base import Orders, Outcome, Took
from persona.runs.executors.worker import Hired

TRIES = 3
"""How often a run is begun whose worker died under it, before it is left as interrupted."""

Lost = Callable[[Sequence[str]], None]
"""Settles the runs of a worker that died."""


class Worker(Protocol):
    """Somebody who does runs. ``ready`` says that it can be given some, ``why`` how it died, ``capacity`` how many
    it does at once.
    """

    capacity: int
    in_hand: set[str]
    ready: bool
    why: str

    def give(self, run: str) -> None:
        """Let it do a run."""

    def stop(self) -> None:
        """Let it begin nothing more, and record the calls in flight."""

    def end(self) -> None:
        """Tell it that there is nothing more, and wait until it has gone."""

    def kill(self) -> None:
        """End it at once."""


W = TypeVar("W", bound=Worker)


class Handing(ABC, Generic[W]):
    """Meets ``Executor``, given how to hire a worker and how to hear the next word of any.

    ``count`` is how many workers there are at most and ``jobs`` how many calls may be in flight over all of them;
    ``asks`` says that the runs ask a model: then each worker has many of them in hand.
    """

    def __init__(self, orders: Orders, jobs: int, count: int, *, asks: bool, lost: Lost) -> None:
        self._count = max(1, min(jobs, count))
        self._jobs = jobs
        self._asks = asks
        self._orders = orders
        self._lost = lost
        self._workers: list[W] = []
        self._deaths = 0

    @abstractmethod
    def _hire(self, hired: Hired) -> W:
        """Another worker."""

    @abstractmethod
    def _next(self) -> tuple[W, Outcome | None] | None:
        """Wait for the next outcome, or the news that a worker is gone. None: look again."""

    def hire(self, count: int) -> None:
        """See ``Executor.hire``."""
        while len(self._workers) < min(self._count, count):
            self._workers.append(self._hire(self._hired(len(self._workers))))

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
                    for worker in self._workers:
                        worker.kill()
                    raise
                interrupted, going = error, False
                for worker in self._workers:
                    worker.stop()
        if interrupted is not None:
            raise interrupted

    def _feed(self, left: deque[str], tries: dict[str, int]) -> None:
        """Give runs to whoever has the fewest in hand."""
        self.hire(sum(len(worker.in_hand) for worker in self._workers) + len(left))
        ready = [worker for worker in self._workers if worker.ready]
        while left and ready:
            worker = min(ready, key=lambda one: len(one.in_hand) / one.capacity)
            if len(worker.in_hand) >= worker.capacity:
                return
            run = left.popleft()
            tries[run] = tries.get(run, 0) + 1
            worker.in_hand.add(run)
            worker.give(run)

    def _hired(self, number: int) -> Hired:
        """A worker's share: all jobs are shared out, none is lost to rounding."""
        share = self._jobs // self._count + (number < self._jobs % self._count)
        threads = max(1, share) if self._asks else 1
        return Hired(self._orders, threads=threads, jobs=max(1, share), asks=self._asks)

    def _hear(self, left: deque[str], tries: dict[str, int], took: Took) -> bool:
        """Take one outcome, or the news that a worker is gone. Whether more should be begun."""
        heard = self._next()
        if heard is None:
            return True
        worker, outcome = heard
        if outcome is not None:
            worker.in_hand.discard(outcome.run)
            return took(outcome)
        if worker not in self._workers:
            return True
        self._workers.remove(worker)
        gone = sorted(worker.in_hand)
        worker.in_hand.clear()
        worker.end()
        if worker.ready and not gone:
            return True
        self._deaths += 1
        self._lost(gone)
        if self._deaths > TRIES * self._count:
            raise StorageError(
                f"the processes that do the runs die: {self._deaths} did, the last {worker.why}",
                code="worker-died",
                place=gone[0] if gone else "",
                hints=["run it again with fewer at once: `--jobs 1`"],
            )
        going = True
        for run in gone:
            if tries[run] < TRIES:
                left.appendleft(run)
            else:
                going = took(Outcome(run, "interrupted", code="worker-died", message="its process died")) and going
        return going

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for worker in self._workers:
            worker.end()
        self._workers = []
