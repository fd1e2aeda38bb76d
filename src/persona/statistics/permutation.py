"""Tests by rearrangement: how often would a difference as large arise if the labels meant nothing?

They assume no shape of the values. The sign-flip test asks that, without an effect, each difference could as well have
had the other sign, which holds for two equal variants whatever the metric.
"""

from __future__ import annotations

from collections.abc import Iterable
from math import comb
from typing import TYPE_CHECKING

from persona.errors import UsageError
from persona.model.comparisons import Tested
from persona.statistics.resampling import AT_ONCE, FLIPS, all_signs, all_splits, drawn_splits, drawn_turns
from persona.statistics.rows import in_order, row, scaled

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

EXACT_PAIRS = 14
"""Pairs up to which all 2^n signs are tried."""

EXACT_SPLITS = 20_000
"""Splits of two groups up to which all are tried, if they fit in memory."""

TOLERANCE = 1e-12
"""Sums closer than this, relative to the sum of sizes, are equal: they differ by rounding only."""


def least_p(n: int) -> float:
    """The smallest p that the sign-flip test of n pairs can reach: 2^(1-n), or 1/10,001 where signs are drawn."""
    if n < 1:
        return 1.0
    return 0.5 ** (n - 1) if n <= EXACT_PAIRS else 1 / (FLIPS + 1)


def least_pairs(alpha: float) -> int:
    """The fewest pairs with which the sign-flip test can be significant at ``alpha``: 6 at 0.05.

    Raises ``UsageError`` when ``alpha`` is outside of 0 to 1, or below what 10,000 drawn arrangements can show.
    """
    if not 0 < alpha < 1:
        raise UsageError(f"alpha is {alpha}; it lies between 0 and 1", code="comparison-setting", hints=["take 0.05"])
    for n in range(1, EXACT_PAIRS + 2):
        if least_p(n) <= alpha:
            return n
    raise UsageError(
        f"alpha is {alpha}; 10,000 drawn arrangements cannot show less than {least_p(EXACT_PAIRS + 1):.2g}",
        code="comparison-setting",
        hints=["take 0.05"],
    )


def least_split_p(n: int, n_baseline: int) -> float:
    """The smallest p that the permutation of two groups can reach: 2/C(n, k), or 2/10,001 where they are drawn."""
    count = comb(n + n_baseline, n)
    return min(1.0, 2 / count if _all_fit(count, n + n_baseline) else 2 / (FLIPS + 1))


def _all_fit(count: int, n: int) -> bool:
    return count <= EXACT_SPLITS and count * n <= 2 * AT_ONCE


def sign_flip(differences: Iterable[float], seed: int = 0) -> Tested:
    """Fisher's sign-flip test of paired differences (Fisher 1935, section 21), two-sided, by the size of their mean.

    All 2^n signs up to 14 pairs; then 10,000 random ones with p = (1 + as large) / (1 + 10,000) (Phipson and Smyth
    2010, doi:10.2202/1544-6115.1585). Raises ``InvalidInput`` for no or unusable values.
    """
    found = row(differences)
    return sign_flips(found[None, :], seed)[0]


def sign_flips(rows: Floats, seed: int = 0) -> list[Tested]:
    """The same for many rows at once."""
    import numpy as np

    small, exponents = scaled(rows)
    n = small.shape[1]
    total, slack = small.sum(axis=1), TOLERANCE * np.abs(small).sum(axis=1)
    least_sum = np.abs(total) - slack
    exact = n <= EXACT_PAIRS
    if exact:
        signs = all_signs(n)
        p = (np.abs(signs @ small.T) >= least_sum).mean(axis=0)
    else:
        larger = np.zeros(len(small))
        for turned in drawn_turns(n, seed):
            larger += (np.abs(total - 2 * (turned @ small.T)) >= least_sum).sum(axis=0)
        p = (1 + larger) / (1 + FLIPS)
    means = np.ldexp(total / n, exponents[:, 0])
    name = "exact sign-flip" if exact else "sign-flip, drawn"
    count, least = (2**n if exact else FLIPS), least_p(n)
    return [Tested(name, float(one), float(mean), exact, count, least) for one, mean in zip(p, means, strict=True)]


def permuted_difference(values: Iterable[float], baseline: Iterable[float], seed: int = 0) -> Tested:
    """The permutation test of a difference of means of two unpaired groups, two-sided as twice the smaller side.

    All C(n, k) splits where there are at most 20,000, otherwise 10,000 random ones with one added to both counts. It
    tests that the two groups are the same in every way; where spreads differ, read Brunner-Munzel beside it.
    Raises ``InvalidInput`` for no or unusable values.
    """
    import numpy as np

    first, second, exchanged = in_order(row(values), row(baseline))
    both, exponents = scaled(np.concatenate([first, second])[None, :])
    pool = both[0]
    n, count = len(first), comb(len(pool), len(first))
    exact = _all_fit(count, len(pool))
    total, slack = pool[:n].sum(), TOLERANCE * np.abs(pool).sum()
    lower, higher = (0, 0) if exact else (1, 1)
    for splits in [all_splits(len(pool), n)] if exact else drawn_splits(len(pool), n, seed):
        sums = splits @ pool  # with both sizes fixed, the sum of one group orders the splits as the difference does
        lower += int((sums <= total + slack).sum())
        higher += int((sums >= total - slack).sum())
    p = min(1.0, 2 * min(lower, higher) / (count if exact else 1 + FLIPS))
    difference = float(np.ldexp(pool[:n].mean() - pool[n:].mean(), exponents[0, 0])) * (-1 if exchanged else 1)
    name = "exact permutation of groups" if exact else "permutation of groups, drawn"
    return Tested(name, p, difference, exact, count if exact else FLIPS, least_split_p(n, len(second)))


def brunner_munzel(values: Iterable[float], baseline: Iterable[float]) -> Tested:
    """The test of Brunner and Munzel (2000, doi:10.1002/(SICI)1521-4036(200001)42:1<17::AID-BIMJ17>3.0.CO;2-U).

    Whether a value of one group tends to be larger than one of the other, with unequal spreads allowed; p by the t
    distribution with their degrees of freedom. ``p`` is None where no value of one group lies among the other's:
    the statistic is then infinite. Raises ``InvalidInput`` for fewer than 2 or unusable values.
    """
    import numpy as np
    from scipy.special import stdtr

    first, second = row(values, 2), row(baseline, 2)
    n, m = len(first), len(second)
    both = average_ranks(np.concatenate([first, second])[None, :])[0]
    name = "brunner-munzel"
    inside, outside = average_ranks(first[None, :])[0], both[:n]
    inside2, outside2 = average_ranks(second[None, :])[0], both[n:]
    variance = np.square(outside - inside - outside.mean() + inside.mean()).sum() / (n - 1)
    variance2 = np.square(outside2 - inside2 - outside2.mean() + inside2.mean()).sum() / (m - 1)
    error = n * variance + m * variance2
    if error <= 0:
        return Tested(name, None, None, False, 0, note="the two groups do not overlap, or all values are equal")
    statistic = n * m * float(outside.mean() - outside2.mean()) / ((n + m) * float(np.sqrt(error)))
    freedom = error**2 / ((n * variance) ** 2 / (n - 1) + (m * variance2) ** 2 / (m - 1))
    p = min(1.0, 2 * float(stdtr(freedom, -abs(statistic))))
    return Tested(name, p, statistic, False, 0)


def average_ranks(rows: Floats) -> Floats:
    """The ranks of each row from 1, equal values sharing the mean of theirs."""
    import numpy as np

    n = rows.shape[1]
    order = np.argsort(rows, axis=1, kind="stable")
    ordered = np.take_along_axis(rows, order, axis=1)
    new = np.ones(rows.shape, dtype=bool)
    new[:, 1:] = ordered[:, 1:] != ordered[:, :-1]
    places = np.arange(n)
    first = np.maximum.accumulate(np.where(new, places, 0), axis=1)
    ends = np.ones(rows.shape, dtype=bool)
    ends[:, :-1] = new[:, 1:]
    last = np.minimum.accumulate(np.where(ends, places, n)[:, ::-1], axis=1)[:, ::-1]
    ranks = np.empty(rows.shape)
    np.put_along_axis(ranks, order, (first + last) / 2 + 1, axis=1)
    return ranks
