"""DSSE envelopes: bytes of a told type, and signatures over both.

The format is DSSE 1.0 (https://github.com/secure-systems-lab/dsse): what is signed is the pre-authentication encoding
of type and payload, so that neither can be taken for something else. The key is the one that signs checkpoints.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Sequence
from typing import NamedTuple

import msgspec

from persona.errors import InvalidInput
from persona.lineage.notes import PublicKey, SigningKey

LARGEST = 50_000_000
"""Bytes of an envelope that is read."""


class _Signature(msgspec.Struct):
    sig: str
    keyid: str = ""


class _Envelope(msgspec.Struct):
    payload: str
    payload_type: str = msgspec.field(name="payloadType")
    signatures: list[_Signature] = msgspec.field(default_factory=list)


class Opened(NamedTuple):
    """What an envelope holds. ``signed_by`` are the names of the known keys whose signature is over it."""

    type: str
    payload: bytes
    signed_by: tuple[str, ...]


def encoded(type: str, payload: bytes) -> bytes:
    """The bytes that are signed: ``DSSEv1``, then both parts, each after its length."""
    kind = type.encode()
    return b"DSSEv1 %d %s %d %s" % (len(kind), kind, len(payload), payload)


def enclose(type: str, payload: bytes, key: SigningKey) -> bytes:
    """An envelope with one signature, as JSON."""
    public = key.public()
    signature = _Signature(_base64(key.sign(encoded(type, payload))), f"{public.name}+{public.id.hex()}")
    return msgspec.json.encode(_Envelope(_base64(payload), type, [signature])) + b"\n"


def open_envelope(data: bytes, keys: Sequence[PublicKey], place: str) -> Opened:
    """What an envelope holds, its signatures checked with the keys that are known.

    The key id of a signature is a hint only (DSSE, "Protocol"): each known key is tried on each signature. Raises
    ``InvalidInput`` for what is no envelope.
    """
    try:
        if len(data) > LARGEST:
            raise ValueError(data[:0])
        found = msgspec.json.decode(data, type=_Envelope)
        payload = _bytes(found.payload)
        signatures = [_bytes(one.sig) for one in found.signatures]
    except (msgspec.DecodeError, binascii.Error, ValueError, RecursionError):
        raise InvalidInput(
            "this is no DSSE envelope: JSON with a payload in base64, its type, and signatures",
            code="statement-broken",
            place=place,
            hints=["how one is written: `persona export in-toto --help`"],
        ) from None
    signed = encoded(found.payload_type, payload)
    names = [key.name for key in keys if any(key.signed(signed, one) for one in signatures)]
    return Opened(found.payload_type, payload, tuple(dict.fromkeys(names)))


def _base64(data: bytes) -> str:
    return base64.b64encode(data).decode()


def _bytes(text: str) -> bytes:
    """Base64 in either alphabet, as DSSE allows."""
    return base64.b64decode(text.replace("-", "+").replace("_", "/"), validate=True)
