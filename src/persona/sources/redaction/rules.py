"""What redaction is told to do, and what it says it has done."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable
from typing import NamedTuple

from persona.model.sources import Reading
from persona.sources.redaction.folding import words_of


class Denied(NamedTuple):
    """A line of a deny-list: the forms of one name or word, and what replaces them if the list says so."""

    forms: tuple[str, ...]
    after: str | None = None


class Span(NamedTuple):
    """What a recogniser of names found in a text: ``kind`` is ``name``, ``organisation`` or ``place``."""

    start: int
    end: int
    kind: str


Recogniser = Callable[[str], Iterable[Span]]


class Rules(NamedTuple):
    """What is replaced beside the patterns and the people who speak: denied words, never the allowed ones.

    ``allow`` holds whole finds such as ``support@example.org`` or ``Jupyter``; a host such as ``example.org`` allows
    every address there. ``recogniser`` finds more names, if there is one.
    """

    deny: tuple[Denied, ...] = ()
    allow: frozenset[str] = frozenset()
    recogniser: Recogniser | None = None


class Allowed:
    """What must stay, in folded words and in hosts."""

    def __init__(self, items: Iterable[str]) -> None:
        items = list(items)
        self._words = frozenset(words_of(item) for item in items)
        self._hosts = tuple(item.strip().lower() for item in items if "." in item and " " not in item.strip())

    def words(self, words: tuple[str, ...]) -> bool:
        """Whether these folded words stay."""
        return words in self._words

    def find(self, before: str, kind: str) -> bool:
        """Whether a find stays: its words, or for an address its host."""
        if words_of(before) in self._words:
            return True
        if kind not in ("email", "url") or not self._hosts:
            return False
        host = re.sub(r"^[a-z]{2,5}://", "", before.lower())
        host = re.split(r"[/?#]", host, maxsplit=1)[0].rpartition("@")[2].partition(":")[0]
        return any(host == one or host.endswith("." + one) for one in self._hosts)


class Replacement(NamedTuple):
    """One replacement, for people who check: the place in the original, what stood there and the words around it."""

    place: str
    kind: str
    before: str
    after: str
    around: str = ""


class Redacted(NamedTuple):
    """A redacted reading, the stem under which its file may be kept, and every replacement."""

    reading: Reading
    stem: str
    replacements: tuple[Replacement, ...]

    @property
    def counts(self) -> dict[str, int]:
        """How many replacements of each kind."""
        return dict(sorted(Counter(one.kind for one in self.replacements).items()))
