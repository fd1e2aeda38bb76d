"""Which quotations does the guard take, and which does it refuse? Measured over real interviews.

Needs the shared interviews beside the checkout; says so and leaves when they are not there.
"""

from __future__ import annotations

import math
import sys
import time
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from harness import report  # noqa: E402  # the folder of the tests must be found first
from rapidfuzz import fuzz  # noqa: E402
from tests.generation.conftest import as_inputs  # noqa: E402
from tests.generation.lies import ALIKE, ELSE, FABRICATED, NEGATED, SPLICED, TURNED  # noqa: E402
from tests.generation.mutants import LOSSES, SLIPS, TRUE, Case, Make, Material, cases, material  # noqa: E402

from persona.generation.anchoring import Anchored, Anchors  # noqa: E402
from persona.model.sources import Input  # noqa: E402
from persona.sources import read  # noqa: E402

COUNT = 2000
SEED = 11
FLOOR = 200
"""Quotations that the floor is timed with."""

WANTED = {
    **dict.fromkeys(TRUE, "all taken"),
    **dict.fromkeys(SLIPS, "at most 3 % lost"),
    **dict.fromkeys(LOSSES, "reported"),
    **dict.fromkeys({**FABRICATED, **SPLICED, **ELSE, **TURNED}, "99 % refused"),
    **dict.fromkeys(NEGATED, "98 % refused"),
    **dict.fromkeys(ALIKE, "reported"),
}
KINDS: dict[str, Make] = {**TRUE, **SLIPS, **LOSSES, **FABRICATED, **SPLICED, **ELSE, **NEGATED, **TURNED, **ALIKE}


def wilson(taken: int, of: int) -> tuple[float, float]:
    """The Wilson interval of a share at 95 %."""
    z, share = 1.96, taken / of
    middle = (share + z * z / (2 * of)) / (1 + z * z / of)
    half = z * math.sqrt(share * (1 - share) / of + z * z / (4 * of * of)) / (1 + z * z / of)
    return max(0.0, middle - half), min(1.0, middle + half)


def row(name: str, asked: list[tuple[Anchors, list[Case]]], texts: dict[str, str]) -> dict[str, Any]:
    """What became of the cases of a kind, and the time of one over a ``partial_ratio`` with a whole transcript."""
    people = list(texts)
    some = [one for _, tried in asked for one in tried[:FLOOR]]
    floor = time.process_time()
    for number, one in enumerate(some):
        fuzz.partial_ratio(one.quotation, texts[one.participant or people[number % len(people)]])
    floor = (time.process_time() - floor) / len(some)
    count = sum(len(tried) for _, tried in asked)
    begun = time.process_time()
    found = [anchors.find(one.quotation, one.participant) for anchors, tried in asked for one in tried]
    each = (time.process_time() - begun) / count
    taken = [one for one in found if isinstance(one, Anchored)]
    low, high = wilson(len(taken), count)
    return {
        "n": count,
        "taken": round(len(taken) / count, 4),
        "from": round(low, 4),
        "to": round(high, 4),
        "exact": sum(one.kind == "exact" for one in taken),
        "us": round(each * 1e6),
        "ratio": round(each / floor, 2),
        "wanted": WANTED[name],
    }


def main() -> None:
    folder = ROOT.parent / "shared/data/interviews"
    if not folder.is_dir():
        print("the shared interviews are not beside this checkout: nothing measured")
        return
    table = folder / "anthropic-interviewer-scientists/scientists_transcripts.csv"
    files = sorted((folder / "anthropic-interviewer-workforce").glob("work_*.md"))
    sides: list[list[Input]] = [
        as_inputs(read(table.read_bytes(), table.name).documents),
        as_inputs([one for file in files for one in read(file.read_bytes(), file.name).documents]),
    ]
    both = [*sides[0], *sides[1]]
    texts = {item.people[card.key]: item.document.text for item in both for card in item.document.participants}
    begun = time.process_time()
    anchors = Anchors(both)
    built = time.process_time() - begun
    stuff = material(both, both)
    apart: list[tuple[Anchors, Material]] = [
        (Anchors(one), material(one, other)) for one, other in (sides, sides[::-1])
    ]
    mixed = [
        one._replace(participant=None)
        for make in (TRUE["verbatim"], SLIPS["one edit anywhere"], FABRICATED["two words exchanged"])
        for one in cases(make, stuff, 334, SEED + 1)
    ][:1000]
    begun = time.process_time()
    for one in mixed:
        anchors.find(one.quotation)
    thousand = time.process_time() - begun
    found: dict[str, Any] = {
        "CPU seconds": {"folding 165 interviews": round(built, 2), "1,000 quotations, nobody named": round(thousand, 2)}
    }
    for name, make in KINDS.items():
        if "other interviews" in name:  # from either population, asked in the other
            asked = [(one, cases(make, its, COUNT // 2, SEED)) for one, its in apart]
        else:
            asked = [(anchors, cases(make, stuff, COUNT, SEED))]
        found[name] = row(name, asked, texts)
    report(
        "quotes",
        f"quotations held against {len(both)} interviews; us: CPU microseconds of a check; ratio: over one "
        "rapidfuzz.partial_ratio with a whole transcript",
        "as in the column wanted",
        found,
    )


if __name__ == "__main__":
    main()
