"""``persona lineage``: show, up, down, path, diff, impact, check."""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

import click

from persona.cli.answer import Answer
from persona.cli.command import command
from persona.cli.completing import artefacts
from persona.cli.screen import Screen
from persona.cli.session import Session
from persona.cli.tables import Column, table
from persona.cli.wording import counted
from persona.errors import InvalidInput, UsageError

if TYPE_CHECKING:
    from persona.model.records import Edge
    from persona.workspace.lineage_views import GraphView, ThingView
    from persona.workspace.prov_checking import ConstraintsView

FORMATS = ("tree", "table", "mermaid", "svg")
_here = click.option("--here", is_flag=True, help="Stay in this workspace; do not ask those linked to it.")


class Depth(click.ParamType):  # type: ignore[type-arg]  # generic for checkers only
    """A number of steps from 1, or ``all``, which is 0."""

    name = "depth"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        """The number. A usage error for anything else."""
        if value == "all":
            return 0
        if not str(value).isdecimal() or not 1 <= int(value) <= 1_000_000:
            self.fail(f"`{value}` is no number of steps from 1, and not `all`", param, ctx)
        return int(value)


@command(
    "show",
    "persona lineage show run_20250116_143022",
    "persona lineage show 'personas#persona-1.goals[0]'",
    past=True,
)
@click.argument("thing", metavar="THING", shell_complete=artefacts)
@_here
def show(session: Session, thing: str, here: bool) -> Answer:
    """Show what a thing is joined to.

    A THING is a file on disk (found by its bytes, wherever it lies), a run, a source, a document, a participant, an
    artefact version, a persona, a claim (`personas#persona-1.goals[0]`, or `persona-1.goals[0]` of the newest), a
    highlight (DOCUMENT@START-END), a call, a template, a model, a person, or a thing of an import; by id, the beginning
    of one, or by name.
    With `NAME::` before it, it is a thing of the workspace linked as NAME.
    """
    with session.open() as ws:
        view = ws.lineage.show(thing, project=session.project, here=here)

    def lines(screen: Screen) -> Iterable[str]:
        yield _said(screen, view.thing)
        for edge, other in view.out:
            yield f"  {screen.dim(_word(edge))}  {_said(screen, other)}"
        for edge, other in view.into:
            yield f"  {_said(screen, other)}  {screen.dim(_word(edge) + ' this')}"
        for other in view.also:
            yield f"  {screen.dim('also is')}  {_said(screen, other)}"

    steps = (session.step("lineage", "up", view.thing.id), session.step("lineage", "down", view.thing.id))
    return Answer(view, lines, steps)


def _walking(direction: str, summary: str) -> Any:
    """The command that follows edges in one direction."""

    def walk(
        session: Session,
        thing: str,
        depth: int,
        claims: bool,
        kinds: tuple[str, ...],
        within: str | None,
        limit: int,
        here: bool,
        format: str | None,
        output: str | None,
    ) -> Answer:
        drawn = format or ("table" if kinds or within else "tree")
        if output is not None and drawn in ("tree", "table"):
            raise UsageError(
                f"a {drawn} is for the screen",
                code="lineage-format",
                place="--output",
                hints=["write a drawing: `--format svg` or `--format mermaid`; or all of it for programs: `--json`"],
            )
        session.may_overwrite(output)
        with session.open() as ws:
            view = ws.lineage.walk(
                thing,
                direction,  # type: ignore[arg-type]  # one of the two
                depth=depth or None,
                kinds=kinds,
                within=within,
                claims=claims,
                limit=limit,
                project=session.project,
                here=here,
            )
            text = ws.lineage.draw(view, drawn, output) if drawn in ("svg", "mermaid") else ""
        hidden = view.reached - (len(view.things) - 1)
        notes = (f"{hidden} more things are not shown: `--limit`, `--kind` and `--in` choose",) if hidden else ()

        def lines(screen: Screen) -> Iterable[str]:
            if drawn in ("tree", "table"):
                return (_tree if drawn == "tree" else _table)(screen, view)
            return text.splitlines() if output in (None, "-") else [f"wrote {screen.bold(str(output))}"]

        return Answer(view, lines, notes=notes)

    walk.__doc__ = summary
    for option in reversed((
        click.argument("thing", metavar="THING", shell_complete=artefacts),
        click.option("--depth", type=Depth(), default=1, metavar="N", help="Follow N steps, or `all`. [default: 1]"),
        click.option("--claims", is_flag=True, help="Take in personas, claims and highlights, too."),
        click.option("--kind", "kinds", multiple=True, metavar="KIND", help="Show this kind only, such as claim."),
        click.option("--in", "within", metavar="PROJECT", help="Show things of this project only."),
        _here,
        click.option("--limit", type=click.IntRange(min=1), default=200, metavar="N", help="At most N. [default: 200]"),
        click.option("--format", type=click.Choice(FORMATS), metavar="FORMAT", help="tree, table, mermaid or svg."),
        click.option("--output", "-o", metavar="FILE", help="Write the drawing into a file."),
    )):  # fmt: skip
        walk = option(walk)
    example = f"persona lineage {direction}"
    return command(
        direction,
        f"{example} personas:v2" if direction == "up" else f"{example} P07.vtt --depth all --kind claim",
        f"{example} personas --depth all --format svg --output lineage.svg",
        past=True,
    )(walk)


up = _walking(
    "up",
    """Show what a thing rests on.

    One step unless told otherwise: a claim on its words, words on their document, personas on the run that made them.
    What THING may be is told by `persona lineage show --help`.
    """,
)
down = _walking(
    "down",
    """Show what rests on a thing.

    One step unless told otherwise: of a document the runs that used it, of a run what it made.
    What THING may be is told by `persona lineage show --help`.
    """,
)


@command("path", "persona lineage path 'personas#persona-1.goals[0]' P07.vtt", past=True)
@click.argument("start", metavar="THING", shell_complete=artefacts)
@click.argument("end", metavar="OTHER", shell_complete=artefacts)
@_here
def path(session: Session, start: str, end: str, here: bool) -> Answer:
    """Show a shortest chain between two things.

    From THING up to OTHER, on which it rests, or else down to it. What they may be is told by `persona lineage show
    --help`.
    """
    with session.open() as ws:
        view = ws.lineage.path(start, end, project=session.project, here=here)

    def lines(screen: Screen) -> Iterable[str]:
        yield _said(screen, view.things[0])
        for edge, thing in zip(view.edges, view.things[1:], strict=True):
            arrow = "→" if edge.dst == thing.id else "←"
            yield f"  {screen.dim(f'{arrow} {_word(edge)}')}  {_said(screen, thing)}"

    return Answer(view, lines)


@command(
    "diff",
    "persona lineage diff personas:v1 personas:v2",
    "persona lineage diff personas:v1 personas:v2 --claims",
    past=True,
)
@click.argument("left", metavar="THING", shell_complete=artefacts)
@click.argument("right", metavar="OTHER", shell_complete=artefacts)
@click.option("--claims", is_flag=True, help="Take in personas, claims and highlights, too.")
@_here
def diff(session: Session, left: str, right: str, claims: bool, here: bool) -> Answer:
    """Show what only one of two things rests on.

    Two versions of personas, two runs, a claim and another: sources, documents, people, runs and templates that stand
    behind the one and not behind the other, and how many things stand behind both.
    """
    with session.open() as ws:
        view = ws.lineage.diff(left, right, claims=claims, project=session.project, here=here)

    def lines(screen: Screen) -> Iterable[str]:
        for name, only in ((view.left, view.only_left), (view.right, view.only_right)):
            yield screen.bold(f"only {name.id}")
            yield from (f"  {_said(screen, one)}" for one in only) if only else [screen.dim("  nothing")]
        yield ""
        yield f"both rest on {view.both} {'thing' if view.both == 1 else 'things'}"

    return Answer(view, lines)


ORIGINS = {"column": "column", "header": "head of a transcript", "speech": "what participants say"}


@command("fields", "persona lineage fields", "persona lineage fields personas:v2", past=True)
@click.argument("artefact", required=False, shell_complete=artefacts)
def fields(session: Session, artefact: str | None) -> Answer:
    """Show which columns and speech fields rest on.

    Of the newest personas, or those of an ARTEFACT: for each field the columns of surveys, values in the heads of
    transcripts and speech behind it, with how many claims and people.
    """
    with session.open() as ws:
        view = ws.lineage.fields(artefact, project=session.project)

    def lines(screen: Screen) -> Iterable[str]:
        rows = view.fields
        where = [row.example if len(row.sources) == 1 else f"{len(row.sources)} sources" for row in rows]
        return table(
            screen,
            [
                Column("FIELD", [row.field for row in rows]),
                Column("RESTS ON", [ORIGINS[row.origin] for row in rows]),
                Column("NAME", [" ".join(row.name.split()) for row in rows], cut=True),
                Column("IN", where),
                Column("CLAIMS", [str(row.claims) for row in rows], right=True),
                Column("PEOPLE", [str(row.people) for row in rows], right=True),
            ],
        )

    return Answer(view, lines, (session.step("lineage", "up", f"{view.artefact}", "--claims"),))


@command("impact", "persona lineage impact P07.vtt", "persona lineage impact template:default", past=True)
@click.argument("thing", metavar="THING", shell_complete=artefacts)
@_here
def impact(session: Session, thing: str, here: bool) -> Answer:
    """List what becomes stale if a thing changes, with the path.

    Everything that rests on it, from runs and artefacts down to single claims. With `-v` each with the whole chain.
    """
    with session.open() as ws:
        view = ws.lineage.impact(thing, project=session.project, here=here)

    def lines(screen: Screen) -> Iterable[str]:
        yield _said(screen, view.thing)
        for one, chain in view.affected:
            yield f"  {_said(screen, one)}"
            if session.verbose:
                yield screen.dim(f"    {' ← '.join(chain)}")
        yield ""
        yield f"stale if it changes: {_counted(view.kinds)}"

    return Answer(view, lines)


@command("check", "persona lineage check provenance.json", "persona lineage check", past=True)
@click.argument("file", metavar="[FILE]", required=False)
def check(session: Session, file: str | None) -> Answer:
    """Check whether provenance can be true.

    FILE is PROV as others write it, told apart by content: PROV-JSON, PROV-XML, PROV-N, or PROV-O in Turtle, TriG,
    N-Triples or N-Quads (with the extra `graph`). It needs no workspace.

    Without FILE the account that this workspace gives of itself is checked. Each finding names the constraint of
    PROV-CONSTRAINTS that is broken, and the statements. Leaves with status 5 when there is any.
    """
    if file is None:
        with session.open() as ws:
            view = ws.lineage.check()
    elif session.as_of is not None:
        raise UsageError(
            "a file has no past here",
            code="lineage-check-moment",
            place="--as-of",
            hints=[f"check the file as it is: `persona lineage check {shlex.quote(file)}`"],
        )
    else:
        from persona.workspace.prov_checking import check_file

        view = check_file(file)
    errors: tuple[InvalidInput, ...] = ()
    if not view.valid:
        message = f"the provenance cannot be true: {counted(view.found, 'finding')}"
        hints = ["what each constraint says: https://www.w3.org/TR/prov-constraints/"]
        errors = (InvalidInput(message, code="prov-invalid", place=file, hints=hints),)
    return Answer(view, lambda screen: _judged(screen, view), notes=view.notes, errors=errors)


def _judged(screen: Screen, view: ConstraintsView) -> Iterator[str]:
    """What was checked, and each finding with its statements."""
    yield screen.green("it can be true") if view.valid else screen.red("it cannot be true")
    bundles = f", in {counted(view.bundles, 'bundle')} and at the top" if view.bundles else ""
    yield f"  {counted(view.statements, 'statement')}{bundles}{f', {view.format}' if view.format else ''}"
    for one in view.findings[:100]:
        also = f", with {', '.join(map(str, one.others))}" if one.others else ""
        yield ""
        yield f"{screen.bold(f'{one.constraint} {one.name}' if one.constraint else one.name)}{screen.dim(also)}"
        yield f"  {one.sentence}{f', in the bundle {one.bundle}' if one.bundle else ''}"
        yield from (f"  {screen.dim(statement)}" for statement in one.statements)
        if one.concerned > len(one.statements):
            yield screen.dim(f"  and {one.concerned - len(one.statements):,} more")
    if view.found > 100:
        yield ""
        yield f"and {view.found - 100:,} more findings: see a thousand with `--json`"


def _word(edge: Edge) -> str:
    return edge.rel.replace("_", " ")


def _said(screen: Screen, thing: ThingView) -> str:
    label = " ".join(thing.label.split())
    return f"{label if len(label) <= 90 else label[:89] + '…'}  {screen.dim(f'{thing.kind} {thing.id}')}"


def _counted(kinds: dict[str, int]) -> str:
    return ", ".join(f"{count} {kind}{'' if count == 1 else 's'}" for kind, count in kinds.items()) or "nothing"


def _table(screen: Screen, view: GraphView) -> Iterator[str]:
    things = view.things[1:]
    yield from table(
        screen,
        [
            Column("STEPS", [str(one.distance) for one in things]),
            Column("KIND", [one.kind for one in things]),
            Column("THING", [" ".join(one.label.split()) for one in things], cut=True),
            Column("ID", [one.id for one in things]),
        ],
    )


def _tree(screen: Screen, view: GraphView) -> Iterator[str]:
    """The graph as a tree from its first thing; what stood above already is named, not opened again."""
    by_id = {one.id: one for one in view.things}
    children: dict[str, list[tuple[Edge, str]]] = {}
    for edge in view.edges:
        for near, far in ((edge.src, edge.dst), (edge.dst, edge.src)):
            if by_id[far].distance > by_id[near].distance or (near, far) in _level(edge, view):
                children.setdefault(near, []).append((edge, far))
    seen: set[str] = set()
    stack: list[tuple[str, str, str, str]] = [(view.things[0].id, "", "", "")]
    while stack:
        id, first, rest, relation = stack.pop()
        again = id in seen and id in children
        word = f"{relation.replace('_', ' ')}  " if relation else ""
        yield f"{screen.dim(first + word)}{_said(screen, by_id[id])}" + (screen.dim("  (see above)") if again else "")
        if id in seen:
            continue
        seen.add(id)
        below = sorted(children.get(id, ()), key=lambda one: (one[0].rel, one[1]))
        for number in range(len(below), 0, -1):
            edge, far = below[number - 1]
            last = number == len(below)
            stack.append((far, rest + ("└─ " if last else "├─ "), rest + ("   " if last else "│  "), edge.rel))


def _level(edge: Edge, view: GraphView) -> Sequence[tuple[str, str]]:
    """An edge between two things of one distance is drawn once, from the side that the walk leaves."""
    up = (edge.src, edge.dst) if edge.rel != "member_of" else (edge.dst, edge.src)
    near, far = up if view.direction == "up" else up[::-1]
    same = {one.id: one.distance for one in view.things}
    return [(near, far)] if same[near] == same[far] else []
