"""``persona template``: list, show, diff, new."""

from __future__ import annotations

from collections.abc import Iterable

import click

from persona.cli.answer import Answer
from persona.cli.command import command
from persona.cli.screen import Screen
from persona.cli.session import Session
from persona.cli.tables import Column, table


@command("list", "persona template list")
def list_(session: Session) -> Answer:
    """List the templates that word prompts and personas.

    Those of the project stand first; a template of the project hides the built-in one of its name.
    """
    with session.open() as ws:
        known = ws.template.list(project=session.project)

    def lines(screen: Screen) -> Iterable[str]:
        return table(
            screen,
            [
                Column("TEMPLATE", [one.name for one in known]),
                Column("ENGINE", [one.engine for one in known]),
                Column("VERSION", [one.version for one in known]),
                Column("PLACE", [one.place for one in known], cut=True),
                Column("DIGEST", [one.digest for one in known], cut=True, drop=1),
            ],
        )

    return Answer(known, lines, (session.step("template", "show", known[0].name, project=True),))


@command("show", "persona template show default", "persona template show default --engine extractive")
@click.argument("name", metavar="NAME")
@click.option("--engine", metavar="ENGINE", help="Of this engine, where two have a template of the name.")
def show(session: Session, name: str, engine: str | None) -> Answer:
    """Show the text of a template.

    Prompts are Jinja in a sandbox; the first line states the version, and the text has its digest beside it.
    """
    with session.open() as ws:
        found = ws.template.show(name, engine=engine, project=session.project)

    def lines(screen: Screen) -> Iterable[str]:
        yield f"{screen.bold(found.name)}  {screen.dim(f'{found.engine}, version {found.version}, {found.place}')}"
        yield screen.dim(found.digest)
        yield ""
        yield from (found.text or "").splitlines()

    return Answer(found, lines, (session.step("template", "new", "mine", project=True),))


@command("diff", "persona template diff mine", "persona template diff mine default")
@click.argument("name", metavar="NAME")
@click.argument("other", metavar="[OTHER]", required=False, default="default")
def diff(session: Session, name: str, other: str) -> Answer:
    """Show what differs between two templates.

    The other one is the built-in `default` when it is not named. Lines of NAME are marked with `+`, those of the other
    with `-`.
    """
    with session.open() as ws:
        found = ws.template.diff(name, other, project=session.project)

    def lines(screen: Screen) -> Iterable[str]:
        if not found.lines:
            yield f"{found.before.name} and {found.after.name} are the same text"
        for line in found.lines:
            kind = line[:1]
            yield screen.green(line) if kind == "+" else screen.red(line) if kind == "-" else line

    return Answer(found, lines, (session.step("template", "show", name, project=True),))


@command("new", "persona template new mine", "persona template new brief --like mine")
@click.argument("name", metavar="NAME")
@click.option("--like", default="default", metavar="NAME", help="The template to begin with. [default: default]")
def new(session: Session, name: str, like: str) -> Answer:
    """Copy a template into the project, to be edited there.

    It stands in `templates/` of the project. Each text that a run uses is sealed with the run; raise the version in
    its first line when you change it.
    """
    with session.open() as ws:
        made = ws.template.new(name, like=like, project=session.project)

    def lines(screen: Screen) -> Iterable[str]:
        yield f"made the template {screen.bold(made.name)} like {like}"
        yield f"{screen.dim('file')}  {session.path(ws, made.place)}"

    return Answer(made, lines, (session.step("template", "diff", name, project=True),))
