"""Which quotations does the guard take, and which does it refuse? Measured over real interviews.

Needs the shared interviews beside the checkout; says so and leaves when they are not there.
"""

from __future__ import annotations

import math
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from harness import report  # noqa: E402  # the folder of the tests must be found first
from rapidfuzz import fuzz  # noqa: E402
from tests.generation.conftest import as_inputs  # noqa: E402
from tests.generation.mutants import LIES, LOSSES, SLIPS, TRUE, cases, material  # noqa: E402

from persona.generation.anchoring import Anchored, Anchors  # noqa: E402
from persona.sources import read  # noqa: E402

COUNT = 3000
WANTED = {
    **dict.fromkeys(TRUE, "all taken"),
    **dict.fromkeys(SLIPS, "at most 3 % lost"),
    **dict.fromkeys(LOSSES, "reported"),
    **dict.fromkeys(LIES, "99 % refused"),
    "negated": "98 % refused",
}


def wilson(taken: int, of: int) -> tuple[float, float]:
    """The Wilson interval of a share at 95 %."""
    z, share = 1.96, taken / of
    middle = (share + z * z / (2 * of)) / (1 + z * z / of)
    half = z * math.sqrt(share * (1 - share) / of + z * z / (4 * of * of)) / (1 + z * z / of)
    return max(0.0, middle - half), min(1.0, middle + half)


def main() -> None:
    folder = ROOT.parent / "shared/data/interviews"
    if not folder.is_dir():
        print("the shared interviews are not beside this checkout: nothing measured")
        return
    table = folder / "anthropic-interviewer-scientists/scientists_transcripts.csv"
    asked = as_inputs(read(table.read_bytes(), table.name).documents)
    files = sorted((folder / "anthropic-interviewer-workforce").glob("work_*.md"))
    foreign = as_inputs([one for file in files for one in read(file.read_bytes(), file.name).documents])
    stuff, anchors = material(asked, foreign), Anchors(asked)
    whole = {item.people[card.key]: item.document.text for item in asked for card in item.document.participants}
    found = {}
    for name, make in {**TRUE, **SLIPS, **LOSSES, **LIES}.items():
        tried = cases(make, stuff, COUNT, 11)
        floor = time.perf_counter()
        for one in tried[:300]:
            fuzz.partial_ratio(one.quotation, whole[one.participant])
        floor = (time.perf_counter() - floor) / min(300, len(tried))
        begun = time.perf_counter()
        taken = sum(isinstance(anchors.find(one.quotation, one.participant), Anchored) for one in tried)
        each = (time.perf_counter() - begun) / len(tried)
        low, high = wilson(taken, len(tried))
        found[name] = {
            "n": len(tried),
            "taken": round(taken / len(tried), 4),
            "from": round(low, 4),
            "to": round(high, 4),
            "ratio": round(each / floor, 2),
            "wanted": WANTED[name],
        }
    report(
        "quotes",
        f"quotations held against {len(asked)} interviews; ratio: time of a check over one rapidfuzz.partial_ratio",
        "as in the column wanted",
        found,
    )


if __name__ == "__main__":
    main()
