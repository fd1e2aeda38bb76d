"""``persona artefact``: list, show, export, lineage, alias, tag, note."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from persona.cli import pairs
from persona.cli.answer import Answer, given, nothing
from persona.cli.command import command
from persona.cli.completing import artefacts, runs
from persona.cli.screen import Screen, facts
from persona.cli.session import Session
from persona.cli.tables import Column, table
from persona.cli.wording import moment, short_digest, size
from persona.cli.wording import pairs as on_one_line
from persona.errors import UsageError

if TYPE_CHECKING:
    from persona.workspace.views import ArtefactView, LineageNode


@command("list", "persona artefact list", "persona artefact list --kind personas", past=True)
@click.option("--name", metavar="NAME", shell_complete=artefacts, help="Only versions of this artefact.")
@click.option("--kind", metavar="KIND", help="Only this kind, such as personas or report.")
def list_(session: Session, name: str | None, kind: str | None) -> Answer:
    """List artefacts and their versions.

    Bytes equal to the newest version make no new one.
    """
    with session.open() as ws:
        found = ws.artefact.list(project=session.project, name=name, kind=kind)

    def lines(screen: Screen) -> Iterable[str]:
        return table(
            screen,
            [
                Column("ARTEFACT", [one.id.partition("/")[2] for one in found]),
                Column("KIND", [one.kind for one in found], drop=4),
                Column("ALIASES", [", ".join(one.aliases) for one in found], drop=1),
                Column("SIZE", [size(one.bytes) for one in found], right=True, drop=5),
                Column("DIGEST", [short_digest(one.digest) for one in found], drop=3),
                Column("RUN", [one.run or "" for one in found], drop=2),
                Column("TAGS", [on_one_line(one.tags) for one in found], cut=True, drop=6),
            ],
        )

    if not found:
        fits = name is not None or kind is not None
        return Answer(found, nothing, (), ("no artefact fits" if fits else "there is no artefact yet",))
    return Answer(found, lines)


@command("show", "persona artefact show personas", "persona artefact show personas:approved", past=True)
@click.argument("ref", metavar="ARTEFACT", shell_complete=artefacts)
def show(session: Session, ref: str) -> Answer:
    """Show one version of an artefact.

    A name alone means its newest version; `name:v2` and `name:approved` mean that version or alias.
    """
    with session.open() as ws:
        view = ws.artefact.show(_within(session, ref))
    step = session.step("artefact", "lineage", view.artefact.id)
    return Answer(view, lambda screen: _lines(screen, view), (step,))


@command(
    "export",
    "persona artefact export --run run_20250116_143022 --format json",
    "persona artefact export personas:approved --format csv --output personas.csv",
    "persona artefact export --format md --output -",
    past=True,
)
@click.argument("ref", metavar="[ARTEFACT]", required=False, shell_complete=artefacts)
@click.option("--run", metavar="RUN", shell_complete=runs, help="The personas of this run.")
@click.option("--format", metavar="FORMAT", help="json, yaml, csv, md or html; by the ending of FILE, else json.")
@click.option("--output", "-o", metavar="FILE", help="Where to write; `-` writes to standard output.")
def export(session: Session, ref: str | None, run: str | None, format: str | None, output: str | None) -> Answer:
    """Write personas out as json, yaml, csv, md or html.

    Without `--output` the file goes to the project's artefacts/personas. A json or yaml file carries its
    provenance, so `persona artefact lineage FILE` finds it wherever it lies.
    """
    if ref is not None and run is not None:
        raise UsageError(
            "an artefact and a run are both named", place="export", hints=["name one of them: `persona artefact list`"]
        )
    session.may_overwrite(output)
    with session.open() as ws:
        named = _within(session, ref or "personas") if run is None else None
        target = Path(output) if output and output != "-" else output
        view = ws.artefact.export(run=run, ref=named, format=format, output=target)
    if view.path is None:
        return Answer(view, given((view.content or "").splitlines()))
    path = session.path(ws, view.path)
    traceable = view.format in ("json", "yaml")
    step = session.step("artefact", "lineage", path if traceable else view.artefact)

    def lines(screen: Screen) -> Iterable[str]:
        yield f"wrote {screen.bold(path)}  {screen.dim(f'{size(view.bytes)}, {view.artefact}')}"

    return Answer(view, lines, (step,))


@command(
    "lineage",
    "persona artefact lineage personas_batch_001.json",
    "persona artefact lineage personas:v2 --depth 2",
    past=True,
)
@click.argument("thing", metavar="FILE-OR-NAME", shell_complete=artefacts)
@click.option("--depth", type=click.IntRange(min=1), default=25, metavar="N", help="Follow at most N steps.")
def lineage(session: Session, thing: str, depth: int) -> Answer:
    """Show what a file or an artefact was made from.

    A file is found by its bytes wherever it lies, or by the provenance it carries, after its content was compared.
    Runs, sources and documents may be named too.
    """
    with session.open() as ws:
        is_name = not Path(thing).is_file() and not thing.startswith(("run_", "source_", "document_", "sha256:"))
        view = ws.artefact.lineage(_within(session, thing) if is_name else thing, depth=depth)
    found = {
        "digest": "found by its bytes",
        "embedded": "found by the provenance it carries; its content was compared and is unchanged",
        "name": "",
    }[view.found_by]

    def lines(screen: Screen) -> Iterable[str]:
        yield from _tree(screen, view.root, "", "", set())
        if found:
            yield ""
            yield screen.dim(found)

    return Answer(view, lines)


@command("alias", "persona artefact alias personas:v2 approved", "persona artefact alias personas approved --remove")
@click.argument("ref", metavar="ARTEFACT", shell_complete=artefacts)
@click.argument("alias", metavar="ALIAS")
@click.option("--remove", is_flag=True, help="Take the alias away.")
def alias(session: Session, ref: str, alias: str, remove: bool) -> Answer:
    """Point an alias such as approved at a version.

    Who moved it and when is recorded. `latest` and `v1`, `v2` ... are kept by the program.
    """
    with session.open() as ws:
        within = _within(session, ref)
        view = ws.artefact.unalias(within, alias) if remove else ws.artefact.alias(within, alias)

    def lines(screen: Screen) -> Iterable[str]:
        name = view.artefact.id.rpartition(":")[0]
        yield f"removed {name}:{alias}" if remove else f"{name}:{alias} is now {screen.bold(view.artefact.id)}"

    return Answer(view, lines, (session.step("artefact", "show", view.artefact.id),))


@command("tag", "persona artefact tag personas:v2 audience=design")
@click.argument("words", metavar="ARTEFACT KEY=VALUE...", nargs=-1)
@click.option("--remove", multiple=True, metavar="KEY", help="A tag to remove; may be given several times.")
def tag(session: Session, words: tuple[str, ...], remove: tuple[str, ...]) -> Answer:
    """Set or remove tags of an artefact.

    Tags belong to one version.
    """
    given = pairs.split(words)
    pairs.need_change(given.pairs, remove)
    with session.open() as ws:
        view = ws.artefact.tag(_named(session, given.ref), given.pairs, remove)
    return Answer(view, lambda screen: _lines(screen, view), (session.step("artefact", "show", view.artefact.id),))


@command("note", 'persona artefact note personas:v2 reviewer="Ada Osei"')
@click.argument("words", metavar="ARTEFACT KEY=VALUE...", nargs=-1)
@click.option("--remove", multiple=True, metavar="KEY", help="A field to remove; may be given several times.")
def note(session: Session, words: tuple[str, ...], remove: tuple[str, ...]) -> Answer:
    """Set or remove free fields of an artefact.

    A value that reads as JSON (a number, true, a list) is kept as that; anything else is text.
    """
    given = pairs.split(words)
    pairs.need_change(given.pairs, remove)
    with session.open() as ws:
        view = ws.artefact.note(_named(session, given.ref), pairs.fields(given.pairs, remove))
    return Answer(view, lambda screen: _lines(screen, view), (session.step("artefact", "show", view.artefact.id),))


def _within(session: Session, ref: str) -> str:
    """A name with the project of ``--project`` before it, unless it carries one."""
    return f"{session.project}/{ref}" if session.project and "/" not in ref else ref


def _named(session: Session, ref: str | None) -> str:
    if ref is None:
        raise UsageError("no artefact is named", code="bad-pair", hints=["see them: `persona artefact list`"])
    return _within(session, ref)


def _lines(screen: Screen, view: ArtefactView) -> Iterator[str]:
    artefact = view.artefact
    yield screen.bold(artefact.id)
    yield from facts(
        screen,
        [
            ("kind", f"{artefact.kind}, {size(artefact.bytes)}"),
            ("digest", artefact.digest),
            ("file", view.path or "only in the store"),
            ("run", artefact.run or ""),
            ("made", moment(artefact.created_at) + " UTC"),
            ("aliases", ", ".join(artefact.aliases)),
            ("versions", ", ".join(one.rpartition(":")[2] for one in view.versions)),
            ("tags", on_one_line(artefact.tags)),
            ("fields", on_one_line(artefact.fields)),
        ],
        "  ",
    )


def _tree(screen: Screen, node: LineageNode, first: str, rest: str, seen: set[str]) -> Iterator[str]:
    """The tree with its branches drawn; what stood above already is named, not drawn again."""
    relation = f"{node.relation.replace('_', ' ')}  " if node.relation else ""
    again = node.id in seen and node.children
    yield f"{screen.dim(first + relation)}{node.label or node.id}  {screen.dim(f'{node.kind} {node.id}')}" + (
        screen.dim("  (see above)") if again else ""
    )
    if again:
        return
    seen.add(node.id)
    for number, child in enumerate(node.children, start=1):
        last = number == len(node.children)
        yield from _tree(screen, child, rest + ("└─ " if last else "├─ "), rest + ("   " if last else "│  "), seen)
