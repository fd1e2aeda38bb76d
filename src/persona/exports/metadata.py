"""The two records that stand beside a run's output: R-016's ``run_metadata.json`` and ``manifest.yaml``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from persona.model.measures import Measure
from persona.model.recipes import Recipe
from persona.model.records import Artefact, Run

REASONS = {
    "diversity_score": "diversity",
    "consistency_score": "consistency_internal",
    "faithfulness_score": "faithfulness",
    "bias_score": "bias_representation",
}
"""Where to look for the reason when one of R-016's scores is null."""


def run_metadata(
    run: Run,
    recipe: Recipe | None,
    *,
    source_data: Mapping[str, Any],
    outputs: Sequence[Artefact],
    measures: Sequence[Measure],
    environment: Mapping[str, Any],
    environment_digest: str | None,
) -> dict[str, Any]:
    """Every field of R-016's sample, filled from the records, and what else a reader needs.

    A score that could not be measured is null, with the reason under ``metric_notes``.
    """
    personas = next((one for one in outputs if one.kind == "personas"), None)
    parameters: dict[str, Any] = dict(run.params)
    if recipe is not None:
        from msgspec import to_builtins

        parameters = to_builtins(recipe.parameters)
    scores = {name: run.metrics.get(name) for name in REASONS}
    return {
        "run_id": run.id,
        "experiment_id": run.experiment,
        "variant": run.variant,
        "status": run.status,
        "timing": {
            "started": _seconds(run.started_at),
            "completed": _seconds(run.ended_at),
            "duration_seconds": run.fields.get("seconds"),
            "planned": _seconds(run.planned_at),
        },
        "inputs": {
            "source_data": dict(source_data),
            "template": {
                "name": recipe.template.name,
                "version": recipe.template.version,
                "hash": recipe.template.digest,
            }
            if recipe
            else None,
        },
        "parameters": parameters,
        "outputs": {
            one.kind if one is personas else one.name: {
                "path": one.path,
                "hash": one.digest,
                "artefact": one.id,
                **({"count": one.fields.get("personas")} if one is personas else {}),
            }
            for one in outputs
        },
        "metrics": {**scores, **{key: value for key, value in sorted(run.metrics.items()) if key not in scores}},
        "metric_notes": _notes(scores, measures),
        "environment": {
            "tool": environment.get("tool"),
            "version": environment.get("version"),
            "python": environment.get("python"),
            "platform": environment.get("platform"),
            "hash": environment_digest,
        },
        "uuid": run.uuid,
        "project_id": run.project,
        "recipe": run.recipe,
        "engine": f"{recipe.engine}@{recipe.engine_version}" if recipe else None,
        "seed": run.seed,
        "repeat": run.repeat,
        "error": run.error,
    }


def manifest(
    run: Run,
    recipe: Recipe | None,
    outputs: Sequence[Artefact],
    sources: Sequence[Mapping[str, str]],
    tool: Mapping[str, Any],
) -> dict[str, Any]:
    """R-016's separate manifest: what was made, from which sources, by what."""
    return {
        "run": run.id,
        "artefacts": [
            {
                "id": one.id,
                "type": "persona_set" if one.kind == "personas" else one.kind,
                "path": one.path,
                "hash": one.digest,
                "generated": _seconds(run.ended_at),
                "sources": [dict(source) for source in sources],
                "generator": {
                    "tool": tool.get("tool"),
                    "version": tool.get("version"),
                    "engine": f"{recipe.engine}@{recipe.engine_version}" if recipe else None,
                    "recipe": run.recipe,
                    "parameters": {
                        **dict(sorted(run.params.items())),
                        **({"template": f"{recipe.template.name}@{recipe.template.version}"} if recipe else {}),
                    },
                },
            }
            for one in outputs
        ],
    }


def _notes(scores: Mapping[str, float | None], measures: Sequence[Measure]) -> dict[str, str]:
    by_name = {one.name: one for one in measures}
    notes = {}
    for name, value in scores.items():
        part = by_name.get(REASONS[name])
        if value is None:
            reason = part.details.get("reason") if part else None
            notes[name] = str(reason or (part.status.replace("_", " ") if part else "not measured"))
    return notes


def _seconds(moment: str | None) -> str | None:
    """A recorded moment as R-016 writes times: UTC, whole seconds."""
    if moment is None:
        return None
    return datetime.fromisoformat(moment).strftime("%Y-%m-%dT%H:%M:%SZ")
