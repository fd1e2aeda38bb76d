"""Making personas: settle settings, gather inputs, plan, execute, write the run folder."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from persona.config import LayerValues, resolve
from persona.model.projects import PARAMETER_RULES
from persona.model.records import Run
from persona.runs.execute import execute
from persona.runs.inputs import gather
from persona.runs.plan import Belonging, make_recipe, plan_run
from persona.workspace.context import Context, Progress, silent
from persona.workspace.views import GenerateView

if TYPE_CHECKING:
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
        run = plan_run(
            context.records,
            context.blobs,
            recipe,
            text,
            belonging,
            documents=gathered.documents,
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
