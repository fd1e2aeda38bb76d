"""How varied the words are: reported beside the measures of meaning, because nonsense is varied too."""

from __future__ import annotations

import re
import zlib
from collections.abc import Sequence
from itertools import pairwise

from persona.metrics.definitions import REGISTRY
from persona.model.measures import Measure

LEAST_WORDS = 100
"""MTLD is not stable on shorter texts."""

THRESHOLD = 0.72
_WORD = re.compile(r"[^\W_]+(?:['’-][^\W_]+)*")


def words(text: str) -> list[str]:
    """The words of a text, lower case, in order."""
    return _WORD.findall(text.lower())


def mtld(tokens: Sequence[str], threshold: float = THRESHOLD) -> float:
    """The measure of textual lexical diversity: the mean of a forward and a backward pass, in words.

    A factor is complete when the type-token ratio falls to the threshold; the rest counts as the part of a factor
    that its ratio has covered (McCarthy and Jarvis 2010). Without any factor it is the number of words.
    """
    return (_length(tokens, threshold) + _length(tokens[::-1], threshold)) / 2


def _length(tokens: Sequence[str], threshold: float) -> float:
    factors, types, count = 0.0, set[str](), 0
    for token in tokens:
        types.add(token)
        count += 1
        if len(types) / count <= threshold:
            factors, types, count = factors + 1, set(), 0
    if count:
        factors += (1 - len(types) / count) / (1 - threshold)
    return len(tokens) / factors if factors else float(len(tokens))


def distinct_2(tokens: Sequence[str]) -> float | None:
    """Different bigrams over those expected of random words; None for fewer than two words."""
    pairs = list(pairwise(tokens))
    if not pairs:
        return None
    possible = len(set(tokens)) ** 2
    expected = possible * (1 - ((possible - 1) / possible) ** len(pairs))
    return len(set(pairs)) / expected


def lexical(text: str) -> list[Measure]:
    """The three measures of the words that personas use."""
    tokens = words(text)
    spread = (
        REGISTRY["lexical_mtld"].measure(mtld(tokens), len(tokens))
        if len(tokens) >= LEAST_WORDS
        else REGISTRY["lexical_mtld"].too_few(len(tokens), f"there are fewer than {LEAST_WORDS} words")
    )
    raw = text.encode()
    ratio = len(raw) / len(zlib.compress(raw, 9)) if raw else None
    return [
        spread,
        REGISTRY["lexical_distinct_2"].measure(distinct_2(tokens), max(0, len(tokens) - 1)),
        REGISTRY["lexical_compression"].measure(ratio, len(raw)),
    ]
