"""What was said, by whom, and where it stands: sources, documents, turns, participants.

All positions are Unicode code points, zero-based, end exclusive, into ``Document.text``.
"""

from __future__ import annotations

from typing import Literal

import msgspec

from persona.model.canonical import Digest

Role = Literal["interviewer", "participant", "other"]

FILLER = "\u2588"
"""Stands for each character that was erased, so that a text is as long as before and every other span holds."""


class Origin(msgspec.Struct, frozen=True, omit_defaults=True):
    """Where one stretch of a document's text stands in the original file.

    ``place`` is for people ("line 12", "cue 7", "cell Answers!C4", "page 2", "paragraph 9",
    "/segments/3/text"). Where the original is text, ``origin_start`` and ``origin_end`` are code
    points in the *decoded* original (its byte order mark not counted); elsewhere they are None.
    """

    start: int
    end: int
    place: str
    origin_start: int | None = None
    origin_end: int | None = None


class Turn(msgspec.Struct, frozen=True, omit_defaults=True):
    """One stretch of speech by one speaker, or one answer of a survey.

    ``speaker`` is the label as written. ``participant`` is the key of the person (see
    ``ParticipantCard.key``) when the role is participant. ``question`` is the survey question or
    column that an answer belongs to; in an interview the question is the interviewer's turn before.
    ``began`` and ``ended`` are seconds from the start of the recording, where known.
    """

    index: int
    speaker: str
    role: Role
    start: int
    end: int
    participant: str | None = None
    question: str | None = None
    began: float | None = None
    ended: float | None = None


class ParticipantCard(msgspec.Struct, frozen=True, omit_defaults=True):
    """A person as one file knows them: a key unique within the file, and given attributes.

    ``specific`` says that the key names a person (``P07``, ``Maria Lopez``, a front-matter
    ``participant:``), so the same key in another file of the project is the same person. Keys made
    from a generic label (``User``, ``Participant``, ``Speaker 1``) carry the transcript's name and
    are not specific.
    """

    key: str
    attributes: dict[str, str] = {}
    specific: bool = True


class Document(msgspec.Struct, frozen=True, omit_defaults=True):
    r"""The normalised text of one conversation or one survey response: ``text`` and its turns.

    ``part`` names the transcript inside a file that holds several (``science_0042``, ``row 17``), else "".
    ``text`` is NFC, line ends LF; turns do not overlap, ascend, and are parted by "\n\n". ``salt`` follows from the
    bytes of the original (``model.cards``), so that a short answer cannot be guessed from the digest of its document;
    "" in documents that earlier versions sealed.
    A document holds nothing that depends on when or where it was imported, so equal
    originals under equal names give equal documents.
    """

    source: Digest
    title: str
    text: str
    turns: tuple[Turn, ...]
    origins: tuple[Origin, ...]
    participants: tuple[ParticipantCard, ...]
    reader: str
    part: str = ""
    encoding: str | None = None
    attributes: dict[str, str] = {}
    salt: str = ""

    def words(self, turn: Turn) -> str:
        """The text of one turn."""
        return self.text[turn.start : turn.end]


class Reading(msgspec.Struct, frozen=True):
    """What reading one file gave: its documents, and notes a person should see (encoding guessed, rows skipped)."""

    documents: tuple[Document, ...]
    media_type: str
    notes: tuple[str, ...] = ()


class Input(msgspec.Struct, frozen=True):
    """A sealed document as a run reads it.

    ``people`` maps the participant keys of this document to the labels of the project, which are unique there
    and the same for one person in several documents. Labels appear in personas; record ids do not, so that
    the same inputs give the same personas in any workspace.
    """

    digest: Digest
    document: Document
    people: dict[str, str]

    def label(self, turn: Turn) -> str | None:
        """The project's label of the participant who speaks in this turn, None for anybody else."""
        return self.people.get(turn.participant) if turn.participant is not None else None
