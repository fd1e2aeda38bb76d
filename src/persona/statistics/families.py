"""Adjusting p values when several questions are asked of one experiment."""

from __future__ import annotations

from collections.abc import Sequence

from persona.errors import UsageError


def holm(p: Sequence[float]) -> list[float]:
    """Holm's adjusted p values (1979, https://www.jstor.org/stable/4615733), in the order given.

    At most a share alpha of families has any false alarm among those at or below alpha, however they hang together.
    """
    order, count = _ordered(p), len(p)
    found, most = [0.0] * count, 0.0
    for at, index in enumerate(order):
        most = max(most, min(1.0, (count - at) * p[index]))
        found[index] = most
    return found


def benjamini_hochberg(p: Sequence[float]) -> list[float]:
    """Benjamini and Hochberg's adjusted p values (1995, doi:10.1111/j.2517-6161.1995.tb02031.x), in the order given.

    Of those at or below alpha, at most a share alpha is false on average: for looking around, not for proof.
    """
    order, count = _ordered(p), len(p)
    found, least = [0.0] * count, 1.0
    for at in range(count - 1, -1, -1):
        index = order[at]
        least = min(least, count / (at + 1) * p[index])
        found[index] = least
    return found


def _ordered(p: Sequence[float]) -> list[int]:
    if any(not 0 <= one <= 1 for one in p):
        raise UsageError("a p value lies outside of 0 to 1", code="comparison-setting")
    return sorted(range(len(p)), key=lambda at: p[at])
