"""The verbs of lineage: where a thing comes from, what rests on it, and how two things hang together."""

from __future__ import annotations

import shlex
from collections import Counter, deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache, cached_property
from pathlib import Path

import msgspec

from persona.errors import NotFound
from persona.lineage.fine import Rest, is_fine, rests
from persona.lineage.graph import Direction, LineageGraph, ends
from persona.model.canonical import Digest
from persona.model.personas import PersonaSet
from persona.model.records import Artefact, Edge, Graph, Run, Source
from persona.runs.inputs import labels_of
from persona.runs.sealed import read_left
from persona.storage.evidence import Entry, EvidenceIndex
from persona.workspace.context import Context
from persona.workspace.layout import write_atomic
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

FINE = frozenset({"persona", "claim", "highlight"})
"""The kinds of things of the fine grain."""

SHOWN = 200
"""How many things are put into words unless more are asked for."""

_personas = msgspec.json.Decoder(PersonaSet)


class Lineage:
    """Where things come from."""

    def __init__(self, context: Context, things: Things) -> None:
        self._context = context
        self._things = things

    def show(self, thing: str, *, project: str | None = None) -> NearbyView:
        """A thing and its neighbours, by every relation there is."""
        id, _ = self._things.find(thing, project)
        graph = self._graph(fine=True)
        edges = dict.fromkeys(self._context.records.edges(id))
        edges.update(dict.fromkeys(edge for way in ("up", "down") for edge in graph.near(id, way)))
        out = tuple((edge, self._thing(edge.dst, 1)) for edge in sorted(edges) if edge.src == id)
        into = tuple((edge, self._thing(edge.src, 1)) for edge in sorted(edges) if edge.dst == id and edge.src != id)
        return NearbyView(self._thing(id, 0), out, into)

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
    ) -> GraphView:
        """What a thing rests on (``up``) or what rests on it (``down``), to a depth (None: to the end).

        Of what is reached, ``kinds`` are kept, and what belongs to the project ``within``; the thing itself always is.
        At most ``limit`` things are shown. ``claims`` takes the fine grain in: personas, claims, highlights.
        """
        id, _ = self._things.find(thing, project)
        fine = claims or is_fine(id) or not FINE.isdisjoint(kinds)
        found = self._graph(fine=fine).walk(id, direction, depth)
        distances = _distances(id, found, direction)
        shown: list[ThingView] = []
        for one in found.nodes:
            view = self._thing(one, distances[one])
            keeps = (not kinds or view.kind in kinds) and (within is None or view.project in (within, None))
            if one == id or keeps:
                shown.append(view)
            if len(shown) > limit:
                break
        known = {view.id for view in shown}
        edges = tuple(edge for edge in found.edges if edge.src in known and edge.dst in known)
        counts = Counter(view.kind for view in shown[1:])
        return GraphView(direction, tuple(shown), edges, len(found.nodes) - 1, dict(sorted(counts.items())))

    def path(self, start: str, end: str, *, project: str | None = None) -> PathView:
        """A shortest chain from one thing to another, upwards or else downwards. Raises ``NotFound`` without one."""
        first, _ = self._things.find(start, project)
        last, _ = self._things.find(end, project)
        graph = self._graph(fine=True)
        for direction in ("up", "down"):
            chain = _chain(graph, first, last, direction)
            if chain is not None:
                ids = [first, *(ends(edge, direction)[1] for edge in chain)]
                things = tuple(self._thing(id, at) for at, id in enumerate(ids))
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

    def diff(self, left: str, right: str, *, claims: bool = False, project: str | None = None) -> LineageDiffView:
        """What only one of two things rests on."""
        ids = [self._things.find(one, project)[0] for one in (left, right)]
        graph = self._graph(fine=claims)
        walks = [graph.walk(id, "up") for id in ids]
        sets = [dict.fromkeys(node for node in one.nodes if node not in ids) for one in walks]
        only = [
            tuple(self._thing(id, 0) for id in mine if id not in others)
            for mine, others in (sets, sets[::-1])  # each beside the other
        ]
        both = sum(id in sets[1] for id in sets[0])
        return LineageDiffView(self._thing(ids[0], 0), self._thing(ids[1], 0), only[0], only[1], both)

    def impact(self, thing: str, *, project: str | None = None) -> ImpactView:
        """What becomes stale if a thing changes: everything that rests on it, down to single claims."""
        id, _ = self._things.find(thing, project)
        found = self._graph(fine=True).walk(id, "down")
        before = _before(id, found, "down")
        affected = []
        for one in found.nodes[1:]:
            chain = [one]
            while chain[-1] != id:
                chain.append(before[chain[-1]])
            affected.append((self._thing(one, len(chain) - 1), tuple(reversed(chain))))
        counts = Counter(view.kind for view, _ in affected)
        return ImpactView(self._thing(id, 0), tuple(affected), dict(sorted(counts.items())))

    def draw(self, view: GraphView, format: str, output: str | None = None) -> str:
        """A graph as ``svg`` or ``mermaid``; written into a file where one is named (not ``-``)."""
        from persona.exports.drawing import Box, mermaid, svg

        boxes = [Box(one.id, one.kind, one.label, one.distance) for one in view.things]
        first = view.things[0]
        title = f"What {first.label} rests on" if view.direction == "up" else f"What rests on {first.label}"
        text = svg(boxes, view.edges, title) if format == "svg" else mermaid(boxes, view.edges)
        if output not in (None, "-"):
            write_atomic(Path(str(output)), text.encode())
        return text

    def whole(self) -> LineageGraph:
        """The graph of everything, claims among it, at the moment of the records."""
        return self._graph(fine=True)

    def _thing(self, id: str, distance: int) -> ThingView:
        return ThingView(id, *self._things.describe(id), distance)

    def _graph(self, *, fine: bool) -> LineageGraph:
        context = self._context

        @cache
        def people(project: str) -> Mapping[str, str]:
            return {card.label: id for id, card in labels_of(context.records, context.blobs, project).items()}

        return LineageGraph(context.records, _Evidence(context), people, fine=fine)


class _Evidence:
    """The evidence of claims, indexed beside the workspace. Meets ``lineage.graph.Evidence``."""

    def __init__(self, context: Context) -> None:
        self._context = context

    @cached_property
    def _index(self) -> EvidenceIndex:
        return EvidenceIndex(self._context.layout.cache / "evidence.db")

    @cached_property
    def _all(self) -> EvidenceIndex:
        """The index with all personas entered that there are now or were at this moment."""
        made = self._context.records.find(Artefact, kind="personas").items
        self._index.enter((one.digest for one in made), self._read)
        return self._index

    def of(self, digest: str) -> Iterator[Rest]:
        """See ``Evidence.of``."""
        self._index.enter([digest], self._read)
        return (_rest(entry) for entry in self._index.of(digest))

    def on_document(self, digest: str) -> Iterator[tuple[str, Rest]]:
        """See ``Evidence.on_document``."""
        return ((entry.digest, _rest(entry)) for entry in self._all.on_document(digest))

    def on_person(self, label: str) -> Iterator[tuple[str, Rest]]:
        """See ``Evidence.on_person``."""
        return ((entry.digest, _rest(entry)) for entry in self._all.on_person(label))

    def _read(self, digest: str) -> Iterable[tuple[object, ...]]:
        return rests(_personas.decode(read_left(self._context.blobs, Digest(digest))))


def _rest(entry: Entry) -> Rest:
    document = Digest(entry.document) if entry.document else None
    return Rest(entry.path, document, entry.start, entry.end, entry.participant, entry.verbatim, entry.status)


def _before(root: str, found: Graph, direction: Direction) -> dict[str, str]:
    """For each thing that was reached, the one from which a shortest way reaches it."""
    steps: dict[str, list[str]] = {}
    for edge in found.edges:
        near, far = ends(edge, direction)
        steps.setdefault(near, []).append(far)
    before: dict[str, str] = {root: root}
    waiting = deque([root])
    while waiting:
        here = waiting.popleft()
        for far in sorted(steps.get(here, ())):
            if far not in before:
                before[far] = here
                waiting.append(far)
    return before


def _distances(root: str, found: Graph, direction: Direction) -> dict[str, int]:
    distances = {root: 0}
    for id, before in _before(root, found, direction).items():
        distances[id] = distances[before] + (id != root)
    return distances


def _chain(graph: LineageGraph, first: str, last: str, direction: Direction) -> list[Edge] | None:
    found = graph.walk(first, direction)
    before = _before(first, found, direction)
    if last not in before or first == last:
        return None
    by_ends = {ends(edge, direction): edge for edge in reversed(found.edges)}
    chain: list[Edge] = []
    while last != first:
        chain.append(by_ends[before[last], last])
        last = before[last]
    return chain[::-1]
