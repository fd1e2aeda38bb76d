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


@command("list", "persona call list run_20250116_143022", "persona call list", past=True)
@click.argument("ref", metavar="[RUN]", required=False, shell_complete=runs)
@click.option(
    "--limit", type=click.IntRange(min=1), default=50, show_default=True, metavar="N", help="At most N calls."
)
@click.option("--after", metavar="POSITION", help="Go on where a shorter list ended.")
def list_(session: Session, ref: str | None, limit: int, after: str | None) -> Answer:
    """List what was asked of models, for a run or the whole project.

    The calls of a run stand in the order in which they were made, those of a project the newest first. A call whose
    answer was taken from the record is marked `reused`: it was not made, and cost nothing.
    """
    with session.open() as ws:
        page = ws.call.page(ref, project=session.project, limit=limit, after=after)
    next: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    if page.next is not None:
        again = ["call", "list", *([ref] if ref else []), *(["--limit", str(limit)] if limit != 50 else [])]
        next = (session.step(*again, f"--after={page.next}", project=ref is None),)
        notes = (f"{len(page.items)} of {page.total:,} calls are listed",)
    elif page.items:
        next = (session.step("call", "show", page.items[0].id), session.step("why", page.items[0].id))
    else:
        notes = ("no model was asked: `persona model list` says whom you can ask",)

    def lines(screen: Screen) -> Iterable[str]:
        yield from draw_calls(screen, page)
        if page.next is None and after is None:
            yield screen.dim(counted(page.total, "call"))

    return Answer(page, lines, next, notes)


@command("show", "persona call show call_20250116_143022", past=True)
@click.argument("ref", metavar="CALL")
def show(session: Session, ref: str) -> Answer:
    """Show one call: what was asked, what came back, and how.

    The digests name the complete request, the exact bytes that were sent and received, and the parsed answer.
    """
    with session.open() as ws:
        found = ws.call.show(ref)
    return Answer(found, lambda screen: draw_call(screen, found), (session.step("why", found.call.id),))
