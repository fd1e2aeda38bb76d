"""``persona init``."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import click

from persona.cli.answer import Answer
from persona.cli.command import command
from persona.cli.screen import Screen
from persona.cli.session import Session, shown_path


@command(
    "init",
    "persona init",
    "persona init checkout-study",
    "persona init --records postgresql://ada@db.example.org/studies --blobs s3://studies/checkout",
    place=False,
)
@click.argument("path", metavar="[FOLDER]", default=".", required=False)
@click.option(
    "--records", metavar="URL", help="The PostgreSQL database that a team shares: postgresql://USER@HOST/NAME."
)
@click.option("--blobs", metavar="URL", help="The place in S3 that a team shares: s3://BUCKET/PREFIX.")
def init(session: Session, path: str, records: str | None, blobs: str | None) -> Answer:
    """Make a workspace in a folder.

    The folder is this one when none is named; it may exist and hold other things. A workspace is a folder and
    nothing else: it can be moved, zipped and opened elsewhere. With `--records` and `--blobs` a team shares what is
    recorded: whoever comes first makes the workspace there, everybody else joins it with the same command. URLs hold no
    passwords; those come from the environment (docs/team.md).
    """
    from persona.workspace import Workspace

    with Workspace.init(path, records=records, blobs=blobs) as ws:
        root, joined, stores = ws.root, ws.joined, ws.stores
    if root != Path.cwd():
        session.workspace = shown_path(root)

    def lines(screen: Screen) -> Iterable[str]:
        if joined:
            yield f"joined the workspace {stores.workspace} from {screen.bold(shown_path(root))}"
        else:
            yield f"made a workspace in {screen.bold(shown_path(root))}"
        if stores.shared:
            yield f"records: {stores.records}"
            yield f"blobs: {stores.blobs}"

    data: dict[str, object] = {"workspace": str(root)}
    if stores.shared:
        data |= {"id": stores.workspace or "", "joined": joined, "records": stores.records, "blobs": stores.blobs}
    next = session.step("rebuild") if joined else session.step("project", "create", "My research")
    return Answer(data, lines, (next,))
