"""Naming outputs: versions, deduplication by content, and the alias ``latest``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from persona.model.records import Artefact, Draft, Edge

if TYPE_CHECKING:
    from persona.model.canonical import Digest
    from persona.storage import Records


class Output(NamedTuple):
    """Bytes that a run made, sealed already, and what to call them. ``path`` is relative to the run folder."""

    name: str
    kind: str
    digest: Digest
    bytes: int
    path: str
    derived_from: tuple[str, ...] = ()
    fields: Mapping[str, Any] = {}


def latest(records: Records, project: str, name: str) -> Artefact | None:
    """The newest version of a named artefact."""
    newest = records.find(Artefact, project=project, name=name, order="-version", limit=1).items
    return newest[0] if newest else None


def log_drafts(
    records: Records, project: str, run: str | None, outputs: Sequence[Output]
) -> tuple[list[Draft], list[str]]:
    """The events that record outputs, and their artefact ids.

    Equal bytes under a name make no new version: the run is then recorded as having generated the version there is.
    """
    drafts: list[Draft] = []
    ids: list[str] = []
    for output in outputs:
        newest = latest(records, project, output.name)
        if newest is not None and newest.digest == output.digest:
            ids.append(newest.id)
            if run is not None and newest.run != run:
                drafts.append(
                    Draft("thing.noted", run, {"noun": "run", "fields": {}}, (Edge(newest.id, "generated_by", run),))
                )
            continue
        version = newest.version + 1 if newest else 1
        id = f"{project}/{output.name}:v{version}"
        edges = [Edge(id, "derived_from", thing) for thing in output.derived_from]
        if run is not None:
            edges.append(Edge(id, "generated_by", run))
        if newest is not None:
            edges.append(Edge(id, "revision_of", newest.id))
        body = {
            "project": project,
            "name": output.name,
            "version": version,
            "kind": output.kind,
            "digest": output.digest,
            "bytes": output.bytes,
            "path": output.path,
            "run": run,
            "fields": dict(output.fields),
            "tags": {},
        }
        drafts.append(Draft("artefact.logged", id, body, tuple(edges)))
        drafts.append(alias_draft(project, output.name, "latest", id))
        ids.append(id)
    return drafts, ids


def alias_draft(project: str, name: str, alias: str, artefact: str | None) -> Draft:
    """The event that points an alias at a version, or removes it."""
    body = {"project": project, "name": name, "alias": alias, "artefact": artefact}
    return Draft("alias.moved", f"{project}/{name}", body)
