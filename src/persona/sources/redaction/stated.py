"""Names that a file states and no document keeps: who asked, and the columns of a survey that name its people."""

from __future__ import annotations

import io
import re
from collections.abc import Iterable, Iterator, Sequence
from pathlib import PurePath

from persona.sources.cells import rows_of
from persona.sources.encoding import decode
from persona.sources.lines import lines_of, metadata_block
from persona.sources.redaction.folding import words_of
from persona.sources.redaction.people import NAME_FIELD, is_name

_STATED = re.compile(
    r"[\s*_]{0,4}([^\W\d_][\w ]{2,30}?)[*_]{0,2}[ \t]{0,3}:[*_]{0,2}[ \t]{1,5}([^\n]{2,60}?)[*_\s]{0,3}$"
)
_FRONT = re.compile(r"---[ \t]*\n(.{0,5000}?)\n---", re.DOTALL)
_ROLES = """
    interviewer interviewers interviewee moderator facilitator researcher participant respondent name host guest
    notetaker observer transcriber author contact
"""
_PEOPLE = frozenset(_ROLES.split())
_GIVEN = re.compile(r"first|given|fore|vorname|prénom|^nombre", re.IGNORECASE)
_FAMILY = re.compile(r"last|family|sur|nachname|^nom$|apellido|cognome", re.IGNORECASE)


def stated_names(data: bytes, name: str) -> list[str]:
    """The names stated in the head of a text, or in the columns of a table that hold names; for other files, none.

    Raises ``InvalidInput`` as the readers do.
    """
    suffix = PurePath(name).suffix.lower()
    if suffix in (".txt", ".md", ".markdown"):
        found: Iterable[str] = _in_head(decode(data, name).text, name)
    elif suffix in (".csv", ".tsv"):
        text = decode(data, name).text
        head = text[:20_000].split("\n", 1)[0]
        mark = max(",;\t|", key=lambda sign: (head.count(sign), sign == ","))
        found = list(_in_columns([row for _, row in rows_of(text, name, mark)]))
    elif suffix == ".xlsx":
        found = _in_columns(_rows(data))
    else:
        found = ()
    return list(dict.fromkeys(one for one in found if is_name(one)))


def _in_head(text: str, name: str) -> Iterator[str]:
    """``interviewer: Anna Schmidt`` in front matter, or in the lines above the talk that describe it."""
    text = text.replace("\r\n", "\n")
    front = _FRONT.match(text)
    lines = lines_of(front[1] if front else text[:5000], name)
    block = lines if front else [lines[index] for index in metadata_block(lines)]
    for line in block:
        stated = _STATED.match(line.words[:120])
        if not stated or (stated[1].strip().lower() not in _PEOPLE and not NAME_FIELD.fullmatch(stated[1].strip())):
            continue
        for value in re.split(r",| and | & ", stated[2]):
            words = value.strip().strip("\"'[]").split()
            if 1 <= len(words) <= 4 and all(not word[0].islower() for word in words):
                yield " ".join(words)


def _rows(data: bytes) -> list[list[str]]:
    from python_calamine import CalamineError, CalamineWorkbook

    try:
        book = CalamineWorkbook.from_filelike(io.BytesIO(data))
        sheets = [book.get_sheet_by_name(title).to_python() for title in book.sheet_names]
    except (CalamineError, OSError, ValueError, KeyError):
        return []
    return next(([[str(cell) for cell in row] for row in sheet] for sheet in sheets if sheet), [])


def _in_columns(rows: Sequence[Sequence[str]]) -> Iterator[str]:
    """The names of rows: whole, or a given and a family name beside each other."""
    filled = [row for row in rows if any(cell.strip() for cell in row)]
    if len(filled) < 2:
        return
    header = [cell.strip().replace("_", " ") for cell in filled[0]]
    columns = [index for index, head in enumerate(header) if NAME_FIELD.fullmatch(head)]
    given = next((index for index in columns if _GIVEN.search(header[index])), None)
    family = next((index for index in columns if _FAMILY.search(header[index])), None)
    for row in filled[1:]:
        cells = {index: row[index].strip() for index in columns if index < len(row) and row[index].strip()}
        if given is not None and family is not None and given in cells and family in cells:
            yield f"{cells[given]} {cells[family]}"
        for words in cells.values():
            if 1 <= len(words_of(words)) <= 5:
                yield words
