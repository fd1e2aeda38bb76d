"""Filters as SQL: an ``Expression`` of ``model.filters`` becomes a condition with parameters.

Meaning, the same on every engine: a comparison with an absent value is false. A number compares with params and
tags that spell a number; with any other text it is unequal and in no order. Text compares with text by code
point; ``~`` looks for it, the case of ASCII letters ignored. Text columns compare as text. Long values are looked
at up to ``SHOWN`` characters.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from persona.errors import UsageError, did_you_mean
from persona.model.filters import And, Compare, Expression, Not, Or, comparisons
from persona.storage.sql import Clause, holds
from persona.storage.tables import RUN, Table
from persona.storage.values import SHOWN, WORDS, number_of, number_text, place_of

if TYPE_CHECKING:
    from collections.abc import Mapping

MAX_COMPARISONS = 200
FAMILY_TABLES = {"params": "param", "metrics": "metric", "tags": "tag"}
_SQL_OPERATORS = {"=": "=", "!=": "<>", "<": "<", "<=": "<=", ">": ">", ">=": ">="}


def condition(
    table: Table,
    where: Expression | None,
    equal: Mapping[str, str | tuple[str, ...] | None],
    *,
    deleted: bool,
    as_of: int | None,
) -> Clause:
    """The rows of a noun that hold, have these columns, and fit a filter.

    Raises ``UsageError`` for fields that the noun has not and values that a field cannot be compared with.
    """
    parts = [holds("t", as_of)]
    for name, value in equal.items():
        if value is not None:
            parts.append(_equal(table, name, value))
    if "deleted" in table.columns and not deleted:
        parts.append(Clause("t.deleted = 0"))
    if where is not None:
        if sum(1 for _ in comparisons(where)) > MAX_COMPARISONS:
            raise UsageError(
                f"the filter has more than {MAX_COMPARISONS} comparisons",
                code="filter-too-long",
                hints=["ask in parts, or take all and choose from them: `persona run list --json`"],
            )
        parts.append(_compile(table, where, as_of))
    return _joined(parts, " and ")


def check_order(table: Table, order: str) -> tuple[str, str]:
    """The table and the key of an order by params, metrics or tags; ``("", column)`` for one by column.

    Raises ``UsageError`` for a field that lists of this noun do not have.
    """
    field = order.removeprefix("-")
    family, dot, key = field.partition(".")
    if dot and family in FAMILY_TABLES:
        _check_family(table, family)
        return FAMILY_TABLES[family], key.strip("`")
    check_column(table, field)
    return "", field


def _joined(parts: list[Clause], word: str) -> Clause:
    text = word.join(part.text for part in parts)
    return Clause(text, tuple(value for part in parts for value in part.values))


def _compile(table: Table, expression: Expression, as_of: int | None) -> Clause:
    match expression:
        case Compare(field):
            if field.family:
                _check_family(table, field.family)
                return _family(expression, as_of)
            check_column(table, field.name)
            return _column(table, expression)
        case Not(inner):
            clause = _compile(table, inner, as_of)
            return Clause(f"not ({clause.text})", clause.values)
        case And(parts) | Or(parts):
            joined = _joined(
                [_compile(table, part, as_of) for part in parts], " and " if isinstance(expression, And) else " or "
            )
            return Clause(f"({joined.text})", joined.values)


def _check_family(table: Table, family: str) -> None:
    if (family == "tags" and "tags" in table.columns) or table is RUN:
        return
    raise UsageError(
        f"a {table.word} has no {family}",
        code="filter-field",
        place=f"{family}.",
        hints=["only runs have params and metrics: `persona run list --help`"],
    )


def check_column(table: Table, name: str) -> None:
    """Raise ``UsageError`` for a column by which this noun cannot be chosen."""
    known = [column for column, kind in table.columns.items() if kind != "json"]
    if name in known:
        return
    near = did_you_mean(name, known)
    families = "params.KEY, metrics.KEY, tags.KEY" if table is RUN else "tags.KEY" if "tags" in table.columns else ""
    raise UsageError(
        f"a {table.word} has no field `{name}` to filter or order by",
        code="filter-field",
        place=f"known: {', '.join([*known, families] if families else known)}",
        hints=[f"did you mean `{near}`?"] if near else [],
    )


def _family(compare: Compare, as_of: int | None) -> Clause:
    """Nodes from the table of one key. The plus keeps SQLite from walking the records in the order of this list."""
    name = FAMILY_TABLES[compare.field.family]
    when = holds("f", as_of)
    test = _fact_test(compare, name)
    text = f"+t.node in (select f.node from {name} f where f.key = ? and {when.text} and {test.text})"  # noqa: S608  # names only; values are parameters
    return Clause(text, (compare.field.name, *when.values, *test.values))


def _fact_test(compare: Compare, family: str) -> Clause:
    value, operator = compare.value, compare.operator
    if family == "metric":
        number = number_of(value) if isinstance(value, str) else value
        if number is None or operator == "~":
            raise UsageError(
                f"`metrics.{compare.field.name}` is a number and cannot be compared by `{operator} {_as_text(value)}`",
                code="filter-value",
                hints=[f"compare with a number: `metrics.{compare.field.name} > 0.5`"],
            )
        return Clause(f"f.value {_SQL_OPERATORS[operator]} ?", (float(number),))
    if operator == "~":
        return _contains("f.value", value)
    if isinstance(value, str) and operator == "=":
        return Clause("f.number = ? and f.value = ?", (place_of(_short(value)), value))
    if isinstance(value, str):
        return Clause(f"f.value {_SQL_OPERATORS[operator]} ?", (_short(value),))
    if operator in (">", ">="):  # words stand after every number, and are greater than none
        return Clause(f"f.number {operator} ? and f.number < ?", (float(value), WORDS))
    return Clause(f"f.number {_SQL_OPERATORS[operator]} ?", (float(value),))


def _column(table: Table, compare: Compare) -> Clause:
    name, kind, value = f"t.{compare.field.name}", table.columns[compare.field.name], compare.value
    if kind == "flag":
        return Clause(f"{name} {_flag_operator(compare)} ?", (_flag(compare),))
    if compare.operator == "~":
        shown = name if kind == "text" else f"cast({name} as text)"
        test = _contains(shown, value)
    elif kind in ("integer", "real") and isinstance(value, float):
        test = Clause(f"{name} {_SQL_OPERATORS[compare.operator]} ?", (value,))
    else:
        shown = name if kind == "text" else f"cast({name} as text)"
        test = Clause(f"{shown} {_SQL_OPERATORS[compare.operator]} ?", (_as_text(value),))
    return Clause(f"({name} is not null and {test.text})", test.values)


def _contains(column: str, value: str | float) -> Clause:
    wanted = _as_text(value)
    escaped = _short(wanted).replace("!", "!!").replace("%", "!%").replace("_", "!_")
    return Clause(f"lower({column}) like lower(?) escape '!'", (f"%{escaped}%",))


def _as_text(value: str | float) -> str:
    return value if isinstance(value, str) else number_text(value)


def _short(text: str) -> str:
    if len(text) >= SHOWN:
        raise UsageError(f"a filter compares with fewer than {SHOWN} characters", code="filter-value", place=text[:40])
    return text


def _flag_operator(compare: Compare) -> str:
    if compare.operator not in ("=", "!="):
        raise UsageError(
            f"`{compare.field.name}` is true or false and has no order",
            code="filter-value",
            hints=[f"write `{compare.field.name} = true`"],
        )
    return _SQL_OPERATORS[compare.operator]


def _flag(compare: Compare) -> int:
    known: dict[Any, int] = {"true": 1, "false": 0, 1.0: 1, 0.0: 0}
    word = compare.value.lower() if isinstance(compare.value, str) else compare.value
    if word not in known:
        raise UsageError(
            f"`{compare.field.name}` is true or false, not `{compare.value}`",
            code="filter-value",
            hints=[f"write `{compare.field.name} = true`"],
        )
    return known[word]


def _equal(table: Table, name: str, value: str | tuple[str, ...]) -> Clause:
    check_column(table, name)
    if isinstance(value, tuple):
        shown = f"t.{name}" if table.columns[name] == "text" else f"cast(t.{name} as text)"
        return Clause(f"{shown} in ({', '.join('?' * len(value)) or 'null'})", value)
    if table.columns[name] == "text":
        return Clause(f"t.{name} = ?", (value,))
    return Clause(f"cast(t.{name} as text) = ?", (str(value),))
