"""``persona export``: prov, openlineage, atlas."""

from __future__ import annotations

from collections.abc import Iterable

import click

from persona.cli.answer import Answer, nothing
from persona.cli.command import command
from persona.cli.completing import runs
from persona.cli.screen import Screen
from persona.cli.session import Session
from persona.cli.wording import counted
from persona.errors import UsageError


@command(
    "prov",
    "persona export prov --output prov.json",
    "persona export prov --run run_20250116_143022 --format provn --output -",
    "persona export prov personas:v2 --output personas.ttl",
    past=True,
)
@click.argument("thing", required=False, metavar="[THING]")
@click.option(
    "--format",
    type=click.Choice(["json", "provn", "xml", "turtle", "nquads"]),
    help="The format. [default: as the ending of the file says, else json]",
)
@click.option("--output", "-o", required=True, metavar="FILE", help="Where to write; `-` writes to standard output.")
@click.option("--run", metavar="RUN", shell_complete=runs, help="This run only, and what it rests on.")
@click.option("--experiment", metavar="NAME", help="The runs of this experiment of the project only.")
@click.option("--no-claims", is_flag=True, help="Leave out personas, claims, fields and what they rest on.")
@click.option("--with-words", is_flag=True, help="Tell words of sources, names of people and of files, too.")
def prov(
    session: Session,
    thing: str | None,
    format: str | None,
    output: str,
    run: str | None,
    experiment: str | None,
    no_claims: bool,
    with_words: bool,
) -> Answer:
    """Write what is recorded as PROV, in one of five formats.

    The W3C's words for where things come from: entities, activities, agents, and what holds between them, down to the
    characters on which each claim rests. What happened in a run stands in a bundle of its own. THING is a run, an
    experiment, a project or what a run made; without it everything is told, or what `--project`, `--experiment` or
    `--run` says. Ids, digests and numbers only, unless `--with-words` asks for more.
    """
    from persona.workspace.prov import Told

    if output == "-" and session.json:
        raise UsageError(
            "`--output -` and `--json` both write to standard output",
            place="--output",
            hints=["name a file: `persona export prov --json --output prov.json`"],
        )
    session.may_overwrite(output)
    told = Told(thing, session.project, experiment, run, not no_claims, with_words)
    with session.open() as ws:
        if output == "-":
            session.out.write(ws.prov.pieces(format, told))
            return Answer(None, nothing)
        view = ws.prov.write(output, format, told)

    def lines(screen: Screen) -> Iterable[str]:
        told = f"{view.bytes:,} bytes of {view.format}, up to event {view.position} of the log"
        yield f"wrote {screen.bold(view.path)}  {screen.dim(told)}"

    next = (session.step("lineage", "check", view.path),) if view.format in ("json", "xml") else ()
    return Answer(view, lines, next)


@command(
    "openlineage",
    "persona export openlineage --output events.ndjson",
    "persona export openlineage --run run_20250116_143022 --output -",
    "persona export openlineage --project shop --url http://127.0.0.1:5000 --after 1200",
    past=True,
)
@click.option("--run", metavar="RUN", shell_complete=runs, help="This run only.")
@click.option("--experiment", metavar="NAME", help="The runs of this experiment of the project only.")
@click.option("--output", "-o", metavar="FILE", help="Where to write, one event a line; `-` writes to standard output.")
@click.option("--url", metavar="URL", help="Send the events to this address instead.")
@click.option("--after", type=click.IntRange(min=0), default=0, metavar="N", help="Go on after event N of the log.")
@click.option("--version-in-name", is_flag=True, help="Call artefacts by name and version, for consumers that need it.")
def openlineage(
    session: Session,
    run: str | None,
    experiment: str | None,
    output: str | None,
    url: str | None,
    after: int,
    version_in_name: bool,
) -> Answer:
    """Write or send what happened as OpenLineage events.

    One START and one end for each run, with inputs, outputs, parameters, metrics, and the lineage of every claim down
    to characters; events for sources, documents and experiments; at the end the state of the log. Everything in the
    workspace unless `--project`, `--experiment` or `--run` says less. Ids and numbers only: no words of sources, no
    names of files or people. A key for `--url` is read from OPENLINEAGE_API_KEY.
    """
    from persona.workspace.openlineage import Chosen

    if (output is None) == (url is None):
        raise UsageError(
            "say where the events go: into a file or to an address",
            place="--output, --url",
            hints=["write them into a file: `persona export openlineage --output events.ndjson`"],
        )
    if output == "-" and session.json:
        raise UsageError(
            "`--output -` and `--json` both write to standard output",
            place="--output",
            hints=["name a file: `persona export openlineage --json --output events.ndjson`"],
        )
    session.may_overwrite(output)
    with session.open() as ws:
        chosen = Chosen(session.project, experiment, run, after, version_in_name)
        if output == "-":
            session.out.write(ws.openlineage.lines(chosen))
            return Answer(None, nothing)
        view = ws.openlineage.send(url, chosen) if url is not None else ws.openlineage.write(output or "", chosen)

    def lines(screen: Screen) -> Iterable[str]:
        told = f"{counted(view.events, 'event')} of OpenLineage, up to event {view.position} of the log"
        yield f"{'sent to' if url is not None else 'wrote'} {screen.bold(view.target)}  {screen.dim(told)}"

    notes: tuple[str, ...] = ()
    if view.lost:
        notes = (f"bytes were wanted {view.lost} times that are gone, so events say less: `persona verify` names them",)
    return Answer(view, lines, notes=notes)


@command(
    "atlas",
    "persona export atlas --output atlas.zip",
    "persona export atlas --project shop --format rest --output atlas",
    past=True,
)
@click.option("--format", metavar="FORMAT", help="rest or zip; by the ending of what is written, else rest.")
@click.option("--output", "-o", metavar="PATH", required=True, help="A new folder for rest, a file for zip.")
def atlas(session: Session, format: str | None, output: str) -> Answer:
    """Write what is recorded as types and entities of Apache Atlas.

    `rest` is a folder of request bodies: typedefs.json for `POST /v2/types/typedefs`, then entities-00001.json and so
    on for `POST /v2/entity/bulk`, to be sent in this order. `zip` is the archive of Atlas's own import. Everything in
    the workspace unless `--project` says less. Ids and numbers only: no words of sources, no names of files or people.
    """
    if format == "zip" or (format is None and output.lower().endswith(".zip")):
        session.may_overwrite(output)
    with session.open() as ws:
        view = ws.atlas.write(output, format=format, project=session.project)

    def lines(screen: Screen) -> Iterable[str]:
        told = f"{counted(sum(view.entities.values()), 'entity', 'entities')} of {len(view.entities)} types"
        files = f" in {counted(view.files, 'file')}" if view.format == "rest" else ""
        yield f"wrote {screen.bold(view.path)}  {screen.dim(told + files)}"

    return Answer(view, lines)
