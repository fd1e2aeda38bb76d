"""Cards: small blobs that hold the words which records must not.

A card carries 16 random bytes of salt, so its digest, which the log does hold, cannot be guessed from a
name; erasing the card erases the name and leaves the log provable.
"""

from __future__ import annotations

import os

import msgspec


def _salt() -> str:
    return os.urandom(16).hex()


class SourceCard(msgspec.Struct, frozen=True):
    """The name of an imported file."""

    name: str
    salt: str = msgspec.field(default_factory=_salt)
    schema: str = "source-card/1"


class ParticipantLabel(msgspec.Struct, frozen=True):
    """What the project calls a participant, and the attributes they stated."""

    label: str
    attributes: dict[str, str]
    salt: str = msgspec.field(default_factory=_salt)
    schema: str = "participant-card/1"
