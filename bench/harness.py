"""Measuring fairly: whole processes in turn with a floor, CPU seconds from the operating system, medians and ratios.

A figure is compared with a floor measured in the same run, because machines differ and drift. Nothing here passes
or fails: the bars stand in the table, the tests count modules and commits instead of seconds.
"""

from __future__ import annotations

import json
import os
import platform
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

_CONFIGURATION = tempfile.TemporaryDirectory(prefix="persona-bench-")
os.environ["XDG_CONFIG_HOME"] = _CONFIGURATION.name  # keys that sign are made here, not in that of who measures

RESULTS = Path(__file__).resolve().parent / "results"
FLOOR = [sys.executable, "-c", "pass"]


def cpu_of(command: Sequence[str], cwd: Path | None = None) -> float:
    """The CPU seconds (user and system) of one whole run of a command. Raises when it fails."""
    child = os.fork()
    if child == 0:
        silent = os.open(os.devnull, os.O_RDWR)
        for stream in (0, 1, 2):
            os.dup2(silent, stream)
        if cwd:
            os.chdir(cwd)
        os.execvp(command[0], list(command))
    _, status, usage = os.wait4(child, 0)
    if status:
        raise RuntimeError(f"{' '.join(command)} ended with {status}")
    return usage.ru_utime + usage.ru_stime


def in_turn(
    commands: dict[str, Sequence[str]], rounds: int = 15, cwd: Path | None = None
) -> dict[str, dict[str, float]]:
    """Each command beside the floor, in turn, after one warm-up: medians in milliseconds, and the median ratio."""
    for command in commands.values():
        cpu_of(command, cwd)
    floors: list[float] = []
    times: dict[str, list[float]] = {name: [] for name in commands}
    for _ in range(rounds):
        floors.append(cpu_of(FLOOR, cwd))
        for name, command in commands.items():
            times[name].append(cpu_of(command, cwd))
    found = {"floor: python -c pass": {"ms": round(statistics.median(floors) * 1000, 1), "ratio": 1.0}}
    for name, values in times.items():
        ratios = [value / floor for value, floor in zip(values, floors, strict=True)]
        found[name] = {
            "ms": round(statistics.median(values) * 1000, 1),
            "ratio": round(statistics.median(ratios), 2),
            "ratio_least": round(min(ratios), 2),
            "ratio_most": round(max(ratios), 2),
        }
    return found


def timed(work: Callable[[], Any], rounds: int = 20) -> dict[str, float]:
    """Milliseconds of some work inside this process: median and best of several rounds, wall and CPU."""
    walls, cpus = [], []
    work()
    for _ in range(rounds):
        wall, cpu = time.perf_counter(), time.process_time()
        work()
        walls.append(time.perf_counter() - wall)
        cpus.append(time.process_time() - cpu)
    return {
        "wall_ms": round(statistics.median(walls) * 1000, 3),
        "wall_ms_best": round(min(walls) * 1000, 3),
        "cpu_ms": round(statistics.median(cpus) * 1000, 3),
    }


def report(name: str, question: str, bar: str, results: dict[str, Any]) -> None:
    """Print the results and keep them in ``bench/results``."""
    kept = {
        "question": question,
        "bar": bar,
        "measured": datetime.now(UTC).strftime("%Y-%m-%d"),
        "machine": f"{os.cpu_count()} processors, {platform.machine()}, Python {platform.python_version()}",
        "results": results,
    }
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / f"{name}.json").write_text(json.dumps(kept, indent=2) + "\n", encoding="utf-8")
    print(f"{question}\n  bar: {bar}")
    for label, values in results.items():
        print(f"  {label}: {values}")
