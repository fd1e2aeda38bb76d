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
    return spelled(value)[0]


def spelled(value: Any) -> tuple[bytes, Any]:
    """The canonical JSON of a value, and what reading that gives. Raises as ``canonical_json``."""
    plain = [msgspec.to_builtins(value)]
    try:
        _settle(plain)
        return _sorted(plain[0]), plain[0]
    except _Unusual:
        import rfc8785

        encoded: bytes = rfc8785.dumps(plain[0])
        return encoded, msgspec.json.decode(encoded)


class _Unusual(Exception):
    """A value whose canonical form is left to the full encoder."""


def _settle(held: dict[Any, Any] | list[Any]) -> None:
    """Make integers of the whole floats in a value, so that the quick encoder gives its canonical form.

    That is a tenth of the work for the values that most events, requests and recipes hold. Raises ``_Unusual``.
    The value must be nobody else's.
    """
    for place, value in held.items() if type(held) is dict else enumerate(held):
        if type(place) is str:
            if not place.isascii():
                raise _Unusual  # the order of such keys is that of their UTF-16 code units
        elif type(held) is dict:
            raise _Unusual
        kind = type(value)
        if kind is str or value is None or kind is bool:
            continue
        if kind is dict or kind is list:
            _settle(value)
        elif kind is tuple:
            held[place] = items = list(value)
            _settle(items)
        elif kind is float:
            if value.is_integer() and -_EXACT < value < _EXACT:
                held[place] = int(value)
            elif not 1e-5 <= abs(value) < 1e15:  # all others are written without an exponent by everybody
                raise _Unusual
        elif kind is not int or not -_EXACT < value < _EXACT:
            raise _Unusual


def digest_of(data: bytes) -> Digest:
    """The content name of some bytes."""
    return Digest("sha256:" + hashlib.sha256(data).hexdigest())


def digest_of_value(value: Any) -> Digest:
    """The content name of a value: the digest of its canonical JSON."""
    return digest_of(canonical_json(value))
