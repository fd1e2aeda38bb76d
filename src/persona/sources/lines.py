"""Conversations in lines: ``Speaker: words``, time stamps before or behind, or the speaker on a line alone."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from persona.model.sources import ParticipantCard, Role
from persona.sources.building import DOCUMENT_KEYS, Piece, Speech, clean, seconds
from persona.sources.limits import MAX_LINE_CHARACTERS, refuse
from persona.sources.speakers import LABEL, METADATA, is_generic, is_known, plausible

STAMP = r"\d{1,3}:\d{2}(?::\d{2})?(?:[.,]\d{1,3})?"
_INLINE = re.compile(
    rf"\s{{0,20}}(?:[\[(]?({STAMP})[\])]?\s{{0,5}}[-–—]?\s{{0,5}})?(?:\*\*|__)?({LABEL}?)\s{{0,3}}(?:[\[(]({STAMP})[\])])?"
    r"(?:\*\*|__)?(?::(?:\*\*|__)?(?=\s|$)|：)"
)
_HEADER = re.compile(rf"\s{{0,20}}(?:\*\*|__)?({LABEL}?)(?:\*\*|__)?(?:\s{{2,20}}|\s{{0,3}}[\[(])({STAMP})[\])]?\s*$")
_BOLD = re.compile(rf"\s{{0,3}}(?:\*\*|__)({LABEL})(?:\*\*|__)\s*$")
_SIGNATURE = re.compile(
    r"\s*(?:Transcribed|Transcript(?:ion)? (?:created|generated|provided)|Recorded) (?:by|with) \S{1,60}\s*$"
)
_KEY_VALUE = re.compile(r"\s{0,3}(?:\*\*)?([^\W\d_][\w -]{0,30}):(?:\*\*)?\s{0,5}(\S.{0,80})?$")


class Line(NamedTuple):
    """One line: its words, its place for people, and where it stands in the decoded original."""

    words: str
    place: str
    span: tuple[int, int] | None = None


class Conversation(NamedTuple):
    """What lines say: speeches, key-value pairs that stand before the first, and what a person should check."""

    speeches: list[Speech]
    metadata: dict[str, str]
    skipped: int
    doubts: Sequence[str] = ()


class _Mark(NamedTuple):
    speaker: str
    began: float | None
    rest: int


def lines_of(text: str, name: str, *, offset: int = 0, place: str = "line {}") -> list[Line]:
    """The lines of a text with their places. Raises ``InvalidInput`` for a line beyond the limit."""
    found: list[Line] = []
    at = 0
    for number, raw in enumerate(text.splitlines(keepends=True), start=1):
        if len(raw) > MAX_LINE_CHARACTERS:
            raise refuse(
                f"the line is {len(raw):,} characters long; at most {MAX_LINE_CHARACTERS:,} are read",
                "line-too-long",
                f"{name}, line {number}",
            )
        found.append(Line(raw.rstrip("\r\n"), place.format(number), (offset + at, offset + at + len(raw))))
        at += len(raw)
    return found


def read_lines(lines: Sequence[Line], *, paragraphs: bool = False) -> Conversation:
    """The conversation that lines hold; empty when no line names a speaker.

    A blank line inside a turn is a paragraph break, any other line end stays one; with ``paragraphs`` each line is
    a paragraph by itself, as in a word processor.
    """
    speeches: list[Speech] = []
    metadata: dict[str, str] = {}
    skipped = 0
    join = ""
    gap = False
    described = metadata_block(lines)
    marks, doubts = _marks(lines, described)
    last = max((index for index, line in enumerate(lines) if line.words.strip()), default=-1)
    for index, line in enumerate(lines):
        if not line.words.strip():
            gap = True
            continue
        if index == last and _SIGNATURE.match(line.words):  # the transcription service signs; nobody said it
            skipped += 1
            continue
        mark = marks[index]
        if mark is not None:
            speeches.append(Speech(mark.speaker, [], mark.began))
            piece = _piece(line, mark.rest, "")
            gap = False
            if piece is not None:
                _pieces(speeches).append(piece)
            continue
        if not speeches:
            pair = _KEY_VALUE.match(line.words)
            if pair and pair[2]:
                metadata[pair[1].strip().lower().replace(" ", "_")] = pair[2].strip().strip("*").strip()
            else:
                skipped += 1
            continue
        join = "\n\n" if gap or paragraphs else "\n"
        gap = False
        piece = _piece(line, 0, join)
        if piece is not None:
            _pieces(speeches).append(piece)
    return Conversation(speeches, metadata, skipped, doubts)


def _pieces(speeches: list[Speech]) -> list[Piece]:
    pieces = speeches[-1].pieces
    assert isinstance(pieces, list)
    return pieces


def _marks(lines: Sequence[Line], described: range) -> tuple[list[_Mark | None], list[str]]:
    """The speaker that each line names, and the names that were not believed.

    Where two speakers go by roles or codes (``AI``, ``User``, ``P07``) and speak again and again, another name that
    stands once is a heading inside an answer (``Initial Steps:``), and a person is told so.
    """
    marks = [None if index in described else _mark(line.words) for index, line in enumerate(lines)]
    counts = Counter(mark.speaker for mark in marks if mark)
    regular = [label for label, count in counts.items() if count >= 3]
    if len(regular) < 2 or not all(is_known(label) for label in regular):
        return marks, []
    doubted = {label for label, count in counts.items() if count == 1 and not is_known(label)}
    told = [
        f"{lines[index].place}: `{mark.speaker}:` stands once and is read as part of the turn before it"
        for index, mark in enumerate(marks)
        if mark and mark.speaker in doubted
    ]
    return [None if mark and mark.speaker in doubted else mark for mark in marks], told


def _mark(words: str) -> _Mark | None:
    """The speaker that a line names, when it names one."""
    header = _HEADER.match(words)
    if header and plausible(header[1].strip()):
        return _Mark(header[1].strip(), seconds(header[2]), len(words))
    inline = _INLINE.match(words[:200])
    if inline and plausible(inline[2].strip()):
        stamp = inline[1] or inline[3]
        return _Mark(inline[2].strip(), seconds(stamp) if stamp else None, inline.end())
    bold = _BOLD.match(words)
    if bold and plausible(bold[1].strip().rstrip(":")):
        return _Mark(bold[1].strip().rstrip(":"), None, len(words))
    return None


def metadata_block(lines: Sequence[Line]) -> range:
    """The lines before the first blank one, when they describe the conversation (``Participant: P03``, ``Age: 41``).

    A block of nothing but ``Interviewer:`` and ``Participant:`` is speech.
    """
    filled = next((index for index, line in enumerate(lines) if line.words.strip()), len(lines))
    end = next((index for index in range(filled, len(lines)) if not lines[index].words.strip()), len(lines))
    block = [line.words for line in lines[filled:end]]
    keys = {words.partition(":")[0].strip(" *").lower() for words in block}
    if all(_is_metadata(words) for words in block) and keys - {"interviewer", "participant", "participant id"}:
        return range(filled, end)
    return range(0)


def _is_metadata(words: str) -> bool:
    """Whether a line has the form ``known key: short value``."""
    pair = _KEY_VALUE.match(words)
    if not pair or pair[1].strip().lower() not in METADATA or not pair[2]:
        return False
    value = pair[2].strip()
    return len(value.split()) <= 4 and value[-1] not in ".?!"


def _piece(line: Line, start: int, join: str) -> Piece | None:
    """The words of a line from some character on, with their exact place in the original."""
    words = line.words[start:]
    if not words.strip():
        return None
    left = start + len(words) - len(words.lstrip())
    right = start + len(words.rstrip())
    span = (line.span[0] + left, line.span[0] + right) if line.span else None
    return Piece(line.words[left:right], line.place, join, span)


def people_of(
    metadata: Mapping[str, str], speeches: Sequence[Speech], role_of: Mapping[str, Role]
) -> dict[str, ParticipantCard]:
    """The participant that metadata describes, if the conversation has exactly one.

    ``participant`` names them; every value that does not describe the document is one of their attributes.
    """
    speakers = [
        label for label in dict.fromkeys(speech.speaker for speech in speeches) if role_of[label] == "participant"
    ]
    named = metadata.get("participant") or metadata.get("participant_id")
    attributes = {
        key: clean(value)
        for key, value in metadata.items()
        if key not in DOCUMENT_KEYS and key not in ("participant", "participant_id", "interviewer") and clean(value)
    }
    if len(speakers) != 1 or not (named or attributes):
        return {}
    label = speakers[0]
    if named:
        return {label: ParticipantCard(named, attributes)}
    title = metadata.get("title") or metadata.get("transcript_id") or metadata.get("id") or ""
    if is_generic(label):
        return {label: ParticipantCard(title, attributes, specific=False)} if title else {}
    return {label: ParticipantCard(label, attributes)}
