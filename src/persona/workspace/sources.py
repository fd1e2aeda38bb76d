"""The verbs of sources: import, list, show, tag; and the people who speak in them."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec

from persona.errors import InvalidInput, PersonaError, UsageError
from persona.model.canonical import canonical_json, digest_of
from persona.model.cards import ParticipantLabel, SourceCard
from persona.model.ids import new_id
from persona.model.records import DocumentRecord, Draft, Edge, Participant, Project, Source
from persona.model.sources import Document, Reading
from persona.runs.inputs import labels_of, load_document
from persona.workspace.context import Context, Progress, silent, tag_draft
from persona.workspace.layout import write_atomic
from persona.workspace.views import (
    DocumentView,
    ImportedFile,
    ImportReport,
    ParticipantView,
    SourceDetail,
    SourceView,
    TurnView,
)


class _People:
    """The participants of a project while files are imported: who is already known by which label."""

    def __init__(self, context: Context, project: str, separate: bool) -> None:
        self._blobs = context.blobs
        self._cards = labels_of(context.records, context.blobs, project)
        self._by_label = {card.label: id for id, card in self._cards.items()}
        self._project = project
        self._separate = separate
        self._met: set[str] = set()

    @property
    def met(self) -> int:
        """How many different people have been settled."""
        return len(self._met)

    def settle(self, document: Document, prefix: str, pending: list[tuple[str, str, bytes]]) -> tuple[str, ...]:
        """The participant ids of a document; new and changed people go to ``pending`` as (event kind, id, card)."""
        ids = []
        for card in document.participants:
            specific = card.specific and not self._separate
            known = self._by_label.get(card.key) if specific else None
            if known is not None:
                old = self._cards[known]
                if any(old.attributes.get(key) != value for key, value in card.attributes.items()):
                    merged = ParticipantLabel(old.label, {**old.attributes, **card.attributes})
                    self._cards[known] = merged
                    pending.append(("participant.changed", known, canonical_json(merged)))
                ids.append(known)
                continue
            label = card.key if specific else self._free_label(card.key, document.title)
            id = f"{prefix}.{len(self._by_label) + 1:04d}"
            fresh = ParticipantLabel(label, dict(card.attributes))
            self._by_label[label] = id
            self._cards[id] = fresh
            pending.append(("participant.added", id, canonical_json(fresh)))
            ids.append(id)
        self._met.update(ids)
        return tuple(ids)

    def _free_label(self, key: str, title: str) -> str:
        base = key if key == title or not self._separate else f"{title}: {key}"
        label, number = base, 2
        while label in self._by_label:
            label, number = f"{base}-{number}", number + 1
        return label


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
        progress: Progress = silent,
    ) -> ImportReport:
        """Seal files, folders and globs as sources of a project.

        A file that cannot be read is reported and the rest is imported. Bytes already here are left alone.
        People with the same specific label are one participant, unless ``separate_people``.
        """
        from persona.sources import find_files

        context = self._context
        where = context.project(project)
        found = find_files(paths)
        known = {source.digest for source in context.records.find(Source, project=where.id).items}
        people = _People(context, where.id, separate_people)
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
                outcomes.append(self._import_one(item.path, where, known, people, dry_run))
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
        )

    def _import_one(
        self, path: Path, project: Project, known: set[Any], people: _People, dry_run: bool
    ) -> ImportedFile:
        from persona.sources import load_bytes, read

        data = load_bytes(path)
        digest = digest_of(data)
        if digest in known:
            return ImportedFile(str(path), "unchanged", notes=("these bytes are already a source of the project",))
        reading = read(data, path.name)
        known.add(digest)
        turns = sum(len(document.turns) for document in reading.documents)
        persons = len({card.key for document in reading.documents for card in document.participants})
        source_id = None
        if not dry_run:
            source_id = self._seal(path, data, reading, project, people)
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
            notes=reading.notes,
        )

    def _seal(self, path: Path, data: bytes, reading: Reading, project: Project, people: _People) -> str:
        """Blobs first, then one transaction with the source, its documents and its people."""
        context = self._context
        source_id = new_id("source")
        tail = source_id.removeprefix("source_")
        pending: list[tuple[str, str, bytes]] = []
        voices = [people.settle(document, f"participant_{tail}", pending) for document in reading.documents]
        card = canonical_json(SourceCard(path.name))
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
        self.write_view(project.id, path.name, data)
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
        try:
            return msgspec.json.decode(self._context.blobs.get(source.card), type=SourceCard).name
        except PersonaError:
            return "(name lost)"

    def _view(
        self, source: Source, documents: Sequence[DocumentRecord], labels: Mapping[str, ParticipantLabel]
    ) -> SourceView:
        people = dict.fromkeys(id for record in documents for id in record.participants)
        return SourceView(
            id=source.id,
            name=self.name_of(source),
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
        )


class Participants:
    """The people of a project, apart from documents."""

    def __init__(self, context: Context) -> None:
        self._context = context

    def list(self, project: str | None = None) -> tuple[ParticipantView, ...]:
        """Every participant by label."""
        context = self._context
        where = context.project(project)
        labels = labels_of(context.records, context.blobs, where.id)
        counts: dict[str, int] = {}
        for record in context.records.find(DocumentRecord, project=where.id).items:
            for id in set(record.participants):
                counts[id] = counts.get(id, 0) + 1
        views = [
            ParticipantView(one.id, labels[one.id].label, labels[one.id].attributes, counts.get(one.id, 0))
            for one in context.records.find(Participant, project=where.id).items
        ]
        return tuple(sorted(views, key=lambda view: view.label))


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
