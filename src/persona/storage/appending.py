"""Writing the log: events become durable together with the rows they mean, or not at all."""

from __future__ import annotations

import gc
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from persona.errors import Conflict, IntegrityError, InvalidInput
from persona.model.ids import iso, now, uuid7s
from persona.model.records import Draft, Event
from persona.storage import sql
from persona.storage.bodies import WITHHELD, read_body
from persona.storage.log import PAGE, canonical_body, edges_text, leaf_of, log_rows, to_event
from persona.storage.merkle import HASH_BYTES, Frontier
from persona.storage.rows import Rows, insert
from persona.storage.tables import PROJECTED

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from persona.storage.bodies import Body
    from persona.storage.engine import Engine, Row


@contextmanager
def undisturbed() -> Iterator[None]:
    """Have Python not look for garbage: of thousands of things that are all in use it would go through each, often.

    Not for what waits for others, as a writer does for its turn and for the disk. Only who found the search on turns it
    off, and turns it on again, so it is never left off, whatever other threads do meanwhile.
    """
    if not gc.isenabled():
        yield
        return
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


def append(engine: Engine, drafts: Sequence[Draft], expect: Mapping[str, str], actor: str) -> tuple[Event, ...]:
    """Append events in one transaction. All that can be checked and encoded before is, so that writers wait little."""
    prepared = _prepared(drafts)
    events: list[Event] = []
    with engine.writing(), undisturbed():
        _check_expected(engine, expect)
        frontier = frontier_of(engine)
        rows = Rows(engine)
        written: list[Row] = []
        at = iso(now())
        rows.foresee(name for draft in drafts for name in _named(draft))
        ids = uuid7s(len(prepared))
        for seq, (draft, text, plain, edges, body) in enumerate(prepared, start=frontier.size + 1):
            happened = getattr(body, "at", "") or at
            row: Row = (seq, next(ids), at, happened, actor, draft.kind, draft.subject, text, edges)
            event = Event(seq, row[1], at, happened, actor, draft.kind, draft.subject, plain, draft.edges, leaf_of(row))
            rows.apply(event, body)
            written.append((*row, event.leaf))
            events.append(event)
        rows.flush()
        if written:
            frontier = frontier.extended(event.leaf for event in events)
            insert(engine, "event", written)
            engine.run(sql.SET_HEAD, (frontier.size, frontier.encode()))
    return tuple(events)


@undisturbed()
def _prepared(drafts: Sequence[Draft]) -> list[tuple[Draft, str, dict[str, Any], str, Body]]:
    """Each draft with the text of its body, what reading that gives, the text of its edges, and what its body means."""
    found = []
    for draft in drafts:
        if draft.kind == WITHHELD:
            raise InvalidInput("no event is written as withheld", code="bad-event", place=draft.kind)
        text, plain = canonical_body(draft)
        found.append((draft, text, plain, edges_text(draft.edges), read_body(draft.kind, text, draft.subject)))
    return found


def _named(draft: Draft) -> Iterator[str]:
    yield draft.subject
    for edge in draft.edges:
        yield edge.src
        yield edge.dst


def _check_expected(engine: Engine, expect: Mapping[str, str]) -> None:
    for run, status in expect.items():
        rows = engine.run(sql.RUN_STATUS, (run,))
        is_now = rows[0][0] if rows else "not recorded"
        if is_now != status:
            raise Conflict(
                f"the run is {is_now}, not {status}",
                code="run-status",
                place=run,
                hints=[f"see what became of it: `persona run show {run}`"],
                data={"status": is_now, "expected": status},
            )


def frontier_of(engine: Engine) -> Frontier:
    """The head of the log. Raises ``IntegrityError`` when it cannot be one."""
    rows = engine.run(sql.HEAD)
    try:
        size, peaks = rows[0]
        return Frontier.decode(size, bytes(peaks))
    except (IndexError, ValueError) as error:
        raise IntegrityError(
            "the head of the log is broken",
            code="log-head",
            place=engine.place,
            hints=["see what is wrong: `persona verify`"],
        ) from error


def adopt(engine: Engine, events: Iterable[Event]) -> int:
    """Take over a log that stands elsewhere. See ``Records.adopt``."""
    with engine.writing():
        if frontier_of(engine).size:
            raise Conflict("the records are not empty", code="records-not-empty", place=engine.place)
        rows = Rows(engine)
        frontier = Frontier()
        written: list[Row] = []
        for event in events:
            text, _ = canonical_body(Draft(event.kind, event.subject, event.body, event.edges))
            row: Row = (*_columns(event), text, edges_text(event.edges), event.leaf)
            _check_adopted(row, frontier.size + 1)
            rows.apply(event, read_body(event.kind, text, f"event {event.seq}"))
            frontier = frontier.append(event.leaf)
            written.append(row)
            if len(written) == PAGE:
                rows.flush()
                insert(engine, "event", written)
                written.clear()
        rows.flush()
        if written:
            insert(engine, "event", written)
        engine.run(sql.SET_HEAD, (frontier.size, frontier.encode()))
    return frontier.size


def _columns(event: Event) -> Row:
    return (event.seq, event.id, event.recorded_at, event.valid_from, event.actor, event.kind, event.subject)


def _check_adopted(row: Row, expected: int) -> None:
    place = f"event {row[0]}"
    if row[0] != expected:
        raise IntegrityError(
            f"event {expected} of the log is missing or stands elsewhere", code="archive-damaged", place=place
        )
    if len(row[9]) != HASH_BYTES or (row[5] != WITHHELD and leaf_of(row) != row[9]):
        raise IntegrityError("an event does not hash to its leaf: it was changed", code="archive-damaged", place=place)


def rebuild(engine: Engine) -> int:
    """Empty the tables and project the log again; how many events.

    The head is part of the log and stays as it is: a log that was cut short must not look whole afterwards.
    """
    with engine.writing():
        for name in reversed(PROJECTED):
            engine.run(sql.clear(name))
        rows = Rows(engine)
        count = 0
        for row in log_rows(engine):
            rows.apply(to_event(row), read_body(row[5], row[7], f"event {row[0]}"))
            count += 1
        rows.flush()
    return count
