"""Opening an archive: nothing in it is believed before its header, its leaves and its digests agree.

The file may come from a stranger: paths that leave the folder, ways of packing that are not read, and sizes beyond the
limits are refused, and every byte is counted and hashed while it is unpacked.
"""

from __future__ import annotations

import hashlib
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, TYPE_CHECKING, BinaryIO, cast

import msgspec

from persona.errors import NotFound
from persona.exports.archive import form
from persona.exports.archive.form import (
    CHECKPOINT,
    FILES,
    LARGEST_HEADER,
    LARGEST_LINE,
    SCHEMA,
    Header,
    Line,
    damaged,
    safe_path,
    unreadable,
)
from persona.runs.bundle_form import BLOBS, EVENTS, HEADER, blob_name
from persona.storage.bodies import WITHHELD
from persona.storage.disk import refused

if TYPE_CHECKING:
    from persona.model.records import Event
    from persona.storage import Blobs, Records

_header = msgspec.json.Decoder(Header)
_line = msgspec.json.Decoder(Line)


@contextmanager
def opened(path: Path) -> Iterator[tuple[zipfile.ZipFile, Header]]:
    """An archive and its header.

    Raises ``NotFound``, ``InvalidInput`` for what is no archive or larger than is read, ``IntegrityError`` for one that
    was changed; also for what happens while it is open.
    """
    place = str(path)
    if not path.exists():
        raise NotFound("there is no such file", code="file-not-found", place=place)
    try:
        with zipfile.ZipFile(path) as archive:
            yield archive, _checked(archive, path.stat().st_size, place)
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, ValueError) as error:
        raise unreadable(f"it cannot be read: {error}", place) from None
    except IsADirectoryError:
        raise unreadable("it is a folder", place) from None
    except OSError as error:
        raise refused(error, place) from None


def _checked(archive: zipfile.ZipFile, size: int, place: str) -> Header:
    entries = archive.infolist()
    names = {entry.filename for entry in entries}
    if HEADER not in names or EVENTS not in names:
        raise unreadable(f"it has no `{HEADER}` or no `{EVENTS}`", place)
    if len(names) != len(entries) or len(entries) > form.MOST_MEMBERS:
        raise unreadable("members stand twice, or there are too many", place)
    if any(entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED) for entry in entries):
        raise unreadable("a member is packed in a way that is not read", place)
    whole = sum(entry.file_size for entry in entries)
    if whole > form.LARGEST or (whole > form.ALWAYS and whole > form.MOST_TIMES * size):
        raise unreadable(f"it would unpack to {whole:,} bytes, which is more than is read", place)
    with archive.open(HEADER) as stream:
        data = stream.read(LARGEST_HEADER)
    try:
        header = _header.decode(data)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise unreadable(f"its header cannot be read: {error}", place) from None
    if header.schema != SCHEMA:
        raise unreadable(f"its form is `{header.schema}`, and this version reads `{SCHEMA}`", place)
    blobs, files = (sum(name.startswith(kind) for name in names) for kind in (BLOBS, FILES))
    if (blobs, files) != (header.blobs, header.files):
        raise damaged("members of the archive are missing, or there are some that it does not name", place)
    strange = [
        name for name in names if not name.startswith((BLOBS, FILES)) and name not in (HEADER, EVENTS, CHECKPOINT)
    ]
    if strange:
        raise unreadable(f"it holds `{sorted(strange)[0][:80]}`, which is no part of an archive", place)
    return header


def take_log(archive: zipfile.ZipFile, header: Header, records: Records, place: str) -> None:
    """Put the log into empty records. Raises ``IntegrityError`` when it is not the one that the header names."""
    digest = hashlib.sha256()
    withheld = 0

    def events() -> Iterator[Event]:
        nonlocal withheld
        with archive.open(EVENTS) as stream:
            while line := stream.readline(LARGEST_LINE):
                digest.update(line)
                try:
                    event = _line.decode(line).event()
                except (msgspec.DecodeError, UnicodeDecodeError, ValueError) as error:
                    raise damaged(f"an event in it cannot be read: {error}", place) from None
                withheld += event.kind == WITHHELD
                yield event

    size = records.adopt(events())
    if f"sha256:{digest.hexdigest()}" != header.lines or records.head().root != header.root:
        raise damaged("the events are not those that the header names", place)
    if (size, withheld) != (header.events, header.withheld):
        raise damaged("the archive has more or fewer events than its header says", place)


def take_blobs(archive: zipfile.ZipFile, blobs: Blobs, place: str) -> int:
    """Store every blob; how many. Raises ``IntegrityError`` for bytes that are not what they are called."""
    count = 0
    small: list[bytes] = []
    names: list[str] = []
    for entry in archive.infolist():
        if not entry.filename.startswith(BLOBS):
            continue
        count += 1
        if entry.file_size > 1 << 20:
            with archive.open(entry) as stream:
                _check_names([blob_name(blobs.put(cast("BinaryIO", stream)))], [entry.filename], place)
            continue
        with archive.open(entry) as stream:
            small.append(_whole(stream, entry, place))
        names.append(entry.filename)
        if len(small) == 500:
            _check_names([blob_name(one) for one in blobs.put_many(small)], names, place)
            small.clear()
            names.clear()
    if small:
        _check_names([blob_name(one) for one in blobs.put_many(small)], names, place)
    return count


def take_files(archive: zipfile.ZipFile, root: Path, place: str) -> int:
    """Write what people wrote below the folder of the workspace; how many files."""
    count = 0
    for entry in archive.infolist():
        if not entry.filename.startswith(FILES):
            continue
        path = root / safe_path(entry.filename, place)
        path.parent.mkdir(parents=True, exist_ok=True)
        with archive.open(entry) as stream:
            path.write_bytes(_whole(stream, entry, place))
        count += 1
    return count


def _whole(stream: IO[bytes], entry: zipfile.ZipInfo, place: str) -> bytes:
    data = stream.read(entry.file_size + 1)
    if len(data) != entry.file_size:
        raise damaged(f"`{entry.filename}` is not as long as the archive says", place)
    return data


def _check_names(found: list[str], wanted: list[str], place: str) -> None:
    for one, name in zip(found, wanted, strict=True):
        if one != name:
            raise damaged(f"bytes in the archive are not what they are called: `{name}`", place)
