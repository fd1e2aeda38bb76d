"""The form in which redacted words are sealed: JSON that people can read, and that reads back to the same documents.

The original itself cannot be kept: it holds the names, and columns, comments and headers that no reader reads. Places
such as "line 12" still name the original, which stays with the person who imported it.
"""

from __future__ import annotations

import re
import unicodedata
from typing import Any

import msgspec

from persona.model.canonical import Digest
from persona.model.redaction import REDACTED, is_redacted_reader
from persona.model.sources import Document, Origin, ParticipantCard, Reading, Role, Turn
from persona.sources import limits
from persona.sources.limits import refuse

SCHEMA = "persona-redacted/1"
SUFFIX = ".redacted.json"
MEDIA_TYPE = "application/json"
_PLACE = re.compile(rb'\[\n +(\d+),\n +(\d+),\n +("[^\n]*")\n +\]')
"""A place spread over five lines; a text of JSON holds no line ends, so this is never inside one."""


class _Turn(msgspec.Struct, frozen=True, omit_defaults=True):
    speaker: str
    role: Role
    text: str
    places: tuple[tuple[int, int, str], ...]
    participant: str | None = None
    question: str | None = None
    began: float | None = None
    ended: float | None = None


class _Document(msgspec.Struct, frozen=True, omit_defaults=True):
    title: str
    reader: str
    turns: tuple[_Turn, ...]
    participants: tuple[ParticipantCard, ...]
    part: str = ""
    encoding: str | None = None
    attributes: dict[str, str] = {}


class _Sealed(msgspec.Struct, frozen=True):
    schema: str
    documents: tuple[_Document, ...]


def seal(reading: Reading) -> bytes:
    """The bytes that are sealed instead of the original. Equal readings give equal bytes."""
    documents = tuple(
        _Document(
            document.title,
            document.reader if is_redacted_reader(document.reader) else document.reader + REDACTED,
            tuple(_turn(document, turn) for turn in document.turns),
            document.participants,
            document.part,
            document.encoding,
            document.attributes,
        )
        for document in reading.documents
    )
    whole = msgspec.json.format(msgspec.json.encode(_Sealed(SCHEMA, documents), order="deterministic"), indent=1)
    return _PLACE.sub(rb"[\1, \2, \3]", whole) + b"\n"


def _turn(document: Document, turn: Turn) -> _Turn:
    places = tuple(
        (one.start - turn.start, one.end - turn.start, one.place)
        for one in document.origins
        if turn.start <= one.start < turn.end
    )
    return _Turn(
        turn.speaker,
        turn.role,
        document.words(turn),
        places,
        turn.participant,
        turn.question,
        turn.began,
        turn.ended,
    )


def unseal(raw: dict[str, Any], name: str, digest: Digest) -> list[Document]:
    """The documents of sealed JSON. Raises ``InvalidInput`` when it is not what ``seal`` writes."""
    try:
        sealed = msgspec.convert(raw, _Sealed)
    except msgspec.ValidationError as error:
        raise refuse(
            f"this is not the redacted form that it says it is: {error}", "json-not-transcript", name
        ) from None
    return [_document(one, f"{name}, /documents/{index}", digest) for index, one in enumerate(sealed.documents)]


def _document(sealed: _Document, place: str, digest: Digest) -> Document:
    keys = {card.key for card in sealed.participants}
    if not sealed.turns:
        raise refuse("nobody says anything in it", "no-turns", place)
    if len(sealed.turns) > limits.MAX_TURNS:
        raise refuse(f"it has more than {limits.MAX_TURNS:,} turns", "too-many-turns", place)
    if len(keys) != len(sealed.participants):
        raise refuse("a participant stands twice", "json-not-transcript", place)
    turns: list[Turn] = []
    origins: list[Origin] = []
    at = 0
    for index, turn in enumerate(sealed.turns):
        known = turn.participant in keys if turn.role == "participant" else turn.participant is None
        if not _plain(turn.text) or not _ordered(turn) or not known:
            raise refuse(
                "a turn is not as redaction writes it: its text, its places or its participant is wrong",
                "json-not-transcript",
                f"{place}/turns/{index}",
            )
        end = at + len(turn.text)
        turns.append(
            Turn(index, turn.speaker, turn.role, at, end, turn.participant, turn.question, turn.began, turn.ended)
        )
        origins += [Origin(at + start, at + stop, told) for start, stop, told in turn.places]
        at = end + 2
    return Document(
        source=digest,
        title=sealed.title,
        text="\n\n".join(turn.text for turn in sealed.turns),
        turns=tuple(turns),
        origins=tuple(origins),
        participants=sealed.participants,
        reader=sealed.reader if is_redacted_reader(sealed.reader) else sealed.reader + REDACTED,
        part=sealed.part,
        encoding=sealed.encoding,
        attributes=sealed.attributes,
    )


def _plain(text: str) -> bool:
    return bool(text.strip()) and unicodedata.is_normalized("NFC", text) and not re.search(r"[\r\x00]", text)


def _ordered(turn: _Turn) -> bool:
    marks = [place for start, end, _ in turn.places for place in (start, end)]
    return marks == sorted(marks) and all(0 <= place <= len(turn.text) for place in marks)
