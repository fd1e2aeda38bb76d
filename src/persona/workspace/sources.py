"""The verbs of sources: import, list, show, tag; and the people who speak in them."""

from __future__ import annotations

import shlex
from bisect import bisect_right
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from persona.errors import InvalidInput, NotFound, PersonaError, UsageError
from persona.lineage.references import BORDER
from persona.model.canonical import canonical_json, digest_of
from persona.model.cards import ParticipantLabel, RedactionNote, SourceCard
from persona.model.ids import new_id
from persona.model.records import DocumentRecord, Draft, Edge, Project, Source, Withdrawal
from persona.model.redaction import RedactionRequest, is_redacted_reader
from persona.model.sources import Document, Reading
from persona.runs.inputs import labels_of, load_document
from persona.runs.sealed import read_left
from persona.storage.erased import erased
from persona.workspace.context import Context, Progress, silent, tag_draft
from persona.workspace.layout import write_atomic
from persona.workspace.views import (
    DocumentView,
    ImportedFile,
    ImportReport,
    SourceDetail,
    SourceView,
    TurnView,
)

if TYPE_CHECKING:
    from persona.sources import Found
    from persona.workspace.people import People
    from persona.workspace.redacting import Redacting


class _Known:
    """What a project holds already: the digests of its sources, and of which redacted source bytes are the original."""

    def __init__(self, context: Context, project: Project, redacted: bool) -> None:
        gone = {one.id: one for one in erased(context.records).values() if one.kind == "original"}
        listed = {one.id: one.participants[0] for one in context.records.find(Withdrawal).items} if gone else {}
        self.erased = {id: listed[one.withdrawal] for id, one in gone.items()}
        sources = context.records.find(Source, project=project.id).items
        self.digests = {source.digest for source in sources} - self.erased.keys()
        self.original_of: Callable[[bytes], str | None] = lambda _: None
        if redacted:
            from persona.workspace.redacting import recognise_redacted

            self.original_of = recognise_redacted(context, project)


class Sources:
    """The imported originals of a workspace."""

    def __init__(self, context: Context) -> None:
        self._context = context

    def import_(
        self,
        paths: Sequence[str | Path],
        *,
        project: str | None = None,
        dry_run: bool = False,
        separate_people: bool = False,
        redact: RedactionRequest | bool | None = None,
        progress: Progress = silent,
    ) -> ImportReport:
        """Seal files, folders and globs as sources of a project.

        A file that cannot be read is reported and the rest is imported. Bytes already here are left alone.
        People with the same specific label are one participant, unless ``separate_people``. With ``redact``, names and
        personal data are replaced before anything is stored. Raises ``UsageError`` when ``redact`` is None and the
        project has redacted sources.
        """
        from persona.sources import find_files
        from persona.workspace.people import People

        context = self._context
        where = context.project(project)
        found = find_files(paths)
        request = self._redaction(where, redact)
        people = People(context, where.id, separate_people)
        if request is None:
            return self._import_all(found, where, people, None, dry_run, progress)
        from persona.workspace.redacting import redacting

        files = [item.path for item in found if not item.error and not item.skipped]
        with redacting(context, where, request, files, dry_run) as redaction:
            return self._import_all(found, where, people, redaction, dry_run, progress)

    def _redaction(self, project: Project, redact: RedactionRequest | bool | None) -> RedactionRequest | None:
        """The redaction asked for. Raises ``UsageError`` when a project with redacted sources is given no answer."""
        if redact is None and self._has_redacted(project):
            raise UsageError(
                "sources of this project were redacted, and this import does not say whether to redact",
                code="redaction-unsaid",
                place=project.id,
                hints=["redact these too: `--redact`", "or seal them as they are: `--no-redact`"],
            )
        if redact is None or isinstance(redact, bool):
            return RedactionRequest() if redact else None
        return redact

    def _has_redacted(self, project: Project) -> bool:
        sources = self._context.records.find(Source, project=project.id).items
        return any(is_redacted_reader(source.reader) for source in sources)

    def _import_all(
        self,
        found: Sequence[Found],
        where: Project,
        people: People,
        redaction: Redacting | None,
        dry_run: bool,
        progress: Progress,
    ) -> ImportReport:
        known = _Known(self._context, where, self._has_redacted(where) and redaction is None)
        outcomes: list[ImportedFile] = []
        for done, item in enumerate(found):
            progress("importing", done, len(found))
            if item.error:
                outcomes.append(ImportedFile(str(item.path), "refused", error=item.error.as_dict()))
                continue
            if item.skipped:
                outcomes.append(ImportedFile(str(item.path), "skipped", notes=(item.skipped,)))
                continue
            try:
                outcomes.append(self._import_one(item.path, where, known, people, redaction, dry_run))
            except InvalidInput as error:
                outcomes.append(ImportedFile(str(item.path), "refused", error=error.as_dict()))
            except PersonaError as error:
                inside = sum(one.outcome == "imported" for one in outcomes)
                if inside:
                    error.hints = (*error.hints, f"{inside} of {len(found)} files are in; import again to go on")
                raise
        progress("importing", len(found), len(found))
        taken = [one for one in outcomes if one.outcome in ("imported", "preview")]
        return ImportReport(
            project=where.id,
            dry_run=dry_run,
            files=tuple(outcomes),
            imported=sum(one.outcome == "imported" for one in outcomes),
            unchanged=sum(one.outcome == "unchanged" for one in outcomes),
            refused=sum(one.outcome == "refused" for one in outcomes),
            skipped=sum(one.outcome == "skipped" for one in outcomes),
            documents=sum(one.documents for one in taken),
            participants=people.met,
            redacted=_summed(taken) if redaction is not None else None,
            notes=redaction.notes if redaction is not None else (),
        )

    def _import_one(
        self,
        path: Path,
        project: Project,
        known: _Known,
        people: People,
        redaction: Redacting | None,
        dry_run: bool,
    ) -> ImportedFile:
        from persona.sources import load_bytes, read

        data, name = load_bytes(path), path.name
        taken = None
        if redaction is not None:
            taken = redaction.take(path, data)
            if taken.source is not None:
                told = "it is a source of the project already, redacted"
                told += "; by the rules of now other words would go, and what is sealed stays" if taken.changed else ""
                return ImportedFile(str(path), "unchanged", notes=(told, *taken.notes))
            redaction.save()  # before anything that bears a pseudonym
            data, name = taken.data, taken.name
        digest = digest_of(data)
        if digest in known.digests:
            return ImportedFile(str(path), "unchanged", notes=("these bytes are already a source of the project",))
        if digest in known.erased:
            raise InvalidInput(
                "the file holds words of somebody who withdrew, and they were erased here",
                code="source-withdrawn",
                place=str(path),
                hints=[f"see who withdrew: `persona participant show {known.erased[digest]}`"],
            )
        before = known.original_of(data) if taken is None else None
        if before is not None:
            return ImportedFile(str(path), "unchanged", notes=(f"it is in already, redacted, as {before}",))
        reading = taken.reading if taken else read(data, name)
        known.digests.add(digest)
        turns = sum(len(document.turns) for document in reading.documents)
        persons = len({card.key for document in reading.documents for card in document.participants})
        source_id = None
        if not dry_run:
            card = SourceCard(name, taken.note) if taken else SourceCard(name)
            source_id = self._seal(card, data, reading, project, people)
            if redaction is not None and taken is not None:
                redaction.sealed(taken, source_id)
        else:
            for document in reading.documents:
                people.settle(document, "participant_preview", [])
        return ImportedFile(
            str(path),
            "preview" if dry_run else "imported",
            source=source_id,
            documents=len(reading.documents),
            participants=persons,
            turns=turns,
            notes=(*reading.notes, *(taken.notes if taken else ())),
            redacted=taken.counts if taken else None,
            kept_as=taken.name if taken else None,
            replacements=taken.replacements if taken else (),
        )

    def _seal(self, named: SourceCard, data: bytes, reading: Reading, project: Project, people: People) -> str:
        """Blobs first, then one transaction with the source, its documents and its people."""
        context = self._context
        source_id = new_id("source")
        tail = source_id.removeprefix("source_")
        pending: list[tuple[str, str, bytes]] = []
        voices = [people.settle(document, f"participant_{tail}", pending) for document in reading.documents]
        card = canonical_json(named)
        small = [card, *(body for _, _, body in pending)]
        texts = [canonical_json(document) for document in reading.documents]
        source_digest = context.blobs.put(data)
        card_digest, *card_digests = context.blobs.put_many(small)
        text_digests = context.blobs.put_many(texts)
        documents: list[dict[str, Any]] = []
        edges: list[Edge] = []
        for ordinal, (document, digest, ids) in enumerate(
            zip(reading.documents, text_digests, voices, strict=True), start=1
        ):
            id = f"document_{tail}.{ordinal:04d}"
            documents.append(
                {
                    "id": id,
                    "digest": digest,
                    "ordinal": ordinal,
                    "turns": len(document.turns),
                    "characters": len(document.text),
                    "participants": list(ids),
                }
            )
            edges.append(Edge(id, "derived_from", source_id))
            edges += [Edge(id, "associated_with", participant) for participant in dict.fromkeys(ids)]
        drafts = [
            Draft(kind, id, {"card": digest} | ({"project": project.id} if kind == "participant.added" else {}))
            for (kind, id, _), digest in zip(pending, card_digests, strict=True)
        ]
        body = {
            "project": project.id,
            "digest": source_digest,
            "media_type": reading.media_type,
            "bytes": len(data),
            "card": card_digest,
            "reader": reading.documents[0].reader if reading.documents else "",
            "documents": documents,
        }
        edges.append(Edge(source_id, "part_of", project.id))
        drafts.append(Draft("source.imported", source_id, body, tuple(edges)))
        context.append(*drafts)
        self.write_view(project.id, named.name, data)
        return source_id

    def write_view(self, project: str, name: str, data: bytes) -> bool:
        """A read-only copy for people under ``sources/``; whether it had to be written.

        A second file of the same name gets its digest in the name.
        """
        folder = self._context.layout.sources(project)
        target = folder / name
        if target.exists() and target.read_bytes() != data:
            stem, dot, suffix = name.rpartition(".")
            mark = digest_of(data).removeprefix("sha256:")[:8]
            target = folder / (f"{stem}~{mark}{dot}{suffix}" if dot else f"{name}~{mark}")
        if target.exists():
            return False
        write_atomic(target, data, read_only=True)
        return True

    def list(self, project: str | None = None) -> tuple[SourceView, ...]:
        """The sources of a project in the order in which they came."""
        where = self._context.project(project)
        labels = labels_of(self._context.records, self._context.blobs, where.id)
        documents: dict[str, list[DocumentRecord]] = {}
        for record in self._context.records.find(DocumentRecord, project=where.id).items:
            documents.setdefault(record.source, []).append(record)
        return tuple(
            self._view(source, documents.get(source.id, []), labels)
            for source in self._context.records.find(Source, project=where.id, order="imported_at").items
        )

    def resolve(self, ref: str, project: str | None = None) -> Source:
        """A source by id, by an unambiguous prefix, or by the name of its file.

        Raises ``UsageError`` when several files of the project have this name.
        """
        where = self._context.project(project)
        if BORDER in ref:
            raise NotFound(
                f"`{ref}` is of another workspace: what its people allow, and whether they withdraw, is recorded there",
                code="source-not-found",
                place=f"project {where.id}",
                hints=[
                    "bring the file in, and record here what its people allow: `persona source import FILE`",
                    f"see what it is: `persona lineage show {shlex.quote(ref)}`",
                ],
            )
        sources = self._context.records.find(Source, project=where.id, order="imported_at").items
        for source in sources:
            if ref in (source.id, source.digest):
                return source
        named = [source for source in sources if self.name_of(source) == ref]
        if len(named) > 1:
            raise UsageError(
                f"{len(named)} sources of the project have the name `{ref}`",
                code="ambiguous-id",
                place=", ".join(source.id for source in named),
                hints=["name one by its id: `persona source list`"],
            )
        if named:
            return named[0]
        return self._context.records.resolve(Source, ref, project=where.id)

    def show(self, ref: str, project: str | None = None) -> SourceDetail:
        """One source with every turn of its documents."""
        context = self._context
        source = self.resolve(ref, project)
        labels = labels_of(context.records, context.blobs, source.project)
        records = sorted(
            (
                one
                for one in context.records.find(DocumentRecord, project=source.project).items
                if one.source == source.id
            ),
            key=lambda one: one.ordinal,
        )
        views = []
        for record in records:
            document = load_document(context.blobs, record.digest)
            names = dict(
                zip(
                    (card.key for card in document.participants),
                    (labels[id].label for id in record.participants),
                    strict=True,
                )
            )
            views.append(_document_view(record, document, names))
        return SourceDetail(self._view(source, records, labels), tuple(views))

    def tag(self, ref: str, set_: Mapping[str, str], unset: Sequence[str] = ()) -> SourceView:
        """Set and remove tags of a source."""
        source = self.resolve(ref)
        self._context.append(tag_draft("source", source.id, set_, list(unset)))
        return self.show(source.id).source

    def name_of(self, source: Source) -> str:
        """The name of the imported file, which only its card knows."""
        return self._card(source).name

    def _card(self, source: Source) -> SourceCard:
        try:
            return msgspec.json.decode(read_left(self._context.blobs, source.card), type=SourceCard)
        except PersonaError:
            return SourceCard("(name lost)")

    def _view(
        self, source: Source, documents: Sequence[DocumentRecord], labels: Mapping[str, ParticipantLabel]
    ) -> SourceView:
        people = dict.fromkeys(id for record in documents for id in record.participants)
        card = self._card(source)
        return SourceView(
            id=source.id,
            name=card.name,
            digest=source.digest,
            media_type=source.media_type,
            reader=source.reader,
            bytes=source.bytes,
            documents=len(documents),
            turns=sum(record.turns for record in documents),
            characters=sum(record.characters for record in documents),
            participants=tuple(labels[id].label for id in people),
            imported_at=source.imported_at,
            tags=source.tags,
            redacted=card.redaction.counts if isinstance(card.redaction, RedactionNote) else None,
        )


def _summed(files: Sequence[ImportedFile]) -> dict[str, int]:
    """Replacements per kind over all files."""
    return dict(sorted(sum((Counter(one.redacted or {}) for one in files), Counter[str]()).items()))


def _document_view(record: DocumentRecord, document: Document, names: Mapping[str, str]) -> DocumentView:
    starts = [origin.start for origin in document.origins]
    turns = []
    for turn in document.turns:
        at = bisect_right(starts, turn.start) - 1
        turns.append(
            TurnView(
                index=turn.index,
                speaker=turn.speaker,
                role=turn.role,
                participant=names.get(turn.participant) if turn.participant is not None else None,
                start=turn.start,
                end=turn.end,
                place=document.origins[at].place if at >= 0 else "",
                text=document.words(turn),
                began=turn.began,
                ended=turn.ended,
                question=turn.question,
            )
        )
    return DocumentView(record, document.title, document.reader, document.encoding, document.attributes, tuple(turns))
