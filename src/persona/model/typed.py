"""What somebody typed into the log, and where."""

from __future__ import annotations

import msgspec


class Typed(msgspec.Struct, frozen=True):
    """An entry of the log that holds words or a name of a person: its position, what it is about, and the parts.

    ``parts`` are fields of the body as the vocabulary of events has them, so that this repeats nothing that was typed.
    """

    position: int
    kind: str
    subject: str
    parts: tuple[str, ...]
