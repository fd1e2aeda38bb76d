"""Rows of statements as text: one statement of their shape is written with marks for its names, and the names fill it.

So a format says once how a statement is written, and a million of the same shape cost no step of Python each.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import chain, repeat

from persona.model.prov import Kind, Rows, Statement

MARKS = tuple(f"\ue000{at}\ue001" for at in range(7))
"""What stands for the identifier, for the arguments and, at last, for the place of a statement until it is filled in.

A format writes a mark as it stands, wherever it would write a name.
"""

SIZE = 1 << 16
"""How many characters are given at once, about."""

_MARK = re.compile("\ue000([0-6])\ue001")

Write = Callable[[Statement, str], str]
"""Writes a statement, at a place: an indent, or the name of a graph."""


class Patterns:
    """The patterns of one format, each made when its shape is first met.

    ``names`` writes the names of a column; the texts between the marks are those of ``write``.
    """

    def __init__(self, write: Write, names: Callable[[Sequence[str]], Sequence[str]]) -> None:
        self._write = write
        self._names = names
        self._known: dict[tuple[Kind, bool, tuple[bool, ...]], list[str | int]] = {}

    def text(self, rows: Rows, place: str, ids: Callable[[], Sequence[str]] = tuple) -> str:
        """The text of some rows. ``ids`` makes what a format writes where they have no identifier, if it does."""
        shape = (rows.kind, rows.ids is None, tuple(one is not None for one in rows.arguments))
        pieces = self._known.get(shape)
        if pieces is None:
            pieces = self._known[shape] = self._pieces(*shape)
        filled: dict[int, Sequence[str]] = {}
        parts: list[Iterable[str]] = []
        same = ""
        for piece in pieces:
            if isinstance(piece, str):
                same += piece
                continue
            column = filled.get(piece)
            if column is None:
                column = filled[piece] = self._column(rows, piece, place, ids)
            if isinstance(column, str):
                same += column
            else:
                parts += [repeat(same), column]
                same = ""
        parts.append(repeat(same, rows.size))
        return "".join(chain.from_iterable(zip(*parts, strict=False)))

    def _column(self, rows: Rows, at: int, place: str, ids: Callable[[], Sequence[str]]) -> Sequence[str]:
        """What stands for a mark: a text in all rows, or one in each."""
        if at == len(MARKS) - 1:
            return place
        if at == 0 and rows.ids is None:
            return ids()
        column = rows.ids if at == 0 else rows.arguments[at - 1]
        return self._names([column])[0] if isinstance(column, str) else self._names(column or ())

    def _pieces(self, kind: Kind, nameless: bool, given: tuple[bool, ...]) -> list[str | int]:
        """A pattern, cut at its marks: texts, and between them the numbers of the marks."""
        arguments = tuple(mark if said else None for mark, said in zip(MARKS[1:], given, strict=False))
        text = self._write(Statement(kind, None if nameless else MARKS[0], arguments), MARKS[-1])
        return [int(piece) if at % 2 else piece for at, piece in enumerate(_MARK.split(text))]


def gathered(texts: Iterable[str]) -> Iterator[bytes]:
    """Texts as bytes, many at once."""
    held: list[str] = []
    size = 0
    for text in texts:
        held.append(text)
        size += len(text)
        if size >= SIZE:
            yield "".join(held).encode()
            held, size = [], 0
    yield "".join(held).encode()
