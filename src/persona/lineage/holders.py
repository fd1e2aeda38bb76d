"""Which records hold some bytes."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from persona.model.records import Artefact, DocumentRecord, Source

if TYPE_CHECKING:
    from persona.storage import Records

TOGETHER = 500
"""Digests that are asked for with one statement; a constant, so that it is prepared once."""


def holders_of(records: Records, digests: Iterable[str], *, project: str | None = None) -> dict[str, list[str]]:
    """By digest, the sources, documents and versions of artefacts whose bytes these are, in a project or in all.

    What nobody holds is not in it.
    """
    wanted = list(dict.fromkeys(digests))
    found: dict[str, list[str]] = {}
    for at in range(0, len(wanted), TOGETHER):
        some = wanted[at : at + TOGETHER]
        some += some[-1:] * (TOGETHER - len(some)) if len(wanted) > TOGETHER else []
        many = tuple(some)
        held: list[Source | DocumentRecord | Artefact] = [*records.find(Source, digest=many, project=project).items]
        held += records.find(DocumentRecord, digest=many, project=project).items
        held += records.find(Artefact, digest=many, project=project).items
        for one in held:
            found.setdefault(one.digest, []).append(one.id)
    return found
