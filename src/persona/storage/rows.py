"""Writing the projection: operations become rows that begin and end.

One ``Rows`` serves one transaction. It remembers the records and nodes it has seen, so that several
events about one run read it once, and writes the rows of many events together, a table at a time: a statement for
each row of each event took more time than all the rest of appending.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from persona.model.records import DERIVATION
from persona.storage import sql, walking
from persona.storage.projection import (
    AddEdge,
    AddPoint,
    Operation,
    Put,
    SetAlias,
    SetMetric,
    SetText,
    Thing,
    project,
)
from persona.storage.tables import OPEN, from_row, table_of, to_row
from persona.storage.values import SHOWN, place_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from persona.model.records import Event, Noun
    from persona.storage.bodies import Body
    from persona.storage.engine import Engine

CHUNK = 200
"""How many values a list in a statement has at most."""

KEPT = 2000
"""How many records and nodes are remembered before all are forgotten, which bounds the memory of a rebuild."""


class Rows:
    """The tables as one transaction changes them. Also the ``State`` that the projection asks."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._nodes: dict[str, int] = {}
        self._unsaid: set[str] = set()
        self._records: dict[tuple[type[Any], str], Thing | None] = {}
        self._last_node: int | None = None
        self._waiting: dict[str, list[tuple[str, list[tuple[Any, ...]]]]] = {}

    def foresee(self, names: Iterable[str]) -> None:
        """Look up at once the integers of names that the events to come will mention."""
        self._look_up([name for name in dict.fromkeys(names) if name not in self._nodes])

    def apply(self, event: Event, body: Body) -> None:
        """Project one event onto the tables. Events must come in order; their rows are there after ``flush``."""
        operations = project(event, body, self)
        if operations:
            self._take(operations, event.seq)
        if len(self._records) > KEPT or len(self._nodes) > KEPT:
            self.flush()
            self._records.clear()
            self._nodes.clear()
            self._unsaid.clear()

    def flush(self) -> None:
        """Write the rows of the events applied since the last time."""
        for name in list(self._waiting):  # nodes first: the first table that anything waits for
            self._flush(name)

    # What the projection asks

    def current(self, noun: type[Noun], id: str) -> Noun | None:
        """The record as it is after the events applied so far."""
        key = (noun, id)
        if key not in self._records:  # so it does not wait to be written either
            node = self._node(id)
            table = table_of(noun)
            rows = self._engine.run(sql.open_record(table), (node,)) if node is not None else []
            self._records[key] = cast("Thing", from_row(noun, rows[0])) if rows else None
        return cast("Noun | None", self._records[key])

    def last_step(self, run: str, key: str) -> tuple[int, str] | None:
        """The greatest step of a metric, and its time."""
        node = self._node(run)
        self._flush("point")
        rows = self._engine.run(sql.LAST_STEP, (node, key)) if node is not None else []
        return (rows[0][0], rows[0][1]) if rows else None

    def holder(self, name: str, alias: str) -> str | None:
        """The artefact that an alias points at."""
        node = self._node(name)
        self._flush("alias")
        rows = self._engine.run(sql.ALIAS_HOLDER, (node, alias)) if node is not None else []
        return str(rows[0][0]) if rows else None

    def origins(self, things: Iterable[str]) -> bool:
        """Whether anything came from one of some things. What is first said now, nothing came from."""
        nodes = [node for node in map(self._node, things) if node is not None]
        if nodes:
            self._flush("edge")
        for at in range(0, len(nodes), CHUNK):
            part = nodes[at : at + CHUNK]
            query = sql.ends("in", len(part), None, DERIVATION)
            if self._engine.run(f"{query.text} limit 1", (*part, *query.values)):
                return True
        return False

    def ancestry(self, things: Iterable[str]) -> Iterable[tuple[str, str]]:
        """The derivations up from some things, a level at a time."""
        level = [node for node in map(self._node, things) if node is not None]
        seen = set(level)
        found: list[tuple[int, int]] = []
        while level:
            steps = [(src, dst) for src, _, dst in walking.hops(self._engine, level, "out", None, DERIVATION)]
            found += steps
            level = list({dst for _, dst in steps} - seen)
            seen.update(level)
        names = walking.names_of(self._engine, seen)
        return [(names[src], names[dst]) for src, dst in found]

    # Nodes

    def _node(self, name: str) -> int | None:
        if name not in self._nodes and name not in self._unsaid:
            self._look_up([name])
        return self._nodes.get(name)

    def _look_up(self, names: Sequence[str]) -> None:
        for at in range(0, len(names), CHUNK):
            part = names[at : at + CHUNK]
            self._nodes.update(self._engine.run(sql.nodes(len(part)), part))
        self._unsaid.update(name for name in names if name not in self._nodes)

    def _make_nodes(self, names: Iterable[str]) -> None:
        """See that every name has its integer: the first free one, in the order of first mention in the log."""
        missing = [name for name in dict.fromkeys(names) if name not in self._nodes]
        if not missing:
            return
        unknown = [name for name in missing if name not in self._unsaid]
        if unknown:
            self._look_up(unknown)
        fresh = [name for name in missing if name not in self._nodes]
        if not fresh:
            return
        if self._last_node is None:
            self._last_node = int(self._engine.run(sql.LAST_NODE)[0][0])
        rows = [(self._last_node + place, name) for place, name in enumerate(fresh, start=1)]
        self._last_node += len(fresh)
        self._wait("node", sql.INSERT_NODE, rows)
        self._nodes.update((name, id) for id, name in rows)
        self._unsaid.difference_update(fresh)

    # Rows

    def _take(self, operations: Sequence[Operation], seq: int) -> None:
        self._make_nodes(name for operation in operations for name in _names(operation))
        ended: dict[str, list[tuple[Any, ...]]] = {}
        begun: dict[str, list[tuple[Any, ...]]] = {}
        nodes = self._nodes
        for operation in operations:
            match operation:
                case Put(record, replaces):
                    table = table_of(type(record))
                    node = nodes[record.id]
                    if replaces:
                        ended.setdefault(table.name, []).append((seq, node))
                    begun.setdefault(table.name, []).append((node, *to_row(table, record), seq, OPEN))
                    self._records[type(record), record.id] = record
                case SetText(family, subject, key, before, after):
                    node = nodes[subject]
                    if before is not None:
                        text = before[:SHOWN]
                        ended.setdefault(family, []).append((seq, key, place_of(text), text, node))
                    if after is not None:
                        text = after[:SHOWN]
                        begun.setdefault(family, []).append((key, OPEN, place_of(text), text, node, seq))
                case SetMetric(run, key, was, value):
                    node = nodes[run]
                    if was is not None:
                        ended.setdefault("metric", []).append((seq, key, was, node))
                    begun.setdefault("metric", []).append((key, OPEN, value, node, seq))
                case AddPoint(run, key, step, at, ordinal, number):
                    begun.setdefault("point", []).append((nodes[run], key, step, at, seq, ordinal, number, OPEN))
                case SetAlias(name, alias, artefact, replaces):
                    if replaces:
                        ended.setdefault("alias", []).append((seq, nodes[name], alias))
                    if artefact is not None:
                        begun.setdefault("alias", []).append((nodes[name], alias, OPEN, artefact, seq))
                case AddEdge(edge):
                    begun.setdefault("edge", []).append((nodes[edge.src], edge.rel, nodes[edge.dst], OPEN, seq))
        for name, rows in ended.items():
            self._wait(name, sql.END[name], rows)
        for name, rows in begun.items():
            self._wait(name, sql.INSERT[name], rows)

    def _wait(self, name: str, statement: str, rows: list[tuple[Any, ...]]) -> None:
        """Keep rows of a table until it is flushed, in the order in which the events change it."""
        waiting = self._waiting.setdefault(name, [])
        if waiting and waiting[-1][0] == statement:
            waiting[-1][1].extend(rows)
        else:
            waiting.append((statement, rows))

    def _flush(self, name: str) -> None:
        if name in self._waiting and name != "node":
            self._flush("node")
        for statement, rows in self._waiting.pop(name, ()):
            self._engine.many(statement, rows)


def _names(operation: Operation) -> tuple[str, ...]:
    match operation:
        case Put(record):
            return (record.id,)
        case SetText() as text:
            return (text.subject,)
        case SetMetric() | AddPoint() as value:
            return (value.run,)
        case SetAlias() as alias:
            return (alias.name,)
        case AddEdge(edge):
            return (edge.src, edge.dst)
