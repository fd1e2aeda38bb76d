"""Everything that is to be replaced in one text: patterns, terms and what a recogniser of names finds."""

from __future__ import annotations

import re
from collections.abc import Collection

from persona.sources.redaction.findings import NUMBERED, Finding, settled
from persona.sources.redaction.folding import words_of
from persona.sources.redaction.patterns import find_patterns
from persona.sources.redaction.pseudonyms import Pseudonyms
from persona.sources.redaction.rules import Allowed, Recogniser
from persona.sources.redaction.terms import Term, Terms

LEAST_AGAIN = 5
"""The shortest find that is looked for everywhere in its file."""

BY_CONTEXT = ("phone", "birth", "address")
"""Kinds that are sometimes known only by the words beside them: a number after "call me on", a date after "born"."""

_DIGITS = re.compile(r"\d+")


class Search:
    """Finds in one file after another text; what a pattern found once is found wherever it stands again."""

    def __init__(
        self, terms: Terms, allowed: Allowed, pseudonyms: Pseudonyms, recogniser: Recogniser | None = None
    ) -> None:
        self._terms = terms
        self._allowed = allowed
        self._pseudonyms = pseudonyms
        self._recogniser = recogniser
        self._again: dict[str, dict[str, tuple[int, Finding]]] = {}

    def find(self, text: str, speakers: Collection[str] = ()) -> list[Finding]:
        """What to replace in a text, settled. ``speakers`` are the pseudonyms of those who speak in its document."""
        found = [*find_patterns(text), *self._terms.find(text, speakers, self._otherwise)]
        if self._recogniser is not None:
            found += [
                Finding(one.start, one.end, one.kind, self._name(text[one.start : one.end], one.kind, speakers))
                for one in self._recogniser(text)
                if one.kind in NUMBERED
                and 0 <= one.start < one.end <= len(text)
                and words_of(text[one.start : one.end])
            ]
        kept = [one for one in found if not self._allowed.find(text[one.start : one.end], one.kind)]
        for one in kept:
            words = text[one.start : one.end]
            if one.kind in BY_CONTEXT and len(words) >= LEAST_AGAIN and not _stands_alone(words):
                first = _DIGITS.search(words)
                if first:
                    self._again.setdefault(first[0], {})[words] = (first.start(), one)
        return settled(text, kept)

    def again(self, text: str, found: list[Finding]) -> list[Finding]:
        """The finds in a text, and whatever was found elsewhere in the file only because of words beside it."""
        if not self._again:
            return found
        more = list(found)
        for digits in _DIGITS.finditer(text):
            for words, (offset, one) in self._again.get(digits[0], {}).items():
                start = digits.start() - offset
                end = start + len(words)
                if start >= 0 and text.startswith(words, start) and not text[end : end + 1].isalnum():
                    more.append(one._replace(start=start, end=end))
        return settled(text, more) if len(more) > len(found) else found

    def _otherwise(self, term: Term) -> str:
        """The placeholder of words that mean nobody who speaks."""
        forms = term.forms or (term.words,)
        placeholder = self._pseudonyms.name(forms[0], term.kind)
        for form in forms[1:]:
            self._pseudonyms.name(form, term.kind, placeholder)
        return placeholder

    def _name(self, words: str, kind: str, speakers: Collection[str]) -> str:
        """The placeholder of what a recogniser found: of the person it means, or a new one."""
        people = self._pseudonyms.people_called(words_of(words))
        here = [person for person in people if person in speakers] or list(people)
        return f"[{here[0]}]" if len(here) == 1 else self._pseudonyms.name(words_of(words), kind)


def _stands_alone(words: str) -> bool:
    """Whether words are found without anything beside them."""
    return any((one.start, one.end) == (0, len(words)) for one in find_patterns(words))
