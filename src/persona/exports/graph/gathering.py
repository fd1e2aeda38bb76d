"""From the records to the nodes and edges of the graph: each node once, then the edges between them.

What the records call things, and what claims rest on, comes from where ``persona lineage`` reads it. One thing is told
otherwise: an attribute of a persona may be a question of a survey, whose words do not belong into the graph, so a claim
about one that is more than a plain word is named by its place among the attributes (``persona-1.demographics.2``).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Protocol

from persona.exports.graph.schema import label_of, relation_of
from persona.lineage.fine import is_version, name_of, split_claim, split_highlight
from persona.lineage.holders import holders_of
from persona.model.records import (
    Artefact,
    Call,
    DocumentRecord,
    Erasure,
    Experiment,
    Participant,
    Project,
    Run,
    Source,
    Withdrawal,
)

if TYPE_CHECKING:
    from persona.lineage.graph import LineageGraph, Told
    from persona.storage import Records

_WORD = re.compile(r"[a-z_]{1,40}")
_SOFTWARE = ("engine:", "model:")


class Sink(Protocol):
    """What takes the graph. A node comes before the edges that touch it."""

    def node(self, label: str, values: Mapping[str, Any]) -> None:
        """A node: some of the properties of its label, ``id`` among them."""
        ...

    def edge(self, relation: str, source: tuple[str, str], target: tuple[str, str]) -> None:
        """An edge between two nodes, each given as its label and its id."""
        ...


def gather(records: Records, lineage: LineageGraph, sink: Sink) -> None:
    """Give a sink the whole graph of the moment at which records and lineage stand."""
    _Gathering(records, lineage, sink).whole()


class _Gathering:
    """What is known while the graph is gathered: the label of every node that was given."""

    def __init__(self, records: Records, lineage: LineageGraph, sink: Sink) -> None:
        self._records = records
        self._lineage = lineage
        self._sink = sink
        self._labels: dict[str, str] = {}

    def whole(self) -> None:
        """Records, then edges, then the fine grain."""
        for noun, told in _NODES.items():
            for record in self._records.scan(noun):
                self._node(*told(record))
        self._recorded()
        self._erased()
        for told_of in self._lineage.claims():
            self._fine(told_of)

    def _node(self, label: str, values: Mapping[str, Any]) -> None:
        id = values["id"]
        if id not in self._labels:
            self._labels[id] = label
            self._sink.node(label, values)

    def _known(self, id: str) -> str:
        """The label of a thing; of one that only edges name, a node is made first."""
        label = self._labels.get(id)
        if label is None:
            label = label_of(id)
            kind, colon, _ = id.partition(":")
            self._node(label, {"id": id, "type": "artefact" if is_version(id) else kind if colon else "thing"})
        return label

    def _edge(self, source: str, rel: str, target: str) -> None:
        labels = self._known(source), self._known(target)
        self._sink.edge(relation_of(rel, labels[0]), (labels[0], source), (labels[1], target))

    def _recorded(self) -> None:
        """The edges of the records; and for whom engines and models worked: the people of the same runs."""
        teams: dict[str, tuple[str, ...]] = {}
        alike: dict[tuple[str, ...], tuple[str, ...]] = {}
        for edge in self._records.all_edges():
            self._edge(edge.src, edge.rel, edge.dst)
            if edge.rel == "associated_with" and self._labels[edge.src] == "Run":
                team = tuple(sorted({*teams.get(edge.src, ()), edge.dst}))
                teams[edge.src] = alike.setdefault(team, team)  # many runs, few teams
        pairs = {
            (worker, person)
            for team in set(teams.values())
            for worker in team
            for person in team
            if worker.startswith(_SOFTWARE) and person.startswith("person:")
        }
        for worker, person in sorted(pairs):
            self._sink.edge("ACTED_FOR", ("Agent", worker), ("Agent", person))

    def _erased(self) -> None:
        """What withdrawals made invalid, and whose they were."""
        for withdrawal in self._records.scan(Withdrawal):
            for participant in withdrawal.participants:
                self._edge(withdrawal.id, "associated_with", participant)
        by_project: dict[str, list[Erasure]] = {}
        for erasure in self._records.scan(Erasure):
            by_project.setdefault(erasure.project, []).append(erasure)
        for project, erasures in by_project.items():
            holders = holders_of(self._records, (one.id for one in erasures), project=project)
            for erasure in erasures:
                for id in holders.get(erasure.id, ()):
                    self._edge(id, "invalidated_by", erasure.withdrawal)

    def _fine(self, told: Told) -> None:
        """The claims of some personas: what they are, and what they rest on."""
        artefact = told.artefact
        common = {"project": artefact.project, "timestamp": artefact.created_at}
        name = _namer(artefact.id, told)
        for path, status in told.statuses.items():
            id = name(name_of(artefact.id, path))
            self._node("Claim", {**common, **_claim(id), "status": status})
        fresh: set[str] = set()
        for edge in told.edges:
            source, target = name(edge.src), name(edge.dst)
            for id in (source, target):
                if id not in self._labels:
                    fresh.add(id)
                    self._node(label_of(id), {**common, **_fine(id)})
            if split_highlight(source) is not None and source not in fresh:
                continue  # other personas rest on the same words, and have told of them
            self._edge(source, edge.rel, target)
            if edge.rel == "member_of":
                self._edge(target, "had_member", source)


def _namer(artefact: str, told: Told) -> Callable[[str], str]:
    """How a thing of the fine grain is called: as everywhere, but for attributes that are more than a plain word."""
    attributes: dict[str, int] = {}
    for path in told.statuses:
        family, _, attribute = path.partition(".")[2].partition(".")
        if family == "demographics":
            attributes.setdefault(attribute, len(attributes) + 1)
    odd = {
        name_of(artefact, path): name_of(artefact, f"{persona}.demographics.{attributes[attribute]}")
        for path in told.statuses
        for persona, attribute in [_attribute(path)]
        if attribute is not None and not _WORD.fullmatch(attribute)
    }
    return lambda id: odd.get(id, id)


def _attribute(path: str) -> tuple[str, str | None]:
    """The persona of a claim, and the attribute that it states; None when it states something else."""
    persona, _, rest = path.partition(".")
    family, _, attribute = rest.partition(".")
    return persona, attribute if family == "demographics" else None


def _fine(id: str) -> Mapping[str, Any]:
    """What the id of a claim, a persona or a highlight says."""
    span = split_highlight(id)
    if span is not None:
        return {"id": id, "type": "highlight", "document": span[0], "start": span[1], "stop": span[2]}
    return _claim(id)


def _claim(id: str) -> Mapping[str, Any]:
    artefact, path = split_claim(id) or ("", "")
    persona, dot, field = path.partition(".")
    if not dot:
        return {"id": id, "type": "persona", "artefact": artefact, "path": persona}
    return {"id": id, "type": "claim", "artefact": artefact, "path": path, "field": field.partition("[")[0]}


# Records as nodes

Node = tuple[str, Mapping[str, Any]]


def _project(one: Project) -> Node:
    return "Project", {
        "id": one.id,
        "type": "project",
        "project": one.id,
        "timestamp": one.created_at,
        "status": one.status,
    }


def _experiment(one: Experiment) -> Node:
    values = {"id": one.id, "type": "experiment", "project": one.project, "timestamp": one.created_at}
    return "Experiment", {**values, "version": one.version, "hash": one.file}


def _source(one: Source) -> Node:
    values = {"id": one.id, "type": "source", "project": one.project, "timestamp": one.imported_at}
    return "Data", {**values, "hash": one.digest, "bytes": one.bytes, "media_type": one.media_type}


def _document(one: DocumentRecord) -> Node:
    values = {"id": one.id, "type": "document", "project": one.project, "hash": one.digest}
    return "Data", {**values, "turns": one.turns, "characters": one.characters}


def _participant(one: Participant) -> Node:
    return "Agent", {"id": one.id, "type": "participant", "project": one.project, "timestamp": one.added_at}


def _artefact(one: Artefact) -> Node:
    values = {"id": one.id, "type": one.kind, "project": one.project, "timestamp": one.created_at}
    return "Data", {**values, "hash": one.digest, "bytes": one.bytes, "name": one.name, "version": one.version}


def _run(one: Run) -> Node:
    values = {"id": one.id, "type": "run", "project": one.project, "timestamp": one.started_at or one.planned_at}
    return "Run", {
        **values,
        "status": one.status,
        "experiment": one.experiment,
        "variant": one.variant,
        "seed": one.seed,
        "repeat": one.repeat,
        "recipe": one.recipe,
        "started": one.started_at,
        "ended": one.ended_at,
        "deleted": one.deleted,
    }


def _call(one: Call) -> Node:
    values = {"id": one.id, "type": "call", "project": one.project, "timestamp": one.recorded_at}
    return "Call", {
        **values,
        "step": one.step,
        "provider": one.provider,
        "model": one.answered or one.model,
        "status": one.status,
        "seconds": one.seconds,
        "cost": one.cost,
        "input_tokens": one.input_tokens,
        "output_tokens": one.output_tokens,
    }


def _withdrawal(one: Withdrawal) -> Node:
    values = {"id": one.id, "type": "withdrawal", "project": one.project, "timestamp": one.began_at}
    return "Withdrawal", {**values, "ended": one.ended_at}


_NODES: dict[type[Any], Callable[[Any], Node]] = {
    Project: _project,
    Experiment: _experiment,
    Source: _source,
    DocumentRecord: _document,
    Participant: _participant,
    Artefact: _artefact,
    Run: _run,
    Call: _call,
    Withdrawal: _withdrawal,
}
