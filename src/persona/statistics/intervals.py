"""Intervals for a mean and for a difference of means, from few values.

From 5 values on the interval is the studentised bootstrap, below it Student's t. Percentile and BCa intervals cover
far less than they say at such sizes. ``bench/bench_statistics.py`` measured over normal, beta, coarse and skewed
differences: Student's t is right for the first three and falls below 90 % for skewed ones; the studentised bootstrap
keeps 93 % there too, and is the wider one below n = 10. Very skewed differences (skewness 6) need more than 20 values
with any of them. Each end is kept within bounds that are told in units of Student's quantile; see ``NEAREST``.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Literal

from persona.model.comparisons import Interval
from persona.statistics.resampling import DRAWS, shares
from persona.statistics.rows import in_order, mean_and_sd, row, scaled

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

Method = Literal["auto", "t", "bootstrap"]

FEWEST, MOST = 5, 1000
"""Numbers of values between which the bootstrap is taken; beyond, the t interval does not differ noticeably."""

NEAREST, NEAREST_GROUPS, FARTHEST = 0.85, 0.95, 4.0
"""How far each end lies from the mean, in Student's quantiles, at least and at most.

The least helps skewed differences, above all of groups of which one is skewed and more spread out, where the
bootstrap alone covers 92 %; with these all measured kinds but the very skewed reach 93 %. The
most bounds the case of nearly equal values, where samples without spread put the quantile at infinity; it changes no
coverage.
"""

AT_ONCE = 400
"""Rows whose samples are held in memory at a time."""


def mean_interval(
    values: Iterable[float], confidence: float = 0.95, method: Method = "auto", seed: int = 0
) -> Interval:
    """The interval of the mean of at least 2 values; for paired variants, of their differences.

    Student: mean +- t(n-1) s/sqrt(n). Studentised bootstrap (Efron and Tibshirani 1993, chapter 12.5; Davison and
    Hinkley 1997, chapter 5.2): (mean - q_high s/sqrt(n), mean - q_low s/sqrt(n)), q the quantiles of
    sqrt(n) (mean* - mean)/s* over 2,000 samples, within bounds. Raises ``InvalidInput`` for fewer than 2 or unusable
    values.
    """
    low, high, name = mean_intervals(row(values, 2)[None, :], confidence, method, seed)
    return Interval(float(low[0]), float(high[0]), confidence, name[0])


def mean_intervals(
    rows: Floats, confidence: float = 0.95, method: Method = "auto", seed: int = 0
) -> tuple[Floats, Floats, list[str]]:
    """The same for many rows at once: lows, highs and methods."""
    import numpy as np
    from scipy.special import stdtrit

    small, exponents = scaled(rows)
    n = small.shape[1]
    mean, sd = mean_and_sd(small)
    student = float(stdtrit(n - 1, 0.5 + confidence / 2))
    bootstrap = method == "bootstrap" or (method == "auto" and FEWEST <= n <= MOST)
    if bootstrap:
        below, above = _quantiles(small, mean, sd, confidence, seed)
        below, above = _bounded(below, above, student, NEAREST)
    else:
        below, above = np.full(len(small), -student), np.full(len(small), student)
    error = sd / np.sqrt(n)
    name = "studentised bootstrap" if bootstrap else "student t"
    low, high = _back(mean - above * error, exponents), _back(mean - below * error, exponents)
    return low, high, ["no spread" if one == 0 else name for one in sd]


def difference_interval(
    values: Iterable[float],
    baseline: Iterable[float],
    confidence: float = 0.95,
    method: Method = "auto",
    seed: int = 0,
) -> Interval:
    """The interval of the mean of ``values`` minus the mean of ``baseline``, at least 2 each and not paired.

    Welch (1947): the standard error is sqrt(s1^2/n1 + s2^2/n2), with the degrees of freedom of Satterthwaite. The
    studentised bootstrap draws from each group by itself and divides by the same error. Raises ``InvalidInput``.
    """
    import numpy as np
    from scipy.special import stdtrit

    first, second, exchanged = in_order(row(values, 2), row(baseline, 2))
    both, exponents = scaled(np.concatenate([first, second])[None, :])
    one, other = both[:, : len(first)], both[:, len(first) :]
    (mean1, sd1), (mean2, sd2) = mean_and_sd(one), mean_and_sd(other)
    part1, part2 = float(sd1[0] ** 2 / len(first)), float(sd2[0] ** 2 / len(second))
    difference, error = mean1 - mean2, np.sqrt(np.array([part1 + part2]))
    if error[0] == 0:
        value = float(_back(difference, exponents)[0]) * (-1 if exchanged else 1)
        return Interval(value, value, confidence, "no spread")
    freedom = (part1 + part2) ** 2 / (part1**2 / (len(first) - 1) + part2**2 / (len(second) - 1))
    student = float(stdtrit(freedom, 0.5 + confidence / 2))
    below, above, name = -student, student, "welch t"
    within = min(len(first), len(second)) >= FEWEST and max(len(first), len(second)) <= MOST
    if method == "bootstrap" or (method == "auto" and within):
        drawn, error1 = _drawn(one, mean1, seed, 1)
        against, error2 = _drawn(other, mean2, seed, 2)
        low, high = _tails(_ratio(drawn - against, error1 + error2, float(part1 + part2)), confidence)
        low, high = _bounded(low, high, student, NEAREST_GROUPS)
        below, above = float(low[0]), float(high[0])
        name = "studentised bootstrap"
    low_end, high_end = _back(difference - above * error, exponents), _back(difference - below * error, exponents)
    ends = float(low_end[0]), float(high_end[0])
    return Interval(-ends[1], -ends[0], confidence, name) if exchanged else Interval(*ends, confidence, name)


def _quantiles(rows: Floats, mean: Floats, sd: Floats, confidence: float, seed: int) -> tuple[Floats, Floats]:
    """The outer quantiles of the studentised mean over the samples, for each row."""
    import numpy as np

    n = rows.shape[1]
    unit = (rows - mean[:, None]) / np.where(sd > 0, sd, 1.0)[:, None]
    lows, highs = [], []
    for start in range(0, len(unit), AT_ONCE):
        piece = unit[start : start + AT_ONCE]
        drawn, error = _drawn(piece, np.zeros(len(piece)), seed, 0)
        low, high = _tails(_ratio(drawn, error, 1.0 / n), confidence)
        lows.append(low)
        highs.append(high)
    return np.concatenate(lows), np.concatenate(highs)


def _drawn(rows: Floats, centre: Floats, seed: int, side: int) -> tuple[Floats, Floats]:
    """Means of the samples less the centre, and their squared standard errors: shapes (DRAWS, rows)."""
    n = rows.shape[1]
    weights = shares(n, seed, side)
    away = rows - centre[:, None]
    mean = weights @ away.T
    return mean, (weights @ (away * away).T - mean * mean) / (n - 1)


def _ratio(difference: Floats, squared: Floats, usual: float) -> Floats:
    """Differences in standard errors. A sample without spread counts as infinitely far on its side."""
    import numpy as np

    spread = squared > usual * 1e-12
    found: Floats = difference / np.sqrt(np.where(spread, squared, 1.0))
    if spread.all():
        return found
    far = np.where(difference > 0, np.inf, np.where(difference < 0, -np.inf, 0.0))
    return np.asarray(np.where(spread, found, far))


def _tails(ratios: Floats, confidence: float) -> tuple[Floats, Floats]:
    """The k-th smallest and k-th largest of each column, k = (draws + 1)(1 - confidence)/2: mirror images."""
    import numpy as np

    k = max(1, int((DRAWS + 1) * (1 - confidence) / 2 + 1e-9))
    ordered = np.partition(ratios, (k - 1, DRAWS - k), axis=0)
    return ordered[k - 1], ordered[DRAWS - k]


def _bounded(below: Floats, above: Floats, student: float, nearest: float) -> tuple[Floats, Floats]:
    import numpy as np

    near, far = nearest * student, FARTHEST * student
    return np.clip(below, -far, -near), np.clip(above, near, far)


def _back(values: Floats, exponents: NDArray[np.int_]) -> Floats:
    import numpy as np

    return np.asarray(np.ldexp(values, exponents[:, 0]), dtype=np.float64)
