"""Finding names and listed words: whole words in any case, in every script, in time that grows with the text alone."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Iterator
from typing import NamedTuple

from persona.sources.redaction.findings import Finding
from persona.sources.redaction.folding import TOKEN, UNSPACED, Folded, fold, unbroken
from persona.sources.redaction.frequent import FREQUENT
from persona.sources.redaction.vocabulary import (
    AFTER_WORDS,
    BEFORE_MONTHS,
    BEFORE_NAMES,
    GREETINGS,
    MONTHS,
    NO_FORMS,
    ORDINARY,
)

_BETWEEN = re.compile(r"\s*[\-'._,]{0,3}\s*")
_BETWEEN_LISTED = re.compile(r"\s*[^\w\s!?;]{0,3}\s*|\s*_\s*")
"""What may stand between the words of a name, and of one that somebody listed: ``Smith & Sons``, ``AT&T (UK)``."""
_ENDS = re.compile(r"(?:^|[.!?…:;\n\"“”«»()\[\]–—-])\s*['\"“«(¿¡]?$")
_HANGUL = re.compile("[\uac00-\ud7af]")
SHORT_WITH_S = 4
"""Letters of the shortest name with an s behind (Toms). So short it needs a capital, for many words end so (lens)."""
_PREFIXES = frozenset("وفبلكהוכלמבש")
"""Particles that Arabic and Hebrew write as one with the word that follows."""


class Term(NamedTuple):
    """Words to find: ``people`` they may mean (by pseudonym), or the placeholder that replaces them.

    ``listed`` says that a person asked for it, so that it is found in any case. ``opens`` says that it may be the first
    word of a sentence although it is an ordinary word too, as given names are. ``forms`` are all words that
    share the placeholder, the first of which decides it.
    """

    words: tuple[str, ...]
    after: str | None = None
    people: tuple[str, ...] = ()
    kind: str = "name"
    listed: bool = False
    opens: bool = True
    forms: tuple[tuple[str, ...], ...] = ()


class Terms:
    """An index of terms by their first word.

    ``ordinary`` are words that the texts use as words: a name that is one of them is found only with a capital. The
    words of listed terms that are found are added to ``met``.
    """

    def __init__(
        self, terms: Iterable[Term], ordinary: Collection[str] = frozenset(), met: set[tuple[str, ...]] | None = None
    ) -> None:
        self._met = met if met is not None else set()
        self._by_first: dict[str, list[Term]] = {}
        self._inside: list[Term] = []
        self._ordinary = ordinary
        for term in {one.words: one for one in terms if one.words}.values():
            if UNSPACED.search("".join(term.words)):
                self._inside.append(term)
            else:
                self._by_first.setdefault(term.words[0], []).append(term)
        for group in self._by_first.values():
            group.sort(key=lambda term: -len(term.words))
        self._inside.sort(key=lambda term: -len("".join(term.words)))

    def __bool__(self) -> bool:
        return bool(self._by_first or self._inside)

    def find(self, text: str, speakers: Collection[str], otherwise: Callable[[Term], str]) -> Iterator[Finding]:
        """Every occurrence. Of several people with one name, the one among ``speakers`` is meant.

        ``otherwise`` gives the placeholder of words that mean no person, or several of whom none speaks.
        """
        folded = fold(text)
        for form in (folded, unbroken(text)):
            if form is None:
                continue
            for term, start, end in [*self._in_words(text, form), *self._in_runs(form)]:
                if term.listed:
                    self._met.add(term.words)
                after = term.after or _person(term.people, speakers) or otherwise(term)
                yield Finding(*form.span(start, end), term.kind, after)

    def _in_words(self, text: str, folded: Folded) -> Iterator[tuple[Term, int, int]]:
        if not self._by_first:
            return
        tokens = [(match.group(), match.start(), match.end()) for match in TOKEN.finditer(folded.text)]
        skip = -1
        for index, (word, start, _) in enumerate(tokens):
            if index <= skip:
                continue
            for first, cut in _variants(word):
                found = next(
                    (
                        (term, last, end)
                        for term in self._by_first.get(first, ())
                        if (met := _rest(term, tokens, index, first == word[cut:], folded.text)) is not None
                        for last, end in [met]
                        if self._fits(term, text, folded, start + cut, tokens, index, last)
                    ),
                    None,
                )
                if found is not None:
                    term, skip, end = found
                    yield term, start + cut, min(end, start + cut + len(first)) if len(term.words) == 1 else end
                    break

    def _fits(
        self,
        term: Term,
        text: str,
        folded: Folded,
        start: int,
        tokens: list[tuple[str, int, int]],
        first: int,
        last: int,
    ) -> bool:
        """Whether an occurrence is the name and not a word that looks like it.

        ``first`` and ``last`` are the tokens it takes; the first may bear an s or a particle.
        """
        word, written = term.words[0], tokens[first][0]
        if term.listed:
            return True
        if folded.text.startswith("'t", tokens[last][2]):  # don't, won't: nobody called Don or Won
            return False
        at = folded.span(start, start + 1)[0]
        capital = text[at].isupper() or text[at].lower() == text[at].upper()
        if len(term.words) > 1:  # "Marks, Will" is somebody, "marks Will's work" is not
            return word not in ORDINARY or text[at].isupper()
        if word in MONTHS and _is_month(tokens, first, last):
            return False
        if len(written) == SHORT_WITH_S and written == word + "s" and (written in NO_FORMS or not capital):
            return False
        if len(word) > 2 and not any(
            one in self._ordinary or one in ORDINARY or one in FREQUENT for one in (word, written)
        ):
            return True
        if not capital:
            return _is_called(folded.text, tokens, first, last)
        if not _ENDS.search(text[max(0, at - 12) : at]):
            return True
        owned = folded.text[start + len(word) : start + len(word) + 2] == "'s"
        follows = tokens[last + 1][0] if last + 1 < len(tokens) else ""
        return owned or (term.opens and follows not in AFTER_WORDS)

    def _in_runs(self, folded: Folded) -> Iterator[tuple[Term, int, int]]:
        """Terms of scripts without spaces, wherever their letters stand; Hangul only where a word begins."""
        for term in self._inside:
            letters = "".join(term.words)
            if letters[0] not in folded.text:
                continue
            for match in re.finditer(r"[\s・·]{0,2}".join(map(re.escape, letters)), folded.text):
                at = match.start()
                if not (_HANGUL.match(term.words[0]) and at and _HANGUL.match(folded.text[at - 1])):
                    yield term, at, match.end()


def _variants(word: str) -> Iterator[tuple[str, int]]:
    """A word without what grammar hangs on it (a final s, particles), and how many letters were left out before it."""
    yield word, 0
    if len(word) >= SHORT_WITH_S and word.endswith("s") and not word.endswith("ss"):
        yield word[:-1], 0
    if "\u0590" <= word[0] <= "\u06ff":
        for cut in (1, 2):
            if len(word) > cut + 1 and set(word[:cut]) <= _PREFIXES:
                yield word[cut:], cut


def _is_month(tokens: list[tuple[str, int, int]], first: int, last: int) -> bool:
    """Whether a name that is a month, too, stands as the month: "in May", "May 5"."""
    before = tokens[first - 1][0] if first else ""
    follows = tokens[last + 1][0] if last + 1 < len(tokens) else ""
    return before in BEFORE_MONTHS or before[:1].isdigit() or follows[:1].isdigit()


def _is_called(text: str, tokens: list[tuple[str, int, int]], first: int, last: int) -> bool:
    """Whether a word in lower case stands where only a name does: "mr may said", "thanks mark!"."""
    before = tokens[first - 1][0] if first else ""
    end = tokens[last][2]
    return before in BEFORE_NAMES or (before in GREETINGS and (end == len(text) or text[end] in ",.!?;:\n"))


def _rest(term: Term, tokens: list[tuple[str, int, int]], index: int, whole: bool, text: str) -> tuple[int, int] | None:
    """Whether the further words of a term follow: the last token and the end, or None."""
    count = len(term.words)
    if count == 1:
        return index, tokens[index][2]
    if not whole or index + count > len(tokens):
        return None
    between = _BETWEEN_LISTED if term.listed else _BETWEEN
    for offset in range(1, count):
        _, _, before = tokens[index + offset - 1]
        word, start, end = tokens[index + offset]
        if not between.fullmatch(text, before, start):
            return None
        wanted = term.words[offset]
        if word != wanted:
            if offset == count - 1 and word == wanted + "s":
                return index + offset, end - 1
            return None
    return index + count - 1, tokens[index + count - 1][2]


def _person(people: tuple[str, ...], speakers: Collection[str]) -> str | None:
    """The placeholder of the one person meant, if that can be told."""
    here = [person for person in people if person in speakers] or list(people)
    return f"[{here[0]}]" if len(here) == 1 else None
