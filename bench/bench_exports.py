"""Exports: how fast, and in how much memory, do logs of 5,000 and 50,000 entries become events and entities?

The events are those of OpenLineage, the entities those of Atlas.

Each entry belongs to a run of a program that used a file and made an artefact; twenty runs made personas of the
demonstration, with the lineage of every claim. The floor is the start of the program, which lists one run. The last
part is what a run takes when it is told live, to a file and to a consumer that never answers.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import socket
import statistics
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from harness import cpu_of, report

from persona.model.ids import uuid7
from persona.model.records import Draft, Edge
from persona.workspace import Workspace
from persona.workspace.demo import BUNDLED

SIZES = (5_000, 50_000)
ENTRIES = 5
PERSONAS = 20
ROUNDS = 5
AT = "2026-01-16T14:30:22.000000Z"


MEASURED = """
import sys
from persona.cli.__main__ import main
place, sys.argv = sys.argv[1], ["persona", *sys.argv[2:]]
try:
    main()
except SystemExit as ended:
    assert not ended.code, ended.code
status = dict(line.split(":", 1) for line in open("/proc/self/status") if ":" in line)
open(place, "w").write(status["VmHWM"].split()[0])
"""


def peak(words: Sequence[str], cwd: Path) -> tuple[float, int]:
    """The CPU seconds and the most memory in MB of a command of ours. Raises when it fails.

    The process asks for its own memory: what the system counts for a child begins with that of its parent.
    """
    place = cwd.parent / "memory"
    taken = cpu_of([sys.executable, "-c", MEASURED, str(place), *words], cwd)
    return taken, int(place.read_text()) // 1024


def drafts(number: int, digest: str) -> list[Draft]:
    """One run of a program."""
    run, made = f"run_20260116_143022_{number:06d}", f"shop/model-{number}:v1"
    planned = {"uuid": uuid7(), "project": "shop", "params": {"rate": "0.5", "layers": "12"}}
    file = f"sha256:{number:064x}"
    artefact = {
        "project": "shop",
        "name": f"model-{number}",
        "version": 1,
        "kind": "file",
        "digest": digest,
        "bytes": 5,
        "path": "output/model",
        "run": run,
    }
    metrics = [{"key": "loss", "value": 0.25, "step": 0, "at": AT}]
    return [
        Draft("run.planned", run, planned, (Edge(run, "used", file), Edge(run, "part_of", "shop"))),
        Draft("run.started", run, {"at": AT}),
        Draft("run.logged", run, {"metrics": metrics}),
        Draft("artefact.logged", made, artefact, (Edge(made, "generated_by", run),)),
        Draft("run.finished", run, {"status": "completed", "at": AT}),
    ]


def grown(base: Path, folder: Path, entries: int) -> None:
    """A copy of a workspace with so many entries more."""
    shutil.copytree(base, folder)
    with Workspace.open(folder) as ws:
        context = ws._context
        digest = context.blobs.put(b"model")
        waiting: list[Draft] = []
        for number in range(entries // ENTRIES):
            waiting += drafts(number, digest)
            if len(waiting) >= 5000:
                context.append(*waiting)
                waiting = []
        if waiting:
            context.append(*waiting)


def seconds_of(ws: Workspace, told: str | None) -> float:
    """The median CPU seconds of a run that is told, or not, the thread that tells included."""
    os.environ.pop("PERSONA_OPENLINEAGE", None)
    if told:
        os.environ["PERSONA_OPENLINEAGE"] = told
    taken = []
    for _ in range(ROUNDS):
        begun = time.process_time()
        ws.generate(flags={"count": 3})
        taken.append(time.process_time() - begun)
    os.environ.pop("PERSONA_OPENLINEAGE", None)
    return statistics.median(taken)


def main() -> None:
    found: dict[str, Any] = {}
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        base = folder / "base"
        with Workspace.init(base) as ws:
            ws.project.create("Shop")
            ws.source.import_([str(BUNDLED / "corpus")])
            for seed in range(PERSONAS):
                ws.generate(flags={"count": 3, "seed": seed})
        for entries in SIZES:
            here = folder / str(entries)
            grown(base, here, entries)
            floor = peak(["run", "list", "--limit", "1"], here)
            rows: dict[str, Any] = {"floor: run list": {"cpu_s": round(floor[0], 2), "mb": floor[1]}}
            for name, words in {
                "openlineage": ["openlineage", "--output", "../events.ndjson"],
                "atlas, rest": ["atlas", "--output", "../atlas"],
                "atlas, zip": ["atlas", "--output", "../atlas.zip"],
            }.items():
                cpu, memory = peak(["export", *words, "--yes"], here)
                rows[name] = {"cpu_s": round(cpu, 2), "mb": memory}
            with (folder / "events.ndjson").open() as lines:
                rows["openlineage"]["events"] = sum(1 for _ in lines)
            rows["openlineage"]["file_mb"] = (folder / "events.ndjson").stat().st_size >> 20
            rows["openlineage"]["events_per_cpu_s"] = round(
                rows["openlineage"]["events"] / rows["openlineage"]["cpu_s"]
            )
            first = json.loads((folder / "atlas/entities-00001.json").read_text())
            rows["atlas, rest"]["entities_in_first_body"] = len(first["entities"])
            shutil.rmtree(folder / "atlas")
            found[f"{entries} entries"] = rows
        with Workspace.open(base) as ws, contextlib.closing(socket.socket()) as deaf:
            deaf.bind(("127.0.0.1", 0))
            deaf.listen(8)
            plain = seconds_of(ws, None)
            found["a run, told live"] = {
                "nobody_cpu_s": round(plain, 3),
                "a_file_cpu_s": round(seconds_of(ws, str(folder / "live.ndjson")), 3),
                "nobody_again_cpu_s": round(seconds_of(ws, None), 3),
                "a_consumer_that_never_answers_cpu_s": round(
                    seconds_of(ws, f"http://127.0.0.1:{deaf.getsockname()[1]}"), 3
                ),
            }
    report(
        "exports",
        "How fast, and in how much memory, does a log become events and entities?",
        "memory that does not grow with the log",
        found,
    )


if __name__ == "__main__":
    main()
