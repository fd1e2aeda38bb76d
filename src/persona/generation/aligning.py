"""The words of a quotation laid beside the words of its source, and what must be said of the differences."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from functools import cache
from typing import NamedTuple

from persona.generation.meaning import difference, has_weight, is_filler, may_be_alike

DROPPED = 2
"""Words of the source that a stretch of a quotation may leave out."""

ADDED = 1
"""Fillers that it may have more."""

_SLIP, _DROP, _REPLACED, _ADD = 0.3, 0.7, 0.95, 1.0
_LOST = 3.0  # a reading that costs more is of no use, and its words need no closer look
_GROUPS = ((1, 1), (2, 1), (1, 2), (2, 2))


class Step(NamedTuple):
    """Words of the quotation and the words of the source they stand for; one side is empty where words are missing."""

    quoted: tuple[str, ...]
    said: tuple[str, ...]


class Alignment(NamedTuple):
    """The stretch ``first`` to ``last`` of the source's words that a quotation stands for, and where the two differ.

    ``left_out`` are the places of words of that stretch which the quotation does not have.
    """

    first: int
    last: int
    left_out: frozenset[int]
    steps: tuple[Step, ...]


def align(quoted: Sequence[str], said: Sequence[str], known: Collection[str]) -> Alignment:
    """The cheapest way to read a quotation as a stretch of ``said``; words before and after it cost nothing.

    A global alignment with free ends on the source's side (Sellers 1980), over words; one or two words may stand for
    one or two, so that a lost blank or "don't" for "do not" is one step.
    """

    @cache
    def prices(ours: tuple[str, ...], theirs: tuple[str, ...]) -> float:
        if not may_be_alike(ours, theirs):
            return _ADD + _DROP
        return {"same": 0.01, "slip": _SLIP}.get(difference(ours, theirs, known), _ADD + _DROP)

    rows, columns = len(quoted) + 1, len(said) + 1
    costs = [[0.0] * columns for _ in range(rows)]
    origins: list[list[tuple[int, int]]] = [[(0, 0)] * columns for _ in range(rows)]
    for row in range(1, rows):
        word, above, here, origin = quoted[row - 1], costs[row - 1], costs[row], origins[row]
        here[0], origin[0] = above[0] + _ADD, (1, 0)
        for column in range(1, columns):
            if word == said[column - 1]:
                best, step = above[column - 1], (1, 1)
            else:
                best, step = above[column - 1] + _REPLACED, (1, 1)
                for wide, tall in _GROUPS:
                    if wide > row or tall > column:
                        continue
                    before = costs[row - wide][column - tall]
                    if before >= _LOST or before + 0.01 >= best:
                        continue
                    price = prices(tuple(quoted[row - wide : row]), tuple(said[column - tall : column]))
                    if before + price < best:
                        best, step = before + price, (wide, tall)
            if above[column] + _ADD < best:
                best, step = above[column] + _ADD, (1, 0)
            if here[column - 1] + _DROP < best and row < rows - 1:
                best, step = here[column - 1] + _DROP, (0, 1)
            here[column], origin[column] = best, step
    last = min(range(columns), key=lambda column: (costs[-1][column], column))
    steps: list[Step] = []
    left_out: set[int] = set()
    row, column = rows - 1, last
    while row:
        wide, tall = origins[row][column]
        ours, theirs = tuple(quoted[row - wide : row]), tuple(said[column - tall : column])
        if ours != theirs:
            steps.append(Step(ours, theirs))
        left_out.update(() if ours else (column - 1,))
        row, column = row - wide, column - tall
    return Alignment(column, last, frozenset(left_out), tuple(reversed(steps)))


def objection(alignment: Alignment, known: Collection[str]) -> tuple[str, Step] | None:
    """What the differences change (``number``, ``denial``, ``word``), and the first that does. None: they are slips."""
    found: dict[str, Step] = {}
    dropped = added = 0
    for step in alignment.steps:
        kind = difference(step.quoted, step.said, known)
        if kind in ("same", "slip"):
            continue
        if kind == "word":
            dropped += len(step.said) if not step.quoted else 0
            added += len(step.quoted) if not step.said else 0
            left_out = not step.quoted and not any(map(has_weight, step.said)) and dropped <= DROPPED
            put_in = not step.said and all(map(is_filler, step.quoted)) and added <= ADDED
            if left_out or put_in:
                continue
        found.setdefault(kind, step)
    for kind in ("number", "denial", "word"):
        if kind in found:
            return kind, found[kind]
    return None
