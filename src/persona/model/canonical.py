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

_EXACT = 2**53
_sorted = msgspec.json.Encoder(order="deterministic").encode


def canonical_json(value: Any) -> bytes:
    """The RFC 8785 bytes of a plain value or a struct.

    Raises ``ValueError`` for NaN, infinities and integers beyond 2**53, which JSON cannot carry.
    """
    plain = msgspec.to_builtins(value)
    try:
        return _sorted(_ordinary(plain))
    except _Unusual:
        import rfc8785

        encoded: bytes = rfc8785.dumps(plain)
        return encoded


class _Unusual(Exception):
    """A value whose canonical form is left to the full encoder."""


def _ordinary(value: Any) -> Any:
    """The value with whole floats as integers, when the quick encoder then gives its canonical form.

    That is a tenth of the work for the values that most events, requests and recipes hold. Raises ``_Unusual``.
    """
    kind = type(value)
    if kind is str or value is None or kind is bool:
        return value
    if kind is dict:
        for key in value:
            if type(key) is not str or not key.isascii():
                raise _Unusual  # the order of other keys is that of their UTF-16 code units
        return {key: _ordinary(inner) for key, inner in value.items()}
    if kind is list or kind is tuple:
        return [_ordinary(inner) for inner in value]
    if kind is int and -_EXACT < value < _EXACT:
        return value
    if kind is float:
        if value.is_integer() and -_EXACT < value < _EXACT:
            return int(value)
        if 1e-5 <= abs(value) < 1e15:  # written without an exponent by everybody
            return value
    raise _Unusual


def digest_of(data: bytes) -> Digest:
    """The content name of some bytes."""
    return Digest("sha256:" + hashlib.sha256(data).hexdigest())


def digest_of_value(value: Any) -> Digest:
    """The content name of a value: the digest of its canonical JSON."""
    return digest_of(canonical_json(value))
