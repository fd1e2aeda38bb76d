"""``persona trace`` and ``persona report``."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from persona.cli.answer import Answer
from persona.cli.command import command
from persona.cli.completing import runs
from persona.cli.screen import Screen
from persona.cli.session import Session
from persona.cli.wording import size
from persona.errors import IntegrityError

if TYPE_CHECKING:
    from persona.workspace.views import TraceView


@command("trace", "persona trace", "persona trace run_20250116_143022 --claim 'persona-1.goals[0]'", past=True)
@click.argument("run", metavar="[RUN]", required=False, shell_complete=runs)
@click.option(
    "--claim", metavar="PATH", help="The claim, such as persona-1.goals[0]; the first observed one otherwise."
)
def trace(session: Session, run: str | None, claim: str | None) -> Answer:
    """Follow one claim of a persona to the words it rests on.

    From the sentence to the characters of the document, its place in the original and the digest of that. The
    newest completed run when none is named.
    """
    with session.open() as ws:
        view = ws.trace(run, claim, project=session.project)
    errors: tuple[IntegrityError, ...] = ()
    if not view.equal:
        errors = (
            IntegrityError(
                "the quotation does not equal its source",
                code="quotation-differs",
                place=f"{view.persona}.{view.path}",
                hints=["check everything: `persona verify`"],
            ),
        )
    return Answer(view, lambda screen: draw_trace(screen, view), (), (), errors)


def draw_trace(screen: Screen, view: TraceView) -> Iterator[str]:
    """A claim as a chain, from what is asserted down to bytes."""
    arrow = f"  {screen.dim('↓')} "
    claim = f"{view.persona}.{view.path}"
    support = f"{view.status}, {view.support} of {view.of} participants"
    yield f"{screen.bold('claim')}       {claim}  {screen.dim(support)}"
    yield from screen.wrap(view.claim, "            ")
    yield arrow + screen.dim("rests on the words")
    yield from screen.wrap(f"“{view.quote}”", f"{screen.bold('words')}       ")
    yield arrow + screen.dim("said by")
    yield f"{screen.bold('participant')} {view.participant}"
    yield arrow + screen.dim("in")
    yield f"{screen.bold('document')}    {view.title}, characters {view.start} to {view.end}"
    yield f"            {screen.dim(view.document)}"
    yield arrow + screen.dim("read from")
    yield f"{screen.bold('source')}      {view.source}{', ' + view.place if view.place else ''}"
    yield f"            {screen.dim(view.source_digest)}"
    verdict = screen.green("equal") if view.equal else screen.red("different")
    yield f"  {screen.dim('=')} the words in the sealed document and the quotation are {verdict}"
    if view.passages:
        yield ""
        yield screen.bold(f"And {len(view.passages)} more {'passage' if len(view.passages) == 1 else 'passages'}")
        for one in view.passages:
            yield from screen.wrap(f"“{one.quote}”", f"  {one.participant}  ")


@command("report", "persona report", "persona report run_20250116_143022 --output personas.html", past=True)
@click.argument("run", metavar="[RUN]", required=False, shell_complete=runs)
@click.option("--output", "-o", metavar="FILE", help="Where to write; the project's artefacts/reports otherwise.")
def report(session: Session, run: str | None, output: str | None) -> Answer:
    """Write one HTML file: personas beside their transcripts.

    It needs no network and no server: open it from disk, send it to a colleague. Pointing at a claim, or focusing
    it with the keyboard, lights up its words. The newest completed run when none is named.
    """
    session.may_overwrite(output)
    with session.open() as ws:
        view = ws.report(run, project=session.project, output=Path(output) if output else None)
    path = session.path(ws, view.path)

    def lines(screen: Screen) -> Iterable[str]:
        yield f"wrote {screen.bold(path)}  {screen.dim(f'{size(view.bytes)}, run {view.run}')}"

    return Answer(view, lines, (session.step("trace", view.run),))
