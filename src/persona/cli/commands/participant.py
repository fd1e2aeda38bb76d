"""``persona participant``: the people who speak, what they allow, and erasing their words."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

import click

from persona.cli.answer import Answer, nothing
from persona.cli.command import command
from persona.cli.screen import Screen, facts
from persona.cli.session import Session, standard_input_is_terminal
from persona.cli.tables import Column, table
from persona.cli.wording import counted, moment, pairs, several, size
from persona.errors import UsageError

if TYPE_CHECKING:
    from persona.workspace import Workspace
    from persona.workspace.views import ParticipantDetail, ParticipantView, WithdrawalView


@command("list", "persona participant list", past=True)
def list_(session: Session) -> Answer:
    """List the participants of the project, and what they allow.

    With the attributes that the sources state about them, and in how many documents they speak.
    """
    with session.open() as ws:
        views = ws.participant.list(session.project)

    def lines(screen: Screen) -> Iterable[str]:
        return table(
            screen,
            [
                Column("PARTICIPANT", [view.label for view in views], cut=True),
                Column("DOCUMENTS", [str(view.documents) for view in views], right=True),
                Column("ALLOWS", [_allows(view) for view in views]),
                Column("STATED", [pairs(view.attributes) for view in views], cut=True, drop=1),
                Column("ID", [view.id for view in views], drop=2),
            ],
        )

    if not views:
        return Answer(views, nothing, (session.step("source", "import", "--help"),), ("nobody speaks here yet",))
    return Answer(views, lines, notes=_expired(views))


def _allows(view: ParticipantView) -> str:
    """What a person allows, in few words."""
    if view.withdrawn is not None:
        return "withdrew"
    if not view.use:
        told = "nothing"
    else:
        kept = [word for word, said in (("quotation", view.quotation), ("hosted models", view.hosted)) if not said]
        told = f"no {', no '.join(kept)}" if kept else "all"
    if view.retention is None:
        return told
    return f"{told}, {'was to end' if view.expired else 'until'} {view.retention}"


def _expired(views: Iterable[ParticipantView]) -> tuple[str, ...]:
    over = sum(view.expired for view in views)
    if not over:
        return ()
    told = f"the words of {counted(over, 'participant')} were to be kept no longer"
    return (f"{told}: `persona participant withdraw --expired` erases them",)


@command("show", "persona participant show P07", past=True)
@click.argument("who", metavar="WHO")
def show(session: Session, who: str) -> Answer:
    """Show what a participant allows, and where they speak.

    WHO is a label or an id. Of somebody who withdrew it shows what was erased, and by which event.
    """
    with session.open() as ws:
        detail = ws.participant.show(who, session.project)
    return Answer(detail, lambda screen: _shown(screen, detail), notes=_expired([detail.participant]))


def _shown(screen: Screen, detail: ParticipantDetail) -> Iterator[str]:
    view = detail.participant
    yield screen.bold(view.label)
    yield from facts(
        screen,
        [
            ("participant", view.id),
            ("project", detail.project),
            ("stated", pairs(view.attributes)),
            ("documents", several(detail.documents, 12)),
            ("allows", _allows(view)),
        ],
        "  ",
    )
    for one in detail.consents:
        said = ", ".join(f"{key}: {_said(value)}" for key, value in sorted(one.said.items()))
        yield screen.dim(f"  {moment(one.at)} UTC, recorded by {one.by}, event {one.seq}: {said}")
    if detail.withdrawal is not None:
        yield ""
        yield from _erased(screen, detail.withdrawal)


def _said(value: object) -> str:
    return {True: "yes", False: "no", None: "nothing said"}.get(value, str(value))  # type: ignore[call-overload, no-any-return]


@command(
    "consent",
    "persona participant consent P07 --no-quotation --retention 2027-01-01",
    "persona participant consent P07 P08 --no-hosted",
    "persona participant consent --file consents.csv",
)
@click.argument("who", metavar="WHO...", nargs=-1)
@click.option("--use/--no-use", default=None, help="Their words may go into personas.")
@click.option("--quotation/--no-quotation", default=None, help="They may be shown word for word.")
@click.option("--hosted/--no-hosted", default=None, help="They may be sent to a model that is not on this machine.")
@click.option("--retention", metavar="DAY", help="The last day on which they may be kept; `none` for no end.")
@click.option("--file", "file", metavar="CSV", help="A table that says it for many; see above.")
def consent(
    session: Session,
    who: tuple[str, ...],
    use: bool | None,
    quotation: bool | None,
    hosted: bool | None,
    retention: str | None,
    file: str | None,
) -> Answer:
    """Record what participants allow.

    Each call is a new version; what it does not name stays as it was. Without a word of theirs the project's own
    `consent` in project.yaml holds, and where that says nothing, everything is allowed. The table has a column
    `participant`, and any of `use`, `quotation`, `hosted` (yes or no) and `retention` (a day).
    """
    given: dict[str, bool | str | None] = {"use": use, "quotation": quotation, "hosted": hosted}
    said: dict[str, bool | str | None] = {key: one for key, one in given.items() if one is not None}
    if retention is not None:
        said["retention"] = None if retention == "none" else retention
    if bool(who) == bool(file):
        raise UsageError(
            "name the participants, or one file that says it for many",
            code="withdraw-who",
            place="WHO...",
            hints=["see who speaks: `persona participant list`"],
        )
    with session.open() as ws:
        if file is not None:
            views = ws.participant.consent_file(file, project=session.project)
        else:
            views = ws.participant.consent(who, said, project=session.project)

    def lines(screen: Screen) -> Iterable[str]:
        return (f"{screen.bold(view.label)}  allows {_allows(view)}" for view in views)

    return Answer(views, lines)


@command(
    "withdraw",
    "persona participant withdraw P07 --dry-run",
    "persona participant withdraw P07 --yes",
    "persona participant withdraw --expired --dry-run",
)
@click.argument("who", metavar="[WHO]", required=False)
@click.option("--dry-run", is_flag=True, help="Say what would be erased; erase nothing.")
@click.option("--expired", is_flag=True, help="Everybody in the project whose words were to be kept no longer.")
def withdraw(session: Session, who: str | None, dry_run: bool, expired: bool) -> Answer:
    """Erase the words of a participant everywhere.

    From sources, documents, personas, calls, reports, run folders, caches and the database. Records, numbers and what
    others said stay, and what rested on the words is marked. It cannot be undone, so it asks first, or needs --yes.
    One that was interrupted is finished by the same command. What it cannot reach is said in docs/erasure.md.
    """
    if (who is None) == (not expired):
        raise UsageError(
            "name the participant who withdraws, or say `--expired`",
            code="withdraw-who",
            place="WHO",
            hints=["see who speaks: `persona participant list`"],
        )
    with session.open() as ws, session.progress() as progress:
        people = [who] if who is not None else [view.id for view in ws.participant.expired(session.project)]
        found: list[WithdrawalView] = []
        for one in people:
            if not dry_run and not session.yes:
                _confirm(session, ws, one)
            found.append(ws.participant.withdraw(one, project=session.project, dry_run=dry_run, progress=progress))
    notes = tuple(
        f"not written by this program, so it stays until you remove it: {path}" for view in found for path in view.yours
    )
    notes += tuple(
        f"typed into the log, which is only added to, so it stays: event {one.position}, {one.kind} of {one.subject}, "
        f"holds a name or words of theirs in {', '.join(one.parts)}"
        for view in found
        for one in view.typed
    )
    if not people:
        return Answer(found, nothing, (), ("nobody's time is over",))
    steps = (session.step("participant", "withdraw", *([who] if who else ["--expired"]), "--yes"),) if dry_run else ()
    return Answer(found, lambda screen: _all(screen, found), steps, notes)


def _confirm(session: Session, ws: Workspace, who: str) -> None:
    """Show what will be erased and ask. Raises ``UsageError`` where nobody can be asked."""
    view = ws.participant.withdraw(who, project=session.project, dry_run=True)
    if view.ended_at is not None:
        return
    if not (session.no_input or session.json) and standard_input_is_terminal() and session.err.is_terminal:
        for line in _erased(session.err, view):
            session.err.write(line)
        if click.confirm("erase all this? It cannot be undone", err=True):
            return
    raise UsageError(
        "erasing cannot be undone, and nothing was erased",
        code="withdraw-confirm",
        place=view.participants[0],
        hints=[
            f"look at it first: `persona participant withdraw {view.participants[0]} --dry-run`",
            f"then confirm it: `persona participant withdraw {view.participants[0]} --yes`",
        ],
    )


def _all(screen: Screen, found: Iterable[WithdrawalView]) -> Iterator[str]:
    for view in found:
        yield from _erased(screen, view)


def _erased(screen: Screen, view: WithdrawalView) -> Iterator[str]:
    """What is or would be erased."""
    done = view.withdrawal is not None
    title = "would be erased" if not done else "erased" if view.ended_at else "being erased"
    yield screen.bold(f"{several(view.participants, 4)}: {title}")
    kinds = ", ".join(f"{number} {kind}" for kind, number in sorted(view.kinds.items()))
    reached = [
        counted(len(view.documents), "document"),
        counted(len(view.runs), "run"),
        counted(len(view.calls), "call"),
        counted(len(view.artefacts), "artefact"),
    ]
    yield from facts(
        screen,
        [
            ("bytes", kinds + (f" ({size(view.bytes)})" if view.bytes is not None else "")),
            ("in", ", ".join(reached) if view.bytes is not None else ""),
            (
                "rests on them",
                f"{counted(view.claims, 'claim')} of {counted(view.personas, 'persona')}" if view.claims else "",
            ),
            ("artefacts", several(view.artefacts, 8)),
            ("files", several(view.files, 8)),
            ("withdrawal", view.withdrawal or ""),
            ("event", view.event or ""),
            ("ended", f"{moment(view.ended_at)} UTC" if view.ended_at else ""),
        ],
        "  ",
    )
