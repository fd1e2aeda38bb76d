"""One form for words that differ only in case, accents or typography, with the way back to the text as written."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

TOKEN = re.compile("(?:[^\\W_]|[\u0900-\u0963\u0971-\u0dff\u0f00-\u0fff\u1000-\u109f])+")
"""A word of a folded text; the second class holds the vowel signs of Indic scripts, which are no letters to ``re``."""

UNSPACED = re.compile(
    "[\u0e00-\u0eff\u1780-\u17ff\u3040-\u30ff\u31f0-\u31ff\u3400-\u9fff\uac00-\ud7af\U00020000-\U0003ffff]"
)
"""Letters of scripts without spaces, or with particles hung on words: Thai, Lao, Khmer, kana, Han, Hangul."""

_DROPPED = re.compile(
    "[\u0300-\u036f\u0591-\u05bd\u05bf\u05c1\u05c2\u0610-\u061a\u064b-\u065f\u0670\u0640\u00ad\u200b-\u200f\u2060\ufeff]"
)
_PLAIN = {"ł": "l", "ø": "o", "đ": "d", "æ": "ae", "œ": "oe", "ð": "d", "þ": "th", "ı": "i"}
_BROKEN = re.compile("(?<=[^\\W\\d_])[-\\u00ad\\u2010][^\\S\\n]*\\n[^\\S\\n]*(?=[^\\W\\d_])")
"""Where a word is parted at the end of a line."""

_MARKS = str.maketrans("’‘ʼ‛`´‐‑‒–—−", "''''''------")


class Folded(NamedTuple):
    """A folded text. ``at`` holds the place of each of its characters in the text as written, and the end of that text.

    ``at`` is None where both have the same places.
    """

    text: str
    at: Sequence[int] | None

    def span(self, start: int, end: int) -> tuple[int, int]:
        """A stretch of the folded text as a stretch of the text as written, marks that folding drops included."""
        if self.at is None:
            return start, end
        return self.at[start], max(self.at[end - 1] + 1, self.at[end])


@lru_cache(maxsize=20_000)
def _folded(char: str) -> str:
    wide = unicodedata.normalize("NFKC", char.translate(_MARKS))
    if all(one < "\u0590" or "\u1e00" <= one <= "\u1fff" for one in wide):
        wide = unicodedata.normalize("NFD", wide)
    low = "".join(_PLAIN.get(one, one) for one in wide.casefold())
    return " " if low.isspace() and low != "\n" else _DROPPED.sub("", low)


def fold(text: str) -> Folded:
    """The folded form: no case, no accents in Latin, Greek and Cyrillic, no vowel points, straight quotation marks."""
    if text.isascii():
        return Folded(text.lower(), None)
    parts = [_folded(char) for char in text]
    if all(len(part) == 1 for part in parts):
        return Folded("".join(parts), None)
    at = [index for index, part in enumerate(parts) for _ in part]
    return Folded("".join(parts), [*at, len(text)])


def unbroken(text: str) -> Folded | None:
    """The folded form with words put together that are parted at line ends (``Lo-`` and ``pez``); None if none is."""
    kept: list[int] = []
    at = 0
    for match in _BROKEN.finditer(text):
        kept += range(at, match.start())
        at = match.end()
    if at == 0:
        return None
    kept += range(at, len(text))
    folded = fold("".join(text[place] for place in kept))
    places = range(len(kept)) if folded.at is None else folded.at[:-1]
    return Folded(folded.text, [*(kept[place] for place in places), len(text)])


def words_of(text: str) -> tuple[str, ...]:
    """The folded words of a text in order."""
    return tuple(TOKEN.findall(fold(text).text))
