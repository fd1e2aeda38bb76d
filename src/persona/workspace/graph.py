"""The verbs of the graph: ask it in Cypher or SPARQL, and tell its schema."""

from __future__ import annotations

from functools import partial
from typing import Any, Literal

import msgspec

from persona.errors import UsageError
from persona.exports.graph.schema import MEANINGS, NODES, RELATIONS, RESTS_ON, VERSION
from persona.workspace.context import Context
from persona.workspace.lineage import Lineage
from persona.workspace.prov import account_of

Form = Literal["json", "csv", "nt"]

LIMIT = 1000
"""How many rows are given unless more are asked for."""

SECONDS = 30.0
"""How long a query may take unless it is given longer."""


class GraphAnswer(msgspec.Struct, frozen=True):
    """The answer to a query: at most as many rows as were wanted, and whether there are ``more``.

    Cells are as JSON holds them: a node has ``label`` and its properties, an edge ``relation``, ``from`` and ``to``, a
    path the nodes and edges that stand on it.
    """

    columns: tuple[str, ...]
    rows: tuple[tuple[Any, ...], ...]
    more: bool


class LabelView(msgspec.Struct, frozen=True):
    """A label of nodes, what it means, and the type of each property."""

    label: str
    meaning: str
    properties: dict[str, str]


class RelationView(msgspec.Struct, frozen=True):
    """A relation, what it means, and between which labels it stands."""

    relation: str
    meaning: str
    between: tuple[tuple[str, str], ...]
    rests_on: bool


class SchemaView(msgspec.Struct, frozen=True):
    """The schema of the graph, and its version. ``rests_on`` are the relations that lead to what a thing rests on."""

    version: int
    labels: tuple[LabelView, ...]
    relations: tuple[RelationView, ...]


class GraphVerbs:
    """The records as a graph to be asked. Each question is answered by an engine that reads a copy of them."""

    def __init__(self, context: Context, lineage: Lineage) -> None:
        self._context = context
        self._lineage = lineage

    def query(self, cypher: str, *, limit: int = LIMIT, seconds: float = SECONDS) -> GraphAnswer:
        """Ask in Cypher. Raises as ``exports.graph.asking.Asking`` does."""
        return self._ask("cypher", cypher, limit, seconds)

    def sparql(self, query: str, *, limit: int = LIMIT, seconds: float = SECONDS, account: bool = False) -> GraphAnswer:
        """Ask in SPARQL 1.1, over PROV-O. Raises as ``exports.graph.asking.Asking`` does.

        With ``account`` what is asked are the statements that ``Prov.write`` writes (as N-Quads, a bundle a named
        graph), and with them the simple relations that PROV-O implies.
        """
        return self._ask("prov" if account else "sparql", query, limit, seconds)

    def schema(self) -> SchemaView:
        """What there is to be asked in Cypher."""
        return schema()

    def shown(self, answer: GraphAnswer, form: Form) -> str:
        """An answer as ``json``, ``csv`` or, of CONSTRUCT and DESCRIBE, ``nt`` (N-Triples)."""
        return shown(answer, form)

    def _ask(
        self, language: Literal["cypher", "sparql", "prov"], query: str, limit: int, seconds: float
    ) -> GraphAnswer:
        from persona.exports.graph.asking import Asking
        from persona.exports.graph.gathering import gather

        records = self._context.records
        place = self._context.layout.cache / "graph"
        gathering = partial(gather, records, self._lineage.whole())
        asking = Asking(place, records.head(), gathering, partial(account_of, self._context))
        found = asking.ask(language, query, limit=limit, seconds=seconds)
        return GraphAnswer(tuple(found.columns), tuple(map(tuple, found.rows)), found.more)


def schema() -> SchemaView:
    """The schema, which is the same in every workspace."""
    return SchemaView(
        VERSION,
        tuple(LabelView(label, MEANINGS[label], dict(properties)) for label, properties in NODES.items()),
        tuple(RelationView(name, one.meaning, one.pairs, name in RESTS_ON) for name, one in RELATIONS.items()),
    )


def shown(answer: GraphAnswer, form: Form) -> str:
    """See ``GraphVerbs.shown``."""
    from persona.exports.graph.showing import as_csv, as_json, as_ntriples

    if form == "json":
        return as_json(answer.columns, answer.rows)
    if form == "csv":
        return as_csv(answer.columns, answer.rows)
    if answer.columns != ("subject", "predicate", "object"):
        raise UsageError(
            "only what CONSTRUCT or DESCRIBE answers is triples",
            code="graph-format",
            place="--format nt",
            hints=["take another form: `--format json`"],
        )
    return as_ntriples(answer.rows)


def cell(value: Any) -> str:
    """A value of an answer in one cell of a table; empty where there is none."""
    from persona.exports.graph.showing import cell as told

    found = told(value)
    return "" if found is None else str(found).lower() if isinstance(found, bool) else str(found)
