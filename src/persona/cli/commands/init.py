"""``persona init``."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import click

from persona.cli.answer import Answer
from persona.cli.command import command
from persona.cli.screen import Screen
from persona.cli.session import Session, shown_path


@command("init", "persona init", "persona init checkout-study", place=False)
@click.argument("path", metavar="[FOLDER]", default=".", required=False)
def init(session: Session, path: str) -> Answer:
    """Make a workspace in a folder.

    The folder is this one when none is named; it may exist and hold other things. A workspace is a folder and
    nothing else: it can be moved, zipped and opened elsewhere.
    """
    from persona.workspace import Workspace

    with Workspace.init(path) as ws:
        root = ws.root
    if root != Path.cwd():
        session.workspace = shown_path(root)

    def lines(screen: Screen) -> Iterable[str]:
        yield f"made a workspace in {screen.bold(shown_path(root))}"

    return Answer({"workspace": str(root)}, lines, (session.step("project", "create", "My research"),))
