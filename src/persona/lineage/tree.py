"""The lineage of a thing as a tree: what it rests on, relation by relation."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from persona.storage import Records

UPWARD = ("derived_from", "quoted_from", "generated_by", "used", "associated_with")
"""The relations that lead from a thing to what it rests on. ``part_of`` says where it stands and ``revision_of`` what
came before it under the same name; neither says whence it came."""

FOLLOWED = (*UPWARD, "alternate_of", "attributed_to", "informed_by")
"""The same with the relations that lead into what others recorded and was imported, and on within it."""


class Node(NamedTuple):
    """One thing of a tree, and the relation by which the thing above reaches it.

    ``repeated`` marks a thing that stands elsewhere in the tree already and is not opened again.
    """

    id: str
    relation: str
    children: tuple[Node, ...]
    repeated: bool = False


def tree_up(records: Records, id: str, *, depth: int | None = None) -> Node:
    """What a thing rests on, to a depth (None: to the end). A thing met twice is opened once, so cycles end.

    Chains may be longer than the interpreter's recursion limit: the walk keeps its own stack.
    """
    opened: set[str] = {id}
    children: dict[str, list[tuple[str, str, bool]]] = {}
    frontier, level = [id], 0
    while frontier and (depth is None or level < depth):
        following: list[str] = []
        for thing in frontier:
            found: list[tuple[str, str, bool]] = []
            edges = [edge for edge in records.edges(thing, "out") if edge.rel in UPWARD]
            for edge in sorted(edges, key=lambda one: (UPWARD.index(one.rel), one.dst)):
                found.append((edge.dst, edge.rel, edge.dst in opened))
                if edge.dst not in opened:
                    opened.add(edge.dst)
                    following.append(edge.dst)
            children[thing] = found
        frontier, level = following, level + 1
    return _assemble(id, children)


def _assemble(root: str, children: dict[str, list[tuple[str, str, bool]]]) -> Node:
    built: dict[str, tuple[Node, ...]] = {}
    for thing in reversed(list(children)):  # breadth-first order: what is opened later stands deeper
        built[thing] = tuple(
            Node(id, relation, () if repeated else built.get(id, ()), repeated)
            for id, relation, repeated in children[thing]
        )
    return Node(root, "", built.get(root, ()))
