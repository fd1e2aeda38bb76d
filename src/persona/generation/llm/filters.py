"""What templates can do with a value: filters, tests and methods, each paid before what it makes can grow."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from persona.generation.llm.purse import ITEM, Drawn, Fault, Purse, Undefined, size, small

MISSING = object()
"""A value that is not given, for `default`."""


def as_text(purse: Purse, value: Any) -> str:
    """A value as it stands in a prompt."""
    if isinstance(value, str):
        purse.spend(len(value))
        return value
    if isinstance(value, Drawn):
        raise Fault("this prints a row of values that is no text yet: add `|join(', ')` or `|list`")
    purse.weigh(value)
    text = str(value)
    purse.spend(len(text))
    return text


def items_of(purse: Purse, value: Any) -> list[Any]:
    """What can be gone through, as a list."""
    if isinstance(value, str):
        purse.spend(4 * ITEM * len(value))  # each character becomes an object
    elif isinstance(value, (list, tuple, dict)):
        purse.spend(ITEM * len(value))
    else:
        raise Fault(f"a {_kind(value)} has no items")
    return list(value)


def part_of(whole: Any, key: Any) -> Any:
    """The value of a key, or the item of a number."""
    found = isinstance(whole, (dict, list, tuple)) or (isinstance(whole, str) and isinstance(key, int))
    if isinstance(whole, (list, tuple)) and not isinstance(key, int):
        found = False
    try:
        if found:
            return whole[key]
    except LookupError:
        pass
    raise Undefined(f"a {_kind(whole)} has no `{key}` here")


def numbers(purse: Purse, *bounds: int) -> list[int]:
    """The numbers of ``range``."""
    found = range(*bounds)
    purse.spend(3 * ITEM * len(found))
    return list(found)


def _kind(value: Any) -> str:
    kinds = {
        str: "text",
        dict: "mapping",
        int: "number",
        float: "number",
        list: "list",
        Drawn: "list",
        type(None): "none",
    }
    return kinds.get(type(value), "value")


def _string(value: Any) -> str:
    if not isinstance(value, str):
        raise Fault(f"this filter is for a text, not for a {_kind(value)}")
    return value


def _texts(function: Callable[..., Any], cost: int = 2) -> Callable[..., Any]:
    """A filter of one text, which looks at each character a few times at most and makes about as many.

    ``cost`` is the price of a character: more where the text is cut into words or lines, each an object of its own.
    """

    def filtered(purse: Purse, value: Any, *given: Any, **named: Any) -> Any:
        text = as_text(purse, value)
        purse.spend(cost * len(text) + sum(len(one) for one in given if isinstance(one, str)))
        return function(text, *given, **named)

    return filtered


def _replace(purse: Purse, value: Any, old: str, new: str, count: int | None = None) -> str:
    text = as_text(purse, value)
    found = text.count(_string(old))
    purse.spend(len(text) + min(found, found if count is None else max(0, count)) * len(_string(new)))
    return text.replace(old, new, -1 if count is None else max(0, count))


def _indent(purse: Purse, value: Any, width: int | str = 4, first: bool = False, blank: bool = False) -> str:
    from jinja2.filters import do_indent

    text = as_text(purse, value)
    purse.spend(4 * ITEM * len(text))
    purse.spend((len(text.splitlines()) + 1) * (width if isinstance(width, int) else len(width)))
    return str(do_indent(text, width, first, blank))


def _truncate(text: str, length: int = 255, killwords: bool = False, end: str = "...", leeway: int = 5) -> str:
    from jinja2.filters import do_truncate

    return do_truncate(None, text, length, killwords, end, leeway)  # type: ignore[arg-type]  # it asks it for no more


def _title(text: str) -> str:
    from jinja2.filters import do_title

    return do_title(text)


def _join(purse: Purse, value: Any, d: str = "", attribute: Any = None) -> str:
    items = items_of(purse, value)
    if attribute is not None:
        items = [_path(item, attribute) for item in items]
    purse.spend(len(_string(d)) * len(items))
    return d.join([as_text(purse, item) for item in items])


def _path(item: Any, attribute: Any) -> Any:
    for key in attribute.split(".") if isinstance(attribute, str) else [attribute]:
        item = part_of(item, int(key) if isinstance(key, str) and key.isdecimal() else key)
    return item


def _map(purse: Purse, value: Any, name: str | None = None, *given: Any, **named: Any) -> Drawn:
    items = items_of(purse, value)
    if name is None:
        attribute, instead = named.pop("attribute", None), named.pop("default", MISSING)
        if attribute is None or named or given:
            raise Fault("`map` needs the name of a filter, or `attribute=`")
        return Drawn(_attribute(item, attribute, instead) for item in items)
    return Drawn(_called(purse, FILTERS, name, item, given, named) for item in items)


def _attribute(item: Any, attribute: Any, instead: Any) -> Any:
    try:
        return _path(item, attribute)
    except Undefined:
        if instead is MISSING:
            raise
        return instead


def _called(purse: Purse, table: dict[str, Callable[..., Any]], name: Any, item: Any, given: Any, named: Any) -> Any:
    if name not in table:
        raise Fault(f"there is no `{name}` here; there are {', '.join(sorted(table))}")
    purse.spend(20)
    made = table[name](purse, item, *given, **named)
    purse.spend(size(made))
    return made


def _chooser(wanted: bool, by_attribute: bool) -> Callable[..., Drawn]:
    def choose(purse: Purse, value: Any, *given: Any) -> Drawn:
        attribute, *rest = given if by_attribute else (None, *given)
        chosen = Drawn()
        for item in items_of(purse, value):
            looked = _path(item, attribute) if by_attribute else item
            held = _called(purse, TESTS, rest[0], looked, rest[1:], {}) if rest else looked
            if bool(held) is wanted:
                chosen.append(item)
        return chosen

    return choose


def _key(item: Any, attribute: Any, case_sensitive: bool) -> Any:
    found = item if attribute is None else _path(item, attribute)
    return found.lower() if isinstance(found, str) and not case_sensitive else found


def _sort(purse: Purse, value: Any, reverse: bool = False, case_sensitive: bool = False, attribute: Any = None) -> Any:
    items = items_of(purse, value)
    for _ in range(len(items).bit_length()):  # each item is compared so often
        purse.weigh(items)
    return sorted(items, key=lambda item: _key(item, attribute, case_sensitive), reverse=reverse)


def _unique(purse: Purse, value: Any, case_sensitive: bool = False, attribute: Any = None) -> Drawn:
    items = items_of(purse, value)
    purse.weigh(items)
    seen: dict[Any, Any] = {}
    for item in items:
        seen.setdefault(_key(item, attribute, case_sensitive), item)
    return Drawn(seen.values())


def _extreme(function: Callable[..., Any]) -> Callable[..., Any]:
    def extreme(purse: Purse, value: Any, case_sensitive: bool = False, attribute: Any = None) -> Any:
        items = items_of(purse, value)
        purse.weigh(items)
        return function(items, key=lambda item: _key(item, attribute, case_sensitive))

    return extreme


def _reverse(purse: Purse, value: Any) -> Any:
    if isinstance(value, str):
        return value[::-1]
    return Drawn(reversed(items_of(purse, value)))


def _default(_purse: Purse, value: Any, default_value: Any = "", boolean: bool = False) -> Any:
    return default_value if value is MISSING or (boolean and not value) else value


def _length(_purse: Purse, value: Any) -> int:
    if not isinstance(value, (str, list, tuple, dict)):
        raise Fault(f"a {_kind(value)} has no length")
    return len(value)


def _end(at: int) -> Callable[..., Any]:
    def end(_purse: Purse, value: Any) -> Any:
        if not isinstance(value, (str, list, tuple)) or not value:
            raise Undefined("there is no first and no last item")
        return value[at]

    return end


def _round(_purse: Purse, value: Any, precision: int = 0) -> float:
    return round(float(value), precision)


def _whole(_purse: Purse, value: Any, default: int = 0) -> int:
    try:
        return int(value)
    except (TypeError, ValueError):
        return default


def _float(_purse: Purse, value: Any, default: float = 0.0) -> float:
    try:
        return float(value)
    except (TypeError, ValueError):
        return default


def _tojson(purse: Purse, value: Any) -> str:
    import json

    purse.weigh(value)
    purse.weigh(value)
    return json.dumps(value, ensure_ascii=False, sort_keys=True)


def _compared(function: Callable[[Any, Any], Any]) -> Callable[..., bool]:
    def test(purse: Purse, value: Any, other: Any) -> bool:
        purse.weigh(value)
        purse.weigh(other)
        return bool(function(value, other))

    return test


def _is(function: Callable[[Any], Any]) -> Callable[..., bool]:
    return lambda _purse, value: bool(function(value))


FILTERS: dict[str, Callable[..., Any]] = {
    "abs": lambda _purse, value: abs(value),
    "capitalize": _texts(str.capitalize),
    "count": _length,
    "d": _default,
    "default": _default,
    "first": _end(0),
    "float": _float,
    "indent": _indent,
    "int": _whole,
    "join": _join,
    "last": _end(-1),
    "length": _length,
    "list": items_of,
    "lower": _texts(str.lower),
    "map": _map,
    "max": _extreme(max),
    "min": _extreme(min),
    "reject": _chooser(False, False),
    "rejectattr": _chooser(False, True),
    "replace": _replace,
    "reverse": _reverse,
    "round": _round,
    "select": _chooser(True, False),
    "selectattr": _chooser(True, True),
    "sort": _sort,
    "string": as_text,
    "title": _texts(_title, 4 * ITEM),
    "tojson": _tojson,
    "trim": _texts(lambda text: text.strip()),
    "truncate": _texts(_truncate),
    "unique": _unique,
    "upper": _texts(str.upper),
    "wordcount": _texts(lambda text: len(text.split()), 4 * ITEM),
}  # fmt: skip

_EQUAL = _compared(lambda one, other: one == other)
_OTHER = _compared(lambda one, other: one != other)
_LESS = _compared(lambda one, other: one < other)
_AT_MOST = _compared(lambda one, other: one <= other)
_MORE = _compared(lambda one, other: one > other)
_AT_LEAST = _compared(lambda one, other: one >= other)

TESTS: dict[str, Callable[..., bool]] = {
    "defined": lambda _purse, _value: True,
    "undefined": lambda _purse, _value: False,
    "boolean": _is(lambda value: isinstance(value, bool)),
    "none": _is(lambda value: value is None),
    "true": _is(lambda value: value is True),
    "false": _is(lambda value: value is False),
    "number": _is(lambda value: isinstance(value, (int, float))),
    "string": _is(lambda value: isinstance(value, str)),
    "mapping": _is(lambda value: isinstance(value, dict)),
    "sequence": _is(lambda value: isinstance(value, (str, list, tuple, dict))),
    "iterable": _is(lambda value: isinstance(value, (str, list, tuple, dict))),
    "odd": _is(lambda value: small(value, "odd") % 2 == 1),
    "even": _is(lambda value: small(value, "even") % 2 == 0),
    "divisibleby": lambda _purse, value, number: small(value, "divisibleby") % small(number, "divisibleby") == 0,
    "in": _compared(lambda one, whole: one in whole),
    "eq": _EQUAL, "equalto": _EQUAL, "==": _EQUAL, "sameas": _EQUAL, "ne": _OTHER, "!=": _OTHER,
    "lt": _LESS, "lessthan": _LESS, "<": _LESS, "le": _AT_MOST, "<=": _AT_MOST,
    "gt": _MORE, "greaterthan": _MORE, ">": _MORE, "ge": _AT_LEAST, ">=": _AT_LEAST,
}  # fmt: skip

METHODS: dict[type, dict[str, Callable[..., Any]]] = {
    str: {
        "capitalize": _texts(str.capitalize),
        "endswith": _texts(lambda text, end: text.endswith(end)),
        "lower": _texts(str.lower),
        "lstrip": _texts(lambda text: text.lstrip()),
        "replace": _replace,
        "rstrip": _texts(lambda text: text.rstrip()),
        "split": lambda purse, text, *given: items_of(purse, _split(purse, text, *given)),
        "startswith": _texts(lambda text, start: text.startswith(start)),
        "strip": _texts(lambda text: text.strip()),
        "title": _texts(str.title),
        "upper": _texts(str.upper),
    },
    dict: {
        "get": lambda _purse, value, key, instead=None: value.get(key, instead),
        "items": lambda purse, value: [list(pair) for pair in zip(items_of(purse, value), value.values(), strict=True)],
        "keys": items_of,
        "values": lambda purse, value: items_of(purse, list(value.values())),
    },
}


def _split(purse: Purse, text: str, separator: str | None = None, most: int = -1) -> list[str]:
    purse.spend(8 * len(text))
    return text.split(separator, most)
