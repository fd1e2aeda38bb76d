"""``persona call``: list, show."""

from __future__ import annotations

from collections.abc import Iterable

import click

from persona.cli.answer import Answer
from persona.cli.calls_text import draw_call, draw_calls
from persona.cli.command import command
from persona.cli.completing import runs
from persona.cli.screen import Screen
from persona.cli.session import Session
from persona.cli.wording import counted


@command("list", "persona call list run_20250116_143022", "persona call list")
@click.argument("ref", metavar="[RUN]", required=False, shell_complete=runs)
def list_(session: Session, ref: str | None) -> Answer:
    """List what was asked of models, for a run or the whole project.

    A call whose answer was taken from the record is marked `reused`: it was not made, and cost nothing.
    """
    with session.open() as ws:
        found = ws.call.list(ref, project=session.project)
    next = (session.step("call", "show", found[0].id), session.step("why", found[0].id)) if found else ()
    notes = () if found else ("no model was asked: `persona model list` says whom you can ask",)

    def lines(screen: Screen) -> Iterable[str]:
        yield from draw_calls(screen, found)
        yield screen.dim(counted(len(found), "call"))

    return Answer(found, lines, next, notes)


@command("show", "persona call show call_20250116_143022")
@click.argument("ref", metavar="CALL")
def show(session: Session, ref: str) -> Answer:
    """Show one call: what was asked, what came back, and how.

    The digests name the complete request, the exact bytes that were sent and received, and the parsed answer.
    """
    with session.open() as ws:
        found = ws.call.show(ref)
    return Answer(found, lambda screen: draw_call(screen, found), (session.step("why", found.call.id),))
