"""From inputs to evidence: the participants' sentences, and who is left out and why."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

from persona.errors import InvalidInput
from persona.generation.sentences import split
from persona.model.canonical import Digest
from persona.model.recipes import Constraints
from persona.model.sources import Input


class Sentence(NamedTuple):
    """A sentence of a participant: its exact place, and the question it answers.

    ``asked`` is True when the question stood in a survey, above exactly this answer.
    """

    document: Digest
    start: int
    end: int
    text: str
    participant: str
    question: str
    asked: bool


class Corpus(NamedTuple):
    """What personas are made of. ``people`` are sorted by label; ``excluded`` says who is not among them and why."""

    people: tuple[str, ...]
    sentences: tuple[Sentence, ...]
    attributes: dict[str, dict[str, str]]
    excluded: dict[str, str]


def read_corpus(inputs: Sequence[Input], constraints: Constraints) -> Corpus:
    """The sentences of participants; an interviewer's words are only ever the question.

    Raises ``InvalidInput`` when nobody is left.
    """
    attributes: dict[str, dict[str, str]] = {}
    said: dict[str, list[Sentence]] = {}
    for item in sorted(inputs, key=lambda one: one.digest):
        for card in item.document.participants:
            if card.key in item.people:  # who does not allow it is not among them
                attributes.setdefault(item.people[card.key], {}).update(card.attributes)
        question = ""
        for turn in item.document.turns:
            label = item.label(turn)
            if turn.role != "participant" or label is None:
                if turn.role == "interviewer":
                    question = item.document.words(turn)
                continue
            asked = turn.question is not None
            found = said.setdefault(label, [])
            for start, end in split(item.document.text, turn.start, turn.end):
                words = item.document.text[start:end]
                found.append(Sentence(item.digest, start, end, words, label, turn.question or question, asked))
    excluded: dict[str, str] = {}
    for label in sorted(attributes | said):
        age = age_of(attributes.get(label, {}))
        limits = constraints.age_range
        if limits and age is not None and not limits[0] <= age <= limits[1]:
            excluded[label] = f"stated age {age} is outside the age_range {limits[0]} to {limits[1]}"
        elif not any(re.search(r"\w", one.text) for one in said.get(label, ())):
            excluded[label] = "says nothing"
    people = tuple(label for label in sorted(said) if label not in excluded)
    if not people:
        raise InvalidInput(
            "no participant is left to make personas from",
            code="no-participants",
            place="; ".join(f"{label}: {why}" for label, why in list(excluded.items())[:3]) or "sources",
            hints=["see who speaks: `persona participant list`"],
        )
    return Corpus(people, tuple(one for label in people for one in said[label]), attributes, excluded)


def age_of(attributes: dict[str, str]) -> int | None:
    """The stated age in years, from an attribute called age; a range or a band is no age."""
    for key, value in attributes.items():
        if re.search(r"\bage\b|how old", key, re.IGNORECASE) and "range" not in key.lower():
            found = re.fullmatch(r"\s*(\d{1,3})(?:\.0)?\s*(?:years?(?: old)?|y)?\s*", value, re.IGNORECASE)
            if found and int(found[1]) <= 120:
                return int(found[1])
    return None
