"""Looking for a person's words in any bytes, through what formats put around them.

Words are compared as words: case, punctuation and layout do not hide them, and neither do the escapes of JSON and HTML.
"""

from __future__ import annotations

import gzip
import html
import io
import re
import zipfile
import zlib
from collections.abc import Iterable, Iterator, Sequence

WHOLE = 8
"""Words in a row that are nobody else's: what the promise of erasure counts in."""

QUOTED = 5
"""Words in a row that count where it is known that words of this person may stand."""

STATED = 4
"""Words in a row that count in a claim that rests on this person."""

MOST = 256 * 1024 * 1024
"""Bytes of a compressed file that are looked through."""

_WORD = re.compile(r"\w+")
_UNICODE = re.compile(r"\\+u([0-9a-fA-F]{4})")
_ESCAPE = re.compile(r"\\+[nrt\"/]")
_TAG = re.compile(r"<[^<>]*>")


class Needles:
    """The words of a person, ready to be found.

    Words follow each other within one of the ``texts``. Texts shorter than what is looked for are not found alone:
    who says "yes" cannot be told by that.
    """

    def __init__(self, texts: Iterable[str]) -> None:
        self._runs: dict[int, set[tuple[str, ...]]] = {STATED: set(), QUOTED: set(), WHOLE: set()}
        for text in texts:
            words = words_of(text)
            for length, runs in self._runs.items():
                runs.update(zip(*(words[at:] for at in range(length)), strict=False))

    def spare(self, text: str) -> None:
        """Look no longer for what somebody else said too: an answer of a survey that many ticked is nobody's."""
        words = words_of(text)
        for length, runs in self._runs.items():
            runs.difference_update(zip(*(words[at:] for at in range(length)), strict=False))

    def in_words(self, words: Sequence[str], length: int) -> bool:
        """Whether ``length`` of these words in a row are this person's.

        Only every so many places are looked up: of so long a row, one of the four-word rows in it begins there.
        """
        step = length - STATED + 1
        short = self._runs[STATED]
        if short.isdisjoint(zip(*(words[at::step] for at in range(STATED)), strict=False)):
            return False
        return not self._runs[length].isdisjoint(zip(*(words[at:] for at in range(length)), strict=False))

    def in_text(self, text: str, length: int) -> bool:
        """Whether a text holds so many words of this person in a row."""
        return self.in_words(words_of(text), length)

    def in_bytes(self, data: bytes, length: int) -> bool:
        """Whether bytes of any kind hold so many words of this person in a row, as far as they can be read."""
        return any(self.in_words(words, length) for text in texts_in(data) for words in readings(text))


def words_of(text: str) -> list[str]:
    """The words of a text as they are compared."""
    return _WORD.findall(text.casefold())


def readings(text: str) -> Iterator[list[str]]:
    """The words of a text as it stands, and as formats would show it."""
    yield words_of(text)
    shown = text
    if "\\" in shown:
        shown = _UNICODE.sub(lambda found: _letter(found[1]), shown)
        shown = _ESCAPE.sub(" ", shown)
    if "<" in shown:
        shown = _TAG.sub("", shown)
    if "&" in shown:
        shown = html.unescape(shown)
    if shown is not text:
        yield words_of(shown)
        if "<" in text:  # words that only a tag parts are two
            yield words_of(html.unescape(_TAG.sub(" ", text)))


def _letter(digits: str) -> str:
    code = int(digits, 16)
    return " " if 0xD800 <= code < 0xE000 else chr(code)


def texts_in(data: bytes, depth: int = 3) -> Iterator[str]:
    """Every text that bytes hold, unpacked where they are packed. What cannot be unpacked is read as it is."""
    if depth and data[:2] == b"PK":
        yield from _unzipped(data, depth)
    if depth and data[:2] == b"\x1f\x8b":
        try:
            yield from texts_in(gzip.GzipFile(fileobj=io.BytesIO(data)).read(MOST), depth - 1)
        except (OSError, EOFError, zlib.error):
            pass
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        yield data.decode("utf-16", "replace")
        return
    yield data.decode("utf-8", "replace")


def _unzipped(data: bytes, depth: int) -> Iterator[str]:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            for member in archive.infolist():
                if member.file_size <= MOST:
                    yield from texts_in(archive.read(member), depth - 1)
    except (zipfile.BadZipFile, OSError, EOFError, zlib.error, NotImplementedError, RuntimeError):
        return
