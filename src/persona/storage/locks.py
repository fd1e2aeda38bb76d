"""Locks between processes that the system frees when their holder dies."""

from __future__ import annotations

import os
import sys
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Hold the lock that ``path`` stands for; waits for its holder.

    The file stays, because removing it would make two locks.
    """
    handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
    try:
        _lock(handle)
        yield
    finally:
        os.close(handle)  # frees the lock


LOOK = 0.002
"""Seconds between two looks at a lock that another holds."""


class Turns:
    """Processes that want the same thing again and again, in turn: whoever waits comes before whoever had it last.

    Two locks stand for it: one for being next, which is held while the other is waited for, and one for having it.
    SQLite alone lets writers sleep for up to a tenth of a second while the lock is free, and whoever wrote last take
    it again. A turn is a courtesy and no right: after ``wait`` seconds it is given up.
    """

    def __init__(self, folder: Path, wait: float) -> None:
        self._handles: tuple[int, int] | None = None
        self._folder = folder
        self._wait = wait
        self._mine = False

    @contextmanager
    def taken(self) -> Iterator[None]:
        """Have the turn, or what is left of it when it is this one's already."""
        if self._mine:
            yield
            return
        following, having = self._opened()
        end = time.monotonic() + self._wait
        with _held(following, end) as first:
            has = first and _reached(having, end)
        self._mine = True
        try:
            yield
        finally:
            self._mine = False
            if has:
                _unlock(having)

    def close(self) -> None:
        """Release the files."""
        handles, self._handles = self._handles, None
        for handle in handles or ():
            os.close(handle)

    def __del__(self) -> None:
        """Release the files with a connection that nobody closed, as SQLite releases its own."""
        self.close()

    def _opened(self) -> tuple[int, int]:
        if self._handles is None:
            self._folder.mkdir(exist_ok=True)
            names = (self._folder / "next", self._folder / "turn")
            following, having = (os.open(name, os.O_RDWR | os.O_CREAT, 0o644) for name in names)
            self._handles = following, having
        return self._handles


@contextmanager
def _held(handle: int, end: float) -> Iterator[bool]:
    """Hold a lock, if it can be reached before a time; whether it could."""
    reached = _reached(handle, end)
    try:
        yield reached
    finally:
        if reached:
            _unlock(handle)


def _reached(handle: int, end: float) -> bool:
    """Whether a lock could be taken before a time."""
    while not _try(handle):
        if time.monotonic() > end:
            return False
        time.sleep(LOOK)
    return True


if sys.platform == "win32":  # pragma: no cover

    def _try(handle: int) -> bool:
        import msvcrt

        try:
            msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        return True

    def _unlock(handle: int) -> None:
        import msvcrt

        msvcrt.locking(handle, msvcrt.LK_UNLCK, 1)

    def _lock(handle: int) -> None:
        import msvcrt

        while True:
            try:
                msvcrt.locking(handle, msvcrt.LK_LOCK, 1)  # gives up after ten tries of a second
            except OSError:
                continue
            return

else:

    def _try(handle: int) -> bool:
        import fcntl

        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True

    def _unlock(handle: int) -> None:
        import fcntl

        fcntl.flock(handle, fcntl.LOCK_UN)

    def _lock(handle: int) -> None:
        import fcntl

        fcntl.flock(handle, fcntl.LOCK_EX)
