"""Points that a sweep asks for after it has seen what the points before gave: the tree-structured Parzen estimator.

Optuna proposes (Bergstra et al. 2011, "Algorithms for hyper-parameter optimization"); what was tried and what came of
it stands in our records and nowhere else. The proposer is made anew for each generation of points and told all that
came before, so the same results give the same points, after a crash and on another machine.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any, NamedTuple

from persona.errors import UsageError
from persona.model.canonical import Digest, digest_of_value
from persona.model.designs import Span, Sweep, Variant, point

if TYPE_CHECKING:
    from persona.model.records import Run

FIRST = 10
"""Points that are drawn before anything is learned from them."""

STEP = 4
"""Points of a later generation. It does not depend on how many runs are done at once, so neither do the points."""


class Tried(NamedTuple):
    """A point by its number and parameters, and the mean of the metric over its runs: None when none completed."""

    number: int
    variant: Variant
    value: float | None


def check_searching(sweep: Sweep | None, place: str) -> None:
    """Raise ``UsageError`` where a sweep needs a library that is not installed."""
    if sweep is not None and sweep.method == "tpe" and find_spec("optuna") is None:
        raise UsageError(
            "a sweep by `tpe` needs the package optuna",
            code="missing-extra",
            place=place,
            hints=["install it: `pip install 'persona-workbench[sweep]'`", "or take `method: random`"],
        )


def sweep_digest(sweep: Sweep) -> Digest:
    """The name of a search: points of one with other ranges tell nothing of where this one should look.

    A budget that is raised goes on with the same search.
    """
    return digest_of_value((sweep.method, sweep.parameters))


def generations(runs: int) -> Iterator[range]:
    """The numbers of the points of each generation, up to so many."""
    start = 0
    while start < runs:
        stop = min(runs, start + (STEP if start else FIRST))
        yield range(start, stop)
        start = stop


def tried_of(sweep: Sweep, runs: Sequence[Run], metric: str) -> list[Tried]:
    """What a search has asked for so far, in its order, with the mean of a metric over the completed runs."""
    wanted = sweep_digest(sweep)
    found: dict[int, tuple[Variant, list[float]]] = {}
    for run in runs:
        told = run.fields.get("point")
        if not isinstance(told, dict) or told.get("sweep") != wanted or run.variant is None:
            continue
        _, values = found.setdefault(told["number"], (Variant(run.variant, told["parameters"]), []))
        if run.status == "completed" and run.metrics.get(metric) is not None:
            values.append(run.metrics[metric])
    return [
        Tried(number, variant, sum(values) / len(values) if values else None)
        for number, (variant, values) in sorted(found.items())
    ]


def next_points(sweep: Sweep, tried: Sequence[Tried], numbers: range, *, maximise: bool) -> list[Variant]:
    """The points with these numbers, from all that were tried before them. Fewer, where there are no others left."""
    import optuna

    optuna.logging.set_verbosity(optuna.logging.ERROR)
    spans = {name: _distribution(optuna, span) for name, span in sweep.parameters.items()}
    sampler = optuna.samplers.TPESampler(seed=numbers.start, n_startup_trials=FIRST, constant_liar=True)
    study = optuna.create_study(direction="maximize" if maximise else "minimize", sampler=sampler)
    for one in tried:
        state = optuna.trial.TrialState.COMPLETE if one.value is not None else optuna.trial.TrialState.FAIL
        given = {name: _within(sweep.parameters[name], value) for name, value in one.variant.parameters.items()}
        study.add_trial(optuna.trial.create_trial(state=state, value=one.value, params=given, distributions=spans))
    names = {one.variant.name for one in tried}
    found: list[Variant] = []
    for _ in range(20 * len(numbers)):
        if len(found) == len(numbers):
            break
        asked = study.ask(spans)
        variant = point(sweep, {name: asked.params[name] for name in sweep.parameters})
        if variant.name in names:
            study.tell(asked, state=optuna.trial.TrialState.FAIL)  # it is known already
            continue
        names.add(variant.name)
        found.append(variant)
    return found


def _distribution(optuna: Any, span: Span) -> Any:
    if span.values:
        return optuna.distributions.CategoricalDistribution(span.values)
    if span.whole:
        return optuna.distributions.IntDistribution(
            int(span.least or 0), int(span.most or 0), log=span.log, step=1 if span.log else int(span.step or 1)
        )
    step = None if span.log else span.step
    return optuna.distributions.FloatDistribution(span.least, span.most, log=span.log, step=step)


def _within(span: Span, value: Any) -> Any:
    """A value as it was recorded, rounded, back between the bounds."""
    if span.least is None or span.most is None or not isinstance(value, (int, float)):
        return value
    return min(max(value, span.least), span.most)


def note_of(sweep: Sweep, number: int, variant: Variant) -> Mapping[str, Any]:
    """What a planned run records of the point that it is for."""
    return {"sweep": sweep_digest(sweep), "number": number, "parameters": variant.parameters}
