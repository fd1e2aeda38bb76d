"""PDF transcripts: the text layer, lines joined, running headers and page numbers left out."""

from __future__ import annotations

import io
import logging
import re
from collections import Counter
from pathlib import PurePath

from persona.model.canonical import Digest
from persona.model.sources import Document
from persona.sources.limits import MAX_PAGES, refuse
from persona.sources.lines import Conversation, Line, read_lines
from persona.sources.transcripts import conversation_document

_PAGE_NUMBER = re.compile(r"\s*(?:[Pp]age\s+)?\d{1,4}(?:\s*(?:/|of)\s*\d{1,4})?\s*$")


def read_pdf(data: bytes, name: str, digest: Digest) -> tuple[list[Document], list[str]]:
    """A PDF with a text layer. Raises ``InvalidInput`` for a scan, an encrypted or a damaged file."""
    pages = _pages(data, name)
    running = _running(pages)
    lines = [
        Line(words, f"page {number}")
        for number, page in enumerate(pages, start=1)
        for index, words in enumerate(page)
        if words.strip() and not _is_margin(words, index, len(page), running)
    ]
    if not lines:
        raise refuse(
            "the PDF holds no text; it may be a scan",
            "pdf-no-text",
            f"{name}, page 1",
            "make its text readable first (OCR), or export the transcript as docx or txt",
        )
    talk = read_lines(lines)
    flowing = [
        one._replace(pieces=[piece._replace(join=_glue(one.pieces, i)) for i, piece in enumerate(one.pieces)])
        for one in talk.speeches
    ]
    document, notes = conversation_document(
        Conversation(flowing, talk.metadata, 0, talk.doubts), {"title": PurePath(name).stem}, name, digest, "pdf/1"
    )
    return [document], notes


def _pages(data: bytes, name: str) -> list[list[str]]:
    from pypdf import PdfReader
    from pypdf.errors import PyPdfError

    logging.getLogger("pypdf").setLevel(logging.CRITICAL)  # its warnings about odd files are not for people here
    number = 0
    try:
        reader = PdfReader(io.BytesIO(data))
        if reader.is_encrypted:
            raise refuse(
                "the PDF is encrypted", "file-encrypted", name, "save it without a password and import it again"
            )
        if len(reader.pages) > MAX_PAGES:
            raise refuse(f"the PDF has more than {MAX_PAGES:,} pages", "pdf-too-long", name)
        pages = []
        for number, page in enumerate(reader.pages, start=1):  # noqa: B007  # the error below names the page
            pages.append(page.extract_text().splitlines())
        return pages
    except (
        PyPdfError,
        ValueError,
        KeyError,
        IndexError,
        TypeError,
        AttributeError,
        RecursionError,
        OverflowError,
    ) as error:
        where = f"{name}, page {number}" if number else name
        raise refuse(f"the PDF is damaged: {type(error).__name__}", "pdf-broken", where) from None


def _running(pages: list[list[str]]) -> set[str]:
    """First and last lines that return on at least half of three or more pages: headers and footers."""
    if len(pages) < 3:
        return set()
    edges = Counter(_shape(line) for page in pages for line in {*page[:1], *page[-1:]} if line.strip())
    return {shape for shape, count in edges.items() if count * 2 >= len(pages)}


def _shape(line: str) -> str:
    return re.sub(r"\d+", "0", line.strip())


def _is_margin(words: str, index: int, count: int, running: set[str]) -> bool:
    edge = index in (0, count - 1)
    return edge and (_PAGE_NUMBER.match(words) is not None or _shape(words) in running)


def _glue(pieces: object, index: int) -> str:
    """Lines of a page flow on; a hyphen that ends a line inside a word joins without a space."""
    assert isinstance(pieces, list)
    if index == 0:
        return ""
    before = pieces[index - 1].words
    return "" if re.search(r"\w-$", before) and pieces[index].words[:1].islower() else " "
