"""``persona graph``: query, sparql, schema."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, Any

import click

from persona.cli.answer import Answer
from persona.cli.command import command
from persona.cli.screen import Screen
from persona.cli.session import Session
from persona.cli.tables import Column, table

if TYPE_CHECKING:
    from persona.workspace.graph import Form, GraphAnswer, SchemaView


def _asked(*formats: str) -> Callable[[Any], Any]:
    """The options of a question."""

    def decorate(function: Any) -> Any:
        told = f"{', '.join(formats[:-1])} or {formats[-1]}. [default: table]"
        for option in reversed((
            click.argument("query", metavar="QUERY"),
            click.option("--limit", type=click.IntRange(1, 1_000_000), default=1000, metavar="N",
                         help="At most N rows. [default: 1000]"),
            click.option("--format", type=click.Choice(formats), metavar="FORMAT", default="table", help=told),
            click.option("--timeout", type=click.FloatRange(0.1, 3600), default=30.0, metavar="S",
                         help="Stop it after S seconds. [default: 30]"),
        )):  # fmt: skip
            function = option(function)
        return function

    return decorate


@command(
    "query",
    'persona graph query "MATCH (output:Data)-[:GENERATED_BY]->(run:Run)-[:USED]->(input:Data) RETURN output, run, input"',  # noqa: E501
    "persona graph query \"MATCH (c:Claim {status: 'observed'})-[:QUOTED_FROM]->(w) RETURN c.id, w.document\" --format csv",  # noqa: E501
    past=True,
)
@_asked("table", "json", "csv")
def query(session: Session, query: str, limit: int, format: str, timeout: float) -> Answer:
    """Ask the records in Cypher.

    Everything that `persona lineage` knows, as a graph to be matched; `persona graph schema` prints its labels,
    properties and relations. It is only read. Paths of any length: `-[:DERIVED_FROM* SHORTEST]->`. Needs the extra
    `persona-workbench[graph]`.
    """
    with session.open() as ws:
        view = ws.graph.query(query, limit=limit, seconds=timeout)
        return _answer(view, format, limit)


@command(
    "sparql",
    'persona graph sparql "SELECT ?run ?input { ?run prov:used ?input }"',
    'persona graph sparql "CONSTRUCT { ?a prov:wasDerivedFrom ?b } WHERE { ?a prov:wasDerivedFrom ?b }" --format nt',
    'persona graph sparql --account "SELECT ?bundle ?new ?old { GRAPH ?bundle { ?new prov:wasDerivedFrom ?old } }"',
    past=True,
)
@click.option("--account", is_flag=True, help="Ask the statements that `persona export prov` writes.")
@_asked("table", "json", "csv", "nt")
def sparql(session: Session, query: str, limit: int, format: str, timeout: float, account: bool) -> Answer:
    """Ask the records in SPARQL, over PROV-O.

    SELECT, ASK, CONSTRUCT and DESCRIBE. The prefixes prov, persona, thing, rdf and xsd need not be declared. With
    `--account` the account that `persona export prov` writes is asked, whose things are named in ws and whose bundles
    are named graphs. No other server is asked: SERVICE is refused. Needs the extra `persona-workbench[graph]`.
    """
    with session.open() as ws:
        view = ws.graph.sparql(query, limit=limit, seconds=timeout, account=account)
        return _answer(view, format, limit)


@command("schema", "persona graph schema", place=False)
def schema(session: Session) -> Answer:
    """Print what there is to be asked in Cypher.

    Labels with their properties, and relations with the labels between which they stand. The schema is the same in
    every workspace.
    """
    from persona.workspace.graph import schema as told

    view = told()
    example = session.step("graph", "query", "MATCH (n) RETURN label(n), count(*)")
    return Answer(view, lambda screen: _schema(screen, view), (example,))


def _answer(view: GraphAnswer, format: str, limit: int) -> Answer:
    notes = (f"there are more rows than these {len(view.rows):,}: `--limit` gives more, or count",) if view.more else ()
    if format == "table":
        return Answer(view, lambda screen: _table(screen, view), notes=notes)
    from persona.workspace.graph import shown

    form: Form = format  # type: ignore[assignment]  # one of the choices
    text = shown(view, form)
    return Answer(view, lambda _: text.splitlines(), notes=notes)


def _table(screen: Screen, view: GraphAnswer) -> Iterable[str]:
    from persona.workspace.graph import cell

    if not view.rows:
        return [screen.dim("no rows")]
    columns = [
        Column(name, [" ".join(cell(row[at]).split()) for row in view.rows]) for at, name in enumerate(view.columns)
    ]
    return table(screen, columns)


def _schema(screen: Screen, view: SchemaView) -> Iterator[str]:
    for label in view.labels:
        yield f"(:{screen.bold(label.label)})  {screen.dim(label.meaning)}"
        yield f"  {', '.join(f'{name} {kind}' for name, kind in label.properties.items())}"
    yield ""
    for one in view.relations:
        yield f"[:{screen.bold(one.relation)}]  {screen.dim(one.meaning)}"
        yield f"  {', '.join(f'(:{source})->(:{target})' for source, target in one.between)}"
    yield ""
    along = "|".join(one.relation for one in view.relations if one.rests_on)
    yield "all that a thing rests on, whatever lies between:"
    yield f"  MATCH (a {{id: '...'}})-[:{along}* SHORTEST]->(b) RETURN b.id"
