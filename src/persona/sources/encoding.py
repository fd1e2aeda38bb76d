"""From bytes to text, strictly: never a silent guess."""

from __future__ import annotations

from typing import NamedTuple

from persona.sources.limits import refuse

_BOMS = (
    (b"\xef\xbb\xbf", "utf-8"),
    (b"\xff\xfe\x00\x00", "utf-32-le"),
    (b"\x00\x00\xfe\xff", "utf-32-be"),
    (b"\xff\xfe", "utf-16-le"),
    (b"\xfe\xff", "utf-16-be"),
)
_UNDEFINED_IN_CP1252 = frozenset(b"\x81\x8d\x8f\x90\x9d")


class Decoded(NamedTuple):
    """Text without its byte order mark, the encoding it was in, and what a person should know about the choice."""

    text: str
    encoding: str
    notes: tuple[str, ...]


def decode(data: bytes, name: str) -> Decoded:
    """The text of a file: a byte order mark decides, else strict UTF-8, else UTF-16 by its zeros, else cp1252.

    cp1252 is chosen before any statistical guess, because such a guesser was seen to take plain English with
    typographic quotes for Chinese. Raises ``InvalidInput`` for binary data and for bytes that fit no encoding.
    """
    if not data.strip(b"\x00 \t\r\n"):
        raise refuse("the file is empty", "file-empty", name)
    for mark, encoding in _BOMS:
        if data.startswith(mark):
            return Decoded(_strict(data[len(mark) :], encoding, name), encoding, ())
    if b"\x00" in data:
        return _without_mark(data, name)
    try:
        return Decoded(_checked(data.decode("utf-8"), name), "utf-8", ())
    except UnicodeDecodeError as error:
        return _single_byte(data, name, error)


def _without_mark(data: bytes, name: str) -> Decoded:
    """UTF-16 without a byte order mark shows as zeros at every other place; other zeros are binary data."""
    sample = data[: 4096 & ~1]
    even, odd = sample[::2].count(0), sample[1::2].count(0)
    half = max(1, len(sample) // 2)
    for encoding, zeros, others in (("utf-16-le", odd, even), ("utf-16-be", even, odd)):
        if zeros > 0.4 * half and others < 0.05 * half:
            note = f"{name}: no byte order mark; read as {encoding}, because every other byte is zero"
            return Decoded(_strict(data, encoding, name), encoding, (note,))
    at = data.index(b"\x00")
    raise refuse("the file is binary, not text", "file-binary", f"{name}, byte {at}")


def _single_byte(data: bytes, name: str, error: UnicodeDecodeError) -> Decoded:
    high = [byte for byte in data if byte >= 0x80]
    if not _UNDEFINED_IN_CP1252 & set(high) and len(high) <= 0.2 * len(data):
        note = f"{name}: not UTF-8 (byte {error.start}); read as cp1252, in which every byte has a meaning"
        return Decoded(_checked(data.decode("cp1252"), name), "cp1252", (note,))
    from charset_normalizer import from_bytes

    best = from_bytes(data[:200_000]).best()
    if best is not None and best.encoding not in ("ascii", "utf_8") and best.chaos < 0.1:
        note = f"{name}: not UTF-8 (byte {error.start}); read as {best.encoding}, which is a guess: please check a turn"
        return Decoded(_strict(data, best.encoding, name), best.encoding, (note,))
    raise refuse(
        f"the text is not UTF-8, and no other encoding fits: {error.reason}",
        "file-encoding",
        f"{name}, byte {error.start}",
        "save it as UTF-8 and import it again: `persona source import FILE`",
    )


def _strict(data: bytes, encoding: str, name: str) -> str:
    try:
        return _checked(data.decode(encoding), name)
    except UnicodeDecodeError as error:
        raise refuse(
            f"the text is not valid {encoding}: {error.reason}", "file-encoding", f"{name}, byte {error.start}"
        ) from None


def _checked(text: str, name: str) -> str:
    """Refuse text full of control characters: a binary file in which no byte is zero."""
    odd = sum(1 for char in text[:20_000] if char < " " and char not in "\t\n\r\f\v\x1b\x85")
    if odd > 0.02 * min(len(text), 20_000):
        raise refuse("the file is binary, not text", "file-binary", name)
    return text
