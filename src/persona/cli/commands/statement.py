"""``persona export in-toto`` and ``persona audit check-statement``."""

from __future__ import annotations

import shlex
from collections.abc import Iterable

import click

from persona.cli.answer import Answer
from persona.cli.command import command
from persona.cli.completing import runs
from persona.cli.screen import Screen, facts
from persona.cli.session import Session
from persona.cli.tables import Column, table
from persona.cli.wording import counted
from persona.errors import IntegrityError, NotFound


@command("in-toto", "persona export in-toto --run run_20250116_143022 --output statement.json", past=True)
@click.option("--run", metavar="RUN", required=True, shell_complete=runs, help="The run that is stated.")
@click.option("--output", "-o", metavar="FILE", required=True, help="Where to write it.")
def in_toto(session: Session, run: str, output: str) -> Answer:
    """Write a signed statement of what a run made, and from what.

    An in-toto statement with SLSA provenance in a DSSE envelope, signed with your key of this log. It names outputs,
    inputs, parameters and tools by digest, and holds a checkpoint; no word or file name of a source is in it.
    """
    session.may_overwrite(output)
    with session.open() as ws:
        view = ws.statement.export(run, output)

    def lines(screen: Screen) -> Iterable[str]:
        yield f"wrote {screen.bold(output)}  {screen.dim(counted(len(view.subjects), 'output'))}"
        yield from facts(screen, [("of", view.run or ""), ("signed by", ", ".join(view.signed_by))], "  ")

    return Answer(view, lines, (session.step("audit", "check-statement", output),))


@command(
    "check-statement",
    "persona audit check-statement statement.json personas.json",
    "persona audit check-statement statement.json --key key.txt",
)
@click.argument("file", metavar="FILE")
@click.argument("outputs", metavar="[OUTPUT]...", nargs=-1)
@click.option("--key", "keys", multiple=True, metavar="KEY", help="A public key, or its file, beside your own.")
def check_statement(session: Session, file: str, outputs: tuple[str, ...], keys: tuple[str, ...]) -> Answer:
    """Check a statement of a run, and outputs against it.

    It needs no workspace, but the public key of who signed. Leaves with status 6 when no known key signed it, or when
    an OUTPUT is none of the files that it states.
    """
    try:
        with session.open() as ws:
            view = ws.statement.check(file, outputs, keys)
    except NotFound as error:
        if error.code != "workspace-not-found" or session.workspace is not None:
            raise
        from persona.workspace.statements import check_statement as checked

        view = checked(file, outputs, keys)
    errors: list[IntegrityError] = []
    if not view.signed_by:
        hint = f"give the key of who signed: `persona audit check-statement {shlex.quote(file)} --key KEY`"
        told = "none of the known keys signed the statement, so nobody vouches for it"
        errors.append(IntegrityError(told, code="statement-unsigned", place=file, hints=[hint]))
    if view.strangers:
        told = "the statement says nothing of a file with these bytes"
        errors.append(IntegrityError(told, code="statement-other", place=", ".join(view.strangers)))

    def lines(screen: Screen) -> Iterable[str]:
        held = not errors
        yield screen.green("the statement holds") if held else screen.red("the statement does not hold")
        yield from facts(
            screen,
            [("states", view.predicate), ("signed by", ", ".join(view.signed_by) or "none of the known keys")],
            "  ",
        )
        yield ""
        yield from table(
            screen,
            [
                Column("OUTPUT", [one.name for one in view.subjects]),
                Column("SHA-256", [one.sha256[:16] for one in view.subjects]),
                Column("FILE", [one.file or "not given" for one in view.subjects], cut=True),
            ],
        )

    return Answer(view, lines, (), (), tuple(errors))
