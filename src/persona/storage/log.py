"""The log: how a draft becomes an event, an event a row, and a row a leaf of the tree.

The leaf of an event is the RFC 6962 hash of its canonical JSON without ``leaf``. That text is put together here
from parts that are canonical already (the body is stored as such), which costs a tenth of
encoding it anew; ``tests/storage`` proves that both ways give the same bytes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from persona.errors import IntegrityError, InvalidInput, did_you_mean
from persona.model.canonical import spelled
from persona.model.records import EDGE_KINDS, Draft, Edge, Event
from persona.storage import sql
from persona.storage.merkle import leaf_hash

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from persona.storage.engine import Engine, Row

MAX_NAME = 500
"""The most characters of an id or any other end of an edge: databases index them."""

PAGE = 1000
_EXACT = 2**53
_text = msgspec.json.Encoder(order="sorted").encode
_body = msgspec.json.Decoder(dict[str, Any]).decode
_edges = msgspec.json.Decoder(tuple[Edge, ...]).decode


def canonical_body(draft: Draft) -> tuple[str, dict[str, Any]]:
    """The body of a draft as canonical JSON, and as reading that gives it, after checking what a log can hold.

    Raises ``InvalidInput`` for values that are not JSON, NUL characters, unknown relations and names that are too long.
    """
    try:
        encoded, body = spelled(draft.body)
    except (ValueError, TypeError, UnicodeEncodeError, RecursionError) as error:
        raise _bad(draft, f"a value cannot be recorded: {error}") from error
    text = encoded.decode()
    if "\\u0000" in text and _holds_nul(body):
        raise _bad(draft, "a text holds a NUL character")
    _check_name(draft, draft.subject)
    for edge in draft.edges:
        _check_name(draft, edge.src)
        _check_name(draft, edge.dst)
        if edge.rel not in EDGE_KINDS:
            near = did_you_mean(edge.rel, EDGE_KINDS)
            raise _bad(draft, f"`{edge.rel}` is not a relation", f"did you mean `{near}`?" if near else "")
    return text, body


def _check_name(draft: Draft, name: str) -> None:
    if not name or len(name) > MAX_NAME or "\0" in name:
        raise _bad(draft, f"an id must have 1 to {MAX_NAME} characters and no NUL")
    try:
        name.encode()
    except UnicodeEncodeError as error:
        raise _bad(draft, "an id is not valid Unicode") from error


def _bad(draft: Draft, message: str, hint: str = "") -> InvalidInput:
    place = draft.subject.encode("utf-8", "replace").decode()[:80]
    return InvalidInput(message, code="bad-event", place=f"{draft.kind} {place}", hints=[hint] if hint else [])


def _holds_nul(value: Any) -> bool:
    if isinstance(value, str):
        return "\0" in value
    if isinstance(value, dict):
        return any(_holds_nul(key) or _holds_nul(inner) for key, inner in value.items())
    return isinstance(value, list) and any(_holds_nul(inner) for inner in value)


def edges_text(edges: Sequence[Edge]) -> str:
    """Edges as canonical JSON."""
    return _text(edges).decode()


class _Entry(msgspec.Struct):
    """What is hashed of an event: its fields in the order of canonical JSON."""

    actor: str
    body: msgspec.Raw
    edges: msgspec.Raw
    id: str
    kind: str
    recorded_at: str
    seq: int
    subject: str
    valid_from: str


def text_of(row: Row) -> bytes:
    """The bytes of which the leaf of a row is the hash, from its columns before ``leaf``."""
    seq, id, recorded_at, valid_from, actor, kind, subject, body, edges = row[:9]
    texts = msgspec.Raw(body.encode()), msgspec.Raw(edges.encode())
    return _text(_Entry(actor, *texts, id, kind, recorded_at, seq, subject, valid_from))


def leaf_of(row: Row) -> bytes:
    """The leaf that a row of the log must have, from its columns before ``leaf``."""
    return leaf_hash(text_of(row))


def to_event(row: Row) -> Event:
    """The event of a row. Raises ``IntegrityError`` when its body or edges cannot be read."""
    try:
        seq, id, recorded_at, valid_from, actor, kind, subject, body, edges, leaf = row
        return Event(seq, id, recorded_at, valid_from, actor, kind, subject, _body(body), _edges(edges), bytes(leaf))
    except msgspec.DecodeError as error:
        raise IntegrityError(
            f"event {row[0]} of the log cannot be read ({error})",
            code="log-damaged",
            place=f"event {row[0]}",
            hints=["see what is wrong: `persona verify`"],
        ) from error


def log_rows(engine: Engine) -> Iterator[Row]:
    """The rows of the log in order, a page at a time, so that nothing is held open."""
    query, after = sql.events(subject=False, kind=False), 0
    while True:
        rows = engine.run(query, (after, _EXACT, PAGE))
        yield from rows
        if len(rows) < PAGE:
            return
        after = rows[-1][0]
