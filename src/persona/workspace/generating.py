"""Making personas: settle settings, gather inputs, plan, execute, write the run folder."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from msgspec import structs

from persona.config import LayerValues, resolve
from persona.model.projects import PARAMETER_RULES
from persona.model.records import Run
from persona.runs.engines import engine_for, template_for
from persona.runs.execute import execute
from persona.runs.inputs import gather
from persona.runs.plan import Belonging, make_recipe, plan_run
from persona.runs.reproduce import reproducible
from persona.workspace.context import Context, Progress, silent
from persona.workspace.views import GenerateView

if TYPE_CHECKING:
    from persona.model.recipes import Recipe
    from persona.runs.inputs import Gathered
    from persona.workspace.projects import Projects
    from persona.workspace.runs import Runs
    from persona.workspace.sources import Sources


class Generating:
    """What ``persona generate`` and ``persona experiment run`` share."""

    def __init__(self, context: Context, projects: Projects, sources: Sources, runs: Runs) -> None:
        self._context = context
        self._projects = projects
        self._sources = sources
        self._runs = runs

    def generate(
        self,
        *,
        project: str | None = None,
        sources: Sequence[str] = (),
        flags: Mapping[str, Any] | None = None,
        tags: Mapping[str, str] | None = None,
        progress: Progress = silent,
    ) -> GenerateView:
        """One run outside any experiment, over all sources of the project or over some."""
        where = self._context.project(project)
        gathered = self.inputs(where.id, sources, progress)
        return self.one(Belonging(where.id), gathered, flags or {}, {}, "", tags or {}, progress)

    def inputs(self, project: str, sources: Sequence[str], progress: Progress) -> Gathered:
        """The sealed documents to read."""
        chosen = [self._sources.resolve(ref, project).id for ref in sources] if sources else None
        return gather(self._context.records, self._context.blobs, project, chosen, progress)

    def one(
        self,
        belonging: Belonging,
        gathered: Gathered,
        flags: Mapping[str, Any],
        variant: Mapping[str, Any],
        variant_place: str,
        tags: Mapping[str, str],
        progress: Progress,
    ) -> GenerateView:
        """Plan, execute and write out one run. A repeat adds its index to the seed, so repeats draw anew."""
        context = self._context
        file = self._projects.observe(belonging.project)
        layers = context.layers({key: value for key, value in flags.items() if value is not None}, belonging.project)
        if variant:
            layers.insert(0, LayerValues("flag", variant_place, variant))
        settings = {name: resolve(name, layers) for name in PARAMETER_RULES}
        seed = settings["seed"]
        settings["seed"] = seed._replace(value=seed.value + belonging.repeat)
        recipe, _, text = make_recipe(gathered.inputs, settings, file.constraints, belonging.repeat)
        return self._execute(recipe, text, belonging, gathered.documents, tags, progress)

    def again(self, run: Run, *, progress: Progress = silent) -> GenerateView:
        """A new run of the plan of an old one: its sealed inputs, by the engine and the template as they are now."""
        context = self._context
        recipe, _ = reproducible(context.records, context.blobs, run)
        engine = engine_for(recipe.parameters.model, run.id)
        template, text = template_for(engine, recipe.template.name, run.id)
        fresh = structs.replace(recipe, engine_version=engine.version, template=template)
        used = [edge.dst for edge in context.records.edges(run.id, "out") if edge.rel == "used"]
        documents = [thing for thing in used if thing.startswith("document_")]
        belonging = Belonging(run.project, run.experiment, run.variant, run.repeat)
        return self._execute(fresh, text, belonging, documents, {"reproduces": run.id}, progress)

    def _execute(
        self,
        recipe: Recipe,
        text: bytes,
        belonging: Belonging,
        documents: Sequence[str],
        tags: Mapping[str, str],
        progress: Progress,
    ) -> GenerateView:
        context = self._context
        run = plan_run(
            context.records,
            context.blobs,
            recipe,
            text,
            belonging,
            documents=documents,
            actor=context.actor,
            tags=tags,
        )
        self._runs.owe_folder(run)
        try:
            personas = execute(context.records, context.blobs, run, actor=context.actor, progress=progress)
        finally:
            self._runs.write_folder(context.records.get(Run, run))
        progress("done", 1, 1)
        return GenerateView(self._runs.show(run), personas)
