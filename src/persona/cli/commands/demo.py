"""``persona demo``."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from persona.cli.answer import Answer
from persona.cli.command import command
from persona.cli.screen import Screen, facts
from persona.cli.session import Session, shown_path
from persona.cli.wording import counted, seconds

if TYPE_CHECKING:
    from persona.workspace.views import DemoView


@command("demo", "persona demo", "persona demo try-it", place=False)
@click.argument("folder", metavar="[FOLDER]", default="persona-demo", required=False)
def demo(session: Session, folder: str) -> Answer:
    """Show the whole job on bundled interviews.

    Builds a workspace in a new folder (persona-demo when none is named), imports interviews written for this
    purpose, runs an experiment with three variants, follows one claim to its words, checks everything and writes a
    report. Needs no network.
    """
    from persona.workspace.demo import run_demo

    with session.progress() as progress:
        view = run_demo(folder, progress=progress)
    session.workspace = shown_path(Path(view.workspace))
    first = view.runs[0].view.run.id
    next = (
        session.step("run", "list"),
        session.step("trace", first, "--claim", f"{view.trace.persona}.{view.trace.path}"),
    )
    return Answer(view, lambda screen: _lines(screen, view), next)


def _lines(screen: Screen, view: DemoView) -> Iterator[str]:
    from persona.cli.commands.health import draw_verify
    from persona.cli.commands.look import draw_trace
    from persona.cli.persona_text import draw
    from persona.cli.run_text import runs_table

    imported, first = view.imported, view.runs[0]
    yield from _heading(
        screen,
        f"1  Imported {counted(imported.imported, 'interview file')}: {counted(imported.documents, 'document')}, "
        f"{counted(imported.participants, 'participant')}",
    )
    endings = sorted({Path(one.path).suffix.lstrip(".") for one in imported.files if one.outcome == "imported"})
    yield f"   formats: {', '.join(endings)}"
    for one in imported.files:
        if one.outcome == "refused":
            yield f"   refused: {one.path}"
    yield ""
    yield from _heading(screen, f"2  Ran {counted(len(view.runs), 'variant')} of one experiment")
    yield from runs_table(screen, [one.view.run for one in view.runs])
    yield ""
    yield from _heading(screen, f"3  The personas of the variant {first.view.run.variant}")
    yield ""
    yield from draw(screen, first.personas)
    yield ""
    yield from _heading(screen, "4  One claim, followed to its words")
    yield ""
    yield from draw_trace(screen, view.trace)
    yield ""
    yield from _heading(screen, "5  What was sealed, and checked just now")
    yield from facts(
        screen,
        [
            ("sources", f"{imported.imported:,} originals as they came, named by their digests"),
            ("documents", f"{imported.documents:,} normalised texts with a map back to the originals"),
            ("runs", f"{len(view.runs)}, each with recipe, inputs, outputs, measures and environment"),
        ],
        "   ",
    )
    yield from (f"   {line}" for line in draw_verify(screen, view.verify))
    yield ""
    yield from _heading(
        screen, f"6  The report, made with all the rest in {seconds(view.seconds)}: open it in a browser"
    )
    yield f"   {shown_path(Path(view.workspace) / view.report.path)}"


def _heading(screen: Screen, text: str) -> Iterator[str]:
    yield screen.bold(text)
