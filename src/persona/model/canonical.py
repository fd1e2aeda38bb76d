"""Canonical JSON and digests: the contract by which equal things have equal names.

Canonical JSON is RFC 8785 (JCS): UTF-8, keys sorted by UTF-16 code units, ECMAScript numbers,
no insignificant space. Changing anything here changes every digest ever written, so the
test vectors in ``tests/model/test_canonical.py`` are part of the contract.
"""

from __future__ import annotations

import hashlib
from typing import Any, NewType

import msgspec

Digest = NewType("Digest", str)
"""``sha256:`` followed by 64 lower-case hexadecimal digits."""


def canonical_json(value: Any) -> bytes:
    """The RFC 8785 bytes of a plain value or a struct.

    Raises ``ValueError`` for NaN, infinities and integers beyond 2**53, which JSON cannot carry.
    """
    import rfc8785

    encoded: bytes = rfc8785.dumps(msgspec.to_builtins(value))
    return encoded


def digest_of(data: bytes) -> Digest:
    """The content name of some bytes."""
    return Digest("sha256:" + hashlib.sha256(data).hexdigest())


def digest_of_value(value: Any) -> Digest:
    """The content name of a value: the digest of its canonical JSON."""
    return digest_of(canonical_json(value))
