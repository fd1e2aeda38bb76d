"""The cosine of two bags of words, with no library: what tests compare the measures' vectors with."""

from __future__ import annotations

import math
from collections import Counter


def bag(text: str) -> Counter[str]:
    """The words of a text and how often each stands there."""
    return Counter(word.strip(".,?!") for word in text.lower().split())


def cosine(one: str, other: str) -> float:
    """The cosine of two bags of words; 0 when one of them is empty."""
    a, b = bag(one), bag(other)
    lengths = math.sqrt(sum(n * n for n in a.values()) * sum(n * n for n in b.values()))
    return sum(a[word] * b[word] for word in a) / lengths if lengths else 0.0
