"""``persona import``: prov, openlineage, ro-crate, reppl, list, show."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

import click

from persona.cli.answer import Answer
from persona.cli.command import command
from persona.cli.screen import Screen
from persona.cli.session import Session
from persona.cli.tables import Column, table
from persona.cli.wording import counted, moment, size

if TYPE_CHECKING:
    from persona.model.imports import Loss
    from persona.workspace.importing import ImportView


@command("prov", "persona import prov provenance.json", "persona import prov account.provn --project shop")
@click.argument("file", metavar="FILE")
def prov(session: Session, file: str) -> Answer:
    """Bring in provenance in PROV.

    FILE is PROV as others write it, told apart by content: PROV-JSON, PROV-XML, PROV-N, or PROV-O in Turtle, TriG,
    N-Triples or N-Quads (with the extra `graph`).

    Its entities, activities and agents become external things, which `persona lineage` shows and follows. What of it
    has no place here is counted, and the file is sealed as it is. The same file is taken once.
    """
    with session.open() as ws, session.progress() as progress:
        view = ws.imports.prov(file, project=session.project, progress=progress)
    return answered(session, view)


@command(
    "openlineage",
    "persona import openlineage events.ndjson",
    "persona import openlineage events.json --project shop",
)
@click.argument("file", metavar="FILE")
def openlineage(session: Session, file: str) -> Answer:
    """Bring in events of OpenLineage.

    FILE holds events of OpenLineage, one a line, in a list, or a single one.

    Runs become external activities, datasets external entities, one for each version where every mention names one.
    What other facets than `version`, `parent`, `columnLineage` and `lineage` say is counted as lost, and the file is
    sealed as it is. The same file is taken once.
    """
    with session.open() as ws, session.progress() as progress:
        view = ws.imports.openlineage(file, project=session.project, progress=progress)
    return answered(session, view)


@command("ro-crate", "persona import ro-crate crate.zip", "persona import ro-crate research-object/ --project shop")
@click.argument("crate", metavar="CRATE")
def ro_crate(session: Session, crate: str) -> Answer:
    """Bring in the metadata of a research object.

    CRATE is a folder or a ZIP file with `ro-crate-metadata.json`, or that file itself.

    Actions become external activities, people and programs external agents, everything else external entities. A file
    whose SHA-256 is in the metadata is joined to what this workspace holds of the same bytes. The metadata is sealed as
    it is, and the files of the crate stay where they are.
    """
    with session.open() as ws, session.progress() as progress:
        view = ws.imports.ro_crate(crate, project=session.project, progress=progress)
    return answered(session, view)


@command(
    "reppl",
    "persona import reppl experiments/",
    "persona import reppl experiments/onboarding/history.json",
    "persona import reppl ~/.persona/lineage.db",
)
@click.argument("path", metavar="PATH")
def reppl(session: Session, path: str) -> Answer:
    """Bring in what REPPL/Persona recorded.

    PATH is a folder of its experiments (`config.yaml`, `history.json`, `data/`, `outputs/`), one such experiment, a
    history alone, or one of its databases (`lineage.db`, `experiments.db`).

    Runs become external activities, models external agents, files and outputs external entities. A file in `data` is
    joined to what this workspace holds of the same bytes; its words are not read. Personas are not brought in.
    """
    with session.open() as ws, session.progress() as progress:
        view = ws.imports.reppl(path, project=session.project, progress=progress)
    return answered(session, view)


def answered(session: Session, view: ImportView) -> Answer:
    """What every import answers: the report, and where to go on."""
    notes = ("the document was here already, and nothing was added",) if view.again else ()
    return Answer(
        view,
        lambda screen: _report(screen, view, session.verbose > 0),
        (session.step("import", "show", view.id),),
        notes=notes,
    )


@command("list", "persona import list", past=True)
def list_(session: Session) -> Answer:
    """List what was brought in.

    Every import of the workspace, or of the project that `--project` names, in the order in which they came.
    """
    with session.open() as ws:
        views = ws.imports.list(project=session.project)

    def lines(screen: Screen) -> Iterable[str]:
        if not views:
            yield "nothing was brought in"
            return
        yield from table(
            screen,
            [
                Column("IMPORT", [one.id for one in views]),
                Column("FORMAT", [one.format for one in views]),
                Column("FILE", [one.name for one in views], cut=True),
                Column("THINGS", [f"{one.things:,}" for one in views], right=True),
                Column("TAKEN", [f"{one.taken:,}" for one in views], right=True),
                Column("LOST", [f"{one.lost:,}" for one in views], right=True),
                Column("IMPORTED", [moment(one.imported_at) for one in views]),
            ],
        )

    steps = (session.step("import", "show", views[-1].id),) if views else ()
    return Answer(views, lines, steps)


@command(
    "show",
    "persona import show import_20250116_143022",
    "persona import show import_20250116_143022 --find interviews",
    past=True,
)
@click.argument("ref", metavar="IMPORT")
@click.option("--find", "word", metavar="WORD", default="", help="Show things whose name or label holds this.")
@click.option("--limit", type=click.IntRange(min=1), default=20, metavar="N", help="At most N things. [default: 20]")
def show(session: Session, ref: str, word: str, limit: int) -> Answer:
    """Show what an import tells, and what of it was lost.

    The report as it was given, and the first of its things, or those that `--find` asks for, with the names by which
    `persona lineage` knows them.
    """
    with session.open() as ws:
        view = ws.imports.show(ref)
        things = ws.imports.things(view.id, word, limit)

    def lines(screen: Screen) -> Iterable[str]:
        yield from _report(screen, view, session.verbose > 0)
        yield ""
        for one in things:
            yield f"{one.label}  {screen.dim(one.id)}"
            if session.verbose:
                yield from (screen.dim(f"  {key}: {value}") for key, value in (("name", one.name), *one.attributes))
        if len(things) == limit and view.things > limit:
            yield screen.dim("there may be more: `--limit`, `--find` and, with what else is said of them, `-v`")

    steps = (session.step("lineage", "up", things[-1].id),) if things else ()
    return Answer({"import": view, "things": things}, lines, steps)


def _report(screen: Screen, view: ImportView, most: bool) -> Iterator[str]:
    yield f"{screen.bold(view.name)}  {screen.dim(f'import {view.id}')}"
    kinds = ", ".join(counted(count, kind, _PLURALS[kind]) for kind, count in view.kinds.items())
    things = kinds or counted(view.things, "thing")
    yield f"  {view.format}, {size(view.bytes)}: {things}, {counted(view.edges, 'edge')}"
    if view.linked:
        yield f"  {counted(view.linked, 'thing')} of it {'is' if view.linked == 1 else 'are'} held here, too"
    yield f"  {counted(view.statements, 'statement')}: {view.taken:,} taken, {view.lost:,} lost"
    yield from _losses(screen, "lost", view.losses, most)
    if view.reduced:
        yield f"  of those taken, {view.reduced:,} without all that they say"
        yield from _losses(screen, "in part", view.reductions, most)
    yield from (f"  {screen.dim(note)}" for note in view.notes)


_PLURALS = {"entity": "entities", "activity": "activities", "agent": "agents"}


def _losses(screen: Screen, word: str, losses: tuple[Loss, ...], most: bool) -> Iterator[str]:
    """Each kind of loss with an example, or with all that were kept."""
    for one in losses:
        yield f"    {screen.yellow(word)} {one.count:,} {one.statement}: {one.reason}"
        yield from (screen.dim(f"      {example}") for example in one.examples[: None if most else 1])
