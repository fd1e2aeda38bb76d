"""Runs set side by side: values by pair, the recipe of the statistics over them, and what else differs.

Values in, values out: it reads records of runs and nothing else, so that ten thousand of them are compared in process.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from itertools import chain
from typing import Any, NamedTuple

from msgspec.structs import replace

from persona.errors import InvalidInput, NotFound, UsageError, did_you_mean
from persona.metrics.definitions import PARTS, REGISTRY
from persona.model.comparisons import (
    Asserted,
    Comparison,
    Decision,
    Direction,
    Point,
    Several,
    Side,
    SidesCompared,
)
from persona.model.demands import holds
from persona.model.experiments import Primary
from persona.model.filters import comparisons as named_in
from persona.model.filters import parse_filter
from persona.model.records import Run
from persona.statistics.comparing import Question, compare_all
from persona.statistics.groups import compare_groups
from persona.statistics.pairing import paired as paired_values
from persona.statistics.several import compare_several
from persona.statistics.stopping import look
from persona.statistics.verdicts import settled

Key = tuple[str, int]
"""What pairs two runs: the name of their inputs, and the repeat."""

Known = dict[Key, float | None]
"""The values of a metric on one side, None where a run has none."""

USUAL = ("diversity_score", "consistency_score", "faithfulness_score", "bias_score")
"""R-016's four, compared when nobody names any."""

MOST_SEVERAL = 12
"""Sides up to which each is held against each other one; beyond, all are held against the baseline only."""

MOST_PAIRS = 200
"""Runs of a side beyond which each is held against the baseline only: with so many, nobody asks who beats whom."""


class Asked(NamedTuple):
    """What is to be compared, and by which rules.

    ``planned`` is the greatest number of pairs of an experiment that may stop early: then the stopping rule decides on
    the primary metric, because p values are for numbers of pairs that were fixed before.
    """

    title: str
    baseline: str
    metrics: tuple[str, ...]
    primary: Primary | None = None
    alpha: float = 0.05
    asserts: tuple[str, ...] = ()
    hypothesis: str = ""
    registration: str = ""
    planned: int | None = None


def metric_names(wanted: Sequence[str], runs: Sequence[Run]) -> tuple[str, ...]:
    """Names as the runs carry them; ``consistency`` stands for ``consistency_score`` where there is no such metric.

    Raises ``NotFound`` for a name that no run has a value of.
    """
    there = {name for run in runs for name in run.metrics}
    found = []
    for name in wanted:
        known = next((one for one in (name, f"{name}_score") if one in there), None)
        if known is None:
            near = did_you_mean(name, sorted(there | set(REGISTRY) | set(PARTS)))
            raise NotFound(
                f"no run has a value of the metric `{name}`",
                code="metric-without-data",
                place="--metrics",
                hints=[
                    f"did you mean `{near}`?"
                    if near
                    else "measure a run again: `persona metrics compute --run " + runs[-1].id + "`"
                    if runs and name in {*REGISTRY, *PARTS}
                    else "see them: `persona metrics list`"
                ],
            )
        found.append(known)
    return tuple(dict.fromkeys(found))


def known_primary(primary: Primary, runs: Sequence[Run]) -> Primary:
    """The primary metric by the name that the runs carry; as it is written while there are none."""
    return replace(primary, name=metric_names([primary.name], runs)[0]) if runs else primary


def direction_of(metric: str, asked: Asked) -> Direction:
    """Which way of a metric is better: as the experiment says, else as the metric does."""
    if asked.primary is not None and asked.primary.direction and is_named(asked.primary.name, metric):
        return "up" if asked.primary.direction == "higher" else "down"
    known: Any = REGISTRY.get(metric) or PARTS.get(metric)
    return known.direction if known is not None else "none"


def direction_of_primary(primary: Primary, metric: str) -> Direction:
    """Which way of the primary metric is better."""
    return direction_of(metric, Asked("", "", (metric,), primary))


def is_named(name: str, metric: str) -> bool:
    """Whether a name as people write it stands for a metric as runs carry it."""
    return metric in (name, f"{name}_score")


def compare_sides(sides: Mapping[str, Sequence[Run]], asked: Asked) -> SidesCompared:
    """Every other side beside the baseline, in every metric.

    Raises ``UsageError`` for fewer than two sides with completed runs.
    """
    full = {name: [run for run in runs if run.status == "completed"] for name, runs in sides.items()}
    notes = [f"`{name}` has no completed run and is left out" for name, runs in full.items() if not runs]
    full = {name: runs for name, runs in full.items() if runs}
    if len(full) < 2:
        empty = ", ".join(f"`{name}`" for name in sides if name not in full)
        raise UsageError(
            "a comparison needs two sides with completed runs" + (f", and there is none for {empty}" if empty else ""),
            code="nothing-to-compare",
            place=asked.title,
            hints=["see what there is, with its parameters: `persona run list`", "run more: `persona experiment run`"],
        )
    baseline = asked.baseline if asked.baseline in full else next(iter(full))
    if asked.baseline and baseline != asked.baseline:
        notes.append(f"`{baseline}` stands in for the baseline")
    notes += _shared(full)
    keyed = {name: by_key(runs) for name, runs in full.items()}
    doubled = sum(len(runs) - len(keyed[name]) for name, runs in full.items())
    paired = _is_paired(keyed, baseline)
    if doubled and paired:
        notes.append(f"{doubled} runs repeat another one of the same side, inputs and repeat: the newest counts")
    if not paired:
        notes.append("the sides share no inputs and repeats, so they are compared as groups and not in pairs")
    ordered = sorted(asked.metrics, key=lambda name: not (asked.primary and is_named(asked.primary.name, name)))
    primary = next((name for name in ordered if asked.primary and is_named(asked.primary.name, name)), None)
    values = {metric: _known(keyed, metric) for metric in ordered} if paired else {}
    found = _compared(values, full, baseline, ordered, primary, asked)
    several: tuple[Several, ...] = ()
    if paired and 2 < len(full) <= MOST_SEVERAL:
        several = tuple(_several(values[name], name, asked) for name in ordered)
    notes += changed_builds(run for runs in full.values() for run in runs)
    params = {name: _values(runs) for name, runs in full.items()}
    return SidesCompared(
        title=asked.title,
        baseline=baseline,
        sides=tuple(_side(name, runs, params[name]) for name, runs in full.items()),
        metrics=tuple(ordered),
        primary=primary,
        alpha=asked.alpha,
        differing=_differing(params),
        comparisons=tuple(found),
        several=several,
        points=tuple(_points(full, ordered)),
        asserted=tuple(_asserted(full, asked.asserts)),
        registration=asked.registration,
        hypothesis=asked.hypothesis,
        notes=tuple(notes),
    )


def by_key(runs: Sequence[Run]) -> dict[Key, Run]:
    """Runs by what pairs them, repeat after repeat; of equal ones the newest.

    The order is that of the plan and not that of time: which run ends first may have to do with what it finds.
    """
    found: dict[Key, Run] = {}
    for run in sorted(runs, key=lambda one: one.ended_at or ""):
        found[key_of(run)] = run
    return dict(sorted(found.items(), key=lambda one: (one[0][1], one[0][0])))


def key_of(run: Run) -> Key:
    """What pairs a run: its inputs and its repeat. A run that was logged by hand has no plan, so nothing pairs it."""
    if run.recipe is None:
        return run.id, run.repeat
    return str(run.fields.get("inputs_digest", "")), run.repeat


def _is_paired(keyed: Mapping[str, Mapping[Key, Run]], baseline: str) -> bool:
    mine = keyed[baseline].keys()
    return all(len(mine & runs.keys()) > 0 for runs in keyed.values())


def _known(keyed: Mapping[str, Mapping[Key, Run]], metric: str) -> dict[str, Known]:
    return {side: {key: run.metrics.get(metric) for key, run in runs.items()} for side, runs in keyed.items()}


def _compared(
    values: Mapping[str, Mapping[str, Known]],
    full: Mapping[str, Sequence[Run]],
    baseline: str,
    metrics: Sequence[str],
    primary: str | None,
    asked: Asked,
) -> list[Comparison]:
    """Primary comparisons adjusted by Holm, all others together by Benjamini and Hochberg.

    ``values`` are by metric, then by side; empty where the sides are no pairs.
    """
    others = [name for name in full if name != baseline]
    found: list[Comparison] = []
    if values:
        found = compare_all(
            [
                Question(
                    values[metric][side],
                    values[metric][baseline],
                    metric,
                    side,
                    baseline,
                    direction_of(metric, asked),
                    _smallest(metric, asked),
                    _only_copies(full[side], full[baseline]),
                )
                for metric in metrics
                for side in others
            ],
            alpha=asked.alpha,
        )
    else:
        found = [
            compare_groups(
                [run.metrics.get(metric) for run in full[side]],
                [run.metrics.get(metric) for run in full[baseline]],
                metric=metric,
                variant=side,
                baseline=baseline,
                direction=direction_of(metric, asked),
                smallest=_smallest(metric, asked),
                deterministic=_only_copies(full[side], full[baseline]),
                alpha=asked.alpha,
            )
            for metric in metrics
            for side in others
        ]
    first = [one for one in found if one.metric == primary]
    rest = [one for one in found if one.metric != primary]
    decided = settled(first, "holm")
    if values and asked.planned is not None:
        decided = [_by_stopping(one, values, asked, len(others)) for one in decided]
    return [*decided, *settled(rest, "benjamini-hochberg")]


def _by_stopping(one: Comparison, values: Mapping[str, Mapping[str, Known]], asked: Asked, others: int) -> Comparison:
    """The verdict that the stopping rule gives, in place of one by p. Alpha is shared out among the sides."""
    if one.n < 3 or one.verdict == "equivalent":
        return one
    assert asked.planned is not None, "asked only then"
    known = values[one.metric]
    differences = paired_values(known[one.variant], known[one.baseline]).differences
    found = look(differences.tolist(), asked.planned, asked.alpha / others)
    shown = f"after {found.pairs} of at most {found.planned} pairs, log e {found.log_e:.2f}"
    if found.decision != "difference":
        end = "the planned end" if found.decision == "no difference shown" else "not decided yet"
        return replace(one, verdict="undecided", why=f"by the stopping rule {end}: {shown}")
    good = (one.difference or 0) > 0
    verdict: Decision = "different"
    if one.direction != "none":
        verdict = "better" if good == (one.direction == "up") else "worse"
    return replace(one, verdict=verdict, why=f"by the stopping rule at pair {found.at}: {shown}")


def is_settled(sides: Mapping[str, Sequence[Run]], asked: Asked) -> bool:
    """Whether the stopping rule has decided about every side, so that no further pair is needed."""
    if asked.primary is None or asked.planned is None:
        return False
    keyed = {name: by_key([run for run in runs if run.status == "completed"]) for name, runs in sides.items()}
    base = keyed.get(asked.baseline)
    others = [name for name in keyed if name != asked.baseline]
    if not base or not others:
        return False
    for name in others:
        mine, theirs = (
            {key: run.metrics.get(asked.primary.name) for key, run in runs.items()} for runs in (keyed[name], base)
        )
        differences = paired_values(mine, theirs).differences
        if len(differences) < 3:
            return False
        if look(differences.tolist(), asked.planned, asked.alpha / len(others)).decision == "go on":
            return False
    return True


def _only_copies(*sides: Sequence[Run]) -> bool | None:
    """Whether the repeats of a side all made the very same personas; None where what they made is not known."""
    for runs in sides:
        made = [run.fields.get("outputs") for run in runs]
        kept = {str(one.get("personas")) for one in made if isinstance(one, dict) and one.get("personas")}
        if not kept:
            return None
        if len(kept) == 1 and len({run.repeat for run in runs}) > 1:
            return True
    return False


def _smallest(metric: str, asked: Asked) -> float | None:
    if asked.primary is None or not is_named(asked.primary.name, metric):
        return None
    return asked.primary.smallest_effect or None


def _several(values: Mapping[str, Known], metric: str, asked: Asked) -> Several:
    return compare_several(
        values,
        metric=metric,
        direction=direction_of(metric, asked),
        smallest=_smallest(metric, asked),
        alpha=asked.alpha,
        each=max(map(len, values.values())) <= MOST_PAIRS,
    )


def _side(name: str, runs: Sequence[Run], values: Mapping[str, Mapping[str, None]]) -> Side:
    return Side(
        name,
        tuple(run.id for run in runs),
        {key: next(iter(one)) for key, one in values.items() if len(one) == 1},
        tuple(sorted({build for run in runs for build in builds_of(run)})),
    )


def _values(runs: Sequence[Run]) -> dict[str, dict[str, None]]:
    """The values of each parameter, in the order in which they occur; the seed is how runs are paired, no parameter."""
    found: dict[str, dict[str, None]] = {}
    for key, value in dict.fromkeys(chain.from_iterable(run.params.items() for run in runs)):
        if key != "seed":
            found.setdefault(key, {})[value] = None
    return found


def _differing(params: Mapping[str, Mapping[str, Mapping[str, None]]]) -> dict[str, dict[str, str]]:
    """The parameters that are not the same on all sides, as text; ``-`` where a side has none."""
    shown = {side: {key: ", ".join(values) for key, values in known.items()} for side, known in params.items()}
    keys = sorted({key for values in shown.values() for key in values})
    told = {key: {side: values.get(key, "-") for side, values in shown.items()} for key in keys}
    return {key: values for key, values in told.items() if len(set(values.values())) > 1}


def builds_of(run: Run) -> tuple[str, ...]:
    """The models as they answered, with the build where the provider names one."""
    calls = run.fields.get("calls")
    return tuple(str(one) for one in calls.get("builds", ())) if isinstance(calls, dict) else ()


def changed_builds(runs: Iterable[Run]) -> list[str]:
    """A note for each model that answered from several builds inside one block, where the sides should be alike."""
    blocks: dict[str, dict[Key, set[str]]] = defaultdict(lambda: defaultdict(set))
    for run in runs:
        blocks[run.params.get("model", "")][key_of(run)].update(builds_of(run))
    notes = []
    for model, seen in blocks.items():
        changed = [builds for builds in seen.values() if len(builds) > 1]
        if changed:
            named = ", ".join(sorted(set().union(*changed)))
            notes.append(
                f"the model `{model}` changed inside {len(changed)} of {len(seen)} blocks: {named}; "
                "such pairs compare two builds, too"
            )
    return notes


def _shared(full: Mapping[str, Sequence[Run]]) -> list[str]:
    """A note when runs stand on several sides: two filters may overlap, and a run does not differ from itself."""
    seen = Counter(chain.from_iterable({run.id for run in runs} for runs in full.values()))
    shared = sum(count > 1 for count in seen.values())
    told = "1 run stands" if shared == 1 else f"{shared} runs stand"
    return [f"{told} on more than one side, so the sides are not apart: narrow the filters"] if shared else []


def _points(full: Mapping[str, Sequence[Run]], metrics: Sequence[str]) -> list[Point]:
    names: dict[str, str] = {}
    return [
        Point(
            run.id,
            side,
            f"{run.fields.get('inputs') or names.setdefault(key_of(run)[0], 'all')}, repeat {run.repeat}",
            {metric: run.metrics[metric] for metric in metrics if metric in run.metrics},
        )
        for side, runs in full.items()
        for run in runs
    ]


def _asserted(full: Mapping[str, Sequence[Run]], rules: Sequence[str]) -> list[Asserted]:
    """Each demand held against the mean of each side."""
    found = []
    for rule in rules:
        expression = parse_filter(rule)
        names = [one.field.name for one in named_in(expression)]
        for side, runs in full.items():
            means = {name: _mean(runs, name) for name in names}
            known = {name: value for name, value in means.items() if value is not None}
            found.append(Asserted(rule, side, holds(expression, known), known))
    return found


def _mean(runs: Sequence[Run], name: str) -> float | None:
    for metric in (name, f"{name}_score"):
        values = [run.metrics[metric] for run in runs if metric in run.metrics]
        if values:
            return sum(values) / len(values)
    return None


def check_metric(name: str, place: str) -> None:
    """Raise ``InvalidInput`` for a name that no metric of persona or of a plugin has, with the nearest that one has."""
    from persona.runs import plugins

    known = (*REGISTRY, *PARTS, *plugins.metric_names())
    if any(is_named(name, one) for one in known):
        return
    near = did_you_mean(name, known)
    raise InvalidInput(
        f"no metric is called `{name}`",
        code="experiment-file",
        place=place,
        hints=[f"did you mean `{near}`?" if near else "see them: `persona metrics list`"],
    )


def check_asserts(rules: Sequence[str], place: str) -> None:
    """Raise ``InvalidInput`` for a demand that cannot be read or names no metric."""
    for rule in rules:
        where = f"{place}: {rule}"
        try:
            expression = parse_filter(rule)
        except UsageError as error:
            raise InvalidInput(error.message, code="experiment-file", place=where, hints=error.hints) from None
        for one in named_in(expression):
            check_metric(f"{one.field.family}.{one.field.name}" if one.field.family else one.field.name, where)
