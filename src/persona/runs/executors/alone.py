"""One run after the other, in this process: for few runs that ask no model, where starting others would take longer."""

from __future__ import annotations

from collections.abc import Sequence
from types import TracebackType
from typing import Self

from persona.runs.executors.base import Orders, Took
from persona.runs.executors.bench import Bench


class Alone:
    """Meets ``Executor``."""

    def __init__(self, orders: Orders, jobs: int = 1) -> None:
        self._bench = Bench(orders, jobs)

    def hire(self, count: int) -> None:
        """See ``Executor.hire``: nothing has to begin."""

    def do(self, runs: Sequence[str], took: Took) -> None:
        """See ``Executor.do``."""
        for run in runs:
            if not took(self._bench.do(run)):
                return

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._bench.close()
