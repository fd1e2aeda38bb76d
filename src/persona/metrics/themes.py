"""Which of the themes that participants talk about reach a persona."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from persona.metrics.definitions import REGISTRY
from persona.model.canonical import Digest
from persona.model.measures import Measure
from persona.model.personas import PersonaSet


class Place(NamedTuple):
    """A sentence: its document, and where it begins and ends there."""

    document: Digest
    start: int
    end: int


class Theme(NamedTuple):
    """A theme as plain values: the words that name it, and the sentences of each participant that carry it."""

    terms: tuple[str, ...]
    carriers: Mapping[str, Sequence[Place]]


def coverage_themes(personas: PersonaSet, themes: Sequence[Theme]) -> Measure:
    """The share of themes that some persona cites, each weighed by the participants who carry it: 0 to 1, up.

    sum over themes of weight x [a persona cites a sentence that carries it], weight = its participants / the sum of
    those of all themes. A span cites a sentence when the two share a character. The themes that nobody cites are
    listed, the most shared first.
    """
    spans: dict[Digest, list[tuple[int, int]]] = {}
    for persona in personas.personas:
        for _, claim in persona.claims():
            for one in claim.evidence:
                spans.setdefault(one.document, []).append((one.start, one.end))
    total = sum(len(theme.carriers) for theme in themes)
    cited = [any(_meets(place, spans) for found in theme.carriers.values() for place in found) for theme in themes]
    reached = sum(len(theme.carriers) for theme, held in zip(themes, cited, strict=True) if held)
    missed = sorted(
        ((theme.terms, len(theme.carriers)) for theme, held in zip(themes, cited, strict=True) if not held),
        key=lambda one: (-one[1], one[0]),
    )
    return REGISTRY["coverage_themes"].measure(
        reached / total if total else None,
        len(themes),
        cited=sum(cited),
        missed=[{"terms": list(terms[:3]), "participants": count} for terms, count in missed[:50]],
    )


def _meets(place: Place, spans: Mapping[Digest, Sequence[tuple[int, int]]]) -> bool:
    return any(start < place.end and place.start < end for start, end in spans.get(place.document, ()))
