"""``persona try`` and ``persona experiment promote``."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

import click

from persona.cli.answer import Answer
from persona.cli.command import command, flags_of, limits_of_calls, parameters_of_a_run
from persona.cli.completing import runs
from persona.cli.completing import sources as source_names
from persona.cli.run_text import draw_generated
from persona.cli.screen import Screen
from persona.cli.session import Session
from persona.cli.tables import Column, table
from persona.cli.wording import number, plain

if TYPE_CHECKING:
    from persona.workspace.views import TryView


@command("try", "persona try", "persona try --temperature 0.8", "persona try --items 6 --reset")
@click.option(
    "--source",
    "sources",
    multiple=True,
    metavar="SOURCE",
    shell_complete=source_names,
    help="Read only this source; may be given several times.",
)
@click.option("--reset", is_flag=True, help="Begin from the defaults of the project, not from the last try.")
@parameters_of_a_run
@limits_of_calls
def try_(session: Session, sources: tuple[str, ...], reset: bool, fresh: bool, **given: Any) -> Answer:
    """Make personas to look at, from the last try.

    What is given here is changed and stays for the next try, one thing at a time; what moved stands below the
    personas. Tries are runs like every other, under the tag `playground`. They were looked at before a question was
    asked, so `persona experiment promote` makes an experiment of them that does its own runs.
    """
    with session.open() as ws, session.progress() as progress:
        view = ws.playground.attempt(
            project=session.project, sources=sources, flags=flags_of(given), reset=reset, fresh=fresh, progress=progress
        )

    def lines(screen: Screen) -> Iterator[str]:
        yield from draw_generated(screen, view.made)
        yield from _moved(screen, view)

    next = (
        session.step("try", "--temperature", "0.5", project=True),
        session.step("experiment", "promote", "--name", "my-question", project=True),
    )
    return Answer(view, lines, next, (*view.made.view.notes, *view.made.personas.warnings()))


def _moved(screen: Screen, view: TryView) -> Iterator[str]:
    """What was changed since the last try, and what moved with it. One pair of runs proves nothing, and says so."""
    if view.before is None:
        return
    yield ""
    yield f"{screen.bold('Since the last try')}  {screen.dim(view.before)}"
    if not view.changed:
        yield "  the same settings"
    rows = [(name, plain(before), plain(after)) for name, (before, after) in view.changed.items()]
    rows += [
        (name, "" if before is None else number(before), "" if after is None else number(after))
        for name, (before, after) in view.moved.items()
    ]
    if rows:
        columns = [Column(title, [row[at] for row in rows]) for at, title in enumerate(("WHAT", "BEFORE", "NOW"))]
        yield from table(screen, columns)
        yield screen.dim("  one run each: a difference here may be chance")


@command(
    "promote",
    "persona experiment promote --name warm-or-calm",
    "persona experiment promote run_20250116_143022 run_20250116_143140 --name warm-or-calm",
)
@click.argument("refs", metavar="[RUN]...", nargs=-1, shell_complete=runs)
@click.option("--name", metavar="NAME", required=True, help="The name of the experiment.")
def promote(session: Session, refs: tuple[str, ...], name: str) -> Answer:
    """Make an experiment whose variants are tries.

    The variants are the runs named, else every try of the project whose settings differ. What was tried was seen before
    the question, so none of those runs counts: the experiment does its own. Write your hypothesis and the primary
    metric into its file before you run it.
    """
    with session.open() as ws:
        view = ws.playground.promote(name, refs, project=session.project)

    def lines(screen: Screen) -> Iterable[str]:
        experiment = view.experiment
        yield f"made the experiment {screen.bold(experiment.name)} with {', '.join(view.variants)}"
        yield f"{screen.dim('file')}  {session.path(ws, view.path)}"

    edit = session.step("experiment", "edit", view.experiment.name, project=True)
    return Answer(
        view, lines, (edit, session.step("experiment", "run", view.experiment.name, project=True)), view.notes
    )
