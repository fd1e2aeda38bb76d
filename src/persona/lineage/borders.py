"""The graph of several workspaces: each has its own, and they touch where one names a thing of another.

A thing of the workspace at hand has its own id, one of a linked workspace ``NAME::id``. A reference is no thing of its
own: it is followed to what it names, without a step. One to a workspace that is not linked stays what it is, the end of
the way.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from functools import cached_property
from heapq import heappop, heappush
from typing import NamedTuple, Protocol, TypeVar

from persona.lineage.graph import Direction, LineageGraph, distances
from persona.lineage.references import BORDER, HERE, PREFIX, joined, read_reference
from persona.model.records import Edge, Graph

_Answer = TypeVar("_Answer")


class Worlds(Protocol):
    """The workspaces that are read together. One that cannot be read is passed over, and whoever asks is told."""

    def names(self) -> Sequence[str]:
        """Of all that can be read: the workspace at hand, then the linked ones."""
        ...

    def name_of(self, workspace: str) -> str | None:
        """The name of a workspace by the id of its first event; None for one that is not linked."""
        ...

    def is_linked(self, name: str) -> bool:
        """Whether a workspace is linked under a name, be it readable or not."""
        ...

    def references(self, name: str) -> Collection[str]:
        """Every reference in the graph of a workspace."""
        ...

    def ask(self, name: str, question: Callable[[LineageGraph], _Answer]) -> _Answer | None:
        """What the graph of a workspace answers; None where it cannot be read or does not know what is asked for."""
        ...


class Place(NamedTuple):
    """Where a thing is known: a workspace, and what the thing is called in its graph."""

    world: str
    id: str


class LinkedGraph:
    """One graph over several workspaces. Meets what the verbs of lineage ask of ``LineageGraph``."""

    def __init__(self, worlds: Worlds) -> None:
        self._worlds = worlds

    def walk(self, id: str, direction: Direction, depth: int | None = None) -> Graph:
        """Everything that a thing rests on, or that rests on it, in whichever workspace, in order of distance.

        Each workspace is walked in one go from where it is entered; where it touches another, that one is entered in
        turn, the nearest first, so that none is entered twice at the same place.
        """
        edges: dict[Edge, None] = {}
        entered: set[str] = set()
        waiting = [(0, id)]
        while waiting:
            at, start = heappop(waiting)
            if start in entered:
                continue
            entered.add(start)
            for place in self._places(start, direction):
                left = None if depth is None else depth - at
                found = self._walked(place, direction, left)
                edges.update(dict.fromkeys(found.edges))
                for reached, steps in distances(start, found, direction).items():
                    if reached not in entered and self._touches(place.world, reached, direction):
                        heappush(waiting, (at + steps, reached))
        whole = Graph((id,), tuple(sorted(edges)))
        return Graph(tuple(distances(id, whole, direction)), whole.edges)

    def around(self, id: str) -> tuple[Edge, ...]:
        """Every edge that touches a thing, by whatever relation."""
        found: dict[Edge, None] = {}
        for world, here in self._places(id, "down"):
            edges = self._worlds.ask(world, lambda graph, here=here: graph.around(here)) or ()  # type: ignore[misc]
            found.update(dict.fromkeys(self._edge(world, edge) for edge in edges))
        return tuple(sorted(found))

    def name(self, world: str, id: str) -> str:
        """What a thing is called among the workspaces, from what it is called in one: a reference is what it names."""
        if id.startswith(PREFIX) and (reference := read_reference(id)) is not None:
            owner = self._worlds.name_of(reference.workspace)
            return id if owner is None else joined(owner, reference.thing)
        return joined(world, id)

    def _walked(self, place: Place, direction: Direction, depth: int | None) -> Graph:
        found = self._worlds.ask(place.world, lambda graph: graph.walk(place.id, direction, depth))
        if found is None:
            return Graph((), ())
        nodes = tuple(self.name(place.world, node) for node in found.nodes)
        return Graph(nodes, tuple(self._edge(place.world, edge) for edge in found.edges))

    def _edge(self, world: str, edge: Edge) -> Edge:
        return Edge(self.name(world, edge.src), edge.rel, self.name(world, edge.dst))

    def owner(self, id: str) -> Place | None:
        """The workspace of a thing, and its id there; None for a reference to one that is not linked."""
        if read_reference(id) is not None:
            return None
        name, border, rest = id.partition(BORDER)
        return Place(name, rest) if border and self._worlds.is_linked(name) else Place(HERE, id)

    def _places(self, id: str, direction: Direction) -> Iterator[Place]:
        """Where a thing is left in a direction: upwards where it was made, downwards also wherever it is named."""
        own = self.owner(id)
        if own is not None:
            yield own
        if direction == "down":
            yield from self._named.get(id, ())

    def _touches(self, world: str, id: str, direction: Direction) -> bool:
        """Whether the way goes on from a thing in another workspace than the one in which it was reached."""
        if direction == "up":
            own = self.owner(id)
            return own is not None and own.world != world
        return id in self._named

    @cached_property
    def _named(self) -> Mapping[str, Sequence[Place]]:
        """Every thing that a workspace names which is not its own, with where it is named."""
        found: dict[str, list[Place]] = defaultdict(list)
        for world in self._worlds.names():
            for name in self._worlds.references(world):
                found[self.name(world, name)].append(Place(world, name))
        return found
