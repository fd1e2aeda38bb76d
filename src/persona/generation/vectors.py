"""Sentence vectors from weights that come with a package: no network, ever."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache, lru_cache
from threading import Lock
from typing import TYPE_CHECKING, Any, NamedTuple

from persona.errors import IntegrityError, NotFound

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

EMBEDDERS = ("offline-fast",)
"""offline-fast: WordLlama static embeddings, 256 dimensions, English."""

BATCH = 1024


class _Weights(NamedTuple):
    tokenizer: Any
    table: NDArray[np.float32]


def check_embedder(name: str) -> None:
    """Raise ``NotFound`` for an embedder that this release does not have."""
    if name not in EMBEDDERS:
        raise NotFound(
            f"there is no embedder `{name}`",
            code="embedder-not-found",
            place="parameter `embedder`",
            hints=[f"use one there is: `--embedder {EMBEDDERS[0]}`"],
        )


_loading = Lock()


def _wordllama() -> _Weights:
    """The weights, read by the first thread that asks."""
    with _loading:
        return _read_weights()


@cache
def _read_weights() -> _Weights:
    """The token table and the tokenizer in the WordLlama wheel, read as files.

    The package itself is not imported: its loader looks for the tokenizer in the wrong folder and then asks the
    network, and importing it opens a socket by way of an HTTP library. A test holds these vectors to its own.
    """
    import os
    from importlib.util import find_spec
    from pathlib import Path

    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")  # its threads gain nothing on sentences
    spec = find_spec("wordllama")
    if spec is None or spec.origin is None:
        raise IntegrityError("the package `wordllama` is not installed", code="embedder-missing", place="offline-fast")
    home = Path(spec.origin).parent
    from safetensors.numpy import load_file
    from tokenizers import Tokenizer

    table = next(iter(load_file(home / "weights" / "l2_supercat_256.safetensors").values()))
    tokenizer = Tokenizer.from_file(str(home / "tokenizers" / "l2_supercat_tokenizer_config.json"))
    tokenizer.no_padding()
    tokenizer.no_truncation()
    return _Weights(tokenizer, table)


def embed(sentences: Sequence[str]) -> NDArray[np.float64]:
    """Unit vectors of shape (n, 256): the mean of the token vectors of each sentence.

    A sentence without tokens is the zero vector. Rounded to five decimals, so that the last bits of a machine's
    arithmetic decide nothing downstream.
    """
    return _embedded(tuple(sentences)).copy()


@lru_cache(maxsize=4)
def _embedded(sentences: tuple[str, ...]) -> NDArray[np.float64]:
    """The same, remembered: the runs of an experiment read the same sentences."""
    import numpy as np

    if not sentences:
        return np.zeros((0, 256))
    weights = _wordllama()
    rows = np.zeros((len(sentences), weights.table.shape[1]))
    for begin in range(0, len(sentences), BATCH):
        batch = weights.tokenizer.encode_batch(list(sentences[begin : begin + BATCH]), add_special_tokens=False)
        for at, encoded in enumerate(batch, start=begin):
            if encoded.ids:
                rows[at] = weights.table[encoded.ids].mean(axis=0, dtype=np.float64)
    return np.round(unit(rows), 5)


def unit(rows: NDArray[np.float64]) -> NDArray[np.float64]:
    """Rows scaled to length 1; a zero row stays zero."""
    import numpy as np

    length = np.linalg.norm(rows, axis=-1, keepdims=True)
    scaled: NDArray[np.float64] = np.divide(rows, length, out=np.zeros_like(rows), where=length > 1e-12)
    return scaled


@lru_cache(maxsize=20_000)
def count_tokens(text: str) -> int:
    """How many tokens a text has in the vocabulary of the sentence vectors: a measure, not any other model's count."""
    return len(_wordllama().tokenizer.encode(text, add_special_tokens=False).ids)
