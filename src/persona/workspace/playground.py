"""The playground: personas to look at, from the last try with something changed, and the way to an experiment.

What is tried is a run like every other, recorded and replayable, under the tag ``playground``. What stays mutable is
only which settings the next try begins from. A try was looked at before anything was asked of it, so it is no
evidence: an experiment that is made of tries does its own runs.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from msgspec import structs

from persona.config import LIMITS, SETTINGS
from persona.errors import NotFound
from persona.model.designs import name_of
from persona.model.ids import now
from persona.model.parameters import PARAMETER_RULES
from persona.model.records import Run, Source
from persona.model.yamltext import dump_yaml
from persona.runs.execute import load_recipe
from persona.workspace.context import Context, Progress, silent
from persona.workspace.templates import own_templates
from persona.workspace.views import ExperimentView, TryView

if TYPE_CHECKING:
    from persona.model.recipes import Recipe
    from persona.workspace.experiments import Experiments
    from persona.workspace.generating import Generating
    from persona.workspace.runs import Runs
    from persona.workspace.sources import Sources

TAG = "playground"
"""The tag of a run that was a try."""

APART = frozenset({"seed", "endpoint"})
"""Parameters that no variant takes over: an experiment has seeds of its own, and where a model is asked is no
question."""


class Playground:
    """What ``persona try`` and ``persona experiment promote`` do."""

    def __init__(
        self, context: Context, generating: Generating, runs: Runs, sources: Sources, experiments: Experiments
    ) -> None:
        self._context = context
        self._generating = generating
        self._runs = runs
        self._sources = sources
        self._experiments = experiments

    def attempt(
        self,
        *,
        project: str | None = None,
        sources: Sequence[str] = (),
        flags: Mapping[str, Any] | None = None,
        reset: bool = False,
        fresh: bool = False,
        progress: Progress = silent,
    ) -> TryView:
        """Personas with the settings of the last try and what ``flags`` change; with ``reset`` from the defaults."""
        where = self._context.project(project).id
        kept = {} if reset else self._kept(where)
        given = {name: value for name, value in (flags or {}).items() if value is not None}
        settings = {**kept.get("settings", {}), **{name: given[name] for name in given if name not in LIMITS}}
        read = list(sources) or kept.get("sources", [])
        before = next(iter(self._tries(where)), None)
        made = self._generating.generate(
            project=where,
            sources=read,
            flags={**settings, **{name: given[name] for name in given if name in LIMITS}},
            tags={TAG: "yes"},
            fresh=fresh,
            progress=progress,
        )
        self._keep(where, {"settings": settings, "sources": read})
        run = made.view.run
        return TryView(
            made=made,
            before=before.id if before else None,
            changed=_differing(before.params, run.params) if before else {},
            moved=_differing(before.metrics, run.metrics) if before else {},
        )

    def promote(self, name: str, refs: Sequence[str] = (), *, project: str | None = None) -> ExperimentView:
        """An experiment whose variants are tries: those named, else every try of the project whose settings differ.

        Raises ``NotFound`` where there is none, ``Conflict`` where the name is taken.
        """
        context = self._context
        where = context.project(project).id
        chosen = [self._runs.resolve(ref) for ref in refs] if refs else self._tries(where)[::-1]
        recipes: dict[str, Recipe] = {}
        for run in chosen:
            recipe = load_recipe(context.blobs, run)
            if recipe is None:
                raise NotFound(
                    "the run was not made by this program and has no settings to take over",
                    code="run-without-recipe",
                    place=run.id,
                    hints=["name tries: `persona run list --where 'tags.playground = yes'`"],
                )
            recipes[run.id] = recipe
        if not recipes:
            raise NotFound(
                "nothing has been tried in this project yet",
                code="no-tries",
                place=where,
                hints=["try something: `persona try --temperature 0.5`"],
            )
        context.notes += self._changed_templates(where, recipes)
        return self._experiments.write(where, dump_yaml(self._file(name, where, recipes)), f"tries of {where}")

    def _file(self, name: str, project: str, recipes: Mapping[str, Recipe]) -> dict[str, Any]:
        """An ``experiment.yaml`` in R-016's form around tries."""
        runs = ", ".join(recipes)
        found: dict[str, Any] = {
            "name": name,
            "description": f"Promoted from the playground ({runs}). What was seen there is no evidence.",
            "project": project,
            "created": now().date().isoformat(),
            "promoted_from": list(recipes),
        }
        sources = self._inputs(project, recipes)
        if sources:
            found["inputs"] = [{"name": "tried", "sources": sources}]
        found["variants"] = _variants([_settings(recipe) for recipe in recipes.values()])
        found["evaluation"] = {"metrics": ["diversity", "consistency", "faithfulness"]}
        return found

    def _inputs(self, project: str, recipes: Mapping[str, Recipe]) -> list[str]:
        """The sources that the tries read, by name; none where they read all, or not the same."""
        read = {frozenset(ref.source for ref in recipe.inputs) for recipe in recipes.values()}
        if len(read) > 1:
            self._context.notes.append("the tries read different sources; the experiment reads all of the project")
            return []
        (wanted,) = read
        listed = self._context.records.find(Source, project=project).items
        if wanted >= {source.digest for source in listed}:
            return []
        return [self._sources.name_of(source) for source in listed if source.digest in wanted]

    def _changed_templates(self, project: str, recipes: Mapping[str, Recipe]) -> list[str]:
        from persona.runs.engines import engine_for, template_for

        own, notes = own_templates(self._context, project), []
        for run, recipe in recipes.items():
            engine = engine_for(recipe.parameters.model, run)
            template, _ = template_for(engine, recipe.template.name, run, own)
            if template.digest != recipe.template.digest:
                notes.append(
                    f"the template `{template.name}` has changed since {run}; the experiment takes it as it is now"
                )
        return notes

    def _tries(self, project: str) -> list[Run]:
        """The tries of a project that ended well, the newest first."""
        return list(self._runs.list(project=project, status="completed", where=f"tags.{TAG} = yes", limit=None).items)

    def _kept(self, project: str) -> dict[str, Any]:
        kept = (self._context.choices().get(TAG) or {}).get(project)
        return kept if isinstance(kept, dict) else {}

    def _keep(self, project: str, what: Mapping[str, Any]) -> None:
        kept = self._context.choices().get(TAG) or {}
        self._context.choose(**{TAG: kept | {project: what}})


def _differing(before: Mapping[str, Any], after: Mapping[str, Any]) -> dict[str, tuple[Any, Any]]:
    names = [*after, *(name for name in before if name not in after)]
    return {name: (before.get(name), after.get(name)) for name in names if before.get(name) != after.get(name)}


def _settings(recipe: Recipe) -> dict[str, Any]:
    values = {**structs.asdict(recipe.parameters), "template": recipe.template.name}
    return {name: values[name] for name in PARAMETER_RULES if name not in APART and values[name] is not None}


def _variants(settings: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Variants that say what differs among them, and what differs from the defaults; equal ones once."""
    distinct = list({repr(sorted(one.items())): one for one in settings}.values())
    differs = [name for name in PARAMETER_RULES if len({repr(one.get(name)) for one in distinct}) > 1]
    found = []
    for one in distinct:
        written = {
            name: value
            for name, value in one.items()
            if name in differs
            or (value != SETTINGS[name].default and SETTINGS[name].default is not None)
            or name == "count"
        }
        shown = {name: one[name] for name in differs if name in one}
        found.append({"name": name_of(shown) if shown else "tried", "parameters": written})
    return found
