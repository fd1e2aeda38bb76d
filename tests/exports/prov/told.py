"""Accounts that are held, for tests, and what the library ``prov`` makes of our files."""

from __future__ import annotations

import warnings
from collections import Counter
from collections.abc import Iterator, Mapping
from itertools import groupby
from typing import Any

import pyoxigraph
from tests.lineage.prov.judge import our_statements, their_statements, theirs

from persona.exports.prov.writing import pieces
from persona.lineage.prov.names import PROV, XSD
from persona.model.prov import FORMS, Account, Kind, Rows, Statement

ALL = ("json", "provn", "xml", "turtle", "nquads")
RDF = ("turtle", "nquads")

Read = dict[str | None, Counter[Any]]


class Told:
    """Statements in memory. Meets ``model.prov.Account``."""

    def __init__(self, namespaces: Mapping[str, str], told: Mapping[str | None, list[Statement]]) -> None:
        self.namespaces = {"prov": PROV, "xsd": XSD, **namespaces}
        self.held = told

    def bundles(self) -> Iterator[str]:
        return (name for name in self.held if name is not None)

    def statements(self, kind: Kind, bundle: str | None = None) -> Iterator[Statement]:
        return (one for one in self.held.get(bundle, ()) if one.kind == kind)

    def told(self, bundle: str | None = None) -> Iterator[Statement | Rows]:
        return (one for kind in FORMS for one in self.statements(kind, bundle))


class InRows(Told):
    """The same statements, those next to each other that have one shape as rows."""

    def told(self, bundle: str | None = None) -> Iterator[Statement | Rows]:
        for _, some in groupby(super().told(bundle), _shape):
            yield from _rows(list(some))


def _shape(one: Statement) -> tuple[Any, ...]:
    return one.kind, one.id is None, tuple(value is None for value in one.arguments), bool(one.attributes)


def _rows(some: list[Statement]) -> Iterator[Statement | Rows]:
    first = some[0]
    times = [value for value, form in zip(first.arguments, FORMS[first.kind], strict=True) if form.part == "time"]
    if first.attributes or any(times):
        yield from some
        return
    columns = list(zip(*(one.arguments for one in some), strict=True))
    arguments = tuple(column[0] if len(set(column)) == 1 else column for column in columns)
    ids = None if first.id is None else [str(one.id) for one in some]
    rows = Rows(first.kind, len(some), ids, arguments)
    assert list(rows.statements()) == some
    yield rows


class Named:
    """An account that says the two namespaces that need not be said, too: the judge wants them."""

    def __init__(self, account: Account) -> None:
        self.namespaces = {"prov": PROV, "xsd": XSD, **account.namespaces}
        self.bundles = account.bundles
        self.statements = account.statements
        self.told = account.told


def written(account: Account, format: str) -> bytes:
    return b"".join(pieces(account, format))


def read_back(data: bytes, format: str, namespaces: Mapping[str, str]) -> Read:
    """What ``prov`` reads. N-Quads say no prefixes, which ``prov`` needs, so that another reader gives it TriG."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of names that PROV-N could not write, which nobody writes here
        return _read(data, format, namespaces)


def _read(data: bytes, format: str, namespaces: Mapping[str, str]) -> Read:
    if format == "nquads":
        quads = pyoxigraph.parse(data, format=pyoxigraph.RdfFormat.N_QUADS)
        spaces = {prefix: uri for prefix, uri in namespaces.items() if prefix not in ("prov", "xsd")}
        trig = pyoxigraph.serialize(quads, format=pyoxigraph.RdfFormat.TRIG, prefixes=spaces)
        assert trig is not None
        return their_statements(theirs(trig, "rdf", rdf_format="trig"))
    if format == "turtle":
        return their_statements(theirs(data, "rdf", rdf_format="turtle"))
    return their_statements(theirs(data, format))


def wanted(account: Account, format: str) -> Read:
    """What a reader must find: in RDF equal statements are one, and Turtle has one graph."""
    told = our_statements(Named(account))
    if format == "turtle":
        return {None: Counter({one for statements in told.values() for one in statements})}
    return {key: Counter(set(value)) for key, value in told.items()} if format in RDF else told


def same(data: bytes, account: Account, format: str) -> bool:
    read = read_back(data, format, account.namespaces)
    if format in RDF:
        read = {key: Counter(set(value)) for key, value in read.items()}
    return {key: value for key, value in read.items() if value or key is None} == {
        key: value for key, value in wanted(account, format).items() if value or key is None
    }
