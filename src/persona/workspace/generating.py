"""Making personas: settle settings, gather inputs, plan, execute, write the run folder."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from msgspec import structs

from persona.config import LayerValues, resolve
from persona.errors import UsageError
from persona.llm.opening import check_ready
from persona.llm.providers import is_on_this_machine
from persona.model.calls import Limits
from persona.model.parameters import PARAMETER_RULES
from persona.model.records import Run
from persona.runs.consent import refuse_hosted
from persona.runs.engines import engine_for, template_for
from persona.runs.execute import execute
from persona.runs.inputs import gather
from persona.runs.outlook import Expected, expect
from persona.runs.plan import Belonging, asked_in, make_recipe, plan_run
from persona.runs.reproduce import reproducible
from persona.workspace.addresses import endpoint_for, limits_of
from persona.workspace.announcing import announcing
from persona.workspace.calls import name_of
from persona.workspace.context import Context, Progress, silent
from persona.workspace.templates import own_templates
from persona.workspace.views import GenerateView, OutlookView, PromptView

if TYPE_CHECKING:
    from persona.model.recipes import Recipe
    from persona.runs.inputs import Gathered
    from persona.workspace.groupings import Groupings, TakenGrouping
    from persona.workspace.projects import Projects
    from persona.workspace.runs import Runs
    from persona.workspace.sources import Sources


class Manner(NamedTuple):
    """How a run is made: ``flags`` and the parameters of its ``variant`` by name, and groups that a person made.

    With ``fresh`` no recorded answer of a model is used again.
    """

    flags: Mapping[str, Any] = {}
    variant: Mapping[str, Any] = {}
    variant_place: str = ""
    grouping: TakenGrouping | None = None
    fresh: bool = False
    tags: Mapping[str, str] = {}


class Settled(NamedTuple):
    """A run as it will be planned; ``asked_in`` is the place that named its model."""

    recipe: Recipe
    text: bytes
    limits: Limits
    asked_in: str


def consent_notes(gathered: Gathered) -> list[str]:
    """What follows for a run from what people allow, a sentence each."""
    notes = []
    if gathered.left_out:
        notes.append(f"left out because they do not allow that their words are used: {gathered.left_out} participants")
    if gathered.silent:
        notes.append(f"counted and not quoted, as they wish: {len(gathered.silent)} participants")
    if gathered.expired:
        notes.append(
            f"the words of {len(gathered.expired)} participants were to be kept no longer: "
            "`persona participant withdraw --expired` erases them"
        )
    return notes


class Generating:
    """What ``persona generate`` and ``persona experiment run`` share."""

    def __init__(
        self, context: Context, projects: Projects, sources: Sources, runs: Runs, groupings: Groupings
    ) -> None:
        self._context = context
        self._projects = projects
        self._sources = sources
        self._runs = runs
        self._groupings = groupings

    def generate(
        self,
        *,
        project: str | None = None,
        sources: Sequence[str] = (),
        flags: Mapping[str, Any] | None = None,
        tags: Mapping[str, str] | None = None,
        grouping: str | Path | None = None,
        fresh: bool = False,
        progress: Progress = silent,
    ) -> GenerateView:
        """One run outside any experiment, over all sources of the project or over some.

        ``flags`` are parameters and limits by name. ``grouping`` is a file of groups that a person made, or an artefact
        that holds them; with ``fresh`` no recorded answer of a model is used again.
        """
        where = self._context.project(project)
        _check_count(flags or {}, grouping)
        gathered = self.inputs(where.id, sources, progress)
        groups = self._groupings.take(grouping, where.id, gathered.inputs) if grouping is not None else None
        manner = Manner(flags=flags or {}, grouping=groups, fresh=fresh, tags=tags or {})
        return self.one(Belonging(where.id), gathered, manner, progress)

    def look_ahead(
        self,
        *,
        project: str | None = None,
        sources: Sequence[str] = (),
        flags: Mapping[str, Any] | None = None,
        grouping: str | Path | None = None,
        progress: Progress = silent,
    ) -> OutlookView:
        """What ``generate`` would ask a model, how often, and what that may cost. Nothing is sent or recorded."""
        where = self._context.project(project)
        _check_count(flags or {}, grouping)
        gathered = self.inputs(where.id, sources, progress)
        text = self._groupings.read(grouping, where.id) if grouping is not None else None
        settled = self.settle(Belonging(where.id), gathered, Manner(flags=flags or {}))
        found = expect(
            self._context.records, self._context.blobs, where.id, settled.recipe, settled.text, gathered.inputs, text
        )
        shown = tuple(
            PromptView(
                prompt.step,
                prompt.about,
                prompt.messages[0].text,
                prompt.messages[-1].text,
                sum(len(message.text) for message in prompt.messages) // 4,
                recorded,
                name_of(self._context.blobs, prompt.about),
            )
            for prompt, recorded in found.prompts
        )
        parameters = settled.recipe.parameters
        return OutlookView(
            parameters.model,
            parameters.endpoint,
            shown,
            found.later,
            found.input_tokens,
            found.output_tokens,
            found.cost,
            _beyond(found, settled.limits),
        )

    def inputs(self, project: str, sources: Sequence[str], progress: Progress) -> Gathered:
        """The sealed documents to read."""
        chosen = [self._sources.resolve(ref, project).id for ref in sources] if sources else None
        self._projects.observe(project)
        gathered = gather(self._context.records, self._context.blobs, project, chosen, progress)
        notes = self._context.notes
        notes += [one for one in consent_notes(gathered) if one not in notes]
        return gathered

    def one(self, belonging: Belonging, gathered: Gathered, manner: Manner, progress: Progress) -> GenerateView:
        """Plan, execute and write out one run. A repeat adds its index to the seed, so repeats draw anew."""
        settled = self.settle(belonging, gathered, manner)
        used = [*gathered.documents, *([manner.grouping.artefact] if manner.grouping else [])]
        return self._execute(settled, belonging, used, manner.tags, progress, fresh=manner.fresh)

    def settle(self, belonging: Belonging, gathered: Gathered, manner: Manner) -> Settled:
        """Every setting resolved, every name a digest."""
        context = self._context
        file = self._projects.observe(belonging.project)
        context.notes += [note for note in file.notes if note not in context.notes]
        given = {key: value for key, value in manner.flags.items() if value is not None}
        layers = context.layers(given, belonging.project)
        limits = limits_of(layers)
        if manner.variant:
            layers.insert(0, LayerValues("flag", manner.variant_place, manner.variant))
        settings = {name: resolve(name, layers) for name in PARAMETER_RULES}
        settings["endpoint"] = endpoint_for(settings["model"].value, layers)
        seed = settings["seed"]
        settings["seed"] = seed._replace(value=seed.value + belonging.repeat)
        if manner.grouping:  # the groups say how many; what a project or the environment asks for must not be recorded
            settings["count"] = settings["count"]._replace(value=None)
        recipe, engine, text = make_recipe(
            gathered.inputs,
            settings,
            file.constraints,
            belonging.repeat,
            own_templates(context, belonging.project),
            manner.grouping.digest if manner.grouping else None,
            gathered.silent,
        )
        if engine.asks and not is_on_this_machine(recipe.parameters.endpoint or ""):
            refuse_hosted(gathered.allowed, gathered.people, recipe.parameters.endpoint)
        return Settled(recipe, text, limits, asked_in(settings["model"]))

    def again(self, run: Run, *, progress: Progress = silent) -> GenerateView:
        """A new run of the plan of an old one: its sealed inputs, by the engine and the template as they are now."""
        context = self._context
        recipe, _ = reproducible(context.records, context.blobs, run)
        engine = engine_for(recipe.parameters.model, run.id)
        template, text = template_for(engine, recipe.template.name, run.id, own_templates(context, run.project))
        fresh = structs.replace(recipe, engine_version=engine.version, template=template)
        used = [edge.dst for edge in context.records.edges(run.id, "out") if edge.rel == "used"]
        kept = [thing for thing in used if not thing.startswith("template:")]
        belonging = Belonging(run.project, run.experiment, run.variant, run.repeat)
        limits = limits_of(context.layers({}, run.project))
        settled = Settled(fresh, text, limits, run.id)
        return self._execute(settled, belonging, kept, {"reproduces": run.id}, progress, fresh=True)

    def _execute(
        self,
        settled: Settled,
        belonging: Belonging,
        used: Sequence[str],
        tags: Mapping[str, str],
        progress: Progress,
        *,
        fresh: bool,
    ) -> GenerateView:
        context = self._context
        parameters = settled.recipe.parameters
        check_ready(parameters.model, settled.asked_in, parameters.endpoint, settled.limits.vouched)
        run = plan_run(
            context.records,
            context.blobs,
            settled.recipe,
            settled.text,
            belonging,
            used=used,
            actor=context.actor,
            tags=tags,
        )
        self._runs.folders.owe(run)
        try:
            with announcing(context) as announce:
                announce([run])
                personas = execute(
                    context.records,
                    context.blobs,
                    run,
                    actor=context.actor,
                    progress=progress,
                    limits=settled.limits,
                    fresh=fresh,
                    git=context.records_git,
                )
        finally:
            self._runs.folders.write(context.records.get(Run, run))
        progress("done", 1, 1)
        return GenerateView(self._runs.show(run), personas)


def _check_count(flags: Mapping[str, Any], grouping: str | Path | None) -> None:
    """Refuse to be told twice how many personas there are."""
    if grouping is not None and flags.get("count") is not None:
        raise UsageError(
            "the groups of `--grouping` say how many personas there are, so `--count` cannot stand beside it",
            code="count-and-grouping",
            place="--count",
            hints=[f"make other groups: `persona grouping propose --count {flags['count']} --output groups.yaml`"],
        )


_STOP = "the run would stop there, and what was answered until then is kept"


def _beyond(found: Expected, limits: Limits) -> tuple[str, ...]:
    """The limits that an estimate goes beyond: the run would stop there, and nothing of it be lost."""
    told = []
    tokens = found.input_tokens + found.output_tokens
    if limits.max_cost is not None and found.cost is None and tokens:
        told.append("no price is known, so a run with `--max-cost` would ask nothing")
    if limits.max_cost is not None and found.cost is not None and found.cost > limits.max_cost:
        told.append(f"the estimate of ${found.cost:.4f} goes beyond `--max-cost {limits.max_cost:g}`: {_STOP}")
    if limits.max_total_tokens is not None and tokens > limits.max_total_tokens:
        told.append(
            f"the estimate of {tokens:,} tokens goes beyond `--max-total-tokens {limits.max_total_tokens}`: {_STOP}"
        )
    return tuple(told)
