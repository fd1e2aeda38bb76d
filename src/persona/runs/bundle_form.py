"""The form of a run in one file (``runs.bundle``), and how large one may be: what its writer and its reader share."""

from __future__ import annotations

import msgspec

from persona.errors import InvalidInput
from persona.model.canonical import Digest

SCHEMA = "run-bundle/2"
EPOCH = (1980, 1, 1, 0, 0, 0)
"""The time of every member of an archive that is the same whenever it is made: the earliest that ZIP can say."""

HEADER, EVENTS, BLOBS = "header.json", "events.jsonl", "blobs/"

MOST_MEMBERS = 500_000
LARGEST_TEXT = 256 << 20
"""Bytes of the header and of the events, which are read into memory."""
LARGEST = 8 << 30
"""Bytes of all members together. What is read is bounded before it is read."""
ALWAYS = 64 << 20
MOST_TIMES = 100
"""Beyond ``ALWAYS`` bytes, how many times its own size a file may unpack to: interviews pack to a third or a tenth."""


class Member(msgspec.Struct, frozen=True):
    """A member of the archive as it must be."""

    name: str
    bytes: int
    digest: Digest


class Header(msgspec.Struct, frozen=True):
    """What a bundle says of itself, and what every other byte in it must be.

    ``leaves`` are the leaf hashes of the events in hexadecimal, ``left_out`` the bytes that the run names and the
    bundle was not to hold. ``checkpoint`` is the state of the log up to the last of the events, signed where it could
    be.
    """

    run: str
    project: str
    tool: str
    version: str
    leaves: tuple[str, ...]
    members: tuple[Member, ...]
    left_out: dict[str, Digest]
    checkpoint: str | None = None
    schema: str = SCHEMA


def blob_name(digest: Digest) -> str:
    """The name of the member that holds a blob."""
    return BLOBS + digest.removeprefix("sha256:")


def check_size(header: Header, size: int, place: str) -> None:
    """Hold a bundle of ``size`` bytes against the limits. Raises ``InvalidInput`` that says which one it breaks."""
    whole = sum(max(member.bytes, 0) for member in header.members)
    if len(header.members) + 1 > MOST_MEMBERS:
        raise too_large(f"it has more than {MOST_MEMBERS:,} members", place)
    if whole > LARGEST:
        raise too_large(f"it unpacks to more than {LARGEST:,} bytes", place)
    if whole > ALWAYS and whole > MOST_TIMES * size:
        raise too_large(f"it unpacks to more than {MOST_TIMES} times its size", place)
    for member in header.members:
        if member.name == EVENTS and member.bytes > LARGEST_TEXT:
            raise too_large(f"its events have more than {LARGEST_TEXT:,} bytes", place)


def too_large(why: str, place: str) -> InvalidInput:
    """The error for a bundle that breaks a limit."""
    return InvalidInput(
        f"the file is larger than is read: {why}",
        code="bundle-too-large",
        place=place,
        hints=["what it means: `persona explain bundle-too-large`"],
    )
