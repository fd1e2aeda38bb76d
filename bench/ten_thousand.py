"""A workspace with 10,000 runs, made once in a temporary folder for the scripts that need one."""

from __future__ import annotations

import random
from pathlib import Path

from persona.model.ids import iso, new_id, now, uuid7
from persona.model.records import Draft
from persona.workspace import Workspace

RUNS = 10_000


def fill(folder: Path, runs: int = RUNS) -> None:
    """Runs with 8 parameters, 6 metrics and 3 tags each, written through the log like any others."""
    chance = random.Random(7)
    with Workspace.init(folder) as ws:
        ws.project.create("Ten thousand")
        records = ws._context.records
        batch: list[Draft] = []
        seen: set[str] = set()
        for number in range(runs):
            run = new_id("run")
            while run in seen:
                run = new_id("run")
            seen.add(run)
            params = {"temperature": f"{chance.random():.2f}", "count": str(chance.randint(2, 8)), "seed": str(number)}
            params |= {f"p{index}": chance.choice("abcdef") for index in range(5)}
            points = [
                {"key": f"m{index}", "value": round(chance.random(), 6), "step": 0, "at": iso(now())}
                for index in range(6)
            ]
            body = {
                "uuid": uuid7(), "project": "ten-thousand", "experiment": None, "variant": None, "recipe": None,
                "seed": number, "repeat": 0, "params": params, "tags": {"team": chance.choice("xyz")}, "fields": {},
            }  # fmt: skip
            batch += [
                Draft("run.planned", run, body),
                Draft("run.started", run, {"at": iso(now()), "fields": {}}),
                Draft(
                    "run.finished",
                    run,
                    {"status": "completed", "at": iso(now()), "error": None, "metrics": points, "fields": {}},
                ),
            ]
            if len(batch) >= 1500:
                records.append(batch, actor="bench")
                batch = []
        if batch:
            records.append(batch, actor="bench")
