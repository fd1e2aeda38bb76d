"""Chance that can be replayed: child seeds and draws from softmax(score / temperature)."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


def child_seed(root: int, purpose: str, index: int = 0) -> int:
    """A seed of 63 bits for one purpose: SHA-256 of root, purpose and index.

    A new step takes a new purpose, so adding it never shifts another step's chance.
    """
    text = f"{root}\0{purpose}\0{index}".encode()
    return int.from_bytes(hashlib.sha256(text).digest()[:8], "big") >> 1


class Chooser:
    """Choices among scores. Temperature 0 takes the best (the first of equals), whatever the seed."""

    def __init__(self, temperature: float, seed: int, purpose: str, scale: float) -> None:
        """``scale`` is the spread of scores that temperature 1 should blur: scores are divided by T * scale."""
        self._width = temperature * scale
        self._seed = child_seed(seed, purpose)
        self._drawn = 0

    def pick(self, scores: NDArray[np.float64]) -> int:
        """The index of the chosen score. Scores of -inf are never chosen."""
        import numpy as np

        rounded = np.round(scores, 6)
        if self._width <= 0:
            return int(np.argmax(rounded))
        generator = np.random.Generator(np.random.PCG64(child_seed(self._seed, "draw", self._drawn)))
        self._drawn += 1
        weights = np.exp((rounded - rounded.max()) / self._width)
        edges = np.cumsum(weights / weights.sum())
        return min(int(np.searchsorted(edges, generator.random())), len(edges) - 1)
