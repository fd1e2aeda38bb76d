"""A run in one file: its events and every byte they name, so that it can be verified and replayed anywhere.

The file is a ZIP archive: ``header.json`` first, then ``events.jsonl`` (the events of the run and of all that it used,
in the order of the log), then ``blobs/`` with each blob under the hexadecimal digits of its digest.
"""

from __future__ import annotations

import re
import zipfile
import zlib
from collections.abc import Iterator
from io import BytesIO
from typing import TYPE_CHECKING, Any

import msgspec

from persona.errors import IntegrityError, InvalidInput
from persona.model.canonical import Digest, canonical_json, digest_of
from persona.model.records import DocumentRecord, Draft, Edge, Event, Run, Source
from persona.runs.calls import calls_of
from persona.runs.environment import summary
from persona.runs.execute import load_recipe

if TYPE_CHECKING:
    from persona.storage import Blobs, Records

SCHEMA = "run-bundle/1"
MOST_ENTRIES = 1_000_000
LARGEST_ENTRY = 1 << 30
LARGEST = 8 << 30
"""Bytes that a bundle may unpack to: what is read is bounded before it is read."""

_BLOB = re.compile(r"blobs/([0-9a-f]{64})")
_DIGEST = re.compile(r"sha256:[0-9a-f]{64}")
_EPOCH = (1980, 1, 1, 0, 0, 0)


class Header(msgspec.Struct, frozen=True):
    """What a bundle says of itself before anything else is read."""

    run: str
    project: str
    tool: str
    version: str
    events: int
    blobs: int
    schema: str = SCHEMA


def write_bundle(records: Records, blobs: Blobs, run: Run) -> bytes:
    """The bundle of a run. The same run gives the same bytes.

    Raises ``NotFound`` or ``IntegrityError`` when a blob is lost or damaged.
    """
    events = _events(records, run)
    digests = sorted(_digests(blobs, run, events))
    told = summary()
    header = Header(run.id, run.project, told["tool"], told["version"], len(events), len(digests))
    out = BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        _put(archive, "header.json", canonical_json(header))
        _put(archive, "events.jsonl", b"".join(canonical_json(_plain(event)) + b"\n" for event in events))
        for digest in digests:
            _put(archive, f"blobs/{digest.removeprefix('sha256:')}", blobs.get(digest))
    return out.getvalue()


def read_bundle(data: bytes, records: Records, blobs: Blobs, place: str) -> Header:
    """Put a bundle into an empty workspace. Every blob is held against its name before it is stored.

    Raises ``InvalidInput`` for what is no bundle or larger than allowed, ``IntegrityError`` for bytes that are not what
    they are called.
    """
    try:
        with zipfile.ZipFile(BytesIO(data)) as archive:
            entries = archive.infolist()
            if len(entries) > MOST_ENTRIES or sum(entry.file_size for entry in entries) > LARGEST:
                raise _not_one("it unpacks to more than is read", place)
            header = msgspec.json.decode(_get(archive, "header.json", place), type=Header)
            if header.schema != SCHEMA:
                raise _not_one(f"its form is `{header.schema}`, and this version reads `{SCHEMA}`", place)
            listed = [msgspec.json.decode(line) for line in _get(archive, "events.jsonl", place).splitlines()]
            for entry in entries:
                found = _BLOB.fullmatch(entry.filename)
                if found:
                    content = _get(archive, entry.filename, place)
                    if digest_of(content) != f"sha256:{found[1]}":
                        raise IntegrityError(
                            "bytes in the bundle are not what they are called",
                            code="bundle-damaged",
                            place=f"{place}, {entry.filename}",
                            hints=["export it again where the run was made: `persona run export RUN`"],
                        )
                    blobs.put(content)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise _not_one(f"a record in it cannot be read: {error}", place) from None
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, NotImplementedError, RuntimeError, ValueError) as error:
        raise _not_one(f"the archive cannot be read: {error}", place) from None
    for one in listed:
        records.append([_draft(one, place)], actor=str(one.get("actor", "")))
    return header


def _events(records: Records, run: Run) -> list[Event]:
    """The events of a run and of everything that it stands on, in the order of the log."""
    subjects = {run.id, run.project, *(call.id for call in calls_of(records, run.id))}
    if run.experiment:
        subjects.add(f"{run.project}/{run.experiment}")
    subjects |= {edge.src for edge in records.edges(run.id, "in") if edge.rel == "generated_by"}
    for edge in records.edges(run.id, "out"):
        if edge.rel != "used":
            continue
        if edge.dst.startswith("document_"):
            document = records.get(DocumentRecord, edge.dst)
            subjects |= {records.get(Source, document.source).id, *document.participants}
        elif ":v" in edge.dst and "/" in edge.dst:
            subjects.add(edge.dst)
    return [
        event
        for event in records.events()
        if event.subject in subjects and not event.kind.startswith(("thing.", "alias."))
    ]


def _digests(blobs: Blobs, run: Run, events: list[Event]) -> set[Digest]:
    """Every blob that the events and the recipe name and that is there."""
    named: set[str] = set()
    for event in events:
        named |= set(_texts(event.body))
    recipe = load_recipe(blobs, run)
    if recipe is not None:
        named |= {recipe.template.digest, *([recipe.grouping] if recipe.grouping else [])}
        named |= {ref.document for ref in recipe.inputs} | {ref.source for ref in recipe.inputs}
    found = {Digest(one) for one in named if _DIGEST.fullmatch(one)}
    return {digest for digest in found if blobs.has(digest)}


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for one in value.values():
            yield from _texts(one)
    elif isinstance(value, (list, tuple)):
        for one in value:
            yield from _texts(one)


def _plain(event: Event) -> dict[str, Any]:
    return {
        "actor": event.actor,
        "kind": event.kind,
        "subject": event.subject,
        "body": event.body,
        "edges": [[edge.src, edge.rel, edge.dst] for edge in event.edges],
        "recorded_at": event.recorded_at,
    }


def _draft(one: Any, place: str) -> Draft:
    try:
        edges = tuple(Edge(str(src), str(rel), str(dst)) for src, rel, dst in one["edges"])
        return Draft(str(one["kind"]), str(one["subject"]), dict(one["body"]), edges)
    except (KeyError, TypeError, ValueError) as error:
        raise _not_one(f"an event in it cannot be read: {error}", place) from None


def _put(archive: zipfile.ZipFile, name: str, data: bytes) -> None:
    entry = zipfile.ZipInfo(name, _EPOCH)
    entry.compress_type = zipfile.ZIP_DEFLATED
    archive.writestr(entry, data)


def _get(archive: zipfile.ZipFile, name: str, place: str) -> bytes:
    try:
        entry = archive.getinfo(name)
    except KeyError:
        raise _not_one(f"it has no `{name}`", place) from None
    if entry.file_size > LARGEST_ENTRY:
        raise _not_one(f"`{name}` is larger than is read", place)
    with archive.open(entry) as stream:
        data = stream.read(entry.file_size + 1)
    if len(data) > entry.file_size:
        raise _not_one(f"`{name}` is longer than it says", place)
    return data


def _not_one(why: str, place: str) -> InvalidInput:
    return InvalidInput(
        f"the file is no run that was exported: {why}",
        code="bundle-unreadable",
        place=place,
        hints=["make one: `persona run export RUN --output run.zip`"],
    )
