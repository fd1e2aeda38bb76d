"""Opening a run that came as a file: nothing in it is believed before its header vouches for it.

The file may come from a stranger. Only two ways of packing are read, sizes are held against the header and against
limits before anything is unpacked and again while it is, and every byte is hashed.
"""

from __future__ import annotations

import zipfile
import zlib
from itertools import groupby
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, BinaryIO, cast

import msgspec

from persona.errors import IntegrityError, InvalidInput, NotFound
from persona.model.canonical import digest_of
from persona.model.records import Draft, Edge
from persona.runs import bundle_form
from persona.runs.bundle_form import EVENTS, HEADER, SCHEMA, Header, Member, blob_name, check_size, too_large
from persona.storage.disk import refused
from persona.storage.merkle import leaf_hash

if TYPE_CHECKING:
    from persona.storage import Blobs, Records


class _Event(msgspec.Struct, frozen=True):
    actor: str
    body: dict[str, Any]
    edges: tuple[Edge, ...]
    kind: str
    subject: str


_header = msgspec.json.Decoder(Header)
_event = msgspec.json.Decoder(_Event)


def read_bundle(path: Path, records: Records, blobs: Blobs) -> Header:
    """Put a bundle into an empty workspace.

    Raises ``NotFound`` where there is no file, ``InvalidInput`` for what is no bundle or larger than is read,
    ``IntegrityError`` for a member that is not as the header says.
    """
    place = str(path)
    try:
        if not path.exists():
            raise NotFound("there is no such file", code="file-not-found", place=place)
        if not path.is_file():
            raise _not_one("it is a folder" if path.is_dir() else "it is not a plain file", place)
        size = path.stat().st_size
        file = path.open("rb")
    except OSError as error:
        raise refused(error, place) from None
    with file:
        try:
            with zipfile.ZipFile(file) as archive:
                header = _read(archive, size, blobs, place)
                events = _events(archive, header, place)
        except (
            zipfile.BadZipFile, zlib.error, EOFError, OSError, NotImplementedError, RuntimeError, ValueError,
        ) as error:  # fmt: skip
            raise _not_one(f"the archive cannot be read: {error}", place) from None
    for actor, theirs in groupby(events, key=lambda event: event.actor):
        drafts = [Draft(event.kind, event.subject, event.body, event.edges) for event in theirs]
        records.append(drafts, actor=actor)
    return header


def _read(archive: zipfile.ZipFile, size: int, blobs: Blobs, place: str) -> Header:
    """The header, after every blob was held against it and stored."""
    listed = archive.infolist()
    if len(listed) > bundle_form.MOST_MEMBERS:
        raise too_large(f"it has more than {bundle_form.MOST_MEMBERS:,} members", place)
    entries = {entry.filename: entry for entry in listed}
    if HEADER not in entries:
        raise _not_one(f"it has no `{HEADER}`", place)
    header = _header_of(_text(archive, entries[HEADER], entries[HEADER].file_size, place), place)
    wanted = {member.name: member for member in header.members}
    check_size(header, size, place)
    if len(wanted) != len(header.members) or len(entries) != len(listed) or EVENTS not in wanted:
        raise _damaged("a member stands twice, or the events are missing", place)
    for name in sorted((wanted.keys() | {HEADER}) ^ entries.keys()):
        raise _damaged("a member that the header names is missing, or one is there that it does not name", place, name)
    for member in header.members:
        if member.name != EVENTS:
            _take(archive, entries[member.name], member, blobs, place)
    return header


def _header_of(data: bytes, place: str) -> Header:
    """Raises ``InvalidInput`` also for other forms, which are told by their name whatever else they hold."""
    try:
        told = msgspec.json.decode(data)
        schema = told.get("schema") if isinstance(told, dict) else None
        if schema != SCHEMA:
            raise _not_one(f"its form is `{schema}`, and this version reads `{SCHEMA}`", place)
        return _header.decode(data)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise _not_one(f"its header cannot be read: {error}", place) from None


def _take(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, member: Member, blobs: Blobs, place: str) -> None:
    """Store a blob. What turns out to be another was stored under its own name, which nothing asks for."""
    with _open(archive, entry, place) as stream:
        found = blobs.put(cast("BinaryIO", _Bounded(stream, member.bytes, entry.filename, place)))
    if found != member.digest or blob_name(found) != member.name:
        raise _damaged("bytes in the bundle are not what they are called", place, member.name)


def _events(archive: zipfile.ZipFile, header: Header, place: str) -> list[_Event]:
    """The events, after each was held against its leaf."""
    member = next(one for one in header.members if one.name == EVENTS)
    data = _text(archive, archive.getinfo(EVENTS), member.bytes, place)
    if digest_of(data) != member.digest:
        raise _damaged("the events are not what the header says", place, EVENTS)
    lines = data.splitlines()
    if tuple(leaf_hash(line).hex() for line in lines) != header.leaves:
        raise _damaged("the events are not those that the header names", place, EVENTS)
    try:
        events = [_event.decode(line) for line in lines]
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise _not_one(f"an event in it cannot be read: {error}", place) from None
    if not any(event.kind == "run.planned" and event.subject == header.run for event in events):
        raise _damaged("the run that the header names is not among the events", place, EVENTS)
    return events


def _text(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, size: int, place: str) -> bytes:
    if size > bundle_form.LARGEST_TEXT:
        raise too_large(f"`{entry.filename}` has more than {bundle_form.LARGEST_TEXT:,} bytes", place)
    with _open(archive, entry, place) as stream:
        return _Bounded(stream, size, entry.filename, place).read(size + 1)


def _open(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, place: str) -> IO[bytes]:
    """A member to be read. Other ways of packing than these two unpack without a limit to what one step gives."""
    if entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise _not_one(f"`{entry.filename}` is packed in a way that is not read", place)
    return archive.open(entry)


class _Bounded:
    """A stream that may give so many bytes and no more, whatever the archive says of itself."""

    def __init__(self, stream: IO[bytes], size: int, name: str, place: str) -> None:
        self._stream = stream
        self._left = size
        self._name = name
        self._place = place

    def read(self, size: int) -> bytes:
        data = self._stream.read(size)
        self._left -= len(data)
        if self._left < 0:
            raise _damaged("a member is longer than the header says", self._place, self._name)
        return data


def _damaged(what: str, place: str, member: str = "") -> IntegrityError:
    return IntegrityError(
        what,
        code="bundle-damaged",
        place=f"{place}, {member}" if member else place,
        hints=["export it again where the run was made: `persona run export RUN`"],
    )


def _not_one(why: str, place: str) -> InvalidInput:
    return InvalidInput(
        f"the file is no run that was exported: {why}",
        code="bundle-unreadable",
        place=place,
        hints=["make one where the run is: `persona run export RUN --output run.zip`"],
    )
