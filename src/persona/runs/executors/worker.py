"""A process that does runs: ``python -m persona.runs.executors.worker``, spoken to in lines of JSON.

It reads its orders and then names of runs from standard input, and writes an outcome for each to standard output. When
standard input ends without a word, whoever gave the orders is gone: nothing more is begun, calls in flight are waited
for and recorded, and the runs are recorded as interrupted. So a killed command loses no answer that was paid.
"""

from __future__ import annotations

import contextlib
import gc
import signal
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import msgspec

from persona.runs import plugins
from persona.runs.executors.base import Orders, Outcome
from persona.runs.executors.bench import Bench

GARBAGE = 20_000
"""Containers made before the collector of cycles looks again: calls make many that end by themselves."""


class Hired(msgspec.Struct, frozen=True):
    """The first line: what to know, how many runs to do at once, and how many calls to have in flight."""

    orders: Orders
    threads: int
    jobs: int
    asks: bool


def main() -> int:
    """Work until told to stop, or until nobody is there to tell."""
    for name in ("SIGINT", "SIGHUP"):  # Ctrl-C reaches every process of the terminal; the one in front decides
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), signal.SIG_IGN)
    lines = iter(sys.stdin.buffer.readline, b"")
    hired = msgspec.json.decode(next(lines), type=Hired)
    bench = Bench(hired.orders, hired.jobs)
    plugins.keep()
    bench.warm(asks=hired.asks)
    gc.freeze()  # what was loaded stays, and need not be looked through again
    gc.set_threshold(GARBAGE, 20, 20)
    tell = _Teller()
    told_to_stop = False
    with ThreadPoolExecutor(hired.threads, thread_name_prefix="run") as pool:
        for line in lines:
            word: dict[str, Any] = msgspec.json.decode(line)
            if "stop" in word:
                told_to_stop = True
                bench.stop(word["stop"])
                break
            pool.submit(_do, bench, word["run"], tell)
        if not told_to_stop:
            bench.stop("interrupted")
    bench.close()
    return 0


class _Teller:
    """Writes outcomes, a line each, while anybody listens."""

    def __init__(self) -> None:
        self._lock = threading.Lock()

    def __call__(self, outcome: Outcome) -> None:
        with self._lock, contextlib.suppress(OSError, ValueError):
            sys.stdout.buffer.write(msgspec.json.encode(outcome) + b"\n")
            sys.stdout.buffer.flush()


def _do(bench: Bench, run: str, tell: _Teller) -> None:
    try:
        outcome = bench.do(run)
    except BaseException as error:  # noqa: BLE001  # a store that fails must not leave the other side waiting
        outcome = Outcome(run, "failed", code=getattr(error, "code", "internal"), message=str(error))
    tell(outcome)


if __name__ == "__main__":
    sys.exit(main())
