"""Random draws that every comparison of the same size shares, so that they are made once and always the same."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

DRAWS = 2000
"""Samples of a bootstrap."""

FLIPS = 10_000
"""Random arrangements of a permutation test where all of them are too many."""

AT_ONCE = 2_000_000
"""Values of arrangements held in memory at a time."""

CLOSE = 50_000
"""Values that stay in the nearest memory of a processor while they are made and used."""

_BOOTSTRAP, _SIGNS, _SPLITS, _RANKS = 1, 2, 3, 4


def pieces(n: int) -> Iterator[int]:
    """``FLIPS`` in parts that fit in memory, each arrangement being of n values."""
    most = max(1, AT_ONCE // n)
    for start in range(0, FLIPS, most):
        yield min(most, FLIPS - start)


def generator(kind: int, n: int, seed: int) -> np.random.Generator:
    """Random numbers of their own for each kind of draw, each size and each seed."""
    import numpy as np

    return np.random.default_rng([kind, n, seed])


@lru_cache(maxsize=8)
def shares(n: int, seed: int = 0, side: int = 0) -> Floats:
    """Which share of each of ``DRAWS`` samples with replacement each of n values has: shape (DRAWS, n), rows sum to 1.

    A sample's mean is then one product of matrices, for all comparisons at once. ``side`` tells two groups apart.
    """
    import numpy as np

    drawn = generator(_BOOTSTRAP + 10 * side, n, seed).integers(0, n, size=(DRAWS, n))
    flat = (drawn + np.arange(DRAWS)[:, None] * n).ravel()
    found = np.bincount(flat, minlength=DRAWS * n).reshape(DRAWS, n) / n
    found.setflags(write=False)
    return found


@lru_cache(maxsize=16)
def all_signs(n: int) -> Floats:
    """Every way to give n differences a sign, with the first one kept: the other half is its mirror image."""
    import numpy as np

    bits = (np.arange(2 ** (n - 1))[:, None] >> np.arange(n)[None, :]) & 1  # the last column is always 0
    found = np.ascontiguousarray((1.0 - 2.0 * bits)[:, ::-1], dtype=np.float64)
    found.setflags(write=False)
    return found


def drawn_turns(n: int, seed: int = 0) -> Iterator[Floats]:
    """``FLIPS`` random ways to give n differences a sign, in pieces: 1 where a difference is turned round, else 0."""
    import numpy as np

    random = generator(_SIGNS, n, seed)
    width = -(-n // 8)
    few = max(1, CLOSE // n)
    for size in pieces(n):
        packed = random.integers(0, 256, (size, width), dtype=np.uint8)
        for at in range(0, size, few):
            yield np.unpackbits(packed[at : at + few], axis=1, count=n).astype(np.float64)


@lru_cache(maxsize=4)
def all_splits(n: int, first: int) -> Floats:
    """Every way to take ``first`` of n values for the first group: 1 where a value is in it. Row 0 is the real one."""
    from itertools import combinations
    from math import comb

    import numpy as np

    count = comb(n, first)
    places = np.fromiter(
        (at for one in combinations(range(n), first) for at in one), dtype=np.intp, count=count * first
    )
    found = np.zeros((count, n))
    found[np.repeat(np.arange(count), first), places] = 1.0
    found.setflags(write=False)
    return found


def drawn_splits(n: int, first: int, seed: int = 0) -> Iterator[Floats]:
    """``FLIPS`` random ways to take ``first`` of n values for the first group, in pieces."""
    import numpy as np

    random = generator(_SPLITS, n, seed)
    for size in pieces(n):
        chosen = np.argpartition(random.random((size, n)), first - 1, axis=1)[:, :first]
        piece = np.zeros((size, n))
        np.put_along_axis(piece, chosen, 1.0, axis=1)
        yield piece


def drawn_orders(blocks: int, k: int, seed: int = 0) -> Iterator[NDArray[np.intp]]:
    """``FLIPS`` random orders of k variants within each of some blocks: pieces of shape (some, blocks, k)."""
    import numpy as np

    random = generator(_RANKS, blocks * 1000 + k, seed)
    for size in pieces(blocks * k):
        yield np.argsort(random.random((size, blocks, k)), axis=2)
