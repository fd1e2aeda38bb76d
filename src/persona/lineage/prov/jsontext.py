"""A walk through JSON text, member by member: places for every error, and never more than one record in memory."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator
from json.decoder import scanstring  # type: ignore[attr-defined]  # named in the source of json, not in its stubs
from typing import Any

from persona.errors import InvalidInput
from persona.lineage.prov.limits import MAX_BRACKETS, MAX_COMMAS, MAX_DIGITS, MAX_OBJECTS, refuse, too_much
from persona.lineage.prov.names import Place

_BLANK = re.compile(r"[ \t\n\r]*")
_SURROGATE = re.compile(r"\\u[dD][89a-fA-F]")

_NAMES: dict[type, str] = {dict: "an object", list: "a list", str: "a text", bool: "a truth value", type(None): "null"}

_FIRST = {"{": "an object", "[": "a list", '"': "a text", "t": "a truth value", "f": "a truth value", "n": "null"}


class _Wrong(ValueError):
    """What the decoder of one value found; the walk adds the place."""


class JsonText:
    """Where in a text the walk is. Every error is an ``InvalidInput`` with line and column."""

    def __init__(self, text: str, source: str) -> None:
        self.text = text
        self.source = source
        self.at = 0
        self._objects = 0
        self._surrogates = _SURROGATE.search(text) is not None
        self._strict = json.JSONDecoder(
            object_pairs_hook=self._object, parse_int=_integer, parse_float=_real, parse_constant=_constant
        )
        self._quick = json.JSONDecoder(parse_int=float, parse_constant=float)
        if text.count("[") > MAX_BRACKETS or text.count(",") > MAX_COMMAS:
            raise too_much("there are more lists or commas than any account of provenance has", source)

    def place(self, at: int | None = None) -> str:
        """File, line and column of a position, the present one unless told otherwise."""
        at = self.at if at is None else at
        line = self.text.count("\n", 0, at) + 1
        column = at - self.text.rfind("\n", 0, at)
        return f"{self.source}, line {line}, column {column}"

    def placing(self, at: int) -> Place:
        """``place`` of a position, for later."""
        return lambda: self.place(at)

    def wrong(self, message: str, at: int | None = None, *hints: str) -> InvalidInput:
        """The error for a text that is JSON and no PROV-JSON."""
        return refuse(message, "prov-shape", self.place(at), *hints)

    def members(self, what: str) -> Iterator[tuple[str, int]]:
        """The members of an object: the key and its position. Before the next is asked for, the value must be taken."""
        if self._ahead() != "{":
            found = self.kind()
            raise self.wrong(f"{what} must be an object, and is {found}")
        self.at += 1
        keys: set[str] = set()
        if self._ahead() == "}":
            self.at += 1
            return
        while True:
            start = self.at
            key = self._key()
            if key in keys:
                raise self.wrong(
                    f"{what} has the key {key[:200]!r} twice", start, "JSON does not say which would hold."
                )
            keys.add(key)
            if self._ahead() != ":":
                raise self._broken("a colon is missing")
            self.at += 1
            self._ahead()
            yield key, start
            after = self._ahead()
            self.at += 1
            if after == "}":
                return
            if after != ",":
                self.at -= 1
                raise self._broken("a comma or a closing brace is missing")
            self._ahead()

    def items(self) -> Iterator[int]:
        """The positions of the items of a list, each of which must be taken before the next is asked for."""
        self.at += 1
        if self._ahead() == "]":
            self.at += 1
            return
        while True:
            self._ahead()
            yield self.at
            after = self._ahead()
            self.at += 1
            if after == "]":
                return
            if after != ",":
                self.at -= 1
                raise self._broken("a comma or a closing bracket is missing")

    def value(self) -> Any:
        """The value here, as a whole; keys that stand twice and numbers that are none are refused."""
        self._objects = 0
        start = self.at
        value = self._decode(self._strict)
        if self._surrogates:
            try:
                json.dumps(value, ensure_ascii=False).encode()
            except UnicodeEncodeError:
                raise self.wrong("a text holds half of a surrogate pair, which is no character", start) from None
        return value

    def skip(self) -> None:
        """Pass over the value here."""
        self._decode(self._quick)

    def kind(self) -> str:
        """What the value here is, in words."""
        first = self._ahead()
        words = {
            "{": "an object",
            "[": "a list",
            '"': "a text",
            "t": "a truth value",
            "f": "a truth value",
            "n": "null",
        }
        if not first:
            return "missing"
        return words.get(first, "a number")

    def is_list(self) -> bool:
        """Whether the value here is a list."""
        return self._ahead() == "["

    def end(self) -> None:
        """Raises ``InvalidInput`` where anything follows."""
        if self._ahead():
            raise self._broken("something follows the end of the document")

    def _ahead(self) -> str:
        found = _BLANK.match(self.text, self.at)
        assert found is not None
        self.at = found.end()
        return self.text[self.at : self.at + 1]

    def _key(self) -> str:
        if self.text[self.at : self.at + 1] != '"':
            raise self._broken("a key in double quotes is missing")
        start = self.at
        try:
            key, self.at = scanstring(self.text, self.at + 1, True)
        except json.JSONDecodeError as error:
            raise self._broken(error.msg[:1].lower() + error.msg[1:], error.pos) from None
        if self._surrogates:
            try:
                key.encode()
            except UnicodeEncodeError:
                raise self.wrong("a key holds half of a surrogate pair, which is no character", start) from None
        return str(key)

    def _decode(self, decoder: json.JSONDecoder) -> Any:
        start = self.at
        try:
            value, self.at = decoder.raw_decode(self.text, start)
        except json.JSONDecodeError as error:
            raise self._broken(error.msg[:1].lower() + error.msg[1:], error.pos) from None
        except _Wrong as error:
            raise self.wrong(str(error), start) from None
        except RecursionError:
            raise too_much("it is nested deeper than any account of provenance is", self.place(start)) from None
        return value

    def _broken(self, message: str, at: int | None = None) -> InvalidInput:
        return refuse(f"it is no JSON: {message}", "prov-syntax", self.place(at))

    def _object(self, pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        self._objects += 1
        if self._objects > MAX_OBJECTS:
            raise _Wrong(f"one record holds more than {MAX_OBJECTS:,} objects")
        made = dict(pairs)
        if len(made) != len(pairs):
            keys: set[str] = set()
            twice = next(key for key, _ in pairs if key in keys or keys.add(key))  # type: ignore[func-returns-value]
            raise _Wrong(f"an object has the key {twice[:200]!r} twice")
        return made


def said(value: object) -> str:
    """What a value of JSON is, in words."""
    return _NAMES.get(type(value), "a number")


def _integer(digits: str) -> int:
    if len(digits) > MAX_DIGITS:
        raise _Wrong(f"a number has more than {MAX_DIGITS} digits")
    return int(digits)


def _real(digits: str) -> float:
    value = float(digits)
    if len(digits) > MAX_DIGITS or not math.isfinite(value):
        raise _Wrong(f"{digits[:40]} is too large or too long for a number")
    return value


def _constant(word: str) -> float:
    raise _Wrong(f"{word} is no JSON number")
