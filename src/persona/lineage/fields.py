"""The grain of the schema: which field of personas rests on which column of a survey, or on which kind of speech.

It is read out of personas and documents, as the fine grain is, and says for a whole set what single claims say one by
one: goals rest on the answers to this question, an occupation was stated in that column.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Mapping, Sequence
from typing import Literal, NamedTuple, Protocol

import msgspec

from persona.lineage.fine import rests
from persona.model.canonical import Digest
from persona.model.personas import PersonaSet
from persona.model.sources import Document, ParticipantCard, Turn

Origin = Literal["column", "speech", "header"]


class Outline(msgspec.Struct, frozen=True):
    """Of a document what the grain of the schema takes: neither its text nor where that stood in the original."""

    source: Digest
    turns: tuple[Turn, ...]
    participants: tuple[ParticipantCard, ...]


class Read(Protocol):
    """A sealed document as a run read it (``model.sources.Input``), or its outline."""

    @property
    def digest(self) -> Digest:
        """The name of the document's bytes."""
        ...

    @property
    def document(self) -> Document | Outline:
        """What is in it."""
        ...

    @property
    def people(self) -> Mapping[str, str]:
        """The label in the project of each participant whose words the run could use."""
        ...


class FieldRest(NamedTuple):
    """A field of personas and one thing that it rests on.

    ``origin`` is a ``column`` of a survey (an answer, or a value given in a cell), a ``header`` (a value given about
    somebody in a transcript's head), or ``speech``; ``name`` is the question, the key of the value, or "".
    ``claims`` of the field rest on it, by ``highlights`` (0 where people are counted), of ``people``, in the originals
    ``sources``.
    ``verbatim`` says that all of these claims are, whole, quotations.
    """

    field: str
    origin: Origin
    name: str
    claims: int
    highlights: int
    people: int
    sources: tuple[Digest, ...]
    verbatim: bool


class _Found:
    """What has been counted of one field and one thing it rests on."""

    def __init__(self) -> None:
        self.claims: dict[str, bool] = {}
        self.highlights: set[tuple[Digest, int, int]] = set()
        self.people: set[str] = set()
        self.sources: set[Digest] = set()


KeysOf = Callable[[str, Mapping[str, int]], list[str]]
_Counts = dict[tuple[str, Origin, str, str], _Found]


def field_of(path: str) -> str:
    """The field of a claim: ``goals`` of ``persona-1.goals[0]``, ``demographics.age`` of that of an attribute."""
    field = path.partition(".")[2]
    return field if field.startswith("demographics.") else field.partition("[")[0]


def fields_of(personas: PersonaSet, inputs: Sequence[Read], keys_of: KeysOf, *, apart: bool = False) -> list[FieldRest]:
    """What each field of some personas rests on, in the order of the fields, what most claims rest on first.

    ``keys_of`` gives the keys under which an attribute is stated, the best first, of all that are given with how often.
    Columns of one name are one, of however many originals, unless they are counted ``apart``.
    """
    found: _Counts = {}
    documents = {item.digest: item for item in inputs}
    starts = {item.digest: [turn.start for turn in item.document.turns] for item in inputs}
    for rest in rests(personas):
        item = documents.get(rest.document) if rest.document is not None else None
        if item is None:
            continue
        turn = item.document.turns[max(0, bisect_right(starts[item.digest], rest.start) - 1)]
        origin: Origin = "speech" if turn.question is None else "column"
        entry = _entry(found, field_of(rest.path), origin, turn.question or "", item, apart=apart)
        entry.claims[rest.path] = entry.claims.get(rest.path, True) and rest.verbatim
        entry.highlights.add((item.digest, rest.start, rest.end))
        entry.people.add(rest.participant)
        entry.sources.add(item.document.source)
    _count_stated(personas, inputs, keys_of, found, apart=apart)
    order = list(dict.fromkeys(key[0] for key in found))
    rows = [
        FieldRest(
            *key[:3],
            claims=len(entry.claims),
            highlights=len(entry.highlights),
            people=len(entry.people - {""}),
            sources=tuple(sorted(entry.sources)),
            verbatim=all(entry.claims.values()),
        )
        for key, entry in found.items()
    ]
    return sorted(rows, key=lambda row: (order.index(row.field), -row.claims, -row.highlights, row.name))


def _entry(found: _Counts, field: str, origin: Origin, name: str, item: Read, *, apart: bool) -> _Found:
    key = (field, origin, name, item.document.source if apart else "")
    return found.setdefault(key, _Found())


def _count_stated(
    personas: PersonaSet, inputs: Sequence[Read], keys_of: KeysOf, found: _Counts, *, apart: bool
) -> None:
    """Attributes are not said but given: in a column of a survey, or in the head of a transcript."""
    given: dict[str, dict[str, list[Read]]] = {}
    for item in inputs:
        for card in item.document.participants:
            label = item.people.get(card.key)
            for key in card.attributes if label is not None else ():
                given.setdefault(str(label), {}).setdefault(key, []).append(item)
    answered: dict[str, int] = {}
    for keys in given.values():
        for key in keys:
            answered[key] = answered.get(key, 0) + 1
    for persona in personas.personas:
        for attribute, distribution in persona.demographics.items():
            keys_in_order = keys_of(attribute, answered)
            for share in distribution.shares:
                for person in share.participants:
                    stated = next((one for one in keys_in_order if one in given.get(person, {})), None)
                    if stated is None:
                        continue
                    for item in given[person][stated]:
                        surveyed = any(turn.question is not None for turn in item.document.turns)
                        origin: Origin = "column" if surveyed else "header"
                        entry = _entry(found, f"demographics.{attribute}", origin, stated, item, apart=apart)
                        entry.claims[f"{persona.id}.demographics.{attribute}"] = False
                        entry.people.add(person)
                        entry.sources.add(item.document.source)
