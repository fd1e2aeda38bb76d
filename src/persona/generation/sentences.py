"""Sentences with their exact places, by rule."""

from __future__ import annotations

import re
from collections.abc import Iterator

_END = re.compile(r"[.!?…]+[\"'”’)\]]*(?=\s)|[。！？]+[”’」』）]*|\n\s*\n|\n(?=\s*(?:[-*•]|\d+[.)])\s)")
_ABBREVIATIONS = re.compile(
    r"(?:\b(?:e\.g|i\.e|etc|vs|dr|mr|mrs|ms|prof|st|no|approx|fig|al|inc|ltd|jr|sr|ca|cf|dept|min|max)|\b[A-Z]|\b\d+)\.$",
    re.IGNORECASE,
)


def split(text: str, start: int = 0, end: int | None = None) -> Iterator[tuple[int, int]]:
    """The (start, end) of each sentence of ``text[start:end]``, in code points of ``text``, blanks trimmed.

    A sentence ends at ``.``, ``!``, ``?`` or ``…`` before a blank, unless what precedes is a known abbreviation, an
    initial or a number and what follows is no capital; at the full stops of Chinese and Japanese; at a blank line;
    and before an item of a list.
    """
    stop = len(text) if end is None else end
    at = start
    for mark in _END.finditer(text, start, stop):
        if mark.end() < at or _goes_on(text, at, mark, stop):
            continue
        yield from _trimmed(text, at, mark.end())
        at = mark.end()
    yield from _trimmed(text, at, stop)


def _goes_on(text: str, at: int, mark: re.Match[str], stop: int) -> bool:
    if mark[0][0] != ".":
        return False
    tail = text[max(at, mark.start() - 12) : mark.start() + 1]
    rest = text[mark.end() : min(stop, mark.end() + 12)].lstrip()
    if rest[:1].islower():
        return True
    found = _ABBREVIATIONS.search(tail)
    return found is not None and not (found[0][:1].isdigit() and rest[:1].isupper()) and found[0].lower() != "i."


def _trimmed(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    words = text[start:end]
    left = len(words) - len(words.lstrip())
    right = len(words.rstrip())
    if left < right:
        yield start + left, start + right
