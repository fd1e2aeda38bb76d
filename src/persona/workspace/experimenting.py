"""Running an experiment: plan what is missing, do it, say what came of it."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from itertools import pairwise
from typing import TYPE_CHECKING, Any, NamedTuple

from persona.errors import NotFound, UsageError
from persona.llm.opening import check_ready
from persona.llm.providers import find_model
from persona.model.calls import Limits
from persona.model.designs import Sweep, Variant
from persona.model.experiments import ALL, ExperimentFile, Primary
from persona.model.parameters import check_parameter
from persona.model.records import Run
from persona.runs.cells import Arm, Cell, Key, cells_of, filled, plan_cells
from persona.runs.executors.base import Executor
from persona.runs.plan import Belonging
from persona.runs.searching import check_searching, generations, next_points, note_of, tried_of
from persona.workspace.announcing import announcing
from persona.workspace.budgeting import check_affordable, within_budget
from persona.workspace.context import Context, Progress
from persona.workspace.executing import executor_for
from persona.workspace.experiment_session import Heard, Session, total_of
from persona.workspace.experiment_views import BestPoint, ExperimentRunView
from persona.workspace.generating import Generating, Manner

if TYPE_CHECKING:
    from persona.runs.inputs import Gathered
    from persona.workspace.runs import Runs


class Asked(NamedTuple):
    """What somebody asked for: of which variants, how often, with which parameters and limits more, how, by whom.

    ``bounded`` says that the repeats were asked for now, so that a stopping rule may not go beyond them; ``search``
    that a sweep may go on to points that are not known yet.
    """

    variants: Sequence[Variant]
    repeats: int
    flags: Mapping[str, Any] = {}
    fresh: bool = False
    executor: str = "local"
    bounded: bool = False
    search: bool = True


class Experimenting:
    """The work behind ``persona experiment run``."""

    def __init__(self, context: Context, generating: Generating, runs: Runs) -> None:
        self._context = context
        self._generating = generating
        self._runs = runs

    def check(self, file: ExperimentFile, chosen: Sequence[Variant], flags: Mapping[str, Any], place: str) -> None:
        """Refuse what could only fail later, before anything is planned.

        Raises ``UsageError`` for a parameter that is given beside a variant which fixes it at another value,
        ``InvalidInput`` for a demand or a primary metric that no run of an engine will ever have a value of.
        """
        from persona.runs.comparing import check_asserts, check_metric

        check_asserts(file.asserts, f"{place}, assert")
        check_searching(file.sweep, f"{place}, sweep.method")
        if file.primary is not None:
            check_metric(file.primary.name, f"{place}, primary_metric")
        for one in chosen:
            for key in flags.keys() & one.parameters.keys():
                if check_parameter(key, flags[key], f"--{key}") == one.parameters[key]:
                    continue
                raise UsageError(
                    f"the variant `{one.name}` fixes `{key}` at {one.parameters[key]}",
                    code="variant-fixes-parameter",
                    place=f"{place}, variants",
                    hints=[f"make a variant with the other value, or leave `--{key.replace('_', '-')}` out"],
                )

    def arms(
        self, project: str, experiment: str, file: ExperimentFile, asked: Asked, progress: Progress
    ) -> tuple[list[Arm], Limits]:
        """Every variant over every set of inputs, settled, with the limits under which models may be asked."""
        gathered: dict[str, Gathered] = {}
        for one in file.inputs:
            progress("reading", 0, 1)
            gathered[one.name] = self._generating.inputs(project, one.sources, progress)
        arms: list[Arm] = []
        limits = Limits()
        for name, inputs in gathered.items():
            for variant in asked.variants:
                belonging = Belonging(project, experiment, variant.name)
                place = f"experiment {experiment}, variant {variant.name}"
                manner = Manner(flags=asked.flags, variant=variant.parameters, variant_place=place)
                settled = self._generating.settle(belonging, inputs, manner)
                parameters = settled.recipe.parameters
                check_ready(parameters.model, settled.asked_in, parameters.endpoint, settled.limits.vouched)
                limits = settled.limits
                arms.append(Arm(variant.name, name, settled.recipe, settled.text))
        return arms, limits

    def plan(
        self, project: str, experiment: str, version: int, cells: Sequence[Cell], progress: Progress
    ) -> dict[Key, Run | str]:
        """The run of every cell: the record of those that were there, the id of those planned now."""
        context = self._context
        with context.records.alone(f"plan {project}/{experiment}"):  # two who plan at once would plan twice
            listed = context.records.find(Run, project=project, experiment=experiment).items
            there = filled(cells, listed)
            missing = [cell for cell in cells if cell.key not in there]
            progress("planning", 0, len(missing))
            made = plan_cells(
                context.records,
                context.blobs,
                missing,
                project=project,
                experiment=experiment,
                version=version,
                actor=context.actor,
            )
        return {**there, **made}

    def run(
        self,
        project: str,
        experiment: str,
        version: int,
        file: ExperimentFile,
        asked: Asked,
        progress: Progress,
        heard: Heard,
    ) -> ExperimentRunView:
        """Do what is missing. What was done before stays; what was interrupted is taken up under its own id.

        Where the experiment may stop early, it is planned and done round by round, and the rule looks after each; a
        search is planned generation by generation, each from what came of those before.
        """
        tried = asked if asked.variants else asked._replace(variants=_probes(file.sweep))
        arms, limits = self.arms(project, experiment, file, tried, progress)
        limits = within_budget(self._context.records, project, experiment, file, arms, limits)
        arms = arms if asked.variants else []
        session = Session(self._context, self._runs, progress, heard)
        begun = time.monotonic()
        executor: Executor | None = None
        try:
            with ExitStack() as stack:
                announce = stack.enter_context(announcing(self._context))
                for cells, more in self._batches(project, experiment, file, asked, arms, limits, session):
                    if executor is None and (missing := self._missing(project, experiment, cells)):
                        check_affordable(self._context, project, missing, file, limits, fresh=asked.fresh)
                        asks = any(find_model(cell.arm.recipe.parameters.model) is not None for cell in cells)
                        wish = executor_for(self._context, asked, limits, len(missing) + more, asks=asks)
                        executor = stack.enter_context(wish)
                        executor.hire(len(missing))  # processes take as long to begin as runs take to be planned
                    due = session.begin(cells, self.plan(project, experiment, version, cells, progress))
                    announce(due)
                    while due and session.going and executor is not None:
                        executor.do(due, session.took)
                        due = session.wait() if session.going else []
                    if not session.going:
                        break
        except KeyboardInterrupt:
            raise session.cancelled(experiment, asked.repeats) from None
        finally:
            session.finish()
        done = tuple(session.outcomes.values())
        return ExperimentRunView(
            experiment=experiment,
            project=project,
            version=version,
            wanted=session.wanted,
            there=session.there,
            outcomes=done,
            left=sum(one.status != "completed" for one in done),
            stopped=session.stopped or session.decided,
            cost=total_of([one.cost for one in done]),
            seconds=round(time.monotonic() - begun, 3),
            best=self._best(project, experiment, file),
        )

    def _missing(self, project: str, experiment: str, cells: Sequence[Cell]) -> list[Cell]:
        """The cells that no completed run fills."""
        listed = self._context.records.find(Run, project=project, experiment=experiment, status="completed").items
        there = filled(cells, listed)
        return [cell for cell in cells if cell.key not in there]

    def _best(self, project: str, experiment: str, file: ExperimentFile) -> BestPoint | None:
        """The best point of a search so far; of two that are as good the one that was tried first."""
        from persona.runs.comparing import direction_of_primary

        sweep, primary = file.sweep, file.primary
        if sweep is None or sweep.method != "tpe" or primary is None:
            return None
        listed = self._context.records.find(Run, project=project, experiment=experiment).items
        completed = [run for run in listed if run.status == "completed"]
        if not any({primary.name, f"{primary.name}_score"} & run.metrics.keys() for run in completed):
            return None
        metric = self._metric(primary, completed, experiment)
        known = [(one.value, one.variant.name) for one in tried_of(sweep, listed, metric) if one.value is not None]
        if not known:
            return None
        best = max if direction_of_primary(primary, metric) == "up" else min
        value, variant = best(known, key=lambda one: one[0])
        return BestPoint(variant, metric, round(value, 6), len(known))

    def _metric(self, primary: Primary, completed: Sequence[Run], experiment: str) -> str:
        """The primary metric as the runs carry it. Raises ``NotFound`` where none does."""
        from persona.runs.comparing import known_primary

        try:
            return known_primary(primary, completed).name
        except NotFound as error:
            place = f"experiment {experiment}, primary_metric"
            raise NotFound(error.message, code=error.code, place=place, hints=error.hints) from None

    def _batches(
        self,
        project: str,
        experiment: str,
        file: ExperimentFile,
        asked: Asked,
        arms: Sequence[Arm],
        limits: Limits,
        session: Session,
    ) -> Iterator[tuple[list[Cell], int]]:
        """What is to be done next, and how many runs may follow: it depends on what came of all before.

        Variants that are known before come first, round by round where a rule may end them; then a search goes on.
        """
        rounds = _rounds(file, asked, len(arms), limits.jobs) if arms else []
        for number, repeats in enumerate(rounds, start=1):
            yield list(cells_of(arms, repeats)), len(arms) * (len(rounds) - number)
            if number < len(rounds) and self._is_settled(project, experiment, file, repeats.stop):
                session.decided = f"the stopping rule decided after {repeats.stop} repeats"
                return
        sweep = file.sweep
        if sweep is None or sweep.method != "tpe" or sweep.runs is None or not asked.search:
            return
        for numbers in generations(sweep.runs):
            points = self._points(project, experiment, file, sweep, numbers)
            cells = [
                cell
                for number, one in zip(numbers, points, strict=False)
                for cell in self._cells(project, experiment, file, asked, sweep, number, one, session)
            ]
            if cells:
                yield cells, (sweep.runs - numbers.stop) * asked.repeats
            if len(points) < len(numbers):
                session.decided = f"there are no other points than the {numbers.start + len(points)} that were tried"
                return

    def _points(
        self, project: str, experiment: str, file: ExperimentFile, sweep: Sweep, numbers: range
    ) -> list[Variant]:
        """The points of one generation: those that are on record, else those that follow from what was tried before."""
        from persona.runs.comparing import direction_of_primary

        assert file.primary is not None, "read_experiment asks for it"
        listed = self._context.records.find(Run, project=project, experiment=experiment).items
        completed = [run for run in listed if run.status == "completed"]
        metric = self._metric(file.primary, completed, experiment)
        tried = tried_of(sweep, listed, metric)
        there = [one.variant for one in tried if one.number in numbers]
        if there:
            return there
        before = [one for one in tried if one.number < numbers.start]
        return next_points(sweep, before, numbers, maximise=direction_of_primary(file.primary, metric) == "up")

    def _cells(
        self,
        project: str,
        experiment: str,
        file: ExperimentFile,
        asked: Asked,
        sweep: Sweep,
        number: int,
        variant: Variant,
        session: Session,
    ) -> list[Cell]:
        arms, _ = self.arms(project, experiment, file, asked._replace(variants=[variant]), session.progress)
        told = note_of(sweep, number, variant)
        return list(cells_of([arm._replace(point=told) for arm in arms], range(asked.repeats)))

    def _is_settled(self, project: str, experiment: str, file: ExperimentFile, repeats: int) -> bool:
        """Whether the stopping rule needs no further pair than those of so many repeats."""
        from persona.runs.comparing import Asked as Rules
        from persona.runs.comparing import is_settled, known_primary

        if file.primary is None:
            return False
        listed = self._context.records.find(Run, project=project, experiment=experiment, status="completed").items
        sides: dict[str, list[Run]] = {one.name: [] for one in file.variants}
        for run in listed:
            if run.repeat < repeats:
                sides.setdefault(run.variant or "", []).append(run)
        primary = known_primary(file.primary, listed)
        rules = Rules(
            experiment,
            file.baseline or file.variants[0].name,
            (primary.name,),
            primary,
            file.alpha,
            planned=file.stopping.max_pairs,
        )
        return is_settled({one.name: sides[one.name] for one in file.variants}, rules)


def _probes(sweep: Sweep | None) -> list[Variant]:
    """Where a search has no point yet: what it may ask, so that a missing key or price is told before it begins."""
    models = sweep.parameters.get("model") if sweep else None
    return [Variant(one, {"model": one}) for one in models.values] if models else [Variant("search")]


def _rounds(file: ExperimentFile, asked: Asked, arms: int, jobs: int) -> list[range]:
    """The repeats in the order in which they are planned: all at once, or a few at a time where a rule may end it.

    A round is wide enough to keep all jobs busy; looking less often than after every pair costs the rule nothing.
    """
    rule = file.stopping
    if rule.rule == "fixed" or file.primary is None or len(asked.variants) < 2:
        return [range(asked.repeats)]
    step = max(1, jobs // max(1, arms))
    most = min(rule.max_pairs, asked.repeats) if asked.bounded else rule.max_pairs
    starts = [0, *range(min(rule.min_pairs, most), most, step)]
    return [range(start, stop) for start, stop in pairwise([*starts, most]) if start < stop]


def sets_of(file: ExperimentFile) -> tuple[str, ...]:
    """The names of the sets of inputs, where there is more than all."""
    names = tuple(one.name for one in file.inputs)
    return () if names == (ALL,) else names
