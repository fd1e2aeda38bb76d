"""What does it cost to record one run: 20 parameters, 10 metrics, 5 tags, 3 small files?"""

from __future__ import annotations

import tempfile
from pathlib import Path

from harness import report, timed

from persona.workspace import Workspace


def main() -> None:
    params = {f"parameter_{index}": index / 7 for index in range(20)}
    tags = {f"tag_{index}": str(index) for index in range(5)}
    metrics = {f"metric_{index}": index / 3 for index in range(10)}
    with tempfile.TemporaryDirectory() as place, Workspace.init(Path(place) / "ws") as ws:
        ws.project.create("Bench")
        count = 0

        def one() -> None:
            nonlocal count
            count += 1
            with ws.run.start(params=params, tags=tags) as run:
                run.log(metrics)
                for index in range(3):
                    run.log_bytes(f"file {index} of run {count}".encode(), f"file_{index}.txt")

        found = {"one run": timed(one, 200)}
        before = ws._context.records.head().size
        one()
        found["events of one run"] = {"count": ws._context.records.head().size - before}
        report(
            "run_record",
            "Recording one run through the Python API",
            "at most 2 ms of CPU, 1 durable commit a state change",
            found,
        )


if __name__ == "__main__":
    main()
