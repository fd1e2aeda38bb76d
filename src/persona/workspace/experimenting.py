"""Running an experiment: plan what is missing, do it, say what came of it."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from itertools import pairwise
from typing import TYPE_CHECKING, Any, NamedTuple

from persona.errors import Cancelled, UsageError
from persona.llm.opening import check_ready
from persona.llm.providers import find_model
from persona.model.calls import Limits
from persona.model.designs import Variant
from persona.model.experiments import ALL, ExperimentFile
from persona.model.parameters import check_parameter
from persona.model.records import Run
from persona.runs.cells import Arm, Cell, Key, cells_of, filled, plan_cells
from persona.runs.execute import TAKEABLE
from persona.runs.executors.base import Executor, Outcome
from persona.runs.plan import Belonging
from persona.runs.settling import is_alive, settle_interrupted
from persona.workspace.context import Context, Progress
from persona.workspace.executing import executor_for
from persona.workspace.experiment_views import ExperimentRunView, OutcomeView
from persona.workspace.generating import Generating, Manner

if TYPE_CHECKING:
    from persona.runs.inputs import Gathered
    from persona.workspace.runs import Runs

IN_A_ROW = 5
"""Runs that fail in the same way, one after the other, after which nothing more is begun."""

FINAL = (
    "budget-reached", "model-key-missing", "model-key-refused", "model-unavailable", "model-unknown", "model-price",
    "model-extra-missing", "disk-full", "read-only", "permission-denied", "worker-died", "database-denied",
    "database-unreachable", "s3-keys", "s3-denied", "s3-unreachable",
)  # fmt: skip
"""Errors that every further run would end with, too."""

PATIENCE = 0.2
"""Seconds between two looks at runs that another process has in hand."""

Heard = Callable[[OutcomeView], None]
"""Who is told each outcome as it comes."""


def unheard(outcome: OutcomeView) -> None:
    """Somebody who waits for the end."""


class Asked(NamedTuple):
    """What somebody asked for: of which variants, how often, with which parameters and limits more, how, by whom.

    ``bounded`` says that the repeats were asked for now, so that a stopping rule may not go beyond them.
    """

    variants: Sequence[Variant]
    repeats: int
    flags: Mapping[str, Any] = {}
    fresh: bool = False
    executor: str = "local"
    bounded: bool = False


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

        Where the experiment may stop early, it is planned and done round by round, and the rule looks after each.
        """
        arms, limits = self.arms(project, experiment, file, asked, progress)
        rounds = _rounds(file, asked, len(arms), limits.jobs)
        asks = any(find_model(arm.recipe.parameters.model) is not None for arm in arms)
        session = _Session(self._context, self._runs, progress, heard)
        begun = time.monotonic()
        executor: Executor | None = None
        try:
            with ExitStack() as stack:
                for repeats in rounds:
                    cells = list(cells_of(arms, repeats))
                    due = session.begin(cells, self.plan(project, experiment, version, cells, progress))
                    if due and executor is None:
                        count = len(due) if len(rounds) == 1 else len(arms) * len(rounds)
                        executor = stack.enter_context(executor_for(self._context, asked, limits, count, asks=asks))
                    while due and session.going and executor is not None:
                        executor.do(due, session.took)
                        due = session.wait() if session.going else []
                    if not session.going:
                        break
                    if len(rounds) > 1 and self._is_settled(project, experiment, file, repeats.stop):
                        session.decided = f"the stopping rule decided after {repeats.stop} repeats"
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
            cost=_total([one.cost for one in done]),
            seconds=round(time.monotonic() - begun, 3),
        )

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


class _Session:
    """What one call of ``persona experiment run`` has heard so far."""

    def __init__(self, context: Context, runs: Runs, progress: Progress, heard: Heard) -> None:
        self._context = context
        self._runs = runs
        self._cells: dict[str, Cell] = {}
        self._progress = progress
        self._heard = heard
        self._folders = runs.folders.behind()
        self._alike = 0
        self._begun = time.monotonic()
        self._elsewhere: set[str] = set()
        self.outcomes: dict[str, OutcomeView] = {}
        self.going = True
        self.stopped: str | None = None
        self.decided: str | None = None
        self.wanted = self.there = 0

    def begin(self, cells: Sequence[Cell], runs: Mapping[Key, Run | str]) -> list[str]:
        """Take note of planned cells; the runs of them that are to be done."""
        self.wanted += len(cells)
        self.there += sum(isinstance(run, Run) and run.status == "completed" for run in runs.values())
        self._cells |= {_id(runs[cell.key]): cell for cell in cells}
        return [_id(run) for cell in cells if _is_due(run := runs[cell.key])]

    def took(self, outcome: Outcome) -> bool:
        """Take note of an outcome. Whether more should be begun."""
        if outcome.status == "elsewhere":
            self._elsewhere.add(outcome.run)
            return self.going
        cell = self._cells[outcome.run]
        view = OutcomeView(
            run=outcome.run,
            variant=cell.arm.variant,
            inputs=cell.arm.inputs,
            repeat=cell.repeat,
            status=outcome.status,
            seconds=outcome.seconds,
            cost=outcome.cost,
            tokens=outcome.tokens,
            asked=outcome.asked,
            reused=outcome.reused,
            code=outcome.code,
            message=outcome.message,
            kind=outcome.kind,
            place=outcome.place,
            hints=outcome.hints,
        )
        last = next(reversed(self.outcomes.values())) if self.outcomes else None
        self._alike = self._alike + 1 if last and outcome.code and last.code == outcome.code else 1
        self.outcomes[outcome.run] = view
        self._heard(view)
        if outcome.status not in ("planned", "running"):
            self._folders.write(outcome.run)
        if outcome.code in FINAL:
            self._stop(f"{outcome.run}: {outcome.message}")
        elif outcome.status == "failed" and self._alike >= IN_A_ROW:
            self._stop(f"the last {self._alike} runs failed in the same way: {outcome.message}")
        self._tell()
        return self.going

    def _stop(self, why: str) -> None:
        if self.going:
            self.going, self.stopped = False, why

    def _tell(self) -> None:
        done = sum(one.status == "completed" for one in self.outcomes.values())
        cost = _total([one.cost for one in self.outcomes.values()])
        rate = (time.monotonic() - self._begun) / max(1, len(self.outcomes))
        left = rate * (len(self._cells) - len(self.outcomes))
        told = "runs" + (f", ${cost:.4f}" if cost else "") + (f", {left:.0f} s left" if done else "")
        self._progress(told, len(self.outcomes), len(self._cells))

    def wait(self) -> list[str]:
        """Wait for runs that another process had in hand; those that it left behind are due again."""
        while self._elsewhere:
            states = {id: self._context.records.get(Run, id) for id in self._elsewhere}
            alive = {
                id
                for id, run in states.items()
                if run.status == "running" and is_alive(self._context.records, run.fields.get("process") or {})
            }
            if any(run.status == "running" and id not in alive for id, run in states.items()):
                settle_interrupted(self._context.records, actor=self._context.actor)
            if not alive:
                due = [id for id, run in states.items() if run.status != "completed"]
                self._elsewhere.clear()
                return due
            self._progress("waiting for runs that another process has in hand", 0, 1)
            time.sleep(PATIENCE)
        return []

    def cancelled(self, experiment: str, repeats: int) -> Cancelled:
        """What a person who stopped it should know."""
        done = sum(one.status == "completed" for one in self.outcomes.values())
        return Cancelled(
            f"stopped; {done} runs were completed now, and every call that was answered is on record",
            code="cancelled",
            place=f"experiment {experiment}",
            hints=[f"go on: `persona experiment run {experiment} --repeats {repeats}`"],
        )

    def finish(self) -> None:
        """Write the folders that are still owed."""
        self._folders.close()
        self._runs.folders.settle()


def _id(run: Run | str) -> str:
    return run if isinstance(run, str) else run.id


def _is_due(run: Run | str) -> bool:
    """Whether a run is to be done: planned now, or left by somebody, or in the hands of a process that may lose it."""
    return isinstance(run, str) or run.status in TAKEABLE or run.status == "running"


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


def _total(costs: Sequence[float | None]) -> float | None:
    return None if None in costs else round(sum(cost or 0.0 for cost in costs), 8)


def sets_of(file: ExperimentFile) -> tuple[str, ...]:
    """The names of the sets of inputs, where there is more than all."""
    names = tuple(one.name for one in file.inputs)
    return () if names == (ALL,) else names
