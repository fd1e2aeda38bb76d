"""A run in one file: its events and every byte they name, so that it can be verified and replayed anywhere.

The file is a ZIP archive: ``header.json`` first, then ``events.jsonl`` (the events of the run and of all that it used,
one canonical event a line, in the order of the log), then ``blobs/`` with each blob under the hexadecimal digits of its
digest. The header names every other member with its size and digest, and the leaf of every event, which is the
leaf it has in the log that it came from (``storage.merkle``).
"""

from __future__ import annotations

import zipfile
from io import BytesIO
from itertools import chain
from typing import TYPE_CHECKING

import msgspec

from persona.errors import Conflict, IntegrityError, NotFound
from persona.lineage.fine import is_version
from persona.model.canonical import Digest, canonical_json, digest_of
from persona.model.records import Artefact, DocumentRecord, Event, Experiment, Participant, Project, Run, Source
from persona.runs.bundle_form import EPOCH, EVENTS, HEADER, Header, Member, blob_name, check_size
from persona.runs.calls import calls_of
from persona.runs.environment import summary
from persona.runs.execute import load_recipe
from persona.runs.sealed import DIFF, Record, references, references_of_recipe
from persona.storage.erased import Erased
from persona.storage.merkle import leaf_hash

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from persona.storage import Blobs, Records

_SHOWN = 5
"""How many lost blobs an error names; its ``data`` has them all."""


class Bundle(msgspec.Struct, frozen=True):
    """The bytes of a bundle, its header, and how many records of each noun it holds."""

    data: bytes
    header: Header
    holds: dict[str, int]


def write_bundle(
    records: Records,
    blobs: Blobs,
    run: Run,
    *,
    with_diff: bool = False,
    checkpoint: Callable[[int], str] | None = None,
) -> Bundle:
    """The bundle of a run. The same run gives the same bytes.

    ``checkpoint`` gives the state of the log at a position, as it is to be handed on.

    The uncommitted changes of the git work tree are left out unless ``with_diff``. Raises ``NotFound`` that names what
    the workspace has lost, ``Conflict`` where words were erased, ``IntegrityError`` when a blob or an event is damaged.
    """
    told = list(_records(records, run))
    named = _named(blobs, run, told)
    left_out = {} if with_diff else {what: digest for what, digest in references(run) if what == DIFF}
    for digest in left_out.values():
        named.pop(digest, None)
    _refuse_lost(blobs, run, named)
    events = _events(records, told)
    lines = [_line(event) for event in events]
    contents = b"".join(line + b"\n" for line in lines)
    members = [Member(EVENTS, len(contents), digest_of(contents))]
    members += [Member(blob_name(digest), blobs.size(digest), digest) for digest in sorted(named)]
    by = summary()
    header = Header(
        run.id,
        run.project,
        by["tool"],
        by["version"],
        tuple(event.leaf.hex() for event in events),
        tuple(members),
        left_out,
        checkpoint(max(event.seq for event in events)) if checkpoint else None,
    )
    out = BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        _put(archive, HEADER, canonical_json(header))
        _put(archive, EVENTS, contents)
        for digest in sorted(named):
            _put(archive, blob_name(digest), blobs.get(digest))
    data = out.getvalue()
    check_size(header, len(data), run.id)
    return Bundle(data, header, _counted(told))


def canonical_event(event: Event) -> bytes:
    """An event as the log hashes it."""
    whole = msgspec.structs.asdict(event)
    del whole["leaf"]
    return canonical_json(whole)


def _records(records: Records, run: Run) -> Iterator[Record]:
    """A run and everything that it stands on."""
    yield records.get(Project, run.project)
    if run.experiment:
        yield records.get(Experiment, f"{run.project}/{run.experiment}")
    yield run
    yield from calls_of(records, run.id)
    edges = records.edges(run.id)
    used = [edge.dst for edge in edges if edge.rel == "used" and edge.src == run.id]
    documents = [records.get(DocumentRecord, id) for id in used if id.startswith("document_")]
    for source in dict.fromkeys(document.source for document in documents):
        yield records.get(Source, source)
        yield from records.find(DocumentRecord, source=source).items
    for participant in dict.fromkeys(chain.from_iterable(document.participants for document in documents)):
        yield records.get(Participant, participant)
    made = [edge.src for edge in edges if edge.rel == "generated_by" and edge.dst == run.id]
    taken = [id for id in used if is_version(id)]
    for artefact in dict.fromkeys([*made, *taken]):
        yield records.get(Artefact, artefact)


def _events(records: Records, told: list[Record]) -> list[Event]:
    """The events that made the records what they are, in the order of the log.

    Tags, notes and aliases are no part of a run; what was noted together with an edge says what the run made.
    """
    subjects = {record.id for record in told}
    return [
        event
        for event in records.events()
        if event.subject in subjects and (event.edges or not event.kind.startswith(("thing.", "alias.")))
    ]


def _named(blobs: Blobs, run: Run, told: list[Record]) -> dict[Digest, str]:
    """Every blob that the records and the recipe name, with who names it as what."""
    found: dict[Digest, str] = {}
    for record in told:
        for what, digest in references(record):
            found.setdefault(digest, f"{what} of {record.id}")
    try:
        recipe = load_recipe(blobs, run)
    except NotFound:
        return found  # told with everything else that is lost
    for what, digest in references_of_recipe(recipe) if recipe is not None else ():
        found.setdefault(digest, f"{what} of {run.id}")
    return found


def _refuse_lost(blobs: Blobs, run: Run, named: dict[Digest, str]) -> None:
    lost = {digest: what for digest, what in named.items() if not blobs.has(digest)}
    if not lost:
        return
    if any(_was_erased(blobs, digest) for digest in lost):
        raise Conflict(
            "the run cannot be handed on as a whole: words that it read were erased",
            code="words-erased",
            place=run.id,
            hints=[f"write what is left of it: `persona export ro-crate --run {run.id} --output {run.id}-crate.zip`"],
        )
    shown = [f"{what} ({digest[:19]})" for digest, what in list(lost.items())[:_SHOWN]]
    more = [f"and {len(lost) - _SHOWN} more"] if len(lost) > _SHOWN else []
    count = "1 of the blobs" if len(lost) == 1 else f"{len(lost)} of the blobs"
    raise NotFound(
        f"{count} that the run stands on are lost, so that nobody could check what was exported",
        code="bundle-incomplete",
        place=f"{run.id}: {', '.join([*shown, *more])}",
        hints=["see all that is lost: `persona verify`", "put `.persona/blobs` back from a copy, then export again"],
        data={"lost": {str(digest): what for digest, what in lost.items()}},
    )


def _was_erased(blobs: Blobs, digest: Digest) -> bool:
    """Whether bytes that are not there are so on purpose."""
    try:
        blobs.open(digest).close()
    except Erased:
        return True
    except NotFound:
        return False
    return False


def _line(event: Event) -> bytes:
    """The line of an event. Raises ``IntegrityError`` when it is not what the log committed to."""
    line = canonical_event(event)
    if leaf_hash(line) != event.leaf:
        raise IntegrityError(
            "an event is not what it was when it was recorded",
            code="log-damaged",
            place=f"event {event.seq}",
            hints=["see all damage: `persona verify`"],
        )
    return line


def _counted(told: list[Record]) -> dict[str, int]:
    counts: dict[str, int] = {}
    for record in told:
        noun = "document" if isinstance(record, DocumentRecord) else type(record).__name__.lower()
        counts[noun] = counts.get(noun, 0) + 1
    return counts


def _put(archive: zipfile.ZipFile, name: str, data: bytes) -> None:
    entry = zipfile.ZipInfo(name, EPOCH)
    entry.compress_type = zipfile.ZIP_DEFLATED
    archive.writestr(entry, data)
