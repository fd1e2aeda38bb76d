"""Reading records: one, by prefix, or many by filter and order."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from persona.errors import NotFound, UsageError, did_you_mean
from persona.model.records import Noun, Page
from persona.storage import sql
from persona.storage.conditions import check_column, check_order, condition
from persona.storage.tables import Table, from_row, listing_of, table_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from persona.model.filters import Expression
    from persona.storage.engine import Engine, Row

CHUNK = 100
"""How many records are read with one statement; a constant, so that the statement is prepared once."""

SCANNED = 500
"""How many records a scan reads at a time."""

CANDIDATES = 8
"""How many ids a message names at most."""


def get(engine: Engine, noun: type[Noun], id: str, as_of: int | None) -> Noun:
    """One record by its id."""
    query: sql.Clause = sql.record(table_of(noun), as_of)
    rows = engine.run(query.text, (id, *query.values))
    if not rows:
        raise not_found(engine, table_of(noun), id, as_of)
    return from_row(noun, rows[0])


def get_many(engine: Engine, noun: type[Noun], ids: Sequence[str], as_of: int | None) -> dict[str, Noun]:
    """The records of some ids, a hundred with each statement."""
    found: dict[str, Noun] = {}
    part: Sequence[str]
    with engine.reading():
        for part in _chunks(ids):
            nodes = [row[1] for row in engine.run(sql.nodes(len(part)), part)]
            found.update((one.id, one) for one in _load(engine, noun, nodes, as_of))
    return {id: found[id] for id in ids if id in found}


def resolve(engine: Engine, noun: type[Noun], prefix: str, project: str | None, as_of: int | None) -> Noun:
    """One record by an unambiguous beginning of its id."""
    table = table_of(noun)
    if not prefix:
        raise UsageError(f"the id of a {table.word} is empty", code="empty-id")
    values: list[str | int] = [prefix, prefix + "\U0010ffff"]
    if project is not None:
        values.append(project)
    query: sql.Clause = sql.by_prefix(table, as_of, project=project is not None)
    found = [from_row(noun, row) for row in engine.run(query.text, (*values, *query.values, CANDIDATES + 1))]
    if len(found) == 1 or (found and found[0].id == prefix):
        return found[0]
    if not found:
        raise not_found(engine, table, prefix, as_of)
    named = ", ".join(one.id for one in found[:CANDIDATES]) + (", ..." if len(found) > CANDIDATES else "")
    raise UsageError(
        f"`{prefix}` is the beginning of several ids",
        code="ambiguous-id",
        place=named,
        hints=[f"add characters until only one is left: `{found[0].id}`"],
    )


def not_found(engine: Engine, table: Table, id: str, as_of: int | None) -> NotFound:
    """The error for an id that names nothing, with the nearest one there is."""
    near: list[str] = []
    for before in (True, False):
        query = sql.nearest_names(table, as_of, before=before)
        near += [str(row[0]) for row in engine.run(query.text, (id, *query.values, 20))]
    when = "" if as_of is None else f" as of event {as_of}"
    close = did_you_mean(id, near)
    hints = [f"did you mean `{close}`?"] if close and close != id else []
    return NotFound(
        f"there is no {table.word} `{id}`{when}",
        code=f"{table.word}-not-found",
        place=id,
        hints=[*hints, f"see what there is: `persona {listing_of(table)} list`"],
    )


def find(
    engine: Engine,
    noun: type[Noun],
    where: Expression | None,
    order: str,
    after: str | None,
    limit: int | None,
    deleted: bool,
    as_of: int | None,
    equal: Mapping[str, str | tuple[str, ...] | None],
) -> Page[Noun]:
    """A page of records."""
    table = table_of(noun)
    if limit is not None and limit < 0:
        raise UsageError("the limit is negative", code="bad-limit", place=str(limit))
    chosen = condition(table, where, equal, deleted=deleted, as_of=as_of)
    family, key = check_order(table, order or table.order)
    order = order or table.order
    if limit == 0:
        return Page((), None, _count(engine, table, chosen))
    if limit is None and after is None and not family:
        items = _whole(engine, noun, chosen, order, None)
        return Page(items, None, len(items))
    with engine.reading():
        if where is None and after is None and not family:
            items = _whole(engine, noun, chosen, order, limit)
            total = len(items) if len(items) < (limit or 0) else _count(engine, table, chosen)
            return Page(items, items[-1].id if len(items) < total else None, total)
        query = sql.ordered(table, chosen, order if not family else table.order, whole=False, limit=None)
        nodes: Sequence[int] = [row[0] for row in engine.run(query.text, query.values)]
        total = len(nodes)
        if family:
            wanted = limit if after is None else None
            nodes = _by_family(engine, nodes, family, key, down=order.startswith("-"), as_of=as_of, wanted=wanted)
        start = 0 if after is None else _place_after(engine, table, nodes, after)
        shown = nodes[start:] if limit is None else nodes[start : start + limit]
        items = _load(engine, noun, shown, as_of)
    more = start + len(shown) < total
    return Page(items, items[-1].id if more and items else None, total)


def scan(engine: Engine, noun: type[Noun], as_of: int | None, equal: Mapping[str, str | None]) -> Iterator[Noun]:
    """Records a page at a time, in the order of their nodes."""
    table = table_of(noun)
    chosen: dict[str, str] = {name: value for name, value in equal.items() if value is not None}
    for name in chosen:
        check_column(table, name)
    query: sql.Clause = sql.scan(table, tuple(chosen), as_of)
    last = 0
    while True:
        rows: list[Row] = engine.run(query.text, (last, *chosen.values(), *query.values, SCANNED))
        for row in rows:
            yield from_row(noun, row[1:])
        if len(rows) < SCANNED:
            return
        last = rows[-1][0]


def _whole(engine: Engine, noun: type[Noun], chosen: sql.Clause, order: str, limit: int | None) -> tuple[Noun, ...]:
    """Records read by the statement that chooses them."""
    query: sql.Clause = sql.ordered(table_of(noun), chosen, order, whole=True, limit=limit)
    return tuple(from_row(noun, row) for row in engine.run(query.text, query.values))


def _count(engine: Engine, table: Table, chosen: sql.Clause) -> int:
    query = sql.count(table, chosen)
    return int(engine.run(query.text, query.values)[0][0])


def _by_family(
    engine: Engine, nodes: Sequence[int], family: str, key: str, *, down: bool, as_of: int | None, wanted: int | None
) -> list[int]:
    """Nodes in the order of a param, metric or tag; those without it last, in the order they came.

    The values are walked in the order of their index, and only until ``wanted`` nodes are found.
    """
    query = sql.by_key(family, key, down=down, as_of=as_of)
    left = dict.fromkeys(nodes)
    ordered: list[int] = []
    for (node,) in engine.stream(query.text, query.values):
        if node in left:
            del left[node]
            ordered.append(node)
            if len(ordered) == wanted:
                return ordered
    return ordered + list(left)


def _place_after(engine: Engine, table: Table, nodes: Sequence[int], after: str) -> int:
    for (node,) in engine.run(sql.NODE, (after,)):
        if node in nodes:
            return nodes.index(node) + 1
    raise NotFound(
        f"the list has no {table.word} `{after}` to go on after",
        code="no-such-page",
        place=after,
        hints=["begin again without `--after`"],
    )


def _load(engine: Engine, noun: type[Noun], nodes: Sequence[int], as_of: int | None) -> tuple[Noun, ...]:
    found: dict[int, Noun] = {}
    part: Sequence[int]
    for part in _chunks(nodes):
        query: sql.Clause = sql.records_of(table_of(noun), len(part), as_of)
        for row in engine.run(query.text, (*part, *query.values)):
            found[row[0]] = from_row(noun, row[1:])
    return tuple(found[node] for node in nodes if node in found)


def _chunks(some: Sequence[Any]) -> Iterable[Sequence[Any]]:
    for at in range(0, len(some), CHUNK):
        yield some[at : at + CHUNK]
