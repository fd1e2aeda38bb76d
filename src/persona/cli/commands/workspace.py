"""``persona workspace``: link, unlink, list."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

import click

from persona.cli.answer import Answer
from persona.cli.command import command
from persona.cli.screen import Screen
from persona.cli.session import Session
from persona.cli.tables import Column, table
from persona.cli.wording import counted

if TYPE_CHECKING:
    from persona.workspace.links import LinkView


@command("link", "persona workspace link studio ../studio")
@click.argument("name")
@click.argument("folder", type=click.Path())
def link(session: Session, name: str, folder: str) -> Answer:
    """Link another workspace, so that lineage follows things there.

    It is only read: nothing is written into FOLDER, and nothing about it into this workspace's log. A relative FOLDER
    is kept relative to this workspace, so that both can be moved together. Things there are then named `NAME::THING`.
    Say it again with the same NAME where it has moved.
    """
    with session.open() as ws:
        view = ws.links.link(name, folder)

    def lines(screen: Screen) -> Iterable[str]:
        yield f"linked {screen.bold(view.name)}  {screen.dim(view.folder)}"

    notes = ("its stores are a team's: reading it asks them over the network",) if view.shared else ()
    return Answer(view, lines, (session.step("workspace", "list"),), notes=notes)


@command("unlink", "persona workspace unlink studio")
@click.argument("name")
def unlink(session: Session, name: str) -> Answer:
    """Remove a link; the workspace it led to is left alone.

    What is recorded of things there stays, and is then told as of a workspace that is not linked.
    """
    with session.open() as ws:
        view = ws.links.unlink(name)
    notes = (f"{counted(view.references, 'thing')} of it stay recorded here",) if view.references else ()
    return Answer(view, lambda screen: [f"unlinked {screen.bold(view.name)}"], notes=notes)


@command("list", "persona workspace list")
def list_(session: Session) -> Answer:
    """List the linked workspaces, and whether they can be read.

    With the folder of each, how many things of it are recorded here, and the id by which the records know it.
    """
    with session.open() as ws:
        views = ws.links.list()

    def lines(screen: Screen) -> Iterable[str]:
        if not views:
            return [screen.dim("no workspace is linked")]
        return table(
            screen,
            [
                Column("NAME", [view.name for view in views]),
                Column("FOLDER", [view.folder for view in views], cut=True),
                Column("STATE", [_state(view) for view in views], cut=True),
                Column("USED HERE", [str(view.references) for view in views], right=True),
                Column("ID", [view.workspace for view in views], drop=1),
            ],
        )

    return Answer(views, lines)


def _state(view: LinkView) -> str:
    return view.problem or ("readable, shared stores" if view.shared else "readable")
