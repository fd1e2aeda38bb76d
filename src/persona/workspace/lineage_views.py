"""What the verbs of lineage answer: things by id and in words, and the edges between them."""

from __future__ import annotations

from typing import Literal

import msgspec

from persona.model.records import Edge


class ThingView(msgspec.Struct, frozen=True):
    """A thing of the graph: what it is, in words, and how many steps it is from where the question began.

    ``workspace`` is the name of the linked workspace that it is in, the id of one that is not linked, and None here.
    """

    id: str
    kind: str
    label: str
    project: str | None
    distance: int
    workspace: str | None = None


class GraphView(msgspec.Struct, frozen=True):
    """What a thing rests on (``up``) or what rests on it (``down``), in order of distance, the thing itself first.

    ``edges`` are those among the things shown; ``reached`` counts all things within the depth, ``kinds`` by kind those
    that are shown.
    """

    direction: Literal["up", "down"]
    things: tuple[ThingView, ...]
    edges: tuple[Edge, ...]
    reached: int
    kinds: dict[str, int]


class NearbyView(msgspec.Struct, frozen=True):
    """A thing and all that it is joined to by one edge, with the edge.

    ``also`` are the things of linked workspaces that have the same bytes.
    """

    thing: ThingView
    out: tuple[tuple[Edge, ThingView], ...]
    into: tuple[tuple[Edge, ThingView], ...]
    also: tuple[ThingView, ...] = ()


class PathView(msgspec.Struct, frozen=True):
    """A shortest chain between two things: ``things`` in order, ``edges`` between neighbours.

    ``direction`` says how the second is reached from the first.
    """

    direction: Literal["up", "down"]
    things: tuple[ThingView, ...]
    edges: tuple[Edge, ...]


class LineageDiffView(msgspec.Struct, frozen=True):
    """What only one of two things rests on, and how many things both do."""

    left: ThingView
    right: ThingView
    only_left: tuple[ThingView, ...]
    only_right: tuple[ThingView, ...]
    both: int


class ImpactView(msgspec.Struct, frozen=True):
    """What becomes stale when a thing changes, nearest first, each with a shortest chain of ids that leads to it."""

    thing: ThingView
    affected: tuple[tuple[ThingView, tuple[str, ...]], ...]
    kinds: dict[str, int]


class FieldView(msgspec.Struct, frozen=True):
    """A field of personas and one thing that it rests on, as ``lineage.fields.FieldRest`` counts it.

    ``sources`` are ids of originals; ``example`` is the name of the file of the first.
    """

    field: str
    origin: Literal["column", "speech", "header"]
    name: str
    claims: int
    highlights: int
    people: int
    sources: tuple[str, ...]
    example: str
    verbatim: bool


class FieldsView(msgspec.Struct, frozen=True):
    """What each field of some personas rests on: columns of surveys, heads of transcripts, speech."""

    artefact: str
    fields: tuple[FieldView, ...]
