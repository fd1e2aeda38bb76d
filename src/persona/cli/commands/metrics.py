"""The commands of ``persona metrics``."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

import click
from click.shell_completion import CompletionItem

from persona.cli.answer import Answer
from persona.cli.command import command
from persona.cli.commands.run import newest
from persona.cli.completing import runs
from persona.cli.screen import Screen, facts
from persona.cli.session import Session
from persona.cli.tables import Column, table
from persona.cli.wording import number

if TYPE_CHECKING:
    from persona.workspace.views import MeasuresView

BETTER = {"up": "higher is better", "down": "lower is better", "none": "reported, not ranked"}


@command("list", "persona metrics list")
def list_(session: Session) -> Answer:
    """List what is measured of personas.

    The last four are R-016's scores, derived from the others.
    """
    with session.open() as ws:
        known = ws.metrics.list()

    def lines(screen: Screen) -> Iterable[str]:
        return table(
            screen,
            [
                Column("METRIC", [one.name for one in known]),
                Column("VERSION", [one.version for one in known], drop=1),
                Column("BETTER", [BETTER[one.direction] for one in known]),
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

    Its formula, its range, which way is better, and what it is counted over.
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
            ],
            "  ",
        )

    return Answer(found, lines, (session.step("metrics", "compute"),))


@command("compute", "persona metrics compute --run run_20250116_143022", "persona metrics compute")
@click.option("--run", "ref", metavar="RUN", shell_complete=runs, help="The run; the newest otherwise.")
def compute(session: Session, ref: str | None) -> Answer:
    """Measure the personas of a run again, from what was sealed.

    Nothing is recorded. What differs from the values stored with the run is marked: a newer version of a metric,
    or a metric that came later.
    """
    with session.open() as ws:
        found = ws.metrics.compute(newest(ws, session.project) if ref is None else ref)
    notes = (f"not as stored with the run: {', '.join(found.changed)}",) if found.changed else ()
    return Answer(found, lambda screen: draw(screen, found), (session.step("run", "show", found.run),), notes)


def draw(screen: Screen, found: MeasuresView) -> Iterator[str]:
    """Every measure with what it is counted over, then the scores."""
    yield screen.bold(found.run)
    told = ["" if one.value is not None else str(one.details.get("reason") or one.status) for one in found.measures]
    yield from table(
        screen,
        [
            Column("METRIC", [one.name for one in found.measures]),
            Column("VALUE", [number(one.value) if one.value is not None else "-" for one in found.measures]),
            Column("OVER", [str(one.denominator) for one in found.measures]),
            Column("BETTER", [BETTER[one.direction] for one in found.measures], drop=1),
            Column("", [why.replace("_", " ") for why in told], cut=True),
        ],
    )
    yield ""
    scores = [(name, number(value) if value is not None else "-") for name, value in found.scores.items()]
    yield from facts(screen, scores, "  ")
