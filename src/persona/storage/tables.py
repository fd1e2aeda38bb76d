"""The tables: which columns there are, and how a record becomes a row and back.

Each noun of ``model.records`` has one table whose columns are its fields, in order, between ``node`` (the integer
that stands for its id in every table) and ``sys_from``, ``sys_to``: the row is true from the event
``sys_from`` until before the event ``sys_to``, or still when that is ``OPEN``. Rows are inserted and ended, never
changed.

Params, metrics and tags stand twice: inside the record, so that reading a record is one row, and in the tables
of ``FAMILIES`` with one indexed row a key, so that filters need not read records.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

import msgspec

from persona.model.records import (
    Artefact,
    Call,
    DocumentRecord,
    Erasure,
    Experiment,
    Import,
    Noun,
    Participant,
    Project,
    Run,
    Source,
    Withdrawal,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

OPEN = 2**53 - 1
"""The ``sys_to`` of a row that still holds."""

Kind = Literal["text", "integer", "real", "flag", "json"]
FAMILIES = ("param", "metric", "tag")


class Table(NamedTuple):
    """The table of a noun: its name, the word for it in messages and commands, and the kind of each column."""

    name: str
    noun: type[Any]
    word: str
    columns: Mapping[str, Kind]
    optional: tuple[str, ...]
    """The columns that may be absent and can be ordered by."""

    order: str
    """How lists are ordered unless asked otherwise: a column, with ``-`` for the largest first."""


PROJECT = Table(
    "project",
    Project,
    "project",
    {
        "id": "text",
        "title": "text",
        "status": "text",
        "created_at": "text",
        "file": "text",
        "fields": "json",
        "tags": "json",
    },
    ("file",),
    "id",
)

SOURCE = Table(
    "source",
    Source,
    "source",
    {
        "id": "text",
        "project": "text",
        "digest": "text",
        "media_type": "text",
        "bytes": "integer",
        "card": "text",
        "reader": "text",
        "documents": "integer",
        "imported_at": "text",
        "tags": "json",
    },
    (),
    "id",
)

DOCUMENT = Table(
    "document",
    DocumentRecord,
    "document",
    {
        "id": "text",
        "project": "text",
        "source": "text",
        "digest": "text",
        "ordinal": "integer",
        "turns": "integer",
        "characters": "integer",
        "participants": "json",
    },
    (),
    "id",
)

PARTICIPANT = Table(
    "participant",
    Participant,
    "participant",
    {
        "id": "text",
        "project": "text",
        "card": "text",
        "added_at": "text",
        "tags": "json",
        "consent": "json",
        "withdrawn": "text",
    },
    ("withdrawn",),
    "id",
)

EXPERIMENT = Table(
    "experiment",
    Experiment,
    "experiment",
    {
        "id": "text",
        "project": "text",
        "name": "text",
        "description": "text",
        "created_at": "text",
        "version": "integer",
        "file": "text",
        "variants": "json",
        "fields": "json",
        "tags": "json",
    },
    (),
    "id",
)

RUN = Table(
    "run",
    Run,
    "run",
    {
        "id": "text",
        "uuid": "text",
        "project": "text",
        "experiment": "text",
        "variant": "text",
        "status": "text",
        "recipe": "text",
        "seed": "integer",
        "repeat": "integer",
        "planned_at": "text",
        "started_at": "text",
        "ended_at": "text",
        "error": "json",
        "deleted": "flag",
        "params": "json",
        "metrics": "json",
        "tags": "json",
        "fields": "json",
    },
    ("experiment", "variant", "recipe", "seed", "started_at", "ended_at"),
    "-planned_at",
)

ARTEFACT = Table(
    "artefact",
    Artefact,
    "artefact",
    {
        "id": "text",
        "project": "text",
        "name": "text",
        "version": "integer",
        "kind": "text",
        "digest": "text",
        "bytes": "integer",
        "path": "text",
        "run": "text",
        "created_at": "text",
        "aliases": "json",
        "fields": "json",
        "tags": "json",
    },
    ("run",),
    "id",
)

CALL = Table(
    "call",
    Call,
    "call",
    {
        "id": "text",
        "project": "text",
        "run": "text",
        "ordinal": "integer",
        "step": "text",
        "about": "text",
        "key": "text",
        "provider": "text",
        "model": "text",
        "answered": "text",
        "mode": "text",
        "status": "text",
        "reused": "text",
        "request": "text",
        "sent": "text",
        "received": "text",
        "response": "text",
        "input_tokens": "integer",
        "output_tokens": "integer",
        "cost": "real",
        "seconds": "real",
        "attempts": "integer",
        "recorded_at": "text",
        "error": "json",
    },
    ("answered", "reused", "sent", "received", "response", "input_tokens", "output_tokens", "cost"),
    "ordinal",
)

WITHDRAWAL = Table(
    "withdrawal",
    Withdrawal,
    "withdrawal",
    {
        "id": "text",
        "project": "text",
        "participants": "json",
        "event": "text",
        "began_at": "text",
        "ended_at": "text",
        "fields": "json",
    },
    ("ended_at",),
    "id",
)

ERASURE = Table(
    "erasure",
    Erasure,
    "erasure",
    {
        "id": "text",
        "project": "text",
        "withdrawal": "text",
        "kind": "text",
        "successor": "text",
        "erased_at": "text",
    },
    ("successor",),
    "id",
)

IMPORT = Table(
    "imported",
    Import,
    "import",
    {
        "id": "text",
        "project": "text",
        "format": "text",
        "digest": "text",
        "bytes": "integer",
        "card": "text",
        "things": "integer",
        "edges": "integer",
        "statements": "integer",
        "taken": "integer",
        "reduced": "integer",
        "lost": "integer",
        "linked": "integer",
        "imported_at": "text",
    },
    (),
    "id",
)

NOUNS: tuple[Table, ...] = (
    PROJECT,
    SOURCE,
    DOCUMENT,
    PARTICIPANT,
    EXPERIMENT,
    RUN,
    ARTEFACT,
    CALL,
    WITHDRAWAL,
    ERASURE,
    IMPORT,
)
_BY_NOUN: dict[type[Any], Table] = {table.noun: table for table in NOUNS}

PLAIN: Mapping[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "node": (("id", "name"), ("id",)),
    "param": (("key", "sys_to", "number", "value", "node", "sys_from"), ("key", "sys_to", "number", "value", "node")),
    "metric": (("key", "sys_to", "value", "node", "sys_from"), ("key", "sys_to", "value", "node")),
    "tag": (("key", "sys_to", "number", "value", "node", "sys_from"), ("key", "sys_to", "number", "value", "node")),
    "point": (
        ("node", "key", "step", "at", "sys_from", "ordinal", "value", "sys_to"),
        ("node", "key", "step", "at", "sys_from", "ordinal"),
    ),
    "alias": (("node", "alias", "sys_to", "artefact", "sys_from"), ("node", "alias", "sys_to")),
    "edge": (("src", "rel", "dst", "sys_to", "sys_from"), ("src", "rel", "dst", "sys_to")),
}
"""Every table that is not a noun's: its columns and its key."""


def table_of(noun: type[Any]) -> Table:
    """The table of a noun."""
    return _BY_NOUN[noun]


def listing_of(table: Table) -> str:
    """The noun whose ``list`` command shows where the records of a table come from."""
    return {"document": "source", "withdrawal": "participant", "erasure": "participant"}.get(table.word, table.word)


def layout(name: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """All columns and the key of a table of the projection."""
    if name in PLAIN:
        return PLAIN[name]
    table = next(one for one in NOUNS if one.name == name)
    return ("node", *table.columns, "sys_from", "sys_to"), ("node", "sys_to")


PROJECTED = ("node", *(table.name for table in NOUNS), *FAMILIES, "point", "alias", "edge")
"""Every table that is made from the log, in the order in which they are filled."""

_encode = msgspec.json.Encoder(order="deterministic").encode


def as_json(value: Any) -> str:
    """A value as a JSON column holds it. Equal values give equal text."""
    return _encode(value).decode()


def to_row(table: Table, record: msgspec.Struct) -> tuple[Any, ...]:
    """The columns of a record, without ``node`` and the two positions."""
    values: list[Any] = list(msgspec.structs.astuple(record))
    for at, write in _writers(table.name):
        if values[at] is not None:
            values[at] = write(values[at])
    return tuple(values)


@cache
def _writers(name: str) -> tuple[tuple[int, Callable[[Any], Any]], ...]:
    """For each column of a noun's table that is not stored as it is: its position and what writes it."""
    writers: dict[Kind, Callable[[Any], Any]] = {"json": as_json, "flag": int}
    columns = next(one for one in NOUNS if one.name == name).columns
    return tuple((at, writers[kind]) for at, kind in enumerate(columns.values()) if kind in writers)


@cache
def _readers(noun: type[Any]) -> tuple[tuple[int, Callable[[Any], Any]], ...]:
    """For each column that is not stored as it is: its position and what reads it."""
    table = table_of(noun)
    types = {field.name: field.type for field in msgspec.structs.fields(noun)}
    found: list[tuple[int, Callable[[Any], Any]]] = []
    for at, (name, kind) in enumerate(table.columns.items()):
        if kind == "json":
            found.append((at, msgspec.json.Decoder(types[name]).decode))
        elif kind == "flag":
            found.append((at, bool))
    return tuple(found)


def from_row(noun: type[Noun], row: Sequence[Any]) -> Noun:
    """The record of a row of ``table_of(noun).columns``."""
    values = list(row)
    for at, read in _readers(noun):
        if values[at] is not None:
            values[at] = read(values[at])
    return noun(*values)
