"""Quotations that a model wrote, found in the source or refused."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Literal, NamedTuple

from persona.model.canonical import Digest
from persona.model.sources import Input


class Anchored(NamedTuple):
    """Where the words of a quotation stand: document, start and end, a span a segment."""

    spans: tuple[tuple[Digest, int, int], ...]
    kind: Literal["exact", "near"]
    score: float


class Refused(NamedTuple):
    """Why a quotation is not in the source, and what came nearest."""

    reason: str
    message: str
    nearest: str | None


class Anchors:
    """The words of participants, to be asked for quotations."""

    def __init__(self, inputs: Sequence[Input], people: Collection[str] | None = None) -> None:
        self._inputs = inputs
        self._people = people

    def find(self, quotation: str, participant: str | None = None) -> Anchored | Refused:
        """The place of a quotation, letter by letter, in the words of a participant or of anybody."""
        for item in self._inputs:
            for turn in item.document.turns:
                label = item.label(turn)
                if turn.role != "participant" or label is None or participant not in (None, label):
                    continue
                at = item.document.text.find(quotation, turn.start, turn.end)
                if at >= 0 and quotation:
                    return Anchored(((item.digest, at, at + len(quotation)),), "exact", 100.0)
        return Refused("not_found", "nobody said these words", None)
