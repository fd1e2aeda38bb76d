"""The edges of things, and the walk along them, a level at a time.

Level by level gives the distance of every node and stands cycles and long chains; a recursive query gives neither.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, NamedTuple

from persona.errors import NotFound
from persona.model.records import Edge, Graph
from persona.storage import sql

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from persona.storage.engine import Engine

CHUNK = 200


class _Hop(NamedTuple):
    src: int
    src_name: str
    rel: str
    dst: int
    dst_name: str

    @property
    def edge(self) -> Edge:
        return Edge(self.src_name, self.rel, self.dst_name)


def edges(engine: Engine, id: str, direction: Literal["out", "in", "both"], as_of: int | None) -> tuple[Edge, ...]:
    """The edges that touch a node, those that leave it first; none for a name that nothing mentions."""
    rows = engine.run(sql.NODE, (id,))
    if not rows:
        return ()
    found: dict[Edge, None] = {}
    for side in ("out", "in"):
        if direction in (side, "both"):
            found.update(dict.fromkeys(sorted(hop.edge for hop in _hops(engine, [rows[0][0]], side, as_of))))
    return tuple(found)


def walk(
    engine: Engine,
    id: str,
    direction: Literal["up", "down"],
    depth: int | None,
    as_of: int | None,
    rels: Sequence[str] | None,
) -> Graph:
    """Everything reachable from a node. Raises ``NotFound`` for a name that nothing mentions."""
    rows = engine.run(sql.NODE, (id,))
    if not rows:
        raise NotFound(
            f"nothing is recorded about `{id}`",
            code="node-not-found",
            place=id,
            hints=["see what there is: `persona run list` and `persona artefact list`"],
        )
    up = direction == "up"
    side = "out" if up else "in"
    level: list[int] = [rows[0][0]]
    names: dict[int, str] = {level[0]: id}
    found: list[Edge] = []
    distance = 0
    with engine.reading():
        while level:
            last = depth is not None and distance >= depth
            fresh: dict[int, str] = {}
            for hop in _hops(engine, level, side, as_of, rels):
                node, name = (hop.dst, hop.dst_name) if up else (hop.src, hop.src_name)
                if node not in names and not last:
                    fresh[node] = name
                if node in names or not last:
                    found.append(hop.edge)
            level = sorted(fresh, key=lambda node: fresh[node])
            names.update((node, fresh[node]) for node in level)
            distance += 1
    return Graph(tuple(names.values()), tuple(sorted(found)))


def _hops(
    engine: Engine, nodes: Sequence[int], side: str, as_of: int | None, rels: Sequence[str] | None = None
) -> Iterator[_Hop]:
    for at in range(0, len(nodes), CHUNK):
        part = nodes[at : at + CHUNK]
        query = sql.edges(side, len(part), as_of, rels)
        for row in engine.run(query.text, (*part, *query.values)):
            yield _Hop(*row)
