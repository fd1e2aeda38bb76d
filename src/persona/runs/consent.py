"""What people allow: their own word, else what the project takes as given; and what follows for a run.

Everything is allowed where nobody said otherwise. Whoever withdrew allows nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from typing import TYPE_CHECKING, NamedTuple

from persona.errors import PermissionDenied, PersonaError
from persona.lineage.tree import UPWARD
from persona.llm.providers import is_on_this_machine
from persona.model.ids import now
from persona.model.projects import read_project
from persona.model.records import Consent, DocumentRecord, Participant, Project

if TYPE_CHECKING:
    from persona.storage import Blobs, Records

SHOWN = 5
"""How many participants a message names."""


class Allowed(NamedTuple):
    """What a person allows now. ``retention`` is the last day on which their words may be kept, None for no end."""

    use: bool
    quotation: bool
    hosted: bool
    retention: str | None

    def expired(self, today: date) -> bool:
        """Whether the last day is over."""
        return self.retention is not None and self.retention < today.isoformat()


def allowed(person: Participant, default: Consent) -> Allowed:
    """What a person allows, where ``default`` is what the project takes as given."""
    if person.withdrawn is not None:
        return Allowed(use=False, quotation=False, hosted=False, retention=None)
    said = person.consent
    use, quotation, hosted = (
        next((one for one in (getattr(said, name), getattr(default, name)) if one is not None), True)
        for name in ("use", "quotation", "hosted")
    )
    return Allowed(use, quotation, hosted, said.retention or default.retention)


def project_consent(records: Records, blobs: Blobs, project: str) -> Consent:
    """What a project takes as given, as its file was sealed last; nothing where that cannot be read."""
    file = records.get(Project, project).file
    try:
        return read_project(blobs.get(file).decode(), "project.yaml").consent if file else Consent()
    except (PersonaError, UnicodeDecodeError):
        return Consent()


def allowed_in(records: Records, project: str, default: Consent) -> dict[str, Allowed]:
    """What each participant of a project allows, by id."""
    return {one.id: allowed(one, default) for one in records.find(Participant, project=project).items}


def today() -> date:
    """The day in UTC."""
    return now().date()


def check_hosted(records: Records, blobs: Blobs, project: str, run: str, endpoint: str | None) -> None:
    """See that everybody whose words a run sends allows a model that is not on this machine.

    Raises ``PermissionDenied`` that names those who do not, before anything is sent.
    """
    if endpoint is not None and is_on_this_machine(endpoint):
        return
    read = [id for id in records.reach(run, "up", rels=UPWARD) if id.startswith("document_")]
    people = {id: None for one in read for id in records.get(DocumentRecord, one).participants}
    refuse_hosted(allowed_in(records, project, project_consent(records, blobs, project)), people, endpoint)


def refuse_hosted(said: Mapping[str, Allowed], people: Iterable[str], endpoint: str | None) -> None:
    """Raise ``PermissionDenied`` when one of these people keeps their words on this machine."""
    kept = sorted({id for id in people if id in said and said[id].use and not said[id].hosted})
    if not kept:
        return
    more = f" and {len(kept) - SHOWN} more" if len(kept) > SHOWN else ""
    raise PermissionDenied(
        f"{len(kept)} of those who speak allow no model that is not on this machine; nothing was sent",
        code="consent-hosted",
        place=f"{', '.join(kept[:SHOWN])}{more}: {endpoint or 'the provider'}",
        hints=[
            f"see what they allow: `persona participant show {kept[0]}`",
            "ask a model on this machine, or none: `persona generate --model extractive`",
            f"record that they allow it: `persona participant consent {kept[0]} --hosted`",
        ],
        data={"participants": kept},
    )
