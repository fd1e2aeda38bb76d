"""The pace that a server asks for: when it says to wait, all who ask it wait, not only the one who was told."""

from __future__ import annotations

import time
from typing import Protocol


class Pace(Protocol):
    """When a server may be asked again."""

    def left(self) -> float:
        """Seconds to wait before the next exchange, 0 when there is no need."""
        ...

    def hold(self, seconds: float) -> None:
        """Nobody asks before so many seconds have passed."""
        ...


class OwnPace:
    """The pace of one process."""

    def __init__(self) -> None:
        self._until = 0.0

    def left(self) -> float:
        """See ``Pace.left``."""
        return max(0.0, self._until - time.monotonic())

    def hold(self, seconds: float) -> None:
        """See ``Pace.hold``."""
        self._until = max(self._until, time.monotonic() + seconds)
