"""``persona archive``: create, open."""

from __future__ import annotations

from collections.abc import Iterable

import click

from persona.cli.answer import Answer
from persona.cli.command import command
from persona.cli.screen import Screen
from persona.cli.session import Session, shown_path


@command("create", "persona archive create study.zip", "persona archive create shop.zip --only shop")
@click.argument("output", metavar="FILE")
@click.option("--only", metavar="PROJECT", help="Archive one project; what others recorded is withheld.")
def create(session: Session, output: str, only: str | None) -> Answer:
    """Write the workspace, or one project, into one file.

    The file holds the log, every byte that is stored, and what people wrote in the folders of projects; wherever the
    workspace keeps its records and bytes, the file opens as a folder. With `--only` the events of other projects are
    withheld: their leaves stay, so that checkpoints and proofs of the whole log still hold.
    """
    session.may_overwrite(output)
    with session.open() as ws:
        view = ws.archive(output, project=only)

    def lines(screen: Screen) -> Iterable[str]:
        yield f"wrote {screen.bold(output)}: {view.events - view.withheld:,} events, {view.blobs:,} blobs"
        if view.withheld:
            yield f"{view.withheld:,} events are withheld: only their leaves are in it"
        yield screen.dim(f"root of the log: {view.root}")

    return Answer(view, lines, (session.step("archive", "open", output),))


@command("open", "persona archive open study.zip", "persona archive open study.zip elsewhere", place=False)
@click.argument("archive", metavar="FILE")
@click.argument("folder", metavar="[FOLDER]", required=False)
def open_(session: Session, archive: str, folder: str | None) -> Answer:
    """Make a workspace of an archive.

    The folder must not be there yet, or be empty; without a name it is called as the file is. Every event is held
    against its leaf and every byte against its digest before the folder appears. The new workspace continues the same
    log: whoever goes on writing in both makes a fork, which `persona audit verify --against` finds.
    """
    from persona.workspace import Workspace

    ws, view = Workspace.from_archive(archive, folder)
    with ws:
        root = ws.root
    session.workspace = shown_path(root)

    def lines(screen: Screen) -> Iterable[str]:
        yield f"opened {screen.bold(shown_path(root))}: {view.events - view.withheld:,} events, {view.blobs:,} blobs"
        if view.withheld:
            yield f"{view.withheld:,} events were withheld by whoever made the archive"

    return Answer(view, lines, (session.step("verify"), session.step("project", "list")))
