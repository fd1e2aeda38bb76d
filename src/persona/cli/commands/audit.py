"""``persona audit``: key, checkpoint, log, verify, prove, check-proof."""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

import click

from persona.cli.answer import Answer
from persona.cli.command import command
from persona.cli.completing import runs
from persona.cli.screen import Screen, facts
from persona.cli.session import Session
from persona.cli.tables import Column, table
from persona.cli.wording import counted, moment
from persona.errors import IntegrityError, NotFound

if TYPE_CHECKING:
    from persona.model.records import Finding
    from persona.workspace.auditing import AuditView, ProofView


@command("key", "persona audit key")
def key(session: Session) -> Answer:
    """Show the key that signs for this log.

    It is made when there is none: an Ed25519 key of C2SP signed notes. The public line is for whoever checks what you
    sign; the secret half stands in a file outside of the workspace that only you can read. Keep a copy: nobody can
    make it again.
    """
    with session.open() as ws:
        view = ws.audit.key()

    def lines(screen: Screen) -> Iterable[str]:
        yield view.public
        yield screen.dim(f"secret half, {'made now' if view.made else 'made before'}: {view.file}")

    return Answer(view, lines, (session.step("audit", "checkpoint"),))


@command("checkpoint", "persona audit checkpoint --output checkpoint.txt", "persona audit checkpoint")
@click.option("--output", "-o", metavar="FILE", help="Where to write it.")
def checkpoint(session: Session, output: str | None) -> Answer:
    """Sign the state of the log, to be kept elsewhere.

    A few lines that name the log, how many events it has, and the root over them. Whoever keeps them can show later
    that something before that moment was changed: `persona audit verify --against FILE`.
    """
    session.may_overwrite(output)
    with session.open() as ws:
        view = ws.audit.checkpoint(None if output == "-" else output)

    def lines(screen: Screen) -> Iterable[str]:
        if view.path is None:
            return view.note.splitlines()
        told = f"{counted(view.size, 'event')}, root {view.root}"
        return [f"wrote {screen.bold(view.path)}  {screen.dim(told)}"]

    next = (session.step("audit", "verify", "--against", view.path),) if view.path else ()
    return Answer(view, lines, next)


@command(
    "log",
    "persona audit log --limit 5",
    "persona audit log --run run_20250116_143022",
    "persona audit log --project shop --since 2026-01-16 --agent ada",
    past=True,
)
@click.option("--in", "within", metavar="PROJECT", help="About this project only.")
@click.option("--experiment", metavar="NAME", help="About this experiment of the project only.")
@click.option("--run", metavar="RUN", shell_complete=runs, help="About this run only.")
@click.option("--agent", metavar="NAME", help="Recorded by this person only.")
@click.option("--kind", metavar="KIND", help="Of this kind only, such as run.finished.")
@click.option("--subject", metavar="ID", help="About the thing of exactly this id.")
@click.option("--since", metavar="WHEN", help="From this moment on.")
@click.option("--until", metavar="WHEN", help="Up to this moment.")
@click.option("--after", type=click.IntRange(min=0), default=0, metavar="N", help="Go on after the event N.")
@click.option("--limit", type=click.IntRange(min=1), default=50, metavar="N", help="At most N events. [default: 50]")
def log(
    session: Session,
    within: str | None,
    experiment: str | None,
    run: str | None,
    agent: str | None,
    kind: str | None,
    subject: str | None,
    since: str | None,
    until: str | None,
    after: int,
    limit: int,
) -> Answer:
    """List what was recorded, by whom and when.

    In the order of the log. A WHEN is what `--as-of` takes: a position, a time in UTC, a run, a tag.
    """
    with session.open() as ws:
        project = session.project or within
        if experiment is not None and project is None:
            project = ws.project.show().project.id
        view = ws.audit.log(
            project=project,
            experiment=experiment,
            run=run,
            actor=agent,
            kind=kind,
            subject=subject,
            since=since,
            until=until,
            after=after,
            limit=limit,
        )

    def lines(screen: Screen) -> Iterable[str]:
        return table(
            screen,
            [
                Column("EVENT", [str(one.seq) for one in view.events], right=True),
                Column("RECORDED", [moment(one.recorded_at) for one in view.events]),
                Column("BY", [one.actor for one in view.events], drop=1),
                Column("WHAT", [one.kind for one in view.events]),
                Column("OF", [one.subject for one in view.events], cut=True),
            ],
        )

    notes = (f"more follow: `--after {view.next}`",) if view.next is not None else ()
    return Answer(view, lines, notes=notes)


@command("verify", "persona audit verify --against checkpoint.txt", "persona audit verify")
@click.option("--against", multiple=True, metavar="FILE", help="A checkpoint that was kept, or what carries one.")
@click.option("--key", "keys", multiple=True, metavar="KEY", help="A public key, or its file, beside your own.")
def verify(session: Session, against: tuple[str, ...], keys: tuple[str, ...]) -> Answer:
    """Check the log, and hold it against kept checkpoints.

    Every event against its leaf, the leaves against the root, the tables against the log; and whether the log still
    begins as it did when a checkpoint was signed. FILE may also be what carries one: a report, exported personas, a
    crate, a bundle, a statement, the folder of a run. Only what is anchored by a checkpoint that somebody else keeps
    is beyond the reach of whoever can write to this folder. Leaves with status 6 when anything is not as it was.
    """
    with session.open() as ws:
        view = ws.audit.verify(against, keys)
    errors: tuple[IntegrityError, ...] = ()
    if not view.ok:
        first = view.findings[0]
        errors = (
            IntegrityError(
                f"{counted(len(view.findings), 'thing is', 'things are')} not as recorded",
                place=f"{first.subject}: {first.message}",
                hints=[f"what it means: `persona explain {first.code}`"],
            ),
        )
    next = () if against else (session.step("audit", "checkpoint", "--output", "checkpoint.txt"),)
    return Answer(view, lambda screen: draw_audit(screen, view), next, (), errors)


def draw_audit(screen: Screen, view: AuditView) -> Iterator[str]:
    """What is anchored and what is not, and each finding."""
    yield screen.green("nothing speaks against the log") if view.ok else screen.red("the log is not what it was")
    rest = view.events - view.anchored
    anchored = f"events 1 to {view.anchored}, by {', '.join(view.signed_by)}" if view.anchored else "nothing"
    late = f"event {view.events}" if rest == 1 else f"events {view.anchored + 1} to {view.events}"
    from_here = f"{late}: only this workspace vouches for what they say"
    kept_back = [("withheld", f"{counted(view.withheld, 'event')}: only their leaves are here")]
    yield from facts(
        screen,
        [
            ("log", f"{counted(view.events, 'event')}, Merkle root {view.root}"),
            ("anchored", anchored),
            ("not anchored", from_here if rest else "nothing"),
            *(kept_back if view.withheld else []),
        ],
        "  ",
    )
    yield from _findings(screen, view.findings)


def _findings(screen: Screen, findings: tuple[Finding, ...]) -> Iterator[str]:
    if findings:
        yield ""
        yield from table(
            screen,
            [
                Column("FINDING", [one.code for one in findings]),
                Column("OF", [one.subject for one in findings], cut=True),
                Column("WHAT", [one.message for one in findings], cut=True),
            ],
        )


@command("prove", "persona audit prove 120 --output proof.txt", "persona audit prove run_20250116_143022")
@click.argument("event", metavar="EVENT")
@click.option("--output", "-o", metavar="FILE", help="Where to write it.")
def prove(session: Session, event: str, output: str | None) -> Answer:
    """Write a proof that an event stands in the log.

    EVENT is a position, the id of an event, or a thing: then the first event that speaks of it. The proof holds the
    event, the hashes that lead from it to the root, and a signed checkpoint; it can be checked without the workspace.
    """
    session.may_overwrite(output)
    with session.open() as ws:
        view = ws.audit.prove(event, None if output == "-" else output)

    def lines(screen: Screen) -> Iterable[str]:
        if view.path is None:
            return view.text.splitlines()
        told = f"event {view.index + 1} of {view.size}: {view.event['kind']} {view.event['subject']}"
        return [f"wrote {screen.bold(view.path)}  {screen.dim(told)}"]

    return Answer(view, lines, (session.step("audit", "check-proof", view.path),) if view.path else ())


@command("check-proof", "persona audit check-proof proof.txt", "persona audit check-proof proof.txt --key key.txt")
@click.argument("file", metavar="FILE")
@click.option("--key", "keys", multiple=True, metavar="KEY", help="A public key, or its file, beside your own.")
def check_proof(session: Session, file: str, keys: tuple[str, ...]) -> Answer:
    """Check a proof that somebody handed over.

    It needs no workspace, but the public key of who signed. Whether the event leads to the root that the checkpoint
    names, and which known keys signed the checkpoint. Leaves with status 6 when the hashes do not lead there, or no
    known key signed.
    """
    try:
        with session.open() as ws:
            view = ws.audit.check_proof(file, keys)
    except NotFound as error:
        if error.code != "workspace-not-found" or session.workspace is not None:
            raise
        from persona.workspace.auditing import check_proof as checked

        view = checked(file, keys)
    errors: tuple[IntegrityError, ...] = ()
    if not view.holds:
        told = "the event does not lead to the root of the checkpoint: one of them was changed"
        errors = (IntegrityError(told, code="proof-wrong", place=file),)
    elif not view.signed_by:
        errors = (
            IntegrityError(
                "none of the known keys signed the checkpoint, so nobody vouches for the root",
                code="proof-unsigned",
                place=file,
                hints=[f"give the key of who signed: `persona audit check-proof {shlex.quote(file)} --key KEY`"],
            ),
        )
    return Answer(view, lambda screen: draw_proof(screen, view), (), (), errors)


def draw_proof(screen: Screen, view: ProofView) -> Iterator[str]:
    """What the proof shows."""
    yield screen.green("the event stands in the log") if view.holds else screen.red("the proof does not hold")
    yield from facts(
        screen,
        [
            ("event", f"{view.index + 1} of {view.size}: {view.event.get('kind', '')} {view.event.get('subject', '')}"),
            ("recorded", f"{view.event.get('recorded_at', '')} by {view.event.get('actor', '')}"),
            ("log", f"{view.origin}, root {view.root}"),
            ("signed by", ", ".join(view.signed_by) or "none of the known keys"),
        ],
        "  ",
    )
