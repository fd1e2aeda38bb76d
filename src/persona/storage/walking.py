"""The edges of things, and the walk along them, a level at a time.

Level by level gives the distance of every node and stands cycles and long chains; a recursive query gives neither.
"""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING, Literal

from persona.errors import NotFound
from persona.model.records import Edge, Graph
from persona.storage import sql

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from persona.storage.engine import Engine

CHUNK = 500
"""How many nodes one statement asks about."""

Direction = Literal["up", "down"]


def edges(engine: Engine, id: str, direction: Literal["out", "in", "both"], as_of: int | None) -> tuple[Edge, ...]:
    """The edges that touch a node, those that leave it first; none for a name that nothing mentions."""
    rows = engine.run(sql.NODE, (id,))
    if not rows:
        return ()
    found: dict[Edge, None] = {}
    for side in ("out", "in"):
        if direction in (side, "both"):
            steps = list(hops(engine, [rows[0][0]], side, as_of, None))
            names = names_of(engine, [end for src, _, dst in steps for end in (src, dst)])
            found.update(dict.fromkeys(sorted(Edge(names[src], rel, names[dst]) for src, rel, dst in steps)))
    return tuple(found)


def ends_of(
    engine: Engine, ids: Sequence[str], direction: Literal["out", "in"], as_of: int | None
) -> dict[str, dict[str, tuple[str, ...]]]:
    """The other ends of the edges that leave or reach some nodes, by node and relation.

    No object is made for an edge, and the ends that several nodes share (the documents of the runs of an experiment)
    are made once.
    """
    found: dict[str, dict[str, tuple[str, ...]]] = {id: {} for id in ids}
    asked = list(found)
    with engine.reading():
        for at in range(0, len(asked), CHUNK):
            part = asked[at : at + CHUNK]
            nodes = {node: name for name, node in engine.run(sql.nodes(len(part)), part)}
            if not nodes:
                continue
            query = sql.ends_of(direction, len(nodes), as_of)
            rows = engine.run(query.text, (*nodes, *query.values))
            ends = {text: sorted(map(int, text.split(","))) for text in {row[2] for row in rows}}
            names = names_of(engine, chain.from_iterable(ends.values()))
            named = {text: tuple(map(names.__getitem__, some)) for text, some in ends.items()}
            for node, rel, text in rows:
                found[nodes[node]][rel] = named[text]
    return found


def walk(
    engine: Engine, id: str, direction: Direction, depth: int | None, as_of: int | None, rels: Sequence[str] | None
) -> Graph:
    """Everything reachable from a node, with the edges. Raises ``NotFound`` for a name that nothing mentions."""
    start = _start(engine, id)
    side = "out" if direction == "up" else "in"
    found: list[tuple[int, str, int]] = []
    with engine.reading():
        levels: list[list[int]] = [[start]]
        seen = {start}
        while levels[-1]:
            last = depth is not None and len(levels) > depth
            fresh: set[int] = set()
            for hop in hops(engine, levels[-1], side, as_of, rels):
                far = hop[2] if direction == "up" else hop[0]
                if far not in seen:
                    if last:
                        continue
                    fresh.add(far)
                found.append(hop)
            seen |= fresh
            levels.append(list(fresh))
        names = names_of(engine, seen)
    ordered = [name for level in levels for name in sorted(names[node] for node in level)]
    return Graph(tuple(ordered), tuple(sorted(Edge(names[src], rel, names[dst]) for src, rel, dst in found)))


def reach(
    engine: Engine, id: str, direction: Direction, as_of: int | None, rels: Sequence[str] | None
) -> tuple[str, ...]:
    """Everything reachable from a node, without the edges. Raises ``NotFound`` for a name that nothing mentions."""
    start = _start(engine, id)
    seen, level = {start}, [start]
    with engine.reading():
        while level:
            fresh: set[int] = set()
            for at in range(0, len(level), CHUNK):
                part = level[at : at + CHUNK]
                query = sql.ends("out" if direction == "up" else "in", len(part), as_of, rels)
                fresh.update(engine.column(query.text, (*part, *query.values)))
            fresh -= seen
            seen |= fresh
            level = list(fresh)
        nodes = list(seen)
        names: list[str] = []
        for at in range(0, len(nodes), CHUNK):
            part = nodes[at : at + CHUNK]
            names += engine.column(sql.bare_names(len(part)), part)
    return tuple(sorted(names))


def _start(engine: Engine, id: str) -> int:
    rows = engine.run(sql.NODE, (id,))
    if not rows:
        raise NotFound(
            f"nothing is recorded about `{id}`",
            code="node-not-found",
            place=id,
            hints=["see what there is: `persona run list` and `persona artefact list`"],
        )
    return int(rows[0][0])


def hops(
    engine: Engine, nodes: Sequence[int], side: str, as_of: int | None, rels: Sequence[str] | None
) -> Iterator[tuple[int, str, int]]:
    """The edges that leave (``out``) or reach (``in``) some nodes, their ends as integers."""
    for at in range(0, len(nodes), CHUNK):
        part = nodes[at : at + CHUNK]
        query = sql.edges(side, len(part), as_of, rels)
        yield from engine.run(query.text, (*part, *query.values))


def names_of(engine: Engine, nodes: Iterable[int]) -> dict[int, str]:
    """The names of some nodes."""
    wanted = list(dict.fromkeys(nodes))
    found: dict[int, str] = {}
    for at in range(0, len(wanted), CHUNK):
        part = wanted[at : at + CHUNK]
        found.update(engine.run(sql.names_of(len(part)), part))
    return found
