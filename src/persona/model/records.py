"""Records: the nouns as the workspace remembers them, and the events they are made of.

The event log is the truth. Each struct below ``Event`` is one row of a table that is a pure
projection of the log (``storage/projection.py``). Events hold digests, ids, numbers and spans, never
words of a source, names of people or names of files: those live in blobs, reached by a digest.
"""

from __future__ import annotations

from typing import Any, Generic, Literal, TypeVar

import msgspec

from persona.model.canonical import Digest

RunStatus = Literal["planned", "running", "completed", "failed", "cancelled", "interrupted"]

EDGE_KINDS = (
    "used",
    "generated_by",
    "derived_from",
    "associated_with",
    "quoted_from",
    "member_of",
    "specialisation_of",
    "revision_of",
    "part_of",
    "alternate_of",
    "attributed_to",
    "informed_by",
)
"""The relations of the lineage graph; after W3C PROV-DM, read from source to target as a sentence.

The last three stand only at what others recorded and was imported. ``alternate_of`` says that two names are of one
thing; it is recorded in both directions.
"""

DERIVATION = ("used", "generated_by", "derived_from", "quoted_from", "revision_of")
"""The relations that lead back in time: nothing may come from itself by them, so no chain of them is a circle."""


class Edge(msgspec.Struct, frozen=True, order=True):
    """``src rel dst``, read as a sentence: artefact ``generated_by`` run, run ``used`` document."""

    src: str
    rel: str
    dst: str


class Draft(msgspec.Struct, frozen=True):
    """An event before it is written. ``body`` must be plain JSON values without source words."""

    kind: str
    subject: str
    body: dict[str, Any]
    edges: tuple[Edge, ...] = ()


class Event(msgspec.Struct, frozen=True):
    """One entry of the append-only log. ``leaf`` is the RFC 6962 leaf hash of the canonical event."""

    seq: int
    id: str
    recorded_at: str
    valid_from: str
    actor: str
    kind: str
    subject: str
    body: dict[str, Any]
    edges: tuple[Edge, ...]
    leaf: bytes


class Head(msgspec.Struct, frozen=True):
    """The coordinate of a state: how many events, and the Merkle root over them in hexadecimal."""

    size: int
    root: str


class Project(msgspec.Struct, frozen=True):
    """A research initiative. ``id`` is its slug and folder name."""

    id: str
    title: str
    status: str
    created_at: str
    file: Digest | None = None
    fields: dict[str, Any] = {}
    tags: dict[str, str] = {}


class Source(msgspec.Struct, frozen=True):
    """An imported original. ``card`` is a blob with the file's name; ``digest`` names the bytes."""

    id: str
    project: str
    digest: Digest
    media_type: str
    bytes: int
    card: Digest
    reader: str
    documents: int
    imported_at: str
    tags: dict[str, str] = {}


class DocumentRecord(msgspec.Struct, frozen=True):
    """A normalised document: ``digest`` names the blob that holds a ``model.sources.Document``."""

    id: str
    project: str
    source: str
    digest: Digest
    ordinal: int
    turns: int
    characters: int
    participants: tuple[str, ...] = ()


class Consent(msgspec.Struct, frozen=True, omit_defaults=True):
    """What a person allowed, in their last version of it. None where they said nothing: the project's default holds.

    ``use``: their words may go into personas. ``quotation``: they may be shown word for word. ``hosted``: they may be
    sent to a model that is not on this machine. ``retention``: the last day (ISO 8601) on which they may be kept.
    ``version`` counts how often this was recorded.
    """

    use: bool | None = None
    quotation: bool | None = None
    hosted: bool | None = None
    retention: str | None = None
    version: int = 0


class Participant(msgspec.Struct, frozen=True):
    """A person, apart from documents. ``card`` is a salted blob with the label and attributes.

    ``withdrawn`` is the withdrawal by which their words were erased, None for everybody else.
    """

    id: str
    project: str
    card: Digest
    added_at: str
    tags: dict[str, str] = {}
    consent: Consent = Consent()
    withdrawn: str | None = None


class Withdrawal(msgspec.Struct, frozen=True):
    """That the words of some people are erased. ``ended_at`` is None until their last byte is gone.

    ``participants`` are records of one person: the same words may stand in several projects. ``event`` is the id of the
    event that began it.
    """

    id: str
    project: str
    participants: tuple[str, ...]
    event: str
    began_at: str
    ended_at: str | None = None
    fields: dict[str, Any] = {}


class Erasure(msgspec.Struct, frozen=True):
    """Bytes that were erased by record: ``id`` is their digest, so a name that leads nowhere is no damage.

    ``kind`` says what they were (``original``, ``document``, ``card``, ``recipe``, ``personas``, ``request`` ...).
    ``successor`` are the same bytes without the words that had to go; None where nothing is left of them.
    """

    id: Digest
    project: str
    withdrawal: str
    kind: str
    successor: Digest | None
    erased_at: str


class Import(msgspec.Struct, frozen=True):
    """Provenance that others recorded, brought in as it was told: none of it is vouched for here.

    ``digest`` names the document as it was read, ``card`` the blob with its name, the report of what was lost, and the
    digests of the pages with the words of its things (``model.imports``). Of its ``statements``, ``taken`` stand in the
    graph, ``reduced`` of these without all that they say, and ``lost`` do not. ``linked`` counts the things that are
    held here, too.
    """

    id: str
    project: str
    format: str
    digest: Digest
    bytes: int
    card: Digest
    things: int
    edges: int
    statements: int
    taken: int
    reduced: int
    lost: int
    linked: int
    imported_at: str


class Experiment(msgspec.Struct, frozen=True):
    """A question and its variants; ``file`` is the sealed ``experiment.yaml``. ``id`` is ``project/name``."""

    id: str
    project: str
    name: str
    description: str
    created_at: str
    version: int
    file: Digest
    variants: tuple[str, ...] = ()
    fields: dict[str, Any] = {}
    tags: dict[str, str] = {}


class Run(msgspec.Struct, frozen=True):
    """One execution of a recipe, recorded from the moment it is planned.

    ``metrics`` holds the last value of each metric; the whole series is ``MetricPoint`` rows.
    """

    id: str
    uuid: str
    project: str
    experiment: str | None
    variant: str | None
    status: RunStatus
    recipe: Digest | None
    seed: int | None
    repeat: int
    planned_at: str
    started_at: str | None = None
    ended_at: str | None = None
    error: dict[str, Any] | None = None
    deleted: bool = False
    params: dict[str, str] = {}
    metrics: dict[str, float] = {}
    tags: dict[str, str] = {}
    fields: dict[str, Any] = {}


class MetricPoint(msgspec.Struct, frozen=True):
    """One measured value of a run. ``step`` orders the values of one key."""

    run: str
    key: str
    value: float
    step: int
    at: str


class Artefact(msgspec.Struct, frozen=True):
    """One version of a named output. ``id`` is ``project/name:vN``; bytes equal to the newest make no new one."""

    id: str
    project: str
    name: str
    version: int
    kind: str
    digest: Digest
    bytes: int
    path: str
    run: str | None
    created_at: str
    aliases: tuple[str, ...] = ()
    fields: dict[str, Any] = {}
    tags: dict[str, str] = {}


class Call(msgspec.Struct, frozen=True):
    """One request to a language model, made for a run or answered from an earlier one.

    ``key`` is the name of the complete request (``model.calls``). Blobs: ``request`` is the canonical request,
    ``sent`` and ``received`` the exact bytes of the last exchange, ``response`` the parsed result. ``reused`` is the
    call whose recorded answer served again. ``step`` is the step of the pipeline, ``about`` what it was asked about (a
    document's digest, a persona's id). ``cost`` is an estimate in US dollars, None where no price is known.
    """

    id: str
    project: str
    run: str
    ordinal: int
    step: str
    about: str
    key: Digest
    provider: str
    model: str
    answered: str | None
    mode: str
    status: Literal["answered", "failed"]
    reused: str | None
    request: Digest
    sent: Digest | None
    received: Digest | None
    response: Digest | None
    input_tokens: int | None
    output_tokens: int | None
    cost: float | None
    seconds: float
    attempts: int
    recorded_at: str
    error: dict[str, Any] | None = None


Noun = TypeVar(
    "Noun",
    Project,
    Source,
    DocumentRecord,
    Participant,
    Experiment,
    Run,
    Artefact,
    Call,
    Withdrawal,
    Erasure,
    Import,
)


class Page(msgspec.Struct, Generic[Noun], frozen=True):
    """Some records and the position after them: pass ``next`` as ``after`` to go on; None at the end."""

    items: tuple[Noun, ...]
    next: str | None
    total: int


class Finding(msgspec.Struct, frozen=True):
    """Something that is not as recorded: what kind of damage, to what, and a sentence for people."""

    code: str
    subject: str
    message: str


class Graph(msgspec.Struct, frozen=True):
    """Part of the lineage: node ids in order of distance from the start, and the edges among them."""

    nodes: tuple[str, ...]
    edges: tuple[Edge, ...]
