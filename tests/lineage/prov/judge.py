"""What the library ``prov`` reads, as statements that can be compared with ours: by URIs, values and instants."""

from __future__ import annotations

import datetime
import json
import warnings
from collections import Counter
from pathlib import Path
from typing import Any

import prov
from prov import model as foreign

from persona.lineage.prov.names import PROV
from persona.lineage.prov.values import datatype_of, seconds_of
from persona.model.prov import FORMS, Account, Kind, Literally, Name, Statement

CORPUS = Path(prov.__file__).parent / "tests"


def theirs(text: str | bytes, form: str, **options: Any) -> foreign.ProvDocument:
    """A document as ``prov`` reads it."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return foreign.ProvDocument.deserialize(content=text, format=form, **options)


def their_statements(document: foreign.ProvDocument) -> dict[str | None, Counter[Any]]:
    """The statements of a document of ``prov``, by the URI of their bundle."""
    told: dict[str | None, Counter[Any]] = {None: Counter(_their(record) for record in document.get_records())}
    for bundle in document.bundles:
        told[bundle.identifier.uri] = Counter(_their(record) for record in bundle.get_records())
    return told


def our_statements(account: Account) -> dict[str | None, Counter[Any]]:
    """The statements of an account of ours, by the URI of their bundle."""
    uri = _Uris(account)
    told: dict[str | None, Counter[Any]] = {}
    for bundle in (None, *account.bundles()):
        told[uri(bundle)] = Counter(uri.statement(one) for kind in FORMS for one in account.statements(kind, bundle))
    return told


class _Uris:
    def __init__(self, account: Account) -> None:
        self.namespaces = account.namespaces

    def __call__(self, name: str | None) -> str | None:
        if name is None:
            return None
        prefix, _, local = name.partition(":")
        return self.namespaces[prefix] + local

    def statement(self, one: Statement) -> Any:
        arguments = tuple(
            _instant_of(value) if formal.part == "time" and value is not None else self(value)
            for formal, value in zip(FORMS[one.kind], one.arguments, strict=True)
        )
        values = frozenset((self(name), self.value(value)) for name, value in one.attributes)
        return one.kind, self(one.id), arguments, values

    def value(self, value: Any) -> Any:
        match value:
            case Name():
                return "name", self(value.text)
            case Literally() if value.language:
                return "text", value.text, value.language
            case Literally(datatype="xsd:dateTime"):
                return "instant", _instant_of(value.text)
            case Literally():
                return "typed", value.text, self(value.datatype)
            case bool() | float():
                return type(value).__name__, value
            case int():
                return "typed", str(value), self(datatype_of(value))
            case _:
                return "text", value, ""


def _instant_of(text: str) -> Any:
    return seconds_of(text.strip())


def _their(record: Any) -> Any:
    kind: Kind = next(kind for kind in FORMS if record.get_provn().startswith(f"{kind}("))
    formal: list[Any] = []
    given = dict(record.formal_attributes)
    for one in FORMS[kind]:
        value = next((value for name, value in given.items() if name.uri == PROV + one.name), None)
        formal.append(_instant_of(value.isoformat()) if isinstance(value, datetime.datetime) else value and value.uri)
    values = frozenset((name.uri, _their_value(value)) for name, value in record.extra_attributes)
    return kind, record.identifier and record.identifier.uri, tuple(formal), values


def _their_value(value: Any) -> Any:
    match value:
        case bool() | float():
            return type(value).__name__, value
        case int():
            return "typed", str(value), foreign.canonical_xsd_datatype(value).uri.replace("XMLSchema:", "XMLSchema#")
        case datetime.datetime():
            return "instant", _instant_of(value.isoformat())
        case foreign.Literal():
            if value.langtag:
                return "text", value.value, value.langtag
            return "typed", value.value, value.datatype.uri if value.datatype else ""
        case str():
            return "text", value, ""
        case foreign.Identifier() if not hasattr(value, "namespace"):
            return "typed", value.uri, "http://www.w3.org/2001/XMLSchema#anyURI"
        case _:
            return "name", value.uri


def pretty(told: dict[str | None, Counter[Any]]) -> str:
    """For the message of a test that fails."""
    return json.dumps({str(key): sorted(map(str, value.elements())) for key, value in told.items()}, indent=1)
