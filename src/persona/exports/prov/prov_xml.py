"""PROV-XML (https://www.w3.org/TR/prov-xml/), record by record, in the order of elements that its schema wants.

XML wants the local part of a name to be an NCName, and names of this program are paths. A name is therefore split anew:
all of its IRI up to the last part that is an NCName becomes a namespace, declared where it is used. The IRI is what
counts, and it stays the same.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from xml.sax.saxutils import escape, quoteattr

from persona.errors import InvalidInput
from persona.exports.prov.patterns import Patterns, gathered
from persona.exports.prov.terms import KNOWN, PROV, lexical
from persona.model.prov import FORMS, Account, Name, Rows, Statement, Value

XSD = "http://www.w3.org/2001/XMLSchema"
"""The namespace of the datatypes, which PROV-XML writes without the sharp sign at its end."""

_START = (
    r"A-Z_a-z\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u02ff\u0370-\u037d\u037f-\u1fff\u200c-\u200d\u2070-\u218f"
    r"\u2c00-\u2fef\u3001-\ud7ff\uf900-\ufdcf\ufdf0-\ufffd\U00010000-\U000effff"
)
_NCNAME = re.compile(rf"[{_START}][{_START}0-9.\u00b7\u0300-\u036f\u203f-\u2040-]*")
_INITIAL = re.compile(rf"[{_START}]")
_BACKWARDS = re.compile(rf"[{_START}0-9.\u00b7\u0300-\u036f\u203f-\u2040-]*")
_PIECE = r"(?:[A-Za-z0-9:/?@!$&'()*+,;=._~-]|%[0-9A-Fa-f]{2})"
_URI = re.compile(rf"{_PIECE}+(?:#{_PIECE}*)?")
_NO_XML = re.compile(r"[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_FIRST = {f"prov:{word}": at for at, word in enumerate(("label", "location", "role", "type", "value"))}
_TYPED = ("prov:type", "prov:location", "prov:value")
_IN_ATTRIBUTES = {"\n": "&#10;", "\r": "&#13;", "\t": "&#9;"}


def prov_xml(account: Account) -> Iterator[bytes]:
    """An account as PROV-XML, in pieces.

    Raises ``InvalidInput`` for a text with control characters, which XML cannot hold.
    """
    return gathered(_texts(account))


def _texts(account: Account) -> Iterator[str]:
    writer = _Writer(account)
    spaces = {"prov": PROV, "xsi": "http://www.w3.org/2001/XMLSchema-instance", "xsd": XSD, **account.namespaces}
    declared = "".join(f" xmlns:{prefix}={_quoted(uri)}" for prefix, uri in spaces.items())
    yield f'<?xml version="1.0" encoding="UTF-8"?>\n<prov:document{declared}>\n'
    yield from writer.records(None)
    for bundle in account.bundles():
        yield f"  <prov:bundleContent prov:id={writer.name(bundle)}>\n"
        yield from writer.records(bundle)
        yield "  </prov:bundleContent>\n"
    yield "</prov:document>\n"


class _Writer:
    def __init__(self, account: Account) -> None:
        self._account = account
        self._namespaces = {"prov": PROV, "xsd": XSD, **account.namespaces}
        self.name = lru_cache(maxsize=KNOWN)(self._named)
        self._patterns = Patterns(self.record, lambda names: list(map(self.name, names)))

    def records(self, bundle: str | None) -> Iterator[str]:
        """What is told in a bundle or at the top."""
        indent = "  " if bundle is None else "    "
        for one in self._account.told(bundle):
            yield self._patterns.text(one, indent) if isinstance(one, Rows) else self.record(one, indent)

    def _named(self, name: str) -> str:
        """A name as the value of an XML attribute, and after it the namespace that it needs."""
        if ":" not in name:
            return name  # the mark of a pattern
        told, declared = self._name(name, "ns1")
        return f'"{told}"{declared}' if declared else _quoted(told)  # a fresh prefix stands before an NCName

    def record(self, one: Statement, indent: str) -> str:
        """One record."""
        inner = "".join(
            f"{indent}  <prov:{form.name}>{value}</prov:{form.name}>\n"
            if form.part == "time"
            else f"{indent}  <prov:{form.name} prov:ref={self.name(value)}/>\n"
            for value, form in zip(one.arguments, FORMS[one.kind], strict=True)
            if value is not None
        )
        if one.attributes:
            ordered = sorted(one.attributes, key=lambda pair: _FIRST.get(pair[0], len(_FIRST)))
            inner += "".join(f"{indent}  {self._attribute(key, value)}\n" for key, value in ordered)
        named = f" prov:id={self.name(one.id)}" if one.id is not None else ""
        if not inner:
            return f"{indent}<prov:{one.kind}{named}/>\n"
        return f"{indent}<prov:{one.kind}{named}>\n{inner}{indent}</prov:{one.kind}>\n"

    def _attribute(self, key: str, value: Value) -> str:
        tag, declared = self._element(key)
        if isinstance(value, Name):
            text, more = self._name(value.text, "ns2")
            told = f'{more} xsi:type="xsd:QName"'
        else:
            text, datatype, language = lexical(value)
            told = ""
            if language:
                told = f" xml:lang={_quoted(language)}"
            elif datatype != "xsd:string" or key in _TYPED:
                type_name, more = self._name(datatype, "ns3")
                told = f"{more} xsi:type={_quoted(type_name)}"
        return f"<{tag}{declared}{told}>{_escaped(text)}</{tag}>"

    def _name(self, name: str, fresh: str) -> tuple[str, str]:
        """A name as XML may hold it, and the declaration of a fresh prefix where one is needed."""
        prefix, _, local = name.partition(":")
        if _NCNAME.fullmatch(local):
            return name, ""
        iri = self._namespaces[prefix] + local
        end = iri[iri.rfind("%") + 3 :] if "%" in iri else iri
        tail = _INITIAL.search(iri, len(iri) - _BACKWARDS.match(end[::-1]).end())  # type: ignore[union-attr]  # at least ""
        space = _space(iri[: tail.start()]) if tail else ""
        if tail is None or not space:
            return name, ""  # no QName of XML; readers that split at the colon take it all the same
        return f"{fresh}:{iri[tail.start() :]}", f" xmlns:{fresh}={space}"

    def _element(self, name: str) -> tuple[str, str]:
        """An attribute's name as the name of an element, which must be right.

        Where no end of the IRI is an NCName, what is not allowed stands as ``_xHHHH_`` (ISO 9075-14).
        """
        tag, declared = self._name(name, "ns1")
        prefix, _, local = tag.partition(":")
        if _NCNAME.fullmatch(local):
            return tag, declared
        escaped = "".join(
            char if _NCNAME.fullmatch(char if not at else f"a{char}") else f"_x{ord(char):04X}_"
            for at, char in enumerate(local)
        )
        return f"{prefix}:{escaped or '_'}", declared


@lru_cache(maxsize=1024)
def _space(iri: str) -> str:
    """A namespace as the value of an attribute; nothing where it is no URI."""
    return _quoted(iri) if _URI.fullmatch(iri) else ""


def _escaped(text: str) -> str:
    _check(text)
    return escape(text, {"\r": "&#13;"})


def _quoted(text: str) -> str:
    _check(text)
    return quoteattr(text, _IN_ATTRIBUTES)


def _check(text: str) -> None:
    if found := _NO_XML.search(text):
        raise InvalidInput(
            f"a text holds the character U+{ord(found[0]):04X}, which XML cannot hold",
            code="prov-unwritable",
            place=text[:80].encode("unicode_escape").decode(),
            hints=["write another format: `persona export prov --format json --output prov.json`"],
        )
