"""From records of documents to the inputs that an engine reads."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, NamedTuple

import msgspec

from persona.model.cards import ParticipantLabel
from persona.model.recipes import InputRef
from persona.model.records import DocumentRecord, Participant
from persona.model.sources import Document, Input
from persona.runs.sealed import read_sealed

if TYPE_CHECKING:
    from persona.model.canonical import Digest
    from persona.model.recipes import Recipe
    from persona.runs.consent import Allowed
    from persona.storage import Blobs, Records

_document = msgspec.json.Decoder(Document)
_label = msgspec.json.Decoder(ParticipantLabel)


def load_document(blobs: Blobs, digest: Digest) -> Document:
    """A sealed document. Raises as ``read_sealed`` does."""
    return read_sealed(blobs, digest, _document, "a document")


def load_label(blobs: Blobs, card: Digest) -> ParticipantLabel:
    """The words of a participant's card. Raises as ``read_sealed`` does."""
    return read_sealed(blobs, card, _label, "the card of a participant")


def labels_of(records: Records, blobs: Blobs, project: str) -> dict[str, ParticipantLabel]:
    """The card of every participant of a project, by participant id."""
    page = records.find(Participant, project=project)
    return {participant.id: load_label(blobs, participant.card) for participant in page.items}


class Gathered(NamedTuple):
    """Inputs in order of digest, and the ids of their document records for the edges of lineage.

    ``silent`` are the labels of those who may not be quoted, ``left_out`` how many people do not allow that their words
    are used, ``expired`` the ids of those whose words were to be kept no longer. ``allowed`` is what each allows, by
    id, and ``people`` are the ids of those who speak.
    """

    inputs: tuple[Input, ...]
    documents: tuple[str, ...]
    silent: frozenset[str] = frozenset()
    left_out: int = 0
    expired: tuple[str, ...] = ()
    allowed: Mapping[str, Allowed] = {}
    people: tuple[str, ...] = ()


def gather(
    records: Records,
    blobs: Blobs,
    project: str,
    sources: Iterable[str] | None = None,
    progress: Callable[[str, int, int], None] | None = None,
) -> Gathered:
    """Every document of a project, or of some of its sources (by id), in order of digest.

    People who do not allow that their words are used are not among the people of a document, and a document in which
    nobody else speaks is left out.

    A document that two sources hold is taken once: it is the same conversation.
    """
    from persona.runs.consent import allowed_in, project_consent, today  # who only reads documents asks for no consent

    wanted = None if sources is None else set(sources)
    labels = labels_of(records, blobs, project)
    may = allowed_in(records, project, project_consent(records, blobs, project))
    day = today()
    found: dict[Digest, tuple[Input, str]] = {}
    refused: set[str] = set()
    speaking: set[str] = set()
    listed = [
        record
        for record in records.find(DocumentRecord, project=project).items
        if wanted is None or record.source in wanted
    ]
    for done, record in enumerate(listed):
        if progress:
            progress("reading", done, len(listed))
        spoken = [id for id in record.participants if may[id].use]
        refused.update(id for id in record.participants if not may[id].use)
        if record.participants and not spoken:
            continue
        speaking.update(spoken)
        document = load_document(blobs, record.digest)
        people = {
            card.key: labels[participant].label
            for card, participant in zip(document.participants, record.participants, strict=True)
            if may[participant].use
        }
        found.setdefault(record.digest, (Input(record.digest, document, people), record.id))
    ordered = [found[digest] for digest in sorted(found)]
    return Gathered(
        tuple(item for item, _ in ordered),
        tuple(id for _, id in ordered),
        frozenset(labels[id].label for id in speaking if not may[id].quotation),
        len(refused),
        tuple(sorted(id for id in speaking if may[id].expired(day))),
        may,
        tuple(sorted(speaking)),
    )


def refs(inputs: Iterable[Input]) -> tuple[InputRef, ...]:
    """The inputs as a recipe names them."""
    return tuple(InputRef(item.digest, item.document.source, item.people) for item in inputs)


def load_inputs(blobs: Blobs, recipe: Recipe) -> list[Input]:
    """The inputs of a recipe, from what was sealed."""
    return [Input(ref.document, load_document(blobs, ref.document), ref.people) for ref in recipe.inputs]
