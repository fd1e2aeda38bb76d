"""From spoken pieces to a document: one builder for every format."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from persona.model.canonical import Digest
from persona.model.sources import Document, Origin, ParticipantCard, Role, Turn
from persona.sources import limits
from persona.sources.limits import refuse
from persona.sources.speakers import is_generic, roles

DOCUMENT_KEYS = frozenset(("title", "date", "tags", "language", "consent", "id", "transcript_id", "time", "duration"))
"""Front-matter keys that describe the document; every other plain value describes the participant."""


class Piece(NamedTuple):
    """A stretch of words from one place of the original.

    ``join`` is what stands between it and the piece before in the same turn. ``span`` is its place in the decoded
    original, where the original is text.
    """

    words: str
    place: str
    join: str = " "
    span: tuple[int, int] | None = None


class Speech(NamedTuple):
    """What one speaker said in one go."""

    speaker: str
    pieces: Sequence[Piece]
    began: float | None = None
    ended: float | None = None
    question: str | None = None


class Facts(NamedTuple):
    """What is known about a document beside its words. ``people`` are given participants by speaker label."""

    source: Digest
    title: str
    reader: str
    part: str = ""
    encoding: str | None = None
    attributes: Mapping[str, str] = {}
    people: Mapping[str, ParticipantCard] = {}
    roles: Mapping[str, Role] = {}


def clean(words: str) -> str:
    """Normal form C, line ends as LF, no-break and exotic spaces as spaces, none at the ends."""
    text = unicodedata.normalize("NFC", words).replace("\r\n", "\n").replace("\r", "\n")
    return re.sub(r"[^\S\n]", " ", text).strip()


def joined(speeches: Iterable[Speech]) -> list[Speech]:
    """Adjacent speeches of one speaker as one: cues of captions are no turns."""
    merged: list[Speech] = []
    for speech in speeches:
        if merged and merged[-1].speaker == speech.speaker:
            last = merged[-1]
            merged[-1] = last._replace(pieces=[*last.pieces, *speech.pieces], ended=speech.ended)
        else:
            merged.append(speech._replace(pieces=list(speech.pieces)))
    return merged


def build(speeches: Sequence[Speech], facts: Facts) -> Document:
    """The document of some speeches. Raises ``InvalidInput`` when nobody says anything, or too much is said."""
    spoken: list[tuple[Speech, str, list[tuple[int, int, Piece]]]] = []
    for speech in speeches:
        words, spots = _assemble(speech.pieces)
        if words:
            spoken.append((speech, words, spots))
    if not spoken:
        raise refuse("nobody says anything in it", "no-turns", facts.title)
    if len(spoken) > limits.MAX_TURNS:
        raise refuse(f"it has more than {limits.MAX_TURNS:,} turns", "too-many-turns", facts.title)
    known = roles([(speech.speaker, words) for speech, words, _ in spoken], facts.roles)
    cards = _cards([speech.speaker for speech, _, _ in spoken], known, facts)
    text: list[str] = []
    turns: list[Turn] = []
    origins: list[Origin] = []
    at = 0
    for speech, words, spots in spoken:
        if text:
            text.append("\n\n")
            at += 2
        role = known[speech.speaker]
        turns.append(
            Turn(
                index=len(turns),
                speaker=speech.speaker,
                role=role,
                start=at,
                end=at + len(words),
                participant=cards[speech.speaker].key if role == "participant" else None,
                question=speech.question,
                began=speech.began,
                ended=speech.ended,
            )
        )
        for start, end, piece in spots:
            first, last = piece.span or (None, None)
            origins.append(Origin(at + start, at + end, piece.place, first, last))
        text.append(words)
        at += len(words)
    return Document(
        source=facts.source,
        title=facts.title,
        text="".join(text),
        turns=tuple(turns),
        origins=tuple(origins),
        participants=tuple({card.key: card for card in cards.values()}.values()),
        reader=facts.reader,
        part=facts.part,
        encoding=facts.encoding,
        attributes=dict(facts.attributes),
    )


def _assemble(pieces: Sequence[Piece]) -> tuple[str, list[tuple[int, int, Piece]]]:
    """The words of a turn, and where each piece stands in them."""
    words, spots = "", []
    parts: list[str] = []
    at = 0
    for piece in pieces:
        text = clean(piece.words)
        if not text:
            continue
        if parts:
            parts.append(piece.join)
            at += len(piece.join)
        parts.append(text)
        spots.append((at, at + len(text), piece))
        at += len(text)
    words = "".join(parts)
    normal = unicodedata.normalize("NFC", words)
    if normal != words:  # a mark that combines across two pieces: keep the place of the whole
        whole = Piece(normal, spots[0][2].place)
        return normal, [(0, len(normal), whole)]
    return words, spots


def _cards(speakers: Sequence[str], known: Mapping[str, Role], facts: Facts) -> dict[str, ParticipantCard]:
    """The participant behind each participant's label; a generic label takes the name of the document."""
    labels = [label for label in dict.fromkeys(speakers) if known[label] == "participant"]
    generic = [label for label in labels if is_generic(label) and label not in facts.people]
    cards: dict[str, ParticipantCard] = {}
    for label in labels:
        if label in facts.people:
            cards[label] = facts.people[label]
        elif label in generic:
            key = facts.title if len(generic) == 1 else f"{facts.title} {label}"
            cards[label] = ParticipantCard(key, specific=False)
        else:
            cards[label] = ParticipantCard(label)
    return cards


def seconds(stamp: str) -> float:
    """A time stamp ``h:mm:ss.fff``, ``m:ss`` or with a comma, in seconds."""
    total = 0.0
    for part in stamp.replace(",", ".").split(":"):
        total = total * 60 + float(part)
    return round(total, 3)
