"""Every statement on the records, by name; the same text on SQLite and PostgreSQL.

``?`` stands for a parameter; no value is ever written into the text, except ``OPEN``, which partial indexes need.
``now`` and ``past`` are the two ways to choose the rows that hold: still, or after a given event.
"""

# The pieces put together here are names from ``tables`` and conditions from ``conditions``, never values.
# ruff: noqa: S608

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any, NamedTuple

from persona.storage.tables import OPEN, PROJECTED, Table, layout


class Clause(NamedTuple):
    """A piece of SQL and the values of its parameters."""

    text: str
    values: tuple[Any, ...] = ()


def holds(alias: str, as_of: int | None) -> Clause:
    """The condition that a row holds now, or held right after the event ``as_of``."""
    if as_of is None:
        return Clause(f"{alias}.sys_to = {OPEN}")
    return Clause(f"{alias}.sys_from <= ? and {alias}.sys_to > ?", (as_of, as_of))


def marks(count: int) -> str:
    """``count`` parameters with commas."""
    return ",".join("?" * count)


# The log

HEAD = "select size, peaks from head"
SET_HEAD = "update head set size = ?, peaks = ?"
EVENT_COLUMNS = ("seq", "id", "recorded_at", "valid_from", "actor", "kind", "subject", "body", "edges", "leaf")


LEAVES = "select leaf from event where seq > ? and seq <= ? order by seq"


POSITION_AT = "select coalesce(max(seq), 0) from event where recorded_at <= ?"


def position_of_tag(*, value: bool) -> str:
    """The last event that set a tag: key, [value]."""
    return "select max(sys_from) from tag where key = ?" + (" and value = ?" if value else "")


def events(*, subject: bool, kind: bool) -> str:
    """A stretch of events: after, upto, [subject], [kind], limit."""
    chosen = " and subject = ?" if subject else ""
    chosen += " and kind = ?" if kind else ""
    return f"select {', '.join(EVENT_COLUMNS)} from event where seq > ? and seq <= ?{chosen} order by seq limit ?"


# Nodes: the integers that stand for ids

LAST_NODE = "select coalesce(max(id), 0) from node"
NODE = "select id from node where name = ?"


NAMES = "select name from node where name >= ? and name < ? order by name limit ?"
OLDEST_NAMES = "select name from node where name >= ? and name < ? order by id limit ?"


def names_of(count: int) -> str:
    """The names of some integers."""
    return f"select id, name from node where id in ({marks(count)})"


def bare_names(count: int) -> str:
    """The names of some integers, without these."""
    return f"select name as one from node where id in ({marks(count)})"


def nodes(count: int) -> str:
    """The integers of some names."""
    return f"select name, id from node where name in ({marks(count)})"


def nearest_names(table: Table, as_of: int | None, *, before: bool) -> Clause:
    """Ids of a noun next to a name in the alphabet: the name, then the values, then a limit."""
    side, direction = ("<=", "desc") if before else (">", "asc")
    when = holds("t", as_of)
    text = (
        f"select n.name from node n join {table.name} t on t.node = n.id "
        f"where n.name {side} ? and {when.text} order by n.name {direction} limit ?"
    )
    return Clause(text, when.values)


def by_prefix(table: Table, as_of: int | None, *, project: bool) -> Clause:
    """Records whose id lies in a range: from, to, [project], then the values, then a limit."""
    within = " and t.project = ?" if project else ""
    when = holds("t", as_of)
    text = (
        f"select {_columns(table)} from node n join {table.name} t on t.node = n.id "
        f"where n.name >= ? and n.name < ?{within} and {when.text} order by n.name limit ?"
    )
    return Clause(text, when.values)


# Rows that come and go


@cache
def insert(name: str, count: int) -> str:
    """Insert some rows into the log or into a table of the projection. An edge may be there already."""
    columns = EVENT_COLUMNS if name == "event" else layout(name)[0]
    rows = ", ".join([f"({marks(len(columns))})"] * count)
    text = f"insert into {name} ({', '.join(columns)}) values {rows}"
    return f"{text} on conflict do nothing" if name == "edge" else text


def _end(name: str) -> str:
    _, key = layout(name)
    chosen = " and ".join(f"{column} = ?" for column in key if column != "sys_to")
    return f"update {name} set sys_to = ? where {chosen} and sys_to = {OPEN}"


END = {name: _end(name) for name in PROJECTED if name not in ("node", "point")}
"""End the row that holds: sys_to, then the key."""

LAST_STEP = "select step, at from point where node = ? and key = ? order by step desc, at desc limit 1"
ALIAS_HOLDER = f"select artefact from alias where node = ? and alias = ? and sys_to = {OPEN}"
RUN_STATUS = f"select t.status from run t join node n on n.id = t.node where n.name = ? and t.sys_to = {OPEN}"


def clear(name: str) -> str:
    """Empty one table of the projection."""
    return f"delete from {name}"


def everything(name: str) -> str:
    """All rows of a table of the projection in the order of its key."""
    columns, key = layout(name)
    return f"select {', '.join(columns)} from {name} order by {', '.join(key)}"


# Records


def _columns(table: Table) -> str:
    return ", ".join(f"t.{column}" for column in table.columns)


def record(table: Table, as_of: int | None) -> Clause:
    """One record: its id comes first among the values."""
    when = holds("t", as_of)
    text = f"select {_columns(table)} from node n join {table.name} t on t.node = n.id where n.name = ? and {when.text}"
    return Clause(text, when.values)


def open_record(table: Table) -> str:
    """The current record of a node."""
    return f"select {_columns(table)} from {table.name} t where t.node = ? and t.sys_to = {OPEN}"


def records_of(table: Table, count: int, as_of: int | None) -> Clause:
    """The records of some nodes, each after its node; the nodes come first among the values."""
    when = holds("t", as_of)
    text = f"select t.node, {_columns(table)} from {table.name} t where t.node in ({marks(count)}) and {when.text}"
    return Clause(text, when.values)


def count(table: Table, where: Clause) -> Clause:
    """How many records fit."""
    return Clause(f"select count(*) from {table.name} t where {where.text}", where.values)


def ordered(table: Table, where: Clause, order: str, *, whole: bool, limit: int | None) -> Clause:
    """Nodes, or whole records, that fit, in the order of a column (``-`` for the largest first), absent ones last."""
    column, down = order.removeprefix("-"), " desc" if order.startswith("-") else ""
    absent = f"(t.{column} is null), " if column in table.optional else ""
    text = (
        f"select {_columns(table) if whole else 't.node'} from {table.name} t where {where.text} "
        f"order by {absent}t.{column}{down}, t.node{down}"
    )
    if limit is None:
        return Clause(text, where.values)
    return Clause(f"{text} limit ?", (*where.values, limit))


def scan(table: Table, equal: Sequence[str], as_of: int | None) -> Clause:
    """The next records in the order of their nodes, each after its node: the node before, [columns], values, limit."""
    when = holds("t", as_of)
    # an expression keeps the planner from an index that it would have to sort for each page
    chosen = "".join(f" and coalesce(cast(t.{column} as text), '') = ?" for column in equal)
    text = (
        f"select t.node, {_columns(table)} from {table.name} t where t.node > ?{chosen} and {when.text} "
        "order by t.node limit ?"
    )
    return Clause(text, when.values)


def by_key(family: str, key: str, *, down: bool, as_of: int | None) -> Clause:
    """The nodes that have a param, metric or tag, in the order of its value: numbers before words."""
    when = holds("f", as_of)
    way = " desc" if down else ""
    number = "" if family == "metric" else f"f.number{way}, "
    text = f"select f.node from {family} f where f.key = ? and {when.text} order by {number}f.value{way}, f.node{way}"
    return Clause(text, (key, *when.values))


def points(as_of: int | None) -> Clause:
    """Every measured value of a run: its id comes first among the values."""
    when = holds("f", as_of)
    text = (
        "select f.key, f.value, f.step, f.at from node n join point f on f.node = n.id "
        f"where n.name = ? and {when.text} order by f.key, f.step, f.at, f.sys_from, f.ordinal"
    )
    return Clause(text, when.values)


# Edges


def edges(direction: str, count: int, as_of: int | None, rels: Sequence[str] | None) -> Clause:
    """The edges that leave (``out``) or reach (``in``) some nodes, both ends as integers: the nodes come first.

    ``rels`` are the relations wanted, all of them when None.
    """
    return _edges("e.src, e.rel, e.dst", direction, count, as_of, rels)


def all_edges(as_of: int | None) -> Clause:
    """Every edge, its ends by name."""
    when = holds("e", as_of)
    text = (
        "select s.name, e.rel, d.name from edge e join node s on s.id = e.src join node d on d.id = e.dst "
        f"where {when.text}"
    )
    return Clause(text, when.values)


def ends_of(direction: str, count: int, as_of: int | None) -> Clause:
    """The edges that leave (``out``) or reach (``in``) some nodes: each of these, the relation, the other ends as text.

    A row for many edges: most of the time of reading edges is that of making rows.
    """
    near, far = ("e.src", "e.dst") if direction == "out" else ("e.dst", "e.src")
    query = _edges(f"{near}, e.rel, group_concat(cast({far} as text), ',')", direction, count, as_of, None)
    return Clause(f"{query.text} group by {near}, e.rel order by {near}, e.rel", query.values)


def ends(direction: str, count: int, as_of: int | None, rels: Sequence[str] | None) -> Clause:
    """The other ends of those edges, each once an edge."""
    return _edges("e.dst as one" if direction == "out" else "e.src as one", direction, count, as_of, rels)


def _edges(columns: str, direction: str, count: int, as_of: int | None, rels: Sequence[str] | None) -> Clause:
    side = "src" if direction == "out" else "dst"
    when = holds("e", as_of)
    text = f"select {columns} from edge e where e.{side} in ({marks(count)}) and {when.text}"
    if rels is None:
        return Clause(text, when.values)
    # the empty text keeps SQLite from looking up each relation of each node by itself
    return Clause(f"{text} and (e.rel || '') in ({marks(len(rels))})", (*when.values, *rels))
