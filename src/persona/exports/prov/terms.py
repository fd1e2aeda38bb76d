"""What every format of PROV has in common: the lexical form of values, namespaces that can be written, and IRIs."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from persona.errors import InvalidInput
from persona.model.prov import FORMS, Account, Kind, Literally, Name, Rows, Statement, Value

PROV = "http://www.w3.org/ns/prov#"
KNOWN = 32_768
"""How many names a format remembers as it writes them: most come again, those of usages never."""

XSD = "http://www.w3.org/2001/XMLSchema#"

_PREFIX = re.compile(r"[A-Za-z]([A-Za-z0-9_-]*[A-Za-z0-9_-])?")
_RESERVED = re.compile(r"xml.*|default|xsi|ns\d+", re.IGNORECASE)
_NO_LOCAL = re.compile(r'[\x00-\x20<>"{}|^`\\\[\]]')
_NO_IRI = re.compile(r'[\x00-\x20<>"{}|^`\\]')


class Lexical(NamedTuple):
    """A value as text, with its datatype as a qualified name; a language stands for a datatype of its own."""

    text: str
    datatype: str
    language: str = ""


def lexical(value: Value) -> Lexical:
    """The lexical form of a value other than a name."""
    match value:
        case Literally():
            return Lexical(value.text, "" if value.language else value.datatype, value.language)
        case bool():
            return Lexical("true" if value else "false", "xsd:boolean")
        case int():
            return Lexical(str(value), integer_type(value))
        case float():
            return Lexical(double(value), "xsd:double")
        case Name():
            raise TypeError("a name is no literal")
        case _:
            return Lexical(value, "xsd:string")


def integer_type(value: int) -> str:
    """The narrowest of the three datatypes that hold a number (XML Schema part 2, 3.3.13, 3.3.16, 3.3.17)."""
    if -(2**31) <= value < 2**31:
        return "xsd:int"
    return "xsd:long" if -(2**63) <= value < 2**63 else "xsd:integer"


def double(value: float) -> str:
    """A number as ``xsd:double`` writes it; the text reads back as exactly this number."""
    if value - value != 0.0:
        return "INF" if value > 0 else "-INF" if value < 0 else "NaN"
    return repr(value)


class Prefixed:
    """An account whose prefixes can be written in every format. Meets ``model.prov.Account``.

    A prefix that a format keeps for itself (``default``, ``xml``) or that PROV-N cannot spell stands under another
    name. Raises ``InvalidInput`` for a namespace that is no part of an IRI.
    """

    def __init__(self, account: Account) -> None:
        self._account = account
        given = {prefix: uri for prefix, uri in account.namespaces.items() if prefix not in ("prov", "xsd")}
        for prefix, uri in given.items():
            if not uri or _NO_IRI.search(uri):
                raise InvalidInput(
                    f"the namespace of the prefix `{prefix}` cannot be part of an IRI",
                    code="prov-unwritable",
                    place=uri[:200],
                )
        self._renamed: dict[str, str] = {}
        self.namespaces: Mapping[str, str] = given
        odd = [prefix for prefix in given if not _PREFIX.fullmatch(prefix) or _RESERVED.fullmatch(prefix)]
        if odd:
            free = (name for number in range(len(given) + 1) if (name := f"p{number}") not in given)
            self._renamed = dict(zip(odd, free, strict=False))
            self.namespaces = {self._renamed.get(prefix, prefix): uri for prefix, uri in given.items()}

    def bundles(self) -> Iterator[str]:
        """See ``Account.bundles``."""
        return map(self._name, self._account.bundles()) if self._renamed else self._account.bundles()

    def statements(self, kind: Kind, bundle: str | None = None) -> Iterator[Statement]:
        """See ``Account.statements``."""
        if not self._renamed:
            return self._account.statements(kind, bundle)
        back = {new: old for old, new in self._renamed.items()}
        asked = bundle if bundle is None else _with_prefix(bundle, back)
        return map(self._statement, self._account.statements(kind, asked))

    def told(self, bundle: str | None = None) -> Iterator[Statement | Rows]:
        """See ``Account.told``."""
        if not self._renamed:
            return self._account.told(bundle)
        return (one for kind in FORMS for one in self.statements(kind, bundle))

    def _name(self, name: str) -> str:
        return _with_prefix(name, self._renamed)

    def _statement(self, one: Statement) -> Statement:
        parts = [form.part for form in FORMS[one.kind]]
        return Statement(
            one.kind,
            one.id and self._name(one.id),
            tuple(
                self._name(value) if value is not None and part != "time" else value
                for value, part in zip(one.arguments, parts, strict=True)
            ),
            tuple((self._name(key), self._value(value)) for key, value in one.attributes),
        )

    def _value(self, value: Value) -> Value:
        if isinstance(value, Name):
            return Name(self._name(value.text))
        if isinstance(value, Literally) and not value.language:
            return value._replace(datatype=self._name(value.datatype))
        return value


def _with_prefix(name: str, renamed: Mapping[str, str]) -> str:
    prefix, _, local = name.partition(":")
    return f"{renamed.get(prefix, prefix)}:{local}"


class Iris:
    """The IRI of each qualified name."""

    def __init__(self, namespaces: Mapping[str, str]) -> None:
        self._namespaces = {"prov": PROV, "xsd": XSD, **namespaces}

    def __call__(self, name: str) -> str:
        """The IRI of a name. Characters that stand in no IRI, or not there, are percent-encoded (RFC 3987)."""
        prefix, _, local = name.partition(":")
        return self._namespaces[prefix] + _NO_LOCAL.sub(encoded, local)


def encoded(found: re.Match[str]) -> str:
    """A character as percent-encoded bytes of UTF-8."""
    return "".join(f"%{byte:02X}" for byte in found[0].encode("utf-8", "surrogatepass"))
