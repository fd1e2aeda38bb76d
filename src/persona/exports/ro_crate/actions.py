"""A run as an action: who did what with what, from what, and what came of it."""

from __future__ import annotations

from typing import Any, NamedTuple

import msgspec

from persona.exports.ro_crate import things
from persona.exports.ro_crate.graph import CrateGraph, local_id, moment, refs
from persona.model.canonical import canonical_json
from persona.model.recipes import Recipe
from persona.model.records import Run

_STATUS = "http://schema.org/{}ActionStatus"


class Done(NamedTuple):
    """What is known of a run beside its record."""

    run: Run
    actor: str
    recipe: Recipe | None
    environment: dict[str, Any]
    answered: list[str]
    inputs: list[str]
    results: list[str]


def action(graph: CrateGraph, done: Done, told: things.Told) -> str:
    """The ``CreateAction`` of a run that has ended (Process Run Crate 0.5; RO-Crate 1.2, "Provenance of entities")."""
    run = done.run
    completed = run.status == "completed"
    given = [things.parameter(graph, run.id, name, value) for name, value in _parameters(run, done.recipe).items()]
    return graph.add(
        local_id(run.id),
        "CreateAction",
        name=f"the run {run.id}",
        description=_told(run, done.recipe, len(done.inputs)),
        instrument=refs([_instrument(graph, done)]),
        agent=refs([things.person(graph, done.actor, told)]),
        object=refs([*done.inputs, *given]),
        result=refs(done.results),
        startTime=moment(run.started_at),
        endTime=moment(run.ended_at),
        actionStatus=_STATUS.format("Completed" if completed else "Failed"),
        error=None if completed else _error(run),
    )


def _instrument(graph: CrateGraph, done: Done) -> str:
    recipe, environment = done.recipe, done.environment
    tool = things.tool(
        graph, str(environment.get("tool") or "persona-workbench"), str(environment.get("version") or things.UNKNOWN)
    )
    if recipe is None:
        return things.program(graph, (done.run.fields.get("git") or {}).get("commit"), tool)
    model = things.model(graph, recipe.parameters.model, done.answered, recipe.parameters.endpoint)
    needs = [tool, *([model] if model else [])]
    return things.engine(graph, recipe.engine, recipe.engine_version, recipe.parameters.model, needs)


def _parameters(run: Run, recipe: Recipe | None) -> dict[str, str]:
    """Every parameter that was set, as canonical JSON writes it; texts as they are."""
    if recipe is None:
        return dict(sorted(run.params.items()))
    typed: dict[str, Any] = msgspec.to_builtins(recipe.parameters)
    return {
        name: value if isinstance(value, str) else canonical_json(value).decode()
        for name, value in typed.items()
        if value is not None
    }


def _told(run: Run, recipe: Recipe | None, inputs: int) -> str:
    what = f"Personas by the engine {recipe.engine}@{recipe.engine_version}" if recipe else "A run of a program"
    where = f", variant {run.variant} of the experiment {run.experiment}" if run.experiment else ""
    return f"{what} from {inputs} input{'' if inputs == 1 else 's'}{where}. It is {run.status}."


def _error(run: Run) -> str:
    found = run.error or {}
    code, message = found.get("code"), found.get("message")
    return ": ".join(str(part) for part in (code, message) if part) or f"the run is {run.status}"
