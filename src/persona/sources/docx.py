"""Word documents, in paragraph style (speaker and time above the words) and in table style (one turn a row)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple

from persona.model.canonical import Digest
from persona.model.sources import Document
from persona.sources.archives import open_archive, unpack
from persona.sources.building import Piece, Speech, seconds
from persona.sources.limits import refuse
from persona.sources.lines import STAMP, Conversation, Line, read_lines
from persona.sources.speakers import plausible
from persona.sources.transcripts import conversation_document

if TYPE_CHECKING:
    from lxml.etree import _Element

_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_STAMP = re.compile(rf"[\[(]?({STAMP})[\])]?")


class _Row(NamedTuple):
    cells: list[str]
    number: int


def read_docx(data: bytes, name: str, digest: Digest) -> tuple[list[Document], list[str]]:
    """A Word document; deleted text, comments and headers are not speech."""
    body = _body(unpack(open_archive(data, name), "word/document.xml", name), name)
    lines: list[Line] = []
    rows: list[_Row] = []
    title: dict[str, str] = {}
    for number, element in enumerate(body, start=1):
        if element.tag == f"{_W}p":
            words = _text(element)
            style = element.find(f"{_W}pPr/{_W}pStyle")
            if style is not None and re.match(r"(Heading|Title|Subtitle)", style.get(f"{_W}val", "")):
                if words.strip():
                    title.setdefault("title", words.strip())
                continue
            lines += [Line(part, f"paragraph {number}") for part in words.split("\n")]
        elif element.tag == f"{_W}tbl":
            rows += [
                _Row([_cell(cell) for cell in row.findall(f"{_W}tc")], index)
                for index, row in enumerate(element.findall(f"{_W}tr"), start=1)
            ]
    spoken = list(_from_rows(rows))
    talk = Conversation(spoken, {}, 0) if spoken else read_lines(lines, paragraphs=True)
    document, notes = conversation_document(talk, title, name, digest, "docx/1")
    return [document], notes


def _body(xml: bytes, name: str) -> _Element:
    from lxml import etree

    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, dtd_validation=False, huge_tree=False
    )
    try:
        root = etree.fromstring(xml, parser)
    except etree.XMLSyntaxError as error:
        raise refuse(f"the file is damaged: {error.msg}", "xml-broken", f"{name}, word/document.xml") from None
    if root.getroottree().docinfo.doctype:
        raise refuse("the file declares a document type, which Word never does", "xml-doctype", name)
    body = root.find(f"{_W}body")
    if body is None:
        raise refuse("the file is damaged: it has no body", "xml-broken", f"{name}, word/document.xml")
    return body


def _text(paragraph: _Element) -> str:
    return "".join(
        (node.text or "") if node.tag == f"{_W}t" else "\t" if node.tag == f"{_W}tab" else "\n"
        for node in paragraph.iter(f"{_W}t", f"{_W}br", f"{_W}cr", f"{_W}tab")
    )


def _cell(cell: _Element) -> str:
    return "\n\n".join(_text(paragraph) for paragraph in cell.findall(f"{_W}p"))


def _from_rows(rows: list[_Row]) -> Iterator[Speech]:
    """Turns from table rows: a time stamp, a name and words, in any order the first useful row shows."""
    for row in rows:
        filled = [cell.strip() for cell in row.cells]
        stamps = [stamp[1] for cell in filled if (stamp := _STAMP.fullmatch(cell))]
        rest = [cell for cell in filled if cell and not _STAMP.fullmatch(cell)]
        if len(rest) != 2:
            continue
        speaker, words = rest
        if not plausible(speaker) or (speaker.lower() in ("speaker", "name") and words.lower() in ("text", "words")):
            continue
        yield speech_of(speaker, words, f"row {row.number}", seconds(stamps[0]) if stamps else None)


def speech_of(
    speaker: str,
    words: str,
    place: str,
    began: float | None = None,
    ended: float | None = None,
    question: str | None = None,
) -> Speech:
    """A turn whose words come from one cell, in which blank lines part paragraphs."""
    pieces = []
    gap = False
    for line in words.replace("\r\n", "\n").replace("\r", "\n").split("\n"):
        if line.strip():
            pieces.append(Piece(line, place, "\n\n" if gap else "\n"))
            gap = False
        else:
            gap = True
    return Speech(speaker, pieces, began, ended, question)
