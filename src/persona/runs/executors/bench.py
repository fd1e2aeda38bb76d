"""The bench at which runs are done: stores, desk and purse of one process, for any number of threads."""

from __future__ import annotations

import contextlib
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from msgspec import structs

from persona.errors import Conflict, PersonaError, Stopped
from persona.model.ids import iso, now
from persona.model.records import Draft, Run
from persona.runs.calls import Counter
from persona.runs.execute import execute, start_fields
from persona.runs.executors.base import Orders, Outcome
from persona.storage import open_blobs, open_records
from persona.storage.erased import Marked
from persona.storage.sharing import SharedRecords, shared_blobs

if TYPE_CHECKING:
    from persona.llm.budget import Purse
    from persona.llm.pace import Pace

    class SharedPurse(Purse, Pace, Protocol):
        """Limits and pace of several who do runs."""


class Bench:
    """Does runs, one in each thread that asks. ``jobs`` bounds the calls in flight over all of them.

    ``purse`` holds limits and pace where others share them in another way than through the file of the orders.
    """

    def __init__(self, orders: Orders, jobs: int, purse: SharedPurse | None = None) -> None:
        self._orders = orders
        self._purse = purse
        self._jobs = jobs
        self._records = SharedRecords(open_records(orders.records))
        self._blobs = Marked(shared_blobs(open_blobs(orders.blobs, workspace=orders.workspace)), self._records)
        self._start = start_fields(self._records, self._blobs, git=orders.git) | orders.start
        self._counter: Counter | None = None
        self._stopped: str | None = None
        self._lock = threading.Lock()

    def warm(self, *, asks: bool) -> None:
        """Load what every run needs, before threads do it at the same time."""
        from persona.generation.vectors import count_tokens

        count_tokens("")
        if asks:
            import persona.llm.adapter  # noqa: F401  # seconds, once

    def do(self, run: str) -> Outcome:
        """Do one run. Never raises for what becomes of the run: that is in the record and in the outcome."""
        if self._stopped is not None:
            return outcome_of(self._records.get(Run, run))
        orders = self._orders
        if orders.owed is not None:
            Path(orders.owed).mkdir(parents=True, exist_ok=True)
            (Path(orders.owed) / run).touch()
        try:
            execute(
                self._records,
                self._blobs,
                run,
                actor=orders.actor,
                progress=_silent,
                limits=orders.limits,
                fresh=orders.fresh,
                counter=self._shared(),
                start=self._start,
            )
        except Conflict as error:
            if error.code == "run-status":
                return Outcome(run, "elsewhere", message=error.message)
            return self._told(run, error)
        except PersonaError as error:
            return self._told(run, error)
        except Stopped:
            pass
        except Exception as error:  # noqa: BLE001  # it is recorded with its traceback; the other runs go on
            found = outcome_of(self._records.get(Run, run))
            return found if found.status != "running" else self._broken(run, error)
        return outcome_of(self._records.get(Run, run))

    def stop(self, status: str) -> None:
        """Begin nothing more; runs that wait for calls end with ``status`` when those in flight have come."""
        self._stopped = status
        with self._lock:
            if self._counter is not None:
                self._counter.desk.stop(status)

    def close(self) -> None:
        """Release connections and stores."""
        with self._lock:
            if self._counter is not None:
                self._counter.desk.close()
        self._records.close()
        self._blobs.close()

    def _shared(self) -> Counter:
        from persona.llm.budget import OwnPurse
        from persona.llm.desk import Desk
        from persona.llm.pace import OwnPace
        from persona.runs.executors.purse import FilePurse

        with self._lock:
            if self._counter is None:
                limits = self._orders.limits
                purse = self._purse or (FilePurse(Path(self._orders.purse)) if self._orders.purse else None)
                if purse is not None:
                    self._counter = Counter(Desk(self._jobs), purse, purse)
                else:
                    own = OwnPurse(limits.max_cost, limits.max_total_tokens)
                    self._counter = Counter(Desk(self._jobs), own, OwnPace())
                if self._stopped is not None:
                    self._counter.desk.stop(self._stopped)
            return self._counter

    def _told(self, run: str, error: PersonaError) -> Outcome:
        found = outcome_of(self._records.get(Run, run))
        kind = next(one.__name__ for one in type(error).__mro__ if one.__module__ == PersonaError.__module__)
        told = {"code": error.code, "message": error.message, "kind": kind}
        return structs.replace(found, **told, place=error.place, hints=tuple(error.hints))

    def _broken(self, run: str, error: Exception) -> Outcome:
        """A run that failed so badly that not even its end was recorded."""
        told = {"code": "internal", "message": type(error).__name__}
        body: dict[str, Any] = {"status": "failed", "at": iso(now()), "error": told, "metrics": [], "fields": {}}
        with contextlib.suppress(PersonaError):
            self._records.append([Draft("run.finished", run, body)], expect={run: "running"}, actor=self._orders.actor)
        return Outcome(run, "failed", code="internal", message=f"{type(error).__name__}: {error}")


def outcome_of(run: Run) -> Outcome:
    """What the record says of a run."""
    calls = run.fields.get("calls") or {}
    error = run.error or {}
    return Outcome(
        run.id,
        run.status,
        seconds=float(run.fields.get("seconds") or 0.0),
        code=error.get("code"),
        message=error.get("message"),
        asked=int(calls.get("asked") or 0),
        reused=int(calls.get("reused") or 0),
        tokens=int(calls.get("input_tokens") or 0) + int(calls.get("output_tokens") or 0),
        cost=calls.get("cost_estimate", 0.0),
    )


def _silent(_stage: str, _done: int, _total: int) -> None:
    """A worker has no terminal: whole runs are counted, not their steps."""
