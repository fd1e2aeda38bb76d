"""``persona experiment meta``."""

from __future__ import annotations

from collections.abc import Iterable

import click

from persona.cli.answer import Answer
from persona.cli.command import command
from persona.cli.completing import experiments
from persona.cli.screen import Screen, facts
from persona.cli.session import Session
from persona.cli.tables import Column, table


@command(
    "meta",
    "persona experiment meta pilot main --metric faithfulness",
    "persona experiment meta shop/pilot train-app/pilot --metric diversity --variant warm --baseline cool",
    past=True,
)
@click.argument("names", metavar="EXPERIMENT...", nargs=-1, shell_complete=experiments)
@click.option("--metric", required=True, metavar="NAME", help="The metric that is combined.")
@click.option("--variant", metavar="NAME", help="The variant; left out where there is only one.")
@click.option("--baseline", metavar="NAME", help="What it is held against; else the baseline of each experiment.")
@click.option("--no-save", is_flag=True, help="Record nothing and write no page.")
def meta(
    session: Session, names: tuple[str, ...], metric: str, variant: str | None, baseline: str | None, no_save: bool
) -> Answer:
    """Combine comparisons across experiments and projects.

    Random effects: the experiments may truly differ, and by how much is said. An experiment of another project is
    written PROJECT/EXPERIMENT.
    """
    with session.open() as ws:
        view = ws.combining.meta(
            names, metric=metric, variant=variant, baseline=baseline, project=session.project, save=not no_save
        )
        page = session.path(ws, view.path) if view.path else None
    found, combined = view.analysis, view.analysis.combined

    def lines(screen: Screen) -> Iterable[str]:
        yield f"{screen.bold(found.metric)}  {found.variant} beside {found.baseline}"
        yield from table(
            screen,
            [
                Column("EXPERIMENT", [f"{one.project}/{one.experiment}" for one in found.studies], cut=True),
                Column("N", [str(one.comparison.n) for one in found.studies], right=True),
                Column("DIFFERENCE", [_signed(one.comparison.difference) for one in found.studies], right=True),
                Column("WEIGHT", ["left out" if one.weight is None else f"{one.weight:.0%}" for one in found.studies]),
                Column("ALONE", [one.comparison.verdict for one in found.studies]),
            ],
        )
        yield ""
        span = combined.interval or combined.fixed_interval
        told = [
            ("together", f"{combined.random:+.4g}, {span.low:+.4g} to {span.high:+.4g} ({span.method})"),
            ("p", "" if combined.p is None else f"{combined.p:.2g}"),
            ("tau", "" if combined.tau is None else f"{combined.tau:.4g}"),
            ("I²", "" if combined.i2 is None else f"{combined.i2:.0%}"),
            ("page", page or ""),
        ]
        yield from facts(screen, told)

    return Answer(view, lines, (), combined.notes)


def _signed(value: float | None) -> str:
    return "-" if value is None else f"{value:+.4g}"
