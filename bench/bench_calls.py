"""What does recording a call to a model cost, beside the call itself?

A real server on loopback takes half a second to answer; the run, the adapter and the workspace are the real ones.
"""

from __future__ import annotations

import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from harness import report  # noqa: E402  # the folder of the tests must be found first
from tests.llm import plausible  # noqa: E402
from tests.llm.server import Asked, Reply, serving  # noqa: E402

from persona.runs.calls import Calling  # noqa: E402
from persona.workspace import Workspace  # noqa: E402

INTERVIEWS = 16
HOLD = 0.5
SAID = "I want to finish the order early, but the page is slow. I check the list every morning and write it down. "


def slowly(asked: Asked) -> Reply:
    """A plausible answer after half a second."""
    reply = plausible.respond(asked)
    reply.hold = HOLD
    return reply


def timed(function: Callable[..., Any], spent: list[float]) -> Callable[..., Any]:
    def wrapped(*given: Any, **more: Any) -> Any:
        begun = time.perf_counter()
        try:
            return function(*given, **more)
        finally:
            spent.append(time.perf_counter() - begun)

    return wrapped


def main() -> None:
    os.environ["OPENAI_API_KEY"] = "sk-bench"
    spent: list[float] = []
    Calling._record = timed(Calling._record, spent)  # type: ignore[method-assign]
    with tempfile.TemporaryDirectory() as place, serving(slowly) as server, Workspace.init(Path(place) / "ws") as ws:
        ws.project.create("Bench")
        for number in range(INTERVIEWS):
            text = "".join(f"Interviewer: And then?\nP{number}: {SAID * 4}{turn}\n" for turn in range(12))
            (Path(place) / f"P{number}.txt").write_text(text, encoding="utf-8")
        ws.source.import_([str(Path(place) / f"P{number}.txt") for number in range(INTERVIEWS)])
        begun = time.perf_counter()
        flags = {"model": "openai:gpt-4o-mini", "endpoint": server.endpoint("openai"), "count": 2, "jobs": 1}
        run = ws.generate(flags=flags).view.run.id
        whole = time.perf_counter() - begun
        calls = ws.call.list(run)
        inside = sum(call.seconds for call in calls)
        sizes = statistics.median(len(one.raw) for one in server.asked)
    report(
        "calls",
        f"recording {len(calls)} calls of {HOLD} s (median request {sizes:,.0f} bytes) in one run, one at a time",
        "under 5 ms a call, and under 1 % of a run with 500 ms calls",
        {
            "recording one call": {
                "median_ms": round(statistics.median(spent) * 1000, 2),
                "most_ms": round(max(spent) * 1000, 2),
            },
            "recording in the whole run": {"percent": round(100 * sum(spent) / whole, 2)},
            "everything but the calls themselves": {"percent": round(100 * (whole - inside) / whole, 2)},
        },
    )


if __name__ == "__main__":
    main()
