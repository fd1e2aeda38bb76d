"""What is left of bytes without the words of a person: documents, personas, recipes, measures, cards.

Everything keeps its form. Whoever reads it finds places, counts and other people's words as they were.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from typing import Any

import msgspec
from msgspec.structs import replace

from persona.model.canonical import canonical_json
from persona.model.cards import ParticipantLabel, SourceCard, spent
from persona.model.recipes import Recipe
from persona.model.sources import FILLER, Document, ParticipantCard, Turn
from persona.runs.erasure.needles import QUOTED, STATED, Needles, words_of

GONE = "(erased: somebody withdrew)"
"""Stands for a text of which nothing may be left."""


def label_card(participant: str) -> bytes:
    """What is left of a participant's card: they go by their id. The same bytes every time."""
    return canonical_json(ParticipantLabel(participant, {}, salt=""))


def source_card(card: SourceCard, source: str) -> bytes:
    """What is left of the card of a source whose file is named after the person: it goes by its id."""
    return canonical_json(SourceCard(source, card.redaction, salt=""))


def without_speaker(
    document: Document, gone: Collection[str], title: str | None, labels: Collection[str], *, alone: bool
) -> Document:
    """A document without the words of the participants with these keys, and without their names as labels.

    They stay in it as ``withdrawn-1`` and so on, silent and without attributes, so that records of every moment fit it.
    When they are ``alone`` in it, the interviewer's words go too: they were said to this person. ``title`` takes the
    place of the title where that names the person; ``labels`` are what the person is called, also by others.
    """
    keys = {card.key: f"withdrawn-{place}" for place, card in enumerate(document.participants, 1) if card.key in gone}
    names = [re.escape(label) for label in sorted(labels, key=len, reverse=True) if is_name(label)]
    text = list(document.text)
    if names:
        for found in re.finditer(rf"\b(?:{'|'.join(names)})\b", document.text):
            text[found.start() : found.end()] = _filled(found[0])
    turns: list[Turn] = []
    for turn in document.turns:
        theirs = turn.participant in gone
        if theirs or alone:
            text[turn.start : turn.end] = _filled(document.text[turn.start : turn.end])
        if theirs:
            turn = replace(turn, speaker="", participant=keys[turn.participant or ""])
            turn = replace(turn, question=None) if alone else turn
        elif alone:
            turn = replace(turn, speaker="", question=None)
        turns.append(turn)
    if alone:  # whatever stands between the turns of a conversation with nobody else
        text = _filled(document.text)
    return replace(
        document,
        title=document.title if title is None else title,
        text="".join(text),
        turns=tuple(turns),
        participants=tuple(
            ParticipantCard(keys[card.key], specific=False) if card.key in keys else card
            for card in document.participants
        ),
        attributes={} if alone else document.attributes,
        part="" if alone else document.part,
        salt=spent(document.salt),
    )


def _filled(text: str) -> list[str]:
    return [letter if letter == "\n" else FILLER for letter in text]


def is_name(label: str) -> bool:
    """Whether a label can be told from an ordinary word: a name, or a number with letters; no bare ``P`` or ``7``."""
    return len(label) > 1 and any(letter.isalpha() for letter in label) and label[0].upper() == label[0]


def without_people(recipe: Recipe, gone: Mapping[str, Collection[str]]) -> Recipe:
    """A recipe that does not name the people with these keys, by the digest of the document in which they speak."""
    inputs = []
    for ref in recipe.inputs:
        keys = gone.get(ref.document, ())
        inputs.append(replace(ref, people={key: label for key, label in ref.people.items() if key not in keys}))
    if recipe.withheld:
        stay = {label for ref in inputs for label in ref.people.values()}
        recipe = replace(recipe, withheld=tuple(label for label in recipe.withheld if label in stay) or msgspec.UNSET)
    return replace(recipe, inputs=tuple(inputs))


def respent(value: Any) -> Any:
    """A JSON value that lost words, with the next salt in the place of its own."""
    if not isinstance(value, dict):
        return value
    for name in ("salt", "_provenance"):
        if name in value:
            held = value[name]
            value = {**value, name: spent(held) if isinstance(held, str) else respent(held)}
    return value


class Redactor:
    """Takes a person's words and labels out of sealed JSON. ``names`` maps their labels in the project to their ids."""

    def __init__(self, names: Mapping[str, str], needles: Needles) -> None:
        self._names = names
        self._needles = needles
        known = [re.escape(label) for label in sorted(names, key=len, reverse=True)]
        self._name = re.compile(rf"(?<!\w)(?:{'|'.join(known)})(?!\w)") if known else None

    def holds(self, text: str, length: int = QUOTED) -> bool:
        """Whether a text holds words or a label of the person."""
        return bool(self._name and self._name.search(text)) or self._needles.in_text(text, length)

    def value(self, value: Any) -> Any:
        """A JSON value without words and labels."""
        if isinstance(value, str):
            return self.text(value)
        if isinstance(value, list):
            return [self.value(one) for one in value]
        if not isinstance(value, dict):
            return value
        if "evidence" in value and "verbatim" in value:
            return self._claim(value)
        if "shares" in value and "claim" in value:
            return self._distribution(value)
        return {
            self._names.get(key, key): GONE if key in self._names and isinstance(one, str) else self.value(one)
            for key, one in value.items()
        }

    def text(self, text: str, length: int = QUOTED) -> str:
        """A text, with the label as an id; ``GONE`` where it holds the person's words."""
        if text in self._names:
            return self._names[text]
        if self._needles.in_text(text, length):
            return GONE
        return self._name.sub(lambda found: self._names[found[0]], text) if self._name else text

    def _claim(self, claim: dict[str, Any]) -> dict[str, Any]:
        """A claim with its places and counts; a quotation of the person is empty, and so is a claim made of it."""
        theirs = [one for one in claim["evidence"] if one.get("participant") in self._names]
        first = claim["evidence"][0] if claim["evidence"] else None
        text = self.text(claim["text"], STATED if theirs else QUOTED)
        if theirs and (
            (claim["verbatim"] and first in theirs)
            or any(_within(words_of(one.get("quote", "")), words_of(claim["text"])) for one in theirs)
        ):
            text = GONE
        evidence = [
            {**one, "quote": "", "participant": self._names[one["participant"]]} if one in theirs else one
            for one in claim["evidence"]
        ]
        return {**claim, "text": text, "evidence": evidence, "verbatim": claim["verbatim"] and text == claim["text"]}

    def _distribution(self, counted: dict[str, Any]) -> dict[str, Any]:
        """Counts stay. A value that only this person stated goes, in the list and in the sentence."""
        claim = self._claim(counted["claim"])
        shares = []
        for share in counted["shares"]:
            if share["participants"] and all(one in self._names for one in share["participants"]):
                claim = {**claim, "text": claim["text"].replace(share["value"], GONE)}
                share = {**share, "value": GONE}
            shares.append({**share, "participants": [self._names.get(one, one) for one in share["participants"]]})
        return {**counted, "shares": shares, "claim": claim}

    def json(self, data: bytes) -> bytes | None:
        """JSON without words and labels, canonical, laid out as it was; None when it held none."""
        before = msgspec.json.decode(data)
        after = self.value(before)
        if after == before:
            return None
        compact = canonical_json(respent(after))
        return msgspec.json.format(compact, indent=2) + b"\n" if data[:2] == b"{\n" else compact


def _within(few: list[str], many: list[str]) -> bool:
    """Whether words stand in a row in others. One word alone says nothing."""
    return len(few) > 1 and any(many[at : at + len(few)] == few for at in range(len(many) - len(few) + 1))
