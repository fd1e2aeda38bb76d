"""``persona verify`` and ``persona rebuild``."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from persona.cli.answer import Answer
from persona.cli.command import command
from persona.cli.screen import Screen, facts
from persona.cli.session import Session
from persona.cli.tables import Column, table
from persona.cli.wording import counted
from persona.errors import IntegrityError

if TYPE_CHECKING:
    from persona.workspace.views import VerifyReport


@command("verify", "persona verify", "persona verify --json")
def verify(session: Session) -> Answer:
    """Check that everything is as it was recorded.

    Re-hashes the stored bytes, anchors every quotation again, checks the log, projects the tables anew and
    compares, and compares every run folder. Says what is wrong and leaves with status 6 when anything is.
    """
    with session.open() as ws, session.progress() as progress:
        report = ws.verify(progress=progress)
    errors: tuple[IntegrityError, ...] = ()
    next: tuple[str, ...] = ()
    if not report.ok:
        first = report.findings[0]
        things = counted(len(report.findings), "thing is", "things are")
        errors = (
            IntegrityError(
                f"{things} not as recorded",
                place=f"{first.subject}: {first.message}",
                hints=[f"what it means: `persona explain {first.code}`"],
            ),
        )
        next = (session.step("rebuild"),)
    return Answer(report, lambda screen: draw_verify(screen, report), next, (), errors)


def draw_verify(screen: Screen, report: VerifyReport) -> Iterator[str]:
    """What was checked, and each finding."""
    yield screen.green("everything is as recorded") if report.ok else screen.red("not everything is as recorded")
    yield from facts(
        screen,
        [
            ("log", f"{counted(report.events, 'event')}, Merkle root {report.root}"),
            ("blobs", f"{report.blobs:,} re-hashed"),
            ("quotations", f"{report.quotations:,} anchored again"),
            ("run folders", f"{report.folders:,} compared"),
        ],
        "  ",
    )
    if report.findings:
        yield ""
        yield from table(
            screen,
            [
                Column("FINDING", [one.code for one in report.findings]),
                Column("OF", [one.subject for one in report.findings], cut=True),
                Column("WHAT", [one.message for one in report.findings], cut=True),
            ],
        )


@command("rebuild", "persona rebuild")
def rebuild(session: Session) -> Answer:
    """Make tables and run folders again from the log.

    Log and stored bytes are the truth; all else is made from them. Files that people write are restored only when
    they are missing.
    """
    with session.open() as ws, session.progress() as progress:
        report = ws.rebuild(progress=progress)

    def lines(screen: Screen) -> Iterable[str]:
        yield f"replayed {counted(report.events, 'event')}"
        yield f"restored {counted(report.files, 'file')}, in {counted(report.folders, 'run folder')}"

    return Answer(report, lines, (session.step("verify"),))
