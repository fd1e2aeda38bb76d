"""One purse and one pace for all processes of a machine: a small file under a lock that dies with its holder."""

from __future__ import annotations

import struct
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from persona.llm.budget import Reached, limit_reached
from persona.storage.locks import locked

_FORM = struct.Struct("<dqdqdqd")
"""max_cost, max_tokens (below 0: none), spent dollars and tokens, held dollars and tokens, asked again from when."""


class FilePurse:
    """Meets ``llm.budget.Purse`` and ``llm.pace.Pace``. What a killed process had set aside stays set aside."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = path.with_name(path.name + ".lock")
        cost, tokens, *_ = self._read()
        self.max_cost = cost if cost >= 0 else None
        self.max_tokens = tokens if tokens >= 0 else None

    @classmethod
    def make(cls, path: Path, max_cost: float | None, max_tokens: int | None) -> FilePurse:
        """A fresh purse in a file."""
        none = -1
        path.parent.mkdir(parents=True, exist_ok=True)
        limits = (none if max_cost is None else max_cost, none if max_tokens is None else max_tokens)
        path.write_bytes(_FORM.pack(*limits, 0.0, 0, 0.0, 0, 0.0))
        return cls(path)

    @property
    def spent(self) -> tuple[float, int]:
        """See ``Purse.spent``."""
        _, _, cost, tokens, *_ = self._read()
        return cost, tokens

    @property
    def held(self) -> tuple[float, int]:
        """See ``Purse.held``."""
        *_, cost, tokens, _ = self._read()
        return cost, tokens

    def take(self, cost: float, tokens: int) -> Reached | None:
        """See ``Purse.take``."""
        if self.max_cost is None and self.max_tokens is None:
            return None
        with self._changing() as state:
            reached = limit_reached(self, (state[4], int(state[5])), cost, tokens)
            if reached is None:
                state[4] += cost
                state[5] += tokens
            return reached

    def settle(self, held: tuple[float, int], spent: tuple[float, int]) -> None:
        """See ``Purse.settle``."""
        if self.max_cost is None and self.max_tokens is None:
            return
        with self._changing() as state:
            state[2] += spent[0]
            state[3] += spent[1]
            state[4] = max(0.0, round(state[4] - held[0], 12))
            state[5] = max(0, state[5] - held[1])

    def left(self) -> float:
        """See ``Pace.left``. The clock is the machine's, so that it is one for all its processes."""
        return max(0.0, self._read()[6] - time.monotonic())

    def hold(self, seconds: float) -> None:
        """See ``Pace.hold``."""
        with self._changing() as state:
            state[6] = max(state[6], time.monotonic() + seconds)

    def close(self) -> None:
        """Remove the file. Who still uses it goes on without limits, so this is for the end."""
        self._path.unlink(missing_ok=True)
        self._lock.unlink(missing_ok=True)

    def _read(self) -> tuple[float, int, float, int, float, int, float]:
        return _FORM.unpack(self._path.read_bytes())

    @contextmanager
    def _changing(self) -> Iterator[list[float | int]]:
        with locked(self._lock):
            state = list(self._read())
            yield state
            with self._path.open("r+b") as file:
                file.write(_FORM.pack(*state))
