"""Archives: how long does a workspace of a million things take out into one file and in again, and how much memory?

The floor is the same file read and unpacked by the standard library, with nothing checked and nothing recorded.
"""

from __future__ import annotations

import resource
import subprocess
import sys
import tempfile
import time
import zipfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from harness import report  # noqa: E402  # the folder of the tests must be found first

from persona.model.records import Draft, Edge  # noqa: E402
from persona.workspace import Workspace  # noqa: E402

THINGS, EACH = 1_000_000, 50
STEP = """
import resource, sys, time
from persona.workspace import Workspace
begun = time.perf_counter()
{work}
print(time.perf_counter() - begun, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)
"""
OUT = "Workspace.open(sys.argv[1]).archive(sys.argv[2])"
IN = "Workspace.from_archive(sys.argv[2], sys.argv[3])"


def fill(folder: Path) -> None:
    """20,000 events, each with 50 things that rest on earlier ones."""
    with Workspace.init(folder) as ws:
        ws.project.create("Bench")
        records = ws._context.records
        drafts = []
        for start in range(0, THINGS, EACH):
            edges = tuple(
                Edge(f"thing_{at:08d}", "derived_from", f"thing_{at // 2:08d}")
                for at in range(start or 1, start + EACH)
            )
            drafts.append(Draft("project.changed", "bench", {"fields": {"at": start}}, edges))
            if len(drafts) == 500:
                records.append(drafts, actor="bench")
                drafts.clear()
        records.append(drafts, actor="bench")


def step(work: str, *arguments: Path) -> tuple[float, float]:
    done = subprocess.run(
        [sys.executable, "-c", STEP.format(work=work), *map(str, arguments)], capture_output=True, text=True, check=True
    )
    seconds, megabytes = map(float, done.stdout.split())
    return seconds, megabytes


def main() -> None:
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        fill(folder / "ws")
        out = step(OUT, folder / "ws", folder / "a.zip", folder / "in")
        back = step(IN, folder / "ws", folder / "a.zip", folder / "in")
        begun = time.perf_counter()
        with zipfile.ZipFile(folder / "a.zip") as archive:
            for name in archive.namelist():
                archive.read(name)
        floor = time.perf_counter() - begun
        report(
            "archive",
            "a workspace of a million things, out into one file and in again",
            "out and in within 60 s together, at constant memory",
            {
                "a million things": {
                    "out, s": round(out[0], 1),
                    "in, s": round(back[0], 1),
                    "out, MB": round(out[1]),
                    "in, MB": round(back[1]),
                    "file, MB": round((folder / "a.zip").stat().st_size / 1e6, 1),
                    "floor: unpacked only, s": round(floor, 1),
                    "here, MB": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024),
                }
            },
        )


if __name__ == "__main__":
    main()
