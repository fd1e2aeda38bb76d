"""A document with stretches of its words replaced: turns and origins move along."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from itertools import accumulate

import msgspec

from persona.model.sources import Document, Origin, Turn
from persona.sources.redaction.findings import Finding, replaced

_COUNTED = re.compile(r"(?:line|page|paragraph|cue|row|row \d+, column) \d+|[\w/]*/\d+/\w+")
"""Places that only count, in which nobody can be named."""
_NAMED = re.compile(r"(row \d+, column |)(.*?)((?:![A-Z]{1,3}\d+)?(?:, line \d+)?)", re.DOTALL)


def parts_of_place(place: str) -> tuple[str, str, str]:
    """A place as what stands before, the words that people chose (a sheet, the head of a column) and what stands after.

    The words are empty where a place only counts.
    """
    found = None if _COUNTED.fullmatch(place) else _NAMED.fullmatch(place)
    return (found[1], found[2], found[3]) if found else (place, "", "")


def rewrite(document: Document, found: Sequence[Sequence[Finding]]) -> Document:
    """The document after replacing settled findings, given per turn with places inside the turn.

    Turns keep their number, order and distance. An origin that lost all its words to the origin before it is left out.
    """
    if not any(found):
        return document
    texts: list[str] = []
    turns: list[Turn] = []
    origins: list[Origin] = []
    starts = [origin.start for origin in document.origins]
    at = 0
    for turn, theirs in zip(document.turns, found, strict=True):
        if texts:
            at += 2
        words = replaced(document.words(turn), theirs)
        turns.append(msgspec.structs.replace(turn, start=at, end=at + len(words)))
        first, moved = bisect_left(starts, turn.start), _Moves(theirs)
        for origin in document.origins[first : bisect_left(starts, turn.end)]:
            start = at + moved(origin.start - turn.start)
            end = at + moved(origin.end - turn.start)
            if start < end:
                origins.append(msgspec.structs.replace(origin, start=start, end=end))
        texts.append(words)
        at += len(words)
    return msgspec.structs.replace(document, text="\n\n".join(texts), turns=tuple(turns), origins=tuple(origins))


class _Moves:
    """Places in a turn before and after its replacements; a place inside a replaced stretch goes to its end."""

    def __init__(self, found: Sequence[Finding]) -> None:
        self._found = found
        self._starts = [one.start for one in found]
        self._shifts = [0, *accumulate(len(one.after) - (one.end - one.start) for one in found)]

    def __call__(self, place: int) -> int:
        index = bisect_left(self._starts, place)
        moved = place + self._shifts[index]
        if index and self._found[index - 1].end > place:
            moved += self._found[index - 1].end - place
        return moved


def place_of(document: Document, at: int) -> str:
    """Where a character of the document stands in the original, for people."""
    index = bisect_right([origin.start for origin in document.origins], at) - 1
    return document.origins[index].place if index >= 0 else ""
