"""More than two variants over the same blocks."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from persona.errors import UsageError
from persona.model.comparisons import Direction, Several
from persona.statistics.comparing import Question, compare_all
from persona.statistics.friedman import friedman
from persona.statistics.pairing import known
from persona.statistics.rows import tied
from persona.statistics.verdicts import LEAST_VALUES, settled


def compare_several(
    variants: Mapping[str, Mapping[Any, float | None]],
    *,
    metric: str = "",
    direction: Direction = "up",
    smallest: float | None = None,
    alpha: float = 0.05,
    seed: int = 0,
    each: bool = True,
) -> Several:
    """At least 3 variants over the same keys: Friedman's test by permutation, then each pair of them with Holm.

    The pairs are tested whatever the first test says, which Holm's adjustment allows; the first says whether there is
    anything at all. Without ``each`` only that is said. It uses the keys for which every variant has a value; each pair
    uses the keys of its own two.
    Raises ``UsageError`` for fewer than 3 variants or settings out of range.
    """
    from itertools import combinations

    import numpy as np

    names = list(variants)
    if len(names) < 3:
        raise UsageError(
            f"{len(names)} variants are no several", code="comparison-setting", hints=["compare two variants by pairs"]
        )
    common = set(variants[names[0]]).intersection(*(variants[name] for name in names[1:]))
    keys = [key for key in variants[names[0]] if key in common]
    columns = [known([variants[name][key] for key in keys]) for name in names]
    dropped = 0
    if any(lost for _, lost in columns):
        whole = [key for key in keys if not any(known([variants[name][key]])[1] for name in names)]
        dropped, keys = len(keys) - len(whole), whole
        columns = [known([variants[name][key] for key in keys]) for name in names]
    omnibus = None
    if len(keys) >= LEAST_VALUES:
        table = np.concatenate([values for values, _ in columns])
        table = tied(table, float(np.abs(table).max()), signed=True).reshape(len(names), len(keys))
        omnibus = friedman(list(table), seed)
    pairs = compare_all(
        [
            Question(variants[one], variants[other], metric, one, other, direction, smallest)
            for other, one in (combinations(names, 2) if each else ())
        ],
        alpha=alpha,
        seed=seed,
    )
    return Several(metric, tuple(names), len(keys), dropped, omnibus, tuple(settled(pairs, "holm")))
