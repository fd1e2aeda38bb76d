"""Texts as they are compared: letters folded, marks made alike, with the way back to every original character.

The folding is compatibility caseless matching (The Unicode Standard, 3.13, D146) and, on top of it, one kind of
quotation marks, dashes and blanks, no characters without a shape, and one letter i: the Turkish ones lose their
difference whenever somebody changes the case.
"""

from __future__ import annotations

import re
import unicodedata
from array import array
from functools import lru_cache
from typing import NamedTuple

_ALIKE = str.maketrans(
    {
        **dict.fromkeys("’‘‚‛ʼʹ′`´", "'"),
        **dict.fromkeys("“”„‟«»″‹›", '"'),
        **dict.fromkeys("–—−‐‑‒―⸺⸻", "-"),
        "⁄": "/",
        "ı": "i",
    }
)
_PIECE = re.compile(r"(?:[\x00-\x7f](?![^\x00-\x7f]))+|.", re.DOTALL)
"""A run of ASCII in which no letter can carry a mark, or one other character."""

_TIDY = re.compile(r"(?<=\S)\s+-+\s+(?=\S)|\s+|--+")
"""A dash between blanks stands for one without; a dash before a number only, "was -5", may be a sign and stays."""

_TOKEN = re.compile(
    # Scripts without blanks between words: a word a character, with its marks
    r"[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3005-\u3007\u3040-\u3096\u309d-\u30fa\u30fc-\u30ff\u3400-\u9fff\uf900-\ufaff"
    r"\U00020000-\U0003ffff][\u3099\u309a]*"
    # Words: anything but marks and blanks, apostrophes inside; numbers with their sign, points and commas
    r"|(?:(?<![^\s(])[-+](?=\d))?{word}(?:(?:(?<=\d)[.,:/](?=\d)|'(?={word})){word})*"
    # Signs that say as much as a word
    r"|[%$€£¥°+=<>&^]".replace(
        "{word}", r"[^\s\x00-/:-@\[-`{-\x7f-¿×÷\u2000-\u206f\u20a0-\u20cf\u2e00-\u2e7f\u3000-\u30ff\u3400-\u9fff]+"
    )
)


class Folded(NamedTuple):
    """A folded text; its character ``i`` comes from ``starts[i]`` to ``ends[i]`` of the original."""

    text: str
    starts: array[int]
    ends: array[int]

    def span(self, begin: int, end: int) -> tuple[int, int]:
        """The original (start, end) of a stretch of the folded text that is not empty."""
        return self.starts[begin], self.ends[end - 1]

    def is_whole(self, begin: int, end: int) -> bool:
        """Whether a stretch neither begins nor ends inside what one original character unfolds into (ﬁ, ½)."""
        return (begin == 0 or self.starts[begin - 1] < self.starts[begin]) and (
            end == len(self.text) or self.starts[end - 1] < self.starts[end]
        )


class Token(NamedTuple):
    """A word of a folded text, or a sign that says as much, and where it stands there."""

    word: str
    begin: int
    end: int


def fold(text: str) -> Folded:
    """The folded form of a text. Equal words in other case, marks, blanks and encodings of letters fold alike."""
    letters: list[str] = []
    starts, ends = array("L"), array("L")
    cluster = ""  # a character and the marks on it, which Unicode orders together

    for match in _PIECE.finditer(text):
        piece, start, end = match[0], match.start(), match.end()
        if len(piece) > 1 or piece.isascii():
            cluster = piece[-1]
            letters.append(piece.lower().translate(_ALIKE))
            starts.extend(range(start, end))
            ends.extend(range(start + 1, end + 1))
            continue
        new = _folded(piece)
        if not new:
            continue
        if cluster and unicodedata.combining(new[0]):
            cluster += piece
            last, new = letters.pop(), _folded(cluster)
            start = starts[-len(last)]
            del starts[-len(last) :], ends[-len(last) :]
        else:
            cluster = piece
            if new[0].isdigit() and not piece.isdecimal() and letters and letters[-1][-1:].isdigit():
                new = (
                    "^" if "<super>" in unicodedata.decomposition(piece) else " "
                ) + new  # 10² is not 102, nor 2½ 21/2
        letters.append(new)
        starts.extend([start] * len(new))
        ends.extend([end] * len(new))
    return _tidied(Folded("".join(letters), starts, ends))


def tokens(folded: str) -> list[Token]:
    """The words of a folded text, in order."""
    return [Token(match[0], match.start(), match.end()) for match in _TOKEN.finditer(folded)]


@lru_cache(maxsize=8192)
def _folded(cluster: str) -> str:
    shown = "".join(letter for letter in cluster if not _is_shapeless(letter))
    once = unicodedata.normalize("NFKD", unicodedata.normalize("NFD", shown.translate(_ALIKE)).casefold())
    twice = unicodedata.normalize("NFKD", once.casefold()).translate(_ALIKE).replace("i\u0307", "i")
    return " " if twice.isspace() else twice


def _is_shapeless(letter: str) -> bool:
    """Joiners, soft hyphens, marks of direction and variation: seen by nobody."""
    return unicodedata.category(letter) == "Cf" or letter == "\u034f" or letter in _VARIATIONS


_VARIATIONS = frozenset(map(chr, (*range(0xFE00, 0xFE10), *range(0xE0100, 0xE01F0))))


def _tidied(folded: Folded) -> Folded:
    """Single blanks, none at the ends, and single dashes."""
    text, starts, ends = folded
    letters: list[str] = []
    new_starts, new_ends = array("L"), array("L")
    at = 0
    for match in _TIDY.finditer(text):
        begin, end = match.span()
        one = "-" if "-" in match[0] else " "
        if match[0] == one and begin > 0 and end < len(text):
            continue
        letters.append(text[at:begin])
        new_starts.extend(starts[at:begin])
        new_ends.extend(ends[at:begin])
        if one == "-" or (begin > 0 and end < len(text)):
            letters.append(one)
            new_starts.append(starts[begin])
            new_ends.append(ends[end - 1])
        at = end
    letters.append(text[at:])
    return Folded("".join(letters), new_starts + starts[at:], new_ends + ends[at:])
