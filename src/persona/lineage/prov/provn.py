"""PROV-N: the notation of the W3C Recommendation of 2013 (https://www.w3.org/TR/prov-n/).

Read from left to right, a statement at a time. Beyond the grammar, two things that other programs write are read: an
argument that may be left out may be left out at the end without a marker, and statements may stand after bundles.
Extensions (``prefix:word(...)``) are no statements of PROV-DM and are refused, except ``prov:mentionOf``.
"""

from __future__ import annotations

import re
from typing import NoReturn

from persona.errors import InvalidInput, did_you_mean
from persona.lineage.prov.held import Builder, Held
from persona.lineage.prov.limits import MAX_DIGITS, MAX_VALUES, refuse, too_much
from persona.lineage.prov.names import Scope
from persona.lineage.prov.values import AS_WRITTEN, instant, typed
from persona.model.prov import ELEMENTS, FORMS, Formal, Kind, Literally, Name, Statement, Value

# Possessive quantifiers: none of these patterns ever goes back, whatever the text.
_BLANK = re.compile(r"(?:[ \t\r\n\ufeff]++|//[^\n\r]*+|/\*(?:[^*]++|\*(?!/))*+\*/)*+")
_ONE = r"%[0-9A-Fa-f]{2}|\\[=',\-:;\[\]().]"
_LOCAL = rf"(?:[\w/@~&+*?#$!]|{_ONE})(?:[\w/@~&+*?#$!-]|{_ONE}|\.+(?=[\w/@~&+*?#$!%\\-]))*+"
_NAME = re.compile(rf"(?:([^\W\d_](?:[\w-]|\.+(?=[\w-]))*+):)?({_LOCAL})?")
_WORD = re.compile(r"[A-Za-z][\w.-]*+(?::[A-Za-z][\w.-]*+)?")
_IRI = re.compile(r'<([^<>"{}|^`\\\x00-\x20]*+)>')
_TIME = re.compile(r"-?\d{4,9}-\d\d-\d\dT[0-9:.]++(?:Z|[+-]\d\d:\d\d)?")
_NUMBER = re.compile(r"[+-]?\d++(?![\w.:])")
_LONG = re.compile(r'"""((?:[^"\\]++|\\.|"(?!""))*+)"""', re.DOTALL)
_SHORT = re.compile(r'"((?:[^"\\\n\r]++|\\.)*+)"')
_QUOTED = re.compile(r"'((?:[^'\\\n\r]++|\\.)*+)'")
_LANGUAGE = re.compile(r"@([A-Za-z]++(?:-[A-Za-z0-9]++)*+)")
_ESCAPE = re.compile(r"\\(?:u([0-9A-Fa-f]{4})|U([0-9A-Fa-f]{8})|(.))", re.DOTALL)
_ESCAPED = {"t": "\t", "b": "\b", "n": "\n", "r": "\r", "f": "\f", '"': '"', "'": "'", "\\": "\\"}
_QUALIFIED = ("xsd:QName", "prov:QUALIFIED_NAME")


def read_prov_n(text: str, source: str) -> Held:
    """The account that a PROV-N document tells. ``source`` names the file in errors.

    Raises ``InvalidInput``: ``prov-syntax`` for what is no PROV-N, ``prov-name`` for names that cannot be resolved,
    ``prov-value`` for values that cannot be read, ``prov-limit`` for too much.
    """
    reader = _Reader(text, source)
    reader.document()
    return reader.build.done()


class _Reader:
    """Where in the text the reading is."""

    def __init__(self, text: str, source: str) -> None:
        self.text = text
        self.source = source
        self.at = 0
        self.build = Builder(source)
        self.scope = Scope(self.build.names)
        self.bundle: str | None = None

    def document(self) -> None:
        """The whole document."""
        self._keyword("document")
        self._declarations(self.scope)
        while (word := self._peek_word()) != "endDocument":
            if word == "bundle":
                self._bundle()
            else:
                self._statement()
        self._keyword("endDocument")
        if self._ahead():
            self._broken("something follows `endDocument`")

    def place(self, at: int | None = None) -> str:
        """File, line and column."""
        at = self.at if at is None else at
        column = at - max(self.text.rfind("\n", 0, at), self.text.rfind("\r", 0, at))
        return f"{self.source}, line {self.text.count(chr(10), 0, at) + 1}, column {column}"

    # Structure

    def _bundle(self) -> None:
        self._keyword("bundle")
        self._ahead()
        start = self.at
        name = self._written_name()
        outer, self.scope = self.scope, Scope(self.build.names, self.scope)
        self._declarations(self.scope)
        self.bundle = self.scope.name(name, lambda: self.place(start))
        self.build.bundle(self.bundle, lambda: self.place(start))
        while self._peek_word() != "endBundle":
            self._statement()
        self._keyword("endBundle")
        self.scope, self.bundle = outer, None

    def _declarations(self, scope: Scope) -> None:
        seen: set[str] = set()
        while (word := self._peek_word()) in ("prefix", "default"):
            self._keyword(word)
            self._ahead()
            start, prefix = self.at, ""
            if word == "prefix":
                found = _WORD.match(self.text, self.at)
                if found is None or ":" in found[0]:
                    self._broken("a prefix is missing")
                prefix = found[0]
                self.at = found.end()
                self._ahead()
            if prefix in seen:
                self._broken(f"`{prefix or 'default'}` is declared twice here", start)
            seen.add(prefix)
            iri = _IRI.match(self.text, self.at)
            if iri is None:
                self._broken("a namespace in angle brackets is missing")
            self.at = iri.end()
            scope.declare(prefix, iri[1], lambda: self.place(start))  # noqa: B023  # asked at once or never

    def _statement(self) -> None:
        word = self._peek_word()
        start = self.at
        kind = word.removeprefix("prov:")
        if kind not in FORMS:
            if not word:
                self._broken("a statement is missing" if self._ahead() else "the text ends before `endDocument`")
            near = did_you_mean(word, FORMS)
            hints = [f"Did you mean `{near}`?"] if near else []
            what = "is an extension, and no statement of PROV-DM" if ":" in word else "begins no statement of PROV-N"
            raise refuse(f"`{word[:60]}` {what}", "prov-syntax", self.place(start), *hints)
        self.at += len(word)
        self._take("(")
        if kind in ELEMENTS:
            self._ahead()
            id: str | None = self._name()
            arguments = self._arguments(kind, []) if self._ahead() == "," else []
        else:
            first = self._argument()
            id = None
            if self._ahead() == ";":
                self.at += 1
                id = None if first is None else self._resolved(first)
                arguments = self._arguments(kind, [self._argument()])
            else:
                arguments = self._arguments(kind, [first])
        attributes = self._attributes() if self.text.startswith("[", self.at) else ()
        self._take(")")
        self._add(kind, id, arguments, attributes, start)  # type: ignore[arg-type]  # it is one of the kinds

    def _arguments(self, kind: str, given: list[tuple[str, int] | None]) -> list[tuple[str, int] | None]:
        """The arguments after those that are known already, up to the attributes or the closing bracket."""
        while self._ahead() == ",":
            self.at += 1
            if self._ahead() == "[":
                break
            given.append(self._argument())
            if len(given) > 8:
                self._broken(f"{kind} has too many arguments")
        return given

    def _add(
        self,
        kind: Kind,
        id: str | None,
        given: list[tuple[str, int] | None],
        attributes: tuple[tuple[str, Value], ...],
        start: int,
    ) -> None:
        formals = FORMS[kind]
        needed = sum(not formal.optional for formal in formals)
        if not needed <= len(given) <= len(formals):
            few = f"{needed} to {len(formals)}" if needed != len(formals) else str(needed)
            self._broken(f"{kind} has {len(given)} arguments, and takes {few}", start)
        filled: list[tuple[str, int] | None] = [*given, *[None] * (len(formals) - len(given))]
        arguments = tuple(
            None if one is None else self._formal(formal, one) for formal, one in zip(formals, filled, strict=True)
        )
        self.build.add(Statement(kind, id, arguments, attributes), self.bundle)

    def _formal(self, formal: Formal, one: tuple[str, int]) -> str:
        if formal.part != "time":
            return self._resolved(one)
        try:
            return instant(one[0])
        except ValueError as error:
            raise refuse(str(error), "prov-value", self.place(one[1]), AS_WRITTEN) from None

    def _attributes(self) -> tuple[tuple[str, Value], ...]:
        self._take("[")
        found: list[tuple[str, Value]] = []
        while self._ahead() != "]":
            if found:
                self._take(",")
                self._ahead()
            if len(found) >= MAX_VALUES:
                raise too_much(f"one statement has more than {MAX_VALUES:,} attributes", self.place())
            name = self._name()
            self._take("=")
            found.append((name, self._value()))
        self.at += 1
        return tuple(found)

    # Words

    def _argument(self) -> tuple[str, int] | None:
        """An argument as it is written, with its place; None for the marker that says nothing."""
        self._ahead()
        start = self.at
        found = _TIME.match(self.text, start)
        if found is not None:
            self.at = found.end()
            return found[0], start
        if self.text.startswith("-", start):
            self.at += 1
            return None
        return self._written_name(), start

    def _name(self) -> str:
        start = self.at
        return self._resolved((self._written_name(), start))

    def _resolved(self, one: tuple[str, int]) -> str:
        known = self.scope.resolved(one[0])
        return known if known is not None else self.scope.name(one[0], lambda: self.place(one[1]))

    def _written_name(self) -> str:
        found = _NAME.match(self.text, self.at)
        if found is None or not found[0]:
            self._broken("a name is missing")
        self.at = found.end()
        if self.text.startswith(":", self.at):
            self._broken("a name has two colons; write the second as `\\:`")
        return _unescaped_name(found[0])

    def _value(self) -> Value:
        self._ahead()
        start = self.at
        if (found := _LONG.match(self.text, start) or _SHORT.match(self.text, start)) is not None:
            self.at = found.end()
            return self._literal(self._unescaped(found[1], start), start)
        if (found := _QUOTED.match(self.text, start)) is not None:
            self.at = found.end()
            name = found[1]
            whole = _NAME.fullmatch(name)
            if whole is None or not name:
                self._broken(f"{name[:60]!r} is no name", start)
            name = _unescaped_name(name)
            return Name(self._resolved((name, start))) if self.scope.known(name) else Literally(name, _QUALIFIED[1])
        if (found := _NUMBER.match(self.text, start)) is not None:
            self.at = found.end()
            if len(found[0]) > MAX_DIGITS:
                raise refuse(f"a number has more than {MAX_DIGITS} digits", "prov-value", self.place(start))
            return typed(found[0], "xsd:int", "")
        raise self._error("a value is missing: a text, a number or a name in single quotes", start)

    def _literal(self, text: str, start: int) -> Value:
        language = _LANGUAGE.match(self.text, self.at)
        if language is not None:
            self.at = language.end()
            return Literally(text, language=language[1])
        if self._ahead() != "%" or not self.text.startswith("%%", self.at):
            return text
        self.at += 2
        self._ahead()
        datatype = self._name()
        if datatype in _QUALIFIED:
            return Name(self._resolved((text, start))) if self.scope.known(text) else Literally(text, datatype)
        try:
            return typed(text, datatype, "")
        except ValueError as error:
            raise refuse(str(error), "prov-value", self.place(start)) from None

    def _unescaped(self, text: str, start: int) -> str:
        if "\\" not in text:
            return text

        def character(found: re.Match[str]) -> str:
            four, eight, one = found.groups()
            if one is not None:
                if one not in _ESCAPED:
                    self._broken(f"`\\{one}` is no escape in a text", start)
                return _ESCAPED[one]
            number = int(four or eight, 16)
            if number > 0x10FFFF or 0xD800 <= number < 0xE000:
                self._broken(f"`{found[0]}` is no character", start)
            return chr(number)

        return _ESCAPE.sub(character, text)

    def _ahead(self) -> str:
        found = _BLANK.match(self.text, self.at)
        assert found is not None
        self.at = found.end()
        return self.text[self.at : self.at + 1]

    def _peek_word(self) -> str:
        self._ahead()
        found = _WORD.match(self.text, self.at)
        return found[0] if found is not None else ""

    def _keyword(self, word: str) -> None:
        if self._peek_word() != word:
            self._broken(f"`{word}` is missing")
        self.at += len(word)

    def _take(self, sign: str) -> None:
        if self._ahead() != sign:
            found = self.text[self.at : self.at + 1]
            self._broken(f"`{sign}` is missing before {found!r}" if found else f"the text ends before `{sign}`")
        self.at += 1

    def _broken(self, message: str, at: int | None = None) -> NoReturn:
        raise self._error(message, at)

    def _error(self, message: str, at: int | None) -> InvalidInput:
        return refuse(f"it is no PROV-N: {message}", "prov-syntax", self.place(at))


def _unescaped_name(name: str) -> str:
    return re.sub(r"\\(.)", r"\1", name) if "\\" in name else name
