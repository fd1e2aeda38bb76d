"""Bytes that were used a moment ago, in memory: what is named by its digest never changes, so it is fetched once."""

from __future__ import annotations

import threading
from collections import OrderedDict

MOST = 64 * 1024 * 1024
"""Bytes held; the longest unused make room."""


class Recent:
    """The bytes used last, for any number of threads. ``most`` bounds all of them, an eighth each; 0 holds none."""

    def __init__(self, most: int = MOST) -> None:
        self._most = most
        self._held: OrderedDict[bytes, bytes] = OrderedDict()
        self._size = 0
        self._lock = threading.Lock()

    def get(self, digest: bytes) -> bytes | None:
        """The bytes of a digest; None when they are not held."""
        with self._lock:
            found = self._held.get(digest)
            if found is not None:
                self._held.move_to_end(digest)
            return found

    def keep(self, digest: bytes, data: bytes) -> None:
        """Hold bytes that are known to hash to their digest."""
        if len(data) > self._most // 8 or not self._most:
            return
        with self._lock:
            if digest not in self._held:
                self._held[digest] = data
                self._size += len(data)
            while self._size > self._most:
                self._size -= len(self._held.popitem(last=False)[1])

    def forget(self, digest: bytes) -> None:
        """Hold them no longer: they were erased."""
        with self._lock:
            self._size -= len(self._held.pop(digest, b""))
