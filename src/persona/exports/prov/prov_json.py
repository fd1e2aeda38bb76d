"""PROV-JSON, the W3C submission of 2013 (https://www.w3.org/submissions/prov-json/), written as it is read.

A batch of records is one dictionary that is encoded at once, and only its braces are taken off.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from operator import itemgetter
from typing import Any

import msgspec

from persona.exports.prov.terms import lexical
from persona.model.prov import FORMS, Account, Kind, Name, Statement, Value

BATCH = 2000
"""How many records are encoded at once."""

FEW = 8
"""For fewer records than this, the quick way is no quicker."""

_KEYS = {kind: tuple(f"prov:{formal.name}" for formal in formals) for kind, formals in FORMS.items()}
_id, _arguments, _attributes = itemgetter(1), itemgetter(2), itemgetter(3)
_encode = msgspec.json.Encoder().encode


def prov_json(account: Account, *, distinct: bool = False) -> Iterator[bytes]:
    """An account as PROV-JSON, in pieces.

    JSON has each identifier once, with a list where it is told several times. Unless the account is known to be
    ``distinct``, its statements are gone through twice.
    """
    yield b'{"prefix":' + _encode(dict(account.namespaces))
    for kind in FORMS:
        opened = False
        for records in _records(account, kind, None, distinct):
            yield (b"," if opened else f',"{kind}":{{'.encode()) + _encode(records)[1:-1]
            opened = True
        if opened:
            yield b"}"
    opened = False
    for bundles in _bundles(account, distinct):
        yield (b"," if opened else b',"bundle":{') + bundles
        opened = True
    yield b"}}\n" if opened else b"}\n"


def _bundles(account: Account, distinct: bool) -> Iterator[bytes]:
    """The members of ``bundle``. Small bundles are held until there are enough of them to be encoded at once."""
    held: dict[str, dict[str, Any]] = {}
    count = 0
    for bundle in account.bundles():
        container = held[bundle] = {}
        for kind in FORMS:
            for records in _records(account, kind, bundle, distinct):
                count += len(records)
                if kind in container:
                    container[kind].update(records)
                else:
                    container[kind] = records
        if count >= BATCH:
            yield _encode(held)[1:-1]
            held, count = {}, 0
    if held:
        yield _encode(held)[1:-1]


def _records(account: Account, kind: Kind, bundle: str | None, distinct: bool) -> Iterator[dict[str, Any]]:
    """The records of a kind by identifier, in batches."""
    many: dict[str, list[Any]] = {}
    if not distinct:
        counts = Counter(one.id for one in account.statements(kind, bundle) if one.id is not None)
        many = {id: [] for id, count in counts.items() if count > 1}
    statements = account.statements(kind, bundle)
    number = 0
    while chunk := list(islice(statements, BATCH)):
        batch = None if many or len(chunk) < FEW else _plain(kind, chunk, number)
        if batch is None:
            batch = {}
            for place, (_, id, arguments, attributes) in enumerate(chunk, number + 1):
                record: dict[str, Any] = {
                    key: value for key, value in zip(_KEYS[kind], arguments, strict=True) if value is not None
                }
                if attributes:
                    _add(record, attributes)
                if id is not None and id in many:
                    many[id].append(record)
                else:
                    batch[f"_:{kind}{place}" if id is None else id] = record
        number += len(chunk)
        if batch:
            yield batch
    if many:
        yield dict(many)


def _plain(kind: Kind, chunk: Sequence[Statement], number: int) -> dict[str, Any] | None:
    """Statements that say the same arguments and no attributes, without a step of Python for each: most are such.

    None for any others.
    """
    if not _KEYS[kind] or any(map(_attributes, chunk)):
        return None
    columns = list(zip(*map(_arguments, chunk), strict=True))
    said = [at for at, column in enumerate(columns) if column[0] is not None]
    if any(column.count(None) != (0 if at in said else len(chunk)) for at, column in enumerate(columns)):
        return None
    ids: list[str | None] = list(map(_id, chunk))
    if None in ids:
        if ids.count(None) != len(ids):
            return None
        ids = [f"_:{kind}{place}" for place in range(number + 1, number + len(chunk) + 1)]
    return _table(tuple(_KEYS[kind][at] for at in said), ids, [columns[at] for at in said])


def _table(keys: Sequence[str], ids: Sequence[str | None], columns: Sequence[Sequence[Any]]) -> dict[str, Any]:
    """Records from columns. A display is three times as fast as ``dict(zip(...))``, which takes most of the time."""
    rows = zip(ids, *columns, strict=True)
    match keys:
        case (a, b):
            return {id: {a: one, b: two} for id, one, two in rows}
        case (a, b, c):
            return {id: {a: one, b: two, c: three} for id, one, two, three in rows}
        case (a, b, c, d, e):
            return {id: {a: v, b: w, c: x, d: y, e: z} for id, v, w, x, y, z in rows}
        case _:
            return {row[0]: dict(zip(keys, row[1:], strict=True)) for row in rows}


def _add(record: dict[str, Any], attributes: Iterable[tuple[str, Value]]) -> None:
    """Add attributes to a record; a list where one has several values."""
    for key, value in attributes:
        told = value if type(value) is str else _value(value)
        if key not in record:
            record[key] = told
        elif isinstance(record[key], list):
            record[key].append(told)
        else:
            record[key] = [record[key], told]


def _value(value: Value) -> Any:
    if isinstance(value, bool):
        return value
    if isinstance(value, Name):
        return {"$": value.text, "type": "xsd:QName"}
    text, datatype, language = lexical(value)
    if language:
        return {"$": text, "lang": language}
    return text if datatype == "xsd:string" else {"$": text, "type": datatype}
