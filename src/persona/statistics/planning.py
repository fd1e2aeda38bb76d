"""How many pairs a question needs.

The power is that of the paired t test; the sign-flip test has nearly the same (``docs/statistics.md`` gives both).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Literal

from persona.errors import UsageError
from persona.model.comparisons import MorePairs
from persona.statistics.permutation import least_pairs

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

MOST = 1000
"""More pairs than this are told as "more than 1,000"."""

POWER = 0.8

Aim = Literal["different", "beyond", "equivalent"]


def power_of_pairs(n: int, effect: float, alpha: float = 0.05) -> float:
    """The chance, 0 to 1, that a two-sided paired t test of n pairs is significant when Cohen's dz is ``effect``.

    By the noncentral t distribution (Cohen 1988, chapter 2). 0 below 2 pairs.
    """
    import numpy as np

    return float(_power(np.array([float(n)]), np.array([abs(effect)]), alpha)[0])


def pairs_needed(effect: float, power: float = POWER, alpha: float = 0.05) -> int | None:
    """The fewest pairs with this power at Cohen's dz ``effect``; None when more than 1,000 are needed.

    Never fewer than the sign-flip test needs to be significant at all. Raises ``UsageError`` for settings out of range.
    """
    import numpy as np

    if not 0 < power < 1:
        raise UsageError(
            f"the power is {power}; it lies between 0 and 1", code="comparison-setting", hints=["take 0.8"]
        )
    found = _search(lambda n: _power(n, np.array([abs(effect)]), alpha), np.zeros(1), power, least_pairs(alpha))
    return int(found[0]) if found[0] <= MOST else None


def more_pairs(
    mean: Floats, sd: Floats, n: int, smallest: list[float | None], alpha: float, power: float = POWER
) -> list[tuple[MorePairs, ...]]:
    """For each observed mean and standard deviation of n differences, how many more pairs would settle what.

    It takes the observed values for the truth, which flatters a difference that was picked because it was large.
    An aim that the observed values already lie on the wrong side of is left out.
    """
    import numpy as np

    size = np.abs(mean)
    delta = np.array([np.nan if one is None else one for one in smallest])
    safe = np.where(sd > 0, sd, 1.0)
    flat = ~(sd > 0)
    start, least = np.full(len(mean), float(n)), least_pairs(alpha)
    with np.errstate(over="ignore"):
        effect, above, inside = size / safe, (size - delta) / safe, ((delta - size) / safe, (delta + size) / safe)
    rows: list[tuple[Aim, NDArray[np.bool_], Floats]] = []
    needed = _search(lambda n: _power(n, effect, alpha), start, power, least)
    rows.append(("different", size > 0, np.where(flat, max(n, least), needed)))
    needed = _search(lambda n: _one_sided(n, above, alpha), start, power, 3)
    rows.append(("beyond", size > delta, np.where(flat, max(n, 3), needed)))
    needed = _search(lambda n: _one_sided(n, inside[0], alpha) + _one_sided(n, inside[1], alpha) - 1, start, power, 3)
    rows.append(("equivalent", size < delta, np.where(flat, max(n, 3), needed)))
    found: list[tuple[MorePairs, ...]] = []
    for at in range(len(mean)):
        aims = []
        for aim, possible, total in rows:
            if possible[at]:
                more = int(total[at]) - n
                aims.append(MorePairs(aim, min(more, MOST), more > MOST, power))
        found.append(tuple(aims))
    return found


def _search(reached: Callable[[Floats], Floats], start: Floats, power: float, least: int) -> Floats:
    """The fewest pairs, above ``start`` by 0 to 1,001, at which the power is reached; by halving, all rows at once."""
    import numpy as np

    low = np.maximum(start, least) - 1.0
    high = np.maximum(start, least) + MOST + 1.0
    while bool(np.any(high - low > 1)):
        middle = np.floor((low + high) / 2)
        enough = reached(middle) >= power
        low, high = np.where(enough, low, middle), np.where(enough, middle, high)
    return high


def _power(n: Floats, effect: Floats, alpha: float) -> Floats:
    """Two-sided, for positive effects."""
    import numpy as np
    from scipy.special import nctdtr, stdtrit

    freedom = np.maximum(n - 1, 1.0)
    bar, away = stdtrit(freedom, 1 - alpha / 2), np.minimum(effect, 30.0) * np.sqrt(n)
    found = 1 - nctdtr(freedom, away, bar) + nctdtr(freedom, away, -bar)
    return np.asarray(np.where(n >= 2, np.nan_to_num(found, nan=1.0), 0.0))


def _one_sided(n: Floats, effect: Floats, alpha: float) -> Floats:
    """The chance that one end of the interval lies on the right side of a bound that is ``effect`` away."""
    import numpy as np
    from scipy.special import nctdtr, stdtrit

    freedom = np.maximum(n - 1, 1.0)
    away = np.clip(effect, -30.0, 30.0) * np.sqrt(n)
    found = 1 - nctdtr(freedom, np.maximum(away, 0.0), stdtrit(freedom, 1 - alpha / 2))
    return np.asarray(np.where((n >= 2) & (away > 0), np.nan_to_num(found, nan=1.0), 0.0))
