"""Accounts that are held, for tests, and what the library ``prov`` makes of our files."""

from __future__ import annotations

import warnings
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import pyoxigraph
from tests.lineage.prov.judge import our_statements, their_statements, theirs

from persona.exports.prov.writing import pieces
from persona.lineage.prov.names import PROV, XSD
from persona.model.prov import Account, Kind, Statement

ALL = ("json", "provn", "xml", "turtle", "nquads")
RDF = ("turtle", "nquads")

Read = dict[str | None, Counter[Any]]


class Told:
    """Statements in memory. Meets ``model.prov.Account``."""

    def __init__(self, namespaces: Mapping[str, str], told: Mapping[str | None, Sequence[Statement]]) -> None:
        self.namespaces = {"prov": PROV, "xsd": XSD, **namespaces}
        self.told = told

    def bundles(self) -> Iterator[str]:
        return (name for name in self.told if name is not None)

    def statements(self, kind: Kind, bundle: str | None = None) -> Iterator[Statement]:
        return (one for one in self.told.get(bundle, ()) if one.kind == kind)


class Named:
    """An account that says the two namespaces that need not be said, too: the judge wants them."""

    def __init__(self, account: Account) -> None:
        self.namespaces = {"prov": PROV, "xsd": XSD, **account.namespaces}
        self.bundles = account.bundles
        self.statements = account.statements


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
