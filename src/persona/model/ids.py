"""Readable identifiers.

An id is ``kind_YYYYMMDD_HHMMSS_tail``: what it is, when it was made (UTC), and six random
characters, so that ids sort by time and can be read aloud. Any unambiguous prefix is accepted
where an id is asked for. A run also has a UUIDv7 (RFC 9562), for tools that want one.
"""

from __future__ import annotations

import os
import re
import time
import unicodedata
from collections.abc import Iterator
from datetime import UTC, datetime
from functools import lru_cache

_VARIANTS = {digit: "89ab"[int(digit, 16) % 4] for digit in "0123456789abcdef"}
"""The first digit of the fourth group of a UUID, by a digit of chance: its upper two bits are 10."""

_ALPHABET = "abcdefghjkmnpqrstuvwxyz0123456789"  # no i, l, o: they are misread


def now() -> datetime:
    """The present moment in UTC."""
    return datetime.now(UTC)


def iso(moment: datetime) -> str:
    """A moment as ISO 8601 text in UTC with microseconds and ``Z``; such texts sort by time."""
    in_utc = moment if moment.tzinfo is UTC else moment.astimezone(UTC)
    return f"{in_utc.replace(tzinfo=None).isoformat(timespec='microseconds')}Z"


def new_id(kind: str, at: datetime | None = None) -> str:
    """A fresh id such as ``run_20250116_143022_abc123``."""
    stamp = _stamp(at or now())
    chance, tail = int.from_bytes(os.urandom(8), "big"), ""
    for _ in range(6):
        chance, letter = divmod(chance, len(_ALPHABET))
        tail += _ALPHABET[letter]
    return f"{kind}_{stamp}_{tail}"


@lru_cache(4)  # many ids are made at one moment
def _stamp(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y%m%d_%H%M%S")


def uuid7() -> str:
    """A UUID version 7 (RFC 9562): 48 bits of Unix milliseconds, then 74 random bits."""
    return next(uuid7s(1))


def uuid7s(count: int) -> Iterator[str]:
    """Many UUIDs of one moment, in no order: asking for all their chance at once takes a third of the time."""
    stamp = f"{time.time_ns() // 1_000_000:012x}"
    head = f"{stamp[:8]}-{stamp[8:]}-7"
    chance = os.urandom(10 * count).hex()
    for at in range(0, len(chance), 20):
        variant = _VARIANTS[chance[at]]
        yield f"{head}{chance[at + 1 : at + 4]}-{variant}{chance[at + 4 : at + 7]}-{chance[at + 7 : at + 19]}"


def slug(title: str) -> str:
    """The folder name of a title: ``E-commerce Research`` becomes ``ecommerce-research``.

    Accents are dropped, a single letter joined by a hyphen keeps its word (e-mail, t-shirt),
    everything else that is not a letter or digit becomes one hyphen. Empty when nothing is left.
    """
    plain = unicodedata.normalize("NFKD", title).encode("ascii", "ignore").decode().lower()
    plain = re.sub(r"(?<![a-z0-9])([a-z])-(?=[a-z])", r"\1", plain)
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:80].strip("-")
