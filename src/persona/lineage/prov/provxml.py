"""PROV-XML: the W3C note of 2013 (https://www.w3.org/TR/prov-xml/).

Statements are read one at a time. The elements of the extended terms (``prov:person``, ``prov:plan``,
``prov:wasRevisionOf`` ...) are read as the statement that they refine with that type (section 3, and PROV-DM table 7).
``prov:bundle`` with statements inside, as ProvToolbox wrote it, is read as ``prov:bundleContent``.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from persona.errors import InvalidInput, did_you_mean
from persona.lineage.prov.held import Builder, Held
from persona.lineage.prov.limits import MAX_VALUES, refuse, too_much
from persona.lineage.prov.names import PROV, XSD, Scope
from persona.lineage.prov.values import AS_WRITTEN, instant, typed
from persona.model.prov import FORMS, Formal, Kind, Literally, Name, Statement, Value
from persona.sources.xmltext import let_go, walk_xml

if TYPE_CHECKING:
    from persona.sources.xmltext import Element

_P = f"{{{PROV}}}"
_XSI_TYPE = "{http://www.w3.org/2001/XMLSchema-instance}type"
_LANG = "{http://www.w3.org/XML/1998/namespace}lang"
_DOCUMENT, _CONTENT, _BUNDLE, _OTHER = (f"{_P}{word}" for word in ("document", "bundleContent", "bundle", "other"))

_REFINED: dict[str, tuple[Kind, str]] = {
    "person": ("agent", "Person"),
    "organization": ("agent", "Organization"),
    "softwareAgent": ("agent", "SoftwareAgent"),
    "plan": ("entity", "Plan"),
    "collection": ("entity", "Collection"),
    "emptyCollection": ("entity", "EmptyCollection"),
    "bundle": ("entity", "Bundle"),
    "wasRevisionOf": ("wasDerivedFrom", "Revision"),
    "wasQuotedFrom": ("wasDerivedFrom", "Quotation"),
    "hadPrimarySource": ("wasDerivedFrom", "PrimarySource"),
}
_KINDS: dict[str, tuple[Kind, str]] = {
    **{f"{_P}{kind}": (kind, "") for kind in FORMS},
    **{f"{_P}{word}": refined for word, refined in _REFINED.items()},
}
_FORMAL: dict[Kind, dict[str, tuple[int, Formal]]] = {
    kind: {f"{_P}{formal.name}": (at, formal) for at, formal in enumerate(formals)} for kind, formals in FORMS.items()
}
_ANY_FORMAL = {tag for formals in _FORMAL.values() for tag in formals}
_ESCAPED = re.compile(r"_x([0-9A-F]{4}(?:[0-9A-F]{4})?)_")


def read_prov_xml(data: bytes, source: str) -> Held:
    """The account that a PROV-XML document tells. ``source`` names the file in errors.

    Raises ``InvalidInput``: ``prov-syntax`` for what is no XML, ``xml-doctype`` for a declared document type,
    ``prov-shape`` for what is no PROV-XML, ``prov-name`` for names that cannot be resolved, ``prov-value`` for values
    that cannot be read, ``prov-limit`` for too much.
    """
    reader = _Reader(source)
    above: list[Element] = []
    for event, element in walk_xml(data, source):
        if event == "start":
            if not above and element.tag != _DOCUMENT:
                raise reader.wrong(element, f"the root must be prov:document, and is {_said(element.tag)}")
            if len(above) == 1 and element.tag == _CONTENT:
                reader.begin(element)
            above.append(element)
            continue
        above.pop()
        if len(above) == 1 and element.tag == _CONTENT:
            reader.bundle = None
        elif len(above) == 1 or (len(above) == 2 and above[1].tag == _CONTENT):
            reader.read(element)
        else:
            continue
        let_go(element)
    return reader.build.done()


class _Reader:
    """What is read so far, and in which bundle."""

    def __init__(self, source: str) -> None:
        self.source = source
        self.build = Builder(source)
        self.bundle: str | None = None
        self._scopes: dict[tuple[tuple[str, str], ...], Scope] = {}

    def begin(self, element: Element) -> None:
        """Begin a bundle."""
        id = element.get(f"{_P}id")
        if id is None:
            raise self.wrong(element, "the bundle has no prov:id")
        self.bundle = self._name(element, id)
        self.build.bundle(self.bundle, lambda: self.place(element))

    def read(self, element: Element) -> None:
        """One child of a document or a bundle."""
        if element.tag == _OTHER:
            self.build.note("`prov:other` holds what is no provenance; it was left out")
            return
        if element.tag == _BUNDLE and any(child.tag in _KINDS and len(child) + len(child.attrib) for child in element):
            if self.bundle is not None:
                raise self.wrong(element, "a bundle holds no bundles")
            self.begin(element)
            for child in element:
                self.read(child)
            self.bundle = None
            return
        known = _KINDS.get(str(element.tag))
        if known is None:
            near = did_you_mean(str(element.tag).removeprefix(_P), [*FORMS, *_REFINED])
            hints = [f"Did you mean `prov:{near}`?"] if near else []
            raise self.wrong(element, f"PROV-XML has no {_said(element.tag)} here", *hints)
        if known[0] == "hadMember":
            self._members(element)
        else:
            self.build.add(self._statement(element, *known), self.bundle)

    def _statement(self, element: Element, kind: Kind, refinement: str) -> Statement:
        formals = _FORMAL[kind]
        arguments: list[str | None] = [None] * len(formals)
        attributes: list[tuple[str, Value]] = [("prov:type", Name(f"prov:{refinement}"))] if refinement else []
        if (kept := element.get(_XSI_TYPE)) is not None:
            attributes.append(("prov:type", Name(self._name(element, kept))))
        for child in element:
            slot = formals.get(str(child.tag))
            if slot is None:
                self._attribute(child, kind, attributes)
                continue
            at, formal = slot
            if arguments[at] is not None:
                raise self.wrong(child, f"{_said(child.tag)} stands twice")
            arguments[at] = self._formal(child, formal)
        return Statement(kind, self._id(element, kind), tuple(arguments), tuple(attributes))

    def _members(self, element: Element) -> None:
        """A membership names one collection and any number of members."""
        id = self._id(element, "hadMember")
        collection: str | None = None
        members: list[str | None] = []
        attributes: list[tuple[str, Value]] = []
        for child in element:
            if child.tag == f"{_P}collection":
                if collection is not None:
                    raise self.wrong(child, "prov:collection stands twice")
                collection = self._reference(child)
            elif child.tag == f"{_P}entity":
                members.append(self._reference(child))
            else:
                self._attribute(child, "hadMember", attributes)
        for member in members or [None]:
            self.build.add(Statement("hadMember", id, (collection, member), tuple(attributes)), self.bundle)

    def _id(self, element: Element, kind: Kind) -> str | None:
        id = element.get(f"{_P}id")
        if id is None and not FORMS[kind]:
            raise self.wrong(element, f"the {kind} has no prov:id")
        return None if id is None else self._name(element, id)

    def _formal(self, child: Element, formal: Formal) -> str:
        if formal.part != "time":
            return self._reference(child)
        try:
            return instant(child.text or "")
        except ValueError as error:
            raise refuse(str(error), "prov-value", self.place(child), AS_WRITTEN) from None

    def _reference(self, child: Element) -> str:
        """What an element refers to: by ``prov:ref``, or, as ProvToolbox wrote it, by that of its only child."""
        reference = child.get(f"{_P}ref")
        if reference is None and len(child) == 1:
            child = child[0]
            reference = child.get(f"{_P}ref")
        if reference is None:
            raise self.wrong(child, f"{_said(child.tag)} has no prov:ref")
        return self._name(child, reference)

    def _attribute(self, child: Element, kind: Kind, into: list[tuple[str, Value]]) -> None:
        tag = str(child.tag)
        if tag in _ANY_FORMAL:
            raise self.wrong(child, f"{kind} takes no {_said(tag)}")
        if len(into) >= MAX_VALUES:
            raise too_much(f"one statement has more than {MAX_VALUES:,} attributes", self.place(child))
        uri, _, local = tag[1:].rpartition("}") if tag.startswith("{") else ("", "", tag)
        if not uri:
            raise self.wrong(child, f"{_said(tag)} is in no namespace")
        prefix = self.build.names.declare(child.prefix or "", uri, lambda: self.place(child))
        into.append((f"{prefix}:{_ESCAPED.sub(_unescape, local)}", self._value(child)))

    def _value(self, child: Element) -> Value:
        if len(child):
            raise self.wrong(child, f"{_said(child.tag)} holds elements, and a value is text")
        text = child.text or ""
        if (reference := child.get(f"{_P}ref")) is not None:
            return Name(self._name(child, reference))
        datatype = child.get(_XSI_TYPE)
        named = self._name(child, datatype) if datatype is not None else ""
        if named == "xsd:QName":
            # The note's own examples write such values without a prefix where no default namespace is declared.
            bare = text.strip()
            return Name(self._name(child, bare)) if ":" in bare or None in child.nsmap else Literally(bare, named)
        try:
            return typed(text, named, child.get(_LANG) or "")
        except ValueError as error:
            raise refuse(str(error), "prov-value", self.place(child)) from None

    def _name(self, element: Element, text: str) -> str:
        """A name by the namespaces that are in scope at an element."""
        key = tuple(sorted((prefix or "", uri) for prefix, uri in element.nsmap.items()))
        scope = self._scopes.get(key)
        if scope is None:
            scope = Scope(self.build.names)
            for prefix, uri in key:
                scope.declare(prefix, XSD if uri == XSD[:-1] else uri, lambda: self.place(element))
            if len(self._scopes) < 1_000:
                self._scopes[key] = scope
        return scope.name(text, lambda: self.place(element))

    def place(self, element: Element) -> str:
        """File and line of an element."""
        return f"{self.source}, line {element.sourceline}"

    def wrong(self, element: Element, message: str, *hints: str) -> InvalidInput:
        """The error for a text that is XML and no PROV-XML."""
        return refuse(message, "prov-shape", self.place(element), *hints)


def _said(tag: object) -> str:
    """A tag for people: ``prov:entity``, or the name with its namespace."""
    text = str(tag)
    return f"prov:{text[len(_P) :]}" if text.startswith(_P) else text.replace("{", "<").replace("}", ">")[:200]


def _unescape(found: re.Match[str]) -> str:
    """``_x0020_`` for a character that no XML name may hold, as the library ``prov`` writes it."""
    number = int(found[1], 16)
    return chr(number) if number < 0x110000 and not 0xD800 <= number < 0xE000 else found[0]
