"""Redaction of a reading: personal data out of every word that would be kept, before anything is hashed or stored."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from functools import partial
from pathlib import PurePath

import msgspec

from persona.model.sources import Document, Origin, ParticipantCard, Reading, Turn
from persona.sources.redaction.cases import cases, used_as_words
from persona.sources.redaction.findings import Finding, replaced
from persona.sources.redaction.folding import unbroken, words_of
from persona.sources.redaction.people import (
    NAME_FIELD,
    PRIVATE_FIELD,
    Stretch,
    aliases,
    introduced,
    is_name,
    names_in_file_name,
)
from persona.sources.redaction.pseudonyms import Pseudonyms
from persona.sources.redaction.rewriting import parts_of_place, place_of, rewrite
from persona.sources.redaction.rules import Allowed, Redacted, Replacement, Rules
from persona.sources.redaction.searching import Search
from persona.sources.redaction.terms import Term, Terms

ROUNDS = 4
"""How often a text is searched until nothing is found: a replacement can bare what stood beside it."""

AROUND = 30
"""The characters of the original on either side of a replacement that a person sees when checking."""


class Redactor:
    """Redacts the files of one import: first ``meet`` each of them, so that a name is known in all, then ``redact``."""

    def __init__(self, rules: Rules, pseudonyms: Pseudonyms) -> None:
        self._rules = rules
        self._pseudonyms = pseudonyms
        self._allowed = Allowed(rules.allow)
        self._aliases: dict[tuple[str, ...], bool] = {}
        self._stated: dict[str, None] = {}
        self._met: set[tuple[str, ...]] = set()
        self._given = {words_of(form): one.after for one in rules.deny if one.after for form in one.forms}
        for words, after in self._given.items():
            pseudonyms.name(words, given=after)

    def meet(self, reading: Reading, stated: Iterable[str] = ()) -> None:
        """Learn who speaks in a reading, who is named as one of its people, and whom its file states elsewhere."""
        self._stated |= dict.fromkeys(stated)
        for document in reading.documents:
            made_up = {card.key for card in document.participants if not card.specific}
            for label, role in {turn.speaker: turn.role for turn in document.turns}.items():
                if label not in made_up:
                    self.called(label, "Interviewer" if role == "interviewer" else "Person")
            for card in document.participants:
                person = self.called(card.key) if card.specific else None
                for key, value in card.attributes.items():
                    if NAME_FIELD.fullmatch(key.replace("_", " ").strip()) and is_name(value):
                        self._learn(value, person or self._pseudonyms.person(value))

    def redact(self, reading: Reading, name: str) -> Redacted:
        """The reading of the file ``name`` without personal data, as far as the rules know it."""
        self.meet(reading)
        return _File(self, reading, PurePath(name).stem).redacted()

    @property
    def unmet(self) -> int:
        """How many lines of the deny-lists were found in no file until now."""
        return sum(all(words_of(form) not in self._met for form in denied.forms) for denied in self._rules.deny)

    def called(self, label: str, series: str = "Person") -> str:
        """What a speaker or participant is called after redaction; a role or a code keeps its label."""
        words = words_of(label)
        self._met.add(words)
        if words in self._given:
            return str(self._given[words]).strip("[]")
        if not is_name(label) or self._allowed.words(words):
            return label
        person = self._pseudonyms.person(label, series)
        self._learn(label, person)
        return person

    def _learn(self, label: str, person: str) -> None:
        for alias in aliases(label):
            if not self._allowed.words(alias.words):
                self._pseudonyms.alias(alias.words, person)
                self._aliases[alias.words] = alias.opens or self._aliases.get(alias.words, False)

    def search(
        self,
        texts: Collection[tuple[str, ...]],
        names: Iterable[str],
        file_name: Sequence[Sequence[tuple[str, ...]]],
        ordinary: Collection[str],
    ) -> Search:
        """The search for one file; of terms with the same words the later one counts."""
        called = self._pseudonyms.people_called
        terms = [Term(words, None, called(words), forms=tuple(forms)) for forms in file_name for words in forms]
        for said in sorted(
            {*names, *self._stated}, key=lambda words: (len(words), words)
        ):  # a whole name decides over the same words in a shorter one
            forms = tuple(one.words for one in aliases(said))
            terms += [Term(one.words, opens=one.opens, forms=forms) for one in aliases(said)]
        for words, after in self._pseudonyms.recalled(texts).items():
            terms.append(Term(words, after, () if after else called(words), listed=after is not None))
        terms += [Term(words, None, called(words), opens=opens) for words, opens in self._aliases.items()]
        for denied in self._rules.deny:
            forms = tuple(words_of(form) for form in denied.forms)
            people = next((found for form in forms if (found := called(form))), ())
            for form in forms:
                for person in people:
                    self._pseudonyms.alias(form, person)
                terms.append(Term(form, denied.after, people, listed=True, forms=forms))
        wanted = [term for term in terms if not self._allowed.words(term.words)]
        return Search(Terms(wanted, ordinary, self._met), self._allowed, self._pseudonyms, self._rules.recogniser)

    def placeholder(self, words: tuple[str, ...]) -> str:
        """What a name in the name of a file becomes: the person it means, or a numbered name."""
        people = self._pseudonyms.people_called(words)
        return people[0] if len(people) == 1 else self._pseudonyms.name(words).strip("[]")

    def is_called(self, word: str) -> bool:
        """Whether somebody known in this import goes by this word alone."""
        return (word,) in self._aliases

    def stays(self, words: tuple[str, ...]) -> bool:
        """Whether words are on the list of what stays."""
        return self._allowed.words(words)


class _File:
    """The redaction of one file."""

    def __init__(self, redactor: Redactor, reading: Reading, stem: str) -> None:
        self._redactor = redactor
        self._reading = reading
        self._stem = stem
        self._done: list[Replacement] = []
        self._lines: dict[str, tuple[str, list[Replacement]]] = {}
        said = [document.words(turn) for document in reading.documents for turn in document.turns]
        self._ordinary, capital = cases(said)
        beside = {text for document in reading.documents for text in _besides(document)}
        names = dict.fromkeys(name for text in said for name in introduced(text))
        named = self._stretches(stem)
        wanted = [
            [words for words in dict.fromkeys((one.words, *((word,) for word in one.words))) if capital & {*words}]
            for one in named
        ]
        self._search = redactor.search(
            {words for text in {*said, *beside} for words in _readings(text)}, names, wanted, used_as_words(said)
        )
        self._new_stem = self._file_name(stem, named)

    def redacted(self) -> Redacted:
        """All of it. The documents keep their order and turns."""
        documents = tuple(self._document(document) for document in self._reading.documents)
        if self._new_stem != self._stem:
            self._done.append(Replacement("name of the file", "name", self._stem, self._new_stem))
        return Redacted(msgspec.structs.replace(self._reading, documents=documents), self._new_stem, tuple(self._done))

    def _document(self, document: Document) -> Document:
        keys = {card.key: self._key(card) for card in document.participants}
        labels = {
            label: keys.get(label) or self._redactor.called(label)
            for label in dict.fromkeys(turn.speaker for turn in document.turns)
        }
        words = self._words(document, {*labels.values(), *keys.values()})
        made_up = {card.key for card in document.participants if not card.specific}
        for before, after in (labels | keys).items():
            if before != after and before not in made_up:
                self._done.append(Replacement("speaker", "name", before, after))
        return msgspec.structs.replace(
            words,
            origins=tuple(Origin(one.start, one.end, self._place(one.place)) for one in words.origins),
            title=keys.get(document.title) or self._title(document.title, "title"),
            part=keys.get(document.part) or self._title(document.part, "part"),
            turns=tuple(self._turn(turn, labels, keys) for turn in words.turns),
            participants=self._cards(document, keys),
            attributes={
                key: self._title(value, f"attribute {key}")
                if key in ("id", "transcript_id")
                else self._line(value, f"attribute {key}")
                for key, value in document.attributes.items()
            },
        )

    def _words(self, document: Document, speakers: Collection[str]) -> Document:
        """The text and its turns, searched until nothing is found."""
        for _ in range(ROUNDS):
            texts = [document.words(turn) for turn in document.turns]
            found = [self._search.find(text, speakers) for text in texts]
            found = [self._search.again(text, theirs) for text, theirs in zip(texts, found, strict=True)]
            if not any(found):
                break
            for turn, text, theirs in zip(document.turns, texts, found, strict=True):
                place = partial(place_of, document)
                self._done += [_told(place(turn.start + one.start), text, one) for one in theirs]
            document = rewrite(document, found)
        return document

    def _turn(self, turn: Turn, labels: dict[str, str], keys: dict[str, str]) -> Turn:
        return msgspec.structs.replace(
            turn,
            speaker=labels[turn.speaker],
            participant=keys.get(turn.participant, turn.participant) if turn.participant is not None else None,
            question=self._line(turn.question, "question") if turn.question is not None else None,
        )

    def _key(self, card: ParticipantCard) -> str:
        return self._redactor.called(card.key) if card.specific else self._title(card.key, "participant")

    def _cards(self, document: Document, keys: dict[str, str]) -> tuple[ParticipantCard, ...]:
        """The participants under their new keys; attributes that reach or name a person are left out."""
        cards: dict[str, ParticipantCard] = {}
        for card in document.participants:
            given: dict[str, str] = {}
            for key, value in card.attributes.items():
                if PRIVATE_FIELD.search(key) or NAME_FIELD.fullmatch(key.replace("_", " ").strip()):
                    self._done.append(Replacement(f"attribute {key}", "field", value, ""))
                else:
                    given[self._line(key, "attribute")] = self._line(value, f"attribute {key}")
            new = keys[card.key]
            if new in cards:
                given = cards[new].attributes | given
            cards[new] = msgspec.structs.replace(card, key=new, attributes=given)
        return tuple(cards.values())

    # Short texts beside the words

    def _line(self, text: str, place: str) -> str:
        """A short text with everything replaced; told once however often it stands in the file."""
        if text not in self._lines:
            told: list[Replacement] = []
            new = text
            for _ in range(ROUNDS):
                found = self._search.again(new, self._search.find(new))
                if not found:
                    break
                told += [_told(place, new, one) for one in found]
                new = replaced(new, found)
            self._lines[text] = (new, told)
            self._done += told
        return self._lines[text][0]

    def _place(self, text: str) -> str:
        """A place in the original, without names in the title of the sheet or the head of the column."""
        before, named, after = parts_of_place(text)
        return f"{before}{self._line(named, 'place')}{after}" if named else text

    def _title(self, text: str, place: str) -> str:
        """A title or key: the name of the file in it, then words without spaces as a file's name, then the rest."""
        if self._stem and self._stem in text:
            text = text.replace(self._stem, self._new_stem)
        elif text and not any(char.isspace() for char in text):
            new = self._file_name(text, self._stretches(text))
            if new != text:
                self._done.append(Replacement(place, "name", text, new))
            return new
        return self._line(text, place)

    def _stretches(self, stem: str) -> list[Stretch]:
        """The names in a name of a file; a word that is somebody's name is one, however ordinary."""
        ordinary = {word for word in self._ordinary if not self._redactor.is_called(word)}
        return [one for one in names_in_file_name(stem, ordinary) if not self._redactor.stays(one.words)]

    def _file_name(self, stem: str, named: Sequence[Stretch]) -> str:
        """A name of a file without names; placeholders stand without brackets, which shells would take for patterns."""
        found = self._search.find(stem)
        taken = {place for one in found for place in range(one.start, one.end)}
        found += [
            Finding(one.start, one.end, "name", self._redactor.placeholder(one.words))
            for one in named
            if not taken & {*range(one.start, one.end)}
        ]
        found = [one._replace(after=one.after.strip("[]")) for one in sorted(found)]
        return replaced(stem, found)


def _told(place: str, text: str, one: Finding) -> Replacement:
    around = text[max(0, one.start - AROUND) : one.end + AROUND]
    return Replacement(place, one.kind, text[one.start : one.end], one.after, " ".join(around.split()))


def _readings(text: str) -> Iterator[tuple[str, ...]]:
    """The folded words of a text, also as they are where words parted at line ends are put together."""
    yield words_of(text)
    if (whole := unbroken(text)) is not None:
        yield words_of(whole.text)


def _besides(document: Document) -> Iterator[str]:
    """Every short text of a document beside its words."""
    yield from (document.title, document.part, *document.attributes.values())
    yield from {parts_of_place(origin.place)[1] for origin in document.origins}
    yield from {turn.question for turn in document.turns if turn.question}
    for card in document.participants:
        yield from (card.key, *card.attributes, *card.attributes.values())
