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

SAMPLE_PARAMETERS = ("model", "temperature", "max_tokens", "count")
"""The parameters of R-016's sample, which every record has, null where the run had none."""


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

    The shape never depends on how a run ended: what a failed run or one logged by hand does not have is null. A
    metric that could not be measured is null, with the reason under ``metric_notes``. Tags, notes and deletion are
    left to the log: they go on changing after the run, and this record does not.
    """
    personas = next((one for one in outputs if one.kind == "personas"), None)
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
                "name": recipe.template.name if recipe else None,
                "version": recipe.template.version if recipe else None,
                "hash": recipe.template.digest if recipe else None,
            },
        },
        "parameters": dict.fromkeys(SAMPLE_PARAMETERS) | _parameters(run, recipe),
        "outputs": {
            "personas": {
                "path": personas.path if personas else None,
                "hash": personas.digest if personas else None,
                "count": personas.fields.get("personas") if personas else None,
                "artefact": personas.id if personas else None,
            },
            **{
                one.name: {"path": one.path, "hash": one.digest, "artefact": one.id}
                for one in outputs
                if one is not personas
            },
        },
        "metrics": scores | dict.fromkeys(one.name for one in measures) | dict(sorted(run.metrics.items())),
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
                        **_parameters(run, recipe),
                        **({"template": f"{recipe.template.name}@{recipe.template.version}"} if recipe else {}),
                    },
                },
            }
            for one in outputs
        ],
    }


def _parameters(run: Run, recipe: Recipe | None) -> dict[str, Any]:
    """With their types where there is a recipe; as the text that was logged where there is none."""
    if recipe is None:
        return dict(sorted(run.params.items()))
    from msgspec import to_builtins

    typed: dict[str, Any] = to_builtins(recipe.parameters)
    return typed


def _notes(scores: Mapping[str, float | None], measures: Sequence[Measure]) -> dict[str, str]:
    reasons = {one.name: str(one.details.get("reason") or one.status.replace("_", " ")) for one in measures}
    notes = {name: reasons.get(REASONS[name], "not measured") for name, value in scores.items() if value is None}
    return notes | {one.name: reasons[one.name] for one in measures if one.value is None}


def _seconds(moment: str | None) -> str | None:
    """A recorded moment as R-016 writes times: UTC, whole seconds."""
    if moment is None:
        return None
    return datetime.fromisoformat(moment).strftime("%Y-%m-%dT%H:%M:%SZ")
