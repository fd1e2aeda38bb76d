"""``persona project``: create, list, show, use, archive, tag, note."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

import click

from persona.cli import pairs
from persona.cli.answer import Answer, nothing
from persona.cli.command import command
from persona.cli.completing import projects
from persona.cli.screen import Screen, facts
from persona.cli.session import Session
from persona.cli.tables import Column, table
from persona.cli.wording import counted, moment
from persona.cli.wording import pairs as on_one_line

if TYPE_CHECKING:
    from persona.workspace.views import ProjectView


@command(
    "create",
    'persona project create "E-commerce Research"',
    "persona project create --file project.yaml",
    'persona project create "Checkout" --description "Why carts are left" --tag team=design',
)
@click.argument("title", required=False, default="")
@click.option("--description", default="", metavar="TEXT", help="What the research is about.")
@click.option("--tag", "tags", multiple=True, metavar="KEY=VALUE", help="A tag; may be given several times.")
@click.option("--file", metavar="FILE", help="A project.yaml to take as it is.")
def create(session: Session, title: str, description: str, tags: tuple[str, ...], file: str | None) -> Answer:
    """Make a project and work on it.

    The title gives the folder name: "E-commerce Research" becomes ecommerce-research. Defaults and constraints
    are set by editing the project.yaml in that folder.
    """
    with session.open() as ws:
        view = ws.project.create(
            title, description=description, tags=pairs.only(tags, "--tag"), file=Path(file) if file else None
        )

    def lines(screen: Screen) -> Iterable[str]:
        yield f"made the project {screen.bold(view.project.id)} and chose it"
        yield f"{screen.dim('settings')}  {session.path(ws, view.path + '/project.yaml')}"

    return Answer(view, lines, (session.step("source", "import", "--help"),), view.notes)


@command("list", "persona project list", "persona project list --archived", past=True)
@click.option("--archived", is_flag=True, help="Archived projects too.")
def list_(session: Session, archived: bool) -> Answer:
    """List the projects.

    A star marks the project that commands work on.
    """
    with session.open() as ws:
        views = ws.project.list(archived=archived)

    def lines(screen: Screen) -> Iterable[str]:
        return table(
            screen,
            [
                Column(" ", ["*" if view.current else "" for view in views]),
                Column("PROJECT", [view.project.id for view in views]),
                Column("TITLE", [view.project.title for view in views], cut=True, drop=1),
                Column("STATUS", [view.project.status for view in views], drop=3),
                Column("SOURCES", [str(view.sources) for view in views], right=True, drop=2),
                Column("PARTICIPANTS", [str(view.participants) for view in views], right=True, drop=4),
                Column("RUNS", [str(view.runs) for view in views], right=True, drop=2),
            ],
        )

    if not views:
        return Answer(views, nothing, (session.step("project", "create", "My research"),), ("there is no project yet",))
    return Answer(views, lines)


@command("show", "persona project show", "persona project show ecommerce-research", past=True)
@click.argument("name", metavar="[PROJECT]", required=False, shell_complete=projects)
def show(session: Session, name: str | None) -> Answer:
    """Show one project.

    The chosen one when none is named.
    """
    with session.open() as ws:
        view = ws.project.show(name or session.project)
    return Answer(view, lambda screen: _lines(screen, view), (), view.notes)


@command("use", "persona project use ecommerce-research")
@click.argument("name", metavar="PROJECT", shell_complete=projects)
def use(session: Session, name: str) -> Answer:
    """Choose the project that commands work on.

    The choice is remembered in the workspace. `--project NAME` and PERSONA_PROJECT override it for one call.
    """
    with session.open() as ws:
        view = ws.project.use(name)

    def lines(screen: Screen) -> Iterable[str]:
        yield f"commands now work on {screen.bold(view.project.id)}"

    return Answer(view, lines, (session.step("source" if not view.runs else "run", "list"),), view.notes)


@command("archive", "persona project archive ecommerce-research")
@click.argument("name", metavar="PROJECT", shell_complete=projects)
def archive(session: Session, name: str) -> Answer:
    """Put a project away; nothing is removed.

    Its project.yaml then says `status: archived`; writing `status: active` there brings it back.
    """
    with session.open() as ws:
        view = ws.project.archive(name)

    def lines(screen: Screen) -> Iterable[str]:
        yield f"archived {screen.bold(view.project.id)}: {counted(view.runs, 'run')} and all sources stay"

    return Answer(view, lines, (session.step("project", "list", "--archived"),), view.notes)


@command("tag", "persona project tag team=design sprint=Q1", "persona project tag ecommerce-research --remove sprint")
@click.argument("words", metavar="[PROJECT] KEY=VALUE...", nargs=-1)
@click.option("--remove", multiple=True, metavar="KEY", help="A tag to remove; may be given several times.")
def tag(session: Session, words: tuple[str, ...], remove: tuple[str, ...]) -> Answer:
    """Set or remove tags of a project.

    The chosen project when none is named.
    """
    given = pairs.split(words)
    pairs.need_change(given.pairs, remove)
    with session.open() as ws:
        name = given.ref or session.project or ws.project.show(None).project.id
        view = ws.project.tag(name, given.pairs, remove)
    return Answer(view, lambda screen: _lines(screen, view), (session.step("project", "show", view.project.id),))


@command("note", 'persona project note lead="Ada Osei" interviews_planned=12', "persona project note --remove lead")
@click.argument("words", metavar="[PROJECT] KEY=VALUE...", nargs=-1)
@click.option("--remove", multiple=True, metavar="KEY", help="A field to remove; may be given several times.")
def note(session: Session, words: tuple[str, ...], remove: tuple[str, ...]) -> Answer:
    """Set or remove free fields of a project.

    A value that reads as JSON (a number, true, a list) is kept as that; anything else is text.
    """
    given = pairs.split(words)
    pairs.need_change(given.pairs, remove)
    with session.open() as ws:
        name = given.ref or session.project or ws.project.show(None).project.id
        view = ws.project.note(name, pairs.fields(given.pairs, remove))
    return Answer(view, lambda screen: _lines(screen, view), (session.step("project", "show", view.project.id),))


def _lines(screen: Screen, view: ProjectView) -> Iterable[str]:
    project = view.project
    fields = {key: value for key, value in project.fields.items() if key not in ("description", "created") and value}
    held = (
        counted(view.sources, "source"),
        counted(view.participants, "participant"),
        counted(view.experiments, "experiment"),
        counted(view.runs, "run"),
    )
    yield screen.bold(project.title)
    yield from facts(
        screen,
        [
            ("project", project.id + ("  (chosen)" if view.current else "")),
            ("status", project.status),
            ("about", str(project.fields.get("description") or "")),
            ("folder", view.path),
            ("made", moment(project.created_at) + " UTC"),
            ("holds", ", ".join(held)),
            ("tags", on_one_line(project.tags)),
            ("fields", on_one_line(fields)),
        ],
        "  ",
    )
