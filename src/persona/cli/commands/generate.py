"""``persona generate``."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import click

from persona.cli import pairs
from persona.cli.answer import Answer
from persona.cli.calls_text import draw_outlook
from persona.cli.command import command, flags_of, limits_of_calls, parameters_of_a_run
from persona.cli.completing import sources as source_names
from persona.cli.run_text import draw_generated
from persona.cli.session import Session
from persona.errors import InvalidInput

if TYPE_CHECKING:
    from persona.workspace.views import GenerateView


@command(
    "generate",
    "persona generate",
    "persona generate --count 3 --seed 7",
    "persona generate --source P01.txt --source P02.vtt --tag purpose=pilot",
    "persona generate --model openai:gpt-4o-mini --dry-run",
    "persona generate --model ollama:llama3.1:8b --max-total-tokens 200000",
)
@click.option(
    "--source",
    "sources",
    multiple=True,
    metavar="SOURCE",
    shell_complete=source_names,
    help="Read only this source; may be given several times.",
)
@click.option(
    "--grouping",
    metavar="FILE",
    help="Take the groups of this file or artefact; `persona grouping propose` makes one to edit.",
)
@click.option("--dry-run", is_flag=True, help="Show what a model would be asked and what it may cost; send nothing.")
@click.option("--gate", is_flag=True, help="Leave with status 5 when a constraint of the project is broken.")
@parameters_of_a_run
@limits_of_calls
@click.option("--tag", "tags", multiple=True, metavar="KEY=VALUE", help="A tag of the run; may be given several times.")
def generate(
    session: Session,
    sources: tuple[str, ...],
    tags: tuple[str, ...],
    grouping: str | None,
    dry_run: bool,
    gate: bool,
    fresh: bool,
    **given: Any,
) -> Answer:
    """Make personas from the sources, as one recorded run.

    Every sentence of a persona rests on words of the sources; how many participants say so stands beside it. The
    same sources, settings and seed give the same digest.
    """
    flags, marks = flags_of(given), pairs.only(tags, "--tag")
    with session.open() as ws, session.progress() as progress:
        if dry_run:
            seen = ws.look_ahead(
                project=session.project, sources=sources, flags=flags, grouping=grouping, progress=progress
            )
            return Answer(
                seen, lambda screen: draw_outlook(screen, seen, everything=session.verbose > 0), (), seen.notes
            )
        made = ws.generate(
            project=session.project,
            sources=sources,
            flags=flags,
            tags=marks,
            grouping=grouping,
            fresh=fresh,
            progress=progress,
        )
    run = made.view.run.id
    next = (session.step("trace", run), session.step("report", run))
    errors = broken([made]) if gate else ()
    return Answer(
        made, lambda screen: draw_generated(screen, made), next, (*made.view.notes, *made.personas.warnings()), errors
    )


def broken(made: Sequence[GenerateView]) -> tuple[InvalidInput, ...]:
    """An error for each constraint of the project that a run does not keep, what cannot be told included."""
    return tuple(
        InvalidInput(
            f"the personas break a constraint of the project: {held.rule}",
            code="constraint-broken",
            place=one.view.run.id,
            hints=[f"see what was found: `persona run show {one.view.run.id}`"],
        )
        for one in made
        for held in one.view.held
        if held.holds is not True
    )
