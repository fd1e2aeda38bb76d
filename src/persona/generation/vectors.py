"""Sentence vectors from weights that come with a package: no network, ever."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import TYPE_CHECKING, Any

from persona.errors import NotFound

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

EMBEDDERS = ("offline-fast",)
"""offline-fast: WordLlama static embeddings, 256 dimensions, English."""


def check_embedder(name: str) -> None:
    """Raise ``NotFound`` for an embedder that this release does not have."""
    if name not in EMBEDDERS:
        raise NotFound(
            f"there is no embedder `{name}`",
            code="embedder-not-found",
            place="parameter `embedder`",
            hints=[f"use one there is: `--embedder {EMBEDDERS[0]}`"],
        )


@cache
def _wordllama() -> Any:
    from pathlib import Path

    import wordllama

    # The wheel keeps its tokenizer where a plain load() does not look, and load() would then ask the network.
    home = Path(wordllama.__file__).parent
    return wordllama.WordLlama.load(cache_dir=home, disable_download=True)


def embed(sentences: Sequence[str]) -> NDArray[np.float64]:
    """Unit vectors of shape (n, 256). A sentence without known words is the zero vector.

    Rounded to five decimals, so that the last bits of a machine's arithmetic decide nothing downstream.
    """
    import numpy as np

    if not sentences:
        return np.zeros((0, 256))
    raw = np.asarray(_wordllama().embed(list(sentences), norm=False), dtype=np.float64)
    return np.round(unit(np.nan_to_num(raw)), 5)


def unit(rows: NDArray[np.float64]) -> NDArray[np.float64]:
    """Rows scaled to length 1; a zero row stays zero."""
    import numpy as np

    length = np.linalg.norm(rows, axis=-1, keepdims=True)
    scaled: NDArray[np.float64] = np.divide(rows, length, out=np.zeros_like(rows), where=length > 1e-12)
    return scaled
