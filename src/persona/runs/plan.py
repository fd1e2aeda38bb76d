"""Planning: every name becomes a digest, the recipe is sealed, and from that moment the run exists."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec

from persona.config import Setting
from persona.errors import Conflict, InvalidInput
from persona.llm.providers import find_model
from persona.model.canonical import canonical_json, digest_of_value
from persona.model.cards import derived
from persona.model.ids import iso, new_id, now, uuid7
from persona.model.parameters import PARAMETER_RULES
from persona.model.recipes import Constraints, Parameters, Recipe
from persona.model.records import Draft, Edge
from persona.runs.engines import Engine, Own, engine_for, no_own, template_for
from persona.runs.inputs import refs

if TYPE_CHECKING:
    from persona.model.canonical import Digest
    from persona.model.sources import Input
    from persona.storage import Blobs, Records


class Belonging(NamedTuple):
    """Whose run it is."""

    project: str
    experiment: str | None = None
    variant: str | None = None
    repeat: int = 0


def make_recipe(
    inputs: Sequence[Input],
    settings: Mapping[str, Setting],
    constraints: Constraints,
    repeat: int,
    own: Own = no_own,
    grouping: Digest | None = None,
    withheld: Collection[str] = (),
) -> tuple[Recipe, Engine, bytes]:
    """The recipe that settings and inputs make, its engine, and the text of its template.

    ``own`` gives the templates that people wrote, ``grouping`` names the sealed groups that they made, ``withheld`` are
    the labels of those who are not quoted. Where a model is asked, its address and everything else that shapes a
    request is settled here and written into the recipe.

    Raises ``InvalidInput`` when there is nothing to read, ``ModelError`` and ``NotFound`` from the engine.
    """
    if not inputs:
        raise InvalidInput(
            "there are no sources to make personas from",
            code="no-sources",
            place="project sources",
            hints=["import some: `persona source import FOLDER`"],
        )
    if constraints.require:
        from persona.metrics.definitions import PARTS, REGISTRY
        from persona.model.demands import check_rules

        check_rules(constraints.require, (*REGISTRY, *PARTS), "project.yaml, constraints.require")
    model = settings["model"]
    engine = engine_for(model.value, asked_in(model))
    asked = settings["template"]
    template, text = template_for(engine, asked.value, asked_in(asked), own)
    values = {name: settings[name].value for name in PARAMETER_RULES if name != "template"}
    values |= _settled(values) if engine.asks else dict.fromkeys(("endpoint", "answer_mode", "context"))
    recipe = Recipe(
        engine=engine.name,
        engine_version=engine.version,
        template=template,
        parameters=Parameters(**values),
        constraints=constraints,
        inputs=refs(inputs),
        repeat=repeat,
        grouping=grouping,
        withheld=tuple(sorted(withheld)) or msgspec.UNSET,
        salt=derived("recipe", *(one.document.salt for one in inputs)) or msgspec.UNSET,
    )
    return recipe, engine, text


def _settled(values: Mapping[str, Any]) -> dict[str, Any]:
    """The parameters of calls with everything filled in that would otherwise depend on the moment."""
    from persona.generation.llm.observing import ANSWER, CONTEXT
    from persona.llm.providers import endpoint_of

    name = find_model(values["model"])
    if name is None:
        return {}
    return {
        "endpoint": endpoint_of(name.provider, values["endpoint"]) or None,
        "answer_mode": values["answer_mode"] or "auto",
        "max_tokens": values["max_tokens"] or ANSWER,
        "context": values["context"] or CONTEXT,
    }


def asked_in(setting: Setting) -> str:
    """Where a value was asked for, as messages say it."""
    return f"--{setting.name}" if setting.layer == "flag" else f"{setting.layer}: {setting.place}"


def shown_parameters(recipe: Recipe) -> dict[str, str]:
    """The parameters as records keep them: text, numbers in their JSON form, absent ones left out."""
    from msgspec import to_builtins

    values: dict[str, Any] = to_builtins(recipe.parameters)
    values["template"] = recipe.template.name
    return {key: text_of_parameter(value) for key, value in values.items() if value is not None}


def text_of_parameter(value: Any) -> str:
    """A parameter as records keep it."""
    return value if isinstance(value, str) else canonical_json(value).decode()


def source_hash(recipe: Recipe) -> Digest:
    """One digest for all sources: of the only source itself, else of the canonical list of source digests."""
    sources = sorted({ref.source for ref in recipe.inputs})
    return sources[0] if len(sources) == 1 else digest_of_value(sources)


def plan_run(
    records: Records,
    blobs: Blobs,
    recipe: Recipe,
    template_text: bytes,
    belonging: Belonging,
    *,
    used: Sequence[str],
    actor: str,
    tags: Mapping[str, str] | None = None,
) -> str:
    """Seal a recipe and record the planned run; its id. ``used`` are the record ids of what it reads.

    The inputs are in the store already: what the recipe names is what will be read.
    """
    recipe_digest, _ = blobs.put_many([canonical_json(recipe), template_text])
    return record_plan(
        records,
        belonging,
        recipe=recipe_digest,
        seed=recipe.parameters.seed,
        params=shown_parameters(recipe),
        tags=dict(tags or {}),
        used=[*used, f"template:{recipe.template.name}@{recipe.template.version}"],
        agents=[f"engine:{recipe.engine}@{recipe.engine_version}", *model_of(recipe), actor],
        actor=actor,
    )


def model_of(recipe: Recipe) -> list[str]:
    """The language model of a recipe as an agent; none where none is asked."""
    name = find_model(recipe.parameters.model)
    return [f"model:{name.provider.name}:{name.model}"] if name else []


def record_plan(
    records: Records,
    belonging: Belonging,
    *,
    recipe: Digest | None,
    seed: int | None,
    params: Mapping[str, str],
    tags: Mapping[str, str],
    used: Sequence[str],
    agents: Sequence[str],
    actor: str,
    then: Sequence[tuple[str, dict[str, Any]]] = (),
) -> str:
    """Record a planned run, and what happens ``then`` in the same transaction; its id."""
    for attempt in range(4):
        moment = now()
        run = new_id("run", moment)
        edges = [Edge(run, "used", thing) for thing in used]
        edges += [Edge(run, "associated_with", agent) for agent in agents]
        edges.append(Edge(run, "part_of", belonging.project))
        if belonging.experiment:
            edges.append(Edge(run, "part_of", f"{belonging.project}/{belonging.experiment}"))
        body = {
            "uuid": uuid7(),
            "project": belonging.project,
            "experiment": belonging.experiment,
            "variant": belonging.variant,
            "recipe": recipe,
            "seed": seed,
            "repeat": belonging.repeat,
            "params": dict(params),
            "tags": dict(tags),
            "fields": {"planned_at": iso(moment)},
        }
        drafts = [Draft("run.planned", run, body, tuple(edges))]
        drafts += [Draft(kind, run, later) for kind, later in then]
        try:
            records.append(drafts, actor=actor)
        except Conflict:  # two runs drew the same tail in the same second
            if attempt == 3:
                raise
            continue
        return run
    raise AssertionError("unreachable: the loop returns or raises")
