"""Shares of successes, such as the runs whose personas are valid: counted, not averaged."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from persona.errors import UsageError
from persona.model.comparisons import Interval, Share, Tested

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

NODES = 256
"""Points of the integral behind the interval of a difference: eight times as many change an end by less than 0.0001."""


def mcnemar(only_variant: int, only_baseline: int) -> Tested:
    """McNemar's exact test (1947, doi:10.1007/BF02295996) of paired yes and no.

    Of the pairs in which just one of the two succeeded: p = 2 P(Binomial(n, 1/2) <= the smaller count), at most 1.
    """
    from scipy.special import bdtr

    _whole(only_variant, only_baseline)
    n, fewer = only_variant + only_baseline, min(only_variant, only_baseline)
    p = min(1.0, 2 * float(bdtr(fewer, n, 0.5))) if n else 1.0
    least = min(1.0, 2.0 ** (1 - n))
    return Tested("exact mcnemar", p, float(only_variant - only_baseline), True, n + 1, least)


def share_interval(successes: int, trials: int, confidence: float = 0.95) -> Share:
    """A share with its Jeffreys interval: quantiles of Beta(successes + 1/2, failures + 1/2).

    The end is 0 without successes and 1 without failures (Brown, Cai and DasGupta 2001, doi:10.1214/ss/1009213286).
    Raises ``UsageError`` for no trials or more successes than trials.
    """
    from scipy.special import betaincinv

    _whole(successes, trials - successes, trials - 1)
    tail, failures = (1 - confidence) / 2, trials - successes
    low = float(betaincinv(successes + 0.5, failures + 0.5, tail)) if successes else 0.0
    high = float(betaincinv(successes + 0.5, failures + 0.5, 1 - tail)) if failures else 1.0
    return Share(successes / trials, Interval(low, high, confidence, "jeffreys"), (successes,), trials)


def share_difference(only_variant: int, only_baseline: int, trials: int, confidence: float = 0.95) -> Share:
    """The variant's share of successes less the baseline's, over the same ``trials`` pairs, with a Jeffreys interval.

    The four cells (both, only one, only the other, none) get Jeffreys' prior, Dirichlet(1/2, 1/2, 1/2, 1/2). Then the
    share s of pairs that differ is Beta(differing + 1, the rest + 1), the part r of them won by the variant is
    Beta(won + 1/2, lost + 1/2), independent of s, and the difference is s (2r - 1). Its quantiles are found by
    integrating over s, without random draws. Raises ``UsageError`` for counts that do not fit together.
    """
    _whole(only_variant, only_baseline, trials - only_variant - only_baseline, trials - 1)
    tail = (1 - confidence) / 2
    low = _difference_quantile(only_variant, only_baseline, trials, tail)
    high = -_difference_quantile(only_baseline, only_variant, trials, tail)  # the mirror image, exactly
    value = (only_variant - only_baseline) / trials
    return Share(value, Interval(low, high, confidence, "jeffreys, paired"), (only_variant, only_baseline), trials)


@lru_cache(maxsize=1)
def _nodes() -> tuple[Floats, Floats]:
    """Points and weights from -1 to 1 by Fejér's first rule (1933), which needs no solver."""
    import numpy as np

    angles = (np.arange(NODES) + 0.5) * np.pi / NODES
    j = np.arange(1, NODES // 2)[:, None]
    sums = (np.cos(2 * j * angles) / (4 * j * j - 1)).sum(axis=0)
    return np.cos(angles), 2 / NODES * (1 - 2 * sums)


@lru_cache(maxsize=1024)
def _difference_quantile(won: int, lost: int, trials: int, chance: float) -> float:
    import numpy as np
    from scipy.special import betainc, betaincinv

    differing = won + lost
    at, weights = _nodes()
    shares = betaincinv(differing + 1.0, trials - differing + 1.0, (at + 1) / 2)
    low, high = -1.0, 1.0
    for _ in range(40):
        middle = (low + high) / 2
        parts = np.clip((1 + middle / shares) / 2, 0.0, 1.0)
        below = float((weights / 2 * betainc(won + 0.5, lost + 0.5, parts)).sum())
        low, high = (middle, high) if below < chance else (low, middle)
    return (low + high) / 2


def _whole(*counts: int) -> None:
    if any(one < 0 for one in counts):
        raise UsageError(
            "counts of successes do not fit the number of trials",
            code="comparison-setting",
            hints=["there is at least 1 trial, and no more successes than trials"],
        )
