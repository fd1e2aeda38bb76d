"""Tables: one turn a row, one transcript a row, or a survey with one participant a row."""

from __future__ import annotations

import io
import re
from collections.abc import Sequence
from pathlib import PurePath

from persona.model.canonical import Digest
from persona.model.sources import Document, ParticipantCard
from persona.sources import limits
from persona.sources.archives import check_whole
from persona.sources.building import Facts, Speech, build, clean, seconds
from persona.sources.cells import rows_of
from persona.sources.docx import speech_of
from persona.sources.encoding import decode
from persona.sources.limits import refuse
from persona.sources.lines import STAMP, Line, read_lines
from persona.sources.sheet import Sheet
from persona.sources.surveys import is_survey_noise, survey_documents
from persona.sources.transcripts import conversation_document

_SPEAKER = frozenset(("speaker", "speaker name", "who", "speaker label", "name", "speaker_name"))
_TEXT = frozenset(
    ("text", "transcript", "utterance", "words", "content", "message", "said", "body", "full text", "interview")
)
_BEGAN = frozenset(("start", "start time", "time", "timestamp", "begin", "from", "began"))
_ENDED = frozenset(("end", "end time", "to", "stop", "ended"))
_DOCUMENT = frozenset(
    (
        "transcript_id",
        "transcript id",
        "interview_id",
        "interview id",
        "document",
        "document id",
        "session",
        "file",
        "id",
    )
)


def read_csv(data: bytes, name: str, digest: Digest) -> tuple[list[Document], list[str]]:
    """A csv or tsv file in any of the three shapes; the separator is found by looking."""
    decoded = decode(data, name)
    rows: list[tuple[int, list[str]]] = []
    cells = 0
    found = rows_of(decoded.text, name, _delimiter(decoded.text), strict=True)
    for number, (_, row) in enumerate(found, start=1):
        cells += len(row)
        if cells > limits.MAX_CELLS:
            raise refuse(f"it has more than {limits.MAX_CELLS:,} cells", "table-too-large", f"{name}, row {number}")
        rows.append((number, row))
    documents, notes = _documents(_sheet("", rows, name), name, digest, "csv/1", decoded.encoding)
    return documents, [*decoded.notes, *notes]


def read_xlsx(data: bytes, name: str, digest: Digest) -> tuple[list[Document], list[str]]:
    """The first sheet that holds a table. Unpacked once with limits before the reader is given the bytes."""
    check_whole(data, name)
    from python_calamine import CalamineError, CalamineWorkbook

    try:
        book = CalamineWorkbook.from_filelike(io.BytesIO(data))
        for title in book.sheet_names:
            sheet = book.get_sheet_by_name(title)
            if sheet.height * sheet.width > limits.MAX_CELLS:
                raise refuse(
                    f"it has more than {limits.MAX_CELLS:,} cells", "table-too-large", f"{name}, sheet {title}"
                )
            values = sheet.to_python(skip_empty_area=False)
            rows = [(number, [_shown(value) for value in row]) for number, row in enumerate(values, start=1)]
            if any(cell.strip() for _, row in rows for cell in row):
                return _documents(_sheet(title, rows, name), name, digest, "xlsx/1", None)
    except (CalamineError, OSError, ValueError, KeyError) as error:
        raise refuse(f"the workbook is damaged: {error}", "xlsx-broken", name) from None
    raise refuse("no sheet holds anything", "file-empty", name)


def _documents(
    sheet: Sheet, name: str, digest: Digest, reader: str, encoding: str | None
) -> tuple[list[Document], list[str]]:
    low = [header.lower() for header in sheet.header]
    speaker, text = _column(low, _SPEAKER), _column(low, _TEXT)
    if speaker is not None and text is not None:
        return _turns(sheet, speaker, text, name, digest, reader, encoding)
    document = _column(low, _DOCUMENT)
    if text is not None and document is not None and len(sheet.header) <= 6:
        return _transcripts(sheet, document, text, name, digest, reader, encoding)
    return survey_documents(sheet, name, digest, reader, encoding)


def _turns(
    sheet: Sheet, speaker: int, text: int, name: str, digest: Digest, reader: str, encoding: str | None
) -> tuple[list[Document], list[str]]:
    """One turn a row; a column that names the conversation parts the rows into documents.

    Columns of attributes (age, occupation ...) describe the participant who speaks in the row.
    """
    low = [header.lower() for header in sheet.header]
    began, ended = _column(low, _BEGAN), _column(low, _ENDED)
    document = _column(low, _DOCUMENT)
    known = {speaker, text, began, ended, document}
    extra = [index for index, header in enumerate(low) if index not in known and header and not is_survey_noise(header)]
    talks: dict[str, list[Speech]] = {}
    attributes: dict[tuple[str, str], dict[str, str]] = {}
    for number, row in sheet.rows:
        words = _at(row, text)
        if not words.strip():
            continue
        part = clean(_at(row, document)) if document is not None else ""
        who = clean(_at(row, speaker)) or "Speaker"
        talks.setdefault(part, []).append(
            speech_of(who, words, sheet.cell(number, text), _stamp(_at(row, began)), _stamp(_at(row, ended)))
        )
        for index in extra:
            value = clean(_at(row, index))
            if value and len(value) <= 200:
                attributes.setdefault((part, who), {}).setdefault(clean(sheet.header[index]).lower(), value)
    if not talks:
        raise refuse(
            "the table has no rows with words", "no-turns", f"{name}, row {sheet.rows[0][0] if sheet.rows else 1}"
        )
    documents = []
    for part, speeches in talks.items():
        people = {who: ParticipantCard(who, facts) for (place, who), facts in attributes.items() if place == part}
        title = part or PurePath(name).stem
        documents.append(build(speeches, Facts(digest, title, reader, part, encoding, people=people)))
    return documents, []


def _transcripts(
    sheet: Sheet, key: int, text: int, name: str, digest: Digest, reader: str, encoding: str | None
) -> tuple[list[Document], list[str]]:
    """One transcript a row: a cell that holds a whole conversation in lines."""
    documents: list[Document] = []
    notes: list[str] = []
    for number, row in sheet.rows:
        words, part = _at(row, text), clean(_at(row, key)) or f"row {number}"
        if not words.strip():
            notes.append(f"{name}, row {number}: no text; skipped")
            continue
        cell = sheet.cell(number, text)
        lines = [Line(line, f"{cell}, line {at}") for at, line in enumerate(words.splitlines(), start=1)]
        talk = read_lines(lines)
        if not talk.speeches:
            raise refuse("no line of this transcript names a speaker", "no-speakers", f"{name}, {cell}")
        document, told = conversation_document(
            talk, {"title": part}, name, digest, reader, encoding=encoding, part=part
        )
        documents.append(document)
        notes += told
    if not documents:
        raise refuse("the table has no rows with text", "no-turns", name)
    return documents, notes


def _sheet(title: str, rows: Sequence[tuple[int, list[str]]], name: str) -> Sheet:
    filled = [(number, row) for number, row in rows if any(cell.strip() for cell in row)]
    if len(filled) < 2:
        raise refuse("the table has a header at most, and no rows", "table-empty", name)
    header = [clean(cell).replace("\n", " ") for cell in filled[0][1]]
    return Sheet(title, header, filled[1:])


def _delimiter(text: str) -> str:
    """The separator that parts the header into most cells; quoted text does not count."""
    header = re.sub(r'"[^"]*"', "", text[:20_000].lstrip("\r\n").split("\n", 1)[0])
    return max(",;\t|", key=lambda mark: (header.count(mark), mark == ","))


def _column(header: Sequence[str], names: frozenset[str]) -> int | None:
    return next((index for index, cell in enumerate(header) if cell.strip() in names), None)


def _at(row: Sequence[str], index: int | None) -> str:
    return row[index] if index is not None and index < len(row) else ""


def _stamp(value: str) -> float | None:
    value = value.strip()
    if re.fullmatch(STAMP, value):
        return seconds(value)
    try:
        number = float(value)
    except ValueError:
        return None
    return round(number, 3) if 0 <= number < 1e7 else None


def _shown(value: object) -> str:
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return "" if value is None else str(value)
