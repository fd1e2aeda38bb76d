"""Values to compare: a baseline that rises, and a variant that lies a shift and some noise above it."""

from __future__ import annotations

from typing import Any

from persona.model.comparisons import Comparison
from persona.statistics import compare_pairs

NOISE = [0.03, -0.05, 0.02, 0.06, -0.04, 0.01, -0.02, 0.05, -0.01, -0.03]


def sides(shift: float, n: int = 10) -> tuple[dict[str, float], dict[str, float]]:
    base = {f"set/{at}": 0.5 + at / 40 for at in range(n)}
    return {key: value + shift + NOISE[at] for at, (key, value) in enumerate(base.items())}, base


def compared(shift: float, n: int = 10, **settings: Any) -> Comparison:
    return compare_pairs(*sides(shift, n), metric="diversity", **settings)
