"""The verbs of metrics: list, explain, compute, across."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from persona.errors import InvalidInput, NotFound, UsageError, did_you_mean
from persona.metrics.definitions import ACROSS, PARTS, REGISTRY, Definition
from persona.metrics.extending import TAKEN
from persona.runs import plugins, reproduce
from persona.runs.inputs import load_inputs
from persona.workspace.context import Context
from persona.workspace.views import AcrossView, MeasuresView, MetricView

if TYPE_CHECKING:
    from persona.metrics import Plugin
    from persona.model.measures import Measure
    from persona.model.recipes import Recipe
    from persona.model.records import Run
    from persona.workspace.artefacts import Artefacts
    from persona.workspace.runs import Runs


class Metrics:
    """What is measured of personas, and measuring them again."""

    def __init__(self, context: Context, runs: Runs, artefacts: Artefacts) -> None:
        self._context = context
        self._runs = runs
        self._artefacts = artefacts

    def list(self) -> tuple[MetricView, ...]:
        """Every metric of this release, those of several runs, those of plugins, then R-016's four derived scores.

        A plugin that cannot be used is told in the notes of the workspace.
        """
        added = plugins.metrics()
        self._context.notes += [_told(one) for one in added if one.broken]
        return _views(added)

    def explain(self, name: str) -> MetricView:
        """One metric or score. Raises ``NotFound`` with the nearest name, ``InvalidInput`` for a broken plugin."""
        added = [] if name in TAKEN else plugins.metrics()  # what is our own needs nobody else's code
        known = {one.name: one for one in _views(added)}
        if name not in known:
            for one in added:
                if one.broken and name in (one.name, one.name.partition(":")[2]):
                    raise InvalidInput(
                        _told(one),
                        code="plugin-broken",
                        place=f"distribution `{one.distribution}`",
                        hints=["update or remove the distribution; persona's own metrics do not need it"],
                    )
            near = did_you_mean(name, known)
            raise NotFound(
                f"there is no metric `{name}`",
                code="metric-not-found",
                place=f"known: {', '.join(known)}",
                hints=[f"did you mean `{near}`?"] if near else ["see them: `persona metrics list`"],
            )
        return known[name]

    def compute(self, run: str) -> MeasuresView:
        """The personas of a run measured again from what was sealed, beside what was stored with the run.

        Nothing is recorded. Raises ``Conflict`` for a run without a recipe or without personas.
        """
        from persona.metrics import scores
        from persona.runs.measuring import measure_set

        context = self._context
        record = self._runs.resolve(run)
        recipe, artefact = reproduce.reproducible(context.records, context.blobs, record)
        personas = self._artefacts.personas(artefact)
        now = measure_set(personas, load_inputs(context.blobs, recipe), recipe.constraints)
        stored = {one.name: one for one in self._runs.measures(record)}
        return MeasuresView(record.id, tuple(now), scores(now), _changed(stored, now))

    def across(
        self,
        runs: Sequence[str] = (),
        *,
        project: str | None = None,
        experiment: str | None = None,
        variant: str | None = None,
    ) -> AcrossView:
        """Several runs measured together: those named, else every completed run with personas that fits.

        Nothing is recorded. Of runs that are equal in recipe, seed included, and in result, one counts: the others are
        the same draw and no repeat. Raises ``Conflict`` for a run named that has no recipe or no personas,
        ``NotFound`` when no run fits, ``UsageError`` for a variant without an experiment or runs named beside an
        experiment.
        """
        from persona.metrics import RunSet, scores
        from persona.runs.measuring import measure_runs

        context = self._context
        if (runs and (experiment or variant)) or (variant and not experiment):
            raise UsageError(
                "runs are named one by one, or all those of an experiment and perhaps one variant of it",
                code="usage",
                place="metrics across",
                hints=[self._across(runs, project, experiment, variant)],
            )
        chosen = self._named(runs) if runs else self._fitting(project, experiment, variant)
        plans: list[Recipe] = []
        drawn = set()
        sets = []
        for run in chosen:
            recipe, artefact = reproduce.reproducible(context.records, context.blobs, run)
            if (run.recipe, artefact.digest) in drawn:
                continue
            drawn.add((run.recipe, artefact.digest))
            plan = next((at for at, one in enumerate(plans) if reproduce.same_plan(one, recipe)), len(plans))
            plans += [recipe] if plan == len(plans) else []
            sets.append(RunSet(run.id, str(plan), self._artefacts.personas(artefact)))
        found = measure_runs(sets)
        sizes = tuple(sum(one.plan == str(plan) for one in sets) for plan in range(len(plans)))
        names = {one.name for one in found}
        derived = {name: value for name, value in scores(found).items() if names & set(PARTS[name].parts)}
        return AcrossView(tuple(one.run for one in sets), sizes, tuple(found), derived, _notes(sizes, len(chosen)))

    def _across(self, runs: Sequence[str], project: str | None, experiment: str | None, variant: str | None) -> str:
        """The hint for a mixture: one command that works, with what was named or can be found."""
        import shlex

        if runs:
            return f"either the runs alone: `{shlex.join(['persona', 'metrics', 'across', *runs])}`"
        listed = self._runs.list(project=project, status="completed", limit=None).items
        owner = next((run.experiment for run in listed if run.experiment and run.variant == variant), experiment)
        if owner is None:
            return "see which experiments there are: `persona experiment list`"
        words = ["persona", "metrics", "across", "--experiment", owner, *(["--variant", variant] if variant else [])]
        return f"name the experiment too: `{shlex.join(words)}`"

    def _named(self, refs: Sequence[str]) -> Sequence[Run]:
        return tuple({run.id: run for run in (self._runs.resolve(ref) for ref in refs)}.values())

    def _fitting(self, project: str | None, experiment: str | None, variant: str | None) -> Sequence[Run]:
        page = self._runs.list(project=project, experiment=experiment, status="completed", limit=None)
        known = {run.variant for run in page.items if run.variant}
        if variant is not None and variant not in known:
            near = did_you_mean(variant, known)
            raise NotFound(
                f"no completed run of `{experiment}` is of a variant `{variant}`",
                code="variant-not-found",
                place=f"known: {', '.join(sorted(known)) or 'none'}",
                hints=[f"did you mean `{near}`?"] if near else [f"run it: `persona experiment run {experiment}`"],
            )
        fit = [run for run in reversed(page.items) if variant in (None, run.variant) and self._has_personas(run)]
        if not fit:
            raise NotFound("there is no run with personas", code="no-run", hints=["make personas: `persona generate`"])
        return fit

    def _has_personas(self, run: Run) -> bool:
        made = reproduce.outputs_of(self._context.records, run)
        return run.recipe is not None and any(one.kind == "personas" for one in made)


def metric_names() -> tuple[str, ...]:
    """Every name that ``explain`` knows, without loading a plugin."""
    return (*REGISTRY, *ACROSS, *plugins.metric_names(), *PARTS)


def _views(added: Sequence[Plugin]) -> tuple[MetricView, ...]:
    measured = [_view(one) for one in REGISTRY.values()]
    together = [_view(one, over_runs=True) for one in ACROSS.values()]
    others = [_view(one.metric.definition, one.distribution) for one in added if one.metric]
    derived = [
        MetricView(score.name, score.version, score.direction, (0, 1), "its parts", score.formula, score.parts)
        for score in PARTS.values()
    ]
    return (*measured, *together, *others, *derived)


def _view(one: Definition, distribution: str | None = None, *, over_runs: bool = False) -> MetricView:
    return MetricView(
        one.name,
        one.version,
        one.direction,
        one.span,
        one.denominator,
        one.formula,
        over="runs" if over_runs else "run",
        distribution=distribution,
    )


def _told(plugin: Plugin) -> str:
    return f"the plugin `{plugin.distribution}` brings no metric: {plugin.broken}"


def _notes(sizes: Sequence[int], chosen: int) -> tuple[str, ...]:
    """What a person should know before reading measures of runs of plans of these sizes."""
    runs, notes = sum(sizes), []
    if runs < chosen:
        equal = f"{chosen - runs} of {chosen} runs equal"
        notes.append(f"{equal} another one in plan, seed and result: such a run is no repeat and is left out")
    if runs < 2:
        notes.append("one run alone agrees with nobody: name several, or repeat it with `persona experiment run`")
    elif len(sizes) > 1:
        notes.append(f"{runs} runs of {len(sizes)} plans: only runs of one plan are compared with each other")
    return tuple(notes)


def _changed(stored: Mapping[str, Measure], now: Sequence[Measure]) -> tuple[str, ...]:
    """The names of metrics whose value is not the one stored, or that were measured on one of the occasions only."""
    fresh = {one.name for one in now}
    differ = [one.name for one in now if one.name not in stored or stored[one.name].value != one.value]
    return (*differ, *(name for name in stored if name not in fresh))
