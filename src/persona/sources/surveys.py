"""Surveys: one participant a row (or several rows), closed questions as attributes, open ones as words."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import PurePath

from persona.model.canonical import Digest
from persona.model.sources import Document, ParticipantCard
from persona.sources.building import Facts, Speech, build, clean
from persona.sources.docx import speech_of
from persona.sources.limits import refuse
from persona.sources.sheet import Sheet

_PARTICIPANT = frozenset(
    (
        "participant",
        "participant id",
        "participant_id",
        "respondent",
        "respondent id",
        "respondent_id",
        "pid",
        "code name",
        "code",
        "person",
        "id",
        "responseid",
        "response id",
    )
)
_PRIVATE = re.compile(
    r"e-?mail|phone|telephone|ip ?address|first name|last name|surname|full name|postal|street", re.IGNORECASE
)
_NOISE = re.compile(
    r"(time ?started|date ?submitted|start ?date|end ?date|status|progress|duration.*|finished|"
    r"recorded ?date|timestamp|network id|#|collector ?id|user ?language|distribution ?channel|row|start|end|time)",
    re.IGNORECASE,
)
MAX_ATTRIBUTE = 120
"""A closed answer longer than this is no attribute; it is left in the original."""


def is_survey_noise(header: str) -> bool:
    """Whether a column is about the recording, or would name or reach a person; it stays in the original only."""
    return _NOISE.fullmatch(header.strip()) is not None or _PRIVATE.search(header) is not None


def survey_documents(
    sheet: Sheet, name: str, digest: Digest, reader: str, encoding: str | None
) -> tuple[list[Document], list[str]]:
    """One document a participant, one turn an open answer, with the question as it was asked.

    A column is an open question when its answers are many, different and several words long. Second header rows of
    survey tools are skipped. Raises ``InvalidInput`` when no column holds open answers.
    """
    rows = [(number, [clean(cell) for cell in row]) for number, row in sheet.rows]
    notes: list[str] = []
    while rows and _is_second_header(rows[0][1]):
        notes.append(f"{name}, row {rows[0][0]}: a second header row; skipped")
        rows.pop(0)
    width = len(sheet.header)
    columns = {index: [row[index] for _, row in rows if index < len(row) and row[index]] for index in range(width)}
    key = next((i for i, head in enumerate(sheet.header) if head.lower() in _PARTICIPANT and columns[i]), None)
    closed, open_, private = [], [], []
    for index, header in enumerate(sheet.header):
        if index == key or not columns[index]:
            continue
        if is_survey_noise(header):
            private += [header] if _PRIVATE.search(header) else []
        elif _is_open(header, columns[index]):
            open_.append(index)
        else:
            closed.append(index)
    if not open_:
        raise refuse(
            "no column holds open answers, turns or transcripts",
            "table-shape",
            f"{name}, row 1: {', '.join(head for head in sheet.header if head)[:160]}",
            "name the columns `speaker` and `text`, or `transcript_id` and `text`, or bring open questions",
        )
    if private:
        notes.append(f"{name}: left in the original only, because they may name a person: {', '.join(private)}")
    people: dict[str, list[tuple[int, list[str]]]] = {}
    stem = PurePath(name).stem
    for number, row in rows:
        named = row[key] if key is not None and key < len(row) else ""
        people.setdefault(named or f"{stem} row {number}", []).append((number, row))
    documents = []
    silent = 0
    for person, theirs in people.items():
        document = _document(
            sheet, person, theirs, closed, open_, Facts(digest, person, reader, person, encoding), key is not None
        )
        if document is None:
            silent += 1
        else:
            documents.append(document)
    if silent:
        notes.append(f"{name}: {silent} participant(s) gave no open answer and are not part of it")
    if not documents:
        raise refuse("nobody gave an open answer", "no-turns", name)
    return documents, notes


def _document(
    sheet: Sheet,
    person: str,
    rows: Sequence[tuple[int, list[str]]],
    closed: Sequence[int],
    open_: Sequence[int],
    facts: Facts,
    named: bool,
) -> Document | None:
    speeches: list[Speech] = []
    given: dict[str, set[str]] = {}
    for number, row in rows:
        for index in open_:
            words = row[index] if index < len(row) else ""
            if words:
                speeches.append(
                    speech_of(person, words, sheet.cell(number, index), question=question_of(sheet.header[index]))
                )
        for index in closed:
            value = row[index] if index < len(row) else ""
            if value and len(value) <= MAX_ATTRIBUTE:
                given.setdefault(question_of(sheet.header[index])[:MAX_ATTRIBUTE].lower(), set()).add(value)
    if not speeches:
        return None
    # A value that changes from row to row describes the row, not the person.
    attributes = {key: next(iter(values)) for key, values in given.items() if len(values) == 1}
    card = ParticipantCard(person, attributes, specific=named and not person.endswith(f" row {rows[0][0]}"))
    return build(speeches, facts._replace(people={person: card}, roles={person: "participant"}))


def question_of(header: str) -> str:
    """The question of a column: survey tools put the label of the box before it (``Need #2:What needs ...?``)."""
    label, colon, question = header.partition(":")
    if colon and re.search(r"#\d+\s*$|write in|other", label, re.IGNORECASE) and question.strip(": "):
        return question.strip(": ")
    return header


def _is_open(header: str, answers: Sequence[str]) -> bool:
    words = sum(len(answer.split()) for answer in answers) / len(answers)
    different = len(set(answers)) / len(answers)
    if all(re.fullmatch(r"[\d.,:%/ -]+", answer) for answer in answers):
        return False
    asks = "?" in header or header.rstrip().endswith(":")
    return different > 0.5 and (words >= 4 or (asks and words >= 2.6 and len(answers) >= 20))


def _is_second_header(row: Sequence[str]) -> bool:
    filled = [cell for cell in row if cell]
    if any(cell.startswith('{"ImportId"') for cell in filled):
        return True
    return bool(filled) and all(
        cell.lower() in ("response", "open-ended response", "other (please specify)") for cell in filled
    )
