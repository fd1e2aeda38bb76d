"""Verifying the records: the log against itself, and every table against the log."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from persona.errors import PersonaError
from persona.model.canonical import canonical_json
from persona.model.records import Finding
from persona.storage import sql
from persona.storage.bodies import WITHHELD, read_body
from persona.storage.log import edges_text, leaf_of, log_rows, to_event
from persona.storage.merkle import Frontier
from persona.storage.rows import Rows
from persona.storage.tables import PROJECTED, layout

if TYPE_CHECKING:
    from collections.abc import Iterator

    from persona.storage.engine import Engine, Row

SHOWN = 20
"""How many rows of one table are named; the rest are counted."""


def check(engine: Engine) -> list[Finding]:
    """Everything that is not as recorded; empty when all is well. Never raises for damage."""
    findings = [Finding("database-damaged", engine.place, line) for line in engine.damage()]
    try:
        with engine.reading():
            findings += _check_log(engine)
            findings += _check_tables(engine)
    except PersonaError as error:
        findings.append(Finding(error.code, error.place or engine.place, error.message))
    return findings


def _check_log(engine: Engine) -> Iterator[Finding]:
    frontier = Frontier()
    expected = 1
    ids: set[str] = set()
    for row in log_rows(engine):
        seq = row[0]
        place = f"event {seq}"
        if seq != expected:
            missing = f"event {expected}" if seq == expected + 1 else f"events {expected} to {seq - 1}"
            yield Finding("log-gap", missing, f"{missing} of the log {'is' if seq == expected + 1 else 'are'} missing")
        expected = seq + 1
        leaf = bytes(row[9])
        frontier = frontier.append(leaf)
        if row[5] != WITHHELD and leaf_of(row) != leaf:
            yield Finding("log-leaf", place, f"{place} does not hash to its leaf: it was changed after it was written")
        if not _is_canonical(row):
            yield Finding("log-body", place, f"the body of {place} is not canonical JSON")
        if row[1] in ids:
            yield Finding("log-id", place, f"{place} has the id of an earlier event")
        ids.add(row[1])
    size, peaks = engine.run(sql.HEAD)[0]
    if size != expected - 1:
        yield Finding("log-head", "head", f"the head counts {size} events, but the log ends at {expected - 1}")
    elif bytes(peaks) != frontier.encode():
        yield Finding("log-head", "head", "the Merkle root of the head is not that of the log")


def _is_canonical(row: Row) -> bool:
    body, edges = row[7], row[8]
    try:
        canonical = canonical_json(msgspec.json.decode(body)) == body.encode()
        return canonical and bool(edges_text(to_event(row).edges) == edges)
    except (ValueError, msgspec.DecodeError, PersonaError):
        return False


def _check_tables(engine: Engine) -> Iterator[Finding]:
    """Project the log onto empty tables in memory and compare them row by row."""
    from persona.storage.migrations import migrate
    from persona.storage.sqlite import open_memory

    fresh = open_memory()
    try:
        migrate(fresh)
        rows = Rows(fresh)
        with fresh.writing():
            for row in log_rows(engine):
                try:
                    rows.apply(to_event(row), read_body(row[5], row[7], f"event {row[0]}"))
                except PersonaError as error:
                    yield Finding(
                        "log-meaning", f"event {row[0]}", f"event {row[0]} cannot be projected: {error.message}"
                    )
                    return
            rows.flush()
        for name in PROJECTED:
            yield from _compare(name, engine, fresh)
    finally:
        fresh.close()


def _compare(name: str, engine: Engine, fresh: Engine) -> Iterator[Finding]:
    columns, key = layout(name)
    at = [columns.index(column) for column in key]
    found = 0
    for stored, made in _side_by_side(engine.stream(sql.everything(name)), fresh.stream(sql.everything(name)), at):
        if stored == made:
            continue
        found += 1
        if found > SHOWN:
            continue
        row = stored or made
        assert row is not None
        shown = _name(name, row, columns, fresh)
        if made is None:
            yield Finding("table-row", shown, f"the table {name} has a row for {shown} that the log does not give")
        elif stored is None:
            yield Finding("table-row", shown, f"the table {name} lacks a row for {shown} that the log gives")
        else:
            wrong = ", ".join(column for column, old, new in zip(columns, stored, made, strict=True) if old != new)
            yield Finding("table-row", shown, f"the table {name} differs from the log for {shown}: {wrong}")
    if found > SHOWN:
        yield Finding("table-row", name, f"the table {name} has {found - SHOWN} more rows that differ from the log")


def _side_by_side(left: Iterator[Row], right: Iterator[Row], key: list[int]) -> Iterator[tuple[Row | None, Row | None]]:
    """Rows of two sorted tables in pairs of equal key; None where one side has no such row."""

    def place(row: Row) -> tuple[Any, ...]:
        return tuple(row[at] for at in key)

    one, two = next(left, None), next(right, None)
    while one is not None or two is not None:
        if two is None or (one is not None and place(one) < place(two)):
            yield one, None
            one = next(left, None)
        elif one is None or place(two) < place(one):
            yield None, two
            two = next(right, None)
        else:
            yield one, two
            one, two = next(left, None), next(right, None)


def _name(table: str, row: Row, columns: tuple[str, ...], fresh: Engine) -> str:
    """How a row is called in a finding: the names of its nodes, and its other key columns."""
    words: list[str] = []
    _, key = layout(table)
    for column in key:
        value = row[columns.index(column)]
        if column in ("node", "src", "dst", "id"):
            names = fresh.run("select name from node where id = ?", (value,))
            words.append(str(names[0][0]) if names else f"node {value}")
        elif column not in ("sys_to", "sys_from", "ordinal", "number"):
            words.append(str(value))
    return " ".join(words)
