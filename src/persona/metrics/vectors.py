"""The vector space in which metrics compare texts, handed in by whoever measures."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


class Space:
    """Unit vectors of texts, each computed once."""

    def __init__(self, embed: Callable[[Sequence[str]], NDArray[np.float64]]) -> None:
        self._embed = embed
        self._known: dict[str, NDArray[np.float64]] = {}

    def rows(self, texts: Sequence[str]) -> NDArray[np.float64]:
        """The vectors of some texts, shape (n, dimensions)."""
        import numpy as np

        fresh = [text for text in dict.fromkeys(texts) if text not in self._known]
        if fresh:
            self._known.update(zip(fresh, self._embed(fresh), strict=True))
        return np.stack([self._known[text] for text in texts])

    def nearest(self, text: str, others: Sequence[str]) -> float:
        """The largest cosine of a text to some others."""
        rows = self.rows([text, *others])
        return float((rows[1:] @ rows[0]).max())


def unit(rows: NDArray[np.float64]) -> NDArray[np.float64]:
    """Rows scaled to length 1 to the last digit; a zero row stays zero."""
    import numpy as np

    length = np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-12)
    scaled: NDArray[np.float64] = rows / length
    return scaled
