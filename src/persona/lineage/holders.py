"""Which records hold some bytes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from persona.model.records import Artefact, DocumentRecord, Source

if TYPE_CHECKING:
    from persona.storage import Records


def holders_of(records: Records, digest: str, *, project: str | None = None) -> Iterator[str]:
    """The sources, documents and versions of artefacts whose bytes these are, in a project or in all."""
    yield from (one.id for one in records.find(Source, digest=digest, project=project).items)
    yield from (one.id for one in records.find(DocumentRecord, digest=digest, project=project).items)
    yield from (one.id for one in records.find(Artefact, digest=digest, project=project).items)
