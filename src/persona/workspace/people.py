"""The people of a project: who speaks in it, and who is known already while files are imported."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from persona.errors import Conflict, UsageError
from persona.model.canonical import canonical_json
from persona.model.cards import ParticipantLabel
from persona.model.projects import check_day
from persona.model.records import Consent, DocumentRecord, Draft, Participant, Withdrawal
from persona.model.sources import Document
from persona.runs.consent import allowed, project_consent, today
from persona.runs.inputs import labels_of, load_label
from persona.workspace.context import Context, Progress, silent
from persona.workspace.views import ConsentView, ParticipantDetail, ParticipantView, WithdrawalView


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
                    merged = ParticipantLabel(old.label, {**old.attributes, **card.attributes}, salt=old.salt)
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

    def withdraw(
        self, ref: str, *, project: str | None = None, dry_run: bool = False, progress: Progress = silent
    ) -> WithdrawalView:
        """Erase the words of a person everywhere, or say what would be erased. A killed withdrawal is finished.

        Raises ``NotFound`` for somebody unknown, ``Conflict`` while a run that reads the words is at work.
        """
        from persona.workspace.withdrawing import Withdrawing, resolve_participant

        who = resolve_participant(self._context, ref, project)
        return Withdrawing(self._context).withdraw(who, dry_run=dry_run, progress=progress)

    def list(self, project: str | None = None) -> tuple[ParticipantView, ...]:
        """Every participant by label."""
        context = self._context
        where = context.project(project)
        labels = labels_of(context.records, context.blobs, where.id)
        counts: dict[str, int] = {}
        for record in context.records.find(DocumentRecord, project=where.id).items:
            for id in set(record.participants):
                counts[id] = counts.get(id, 0) + 1
        default = project_consent(context.records, context.blobs, where.id)
        views = [
            _view(one, labels[one.id], counts.get(one.id, 0), default)
            for one in context.records.find(Participant, project=where.id).items
        ]
        return tuple(sorted(views, key=lambda view: (view.withdrawn is not None, view.label)))

    def show(self, ref: str, project: str | None = None) -> ParticipantDetail:
        """One person: what they allow and when that was recorded, where they speak, and what a withdrawal erased."""
        from persona.workspace.withdrawing import Withdrawing, resolve_participant

        context = self._context
        one = resolve_participant(context, ref, project)
        documents = [
            record
            for record in context.records.find(DocumentRecord, project=one.project).items
            if one.id in record.participants
        ]
        versions = tuple(
            ConsentView(event.seq, event.id, event.recorded_at, event.actor, dict(event.body))
            for event in context.records.events(subject=one.id, kind="participant.consented")
        )
        erased = None
        if one.withdrawn is not None:
            erased = Withdrawing(context).view(context.records.get(Withdrawal, one.withdrawn))
        default = project_consent(context.records, context.blobs, one.project)
        view = _view(one, load_label(context.blobs, one.card), len(documents), default)
        return ParticipantDetail(view, one.project, tuple(record.id for record in documents), versions, erased)

    def consent(
        self, refs: Sequence[str], said: Mapping[str, bool | str | None], *, project: str | None = None
    ) -> tuple[ParticipantView, ...]:
        """Record what people allow, as a new version for each: ``use``, ``quotation``, ``hosted``, ``retention``.

        What is not named stays as it was; None takes a word back, so that the project's own default holds.
        Raises ``UsageError`` when nothing is said, ``Conflict`` for somebody who withdrew.
        """
        from persona.workspace.withdrawing import resolve_participant

        people = [resolve_participant(self._context, ref, project) for ref in refs]
        self._record([(one, said) for one in people])
        return tuple(self.show(one.id).participant for one in people)

    def consent_file(self, path: str | Path, *, project: str | None = None) -> tuple[ParticipantView, ...]:
        """Record what many people allow, from a CSV file with a column ``participant`` and any of the four others.

        Cells are ``yes`` or ``no``, a day for ``retention``; an empty one says nothing. Nothing is recorded unless
        every row is good. Raises ``InvalidInput`` that names the row.
        """
        from persona.workspace.consent_files import read_consents
        from persona.workspace.withdrawing import resolve_participant

        given = [(resolve_participant(self._context, who, project), said) for who, said in read_consents(Path(path))]
        self._record(given)
        return tuple(self.show(one.id).participant for one, _ in given)

    def _record(self, given: Sequence[tuple[Participant, Mapping[str, bool | str | None]]]) -> None:
        drafts = []
        for one, said in given:
            if one.withdrawn is not None:
                raise Conflict(
                    "this person withdrew, and their words are erased",
                    code="participant-withdrawn",
                    place=one.id,
                    hints=[f"see what was erased: `persona participant show {one.id}`"],
                )
            if not said:
                raise UsageError(
                    "nothing is said that they allow or do not allow",
                    code="consent-unsaid",
                    place=one.id,
                    hints=[f"say it: `persona participant consent {one.id} --no-quotation`"],
                )
            day = said.get("retention")
            checked = dict(said) | ({"retention": check_day(str(day), "--retention")} if day is not None else {})
            drafts.append(Draft("participant.consented", one.id, checked))
        self._context.append(*drafts)

    def expired(self, project: str | None = None) -> tuple[ParticipantView, ...]:
        """The people of a project whose words were to be kept no longer, and still are."""
        return tuple(view for view in self.list(project) if view.expired and view.withdrawn is None)


def _view(one: Participant, card: ParticipantLabel, documents: int, default: Consent) -> ParticipantView:
    said = allowed(one, default)
    return ParticipantView(
        one.id,
        card.label,
        card.attributes,
        documents,
        use=said.use,
        quotation=said.quotation,
        hosted=said.hosted,
        retention=said.retention,
        expired=said.expired(today()),
        withdrawn=one.withdrawn,
    )
