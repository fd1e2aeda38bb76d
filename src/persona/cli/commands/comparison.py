"""``persona experiment compare``."""

from __future__ import annotations

from collections.abc import Iterable

import click

from persona.cli.answer import Answer
from persona.cli.command import command
from persona.cli.comparison_text import broken, draw_comparison
from persona.cli.completing import experiments
from persona.cli.screen import Screen
from persona.cli.session import Session


@command(
    "compare",
    "persona experiment compare --metrics diversity,faithfulness",
    "persona experiment compare temp-test --baseline conservative --gate",
    "persona experiment compare temp-test/balanced other-test",
    "persona experiment compare 'params.temperature = 0' 'params.temperature = 0.7'",
    past=True,
)
@click.argument("things", metavar="[EXPERIMENT | THING...]", nargs=-1, shell_complete=experiments)
@click.option("--metrics", metavar="NAMES", help="Which metrics, with commas; else those of the experiment's file.")
@click.option("--baseline", metavar="SIDE", help="What the others are held against; else the file's, or the first.")
@click.option("--alpha", type=click.FloatRange(0, 0.5, min_open=True), metavar="P", help="False alarms accepted: 0.05.")
@click.option("--gate", is_flag=True, help="Leave with status 5 when a side is worse or a demand is broken.")
@click.option("--no-save", is_flag=True, help="Record nothing and write no page.")
def compare(
    session: Session,
    things: tuple[str, ...],
    metrics: str | None,
    baseline: str | None,
    alpha: float | None,
    gate: bool,
    no_save: bool,
) -> Answer:
    """Compare variants, runs or experiments, and say how sure it is.

    Alone or with one experiment: its variants beside the baseline, in pairs of runs over the same inputs, repeat and
    seed. With several things, each of them an experiment, EXPERIMENT/VARIANT, a run or a filter of runs: the others
    beside the first. "Undecided" is a verdict, and says how many more pairs would settle it.
    """
    with session.open() as ws:
        view = ws.comparing.compare(
            things,
            metrics=[name.strip() for name in (metrics or "").split(",") if name.strip()],
            baseline=baseline,
            alpha=alpha,
            project=session.project,
            save=not no_save,
        )
        page = session.path(ws, view.path) if view.path else None

    def lines(screen: Screen) -> Iterable[str]:
        return draw_comparison(screen, view.comparison, page, everything=session.verbose > 0)

    errors = tuple(broken(view.comparison)) if gate else ()
    next = [session.step("experiment", "run", view.comparison.title, project=True)] if len(things) < 2 else []
    return Answer(view, lines, tuple(next), view.comparison.notes, errors)
