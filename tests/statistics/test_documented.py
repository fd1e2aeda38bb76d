"""The tables of ``docs/statistics.md`` are those of the committed measurements; run as a program, it prints them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
RESULTS = json.loads((ROOT / "bench/results/statistics.json").read_text(encoding="utf-8"))["results"]
SIZES = (3, 4, 5, 6, 8, 10, 15, 20)


def percent(share: float) -> str:
    return f"{100 * share:.1f}"


def table(head: list[str], rows: list[list[str]]) -> str:
    lines = ["| " + " | ".join(head) + " |", "|---" * len(head) + "|"]
    return "\n".join([*lines, *("| " + " | ".join(row) + " |" for row in rows)])


def false_alarms() -> str:
    found = RESULTS["false alarms"]
    columns = [name for name in found["normal"] if name != "simulations"]
    rows = [[name, *(percent(values[column]) for column in columns)] for name, values in found.items()]
    return table(["false alarms, %", *columns], rows)


def power() -> str:
    found = RESULTS["power"]
    names = [name for name in found["dz 1.0"] if name != "simulations"]
    rows = [[name, *(one[name] if "mean" in name else percent(one[name]) for one in found.values())] for name in names]
    return table(["found, %", *found], [[str(cell) for cell in row] for row in rows])


def coverage() -> str:
    kinds = list(dict.fromkeys(name.rsplit(", n = ", 1)[0] for name in RESULTS["coverage"]))
    rows = []
    for kind in kinds:
        for method in ("ours", "student t"):
            cells = [percent(RESULTS["coverage"][f"{kind}, n = {n}"][method]) for n in SIZES]
            rows.append([kind, method, *cells])
    return table(["covered, %", "interval", *(f"n = {n}" for n in SIZES)], rows)


def widths() -> str:
    cells = [f"{RESULTS['coverage'][f'normal, n = {n}']['width of ours over t, median']:.2f}" for n in SIZES]
    return table(
        ["normal differences", *(f"n = {n}" for n in SIZES)], [["width of ours over Student's, median", *cells]]
    )


def groups() -> str:
    rows = [
        [name, percent(one["ours"]), percent(one["welch t"])] for name, one in RESULTS["coverage of groups"].items()
    ]
    return table(["two groups, covered, %", "ours", "welch t"], rows)


def shares() -> str:
    found = RESULTS["coverage of shares"]
    rows = [[name, percent(one["ours"]), percent(one["student t"])] for name, one in found.items()]
    return table(["yes or no, covered, %", "ours", "student t"], rows)


def speed() -> str:
    found = RESULTS["speed"]
    floor, ours = (found[name]["wall_ms"] for name in list(found)[1:3])
    return table(
        ["10,000 runs", "ms"],
        [[list(found)[1], f"{floor:.1f}"], [list(found)[2], f"{ours:.0f}"], ["ratio", f"{found['ratio']:.0f}"]],
    )


TABLES = (false_alarms, power, coverage, widths, groups, shares, speed)


def test_every_table_is_the_measured_one() -> None:
    text = (ROOT / "docs/statistics.md").read_text(encoding="utf-8")
    assert [one.__name__ for one in TABLES if one() not in text] == []
    lines = {line for one in TABLES for line in one().splitlines()}
    held = [line for line in text.splitlines() if line.startswith("| ") and any(c.isdigit() for c in line)]
    assert [line for line in held if line not in lines and not line.startswith("| `")] == []


def inside(name: str, low: float, high: float, values: Any) -> list[str]:
    return [f"{name}: {key} {one}" for key, one in values if not low <= one <= high]


def test_the_measured_figures_meet_the_bars() -> None:
    """A/A experiments at most 5 %; power 90 % at dz 1 by 15 pairs; coverage 93 to 97 % for n = 5 to 20; 300 ms."""
    true = list(RESULTS["false alarms"].items())[:5]
    assert inside("e-value", 0, 0.05, [(name, one["t e-value"]) for name, one in true]) == []
    assert inside("planned", 0, 0.05, [(name, one["planned 15, early stop"]) for name, one in true]) == []
    found = RESULTS["power"]["dz 1.0"]
    assert found["sign-flip at 15"] >= 0.9
    assert found["planned 15, early stop"] >= 0.9
    kept = [
        (name, one["ours"])
        for name, one in RESULTS["coverage"].items()
        if not name.startswith("very") and int(name.rsplit(" ", 1)[1]) >= 5
    ]
    assert len(kept) == 36
    assert inside("coverage", 0.93, 0.97, kept) == []
    assert RESULTS["speed"]["compare_all and settled"]["wall_ms"] < 300


if __name__ == "__main__":
    print("\n\n".join(one() for one in TABLES))
