r"""The format of pack files.

A pack is a line that says what it is, then entries one after the other, each a header of 44 bytes and the blob::

    magic   4  93 50 42 31 ("\x93PB1")
    length  4  bytes of the blob, big-endian
    digest 32  SHA-256 of the blob
    check   4  CRC-32 of the 40 bytes before, big-endian

A pack explains itself: the index is made again by reading the headers. A header that checks but whose blob ends
beyond the file is a write that a crash cut short. Where no header checks the bytes are damaged, and
reading goes on at the next place where a header checks and its blob hashes to it.
"""

from __future__ import annotations

import struct
from hashlib import sha256
from typing import TYPE_CHECKING, BinaryIO, Literal, NamedTuple
from zlib import crc32

if TYPE_CHECKING:
    from collections.abc import Iterator

MAGIC = b"\x93PB1"
START = b"persona pack 1\n\n"
_HEADER = struct.Struct(">4sI32s")
_CHECK = struct.Struct(">I")
HEADER_BYTES = _HEADER.size + _CHECK.size


class Entry(NamedTuple):
    """One blob in a pack: its raw digest, where its header begins, and how long it is."""

    digest: bytes
    offset: int
    length: int

    @property
    def data_offset(self) -> int:
        """Where the blob itself begins."""
        return self.offset + HEADER_BYTES

    @property
    def end(self) -> int:
        """Where the next entry begins."""
        return self.offset + HEADER_BYTES + self.length


class Gap(NamedTuple):
    """Bytes that are no entry: ``torn`` at the end of a pack by a crash, ``damaged`` anywhere."""

    offset: int
    end: int
    why: Literal["torn", "damaged"]


def encode(digest: bytes, data: bytes) -> bytes:
    """The bytes of an entry."""
    head = _HEADER.pack(MAGIC, len(data), digest)
    return b"".join((head, _CHECK.pack(crc32(head)), data))


def read_header(header: bytes, offset: int) -> Entry | None:
    """The entry whose header these bytes are; None when they do not check."""
    if len(header) < HEADER_BYTES:
        return None
    head = header[: _HEADER.size]
    magic, length, digest = _HEADER.unpack(head)
    if magic != MAGIC or _CHECK.unpack(header[_HEADER.size : HEADER_BYTES])[0] != crc32(head):
        return None
    return Entry(digest, offset, length)


def scan(file: BinaryIO, size: int, start: int = 0) -> Iterator[Entry | Gap]:
    """Everything in a pack from ``start`` (0, or the end of an entry) on, by its headers; blobs are not hashed."""
    at = start
    if at == 0:
        file.seek(0)
        at = len(START)
        if size < at:
            if size:
                yield Gap(0, size, "torn")
            return
        if file.read(at) != START:
            yield Gap(0, at, "damaged")
    while at < size:
        file.seek(at)
        entry = read_header(file.read(HEADER_BYTES), at)
        if entry is not None and entry.end <= size:
            yield entry
            at = entry.end
        elif entry is not None or size - at < HEADER_BYTES:
            yield Gap(at, size, "torn")
            return
        else:
            found = _next_entry(file, at + 1, size)
            yield Gap(at, found, "damaged")
            at = found


def _next_entry(file: BinaryIO, start: int, size: int) -> int:
    """Where the next whole and true entry begins after damage; ``size`` when there is none."""
    file.seek(start)
    rest = file.read(size - start)
    at = rest.find(MAGIC)
    while at >= 0:
        entry = read_header(rest[at : at + HEADER_BYTES], start + at)
        if entry is not None and entry.end <= size:
            data = rest[at + HEADER_BYTES : at + HEADER_BYTES + entry.length]
            if sha256(data).digest() == entry.digest:
                return start + at
        at = rest.find(MAGIC, at + 1)
    return size
