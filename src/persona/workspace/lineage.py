"""The verbs of lineage: where a thing comes from, what rests on it, and how two things hang together."""

from __future__ import annotations

import shlex
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from persona.errors import NotFound
from persona.lineage.fine import is_fine
from persona.lineage.graph import DIRECTIONS, Direction, LineageGraph, before, distances, ends
from persona.lineage.references import BORDER
from persona.model.records import Edge, Run, Source
from persona.workspace.asked import Asked
from persona.workspace.context import Context
from persona.workspace.layout import write_atomic
from persona.workspace.lineage_graphs import graph_of
from persona.workspace.lineage_views import (
    FieldsView,
    FieldView,
    GraphView,
    ImpactView,
    LineageDiffView,
    NearbyView,
    PathView,
    ThingView,
)
from persona.workspace.prov_checking import ConstraintsView, check_workspace
from persona.workspace.things import Things, find_artefact

if TYPE_CHECKING:
    from persona.lineage.borders import LinkedGraph
    from persona.workspace.links import Links

FINE = frozenset({"persona", "claim", "highlight"})
"""The kinds of things of the fine grain."""

SHOWN = 200
"""How many things are put into words unless more are asked for."""


class Lineage:
    """Where things come from.

    A question goes over to linked workspaces unless it says ``here``; things there are named ``NAME::id``.
    """

    def __init__(self, context: Context, things: Things, links: Callable[[], Links]) -> None:
        self._context = context
        self._things = things
        self._links = links

    def show(self, thing: str, *, project: str | None = None, here: bool = False) -> NearbyView:
        """A thing and its neighbours, by every relation there is."""
        asked = self._asked(here=here)
        id = asked.find(thing, project)
        edges = asked.graph(fine=True).around(id)
        out = tuple((edge, asked.thing(edge.dst, 1)) for edge in edges if edge.src == id)
        into = tuple((edge, asked.thing(edge.src, 1)) for edge in edges if edge.dst == id and edge.src != id)
        return NearbyView(asked.thing(id, 0), out, into, asked.also(id))

    def walk(
        self,
        thing: str,
        direction: Direction,
        *,
        depth: int | None = 1,
        kinds: Sequence[str] = (),
        within: str | None = None,
        claims: bool = False,
        limit: int = SHOWN,
        project: str | None = None,
        here: bool = False,
    ) -> GraphView:
        """What a thing rests on (``up``) or what rests on it (``down``), to a depth (None: to the end).

        Of what is reached, ``kinds`` are kept, and what belongs to the project ``within`` (``NAME::project``
        in a linked one); the thing itself always is. At most ``limit`` things are shown. ``claims`` takes the fine
        grain in: personas, claims, highlights.
        """
        asked = self._asked(here=here)
        id = asked.find(thing, project)
        fine = claims or is_fine(id) or not FINE.isdisjoint(kinds)
        found = asked.graph(fine=fine).walk(id, direction, depth)
        steps = distances(id, found, direction)
        shown: list[ThingView] = []
        for one in found.nodes:
            view = asked.thing(one, steps[one])
            keeps = (not kinds or view.kind in kinds) and (within is None or _is_within(view, within))
            if one == id or keeps:
                shown.append(view)
            if len(shown) > limit:
                break
        known = {view.id for view in shown}
        edges = tuple(edge for edge in found.edges if edge.src in known and edge.dst in known)
        counts = Counter(view.kind for view in shown[1:])
        return GraphView(direction, tuple(shown), edges, len(found.nodes) - 1, dict(sorted(counts.items())))

    def path(self, start: str, end: str, *, project: str | None = None, here: bool = False) -> PathView:
        """A shortest chain from one thing to another, upwards or else downwards. Raises ``NotFound`` without one."""
        asked = self._asked(here=here)
        first, last = asked.find(start, project), asked.find(end, project)
        graph = asked.graph(fine=True)
        for direction in DIRECTIONS:
            chain = _chain(graph, first, last, direction)
            if chain is not None:
                ids = [first, *(ends(edge, direction)[1] for edge in chain)]
                things = tuple(asked.thing(id, at) for at, id in enumerate(ids))
                return PathView(direction, things, tuple(chain))
        raise NotFound(
            f"neither `{first}` nor `{last}` rests on the other",
            code="lineage-no-path",
            place=f"{start}, {end}",
            hints=[f"see what the first rests on: `persona lineage up {shlex.quote(first)} --depth all`"],
        )

    def check(self) -> ConstraintsView:
        """Whether the account that this workspace gives of itself keeps to PROV-CONSTRAINTS."""
        return check_workspace(self._context)

    def fields(self, ref: str | None = None, *, project: str | None = None) -> FieldsView:
        """What each field of some personas rests on: the newest, or those of an artefact.

        Raises ``NotFound``, and ``InvalidInput`` for an artefact that holds no personas.
        """
        from persona.generation.demographics import keys_of
        from persona.lineage.fields import fields_of
        from persona.runs.execute import load_recipe
        from persona.runs.inputs import load_inputs

        context = self._context
        artefact = self._things.newest(project) if ref is None else find_artefact(context, ref, project)
        personas = self._things.personas(artefact)
        run = context.records.get(Run, str(artefact.run))
        recipe = load_recipe(context.blobs, run)
        inputs = load_inputs(context.blobs, recipe) if recipe else []
        known = {one.digest: one for one in context.records.find(Source, project=artefact.project).items}
        views = []
        for one in fields_of(personas, inputs, keys_of):
            sources = tuple(known[digest].id for digest in one.sources if digest in known)
            example = self._things.describe(sources[0]).label if sources else ""
            views.append(FieldView(*one[:6], sources=sources, example=example, verbatim=one.verbatim))
        return FieldsView(artefact.id, tuple(views))

    def diff(
        self, left: str, right: str, *, claims: bool = False, project: str | None = None, here: bool = False
    ) -> LineageDiffView:
        """What only one of two things rests on."""
        asked = self._asked(here=here)
        ids = [asked.find(one, project) for one in (left, right)]
        graph = asked.graph(fine=claims)
        walks = [graph.walk(id, "up") for id in ids]
        sets = [dict.fromkeys(node for node in one.nodes if node not in ids) for one in walks]
        only = [
            tuple(asked.thing(id, 0) for id in mine if id not in others)
            for mine, others in (sets, sets[::-1])  # each beside the other
        ]
        both = sum(id in sets[1] for id in sets[0])
        return LineageDiffView(asked.thing(ids[0], 0), asked.thing(ids[1], 0), only[0], only[1], both)

    def impact(self, thing: str, *, project: str | None = None, here: bool = False) -> ImpactView:
        """What becomes stale if a thing changes: everything that rests on it, down to single claims."""
        asked = self._asked(here=here)
        id = asked.find(thing, project)
        found = asked.graph(fine=True).walk(id, "down")
        nearer = before(id, found, "down")
        affected = []
        for one in found.nodes[1:]:
            chain = [one]
            while chain[-1] != id:
                chain.append(nearer[chain[-1]])
            affected.append((asked.thing(one, len(chain) - 1), tuple(reversed(chain))))
        counts = Counter(view.kind for view, _ in affected)
        return ImpactView(asked.thing(id, 0), tuple(affected), dict(sorted(counts.items())))

    def draw(self, view: GraphView, format: str, output: str | None = None) -> str:
        """A graph as ``svg`` or ``mermaid``; written into a file where one is named (not ``-``)."""
        from persona.exports.drawing import Box, mermaid, svg

        boxes = [Box(one.id, one.kind, _signed(one), one.distance) for one in view.things]
        first = view.things[0]
        title = f"What {first.label} rests on" if view.direction == "up" else f"What rests on {first.label}"
        text = svg(boxes, view.edges, title) if format == "svg" else mermaid(boxes, view.edges)
        if output not in (None, "-"):
            write_atomic(Path(str(output)), text.encode())
        return text

    def _asked(self, *, here: bool) -> Asked:
        return Asked(self._context, self._things, self._links, here=here)

    def whole(self) -> LineageGraph:
        """The graph of everything in this workspace, claims among it, at the moment of the records."""
        return graph_of(self._context, fine=True)


def _is_within(view: ThingView, project: str) -> bool:
    """Whether a thing belongs to a project, or to none of the same workspace."""
    name, border, rest = project.rpartition(BORDER)
    return (view.workspace or "") == name and view.project in (rest if border else project, None)


def _signed(view: ThingView) -> str:
    """The label of a thing with the workspace that it is in, where that is a linked one."""
    return f"{view.workspace}: {view.label}" if view.id.startswith(f"{view.workspace}{BORDER}") else view.label


def _chain(graph: LineageGraph | LinkedGraph, first: str, last: str, direction: Direction) -> list[Edge] | None:
    found = graph.walk(first, direction)
    nearer = before(first, found, direction)
    if last not in nearer or first == last:
        return None
    by_ends = {ends(edge, direction): edge for edge in reversed(found.edges)}
    chain: list[Edge] = []
    while last != first:
        chain.append(by_ends[nearer[last], last])
        last = nearer[last]
    return chain[::-1]
