"""Cypher, by ladybug. Loaded in a process apart and nowhere else."""

from __future__ import annotations

import datetime
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import ladybug

from persona.exports.graph.tables import PLAN

FILE = "graph.lbug"
MEMORY = 1 << 30
"""The most bytes a query may use for what lies between its beginning and its end."""

_ADDRESSES = 1 << 36
"""The address space that is kept for the file: many machines refuse the eight terabytes that ladybug would take."""

_INNER = re.compile(r"\._ID(,\[[^]]*\])?")

DEEPEST = 1_000_000
"""The most steps of a path of variable length; ladybug allows 30 unless it is told."""


def build(rows: Path, folder: Path) -> None:
    """Make the graph of a folder from files of rows (``tables.Tables``)."""
    database = ladybug.Database(folder / FILE, max_db_size=_ADDRESSES, buffer_pool_size=MEMORY)
    connection = ladybug.Connection(database)
    connection.execute("BEGIN TRANSACTION")  # one, and not one a table: each is flushed to disk
    for statement in json.loads((rows / PLAN).read_text(encoding="utf-8")):
        if statement.startswith("COPY "):
            head, _, rest = statement.partition(" FROM '")
            place = str(rows).replace("\\", "\\\\").replace("'", "\\'")
            statement = f"{head} FROM '{place}/{rest}"
        connection.execute(statement)
    connection.execute("COMMIT")
    connection.execute("CHECKPOINT")
    connection.close()
    database.close()


class Graph:
    """The graph of a folder, to be asked."""

    memory = None  # ladybug keeps to ``MEMORY``

    def __init__(self, folder: Path) -> None:
        self._database = ladybug.Database(
            folder / FILE, read_only=True, max_db_size=_ADDRESSES, buffer_pool_size=MEMORY
        )
        self._connection = ladybug.Connection(self._database)
        self._connection.execute(f"CALL var_length_extend_max_depth={DEEPEST}")
        self._connection.execute("MATCH (n:Run) RETURN n.id LIMIT 1")  # what is made ready at the first question

    def ask(self, query: str, seconds: float) -> tuple[list[str], Iterator[list[Any]]]:
        """The columns and the rows of an answer. Raises as ``why`` tells apart."""
        self._connection.set_query_timeout(max(1, int(seconds * 1000)))
        result: Any = self._connection.execute(query)
        return [_named(one) for one in result.get_column_names()], _rows(result)


def why(error: Exception) -> str:
    """Why a query failed: ``query`` (it is wrong), ``time``, ``memory``, or ``engine`` (perhaps the file is broken)."""
    told = str(error)
    if told.startswith("Interrupted"):
        return "time"
    if told.startswith("Buffer manager exception"):
        return "memory"
    wrong = ("Parser", "Binder", "Catalog", "Conversion", "Overflow", "Runtime", "Connection", "Function")
    return "query" if told.startswith(tuple(f"{one} exception" for one in wrong)) else "engine"


def _named(column: str) -> str:
    """What ladybug calls a column without a name, near to what was written: ``LABEL(n)``."""
    return _INNER.sub("", column).replace("COUNT_STAR()", "COUNT(*)")


def _rows(result: Any) -> Iterator[list[Any]]:
    while result.has_next():
        row = result.get_next()
        ids: dict[tuple[int, int], str] = {}
        for value in row:
            _nodes(value, ids)
        yield [_plain(value, ids) for value in row]


def _nodes(value: Any, found: dict[tuple[int, int], str]) -> None:
    """The ids of all nodes in a value, by the numbers under which ladybug knows them."""
    if isinstance(value, dict):
        if "_LABEL" in value and "_SRC" not in value and "_ID" in value:
            found[_number(value["_ID"])] = value.get("id") or ""
        else:
            for inner in value.values():
                _nodes(inner, found)
    elif isinstance(value, list):
        for inner in value:
            _nodes(inner, found)


def _number(internal: Any) -> tuple[int, int]:
    return internal["table"], internal["offset"]


def _plain(value: Any, ids: dict[tuple[int, int], str]) -> Any:
    """A value as JSON holds it: nodes and edges with their labels, times as text, a path as what stands on it."""
    if isinstance(value, dict):
        if "_NODES" in value:
            steps: list[Any] = []
            for at, node in enumerate(value["_NODES"]):
                steps.append(_plain(node, ids))
                steps += [_plain(one, ids) for one in value["_RELS"][at : at + 1]]
            return {"path": steps}
        if "_SRC" in value:
            ends = [ids.get(_number(value[end])) for end in ("_SRC", "_DST")]
            return {"relation": value["_LABEL"], "from": ends[0], "to": ends[1]}
        if "_LABEL" in value and "_ID" in value:
            own = {key: _plain(one, ids) for key, one in value.items() if not key.startswith("_") and one is not None}
            return {"label": value["_LABEL"], **own}
        if set(value) == {"table", "offset"}:
            return f"{value['table']}:{value['offset']}"
        return {str(key): _plain(one, ids) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(one, ids) for one in value]
    if isinstance(value, datetime.datetime):
        return value.isoformat() + ("Z" if value.tzinfo is None else "")
    if isinstance(value, float) and (value != value or abs(value) == float("inf")):
        return str(value)
    if value is None or isinstance(value, str | int | float | bool):
        return value
    return str(value)
