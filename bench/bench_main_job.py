"""How long do the two halves of the main job take on real interviews: importing 125, and 80 into 5 personas?"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from pathlib import Path

from harness import report

SHARED = Path(__file__).resolve().parents[2] / "shared/data/interviews"

IMPORT = """
import sys, time, json; from pathlib import Path; from persona.workspace import Workspace
with Workspace.init(Path(sys.argv[1])) as ws:
    ws.project.create("Bench")
    begun = time.perf_counter()
    done = ws.source.import_(sys.argv[2:])
    print(json.dumps({"documents": done.documents, "seconds": round(time.perf_counter() - begun, 3)}))
"""
GENERATE = """
import sys, time, json, socket; from pathlib import Path
opened = 0
real = socket.socket.__init__
def counted(self, *a, **k):
    global opened; opened += 1; real(self, *a, **k)
socket.socket.__init__ = counted
begun = time.perf_counter(); from persona.workspace import Workspace
with Workspace.open(Path(sys.argv[1])) as ws:
    done = ws.generate(flags={"count": 5})
    peak = next(int(line.split()[1]) / 1024 for line in open("/proc/self/status") if line.startswith("VmHWM"))
    print(json.dumps({"personas": len(done.personas.personas), "seconds": round(time.perf_counter() - begun, 3),
                      "peak_mb": round(peak), "sockets": opened}))
"""


def run(code: str, *arguments: str) -> dict[str, float]:
    done = subprocess.run([sys.executable, "-c", code, *arguments], capture_output=True, text=True, check=True)
    found: dict[str, float] = json.loads(done.stdout)
    return found


def main() -> None:
    if not SHARED.is_dir():
        print("skipped: the shared data folder is not beside this checkout")
        return
    scientists = SHARED / "anthropic-interviewer-scientists/scientists_transcripts.csv"
    workforce = SHARED / "anthropic-interviewer-workforce"
    with tempfile.TemporaryDirectory() as place:
        base = Path(place)
        table = scientists.read_text(encoding="utf-8")
        import csv
        import io

        rows = list(csv.reader(io.StringIO(table)))
        files = base / "files"
        files.mkdir()
        for identity, text in rows[1:]:
            (files / f"{identity}.txt").write_text(text, encoding="utf-8")
        few = base / "few.csv"
        with few.open("w", newline="", encoding="utf-8") as out:
            csv.writer(out).writerows(rows[:41])
        found = {
            "125 interviews in one table": run(IMPORT, str(base / "a"), str(scientists)),
            "125 interviews as 125 files": run(IMPORT, str(base / "b"), str(files)),
        }
        run(IMPORT, str(base / "c"), str(few), *map(str, sorted(workforce.glob("work_*.md"))))
        found["80 interviews to 5 personas"] = run(GENERATE, str(base / "c"))
    report(
        "main_job",
        "The main job on real interviews",
        "125 imported in under 6 s; 80 to 5 personas in under 5 s and 400 MB, no socket",
        found,
    )


if __name__ == "__main__":
    main()
