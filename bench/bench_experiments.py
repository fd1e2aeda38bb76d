"""Experiments: how long do planning and comparing take, and how near to the ideal do many runs at once come?

The runs ask a real server on loopback, in a process of its own, that takes 200 ms to answer.
"""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from subprocess import DEVNULL

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from harness import report  # noqa: E402  # the folder of the tests must be found first

from persona.model.experiments import read_experiment  # noqa: E402
from persona.model.records import Call, Draft, Run  # noqa: E402
from persona.runs.cells import cells_of  # noqa: E402
from persona.runs.comparing import Asked, compare_sides  # noqa: E402
from persona.workspace import Workspace  # noqa: E402
from persona.workspace.experimenting import Asked as Wanted  # noqa: E402

RUNS = int(os.environ.get("PERSONA_BENCH_RUNS", "1000"))
JOBS = 64
ASKED = ((RUNS, 0.2), (RUNS // 3, 1.0))
"""How many runs against a provider that takes how many seconds: as the bar says, and as hosted models do."""
INTERVIEWS = 6
PLANNED = 10_000
SAID = "I want to finish the order early, but the page is slow. I check the list every morning and write it down. "
METRICS = ("diversity", "faithfulness", "bias_score")
AT = "2026-01-01T00:00:00Z"
STILL = """
name: still
variants:
  - {name: a, parameters: {count: 1, temperature: 0.1}}
  - {name: b, parameters: {count: 1, temperature: 0.2}}
  - {name: c, parameters: {count: 1, temperature: 0.3}}
  - {name: d, parameters: {count: 1, temperature: 0.4}}
"""
ASKING = """
name: asking
variants:
  - {name: cool, parameters: {model: "openai:gpt-4o-mini", count: 1, temperature: 0}}
  - {name: warm, parameters: {model: "openai:gpt-4o-mini", count: 1, temperature: 0.7}}
"""


def workspace(folder: Path, interviews: int) -> Workspace:
    ws = Workspace.init(folder / "ws")
    ws.project.create("Bench")
    files = []
    for number in range(interviews):
        file = folder / f"P{number}.txt"
        file.write_text("".join(f"Interviewer: And then?\nP{number}: {SAID}{turn} {number}\n" for turn in range(6)))
        files.append(str(file))
    ws.source.import_(files)
    for text, name in ((STILL, "still"), (ASKING, "asking")):
        (folder / f"{name}.yaml").write_text(text)
        ws.experiment.create(file=folder / f"{name}.yaml")
    return ws


def plan_and_compare(ws: Workspace) -> dict[str, dict[str, float]]:
    """10,000 runs of four variants planned at once, given values, and compared."""
    work = ws.experiment._experimenting
    file = read_experiment(STILL, "still.yaml")
    begun = time.perf_counter()
    arms, _ = work.arms("bench", "still", file, Wanted(file.variants, PLANNED // 4), lambda *_: None)
    cells = list(cells_of(arms, range(PLANNED // 4)))
    runs = work.plan("bench", "still", 1, cells, lambda *_: None)
    planned = time.perf_counter() - begun
    begun = time.perf_counter()
    work.plan("bench", "still", 1, cells, lambda *_: None)
    again = time.perf_counter() - begun
    records = ws._context.records
    drafts = []
    for number, run in enumerate(runs.values()):
        values = {
            name: (number * 37 % 101) / 101 + at for at, name in enumerate(("diversity", "faithfulness", "bias_score"))
        }
        points = [
            {"key": key, "value": value, "step": 0, "at": "2026-01-01T00:00:00Z"} for key, value in values.items()
        ]
        body = {"status": "completed", "at": "2026-01-01T00:00:00Z", "error": None, "metrics": points, "fields": {}}
        drafts.append(Draft("run.finished", str(run), body))
    for start in range(0, len(drafts), 1000):
        records.append(drafts[start : start + 1000], actor="bench")
    asked = Asked("still", "a", METRICS)
    took = []
    for _ in range(4):
        begun = time.perf_counter()
        listed = records.find(Run, project="bench", experiment="still", status="completed").items
        read = time.perf_counter() - begun
        sides: dict[str, list[Run]] = {}
        for run in listed:
            sides.setdefault(str(run.variant), []).append(run)
        begun = time.perf_counter()
        compare_sides(sides, asked)
        took.append((read, time.perf_counter() - begun))
    return {
        f"planning {PLANNED:,} runs": {"seconds": round(planned, 2), "again, nothing missing": round(again, 2)},
        f"comparing {PLANNED:,} runs, 3 metrics": {
            "ms": round(min(one[1] for one in took) * 1000),
            "first in the process, ms": round(took[0][1] * 1000),
            "reading the records before, ms": round(min(one[0] for one in took) * 1000),
        },
    }


def run_many(folder: Path, runs: int, hold: float) -> dict[str, float]:
    """The runs of an experiment at 64 jobs, beside the time that the calls alone would take.

    Another run asked the provider before, as on any day but the first: the forms of requests are known by then. In the
    same run, as a floor: as many calls by the provider's libraries alone, in as many processes.
    """
    before = [sys.executable, "-m", "persona", "generate", "--model", "openai:gpt-4o-mini", "--temperature", "0.3"]
    command = ["experiment", "run", "asking", "--repeats", str(runs // 2), "--jobs", str(JOBS)]
    took, cpu, told = beside_provider(hold, folder / "ws", [[sys.executable, "-m", "persona", *command]], before)
    calls = told["requests"]
    request = folder / "request.json"
    with Workspace.open(folder / "ws") as ws:
        one = next(call for call in ws._context.records.scan(Call) if call.step == "observe")
        request.write_bytes(ws._context.blobs.get(one.request))
    count = os.cpu_count() or 1
    plain = [sys.executable, str(ROOT / "bench" / "libraries.py"), "ENDPOINT", str(request)]
    plain += [str(calls // count), str(JOBS // count)]
    least, least_cpu, _ = beside_provider(hold, folder, [plain] * count)
    ideal = calls * hold / JOBS
    return {
        "runs": runs,
        "calls": calls,
        "seconds": round(took, 1),
        "ideal": round(ideal, 1),
        "ratio": round(took / ideal, 2),
        "ratio of the libraries alone": round(least / ideal, 2),
        "CPU ms a call": round(1000 * cpu / calls, 2),
        "CPU ms a call of the libraries alone": round(1000 * least_cpu / calls, 2),
        "CPU ms a call of the provider, not counted": round(1000 * told["cpu"] / calls, 2),
    }


def beside_provider(
    hold: float, folder: Path, commands: list[list[str]], first: list[str] | None = None
) -> tuple[float, float, dict[str, float]]:
    """Commands that ask a provider of their own: seconds, processor seconds, what the provider tells of them.

    What runs ``first`` asks it, too, and is not counted.
    """
    provider = [sys.executable, str(ROOT / "bench" / "provider.py"), str(hold)]
    server = subprocess.Popen(provider, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert server.stdin is not None
    assert server.stdout is not None
    endpoint = server.stdout.readline().strip()
    own = {"OPENAI_API_KEY": "sk-bench", "PERSONA_ENDPOINT": endpoint, "XDG_CACHE_HOME": str(folder / "cache")}
    env = {**os.environ, **own}

    def tell() -> dict[str, float]:
        assert server.stdin is not None
        assert server.stdout is not None
        server.stdin.write("how many\n")
        server.stdin.flush()
        told: dict[str, float] = json.loads(server.stdout.readline())
        return told

    if first:
        subprocess.run(first, cwd=folder, env=env, stdout=DEVNULL, check=True)
    there = tell()
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    begun = time.perf_counter()
    started = [
        subprocess.Popen(
            [endpoint if part == "ENDPOINT" else part for part in one], cwd=folder, env=env, stdout=DEVNULL
        )
        for one in commands
    ]
    for one in started:
        assert one.wait() == 0
    took = time.perf_counter() - begun
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    now = tell()
    told = {name: now[name] - there[name] for name in now}
    server.communicate()
    return took, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, told


def main() -> None:
    with tempfile.TemporaryDirectory() as place:
        with workspace(Path(place), INTERVIEWS) as ws:
            found = plan_and_compare(ws)
        for at, (runs, hold) in enumerate(ASKED):
            title = f"{runs:,} runs over {INTERVIEWS} interviews at {JOBS} jobs, calls of {hold * 1000:.0f} ms"
            again = Path(place) / str(at)
            again.mkdir()
            workspace(again, INTERVIEWS).close()
            found[title] = run_many(again, runs, hold)
    report(
        "experiments",
        "experiments; ideal: calls x their time / 64, as if computing took nothing and the program started at once",
        "planning under 2 s; comparing under 300 ms; ratio at most 1.15",
        found,
    )


if __name__ == "__main__":
    main()
