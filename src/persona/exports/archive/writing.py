"""Writing an archive: a pass over the log, then the blobs that it names, then what people wrote; never all in memory.

Of a part, the events of one project are written, and every other is withheld. Which they are is told from the log
alone: an event belongs to the project that it names, or to that of the thing that it is about.
"""

from __future__ import annotations

import hashlib
import re
import zipfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, TYPE_CHECKING, BinaryIO

import msgspec

from persona.errors import NotFound
from persona.exports.archive.form import (
    CHECKPOINT,
    FILES,
    Header,
    Line,
)
from persona.model.canonical import Digest, canonical_json
from persona.model.records import Event, Run
from persona.runs.bundle_form import BLOBS, EPOCH, EVENTS, HEADER, blob_name
from persona.runs.environment import summary
from persona.runs.execute import load_recipe
from persona.runs.sealed import references_of_recipe
from persona.storage.bodies import WITHHELD

if TYPE_CHECKING:
    from persona.model.records import Head
    from persona.storage import Blobs, Records

_DIGEST = re.compile(rb"sha256:[0-9a-f]{64}")
_FAST = 1
_encode = msgspec.json.Encoder().encode


def write_archive(
    stream: BinaryIO,
    records: Records,
    blobs: Blobs,
    *,
    head: Head,
    log: str,
    project: str | None,
    files: Iterable[tuple[str, Path]],
    checkpoint: str | None,
) -> Header:
    """Write the state ``head`` of a workspace, or of one project of it. The same state gives the same bytes.

    ``files`` are what people wrote, by the path below the workspace. Raises ``IntegrityError`` for damaged bytes, and
    ``NotFound`` for bytes that are named and lost.
    """
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED, compresslevel=_FAST) as archive:
        named: set[Digest] = set()
        digest, withheld = hashlib.sha256(), 0
        with _member(archive, EVENTS) as out:
            for event in _told(records, head.size, project):
                line = _encode(Line.of(event)) + b"\n"
                digest.update(line)
                out.write(line)
                withheld += event.kind == WITHHELD
                if project is not None:
                    named.update(Digest(one.decode()) for one in _DIGEST.findall(line))
        chosen: Iterable[Digest] = blobs.digests() if project is None else _of_part(records, blobs, project, named)
        count = 0
        for one in chosen:
            with _member(archive, blob_name(one)) as out:
                out.write(blobs.get(one))
            count += 1
        written = 0
        for name, path in files:
            with _member(archive, FILES + name) as out:
                out.write(path.read_bytes())
            written += 1
        if checkpoint is not None:
            with _member(archive, CHECKPOINT) as out:
                out.write(checkpoint.encode())
        by = summary()
        lines = Digest(f"sha256:{digest.hexdigest()}")
        header = Header(log, head.size, withheld, head.root, count, written, lines, project, by["tool"], by["version"])
        with _member(archive, HEADER) as out:
            out.write(canonical_json(header))
    return header


def _told(records: Records, size: int, project: str | None) -> Iterator[Event]:
    if project is None:
        yield from records.events(upto=size)
        return
    known = {project}
    for event in records.events(upto=size):
        if event.kind == "workspace.created" or _belongs(event, project, known):
            known.add(event.subject)
            yield event
        else:
            yield Event(
                event.seq, f"withheld-{event.seq}", event.recorded_at, event.recorded_at, "", WITHHELD, "withheld", {},
                (), event.leaf,
            )  # fmt: skip


def _belongs(event: Event, project: str, known: set[str]) -> bool:
    named = event.body.get("project")
    if named is not None:
        return bool(named == project)
    return event.subject in known or event.body.get("run") in known


def _of_part(records: Records, blobs: Blobs, project: str, named: set[Digest]) -> Iterator[Digest]:
    """The blobs that the events of a project name, and those that the recipes of its runs do, in order of digest."""
    for run in records.scan(Run, project=project):
        try:
            recipe = load_recipe(blobs, run)
        except NotFound:  # lost or erased: told where it is asked for
            continue
        if recipe is not None:
            named.update(digest for _, digest in references_of_recipe(recipe))
    return (digest for digest in sorted(named) if blobs.has(digest))


@contextmanager
def _member(archive: zipfile.ZipFile, name: str) -> Iterator[IO[bytes]]:
    entry = zipfile.ZipInfo(name, EPOCH)
    entry.compress_type = zipfile.ZIP_DEFLATED
    with archive.open(entry, "w", force_zip64=not name.startswith((BLOBS, FILES))) as out:
        yield out
