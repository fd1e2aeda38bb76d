"""Progress on stderr: one line that redraws itself on a terminal, one line a stage for a log, else nothing."""

from __future__ import annotations

import sys
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from threading import Event, Thread

    from persona.cli.screen import Screen

PATIENCE = 1.0
"""Seconds of work before anything is drawn: what is quick needs no bar."""

INTERVAL = 0.1
BAR = 24


class Progress:
    """Called by the work with a stage, how much is done and of how much.

    On a terminal a line appears after a second and lives on when a stage itself is silent; it is wiped at the end.
    Elsewhere, ``tell`` prints each stage once.
    """

    def __init__(self, screen: Screen, *, draw: bool, tell: bool) -> None:
        self._screen = screen
        self._draw = draw and screen.is_terminal
        self._tell = tell and not self._draw
        self._stage = ""
        self._done = 0
        self._total = 0
        self._begun = time.monotonic()
        self._drawn = False
        self._over: Event | None = None
        self._painter: Thread | None = None

    def __call__(self, stage: str, done: int, total: int) -> None:
        """Take note; draw nothing here, so that the work is not slowed."""
        if self._tell and stage != self._stage:
            self._screen.write([stage])
        self._stage, self._done, self._total = stage, done, total
        if self._draw and self._painter is None:
            self._start()

    def close(self) -> None:
        """Stop drawing and leave a clean line."""
        if self._over is not None and self._painter is not None:
            self._over.set()
            self._painter.join()
        if self._drawn:
            sys.stderr.write("\r\x1b[K")
            sys.stderr.flush()

    def _start(self) -> None:
        from threading import Event, Thread

        self._over = Event()
        self._painter = Thread(target=self._paint, name="progress", daemon=True)
        self._painter.start()

    def _paint(self) -> None:
        assert self._over is not None
        if self._over.wait(max(PATIENCE - (time.monotonic() - self._begun), 0)):
            return
        while True:
            self._drawn = True
            sys.stderr.write("\r\x1b[K" + self.line())
            sys.stderr.flush()
            if self._over.wait(INTERVAL):
                return

    def line(self) -> str:
        """The line as it stands now, never wider than the terminal."""
        seconds = time.monotonic() - self._begun
        head, tail = self._stage, f"{seconds:5.1f} s"
        if self._total > 1:
            full = min(self._done, self._total) * BAR // self._total
            count = f"{self._done}%" if self._total == 100 else f"{self._done} of {self._total}"
            tail = f"[{'#' * full}{'.' * (BAR - full)}] {count:>10} {tail}"
        room = (self._screen.width or 80) - len(tail) - 3
        return f"{head[: max(room, 0)]:<14} {tail}"[: (self._screen.width or 80) - 1]
