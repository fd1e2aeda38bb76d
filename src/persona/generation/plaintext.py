"""Texts as they are compared: letters folded, marks made alike, with the way back to every original character."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple

_ALIKE = {
    **dict.fromkeys("’‘‚‛ʼ′`´＇", "'"),
    **dict.fromkeys("“”„‟«»″＂", '"'),
    **dict.fromkeys("–—−‐‑‒―﹣－", "-"),
}
_NOTHING = frozenset("\u200b\u200c\u200d\u2060\ufeff\u00ad")


class Plain(NamedTuple):
    """A folded text and, for each of its characters, the position in the original that it comes from.

    ``places`` has one entry more than ``text`` has characters: the end of the original.
    """

    text: str
    places: tuple[int, ...]


@lru_cache(maxsize=4096)
def _folded(letter: str) -> str:
    if letter in _ALIKE:
        return _ALIKE[letter]
    if letter in _NOTHING:
        return ""
    found = "".join(_ALIKE.get(one, one) for one in unicodedata.normalize("NFKC", letter).casefold())
    return " " if found.isspace() else found


def plain(text: str) -> Plain:
    """The folded form: compatibility letters as usual ones, without case, one kind of quotes and dashes, single blanks.

    Each letter is folded by itself, so that the way back is exact whatever a letter unfolds into.
    """
    letters: list[str] = []
    places: list[int] = []
    blank = True  # none at the beginning
    for at, letter in enumerate(text):
        for one in _folded(letter):
            if one == " ":
                if blank:
                    continue
                blank = True
            else:
                blank = False
            letters.append(one)
            places.append(at)
    if letters and letters[-1] == " ":
        letters.pop()
        places.pop()
    return Plain("".join(letters), (*places, len(text)))


def words(text: str) -> list[str]:
    """The words of a folded text: letters and digits with the apostrophes and points inside them."""
    return [text[start:end] for start, end in word_places(text)]


def word_places(text: str) -> Iterator[tuple[int, int]]:
    """Where each word of a folded text begins and ends."""
    start: int | None = None
    for at, letter in enumerate(text):
        inside = letter.isalnum() or (
            letter in "'.," and start is not None and at + 1 < len(text) and text[at + 1].isalnum() and _joins(text, at)
        )
        if inside and start is None:
            start = at
        elif not inside and start is not None:
            yield start, at
            start = None
    if start is not None:
        yield start, len(text)


def _joins(text: str, at: int) -> bool:
    """An apostrophe joins letters (don't), a point or comma joins digits (3.5)."""
    if text[at] == "'":
        return True
    return text[at - 1].isdigit() and text[at + 1].isdigit()
