"""When two sentences about one topic contradict each other, by rules that can be read."""

from __future__ import annotations

import re

TOPIC, ALIKE = 0.35, 0.6
"""The least cosine of two sentences on one topic, and of two that say much the same."""

_NEGATION = re.compile(r"\b(?:no|not|never|nobody|nothing|none|without|cannot)\b|n['’]t\b", re.IGNORECASE)
_NUMBER = re.compile(r"\d+(?:[.,]\d+)*")


def denied(text: str) -> bool:
    """Whether a sentence holds an odd number of negations."""
    return len(_NEGATION.findall(text)) % 2 == 1


def clash(first: str, second: str) -> bool:
    """Whether one of two sentences is negated, or both give numbers and share none. Asked of sentences much alike."""
    if denied(first) != denied(second):
        return True
    numbers = [set(_NUMBER.findall(text)) for text in (first, second)]
    return bool(numbers[0] and numbers[1] and not numbers[0] & numbers[1])
