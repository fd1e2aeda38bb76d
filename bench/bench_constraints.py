"""Checking accounts by PROV-CONSTRAINTS: CPU seconds at 20,000 and at 100,000 things, and the ratio."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from typing import Any

from harness import report

from persona.lineage.constraints.check import check
from persona.lineage.prov.held import Held
from persona.model.prov import Kind, Statement

SIZES = (20_000, 100_000)


def account(statements: Iterable[Statement]) -> Held:
    by_kind: dict[Kind, list[Statement]] = {}
    for one in statements:
        by_kind.setdefault(one.kind, []).append(one)
    return Held({"ex": "http://example.org/"}, {None: by_kind})


def entities(count: int) -> list[Statement]:
    return [Statement("entity", f"ex:e{at}") for at in range(count)]


def chain(count: int) -> list[Statement]:
    pairs = ((f"ex:e{at}", f"ex:e{at - 1}") for at in range(1, count))
    return [*entities(count), *(Statement("wasDerivedFrom", None, (*pair, None, None, None)) for pair in pairs)]


def circle(count: int) -> list[Statement]:
    return [*chain(count), Statement("wasDerivedFrom", None, ("ex:e0", f"ex:e{count - 1}", None, None, None))]


def steps(count: int) -> list[Statement]:
    told = entities(count)
    for at in range(1, count):
        activity, made, used = f"ex:a{at}", f"ex:e{at}", f"ex:e{at - 1}"
        told += [
            Statement("activity", activity, (None, None)),
            Statement("wasGeneratedBy", f"ex:g{at}", (made, activity, None)),
            Statement("used", f"ex:u{at}", (activity, used, None)),
            Statement("wasDerivedFrom", None, (made, used, activity, f"ex:g{at}", f"ex:u{at}")),
        ]
    return told


def conflicts(count: int) -> list[Statement]:
    return [Statement("wasGeneratedBy", "ex:g", (f"ex:e{at}", None, None)) for at in range(count)]


def seconds(make: Callable[[int], list[Statement]], count: int) -> tuple[float, int]:
    held = account(make(count))
    begun = time.process_time()
    verdict = check(held)
    return time.process_time() - begun, verdict.statements


def main() -> None:
    """Measure and report."""
    found: dict[str, Any] = {}
    for make in (chain, circle, steps, conflicts):
        small, _ = seconds(make, SIZES[0])
        large, statements = seconds(make, SIZES[1])
        found[make.__name__] = {
            "statements": statements,
            "s": round(large, 2),
            "ratio": round(large / small, 2),
        }
    report(
        "constraints",
        "an account held against PROV-CONSTRAINTS; s: CPU seconds at 100,000 things; ratio: over those at 20,000",
        "near 5",
        found,
    )


if __name__ == "__main__":
    main()
