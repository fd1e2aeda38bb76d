"""Withdrawal: how long does it take to erase one of 125 interviews, when personas were made of all of them?"""

from __future__ import annotations

import os
import random
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from harness import report  # noqa: E402  # the folder of the tests must be found first

from persona.sources import read  # noqa: E402
from persona.workspace import Workspace  # noqa: E402

FOLDER = ROOT.parent / "shared" / "data" / "interviews" / "anthropic-interviewer-scientists"
CORPUS = FOLDER / "scientists_transcripts.csv"
MOST = 125
PEOPLE = 5


def files(folder: Path) -> None:
    """The interviews of the shared table as files of their own."""
    for document in read(CORPUS.read_bytes(), CORPUS.name).documents[:MOST]:
        said = "\n\n".join(f"{turn.speaker}: {document.words(turn)}" for turn in document.turns)
        (folder / f"{document.part}.txt").write_text(said, encoding="utf-8")


def main() -> None:
    os.environ["PERSONA_RECORD_GIT"] = "false"
    with tempfile.TemporaryDirectory() as folder, Workspace.init(Path(folder) / "ws") as ws:
        ws.project.create("Scientists")
        (Path(folder) / "in").mkdir()
        files(Path(folder) / "in")
        ws.source.import_([Path(folder) / "in"])
        ws.generate(flags={"count": 4})
        ws.report()
        people = [view.id for view in ws.participant.list()]
        taken, verified = [], []
        size = sum(path.stat().st_size for path in ws.root.rglob("*") if path.is_file())
        for who in random.Random(1).sample(people, PEOPLE):
            begun, worked = time.perf_counter(), time.process_time()
            done = ws.participant.withdraw(who)
            assert done.ended_at
            taken.append((time.perf_counter() - begun, time.process_time() - worked))
        begun = time.perf_counter()
        assert ws.verify().ok
        verified.append(time.perf_counter() - begun)
    report(
        "withdraw",
        "erase one of 125 interviews from which personas and a report were made",
        "under 5 s",
        {
            "participants": len(people),
            "bytes of the workspace": size,
            "withdrawals": PEOPLE,
            "seconds, median": round(sorted(one for one, _ in taken)[PEOPLE // 2], 3),
            "seconds, longest": round(max(one for one, _ in taken), 3),
            "processor seconds, median": round(sorted(one for _, one in taken)[PEOPLE // 2], 3),
            "seconds to verify afterwards": round(verified[0], 3),
        },
    )


if __name__ == "__main__":
    main()
