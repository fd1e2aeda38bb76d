"""Naming outputs: versions, deduplication by content, and the alias ``latest``."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Mapping, MutableMapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from persona.errors import Conflict
from persona.model.records import DERIVATION, Artefact, Draft, Edge

if TYPE_CHECKING:
    from persona.model.canonical import Digest
    from persona.storage import Records

ATTEMPTS = 100
"""How often an output is recorded anew when another run took the version number in between."""


class Output(NamedTuple):
    """Bytes that a run made, sealed already, and what to call them. ``path`` is relative to the run folder."""

    name: str
    kind: str
    digest: Digest
    bytes: int
    path: str
    derived_from: tuple[str, ...] = ()
    fields: Mapping[str, Any] = {}


class Newest(NamedTuple):
    """The newest version of a name, as far as it is known."""

    id: str
    version: int
    digest: str
    run: str | None


def latest(records: Records, project: str, name: str) -> Newest | None:
    """The newest version of a named artefact."""
    found = records.find(Artefact, project=project, name=name, order="-version", limit=1).items
    return Newest(found[0].id, found[0].version, found[0].digest, found[0].run) if found else None


def log_drafts(
    records: Records,
    project: str,
    run: str | None,
    outputs: Sequence[Output],
    known: MutableMapping[str, Newest] | None = None,
) -> tuple[list[Draft], list[str]]:
    """The events that record outputs, and their artefact ids.

    Bytes equal to the newest version of a name make no new one: the run is then recorded as having generated the
    version there is. A run that rests on that version does make one: it read the bytes before it gave them again.
    ``known`` spares looking up names whose newest version this process made itself. Where another process was quicker,
    the number that ``known`` leads to is taken, and the append is refused; equal bytes are therefore always looked up.
    """
    remembered = {} if known is None else known
    drafted: dict[str, Newest] = {}
    drafts: list[Draft] = []
    ids: list[str] = []
    for output in outputs:
        newest = drafted.get(output.name) or remembered.get(f"{project}/{output.name}")
        if newest is None or (newest.digest == output.digest and output.name not in drafted):
            newest = latest(records, project, output.name)
        if newest is not None and newest.digest == output.digest and not _rests(records, run, newest):
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
            "alias": "latest",
        }
        drafts.append(Draft("artefact.logged", id, body, tuple(edges)))
        ids.append(id)
        drafted[output.name] = remembered[f"{project}/{output.name}"] = Newest(id, version, output.digest, run)
    return drafts, ids


def _rests(records: Records, run: str | None, newest: Newest) -> bool:
    """Whether a run comes from a version of an artefact."""
    return run not in (None, newest.run) and newest.id in records.reach(str(run), "up", rels=DERIVATION)


def append_outputs(
    records: Records,
    project: str,
    run: str | None,
    outputs: Sequence[Output],
    then: Callable[[list[str]], list[Draft]],
    *,
    actor: str,
    expect: Mapping[str, str] | None = None,
    known: MutableMapping[str, Newest] | None = None,
) -> list[str]:
    """Record outputs and what goes with them in one transaction; the artefact ids, which ``then`` is given too.

    Two runs that make a version of the same name meet here: the second reads the newest version again and takes the
    next number. Raises ``Conflict`` when ``expect`` does not hold, or when the name is fought over without end.
    """
    for attempt in range(ATTEMPTS):
        try:
            with records.turn():  # else others are quicker between naming the outputs and recording them
                drafts, ids = log_drafts(records, project, run, outputs, known)
                records.append([*drafts, *then(ids)], expect=expect, actor=actor)
        except BaseException as error:
            if known is not None:
                known.clear()  # nothing was written, so nothing is known of these names
            if not isinstance(error, Conflict):
                raise
            conflict = error
            if conflict.code == "run-status" or attempt == ATTEMPTS - 1:
                raise
            time.sleep(random.random() * min(0.05, 0.001 * 2**attempt))  # noqa: S311  # to step out of each other's way
            continue
        return ids
    raise AssertionError("unreachable: the loop returns or raises")


def alias_draft(project: str, name: str, alias: str, artefact: str | None) -> Draft:
    """The event that points an alias at a version, or removes it."""
    body = {"project": project, "name": name, "alias": alias, "artefact": artefact}
    return Draft("alias.moved", f"{project}/{name}", body)
