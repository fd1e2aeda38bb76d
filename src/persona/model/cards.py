"""Cards: small blobs that hold the words which records must not; and salts, which keep short words from being guessed.

A card carries 16 random bytes of salt, so its digest, which the log does hold, cannot be guessed from a
name; erasing the card erases the name and leaves the log provable.

What must have the same name wherever the same file was read carries a salt that follows from that file: from the bytes
of the original for a document, from documents for what was made of them. Each salt follows from the one before by
SHA-256, so none leads back, and who has the salt of one document knows nothing of another. Salts are erased with what
carries them; what is left of erased bytes carries the next one (``spent``).
"""

from __future__ import annotations

import hashlib
import os

import msgspec

SIZE = 32
"""Hexadecimal digits of a salt."""

_FRAME = b"persona-salt/1 "


def salt() -> str:
    """Fresh random characters, so that a short text cannot be guessed from the digest of its card."""
    return os.urandom(SIZE // 2).hex()


def salts_of(original: bytes, count: int) -> list[str]:
    """The salts of the documents in the bytes of a file, in their order."""
    hidden = hashlib.sha256(b"persona-salt/1 original\0" + original).hexdigest()
    return [derived(f"document {number}", hidden) for number in range(count)]


def derived(purpose: str, *salts: str) -> str:
    """The salt of what is made from things with these salts; "" when none of them has one.

    It cannot be reckoned by whoever lacks one of them.
    """
    if not any(salts):
        return ""
    told = "\0".join(("persona-salt/1", purpose, *salts))
    return hashlib.sha256(told.encode()).hexdigest()[:SIZE]


def spent(salt: str) -> str:
    """The salt of what is left of bytes that were erased: it does not tell the salt that they had."""
    return derived("left", salt)


def salted(data: bytes) -> bytes:
    """Bytes as they are sealed where they have no place for a salt of their own: behind a line with a fresh one."""
    return _FRAME + salt().encode() + b"\n" + data


def unsalted(data: bytes) -> bytes:
    """The bytes behind the line; all of them where an earlier version sealed them without."""
    begin = len(_FRAME) + SIZE + 1
    return data[begin:] if data.startswith(_FRAME) and data[begin - 1 : begin] == b"\n" else data


class RedactionNote(msgspec.Struct, frozen=True):
    """That a source was redacted before it was sealed.

    ``mark`` is the keyed digest of the original's bytes (the key is in the project's file of pseudonyms),
    ``media_type`` was the original's, ``counts`` are replacements per kind, ``highest`` is the last number of each
    series.
    """

    mark: str
    media_type: str
    counts: dict[str, int]
    highest: dict[str, int]


class SourceCard(msgspec.Struct, frozen=True):
    """The name of an imported file; ``redaction`` is absent where the original itself was sealed."""

    name: str
    redaction: RedactionNote | msgspec.UnsetType = msgspec.UNSET
    salt: str = msgspec.field(default_factory=salt)
    schema: str = "source-card/1"


class ParticipantLabel(msgspec.Struct, frozen=True):
    """What the project calls a participant, and the attributes they stated."""

    label: str
    attributes: dict[str, str]
    salt: str = msgspec.field(default_factory=salt)
    schema: str = "participant-card/1"
