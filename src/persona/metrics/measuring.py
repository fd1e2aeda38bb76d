"""Measuring a set of personas, and R-016's four scores."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from persona.metrics import evidence, spread
from persona.metrics.definitions import PARTS, REGISTRY
from persona.metrics.extending import Material, Plugin, measure_plugin
from persona.metrics.language import bias_language
from persona.metrics.lexical import lexical
from persona.metrics.themes import Theme, coverage_themes
from persona.metrics.vectors import Space
from persona.model.measures import Measure
from persona.model.personas import Persona, PersonaSet
from persona.model.sources import Input

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


def measure(
    personas: PersonaSet,
    inputs: Sequence[Input],
    embed: Callable[[Sequence[str]], NDArray[np.float64]],
    schema: Mapping[str, Any],
    *,
    themes: Sequence[Theme] = (),
    required: Sequence[str] = (),
    attempts: Mapping[str, int] | None = None,
    plugins: Sequence[Plugin] = (),
) -> list[Measure]:
    """Every metric of the registry, in its order, then those of plugins.

    ``embed`` gives unit vectors of texts, ``schema`` is the JSON Schema that the personas should follow, ``themes``
    are what participants talk about; they come from the engine's room, which this one does not know. ``required``
    are the paths of fields that the project demands (``goals``, ``demographics.occupation``), ``attempts`` how many
    answers of a writing engine it took until a persona was valid, by its id. A plugin that breaks gives a measure of
    status ``failed`` and stops nothing.
    """
    by_digest: dict[str, Input] = {item.digest: item for item in inputs}
    space = Space(embed)
    found = [
        _schema_validity(personas, schema, required, attempts),
        evidence.field_fill(personas),
        evidence.quote_verbatim(personas, by_digest),
        evidence.faithfulness(personas, by_digest, space),
        evidence.citation_recall(personas, by_digest),
        evidence.citation_precision(personas, by_digest, space),
        evidence.contradiction_rate(personas, by_digest, space),
        *lexical("\n".join(sorted(text for one in personas.personas if (text := spread.words_of(one))))),
        *spread.diversity(personas, inputs, space),
        *evidence.coverage(personas, by_digest),
        coverage_themes(personas, themes),
        spread.consistency_internal(personas.personas, space),
        spread.bias_invented(personas, by_digest),
        spread.bias_representation(personas),
        bias_language(personas, spread.speech(inputs, set())),
    ]
    order = list(REGISTRY)
    material = Material(personas, by_digest, embed, themes)
    return [
        *sorted(found, key=lambda one: order.index(one.name)),
        *(measure_plugin(one, material) for one in plugins),
    ]


def scores(measures: Sequence[Measure]) -> dict[str, float | None]:
    """R-016's four scores from their parts, as ``definitions.PARTS`` says; None where no part could be measured."""
    value = {one.name: one.value for one in measures}
    found: dict[str, float | None] = {}
    for name, score in PARTS.items():
        known = [part for one in score.parts if (part := value.get(one)) is not None]
        found[name] = max(0.0, min(1.0, round(sum(known) / len(known), 6))) if known else None
    return found


def _schema_validity(
    personas: PersonaSet, schema: Mapping[str, Any], required: Sequence[str], attempts: Mapping[str, int] | None
) -> Measure:
    """Whether each persona, written out and read back, has the shape of the schema.

    The structs are the schema (it is made from them), so decoding with their types is the validation. The details
    say of engines that write how many personas, and of models how many answers, were valid at the first attempt and
    after repair, and of required fields how many hold something.
    """
    import msgspec

    valid = []
    for persona in personas.personas:
        raw = msgspec.json.encode(persona)
        try:
            valid.append(msgspec.json.decode(raw, type=Persona) == persona)
        except msgspec.ValidationError:
            valid.append(False)
    count = len(personas.personas)
    details: dict[str, Any] = {"schema": schema.get("$id")}
    if attempts is not None and count:
        first = [good and attempts.get(one.id) == 1 for one, good in zip(personas.personas, valid, strict=True)]
        details |= {"at_first_attempt": round(sum(first) / count, 6), "after_repair": round(sum(valid) / count, 6)}
    checks = personas.checks
    if checks is not None and checks.answers:
        details |= {
            "answers": checks.answers,
            "answers_at_first_attempt": round(checks.valid / checks.answers, 6),
            "answers_after_repair": round((checks.valid + checks.mended) / checks.answers, 6),
        }
    if required and count:
        filled = {path: sum(_holds(one, path) for one in personas.personas) for path in sorted(set(required))}
        details["required_fill"] = round(sum(filled.values()) / (count * len(filled)), 6)
        details["required_by_field"] = {path: round(number / count, 6) for path, number in filled.items()}
    return REGISTRY["schema_validity"].measure(sum(valid) / count if count else None, count, **details)


def _holds(persona: Persona, path: str) -> bool:
    """Whether a field named as constraints name it holds something."""
    head, _, key = path.partition(".")
    value = getattr(persona, head, None)
    return bool(value.get(key) if key and isinstance(value, dict) else value if not key else None)
