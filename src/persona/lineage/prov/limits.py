"""The limits of foreign provenance: a hostile or mistaken file ends in a clear error, in bounded time and memory."""

from __future__ import annotations

from persona.errors import InvalidInput

MAX_BYTES = 128 * 1024 * 1024
"""A larger file is not read at all. A million statements of PROV-JSON are about 96 MB."""

MAX_STATEMENTS = 1_500_000
"""The most statements of an account, its bundles included."""

MAX_TRIPLES = 3_000_000
"""The most triples of an RDF document."""

MAX_VALUES = 100_000
"""The most attributes of one statement."""

MAX_BRACKETS = 4_000_000
"""The most lists of a PROV-JSON text: an empty one takes three bytes written and sixty read."""

MAX_COMMAS = 32_000_000
"""The most commas of a PROV-JSON text, which bounds the items of its lists."""

MAX_OBJECTS = 200_000
"""The most objects within one record of PROV-JSON."""

MAX_BUNDLES = 100_000
"""The most bundles."""

MAX_NAMESPACES = 10_000
"""The most different namespaces of an account."""

MAX_DIGITS = 400
"""The most characters of a number."""

MAX_NAME = 8_000
"""The longest qualified name or namespace, in characters."""

MAX_DEPTH = 100
"""The deepest nesting of an XML document."""

_SPLIT = "Split it into several files, and read each."


def refuse(message: str, code: str, place: str, *hints: str) -> InvalidInput:
    """The error for provenance that cannot be read, with its place."""
    return InvalidInput(message, code=code, place=place, hints=hints)


def too_much(message: str, place: str) -> InvalidInput:
    """The error for provenance that is larger than a limit of this file."""
    return refuse(message, "prov-limit", place, _SPLIT)
