"""PROV-JSON, the W3C submission of 2013 (https://www.w3.org/submissions/prov-json/), written as it is read."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache, partial
from itertools import groupby
from operator import itemgetter
from typing import Any

import msgspec

from persona.exports.prov.patterns import MARKS, Patterns, gathered
from persona.exports.prov.terms import integer_type, lexical
from persona.model.prov import FORMS, Account, Kind, Name, Rows, Statement, Value

BATCH = 500
"""How many records are encoded at once."""

_KEYS = {kind: tuple(f"prov:{formal.name}" for formal in formals) for kind, formals in FORMS.items()}
_encode = msgspec.json.Encoder().encode
_kind = itemgetter(0)


def prov_json(account: Account, *, distinct: bool = False) -> Iterator[bytes]:
    """An account as PROV-JSON, in pieces.

    JSON has each identifier once, with a list where it is told several times. Unless the account is known to be
    ``distinct``, its statements are gone through twice.
    """
    return gathered(_Writer(account, distinct=distinct).texts())


class _Writer:
    """Members of objects are written with a comma before them, which the first of an object loses."""

    def __init__(self, account: Account, *, distinct: bool) -> None:
        self._account = account
        self._distinct = distinct
        self._patterns = Patterns(_pattern, _strings)

    def texts(self) -> Iterator[str]:
        """The whole document."""
        yield f'{{"prefix":{_encode(dict(self._account.namespaces)).decode()}'
        yield from self._container(None)
        before = ',"bundle":{'
        for bundle in self._account.bundles():
            kinds = self._container(bundle)
            yield f"{before}{_encode(bundle).decode()}:{{{next(kinds, '')[1:]}"
            yield from kinds
            yield "}"
            before = ","
        yield "}\n" if before.endswith("{") else "}}\n"

    def _container(self, bundle: str | None) -> Iterator[str]:
        """The kinds of a bundle or of the top, each a member."""
        for kind, statements in groupby(self._account.told(bundle), _kind):
            members = self._records(kind, statements, {} if self._distinct else self._repeated(kind, bundle))
            yield f',"{kind}":{{{next(members, "")[1:]}'
            yield from members
            yield "}"

    def _repeated(self, kind: Kind, bundle: str | None) -> dict[str | None, list[Any]]:
        """The identifiers that are told several times, each with no record yet."""
        counts = Counter(one.id for one in self._account.statements(kind, bundle) if one.id is not None)
        return {id: [] for id, count in counts.items() if count > 1}

    def _records(
        self, kind: Kind, statements: Iterable[Statement | Rows], many: dict[str | None, list[Any]]
    ) -> Iterator[str]:
        """The records of a kind by identifier. A statement without one is numbered, as blank nodes are."""
        number = 0
        held: dict[str, Any] = {}
        for one in _singly(statements) if many else statements:
            if isinstance(one, Rows):
                if held:
                    yield _members(held)
                    held = {}
                places = range(number + 1, number + one.size + 1)
                number += one.size
                yield self._patterns.text(one, "", partial(list, map(str, places)))
                continue
            number += 1
            id = one.id
            if id in many:
                many[id].append(_record(one))
            else:
                held[f"_:{kind}{number}" if id is None else id] = _record(one)
                if len(held) == BATCH:
                    yield _members(held)
                    held = {}
        if held or many:
            yield _members(held | many)


def _singly(statements: Iterable[Statement | Rows]) -> Iterator[Statement]:
    for one in statements:
        if isinstance(one, Rows):
            yield from one.statements()
        else:
            yield one


def _pattern(one: Statement, _place: str) -> str:
    return _members({one.id or f"_:{one.kind}{MARKS[0]}": _record(one)})


def _members(some: Mapping[Any, Any]) -> str:
    """Members of an object, of which there are some, a comma before each."""
    return f",{_encode(some).decode()[1:-1]}"


def _record(one: Statement) -> dict[str, Any]:
    kind, _, arguments, attributes = one
    record: dict[str, Any] = {
        key: value for key, value in zip(_KEYS[kind], arguments, strict=True) if value is not None
    }
    if attributes:
        _add(record, attributes)
    return record


def _strings(names: Sequence[str]) -> Sequence[str]:
    """Names as they stand between quotation marks: hardly any has a character that JSON writes otherwise."""
    together = "".join(names)
    if together.isascii() and len(_encode(together)) == len(together) + 2:
        return names
    return [_encode(name).decode()[1:-1] for name in names]


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
    if type(value) is int:
        return {"$": str(value), "type": integer_type(value)}
    if isinstance(value, bool):
        return value
    if isinstance(value, Name):
        return _name(value.text)
    text, datatype, language = lexical(value)
    if language:
        return {"$": text, "lang": language}
    return text if datatype == "xsd:string" else {"$": text, "type": datatype}


@lru_cache(maxsize=1024)
def _name(name: str) -> dict[str, str]:
    """A name as a value; most are types, which are told again and again."""
    return {"$": name, "type": "xsd:QName"}
