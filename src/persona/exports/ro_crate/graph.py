"""The graph of a crate: entities by their identifier, and the document that lists them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, Literal
from urllib.parse import quote

import msgspec

Profile = Literal["1.1", "1.2"]

METADATA = "ro-crate-metadata.json"
ROOT = "./"
PROCESS_RUN = "https://w3id.org/ro/wfrun/process/0.5"
"""Process Run Crate 0.5, which is a profile of RO-Crate 1.1."""

_CONTEXTS: Mapping[Profile, Any] = {
    # RO-Crate 1.1 has no term for digests; the run profiles define this one (https://w3id.org/ro/terms/workflow-run).
    "1.1": [
        "https://w3id.org/ro/crate/1.1/context",
        {"sha256": "https://w3id.org/ro/terms/workflow-run#sha256"},
    ],
    "1.2": "https://w3id.org/ro/crate/1.2/context",
}

Entity = dict[str, Any]


def ref(id: str) -> dict[str, str]:
    """A reference to an entity."""
    return {"@id": id}


def refs(ids: Iterable[str]) -> list[dict[str, str]]:
    """References, each once, in the order given."""
    return [ref(id) for id in dict.fromkeys(ids)]


def path_id(path: str) -> str:
    """The identifier of a file or folder of the crate: its relative path as a URI (RFC 3986)."""
    return quote(path, safe="/~")


def local_id(*parts: str) -> str:
    """The identifier of an entity that is only described here."""
    return "#" + "/".join(quote(part, safe="~:") for part in parts)


def urn(*parts: str) -> str:
    """An absolute name for what has no address: software of ours, and models."""
    return ":".join(["urn:persona-workbench", *(quote(part, safe="~@") for part in parts)])


def moment(recorded: str | None) -> str | None:
    """A recorded moment as the run profiles write one: with milliseconds and an offset."""
    return datetime.fromisoformat(recorded).isoformat(timespec="milliseconds") if recorded else None


class CrateGraph:
    """Entities, each once. Absent and empty values are left out, and a list of one becomes the one."""

    def __init__(self, profile: Profile) -> None:
        self.profile = profile
        self._entities: dict[str, Entity] = {}

    def __contains__(self, id: object) -> bool:
        return id in self._entities

    def add(self, id: str, types: str | list[str], **properties: Any) -> str:
        """Describe an entity; what was said of it before under the same name is replaced. Its identifier."""
        known = self._entities.setdefault(id, {"@id": id})
        known["@type"] = types
        for name, value in properties.items():
            if isinstance(value, list) and len(value) == 1:
                value = value[0]
            if value is not None and value != "" and value != []:
                known[name] = value
        return id

    def document(self) -> bytes:
        """The metadata document: its own description, the root, then every entity by its identifier."""
        about = {
            "@id": METADATA,
            "@type": "CreativeWork",
            "name": "What this crate holds",
            "description": "RO-Crate metadata of this folder, written by persona-workbench.",
            "conformsTo": ref(f"https://w3id.org/ro/crate/{self.profile}"),
            "about": ref(ROOT),
        }
        ordered = sorted(self._entities, key=lambda id: (id != ROOT, id))
        entities = [about, *(self._entities[id] for id in ordered)]
        whole = {"@context": _CONTEXTS[self.profile], "@graph": [_laid_out(entity) for entity in entities]}
        return msgspec.json.format(msgspec.json.encode(whole), indent=2) + b"\n"


def _laid_out(entity: Entity) -> Entity:
    first = ("@id", "@type", "name", "description")
    return {key: entity[key] for key in sorted(entity, key=lambda key: (key not in first, _place(key, first), key))}


def _place(key: str, first: tuple[str, ...]) -> int:
    return first.index(key) if key in first else 0
