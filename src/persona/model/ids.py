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
from datetime import UTC, datetime

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
    stamp = (at or now()).astimezone(UTC).strftime("%Y%m%d_%H%M%S")
    chance, tail = int.from_bytes(os.urandom(8), "big"), ""
    for _ in range(6):
        chance, letter = divmod(chance, len(_ALPHABET))
        tail += _ALPHABET[letter]
    return f"{kind}_{stamp}_{tail}"


def uuid7() -> str:
    """A UUID version 7 (RFC 9562): 48 bits of Unix milliseconds, then 74 random bits."""
    value = (time.time_ns() // 1_000_000) << 80 | int.from_bytes(os.urandom(10), "big")
    value = value & ~(0xF << 76) | 0x7 << 76
    value = value & ~(0x3 << 62) | 0x2 << 62
    text = f"{value:032x}"
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"


def slug(title: str) -> str:
    """The folder name of a title: ``E-commerce Research`` becomes ``ecommerce-research``.

    Accents are dropped, a single letter joined by a hyphen keeps its word (e-mail, t-shirt),
    everything else that is not a letter or digit becomes one hyphen. Empty when nothing is left.
    """
    plain = unicodedata.normalize("NFKD", title).encode("ascii", "ignore").decode().lower()
    plain = re.sub(r"(?<![a-z0-9])([a-z])-(?=[a-z])", r"\1", plain)
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:80].strip("-")
