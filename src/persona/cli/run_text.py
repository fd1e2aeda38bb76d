"""Runs on a terminal: one alone, and many in a table that shows what differs."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from persona.cli.screen import Screen, facts
from persona.cli.tables import Column, table
from persona.cli.wording import counted, moment, number, pairs, plain, seconds, short_digest

if TYPE_CHECKING:
    from persona.model.demands import Held
    from persona.model.measures import Measure
    from persona.model.records import Run
    from persona.workspace.views import GenerateView, RunView

SHOWN_METRICS = ("diversity_score", "faithfulness_score", "consistency_score", "bias_score")
"""The metrics of a list, in this order, when runs have them: R-016's four."""

MOST_PARAMETERS = 3
MOST_METRICS = 4


def status(screen: Screen, word: str) -> str:
    """The status of a run; the word says it, the colour repeats it."""
    paint: dict[str, Callable[[str], str]] = {
        "completed": screen.green,
        "failed": screen.red,
        "cancelled": screen.yellow,
        "interrupted": screen.yellow,
    }
    return paint.get(word, screen.cyan)(word)


def duration(run: Run) -> float | None:
    """Seconds between start and end, None while there is no end."""
    if run.started_at is None or run.ended_at is None:
        return None
    return (datetime.fromisoformat(run.ended_at) - datetime.fromisoformat(run.started_at)).total_seconds()


def run_line(screen: Screen, view: RunView) -> Iterator[str]:
    """What a run needs to be found again: id, digest of the personas, seed, time, folder."""
    run = view.run
    took = duration(run)
    personas = next((one for one in view.outputs if one.kind == "personas"), None)
    yield screen.bold("Run")
    yield from facts(
        screen,
        [
            ("run", run.id),
            ("status", status(screen, run.status) + (f" in {seconds(took)}" if took is not None else "")),
            ("artefact", personas.id if personas else ""),
            ("digest", personas.digest if personas else ""),
            ("recipe", run.recipe or ""),
            ("seed", "" if run.seed is None else str(run.seed)),
            ("metrics", _metrics_on_a_line(run)),
            ("folder", view.path or ""),
        ],
        "  ",
    )


def _metrics_on_a_line(run: Run) -> str:
    shown = [name for name in SHOWN_METRICS if name in run.metrics]
    return ", ".join(f"{name.removesuffix('_score')} {number(run.metrics[name])}" for name in shown)


def runs_table(screen: Screen, runs: Sequence[Run], *, projects: bool = False) -> Iterator[str]:
    """Many runs: who they are, how they ended, and the parameters and metrics in which they differ."""
    columns = [
        Column("RUN", [run.id for run in runs]),
        Column("STATUS", [status(screen, run.status) + (" (deleted)" if run.deleted else "") for run in runs]),
    ]
    if projects:
        columns.append(Column("PROJECT", [run.project for run in runs], cut=True, drop=1))
    columns += [
        Column("EXPERIMENT", [run.experiment or "" for run in runs], cut=True, drop=7),
        Column("VARIANT", [run.variant or "" for run in runs], cut=True, drop=1),
        Column("TIME", [_took(run) for run in runs], right=True, drop=8),
    ]
    for rank, name in enumerate(differing(runs)):
        cells = [run.params.get(name, "") for run in runs]
        columns.append(Column(name.upper(), cells, right=True, drop=3 + rank))
    for rank, name in enumerate(_metrics_to_show(runs)):
        cells = [number(run.metrics[name]) if name in run.metrics else "" for run in runs]
        columns.append(Column(name.removesuffix("_score").upper(), cells, right=True, drop=2 + rank))
    columns.append(Column("TAGS", [pairs(run.tags) for run in runs], cut=True, drop=9))
    yield from table(screen, columns)


FIRST = ("model", "temperature", "count", "seed", "template", "items")
"""Parameters that people compare first, before others that differ."""


def differing(runs: Sequence[Run]) -> list[str]:
    """The parameters that are not the same in all runs that have them: what is equal says nothing in a list."""
    given: dict[str, list[str]] = {}
    for run in runs:
        for name, value in run.params.items():
            given.setdefault(name, []).append(value)
    found = [name for name, values in given.items() if len(set(values)) > 1]
    order = {name: place for place, name in enumerate(FIRST)}
    found.sort(key=lambda name: (order.get(name, len(FIRST)), -len(given[name]), name))
    return found[:MOST_PARAMETERS]


def _metrics_to_show(runs: Sequence[Run]) -> list[str]:
    names = {name for run in runs for name in run.metrics}
    known = [name for name in SHOWN_METRICS if name in names]
    return known or sorted(names)[:MOST_METRICS]


def _took(run: Run) -> str:
    took = duration(run)
    return "" if took is None else seconds(took)


def draw_run(screen: Screen, view: RunView, *, everything: bool) -> Iterator[str]:
    """Everything recorded about a run, in the order in which a person asks."""
    run = view.run
    yield f"{screen.bold(run.id)}  {status(screen, run.status)}{' (deleted)' if run.deleted else ''}"
    yield from facts(
        screen,
        [
            ("project", run.project),
            ("experiment", _belongs(run)),
            ("planned", moment(run.planned_at) + " UTC"),
            ("ended", _ended(run)),
            ("folder", view.path or "none is written for this run"),
            ("recipe", run.recipe or ""),
            ("tags", pairs(run.tags)),
        ],
        "  ",
    )
    if run.error:
        yield ""
        yield f"  {screen.red('error')}  {run.error.get('message', '')}  {screen.dim(str(run.error.get('code', '')))}"
    yield from _inputs(screen, view)
    if run.params:
        yield ""
        yield screen.bold("Parameters")
        yield from facts(screen, [(name, plain(value)) for name, value in sorted(run.params.items())], "  ")
    if view.measures or run.metrics:
        yield ""
        yield screen.bold("Metrics")
        yield from _measures(screen, view)
    if view.held:
        yield ""
        yield screen.bold("Demanded")
        yield from draw_held(screen, view.held)
    if view.checks is not None:
        yield ""
        yield screen.bold("Checked")
        yield from screen.wrap(view.checks.told(), "  ")
        reasons = sorted(view.checks.refused.items(), key=lambda item: (-item[1], item[0]))
        if reasons:
            told = ", ".join(f"{count} {reason.replace('_', ' ')}" for reason, count in reasons)
            yield from screen.wrap(told, f"  {screen.dim('refused')}  ")
        for warning in view.checks.warnings():
            yield from screen.wrap(warning, f"  {screen.yellow('note')}  ")
    if run.fields.get("calls"):
        yield ""
        yield screen.bold("Asked")
        yield from facts(screen, _asked(run.fields["calls"]), "  ")
    if view.outputs:
        yield ""
        yield screen.bold("Made")
        for one in view.outputs:
            yield f"  {one.id}  {screen.dim(one.path)}  {one.digest if everything else short_digest(one.digest)}"
    fields = {key: value for key, value in run.fields.items() if key not in PROGRAM_FIELDS or everything}
    if fields:
        yield ""
        yield screen.bold("Fields")
        yield from facts(screen, [(name, plain(value)) for name, value in sorted(fields.items())], "  ")
    if everything:
        yield ""
        yield screen.bold("Lineage")
        yield from (f"  {edge.src} {screen.dim(edge.rel.replace('_', ' '))} {edge.dst}" for edge in view.edges)


def draw_held(screen: Screen, held: Sequence[Held]) -> Iterator[str]:
    """Each demand of the project with whether it holds, and the values it was held against."""
    marks = {True: screen.green("holds"), False: screen.red("broken"), None: screen.yellow("cannot tell")}
    for one in held:
        found = ", ".join(f"{name} {plain(value)}" for name, value in one.found.items() if value != [])
        yield f"  {marks[one.holds]}  {one.rule}" + (screen.dim(f"  ({found})") if found else "")


def _asked(told: dict[str, Any]) -> list[tuple[str, str]]:
    from persona.cli.calls_text import money

    return [
        ("calls", f"{told.get('asked', 0)} made, {told.get('reused', 0)} answered from the record"),
        ("tokens", f"{told.get('input_tokens', 0):,} in, {told.get('output_tokens', 0):,} out"),
        ("cost", money(told.get("cost_estimate")) + (f" by {told['price_list']}" if told.get("price_list") else "")),
    ]


def _belongs(run: Run) -> str:
    if not run.experiment:
        return ""
    return f"{run.experiment}, variant {run.variant}" + (f", repeat {run.repeat}" if run.repeat else "")


def _ended(run: Run) -> str:
    took = duration(run)
    return (
        f"{moment(run.ended_at)} UTC" + (f", after {seconds(took)}" if took is not None else "") if run.ended_at else ""
    )


PROGRAM_FIELDS = ("process", "environment", "measures", "outputs", "seconds", "planned_at", "traceback", "calls",
                  "constraints", "constraints_broken", "git")  # fmt: skip
"""Fields of a run that the program writes for itself; shown with ``-v``."""


def _inputs(screen: Screen, view: RunView) -> Iterator[str]:
    if view.recipe is None:
        return
    recipe = view.recipe
    people = {label for one in recipe.inputs for label in one.people.values()}
    yield ""
    yield screen.bold("Read")
    yield from facts(
        screen,
        [
            ("sources", str(len({one.source for one in recipe.inputs}))),
            ("documents", f"{counted(len(recipe.inputs), 'document')}, {counted(len(people), 'participant')}"),
            ("template", f"{recipe.template.name} {recipe.template.version}  {short_digest(recipe.template.digest)}"),
            ("engine", f"{recipe.engine} {recipe.engine_version}"),
        ],
        "  ",
    )


def _measures(screen: Screen, view: RunView) -> Iterator[str]:
    """Measures with what is needed to read them; metrics without one (scores, logged by hand) below."""
    arrows = {"up": "higher is better", "down": "lower is better", "none": ""}
    measured: list[Measure] = list(view.measures)
    names = {one.name for one in measured}
    rest = sorted(name for name in view.run.metrics if name not in names)
    yield from (
        "  " + line
        for line in table(
            screen,
            [
                Column("METRIC", [f"{one.name} v{one.version}" for one in measured] + rest, cut=True),
                Column(
                    "VALUE",
                    [one.status.replace("_", " ") if one.value is None else number(one.value) for one in measured]
                    + [number(view.run.metrics[name]) for name in rest],
                    right=True,
                ),
                Column("OF", [str(one.denominator) for one in measured] + [""] * len(rest), right=True, drop=2),
                Column(
                    "RANGE",
                    [f"{number(one.span[0])} to {number(one.span[1])}" for one in measured] + [""] * len(rest),
                    drop=3,
                ),
                Column("READ AS", [arrows[one.direction] for one in measured] + [""] * len(rest), drop=1),
            ],
        )
    )


def draw_generated(screen: Screen, made: GenerateView) -> Iterator[str]:
    """The personas of a run and the facts by which it is found and checked again."""
    from persona.cli.persona_text import draw

    yield from draw(screen, made.personas)
    yield ""
    yield from run_line(screen, made.view)
    if made.view.held:
        yield from draw_held(screen, made.view.held)


def draw_many(screen: Screen, made: Sequence[GenerateView]) -> Iterator[str]:
    """The runs of an experiment after they ran."""
    yield from runs_table(screen, [one.view.run for one in made])
    told: dict[str, list[str]] = {}
    for one in made:
        if not one.personas.grouping.clear and one.personas.grouping.message:
            told.setdefault(one.personas.grouping.message, []).append(one.view.run.variant or one.view.run.id)
    for message, variants in told.items():
        yield ""
        names = ", ".join(dict.fromkeys(variants))
        yield from screen.wrap(message, f"{screen.yellow('unclear')} in {names}: ", "  ")
