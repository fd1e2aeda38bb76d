"""Which words each claim rests on: passages numbered once, so that cards and transcripts point at the same ones."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from persona.exports.highlighting import Span
from persona.model.personas import Claim, Evidence, Persona, PersonaSet
from persona.model.sources import Document, Input


class Place(NamedTuple):
    """Where a quotation stands, in words, and the number of its passage in the page; None when it cannot be shown.

    ``equal`` is False when the document is here and its span holds other words than the quotation.
    """

    words: str
    passage: int | None
    equal: bool


class Citations:
    """The passages of some documents that some personas rest on.

    ``refused`` counts the quotations that do not equal their span; they get no passage and are not shown. Where the
    documents do not stand on the page, places are named and ``linked`` to nothing.
    """

    def __init__(self, personas: PersonaSet, inputs: Sequence[Input], *, linked: bool = True) -> None:
        self._linked = linked
        self.inputs: Mapping[str, Input] = {item.digest: item for item in inputs}
        self.names = document_names(inputs)
        self._numbers: dict[tuple[str, int, int], int] = {}
        self._spans: dict[str, list[Span]] = {}
        self._claims: dict[str, int] = {}
        self.refused = 0
        for persona in personas.personas:
            for _, claim in persona.claims():
                self._cite(claim)

    def _cite(self, claim: Claim) -> None:
        for digest in {evidence.document for evidence in claim.evidence}:
            self._claims[digest] = self._claims.get(digest, 0) + 1
        for evidence in claim.evidence:
            item = self.inputs.get(evidence.document)
            key = (evidence.document, evidence.start, evidence.end)
            if item is None:
                continue
            if not equal(item.document, evidence):
                self.refused += 1
                continue
            if key in self._numbers:
                continue
            number = self._numbers[key] = len(self._numbers) + 1
            self._spans.setdefault(evidence.document, []).append(Span(evidence.start, evidence.end, number))

    def spans(self, digest: str) -> Sequence[Span]:
        """The passages of a document in order; empty when nothing rests on it."""
        return sorted(self._spans.get(digest, ()))

    def claims(self, digest: str) -> int:
        """How many claims rest on a document."""
        return self._claims.get(digest, 0)

    def place(self, evidence: Evidence) -> Place:
        """Where a quotation stands."""
        item = self.inputs.get(evidence.document)
        if item is None:
            return Place(far_place(evidence), None, True)
        number = self._numbers.get((evidence.document, evidence.start, evidence.end))
        passage = number if self._linked else None
        name = self.names[evidence.document]
        words = place_in(item.document, evidence.start)
        if name != evidence.participant:  # a transcript named after its participant is not named twice
            words = f"{name}, {words}"
        return Place(words, passage, equal(item.document, evidence))


def equal(document: Document, evidence: Evidence) -> bool:
    """Whether a quotation is, character by character, the words of its span."""
    within = 0 <= evidence.start < evidence.end <= len(document.text)
    return within and document.text[evidence.start : evidence.end] == evidence.quote


def place_in(document: Document, position: int) -> str:
    """Where a position of a document stands in the original, in the words of the one who read it in."""
    at = bisect_right(document.origins, position, key=lambda origin: origin.start) - 1
    return document.origins[at].place if at >= 0 else f"character {position}"


def far_place(evidence: Evidence) -> str:
    """The place of a quotation whose document is not at hand."""
    return f"document {evidence.document.removeprefix('sha256:')[:12]}, characters {evidence.start} to {evidence.end}"


def document_names(inputs: Sequence[Input]) -> dict[str, str]:
    """What people call each document: its title, with its part where a file holds several, told apart where equal."""
    names: dict[str, str] = {}
    taken: dict[str, int] = {}
    for item in inputs:
        document = item.document
        name = document.title or document.part or "Untitled"
        if document.part and document.part != name:
            name = f"{name}, {document.part}"
        taken[name] = taken.get(name, 0) + 1
        names[item.digest] = name if taken[name] == 1 else f"{name} ({taken[name]})"
    return names


def by_name(inputs: Sequence[Input]) -> list[Input]:
    """Documents in the order in which people look for them: ``row 9`` before ``row 10``."""
    names = document_names(inputs)

    def order(item: Input) -> list[tuple[int, str]]:
        parts = re.split(r"([0-9]{1,18})", names[item.digest].casefold())
        return [(int(part), "") if at % 2 else (-1, part) for at, part in enumerate(parts)]

    return sorted(inputs, key=order)


def anchor(persona: Persona, path: str) -> str:
    """The address of a claim in a page: ``persona-1.goals.0`` for the path ``goals[0]``."""
    plain = "".join(char if char.isascii() and (char.isalnum() or char in "-_.") else "-" for char in persona.id)
    return f"{plain}.{path.replace('[', '.').replace(']', '').replace(' ', '-')}"
