"""The one owner of retries: what is worth asking again, and how long to wait before it."""

from __future__ import annotations

import random
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

ATTEMPTS = 6
"""The most exchanges of one call in one mode."""

FIRST = 0.5
"""Seconds of the first wait of our own; each later one is twice as long."""

LONGEST = 60.0
"""Seconds beyond which our own waits do not grow. A server may ask for more; the deadline bounds that."""

AGAIN = frozenset({408, 409, 425, 429, 500, 502, 503, 504, 520, 522, 524, 529})
"""Statuses after which the same request may succeed."""


UNREADABLE = 2
"""How often an answer that came but cannot be read (no JSON, no text) is asked for."""


def is_worth_it(status: int | None, attempt: int) -> bool:
    """Whether asking again can help: no answer at all, or one that speaks of the moment and not of the request."""
    if status == 200:
        return attempt < UNREADABLE
    return attempt < ATTEMPTS and (status is None or status in AGAIN)


def pause(attempt: int, headers: Mapping[str, str], chance: random.Random) -> float:
    """Seconds to wait after the ``attempt``-th exchange (from 1): as the server asks, else doubling with jitter."""
    asked = asked_for(headers)
    if asked is not None:
        return asked
    return min(LONGEST, FIRST * 2.0 ** (attempt - 1)) * (0.75 + chance.random() / 2)


def asked_for(headers: Mapping[str, str]) -> float | None:
    """``Retry-After`` in seconds: a number or a date (RFC 9110, 10.2.3), or milliseconds."""
    low = {name.lower(): value.strip() for name, value in headers.items()}
    for name, scale in (("retry-after-ms", 0.001), ("retry-after", 1.0)):
        value = low.get(name, "")
        try:
            number = float(value) * scale
        except ValueError:
            continue
        if 0 <= number < float("inf"):
            return number
    try:
        moment = parsedate_to_datetime(low.get("retry-after", ""))
    except (ValueError, OverflowError):
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return max(0.0, (moment - datetime.now(UTC)).total_seconds())
