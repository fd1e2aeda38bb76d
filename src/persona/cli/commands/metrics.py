"""The commands of ``persona metrics``."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

import click
from click.shell_completion import CompletionItem

from persona.cli.answer import Answer
from persona.cli.command import command
from persona.cli.commands.run import newest
from persona.cli.completing import experiments, runs
from persona.cli.screen import Screen, facts
from persona.cli.session import Session
from persona.cli.tables import Column, table
from persona.cli.wording import number

if TYPE_CHECKING:
    from persona.model.measures import Measure
    from persona.workspace.views import AcrossView, MeasuresView

LEAST_ALIKE = 3
"""Pairs of runs shown of those that agree least."""

BETTER = {"up": "higher is better", "down": "lower is better", "none": "reported, not ranked"}


@command("list", "persona metrics list")
def list_(session: Session) -> Answer:
    """List what is measured of personas.

    Metrics of installed plugins stand among them with the distribution that brings them. The last four are R-016's
    scores, derived from the others.
    """
    with session.open() as ws:
        known = ws.metrics.list()
    brought = any(one.distribution for one in known)

    def lines(screen: Screen) -> Iterable[str]:
        return table(
            screen,
            [
                Column("METRIC", [one.name for one in known]),
                Column("VERSION", [one.version for one in known], drop=1),
                Column("BETTER", [BETTER[one.direction] for one in known]),
                *([Column("FROM", [one.distribution or "persona" for one in known], drop=2)] if brought else []),
                Column("MEANING", [one.formula for one in known], cut=True),
            ],
        )

    return Answer(known, lines, (session.step("metrics", "explain", known[0].name),))


def _names(context: click.Context, parameter: click.Parameter, incomplete: str) -> list[CompletionItem]:
    from persona.workspace.measuring import metric_names

    return [CompletionItem(name) for name in metric_names() if name.startswith(incomplete)]


@command("explain", "persona metrics explain faithfulness", "persona metrics explain bias_score")
@click.argument("name", shell_complete=_names)
def explain(session: Session, name: str) -> Answer:
    """Explain one metric.

    Its formula, its range, which way is better, what it is counted over, and which plugin brings it.
    """
    with session.open() as ws:
        found = ws.metrics.explain(name)

    def lines(screen: Screen) -> Iterator[str]:
        yield f"{screen.bold(found.name)}  {screen.dim(f'version {found.version}, {BETTER[found.direction]}')}"
        yield from screen.wrap(found.formula, "  ")
        yield from facts(
            screen,
            [
                ("range", f"{found.span[0]:g} to {found.span[1]:g}"),
                ("counted over", found.denominator),
                *([("made of", ", ".join(found.parts))] if found.parts else []),
                *([("measured over", "several runs, by `persona metrics across`")] if found.over == "runs" else []),
                *([("brought by", found.distribution)] if found.distribution else []),
            ],
            "  ",
        )

    return Answer(found, lines, (session.step("metrics", "across" if found.over == "runs" else "compute"),))


@command("compute", "persona metrics compute --run run_20250116_143022", "persona metrics compute")
@click.option(
    "--run", "ref", metavar="RUN", shell_complete=runs, help="The run; the newest that makes personas otherwise."
)
def compute(session: Session, ref: str | None) -> Answer:
    """Measure the personas of a run again, from what was sealed.

    Nothing is recorded. What differs from the values stored with the run is marked: a newer version of a metric,
    or a metric that came later. With `-v` also the details of each: what is not supported, not cited, not balanced.
    """
    with session.open() as ws:
        found = ws.metrics.compute(newest(ws, session.project) if ref is None else ref)
    notes = (f"not as stored with the run: {', '.join(found.changed)}",) if found.changed else ()
    step = session.step("run", "show", found.run)
    return Answer(found, lambda screen: draw(screen, found, everything=session.verbose > 0), (step,), notes)


@command(
    "across",
    "persona metrics across --experiment temp-test --variant balanced",
    "persona metrics across run_20250116_143022 run_20250116_144501",
    "persona metrics across",
    past=True,
)
@click.argument("refs", metavar="[RUN]...", nargs=-1, shell_complete=runs)
@click.option("--experiment", metavar="NAME", shell_complete=experiments, help="The completed runs of this experiment.")
@click.option("--variant", metavar="NAME", help="Of that experiment only the runs of this variant.")
def across(session: Session, refs: tuple[str, ...], experiment: str | None, variant: str | None) -> Answer:
    """Measure several runs together: do they agree with each other?

    Of the runs named, else of the completed runs of an experiment, else of those of the project. Only runs of one
    plan, which differ in seed and repeat at most, are held against each other; associations are looked for among the
    personas of all runs. Nothing is recorded. With `-v` also who was matched with whom.
    """
    with session.open() as ws:
        found = ws.metrics.across(refs, project=session.project, experiment=experiment, variant=variant)
    step = session.step("metrics", "explain", "consistency_runs")
    return Answer(
        found, lambda screen: draw_across(screen, found, everything=session.verbose > 0), (step,), found.notes
    )


def draw(screen: Screen, found: MeasuresView, *, everything: bool) -> Iterator[str]:
    """Every measure with what it is counted over, with ``everything`` also the details, then the scores."""
    yield screen.bold(found.run)
    yield from _measures(screen, found.measures)
    yield ""
    if everything:
        yield from _details(screen, found.measures)
    yield from facts(screen, _scores(found.scores), "  ")


def draw_across(screen: Screen, found: AcrossView, *, everything: bool) -> Iterator[str]:
    """The measures of several runs, the pairs of runs that agree least, and the score made of them."""
    plans = "" if len(found.plans) == 1 else f" of {len(found.plans)} plans"
    yield screen.bold(f"{len(found.runs)} {'run' if len(found.runs) == 1 else 'runs'}{plans}")
    yield from _measures(screen, found.measures)
    pairs = [pair for one in found.measures if one.name == "consistency_runs" for pair in one.details.get("pairs", ())]
    if len(pairs) > 1:
        least = sorted(pairs, key=lambda pair: (pair["value"], pair["runs"]))[:LEAST_ALIKE]
        yield ""
        yield "  The pairs of runs that agree least:"
        yield from facts(screen, [(" and ".join(pair["runs"]), number(pair["value"])) for pair in least], "    ")
    yield ""
    if everything:
        yield from _details(screen, found.measures)
    yield from facts(screen, _scores(found.scores), "  ")


def _details(screen: Screen, measures: Sequence[Measure]) -> Iterator[str]:
    """What each measure says about its items, one line an item."""
    for one in measures:
        told = {key: value for key, value in one.details.items() if value not in ([], {}, "") and key != "reason"}
        if not told:
            continue
        yield screen.bold(one.name)
        for key, value in told.items():
            items = [f"{name}: {_flat(item)}" for name, item in value.items()] if isinstance(value, dict) else value
            for item in items if isinstance(items, list) else [items]:
                yield from screen.wrap(_flat(item), f"  {screen.dim(key)}  ", "      ")
        yield ""


def _flat(value: object) -> str:
    """A detail on one line: names with their values, lists with commas."""
    if isinstance(value, dict):
        return "; ".join(f"{key} {_flat(item)}" for key, item in value.items())
    if isinstance(value, list):
        return ", ".join(" ".join(map(_flat, item)) if isinstance(item, list) else _flat(item) for item in value)
    return number(value) if isinstance(value, float) else str(value)


def _scores(scores: Mapping[str, float | None]) -> list[tuple[str, str]]:
    return [(name, number(value) if value is not None else "-") for name, value in scores.items()]


def _measures(screen: Screen, measures: Sequence[Measure]) -> Iterator[str]:
    told = ["" if one.value is not None else str(one.details.get("reason") or one.status) for one in measures]
    yield from table(
        screen,
        [
            Column("METRIC", [one.name for one in measures]),
            Column("VALUE", [number(one.value) if one.value is not None else "-" for one in measures]),
            Column("OVER", [str(one.denominator) for one in measures]),
            Column("BETTER", [BETTER[one.direction] for one in measures], drop=1),
            Column("", [why.replace("_", " ") for why in told], cut=True),
        ],
    )
