"""How the values of params, metrics and tags are compared."""

from __future__ import annotations

import math
import re
from functools import lru_cache

from persona.model.canonical import canonical_json

SHOWN = 400
"""How many characters of a value filters and orders look at. Records hold the whole value."""

WORDS = math.inf
"""What stands in the place of a number for a text that spells none."""

_NUMBER = re.compile(r"-?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?", re.ASCII)


def number_of(text: str) -> float | None:
    """The number that a text spells, as filters spell numbers; None for any other text."""
    if _NUMBER.fullmatch(text) is None:
        return None
    number = float(text)
    return number if math.isfinite(number) else None


@lru_cache(4096)  # the same few values come again and again
def place_of(text: str) -> float:
    """Where a text stands in the order of values: the number that it spells, or after every number."""
    number = number_of(text)
    return WORDS if number is None else number


def number_text(number: float) -> str:
    """A number as canonical JSON spells it: 1, 0.3, 1e+21."""
    return canonical_json(number).decode()
