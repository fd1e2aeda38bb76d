"""The narrow door: doing planned runs, wherever that happens."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from types import TracebackType
from typing import Any, Protocol, Self

import msgspec

from persona.model.calls import Limits


class Orders(msgspec.Struct, frozen=True):
    """What whoever does runs must know: where the stores are, in whose name, and within which limits.

    ``records``, ``blobs`` and ``workspace`` are what ``open_records`` and ``open_blobs`` take. ``purse`` is the file
    through which all processes of this machine share the limits; None leaves them to each process. ``owed`` is the
    folder of notes that say whose run folder is still to be written; None where whoever does the run cannot reach it.
    ``start`` is what ``run.started`` records beside what a process knows of itself.
    """

    records: str
    blobs: str
    actor: str
    limits: Limits = Limits()
    fresh: bool = False
    git: bool = True
    purse: str | None = None
    owed: str | None = None
    workspace: str | None = None
    start: dict[str, Any] = {}


class Outcome(msgspec.Struct, frozen=True):
    """How a run came out. ``status`` is that of the record; ``elsewhere`` when another process has the run.

    ``cost`` is an estimate in US dollars, None where no price is known; ``tokens`` counts prompts and answers.
    ``kind``, ``place`` and ``hints`` are those of the error.
    """

    run: str
    status: str
    seconds: float = 0.0
    code: str | None = None
    message: str | None = None
    asked: int = 0
    reused: int = 0
    tokens: int = 0
    cost: float | None = 0.0
    kind: str = ""
    place: str | None = None
    hints: tuple[str, ...] = ()


Took = Callable[[Outcome], bool]
"""What is done with each outcome, as it comes; False asks for nothing more to be started."""


class Executor(Protocol):
    """Does planned runs. Used as a context manager: leaving it ends whatever it started."""

    def hire(self, count: int) -> None:
        """Begin what it takes to do so many runs, while they are still being planned."""
        ...

    def do(self, runs: Sequence[str], took: Took) -> None:
        """Do every run, in this order as far as one after the other goes. Returns when none is under way.

        Each run is in the record with its end before ``took`` hears of it. On Ctrl-C no further run begins, calls in
        flight are waited for and recorded, and ``KeyboardInterrupt`` is raised when all is quiet.
        """
        ...

    def __enter__(self) -> Self: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...
