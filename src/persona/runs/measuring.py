"""Measuring personas: the one place where a set meets everything that its metrics look at."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from persona.errors import InvalidInput
from persona.model.canonical import canonical_json
from persona.model.recipes import Constraints

if TYPE_CHECKING:
    from persona.metrics import RunSet, Theme
    from persona.model.measures import Measure
    from persona.model.personas import PersonaSet
    from persona.model.sources import Input


def measure_set(
    personas: PersonaSet,
    inputs: Sequence[Input],
    constraints: Constraints,
) -> list[Measure]:
    """Every metric of a set of personas, then those of plugins."""
    from persona.generation.vectors import embed
    from persona.metrics import measure
    from persona.model.schema import persona_set_schema
    from persona.runs.plugins import metrics

    return measure(
        personas,
        inputs,
        embed,
        persona_set_schema(),
        themes=themes_of(inputs, constraints),
        required=constraints.required_fields,
        attempts=personas.checks.attempts if personas.checks else None,
        plugins=metrics(),
    )


def measure_runs(sets: Sequence[RunSet]) -> list[Measure]:
    """Every metric of several runs."""
    from persona.generation.grouping import cluster
    from persona.generation.vectors import embed
    from persona.metrics import measure_across

    return measure_across(sets, embed, lambda rows, k: cluster(rows, k, 0.0, 0).tolist())


def themes_of(inputs: Sequence[Input], constraints: Constraints) -> list[Theme]:
    """What participants talk about, as values that metrics can read; none where nobody is left to talk."""
    key = tuple((item.digest, *sorted(item.people.items())) for item in inputs), canonical_json(constraints)
    last = _last[0]  # one look, because other threads measure too
    if last is None or last[0] != key:
        last = _last[0] = (key, _found(inputs, constraints))
    return last[1]


_last: list[tuple[Any, list[Theme]] | None] = [None]
"""The themes of the inputs that were measured last: the runs of an experiment read the same ones."""


def _found(inputs: Sequence[Input], constraints: Constraints) -> list[Theme]:
    from persona.generation.corpus import read_corpus
    from persona.generation.themes import find_themes
    from persona.generation.vectors import embed
    from persona.metrics import Place, Theme

    try:
        sentences = read_corpus(inputs, constraints).sentences
    except InvalidInput:
        return []
    places = [Place(one.document, one.start, one.end) for one in sentences]
    return [
        Theme(theme.terms, {label: [places[at] for at in found] for label, found in theme.carriers.items()})
        for theme in find_themes(sentences, embed([one.text for one in sentences]))
    ]
