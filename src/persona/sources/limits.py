"""The limits of what is read: a hostile or mistaken file ends in a clear error, in bounded time and memory."""

from __future__ import annotations

from persona.errors import InvalidInput

MAX_FILE_BYTES = 64 * 1024 * 1024
"""A file larger than this is not read at all. An hour of speech is about 60 KB of text."""

MAX_LINE_CHARACTERS = 1_000_000
"""The longest line of a text file."""

MAX_UNPACKED_BYTES = 128 * 1024 * 1024
"""The most that a docx or xlsx may unpack to, counted while unpacking, whatever its directory claims."""

MAX_RATIO = 200
"""The most that one member of an archive may grow when unpacked, once it is larger than a megabyte."""

MAX_MEMBERS = 5_000
"""The most members of an archive."""

MAX_TURNS = 200_000
"""The most turns of one document."""

MAX_CELLS = 5_000_000
"""The most cells of a table."""

MAX_CELL_CHARACTERS = 1_000_000
"""The longest cell of a table; one transcript of 20 hours fits."""

MAX_PAGES = 5_000
"""The most pages of a PDF."""

MAX_DEPTH = 100
"""The deepest nesting of JSON and XML."""


def refuse(message: str, code: str, place: str, *hints: str) -> InvalidInput:
    """The error for a file that cannot be read, with its place."""
    return InvalidInput(message, code=code, place=place, hints=hints)
