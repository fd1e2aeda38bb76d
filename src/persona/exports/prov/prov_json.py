"""PROV-JSON, the W3C submission of 2013 (https://www.w3.org/submissions/prov-json/), written as it is read.

A batch of records is one dictionary that is encoded at once, and only its braces are taken off.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Any

import msgspec

from persona.exports.prov.terms import lexical
from persona.model.prov import FORMS, Account, Kind, Name, Value

BATCH = 2000
"""How many records are encoded at once."""

_encode = msgspec.json.Encoder().encode


def prov_json(account: Account, *, distinct: bool = False) -> Iterator[bytes]:
    """An account as PROV-JSON, in pieces.

    JSON has each identifier once, with a list where it is told several times. Unless the account is known to be
    ``distinct``, its statements are gone through twice.
    """
    yield b'{"prefix":' + _encode(dict(account.namespaces))
    yield from _container(account, None, distinct, first=False)
    first = True
    for bundle in account.bundles():
        yield (b',"bundle":{' if first else b",") + _encode(bundle) + b":{"
        first = False
        yield from _container(account, bundle, distinct, first=True)
        yield b"}"
    yield b"}\n" if first else b"}}\n"


def _container(account: Account, bundle: str | None, distinct: bool, *, first: bool) -> Iterator[bytes]:
    """The members of a document or a bundle, each kind of record after the other."""
    for kind in FORMS:
        begun = False
        for piece in _records(account, kind, bundle, distinct):
            if not begun:
                yield (b"" if first else b",") + f'"{kind}":{{'.encode()
                begun, first = True, False
            else:
                yield b","
            yield piece
        if begun:
            yield b"}"


def _records(account: Account, kind: Kind, bundle: str | None, distinct: bool) -> Iterator[bytes]:
    """The records of a kind, encoded in batches without their braces."""
    many: dict[str, list[Any]] = {}
    if not distinct:
        counts = Counter(one.id for one in account.statements(kind, bundle) if one.id is not None)
        many = {id: [] for id, count in counts.items() if count > 1}
    keys = [f"prov:{formal.name}" for formal in FORMS[kind]]
    batch: dict[str, Any] = {}
    for number, one in enumerate(account.statements(kind, bundle), 1):
        record: dict[str, Any] = {key: value for key, value in zip(keys, one[2], strict=True) if value is not None}
        if one[3]:
            _add(record, one[3])
        id = one[1]
        if id is None:
            batch[f"_:{kind}{number}"] = record
        elif id in many:
            many[id].append(record)
        else:
            batch[id] = record
        if len(batch) >= BATCH:
            yield _encode(batch)[1:-1]
            batch = {}
    batch.update(many)
    if batch:
        yield _encode(batch)[1:-1]


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
