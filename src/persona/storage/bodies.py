"""The bodies of events as types: the vocabulary of ``base.py``, checked word by word.

A body with a key that is not listed is refused, so that nothing enters the log that no projection would show.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any, Literal

import msgspec

from persona.errors import InvalidInput, did_you_mean

Tagged = Literal["project", "source", "participant", "experiment", "run", "artefact"]
"""The nouns that carry tags."""

Ended = Literal["completed", "failed", "cancelled", "interrupted"]


class Body(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What an event says."""


class WorkspaceCreated(Body, frozen=True, forbid_unknown_fields=True):
    """A workspace began. ``blobs`` is the digest of the URL of its blobs, where a team shares them."""

    format: str | int
    blobs: str | None = None


class ProjectCreated(Body, frozen=True, forbid_unknown_fields=True):
    """A project began."""

    title: str
    status: str = "active"
    file: str | None = None
    fields: dict[str, Any] = {}
    tags: dict[str, str] = {}


class ProjectChanged(Body, frozen=True, forbid_unknown_fields=True):
    """What a project has become; ``fields`` merge as in ``ThingNoted``."""

    title: str | msgspec.UnsetType = msgspec.UNSET
    status: str | msgspec.UnsetType = msgspec.UNSET
    file: str | msgspec.UnsetType | None = msgspec.UNSET
    fields: dict[str, Any] = {}


class ImportedDocument(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One document of an imported source."""

    id: str
    digest: str
    ordinal: int
    turns: int
    characters: int
    participants: tuple[str, ...] = ()


class SourceImported(Body, frozen=True, forbid_unknown_fields=True):
    """A file was sealed and read."""

    project: str
    digest: str
    media_type: str
    bytes: int
    card: str
    reader: str
    documents: tuple[ImportedDocument, ...]


class ParticipantAdded(Body, frozen=True, forbid_unknown_fields=True):
    """A person was met."""

    project: str
    card: str


class ParticipantChanged(Body, frozen=True, forbid_unknown_fields=True):
    """A person's card was replaced."""

    card: str


class ParticipantConsented(Body, frozen=True, forbid_unknown_fields=True):
    """What a person allows was recorded; what is not named stays as it was."""

    use: bool | msgspec.UnsetType | None = msgspec.UNSET
    quotation: bool | msgspec.UnsetType | None = msgspec.UNSET
    hosted: bool | msgspec.UnsetType | None = msgspec.UNSET
    retention: str | msgspec.UnsetType | None = msgspec.UNSET


class ParticipantWithdrawn(Body, frozen=True, forbid_unknown_fields=True):
    """A person's words are erased: the tombstone."""

    withdrawal: str


class WithdrawalBegun(Body, frozen=True, forbid_unknown_fields=True):
    """The erasure of a person's words is decided."""

    project: str
    participants: tuple[str, ...]


class ErasedBytes(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Bytes to erase, and what takes their place."""

    digest: str
    kind: str
    successor: str | None = None


class WordsErased(Body, frozen=True, forbid_unknown_fields=True):
    """The bytes that a withdrawal erases."""

    items: tuple[ErasedBytes, ...]


class DocumentRedacted(Body, frozen=True, forbid_unknown_fields=True):
    """A document was made again without a speaker."""

    digest: str
    participants: tuple[str, ...]
    withdrawal: str


class WithdrawalEnded(Body, frozen=True, forbid_unknown_fields=True):
    """All that a withdrawal names is gone."""

    fields: dict[str, Any] = {}


class ExperimentCreated(Body, frozen=True, forbid_unknown_fields=True):
    """An experiment began."""

    project: str
    name: str
    file: str
    description: str = ""
    version: int = 1
    variants: tuple[str, ...] = ()
    fields: dict[str, Any] = {}
    tags: dict[str, str] = {}


class ExperimentChanged(Body, frozen=True, forbid_unknown_fields=True):
    """What an experiment has become; ``fields`` merge as in ``ThingNoted``."""

    description: str | msgspec.UnsetType = msgspec.UNSET
    version: int | msgspec.UnsetType = msgspec.UNSET
    file: str | msgspec.UnsetType = msgspec.UNSET
    variants: tuple[str, ...] | msgspec.UnsetType = msgspec.UNSET
    fields: dict[str, Any] = {}


class Measured(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One value of a metric; ``at`` empty means when the event happened."""

    key: str
    value: float
    step: int = 0
    at: str = ""


class RunPlanned(Body, frozen=True, forbid_unknown_fields=True):
    """A run exists."""

    uuid: str
    project: str
    experiment: str | None = None
    variant: str | None = None
    recipe: str | None = None
    seed: int | None = None
    repeat: int = 0
    params: dict[str, str] = {}
    tags: dict[str, str] = {}
    fields: dict[str, Any] = {}


class RunStarted(Body, frozen=True, forbid_unknown_fields=True):
    """A process took a run."""

    at: str = ""
    fields: dict[str, Any] = {}


class RunLogged(Body, frozen=True, forbid_unknown_fields=True):
    """A run said something about itself on the way."""

    params: dict[str, str] = {}
    metrics: tuple[Measured, ...] = ()
    fields: dict[str, Any] = {}


class RunFinished(Body, frozen=True, forbid_unknown_fields=True):
    """A run ended, well or badly."""

    status: Ended
    at: str = ""
    error: dict[str, Any] | None = None
    metrics: tuple[Measured, ...] = ()
    fields: dict[str, Any] = {}


class RunDeleted(Body, frozen=True, forbid_unknown_fields=True):
    """A run was hidden from lists."""


class RunRestored(Body, frozen=True, forbid_unknown_fields=True):
    """A hidden run came back."""


class CallRecorded(Body, frozen=True, forbid_unknown_fields=True):
    """A language model was asked on behalf of a run."""

    run: str
    ordinal: int
    step: str
    about: str
    key: str
    provider: str
    model: str
    mode: str
    status: Literal["answered", "failed"]
    request: str
    seconds: float
    attempts: int
    answered: str | None = None
    reused: str | None = None
    sent: str | None = None
    received: str | None = None
    response: str | None = None
    input_tokens: int | None = None
    output_tokens: int | None = None
    cost: float | None = None
    error: dict[str, Any] | None = None


class ArtefactLogged(Body, frozen=True, forbid_unknown_fields=True):
    """A version of a named output exists."""

    project: str
    name: str
    version: int
    kind: str
    digest: str
    bytes: int
    path: str
    run: str | None = None
    fields: dict[str, Any] = {}
    tags: dict[str, str] = {}
    alias: str | None = None


class AliasMoved(Body, frozen=True, forbid_unknown_fields=True):
    """A name for a version points elsewhere, or, with ``artefact`` None, nowhere."""

    project: str
    name: str
    alias: str
    artefact: str | None = None


class ThingTagged(Body, frozen=True, forbid_unknown_fields=True):
    """Tags were set and removed."""

    noun: Tagged
    set: dict[str, str] = {}
    unset: tuple[str, ...] = ()


class ThingNoted(Body, frozen=True, forbid_unknown_fields=True):
    """Free fields were merged; None removes a key."""

    noun: Tagged
    fields: dict[str, Any] = {}


class ProvenanceImported(Body, frozen=True, forbid_unknown_fields=True):
    """Provenance that others recorded was sealed and brought in; its counts are those of ``records.Import``."""

    project: str
    format: str
    digest: str
    bytes: int
    card: str
    things: int
    edges: int
    statements: int
    taken: int
    reduced: int
    lost: int
    linked: int


class ProvenanceTold(Body, frozen=True, forbid_unknown_fields=True):
    """Some things of an import, from the number ``first`` on, with their edges; ``card`` holds their words."""

    first: int
    things: int
    card: str | None = None


WITHHELD = "event.withheld"


class EventWithheld(Body, frozen=True, forbid_unknown_fields=True):
    """An event that whoever made an archive kept back: of it only its place, its time and its leaf are here."""


BODIES: dict[str, type[Body]] = {
    WITHHELD: EventWithheld,
    "workspace.created": WorkspaceCreated,
    "project.created": ProjectCreated,
    "project.changed": ProjectChanged,
    "source.imported": SourceImported,
    "participant.added": ParticipantAdded,
    "participant.changed": ParticipantChanged,
    "participant.consented": ParticipantConsented,
    "participant.withdrawn": ParticipantWithdrawn,
    "withdrawal.begun": WithdrawalBegun,
    "words.erased": WordsErased,
    "document.redacted": DocumentRedacted,
    "withdrawal.ended": WithdrawalEnded,
    "experiment.created": ExperimentCreated,
    "experiment.changed": ExperimentChanged,
    "run.planned": RunPlanned,
    "run.started": RunStarted,
    "run.logged": RunLogged,
    "run.finished": RunFinished,
    "run.deleted": RunDeleted,
    "run.restored": RunRestored,
    "call.recorded": CallRecorded,
    "artefact.logged": ArtefactLogged,
    "alias.moved": AliasMoved,
    "thing.tagged": ThingTagged,
    "thing.noted": ThingNoted,
    "provenance.imported": ProvenanceImported,
    "provenance.told": ProvenanceTold,
}


@cache
def _reader(kind: str) -> Callable[[str], Body]:
    return msgspec.json.Decoder(BODIES[kind]).decode


def read_body(kind: str, text: str, place: str) -> Body:
    """The typed body of an event. Raises ``InvalidInput`` that says what does not belong to the vocabulary."""
    if kind not in BODIES:
        near = did_you_mean(kind, BODIES)
        hints = [f"did you mean `{near}`?"] if near else []
        raise InvalidInput(f"`{kind}` is not a kind of event", code="bad-event", place=place, hints=hints)
    try:
        return _reader(kind)(text)
    except msgspec.DecodeError as error:
        raise InvalidInput(f"the body of `{kind}` is not as agreed: {error}", code="bad-event", place=place) from error
