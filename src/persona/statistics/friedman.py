"""Friedman's test of more than two variants over the same blocks, by rearrangement instead of by a table."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from math import factorial
from typing import TYPE_CHECKING

from persona.errors import UsageError
from persona.model.comparisons import Tested
from persona.statistics.permutation import EXACT_SPLITS, average_ranks
from persona.statistics.resampling import FLIPS, drawn_orders
from persona.statistics.rows import row

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

MANY_BLOCKS = 200
"""Blocks from which rearranging costs seconds and tells what the chi-squared distribution does."""


def friedman(variants: Sequence[Iterable[float]], seed: int = 0) -> Tested:
    """Whether any of at least 3 variants differs from the others; each is a row of values over the same blocks.

    The statistic is Friedman's (1937, doi:10.1080/01621459.1937.10503522) with the correction for ties. Its p counts
    the orders of the variants within the blocks that give as large a statistic: all (k!)^(n-1) of them where these are
    at most 20,000 (the first block may be kept), otherwise 10,000 random ones with one added to both counts. From
    ``MANY_BLOCKS`` on the chi-squared distribution with k - 1 degrees of freedom stands in, as in the original. Raises
    ``UsageError`` for fewer than 3 variants or rows of unequal length, ``InvalidInput`` for unusable values.
    """
    import numpy as np

    table = [row(one) for one in variants]
    if len(table) < 3 or len({len(one) for one in table}) != 1:
        raise UsageError(
            "at least 3 variants with a value each in every block are needed",
            code="comparison-setting",
            hints=["compare two variants by pairs"],
        )
    k, n = len(table), len(table[0])
    ranks = average_ranks(np.stack(table, axis=1))
    total = _spread(ranks.sum(axis=0))
    arrangements = factorial(k) ** (n - 1)
    exact = arrangements <= EXACT_SPLITS
    least = float(factorial(k)) ** (1 - n) if exact else 1 / (FLIPS + 1)
    name = "exact friedman permutation" if exact else "friedman permutation, drawn"
    squares = float(np.square(ranks - (k + 1) / 2).sum())
    if squares == 0:
        return Tested(name, 1.0, 0.0, exact, arrangements if exact else FLIPS, least, "all values are equal")
    statistic = float(total) * (k - 1) / squares
    if n >= MANY_BLOCKS:
        from scipy.special import chdtrc

        return Tested("friedman, chi-squared", float(chdtrc(k - 1, statistic)), statistic, False, 0)
    slack = 1e-9 * max(1.0, float(total))  # rank sums are halves of whole numbers
    if exact:
        p = float((_spread(_all_sums(ranks)) >= total - slack).mean())
    else:
        larger = 0
        for orders in drawn_orders(n, k, seed):
            sums = np.take_along_axis(np.broadcast_to(ranks, orders.shape), orders, axis=2).sum(axis=1)
            larger += int((_spread(sums) >= total - slack).sum())
        p = (1 + larger) / (1 + FLIPS)
    return Tested(name, p, statistic, exact, arrangements if exact else FLIPS, least)


def _spread(sums: Floats) -> Floats:
    """The sum of squares of rank sums around their mean: the only part of the statistic that an order changes."""
    import numpy as np

    return np.asarray(np.square(sums - sums.mean(axis=-1, keepdims=True)).sum(axis=-1))


def _all_sums(ranks: Floats) -> Floats:
    """The rank sums of every arrangement of the blocks after the first."""
    from itertools import permutations

    import numpy as np

    if len(ranks) == 1:
        return ranks
    k = ranks.shape[1]
    orders = np.array(list(permutations(range(k))), dtype=np.intp)
    sums = ranks[:1]
    for block in ranks[1:]:
        sums = (sums[:, None, :] + block[orders][None, :, :]).reshape(-1, k)
    return sums
