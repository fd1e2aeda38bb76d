"""``persona grouping``."""

from __future__ import annotations

from collections.abc import Iterable

import click

from persona.cli.answer import Answer
from persona.cli.command import command
from persona.cli.screen import Screen
from persona.cli.session import Session
from persona.cli.wording import counted, several


@command("propose", "persona grouping propose --output groups.yaml", "persona grouping propose --count 4")
@click.option("--count", type=click.IntRange(min=1), metavar="N", help="How many groups; the data choose otherwise.")
@click.option("--seed", type=click.IntRange(min=0), default=0, metavar="N", help="The root of random choices.")
@click.option("--output", "-o", metavar="FILE", help="Write them to this file, to be edited.")
def propose(session: Session, count: int | None, seed: int, output: str | None) -> Answer:
    """Propose who belongs together, for a person to edit.

    Edit the file, move participants between groups, and give it to `persona generate --grouping FILE`. Each state is
    kept as a version of the artefact `grouping`, with who made it.
    """
    session.may_overwrite(output)
    with session.open() as ws, session.progress() as progress:
        made = ws.grouping.propose(count=count, seed=seed, output=output, project=session.project, progress=progress)

    def lines(screen: Screen) -> Iterable[str]:
        for number, members in enumerate(made.groups, start=1):
            told = f"{screen.bold(f'persona-{number}')}  {screen.dim(counted(len(members), 'participant'))}  "
            yield from screen.wrap(several(members, 30), told, "  ")
        if made.outliers:
            yield from screen.wrap(several(made.outliers, 30), f"{screen.dim('fit nowhere')}  ", "  ")
        yield ""
        yield from screen.wrap(made.message)
        yield f"{screen.dim('artefact')}  {made.artefact}"

    taken = output or made.artefact.partition("/")[2]
    return Answer(made, lines, (session.step("generate", "--grouping", taken, project=True),))
