"""Measuring a set of personas, and R-016's four scores."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from persona.metrics import evidence, spread
from persona.metrics.definitions import PARTS, REGISTRY
from persona.metrics.lexical import lexical
from persona.metrics.vectors import Space
from persona.model.measures import Measure
from persona.model.personas import PersonaSet
from persona.model.sources import Input

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


def measure(
    personas: PersonaSet,
    inputs: Sequence[Input],
    embed: Callable[[Sequence[str]], NDArray[np.float64]],
    schema: Mapping[str, Any],
) -> list[Measure]:
    """Every metric of the registry, in its order.

    ``embed`` gives unit vectors of texts, and ``schema`` is the JSON Schema that the personas should follow; both come
    from the engine's room, which this one does not know.
    """
    by_digest: dict[str, Input] = {item.digest: item for item in inputs}
    space = Space(embed)
    found = [
        _schema_validity(personas, schema),
        evidence.field_fill(personas),
        evidence.quote_verbatim(personas, by_digest),
        evidence.faithfulness(personas, by_digest, space),
        evidence.citation_recall(personas, by_digest),
        evidence.citation_precision(personas, by_digest, space),
        evidence.contradiction_rate(personas, by_digest, space),
        *lexical("\n".join(sorted(text for one in personas.personas if (text := spread.words_of(one))))),
        *spread.diversity(personas, inputs, space),
        *evidence.coverage(personas, by_digest),
        spread.consistency_internal(personas, space),
        spread.bias_invented(personas, by_digest),
        spread.bias_representation(personas),
    ]
    order = list(REGISTRY)
    return sorted(found, key=lambda one: order.index(one.name))


def scores(measures: Sequence[Measure]) -> dict[str, float | None]:
    """R-016's four scores from their parts, as ``definitions.PARTS`` says; None where no part could be measured."""
    value = {one.name: one.value for one in measures}
    found: dict[str, float | None] = {}
    for name, score in PARTS.items():
        known = [part for one in score.parts if (part := value.get(one)) is not None]
        found[name] = min(1.0, round(sum(known) / len(known), 6)) if known else None
    return found


def _schema_validity(personas: PersonaSet, schema: Mapping[str, Any]) -> Measure:
    """Whether each persona, written out and read back, has the shape of the schema.

    The structs are the schema (it is made from them), so decoding with their types is the validation.
    """
    import msgspec

    from persona.model.personas import Persona

    good = 0
    for persona in personas.personas:
        raw = msgspec.json.encode(persona)
        try:
            good += msgspec.json.decode(raw, type=Persona) == persona
        except msgspec.ValidationError:
            continue
    count = len(personas.personas)
    return REGISTRY["schema_validity"].measure(good / count if count else None, count, schema=schema.get("$id"))
