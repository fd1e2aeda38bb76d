"""The form of an archive: what its writer and its reader share, and how large one may be.

An archive is a ZIP file: ``events.jsonl`` (every event of the log in its order, one a line, with its leaf),
``blobs/`` (each blob under the hexadecimal digits of its digest), ``files/`` (what people wrote themselves),
``checkpoint.txt`` where somebody could sign, and ``header.json``, written last. An event that is kept back stands as
``event.withheld`` with its place, time and leaf, so that the root of the log is the same, and every proof still holds.
"""

from __future__ import annotations

from pathlib import PurePosixPath

import msgspec

from persona.errors import IntegrityError, InvalidInput
from persona.model.canonical import Digest
from persona.model.records import Edge, Event

SCHEMA = "workspace-archive/1"
CHECKPOINT, FILES = "checkpoint.txt", "files/"
"""Beside the members that an exported run has, too (``runs.bundle_form``)."""


LARGEST = 64 << 30
"""Bytes of all members together."""
LARGEST_LINE = 16 << 20
LARGEST_HEADER = 1 << 20
MOST_MEMBERS = 5_000_000
ALWAYS = 64 << 20
MOST_TIMES = 200
"""Beyond ``ALWAYS`` bytes, how many times its own size an archive may unpack to: logs pack to a twentieth."""


class Header(msgspec.Struct, frozen=True):
    """What an archive says of itself.

    ``log`` names the log; ``events`` and ``root`` are those of the log, withheld events among them; ``project`` is the
    one that it holds, None for all. ``lines`` is the digest of ``events.jsonl``.
    """

    log: str
    events: int
    withheld: int
    root: str
    blobs: int
    files: int
    lines: Digest
    project: str | None
    tool: str
    version: str
    schema: str = SCHEMA


class Line(msgspec.Struct, frozen=True, omit_defaults=True):
    """An event as a line."""

    seq: int
    id: str
    recorded_at: str
    valid_from: str
    actor: str
    kind: str
    subject: str
    body: dict[str, object]
    edges: tuple[Edge, ...]
    leaf: str

    @classmethod
    def of(cls, event: Event) -> Line:
        """The line of an event."""
        return cls(**{**msgspec.structs.asdict(event), "leaf": event.leaf.hex()})

    def event(self) -> Event:
        """The event. Raises ``ValueError`` for a leaf that is not hexadecimal."""
        return Event(**{**msgspec.structs.asdict(self), "leaf": bytes.fromhex(self.leaf)})


def safe_path(name: str, place: str) -> PurePosixPath:
    """Where a file of ``files/`` goes below the new workspace. Raises ``InvalidInput`` for a path that leaves it."""
    path = PurePosixPath(name.removeprefix(FILES))
    parts = path.parts
    inside = bool(parts) and not path.is_absolute() and all(part not in ("..", ".") for part in parts)
    plain = not any("\\" in part or ":" in part or "\0" in part or part.startswith(".") for part in parts)
    if not inside or not plain:
        raise unreadable("a file in it would be written outside of its folder", place)
    return path


def unreadable(why: str, place: str) -> InvalidInput:
    """The error for a file that is no archive, or one that nobody should unpack."""
    return InvalidInput(
        f"the file is no archive of a workspace: {why}",
        code="archive-unreadable",
        place=place,
        hints=["make one where the workspace is: `persona archive create study.zip`"],
    )


def damaged(what: str, place: str) -> IntegrityError:
    """The error for an archive that was changed or cut."""
    return IntegrityError(
        what,
        code="archive-damaged",
        place=place,
        hints=["make it again where the workspace is: `persona archive create study.zip`"],
    )
