"""Pseudonyms that stay the same in a project, remembered by keyed digests: the names themselves are never kept.

The digest is BLAKE2b with the project's secret as its key. Without the secret nothing can be learned from it; with the
secret a guessed name can be tested, so secret and digests stand together in one file that can be deleted.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Collection, Mapping

import msgspec

from persona.sources.redaction.folding import UNSPACED, words_of


def _secret() -> str:
    return os.urandom(32).hex()


class Remembered(msgspec.Struct, frozen=True):
    """What a project remembers of its redactions. Keys are keyed digests of folded words.

    ``people`` maps a whole label to the pseudonym of its person, ``aliases`` a part of a name to the people it may
    mean, ``names`` any other word to its placeholder. ``starts`` are digests of first words, ``lengths`` the lengths of
    words in scripts without spaces, ``highest`` the last number given per series.
    """

    secret: str = msgspec.field(default_factory=_secret)
    people: dict[str, str] = {}
    aliases: dict[str, list[str]] = {}
    names: dict[str, str] = {}
    starts: list[str] = []
    lengths: list[int] = []
    highest: dict[str, int] = {}
    schema: str = "redaction-names/1"


class Pseudonyms:
    """Gives people and words their pseudonyms, and recognises those of earlier imports by digest.

    ``floor`` are the highest numbers given before, for a project that has lost its file; ``taken`` are labels that no
    new pseudonym may have, because somebody else goes by them.
    """

    def __init__(
        self, known: Remembered | None = None, *, floor: Mapping[str, int] | None = None, taken: Collection[str] = ()
    ) -> None:
        known = known or Remembered()
        self._secret = bytes.fromhex(known.secret)
        self._people = dict(known.people)
        self._aliases = {key: list(people) for key, people in known.aliases.items()}
        self._names = dict(known.names)
        self._starts = set(known.starts)
        self._lengths = set(known.lengths)
        self._highest = dict(known.highest)
        for series, number in (floor or {}).items():
            self._highest[series] = max(number, self._highest.get(series, 0))
        self._taken = set(taken) - set(self._people.values())

    @property
    def known(self) -> Remembered:
        """Everything to be remembered for the next import."""
        return Remembered(
            self._secret.hex(),
            self._people,
            self._aliases,
            self._names,
            sorted(self._starts),
            sorted(self._lengths),
            self._highest,
        )

    @property
    def highest(self) -> dict[str, int]:
        """The last number given in each series."""
        return dict(self._highest)

    def mark(self, data: bytes) -> str:
        """The keyed digest of a whole file: it tells that a file is known, and not what was in it."""
        return self._digest(hashlib.sha256(data).digest())

    def person(self, label: str, series: str = "Person") -> str:
        """The pseudonym of the person whose whole label this is, such as ``Person-01``."""
        key = self._of(words_of(label) or (label,))
        if key not in self._people:
            number = self._highest.get(series, 0) + 1
            while f"{series}-{number:02d}" in self._taken:
                number += 1
            self._highest[series] = number
            self._people[key] = f"{series}-{number:02d}"
        return self._people[key]

    def alias(self, words: tuple[str, ...], person: str) -> None:
        """Remember that these words may mean this person."""
        people = self._aliases.setdefault(self._of(words), [])
        if person not in people:
            people.append(person)
        self._begin(words)
        if len(words) > 1 and UNSPACED.search(words[0]):
            self.alias(("".join(words),), person)

    def people_called(self, words: tuple[str, ...]) -> tuple[str, ...]:
        """The people that these words may mean."""
        return tuple(self._aliases.get(self._of(words), ()))

    def name(self, words: tuple[str, ...], kind: str = "name", given: str | None = None) -> str:
        """The placeholder of a word that is no speaker's name, such as ``[name-3]``; ``given`` if a list states one."""
        key = self._of(words)
        if given is not None:
            self._names[key] = given
        elif key not in self._names:
            self._highest[kind] = self._highest.get(kind, 0) + 1
            self._names[key] = f"[{kind}-{self._highest[kind]}]"
        self._begin(words)
        if len(words) > 1 and UNSPACED.search(words[0]):
            self.name(("".join(words),), kind, self._names[key])
        return self._names[key]

    def recalled(self, texts: Collection[tuple[str, ...]]) -> dict[tuple[str, ...], str | None]:
        """The words of earlier imports that occur in texts (as folded words): their placeholder, or None for people."""
        found: dict[tuple[str, ...], str | None] = {}
        if not self._starts:
            return found
        starts: dict[str, bool] = {}
        for words in [*texts, *self._run_together(texts)]:
            for index, word in enumerate(words):
                for part in self._parts(word):
                    if part not in starts:
                        starts[part] = self._of((part,)) in self._starts
                    if not starts[part]:
                        continue
                    for length in range(1, 6 if part == word else 2):
                        run = (part, *words[index + 1 : index + length])
                        key = self._of(run)
                        if key in self._aliases:
                            found[run] = None
                        elif key in self._names:
                            found[run] = self._names[key]
        return found

    def _run_together(self, texts: Collection[tuple[str, ...]]) -> list[tuple[str, ...]]:
        """Texts of scripts without spaces as one word each: a name there may have a blank, or may not."""
        if not self._lengths:
            return []
        return [("".join(words),) for words in texts if any(UNSPACED.search(word) for word in words)]

    def _parts(self, word: str) -> set[str]:
        """A word, without a final s, and its pieces where a script does not part words by spaces."""
        parts = {word, word.removesuffix("s")} if len(word) > 4 else {word}
        if self._lengths and UNSPACED.search(word):
            parts |= {word[at : at + long] for long in self._lengths for at in range(len(word) - long + 1)}
        elif word and "\u0590" <= word[0] <= "\u06ff":
            parts |= {word[1:], word[2:]} - {""}
        return parts

    def _begin(self, words: tuple[str, ...]) -> None:
        self._starts.add(self._of(words[:1]))
        if words and UNSPACED.search(words[0]):
            self._lengths.add(len(words[0]))

    def _of(self, words: tuple[str, ...]) -> str:
        return self._digest("\n".join(words).encode())

    def _digest(self, data: bytes) -> str:
        return hashlib.blake2b(data, key=self._secret, digest_size=16).hexdigest()
