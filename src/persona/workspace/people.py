"""The people of a project: who speaks in it, and who is known already while files are imported."""

from __future__ import annotations

from persona.model.canonical import canonical_json
from persona.model.cards import ParticipantLabel
from persona.model.records import DocumentRecord, Participant
from persona.model.sources import Document
from persona.runs.inputs import labels_of
from persona.workspace.context import Context
from persona.workspace.views import ParticipantView


class People:
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
