"""Redaction while files are imported: rules, pseudonyms of a project, the review file, and what is sealed instead."""

from __future__ import annotations

import os
import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import NamedTuple

import msgspec

from persona.errors import Conflict, IntegrityError, InvalidInput, PersonaError, UsageError
from persona.model.canonical import Digest, digest_of
from persona.model.cards import RedactionNote, SourceCard
from persona.model.records import Project, Source
from persona.model.redaction import RedactionRequest, is_redacted_reader
from persona.model.sources import Reading
from persona.runs.inputs import labels_of
from persona.sources.redaction import (
    MEDIA_TYPE,
    REVIEW,
    SUFFIX,
    Pseudonyms,
    Redacted,
    Redactor,
    Remembered,
    Replacement,
    Rules,
    read_allow,
    read_deny,
    remarks_on,
    review_rows,
    seal,
    spacy_recogniser,
    stated_names,
)
from persona.workspace.context import Context
from persona.workspace.layout import write_atomic
from persona.workspace.views import ReplacedWords

_FORBIDDEN = re.compile(r'[\\/:*?"<>|\x00-\x1f]')
"""Characters that a name of a file cannot have everywhere."""


class Taken(NamedTuple):
    """A file ready to be sealed in its redacted form.

    ``source`` is the source that it is already, and ``changed`` says that the rules of now would redact it otherwise.
    """

    data: bytes
    name: str
    reading: Reading
    note: RedactionNote
    counts: dict[str, int]
    replacements: tuple[ReplacedWords, ...]
    notes: tuple[str, ...]
    source: str | None = None
    changed: bool = False


class Redacting:
    """The redaction of one import into one project."""

    def __init__(self, context: Context, project: Project, request: RedactionRequest, dry_run: bool) -> None:
        self._context = context
        self._project = project
        self._dry_run = dry_run
        self._review = _open_review(context, request) if request.review is not None else None
        self._sources = context.records.find(Source).items
        mine = [source for source in self._sources if source.project == project.id]
        cards = {source.id: _note_of(context, source) for source in mine if is_redacted_reader(source.reader)}
        self._marks = {note.mark: id for id, note in cards.items() if note is not None}
        self._digests = {source.digest: source.id for source in mine}
        self._path = context.layout.pseudonyms(project.id)
        known = _load(self._path, context.layout.relative(self._path))
        self._notes = [note for path in (*request.deny, *request.allow) for note in _remarks_on(path)]
        if known is None and self._marks:
            self._notes.append(
                "the file of pseudonyms is gone: names of earlier imports are not recognised, and numbers go on"
            )
        floor: dict[str, int] = {}
        for note in cards.values():
            for series, number in (note.highest if note else {}).items():
                floor[series] = max(number, floor.get(series, 0))
        labels = {card.label for card in labels_of(context.records, context.blobs, project.id).values()}
        self._pseudonyms = Pseudonyms(known, floor=floor, taken=labels)
        self._saved = known
        self._redactor = Redactor(_rules(request), self._pseudonyms)
        if request.review is not None:
            self._notes.append(f"{request.review} holds the words that were replaced: keep it apart, then delete it")

    @property
    def notes(self) -> tuple[str, ...]:
        """What to say about the whole import. It goes to whoever imports, and names no listed word all the same."""
        if not self._redactor.unmet:
            return tuple(self._notes)
        told = "lines of the deny-list were" if self._redactor.unmet > 1 else "line of the deny-list was"
        hint = "see that names are spelt as in the texts, one a line"
        return (*self._notes, f"{self._redactor.unmet} {told} found in none of these files: {hint}")

    def meet(self, paths: Sequence[Path]) -> None:
        """Learn the people of every file first, so that a name from one is found in all; what cannot be read waits."""
        from persona.sources import load_bytes, read

        for path in paths:
            try:
                data = load_bytes(path)
                self._redactor.meet(read(data, path.name), stated_names(data, path.name))
            except PersonaError:
                continue  # told when the file is taken

    def take(self, path: Path, data: bytes) -> Taken:
        """A file in its redacted form. Its own bytes and their digest are not kept anywhere.

        Raises ``InvalidInput`` when the file cannot be read, or is a source of the project unredacted.
        """
        from persona.sources import read

        digest = digest_of(data)
        self._refuse_unredacted(path, digest)
        reading = read(data, path.name)
        done = self._redactor.redact(reading, _stem(path.name) + Path(path.name).suffix)
        # Documents name their original by its digest, and the original is now the redacted form.
        body = seal(done.reading)
        name = _FORBIDDEN.sub("-", done.stem)[:180] + SUFFIX
        sealed = read(body, name)
        mark = self._pseudonyms.mark(data)
        known = self._marks.get(mark) or self._digests.get(digest_of(body))
        self._tell(path, done.replacements)
        note = RedactionNote(mark, reading.media_type, done.counts, self._pseudonyms.highest)
        return Taken(
            body,
            name,
            msgspec.structs.replace(sealed, media_type=MEDIA_TYPE, notes=reading.notes),
            note,
            done.counts,
            _grouped(done) if self._dry_run else (),
            tuple(self._remarks(path, digest)),
            known,
            known is not None and digest_of(body) not in self._digests,
        )

    def sealed(self, taken: Taken, source: str) -> None:
        """Remember that a file is in, for the rest of this import."""
        self._marks[taken.note.mark] = source
        self._digests[digest_of(taken.data)] = source

    def save(self) -> None:
        """Write the pseudonyms, before anything that bears them is sealed."""
        known = self._pseudonyms.known
        if self._dry_run or known == self._saved:
            return
        self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        write_atomic(self._path, msgspec.json.encode(known))
        self._path.chmod(0o600)
        self._saved = msgspec.json.decode(msgspec.json.encode(known), type=Remembered)

    def close(self) -> None:
        """Close the review file."""
        if self._review is not None:
            os.close(self._review)

    def _refuse_unredacted(self, path: Path, digest: Digest) -> None:
        source = self._digests.get(digest)
        if source is None or any(one.id == source and is_redacted_reader(one.reader) for one in self._sources):
            return
        raise InvalidInput(
            f"it is a source of the project already, unredacted, as {source}; a redacted copy would not change that",
            code="source-unredacted",
            place=str(path),
            hints=["make a workspace of its own: `persona init NEW`, then import there with `--redact`"],
        )

    def _remarks(self, path: Path, digest: Digest) -> Iterator[str]:
        for source in self._sources:
            if source.digest == digest and source.project != self._project.id:
                yield f"the same file is in this workspace unredacted, as {source.id} of {source.project}"
        if path.resolve().is_relative_to(self._context.layout.root.resolve()):
            yield "the original lies in the folder of the workspace: whoever gets the folder gets it too"

    def _tell(self, path: Path, replacements: Sequence[Replacement]) -> None:
        if self._review is not None:
            _write(self._review, review_rows(str(path), replacements))


@contextmanager
def redacting(
    context: Context, project: Project, request: RedactionRequest, paths: Sequence[Path], dry_run: bool
) -> Iterator[Redacting]:
    """The redaction of an import of some files; one process at a time gives out pseudonyms in a project."""
    from persona.storage.disk import refused
    from persona.storage.locks import locked

    folder = context.layout.redaction
    if not dry_run:
        try:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError as error:
            raise refused(error, str(folder)) from None
    with nullcontext() if dry_run else locked(folder / f"{project.id}.lock"):
        one = Redacting(context, project, request, dry_run)
        try:
            one.meet(paths)
            yield one
        finally:
            one.close()


def recognise_redacted(context: Context, project: Project) -> Callable[[bytes], str | None]:
    """Tells of which source of the project some bytes are the original, as long as the project has its pseudonyms."""
    path = context.layout.pseudonyms(project.id)
    known = _load(path, context.layout.relative(path))
    if known is None:
        return lambda _: None
    pseudonyms = Pseudonyms(known)
    notes = {
        source.id: _note_of(context, source)
        for source in context.records.find(Source, project=project.id).items
        if is_redacted_reader(source.reader)
    }
    marks = {note.mark: id for id, note in notes.items() if note is not None}
    return lambda data: marks.get(pseudonyms.mark(data))


def _rules(request: RedactionRequest) -> Rules:
    from persona.sources import load_bytes

    return Rules(
        tuple(one for path in request.deny for one in read_deny(load_bytes(path), str(path))),
        frozenset(one for path in request.allow for one in read_allow(load_bytes(path), str(path))),
        spacy_recogniser(request.ner) if request.ner is not None else None,
    )


def _remarks_on(path: Path) -> tuple[str, ...]:
    from persona.sources import load_bytes

    return remarks_on(load_bytes(path), str(path))


def _load(path: Path, place: str) -> Remembered | None:
    try:
        known = msgspec.json.decode(path.read_bytes(), type=Remembered)
        bytes.fromhex(known.secret)
    except FileNotFoundError:
        return None
    except (msgspec.DecodeError, ValueError):
        raise IntegrityError(
            "the project's file of pseudonyms cannot be read",
            code="pseudonyms-broken",
            place=place,
            hints=["restore it from a copy, or delete it: numbers then go on, and earlier names are not recognised"],
        ) from None
    return known


def _note_of(context: Context, source: Source) -> RedactionNote | None:
    try:
        card = msgspec.json.decode(context.blobs.get(source.card), type=SourceCard)
    except PersonaError:
        return None
    return card.redaction if isinstance(card.redaction, RedactionNote) else None


def _stem(name: str) -> str:
    """The stem of a file's name; that of a redacted form without the ending that was added."""
    return name[: -len(SUFFIX)] if name.endswith(SUFFIX) else Path(name).stem


def _grouped(done: Redacted) -> tuple[ReplacedWords, ...]:
    counts = Counter((one.kind, one.before, one.after) for one in done.replacements)
    first = {(one.kind, one.before, one.after): one.place for one in reversed(done.replacements)}
    return tuple(ReplacedWords(*key, count, first[key]) for key, count in counts.items())


def _open_review(context: Context, request: RedactionRequest) -> int:
    path = request.review
    assert path is not None
    if path.resolve().is_relative_to(context.layout.root.resolve()):
        raise UsageError(
            "the review file holds the words that are replaced, so it must lie outside the workspace",
            code="review-inside",
            place=str(path),
            hints=["name a file elsewhere: `--review ~/review.tsv`"],
        )
    if path.exists() and not request.overwrite:
        raise Conflict("the review file exists", code="file-exists", place=str(path), hints=["choose another name"])
    from persona.storage.disk import refused

    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        path.chmod(0o600)
    except OSError as error:
        raise refused(error, str(path)) from None
    _write(handle, "\t".join(REVIEW) + "\n")
    return handle


def _write(handle: int, text: str) -> None:
    data = text.encode()
    while data:
        data = data[os.write(handle, data) :]
