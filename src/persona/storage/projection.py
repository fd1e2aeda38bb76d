"""The projection: what each event means for the tables.

A pure function from an event and the records before it to operations on rows; it knows no SQL. Appending,
rebuilding and checking all go through it, so a table can only ever be what the log says.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, Protocol, TypeVar, cast

from msgspec import UNSET, Struct
from msgspec.structs import asdict, replace

from persona.errors import Conflict, InvalidInput, NotFound
from persona.model.canonical import Digest
from persona.model.records import (
    Artefact,
    Call,
    DocumentRecord,
    Edge,
    Erasure,
    Event,
    Experiment,
    Import,
    Noun,
    Participant,
    Project,
    Run,
    Source,
    Withdrawal,
)
from persona.storage import bodies
from persona.storage.circles import Ancestry, check_no_circle
from persona.storage.tables import NOUNS, listing_of, table_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

Thing = (
    Project | Source | DocumentRecord | Participant | Experiment | Run | Artefact | Call | Withdrawal | Erasure | Import
)

MAX_KEY = 200
"""The most characters of a key of params, metrics and tags: databases index them."""


class State(Ancestry, Protocol):
    """What the projection may ask about the records before an event."""

    def current(self, noun: type[Noun], id: str) -> Noun | None:
        """The record as it is."""
        ...

    def last_step(self, run: str, key: str) -> tuple[int, str] | None:
        """The greatest step, and its time, of a metric of a run."""
        ...

    def holder(self, name: str, alias: str) -> str | None:
        """The artefact to which an alias of ``project/name`` points."""
        ...


class Put(Struct, frozen=True, gc=False):
    """A record holds from now on, in place of an earlier one when ``replaces``."""

    record: Thing
    replaces: bool


class SetText(Struct, frozen=True, gc=False):
    """A param or tag holds from now on, in place of what it was ``before``; ``after`` None ends it."""

    family: Literal["param", "tag"]
    subject: str
    key: str
    before: str | None
    after: str | None


class SetMetric(Struct, frozen=True, gc=False):
    """The last value of a metric of a run, in place of what it was ``before``."""

    run: str
    key: str
    before: float | None
    after: float


class AddPoint(Struct, frozen=True, gc=False):
    """One measured value; ``ordinal`` is its place in the event."""

    run: str
    key: str
    step: int
    at: str
    ordinal: int
    value: float


class SetAlias(Struct, frozen=True, gc=False):
    """An alias of ``project/name`` points at an artefact from now on, or at none."""

    name: str
    alias: str
    artefact: str | None
    replaces: bool


class AddEdge(Struct, frozen=True, gc=False):
    """An edge holds from now on; nothing happens when it does already."""

    edge: Edge


Operation = Put | SetText | SetMetric | AddPoint | SetAlias | AddEdge


def project(event: Event, body: bodies.Body, state: State) -> list[Operation]:
    """What an event changes. No two operations of one event touch the same row.

    Raises ``Conflict`` when it makes something that exists, ``NotFound`` when it changes something that does not,
    ``InvalidInput`` when a thing would come from itself.
    """
    operations = list(_RULES[type(body)](event, body, state))
    if event.edges:
        check_no_circle(event, state)
        operations += [AddEdge(edge) for edge in dict.fromkeys(event.edges)]
    return operations


N = TypeVar(
    "N", Project, Source, DocumentRecord, Participant, Experiment, Run, Artefact, Call, Withdrawal, Erasure, Import
)


def _existing(state: State, noun: type[N], id: str) -> N:
    record = state.current(noun, id)
    if record is None:
        word = table_of(noun).word
        raise NotFound(
            f"there is no {word} `{id}`",
            code=f"{word}-not-found",
            place=id,
            hints=[f"see what there is: `persona {listing_of(table_of(noun))} list`"],
        )
    return record


def _new(state: State, record: N) -> Put:
    if state.current(type(record), record.id) is not None:
        word = table_of(type(record)).word
        raise Conflict(f"the {word} `{record.id}` exists already", code=f"{word}-exists", place=record.id)
    return Put(record, replaces=False)


def _changed(before: N, after: N) -> Iterator[Operation]:
    if after != before:
        yield Put(after, replaces=True)


def _merged(fields: Mapping[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in {**fields, **changes}.items() if value is not None}


def _without_none(fields: dict[str, Any]) -> dict[str, Any]:
    return _merged(fields, {}) if None in fields.values() else fields


def _texts(
    family: Literal["param", "tag"], subject: str, before: Mapping[str, str], after: Mapping[str, str]
) -> Iterator[Operation]:
    for key, value in after.items():
        old = before.get(key)
        if old == value:
            continue
        if not key or len(key) > MAX_KEY:
            raise InvalidInput(
                f"the key of a {family} must have 1 to {MAX_KEY} characters", code="bad-key", place=subject
            )
        yield SetText(family, subject, key, old, value)
    for key, value in before.items():
        if key not in after:
            yield SetText(family, subject, key, value, None)


def _workspace_created(_event: Event, _body: bodies.WorkspaceCreated, _state: State) -> Iterator[Operation]:
    return iter(())


def _event_withheld(_event: Event, _body: bodies.EventWithheld, _state: State) -> Iterator[Operation]:
    return iter(())


def _project_created(event: Event, body: bodies.ProjectCreated, state: State) -> Iterator[Operation]:
    file = Digest(body.file) if body.file else None
    yield _new(
        state,
        Project(
            id=event.subject,
            title=body.title,
            status=body.status,
            created_at=event.recorded_at,
            file=file,
            fields=_without_none(body.fields),
            tags=body.tags,
        ),
    )
    yield from _texts("tag", event.subject, {}, body.tags)


def _project_changed(event: Event, body: bodies.ProjectChanged, state: State) -> Iterator[Operation]:
    before = _existing(state, Project, event.subject)
    after = replace(before, fields=_merged(before.fields, body.fields))
    if body.title is not UNSET:
        after = replace(after, title=body.title)
    if body.status is not UNSET:
        after = replace(after, status=body.status)
    if body.file is not UNSET:
        after = replace(after, file=body.file)
    yield from _changed(before, after)


def _source_imported(event: Event, body: bodies.SourceImported, state: State) -> Iterator[Operation]:
    yield _new(
        state,
        Source(
            id=event.subject,
            project=body.project,
            digest=Digest(body.digest),
            media_type=body.media_type,
            bytes=body.bytes,
            card=Digest(body.card),
            reader=body.reader,
            documents=len(body.documents),
            imported_at=event.recorded_at,
        ),
    )
    if len({item.id for item in body.documents}) < len(body.documents):
        raise InvalidInput("two documents have one id", code="bad-event", place=event.subject)
    for item in body.documents:
        yield _new(
            state,
            DocumentRecord(
                id=item.id,
                project=body.project,
                source=event.subject,
                digest=Digest(item.digest),
                ordinal=item.ordinal,
                turns=item.turns,
                characters=item.characters,
                participants=item.participants,
            ),
        )


def _participant_added(event: Event, body: bodies.ParticipantAdded, state: State) -> Iterator[Operation]:
    yield _new(state, Participant(event.subject, body.project, Digest(body.card), event.recorded_at))


def _participant_changed(event: Event, body: bodies.ParticipantChanged, state: State) -> Iterator[Operation]:
    before = _existing(state, Participant, event.subject)
    yield from _changed(before, replace(before, card=body.card))


def _participant_consented(event: Event, body: bodies.ParticipantConsented, state: State) -> Iterator[Operation]:
    before = _existing(state, Participant, event.subject)
    consent = replace(before.consent, version=before.consent.version + 1)
    for name in ("use", "quotation", "hosted", "retention"):
        value = getattr(body, name)
        if value is not UNSET:
            consent = replace(consent, **{name: value})
    yield from _changed(before, replace(before, consent=consent))


def _participant_withdrawn(event: Event, body: bodies.ParticipantWithdrawn, state: State) -> Iterator[Operation]:
    before = _existing(state, Participant, event.subject)
    yield from _changed(before, replace(before, withdrawn=body.withdrawal))


def _withdrawal_begun(event: Event, body: bodies.WithdrawalBegun, state: State) -> Iterator[Operation]:
    yield _new(state, Withdrawal(event.subject, body.project, body.participants, event.id, event.recorded_at))


def _words_erased(event: Event, body: bodies.WordsErased, state: State) -> Iterator[Operation]:
    """Bytes that were erased before, and came back by an import, are erased by the later withdrawal."""
    withdrawal = _existing(state, Withdrawal, event.subject)
    for item in {item.digest: item for item in body.items}.values():
        left = _digest(item.successor)
        digest = Digest(item.digest)
        erased = Erasure(digest, withdrawal.project, withdrawal.id, item.kind, left, event.recorded_at)
        before = state.current(Erasure, erased.id)
        if before is None:
            yield Put(erased, replaces=False)
        else:
            yield from _changed(before, erased)


def _document_redacted(event: Event, body: bodies.DocumentRedacted, state: State) -> Iterator[Operation]:
    before = _existing(state, DocumentRecord, event.subject)
    yield from _changed(before, replace(before, digest=Digest(body.digest), participants=body.participants))


def _withdrawal_ended(event: Event, body: bodies.WithdrawalEnded, state: State) -> Iterator[Operation]:
    before = _existing(state, Withdrawal, event.subject)
    yield from _changed(before, replace(before, ended_at=event.recorded_at, fields=_merged(before.fields, body.fields)))


def _experiment_created(event: Event, body: bodies.ExperimentCreated, state: State) -> Iterator[Operation]:
    yield _new(
        state,
        Experiment(
            id=event.subject,
            project=body.project,
            name=body.name,
            description=body.description,
            created_at=event.recorded_at,
            version=body.version,
            file=Digest(body.file),
            variants=body.variants,
            fields=_without_none(body.fields),
            tags=body.tags,
        ),
    )
    yield from _texts("tag", event.subject, {}, body.tags)


def _experiment_changed(event: Event, body: bodies.ExperimentChanged, state: State) -> Iterator[Operation]:
    before = _existing(state, Experiment, event.subject)
    after = replace(before, fields=_merged(before.fields, body.fields))
    for name in ("description", "version", "file", "variants"):
        value = getattr(body, name)
        if value is not UNSET:
            after = replace(after, **{name: value})
    yield from _changed(before, after)


def _run_planned(event: Event, body: bodies.RunPlanned, state: State) -> Iterator[Operation]:
    yield _new(
        state,
        Run(
            id=event.subject,
            uuid=body.uuid,
            project=body.project,
            experiment=body.experiment,
            variant=body.variant,
            status="planned",
            recipe=Digest(body.recipe) if body.recipe else None,
            seed=body.seed,
            repeat=body.repeat,
            planned_at=event.recorded_at,
            params=body.params,
            tags=body.tags,
            fields=_without_none(body.fields),
        ),
    )
    yield from _texts("param", event.subject, {}, body.params)
    yield from _texts("tag", event.subject, {}, body.tags)


def _run_started(event: Event, body: bodies.RunStarted, state: State) -> Iterator[Operation]:
    before = _existing(state, Run, event.subject)
    fields = _merged(before.fields, body.fields)
    after = replace(
        before, status="running", started_at=event.valid_from, ended_at=None, error=None, fields=fields
    )  # a run that was interrupted, or failed, and is taken up again
    yield from _changed(before, after)


def _run_logged(event: Event, body: bodies.RunLogged, state: State) -> Iterator[Operation]:
    before = _existing(state, Run, event.subject)
    params = {**before.params, **body.params}
    last = _last_values(event, body.metrics, before, state)
    after = replace(
        before, params=params, metrics={**before.metrics, **last}, fields=_merged(before.fields, body.fields)
    )
    yield from _changed(before, after)
    yield from _texts("param", event.subject, before.params, params)
    yield from _metrics(event, body.metrics, before, last)


def _run_finished(event: Event, body: bodies.RunFinished, state: State) -> Iterator[Operation]:
    before = _existing(state, Run, event.subject)
    last = _last_values(event, body.metrics, before, state)
    after = replace(
        before,
        status=body.status,
        ended_at=event.valid_from,
        error=body.error,
        metrics={**before.metrics, **last},
        fields=_merged(before.fields, body.fields),
    )
    yield from _changed(before, after)
    yield from _metrics(event, body.metrics, before, last)


def _last_values(event: Event, measured: tuple[bodies.Measured, ...], run: Run, state: State) -> dict[str, float]:
    """The metrics that an event moves: the value of the greatest step, then time, then place in the log."""
    last: dict[str, float] = {}
    reached: dict[str, tuple[int, str]] = {}
    for item in measured:
        if item.key not in reached and item.key in run.metrics:
            before = state.last_step(run.id, item.key)
            if before is not None:
                reached[item.key] = before
        here = (item.step, item.at or event.valid_from)
        if item.key not in reached or here >= reached[item.key]:
            reached[item.key] = here
            last[item.key] = item.value
    return last


def _metrics(
    event: Event, measured: tuple[bodies.Measured, ...], before: Run, last: Mapping[str, float]
) -> Iterator[Operation]:
    for ordinal, item in enumerate(measured):
        if not item.key or len(item.key) > MAX_KEY:
            raise InvalidInput(
                f"the key of a metric must have 1 to {MAX_KEY} characters", code="bad-key", place=before.id
            )
        yield AddPoint(before.id, item.key, item.step, item.at or event.valid_from, ordinal, item.value)
    for key, value in last.items():
        if before.metrics.get(key) != value:
            yield SetMetric(before.id, key, before.metrics.get(key), value)


def _run_deleted(event: Event, _body: bodies.RunDeleted, state: State) -> Iterator[Operation]:
    before = _existing(state, Run, event.subject)
    yield from _changed(before, replace(before, deleted=True))


def _run_restored(event: Event, _body: bodies.RunRestored, state: State) -> Iterator[Operation]:
    before = _existing(state, Run, event.subject)
    yield from _changed(before, replace(before, deleted=False))


def _call_recorded(event: Event, body: bodies.CallRecorded, state: State) -> Iterator[Operation]:
    run = _existing(state, Run, body.run)
    yield _new(
        state,
        Call(
            id=event.subject,
            project=run.project,
            run=body.run,
            ordinal=body.ordinal,
            step=body.step,
            about=body.about,
            key=Digest(body.key),
            provider=body.provider,
            model=body.model,
            answered=body.answered,
            mode=body.mode,
            status=body.status,
            reused=body.reused,
            request=Digest(body.request),
            sent=_digest(body.sent),
            received=_digest(body.received),
            response=_digest(body.response),
            input_tokens=body.input_tokens,
            output_tokens=body.output_tokens,
            cost=body.cost,
            seconds=body.seconds,
            attempts=body.attempts,
            recorded_at=event.recorded_at,
            error=body.error,
        ),
    )


def _digest(value: str | None) -> Digest | None:
    return Digest(value) if value else None


def _artefact_logged(event: Event, body: bodies.ArtefactLogged, state: State) -> Iterator[Operation]:
    name = f"{body.project}/{body.name}"
    before = None
    if body.alias is not None:
        before = state.holder(name, _good_alias(name, body.alias))
        if before is not None:
            yield _without_alias(state, before, body.alias)
    yield _new(
        state,
        Artefact(
            id=event.subject,
            project=body.project,
            name=body.name,
            version=body.version,
            kind=body.kind,
            digest=Digest(body.digest),
            bytes=body.bytes,
            path=body.path,
            run=body.run,
            created_at=event.recorded_at,
            aliases=() if body.alias is None else (body.alias,),
            fields=_without_none(body.fields),
            tags=body.tags,
        ),
    )
    if body.alias is not None:
        yield SetAlias(name, body.alias, event.subject, replaces=before is not None)
    yield from _texts("tag", event.subject, {}, body.tags)


def _good_alias(name: str, alias: str) -> str:
    if not alias or len(alias) > MAX_KEY:
        raise InvalidInput(f"an alias must have 1 to {MAX_KEY} characters", code="bad-alias", place=name)
    return alias


def _without_alias(state: State, artefact: str, alias: str) -> Put:
    holder = _existing(state, Artefact, artefact)
    return Put(replace(holder, aliases=tuple(one for one in holder.aliases if one != alias)), replaces=True)


def _alias_moved(_event: Event, body: bodies.AliasMoved, state: State) -> Iterator[Operation]:
    name = f"{body.project}/{body.name}"
    before = state.holder(name, _good_alias(name, body.alias))
    if before == body.artefact:
        return
    if before is not None:
        yield _without_alias(state, before, body.alias)
    if body.artefact is not None:
        target = _existing(state, Artefact, body.artefact)
        if (target.project, target.name) != (body.project, body.name):
            raise InvalidInput(f"`{target.id}` is not a version of `{name}`", code="bad-alias", place=name)
        aliases = tuple(sorted({*target.aliases, body.alias}))
        yield Put(replace(target, aliases=aliases), replaces=True)
    yield SetAlias(name, body.alias, body.artefact, replaces=before is not None)


_TAGGED: dict[str, type[Any]] = {table.word: table.noun for table in NOUNS if "tags" in table.columns}


def _thing_tagged(event: Event, body: bodies.ThingTagged, state: State) -> Iterator[Operation]:
    before = cast("Run", _existing(state, _TAGGED[body.noun], event.subject))
    kept = {key: value for key, value in before.tags.items() if key not in body.unset}
    tags = {**kept, **body.set}
    yield from _changed(before, replace(before, tags=tags))
    yield from _texts("tag", event.subject, before.tags, tags)


def _thing_noted(event: Event, body: bodies.ThingNoted, state: State) -> Iterator[Operation]:
    before = cast("Run", _existing(state, _TAGGED[body.noun], event.subject))
    if "fields" not in table_of(type(before)).columns:
        raise InvalidInput(
            f"a {body.noun} has no free fields",
            code="no-fields",
            place=event.subject,
            hints=[f"use a tag: `persona {body.noun} tag {event.subject} KEY=VALUE`"],
        )
    yield from _changed(before, replace(before, fields=_merged(before.fields, body.fields)))


def _provenance_imported(event: Event, body: bodies.ProvenanceImported, state: State) -> Iterator[Operation]:
    yield _new(state, Import(id=event.subject, imported_at=event.recorded_at, **asdict(body)))


def _provenance_told(event: Event, _body: bodies.ProvenanceTold, state: State) -> Iterator[Operation]:
    """What is told are edges, which every event may have."""
    _existing(state, Import, event.subject)
    return iter(())


_RULES: dict[type[bodies.Body], Any] = {
    bodies.WorkspaceCreated: _workspace_created,
    bodies.EventWithheld: _event_withheld,
    bodies.ProjectCreated: _project_created,
    bodies.ProjectChanged: _project_changed,
    bodies.SourceImported: _source_imported,
    bodies.ParticipantAdded: _participant_added,
    bodies.ParticipantChanged: _participant_changed,
    bodies.ParticipantConsented: _participant_consented,
    bodies.ParticipantWithdrawn: _participant_withdrawn,
    bodies.WithdrawalBegun: _withdrawal_begun,
    bodies.WordsErased: _words_erased,
    bodies.DocumentRedacted: _document_redacted,
    bodies.WithdrawalEnded: _withdrawal_ended,
    bodies.ExperimentCreated: _experiment_created,
    bodies.ExperimentChanged: _experiment_changed,
    bodies.RunPlanned: _run_planned,
    bodies.RunStarted: _run_started,
    bodies.RunLogged: _run_logged,
    bodies.RunFinished: _run_finished,
    bodies.RunDeleted: _run_deleted,
    bodies.RunRestored: _run_restored,
    bodies.CallRecorded: _call_recorded,
    bodies.ArtefactLogged: _artefact_logged,
    bodies.AliasMoved: _alias_moved,
    bodies.ThingTagged: _thing_tagged,
    bodies.ThingNoted: _thing_noted,
    bodies.ProvenanceImported: _provenance_imported,
    bodies.ProvenanceTold: _provenance_told,
}
