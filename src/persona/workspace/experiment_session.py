"""One call of ``persona experiment run``: what was planned, what was heard, and what a person is told of it."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

from persona.errors import Cancelled
from persona.model.records import Run
from persona.runs.cells import Cell, Key
from persona.runs.execute import TAKEABLE
from persona.runs.executors.base import Outcome
from persona.runs.settling import is_alive, settle_interrupted
from persona.workspace.context import Context, Progress
from persona.workspace.experiment_views import OutcomeView

if TYPE_CHECKING:
    from persona.workspace.runs import Runs

IN_A_ROW = 5
"""Runs that fail in the same way, one after the other, after which nothing more is begun."""

FINAL = (
    "budget-reached", "model-key-missing", "model-key-refused", "model-unavailable", "model-unknown", "model-price",
    "model-extra-missing", "disk-full", "read-only", "permission-denied", "worker-died", "database-denied",
    "database-unreachable", "s3-keys", "s3-denied", "s3-unreachable",
)  # fmt: skip
"""Errors that every further run would end with, too."""

PATIENCE = 0.2
"""Seconds between two looks at runs that another process has in hand."""

Heard = Callable[[OutcomeView], None]
"""Who is told each outcome as it comes."""


def unheard(outcome: OutcomeView) -> None:
    """Somebody who waits for the end."""


class Session:
    """What one call of ``persona experiment run`` has heard so far."""

    def __init__(self, context: Context, runs: Runs, progress: Progress, heard: Heard) -> None:
        self._context = context
        self._runs = runs
        self._cells: dict[str, Cell] = {}
        self.progress = progress
        self._heard = heard
        self._folders = runs.folders.behind()
        self._alike = 0
        self._begun = time.monotonic()
        self._elsewhere: set[str] = set()
        self.outcomes: dict[str, OutcomeView] = {}
        self.going = True
        self.stopped: str | None = None
        self.decided: str | None = None
        self.wanted = self.there = 0

    def begin(self, cells: Sequence[Cell], runs: Mapping[Key, Run | str]) -> list[str]:
        """Take note of planned cells; the runs of them that are to be done."""
        self.wanted += len(cells)
        self.there += sum(isinstance(run, Run) and run.status == "completed" for run in runs.values())
        self._cells |= {_id(runs[cell.key]): cell for cell in cells}
        return [_id(run) for cell in cells if _is_due(run := runs[cell.key])]

    def took(self, outcome: Outcome) -> bool:
        """Take note of an outcome. Whether more should be begun."""
        if outcome.status == "elsewhere":
            self._elsewhere.add(outcome.run)
            return self.going
        cell = self._cells[outcome.run]
        view = OutcomeView(
            run=outcome.run,
            variant=cell.arm.variant,
            inputs=cell.arm.inputs,
            repeat=cell.repeat,
            status=outcome.status,
            seconds=outcome.seconds,
            cost=outcome.cost,
            tokens=outcome.tokens,
            asked=outcome.asked,
            reused=outcome.reused,
            code=outcome.code,
            message=outcome.message,
            kind=outcome.kind,
            place=outcome.place,
            hints=outcome.hints,
        )
        last = next(reversed(self.outcomes.values())) if self.outcomes else None
        self._alike = self._alike + 1 if last and outcome.code and last.code == outcome.code else 1
        self.outcomes[outcome.run] = view
        self._heard(view)
        if outcome.status not in ("planned", "running"):
            self._folders.write(outcome.run)
        if outcome.code in FINAL:
            self._stop(f"{outcome.run}: {outcome.message}")
        elif outcome.status == "failed" and self._alike >= IN_A_ROW:
            self._stop(f"the last {self._alike} runs failed in the same way: {outcome.message}")
        self._tell()
        return self.going

    def _stop(self, why: str) -> None:
        if self.going:
            self.going, self.stopped = False, why

    def _tell(self) -> None:
        done = sum(one.status == "completed" for one in self.outcomes.values())
        cost = total_of([one.cost for one in self.outcomes.values()])
        rate = (time.monotonic() - self._begun) / max(1, len(self.outcomes))
        left = rate * (len(self._cells) - len(self.outcomes))
        told = "runs" + (f", ${cost:.4f}" if cost else "") + (f", {left:.0f} s left" if done else "")
        self.progress(told, len(self.outcomes), len(self._cells))

    def wait(self) -> list[str]:
        """Wait for runs that another process had in hand; those that it left behind are due again."""
        while self._elsewhere:
            states = {id: self._context.records.get(Run, id) for id in self._elsewhere}
            alive = {
                id
                for id, run in states.items()
                if run.status == "running" and is_alive(self._context.records, run.fields.get("process") or {})
            }
            if any(run.status == "running" and id not in alive for id, run in states.items()):
                settle_interrupted(self._context.records, actor=self._context.actor)
            if not alive:
                due = [id for id, run in states.items() if run.status != "completed"]
                self._elsewhere.clear()
                return due
            self.progress("waiting for runs that another process has in hand", 0, 1)
            time.sleep(PATIENCE)
        return []

    def cancelled(self, experiment: str, repeats: int) -> Cancelled:
        """What a person who stopped it should know."""
        done = sum(one.status == "completed" for one in self.outcomes.values())
        return Cancelled(
            f"stopped; {done} runs were completed now, and every call that was answered is on record",
            code="cancelled",
            place=f"experiment {experiment}",
            hints=[f"go on: `persona experiment run {experiment} --repeats {repeats}`"],
        )

    def finish(self) -> None:
        """Write the folders that are still owed."""
        self._folders.close()
        self._runs.folders.settle()


def _id(run: Run | str) -> str:
    return run if isinstance(run, str) else run.id


def _is_due(run: Run | str) -> bool:
    """Whether a run is to be done: planned now, or left by somebody, or in the hands of a process that may lose it."""
    return isinstance(run, str) or run.status in TAKEABLE or run.status == "running"


def total_of(costs: Sequence[float | None]) -> float | None:
    """The sum of costs, None where one of them is not known."""
    return None if None in costs else round(sum(cost or 0.0 for cost in costs), 8)
