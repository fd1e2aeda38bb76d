"""Cards: small blobs that hold the words which records must not.

A card carries 16 random bytes of salt, so its digest, which the log does hold, cannot be guessed from a
name; erasing the card erases the name and leaves the log provable.
"""

from __future__ import annotations

import os

import msgspec


def salt() -> str:
    """Fresh random characters, so that a short text cannot be guessed from the digest of its card."""
    return os.urandom(16).hex()


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
