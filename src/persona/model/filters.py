"""The filter language of lists: ``metrics.diversity_score > 0.7 and params.temperature = 0.3``.

Grammar::

    expression := term { "or" term }
    term       := factor { "and" factor }
    factor     := "not" factor | "(" expression ")" | field operator value
    field      := name | ("params" | "metrics" | "tags") "." (name | "`" any characters "`")
    operator   := "=" | "!=" | "<" | "<=" | ">" | ">=" | "~"        (~ is "contains", ignoring case)
    value      := number | 'text' | "text" | word

A comparison with an absent value is false, ``!=`` included. Where both sides are numbers they compare as numbers.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Literal

import msgspec

from persona.errors import UsageError

Operator = Literal["=", "!=", "<", "<=", ">", ">=", "~"]
MAX_DEPTH = 50


class Field(msgspec.Struct, frozen=True):
    """What is compared: a column (``family`` is "") or a key of params, metrics or tags."""

    family: Literal["", "params", "metrics", "tags"]
    name: str


class Compare(msgspec.Struct, frozen=True, tag=True):
    """One comparison."""

    field: Field
    operator: Operator
    value: str | float


class Not(msgspec.Struct, frozen=True, tag=True):
    """The opposite of an expression."""

    inner: Expression


class And(msgspec.Struct, frozen=True, tag=True):
    """All of several expressions."""

    parts: tuple[Expression, ...]


class Or(msgspec.Struct, frozen=True, tag=True):
    """Any of several expressions."""

    parts: tuple[Expression, ...]


Expression = Compare | Not | And | Or

_TOKEN = re.compile(
    r"""\s*(?:
        (?P<number>-?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?(?![\w.-]))
      | (?P<text>'[^']*'|"[^"]*")
      | (?P<key>(?:params|metrics|tags)\.(?:`[^`]+`|[\w./@:-]+))
      | (?P<word>[\w./@:-]+)
      | (?P<operator>!=|<=|>=|=|<|>|~)
      | (?P<paren>[()])
    )""",
    re.VERBOSE,
)


class _Parser:
    def __init__(self, text: str) -> None:
        self.text = text
        self.tokens: list[tuple[str, str, int]] = []
        at = 0
        while text[at:].strip():
            match = _TOKEN.match(text, at)
            if match is None:
                raise self.error(at + len(text[at:]) - len(text[at:].lstrip()), "cannot be read")
            kind = match.lastgroup or ""
            self.tokens.append((kind, match[kind], match.start(kind)))
            at = match.end()
        self.index = 0

    def error(self, at: int, what: str) -> UsageError:
        shown = self.text[at : at + 20] or "the end"
        return UsageError(
            f"the filter {what} at `{shown}`",
            code="filter-syntax",
            place=f"filter, character {at + 1}: {self.text}",
            hints=["an example: `metrics.diversity_score > 0.7 and params.temperature = 0.3`"],
        )

    def peek(self) -> tuple[str, str, int]:
        return self.tokens[self.index] if self.index < len(self.tokens) else ("end", "", len(self.text))

    def take(self) -> tuple[str, str, int]:
        token = self.peek()
        self.index += 1
        return token

    def is_word(self, word: str) -> bool:
        kind, value, _ = self.peek()
        return kind == "word" and value.lower() == word

    def expression(self, depth: int = 0) -> Expression:
        if depth > MAX_DEPTH:
            raise self.error(self.peek()[2], f"is nested more than {MAX_DEPTH} deep")
        parts = [self.term(depth)]
        while self.is_word("or"):
            self.take()
            parts.append(self.term(depth))
        return parts[0] if len(parts) == 1 else Or(tuple(parts))

    def term(self, depth: int) -> Expression:
        parts = [self.factor(depth)]
        while self.is_word("and"):
            self.take()
            parts.append(self.factor(depth))
        return parts[0] if len(parts) == 1 else And(tuple(parts))

    def factor(self, depth: int) -> Expression:
        if depth > MAX_DEPTH:
            raise self.error(self.peek()[2], f"is nested more than {MAX_DEPTH} deep")
        kind, value, at = self.take()
        if kind == "word" and value.lower() == "not" and self.peek()[0] != "operator":
            return Not(self.factor(depth + 1))
        if value == "(" and kind == "paren":
            inner = self.expression(depth + 1)
            if self.take()[1] != ")":
                raise self.error(self.peek()[2], "lacks a closing parenthesis")
            return inner
        if kind not in ("word", "key"):
            raise self.error(at, "expects a field")
        field = Field("", value)
        if kind == "key":
            family, _, name = value.partition(".")
            field = Field(family, name.strip("`"))  # type: ignore[arg-type]  # the token pattern allows only the three families
        kind, operator, at = self.take()
        if kind != "operator":
            raise self.error(at, "expects one of = != < <= > >= ~")
        kind, raw, at = self.take()
        if kind == "number":
            return Compare(field, operator, float(raw))  # type: ignore[arg-type]  # the token pattern allows only operators
        if kind == "text":
            return Compare(field, operator, raw[1:-1])  # type: ignore[arg-type]
        if kind in ("word", "key"):
            return Compare(field, operator, raw)  # type: ignore[arg-type]
        raise self.error(at, "expects a value")


def comparisons(expression: Expression) -> Iterator[Compare]:
    """Every comparison of an expression, in reading order."""
    match expression:
        case Compare():
            yield expression
        case Not(inner):
            yield from comparisons(inner)
        case And(parts) | Or(parts):
            for part in parts:
                yield from comparisons(part)


def parse_filter(text: str) -> Expression:
    """Read a filter. Raises ``UsageError`` that points at the character where it stops making sense."""
    parser = _Parser(text)
    found = parser.expression()
    if parser.peek()[0] != "end":
        raise parser.error(parser.peek()[2], "expects `and` or `or`")
    return found
