"""Writing the projection: operations become rows that begin and end.

One ``Rows`` serves one transaction. It remembers the records and nodes it has seen, so that several
events about one run read it once, and writes the rows of many events together, a table at a time: a statement for
each row of each event took more time than all the rest of appending. A row that ends before it was written is written
once, as a row that has ended.
"""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING, Any, cast

from persona.model.records import DERIVATION
from persona.storage import sql, walking
from persona.storage.projection import (
    AddEdge,
    AddPoint,
    Operation,
    Put,
    SetMetric,
    SetText,
    Thing,
    project,
)
from persona.storage.tables import OPEN, from_row, layout, table_of, to_row
from persona.storage.values import SHOWN, place_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from persona.model.records import Event, Noun
    from persona.storage.bodies import Body
    from persona.storage.engine import Engine, Row

CHUNK = 200
"""How many values a list in a statement has at most."""

TOGETHER = 50
"""How many rows one statement inserts."""

KEPT = 2000
"""How many records and nodes are remembered before all are forgotten, which bounds the memory of a rebuild."""

_UNTIL = {name: layout(name)[0].index("sys_to") for name in sql.END}
"""The place of ``sys_to`` in the rows of each table whose rows end."""


class Rows:
    """The tables as one transaction changes them. Also the ``State`` that the projection asks."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._nodes: dict[str, int] = {}
        self._unsaid: set[str] = set()
        self._records: dict[tuple[type[Any], str], Thing | None] = {}
        self._last_node: int | None = None
        self._waiting = _Tables()

    def foresee(self, names: Iterable[str]) -> None:
        """Look up at once the integers of names that the events to come will mention."""
        self._look_up([name for name in dict.fromkeys(names) if name not in self._nodes])

    def apply(self, event: Event, body: Body) -> None:
        """Project one event onto the tables. Events must come in order; their rows are there after ``flush``."""
        for operation in project(event, body, self):
            self._take(operation, event.seq)
        if len(self._records) > KEPT or len(self._nodes) > KEPT:
            self.flush()
            self._records.clear()
            self._nodes.clear()
            self._unsaid.clear()

    def flush(self) -> None:
        """Write the rows of the events applied since the last time."""
        for name in list(self._waiting):
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
        node = self._nodes.get(name)
        if node is None and name not in self._unsaid:
            self._look_up([name])
            node = self._nodes.get(name)
        return node

    def _look_up(self, names: Sequence[str]) -> None:
        for at in range(0, len(names), CHUNK):
            part = names[at : at + CHUNK]
            self._nodes.update(self._engine.run(sql.nodes(len(part)), part))
        self._unsaid.update(name for name in names if name not in self._nodes)

    def _made(self, name: str) -> int:
        """The integer of a name; the first free one for a name that is said for the first time."""
        node = self._node(name)
        if node is None:
            if self._last_node is None:
                self._last_node = int(self._engine.run(sql.LAST_NODE)[0][0])
            self._last_node = node = self._last_node + 1
            self._nodes[name] = node
            self._unsaid.discard(name)
            self._waiting["node"].rows.append((node, name))
        return node

    # Rows

    def _take(self, operation: Operation, seq: int) -> None:
        """Note the rows that an operation ends and begins. Those most often asked for come first."""
        if isinstance(operation, SetText):
            node, key, waiting = self._made(operation.subject), operation.key, self._waiting[operation.family]
            if operation.before is not None:
                text = operation.before[:SHOWN]
                waiting.end((key, place_of(text), text, node), seq)
            if operation.after is not None:
                text = operation.after[:SHOWN]
                place = place_of(text)
                waiting.begin((key, place, text, node), (key, OPEN, place, text, node, seq))
        elif isinstance(operation, AddEdge):
            edge = operation.edge
            self._waiting["edge"].rows.append((self._made(edge.src), edge.rel, self._made(edge.dst), OPEN, seq))
        elif isinstance(operation, Put):
            record = operation.record
            table = table_of(type(record))
            node, waiting = self._made(record.id), self._waiting[table.name]
            if operation.replaces:
                waiting.end((node,), seq)
            waiting.begin((node,), (node, *to_row(table, record), seq, OPEN))
            self._records[type(record), record.id] = record
        elif isinstance(operation, AddPoint):
            node, point = self._made(operation.run), operation
            row = (node, point.key, point.step, point.at, seq, point.ordinal, point.value, OPEN)
            self._waiting["point"].rows.append(row)
        elif isinstance(operation, SetMetric):
            node, key, waiting = self._made(operation.run), operation.key, self._waiting["metric"]
            if operation.before is not None:
                waiting.end((key, operation.before, node), seq)
            waiting.begin((key, operation.after, node), (key, OPEN, operation.after, node, seq))
        else:
            node, alias, waiting = self._made(operation.name), operation.alias, self._waiting["alias"]
            if operation.replaces:
                waiting.end((node, alias), seq)
            if operation.artefact is not None:
                waiting.begin((node, alias), (node, alias, OPEN, operation.artefact, seq))

    def _flush(self, name: str) -> None:
        """Write what waits for one table. Its rows may name nodes that wait themselves."""
        self._waiting["node"].write(self._engine)
        self._waiting[name].write(self._engine)


class Waiting:
    """What waits to be written to one table: rows to be ended, and rows that begin.

    ``rows`` may be added to where no row of the table ever ends.
    """

    def __init__(self, name: str) -> None:
        self._name = name
        self._ended: list[Row] = []
        self._begun: dict[Row, Row] = {}
        self.rows: list[Row] = []

    def begin(self, key: Row, row: Row) -> None:
        """A row holds from now on. ``key`` is its key without ``sys_to``, in the order of ``sql.END``."""
        self._begun[key] = row

    def end(self, key: Row, seq: int) -> None:
        """The row of a key holds no longer, whether it was written or waits."""
        row = self._begun.pop(key, None)
        if row is None:
            self._ended.append((seq, *key))
        else:
            until = _UNTIL[self._name]
            self.rows.append((*row[:until], seq, *row[until + 1 :]))

    def write(self, engine: Engine) -> None:
        """Write it all: first what ends, so that what begins finds its place free."""
        if self._ended:
            engine.many(sql.END[self._name], self._ended)
            self._ended = []
        if self.rows or self._begun:
            insert(engine, self._name, [*self.rows, *self._begun.values()])
            self.rows, self._begun = [], {}


class _Tables(dict[str, Waiting]):
    """What waits, by table."""

    def __missing__(self, name: str) -> Waiting:
        waiting = self[name] = Waiting(name)
        return waiting


def insert(engine: Engine, name: str, rows: Sequence[Row]) -> None:
    """Insert rows into a table, many in one statement: that takes two thirds of the time of one for each."""
    whole = len(rows) - len(rows) % TOGETHER
    if whole:
        parts = (rows[at : at + TOGETHER] for at in range(0, whole, TOGETHER))
        engine.many(sql.insert(name, TOGETHER), ([*chain.from_iterable(part)] for part in parts))
    if whole < len(rows):
        engine.many(sql.insert(name, 1), rows[whole:])
