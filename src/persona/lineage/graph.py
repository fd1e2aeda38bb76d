"""The whole graph: what is recorded between things, and the fine grain that is read out of personas.

``up`` is what a thing rests on, ``down`` what rests on it. ``part_of`` says where a thing stands and ``revision_of``
what came before it under the same name; neither says whence it came, so neither is followed, but for a highlight,
which rests on its document. A collection rests on its members.
"""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Literal, NamedTuple, Protocol

from persona.errors import NotFound
from persona.lineage.fine import Rest, edges_of, is_fine, is_version, split_claim, split_highlight
from persona.lineage.tree import FOLLOWED
from persona.model.canonical import Digest
from persona.model.records import Artefact, DocumentRecord, Edge, Erasure, Graph, Participant
from persona.storage import Records

Direction = Literal["up", "down"]
DIRECTIONS: tuple[Direction, Direction] = ("up", "down")


class Evidence(Protocol):
    """What of the claims rests on what, asked from either side."""

    def of(self, digest: str) -> Iterable[Rest]:
        """The rests of the claims of some personas, by the digest of their bytes."""
        ...

    def on_document(self, digest: str) -> Iterable[tuple[str, Rest]]:
        """The rests on a document, each after the digest of the personas that hold it."""
        ...

    def on_person(self, label: str) -> Iterable[tuple[str, Rest]]:
        """The rests on a person, each after the digest of the personas that hold it."""
        ...


class Told(NamedTuple):
    """The claims of some personas: the status of each by its path, and the edges they stand for."""

    artefact: Artefact
    statuses: Mapping[str, str]
    edges: Sequence[Edge]


class LineageGraph:
    """The graph of a workspace at the moment of its records.

    ``people`` gives the participants of a project by label; ``fine`` says whether claims are part of the graph.
    """

    def __init__(
        self, records: Records, evidence: Evidence, people: Callable[[str], Mapping[str, str]], *, fine: bool
    ) -> None:
        self._records = records
        self._evidence = evidence
        self._people = people
        self._fine = fine
        self._read: dict[str, list[Edge]] = {}

    def walk(self, id: str, direction: Direction, depth: int | None = None) -> Graph:
        """Everything that a thing rests on, or that rests on it, in order of distance.

        Raises ``NotFound`` for a name that nothing mentions.
        """
        if not self._fine and not is_fine(id):
            return self._records.walk(id, direction, depth=depth, rels=FOLLOWED)
        distance = {id: 0}
        level, edges = [id], dict[Edge, None]()
        while level and (depth is None or distance[level[0]] < depth):
            fresh: dict[str, None] = {}
            for edge in self._step(level, direction):
                edges[edge] = None
                far = ends(edge, direction)[1]
                if far not in distance:
                    distance[far] = distance[level[0]] + 1
                    fresh[far] = None
            level = sorted(fresh)
        if len(distance) == 1 and not is_fine(id):
            self._records.walk(id, direction, depth=0)
        return Graph(tuple(distance), tuple(sorted(edges)))

    def around(self, id: str) -> tuple[Edge, ...]:
        """Every edge that touches a thing, by whatever relation, the fine grain among them."""
        edges = dict.fromkeys(self._records.edges(id))
        for direction in DIRECTIONS:
            edges.update(dict.fromkeys(self._step([id], direction)))
        return tuple(sorted(edges))

    def claims(self) -> Iterator[Told]:
        """The fine grain of all personas there are. The bytes of some may be erased: they tell nothing."""
        for artefact in self._records.find(Artefact, kind="personas").items:
            rests = list(self._evidence.of(artefact.digest))
            edges = self._edges([artefact], [(artefact.digest, rest) for rest in rests])
            yield Told(artefact, {rest.path: rest.status for rest in rests}, edges)

    def _step(self, level: Sequence[str], direction: Direction) -> Iterable[Edge]:
        for id in level:
            if not is_fine(id):
                found = self._records.edges(id, "out" if direction == "up" else "in")
                yield from (edge for edge in found if edge.rel in FOLLOWED)
            yield from self._fine_edges(id, direction)

    # The fine grain

    def _fine_edges(self, id: str, direction: Direction) -> list[Edge]:
        """The edges of the fine grain by which a thing is left in a direction."""
        span = split_highlight(id)
        if span is not None:
            return self._of_words(id, span[0], direction)
        said = split_claim(id)
        if said is not None or is_version(id):
            edges = self._of_personas(said[0] if said else id)
        elif id.startswith("document_") and direction == "down":
            edges = self._on_document(id)
        elif id.startswith("participant_") and direction == "down":
            edges = self._on_person(id)
        else:
            return []
        return [edge for edge in edges if id == ends(edge, direction)[0]]

    def _of_words(self, id: str, document: str, direction: Direction) -> list[Edge]:
        edges = self._on_document(document)
        if direction == "up":
            known = [edge for edge in edges if edge.src == id]
            return known or [Edge(id, "part_of", document)]
        return [edge for edge in edges if edge.dst == id]

    def _on_document(self, id: str) -> list[Edge]:
        if id not in self._read:
            record = self._records.get(DocumentRecord, id)
            rests = [rest for digest in self._ever(record.digest) for rest in self._evidence.on_document(digest)]
            self._read[id] = self._on(rests, record.project)
        return self._read[id]

    def _ever(self, digest: Digest) -> list[Digest]:
        """The digest of a document and those it had before words in it were erased: older personas point there."""
        found = [digest]
        for one in found:
            found += [erasure.id for erasure in self._records.find(Erasure, successor=one).items]
        return found

    def _on_person(self, id: str) -> list[Edge]:
        project = self._project_of(id)
        labels = {participant: label for label, participant in self._people(project).items()}
        return self._on(self._evidence.on_person(labels[id]), project) if id in labels else []

    def _of_personas(self, artefact: str) -> list[Edge]:
        if artefact not in self._read:
            self._read[artefact] = list(self._in_personas(artefact))
        return self._read[artefact]

    def _in_personas(self, artefact: str) -> list[Edge]:
        try:
            record = self._records.get(Artefact, artefact)
        except NotFound:
            return []
        if record.kind != "personas":
            return []
        return self._edges([record], [(record.digest, rest) for rest in self._evidence.of(record.digest)])

    def _on(self, rests: Iterable[tuple[str, Rest]], project: str) -> list[Edge]:
        """The edges of rests in all personas of a project that have these bytes."""
        found = list(rests)
        holders = [
            artefact
            for digest in dict.fromkeys(digest for digest, _ in found)
            for artefact in self._records.find(Artefact, digest=digest).items
            if artefact.project == project
        ]
        return self._edges(holders, found)

    def _edges(self, holders: Sequence[Artefact], rests: Sequence[tuple[str, Rest]]) -> list[Edge]:
        by_digest: dict[str, list[Rest]] = defaultdict(list)
        for digest, rest in rests:
            by_digest[digest].append(rest)
        edges: dict[Edge, None] = {}
        for artefact in holders:
            known = self._documents(artefact.project, {rest.document for rest in by_digest[artefact.digest]})
            people = self._people(artefact.project)
            for rest in by_digest[artefact.digest]:
                edges.update(dict.fromkeys(edges_of(artefact.id, rest, known, people)))
        return list(edges)

    def _documents(self, project: str, digests: Iterable[Digest | None]) -> dict[str, str]:
        """The documents of a project by digest."""
        found: dict[str, str] = {}
        for digest in digests:
            now = digest
            while now is not None:
                for one in self._records.find(DocumentRecord, digest=now, project=project).items:
                    found[digest or now] = one.id
                now = self._left_of(now) if digest not in found else None
        return found

    def _left_of(self, digest: Digest) -> Digest | None:
        """The bytes that took the place of erased ones; None for all others."""
        try:
            return self._records.get(Erasure, digest).successor
        except NotFound:
            return None

    def _project_of(self, participant: str) -> str:
        return self._records.get(Participant, participant).project


def ends(edge: Edge, direction: Direction) -> tuple[str, str]:
    """The end of an edge from which a step in a direction leaves, and the end that it reaches."""
    source, target = (edge.src, edge.dst) if edge.rel != "member_of" else (edge.dst, edge.src)
    return (source, target) if direction == "up" else (target, source)


def before(root: str, found: Graph, direction: Direction) -> dict[str, str]:
    """For each thing that was reached, the one from which a shortest way reaches it; the root from itself."""
    steps: dict[str, list[str]] = {}
    for edge in found.edges:
        near, far = ends(edge, direction)
        steps.setdefault(near, []).append(far)
    reached: dict[str, str] = {root: root}
    waiting = deque([root])
    while waiting:
        here = waiting.popleft()
        for far in sorted(steps.get(here, ())):
            if far not in reached:
                reached[far] = here
                waiting.append(far)
    return reached


def distances(root: str, found: Graph, direction: Direction) -> dict[str, int]:
    """How many steps each thing that was reached is from the root, the nearest first."""
    steps = {root: 0}
    for id, near in before(root, found, direction).items():
        steps[id] = steps[near] + (id != root)
    return steps
