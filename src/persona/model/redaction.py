"""How a person asks for redaction: the files with rules, and where the replacements are told."""

from __future__ import annotations

from pathlib import Path

import msgspec

REDACTED = "+redacted/1"
"""Stands behind the reader of a source that was redacted before it was sealed, such as ``vtt/1+redacted/1``."""


def is_redacted_reader(reader: str) -> bool:
    """Whether documents of this reader were redacted before they were sealed."""
    return reader.endswith(REDACTED)


class RedactionRequest(msgspec.Struct, frozen=True):
    """Redaction as asked for.

    ``deny`` and ``allow`` are files of words that must go and that must stay. ``review`` is where every replacement is
    written, with the words that were replaced; it must lie outside the workspace, and an existing file is only replaced
    with ``overwrite``. ``ner`` names an installed spaCy model that finds more names.
    """

    deny: tuple[Path, ...] = ()
    allow: tuple[Path, ...] = ()
    review: Path | None = None
    overwrite: bool = False
    ner: str | None = None
