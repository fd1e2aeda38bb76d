"""How long does `persona run list` take on 10,000 runs, and a filter with a sort inside a process?"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from harness import in_turn, report, timed
from ten_thousand import fill

from persona.workspace import Workspace

PERSONA = [sys.executable, "-m", "persona"]


def main() -> None:
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place) / "ws"
        fill(folder)
        commands = {
            "persona run list": [*PERSONA, "run", "list"],
            "persona run list --json": [*PERSONA, "run", "list", "--json"],
            "persona run list --where ...": [*PERSONA, "run", "list", "--where", "metrics.m1 > 0.9 and params.p1 = a"],
        }
        whole = in_turn(commands, 11, cwd=folder)
        report(
            "run_list", "CPU of whole processes listing 10,000 runs", "`run list` at most 7x `python -c pass`", whole
        )
        with Workspace.open(folder) as ws:
            runs = ws.run
            inside = {
                "newest 50": timed(lambda: runs.list(limit=50)),
                "filter on a metric and a parameter, sort by a metric": timed(
                    lambda: runs.list(where="metrics.m1 > 0.5 and params.p1 = a", order="-metrics.m2", limit=50)
                ),
                "filter on a tag, sort by a parameter": timed(
                    lambda: runs.list(where="tags.team = x", order="params.temperature", limit=50)
                ),
            }
        report("filter_runs", "Filter and sort over 10,000 runs inside a process", "at most 5 ms", inside)


if __name__ == "__main__":
    main()
