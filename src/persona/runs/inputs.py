"""From records of documents to the inputs that an engine reads."""

from __future__ import annotations

from collections.abc import Callable, Iterable
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
    """Inputs in order of digest, and the ids of their document records for the edges of lineage."""

    inputs: tuple[Input, ...]
    documents: tuple[str, ...]


def gather(
    records: Records,
    blobs: Blobs,
    project: str,
    sources: Iterable[str] | None = None,
    progress: Callable[[str, int, int], None] | None = None,
) -> Gathered:
    """Every document of a project, or of some of its sources (by id), in order of digest.

    A document that two sources hold is taken once: it is the same conversation.
    """
    wanted = None if sources is None else set(sources)
    labels = labels_of(records, blobs, project)
    found: dict[Digest, tuple[Input, str]] = {}
    listed = [
        record
        for record in records.find(DocumentRecord, project=project).items
        if wanted is None or record.source in wanted
    ]
    for done, record in enumerate(listed):
        if progress:
            progress("reading", done, len(listed))
        document = load_document(blobs, record.digest)
        people = {
            card.key: labels[participant].label
            for card, participant in zip(document.participants, record.participants, strict=True)
        }
        found.setdefault(record.digest, (Input(record.digest, document, people), record.id))
    ordered = [found[digest] for digest in sorted(found)]
    return Gathered(tuple(item for item, _ in ordered), tuple(id for _, id in ordered))


def refs(inputs: Iterable[Input]) -> tuple[InputRef, ...]:
    """The inputs as a recipe names them."""
    return tuple(InputRef(item.digest, item.document.source, item.people) for item in inputs)


def load_inputs(blobs: Blobs, recipe: Recipe) -> list[Input]:
    """The inputs of a recipe, from what was sealed."""
    return [Input(ref.document, load_document(blobs, ref.document), ref.people) for ref in recipe.inputs]
