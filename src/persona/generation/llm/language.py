"""The language of templates: what Jinja's own parser reads, done step by step with everything that is made counted.

Nothing is compiled and no Python object is reached: values are texts, numbers, lists and mappings, and what is not
named in this file and in ``filters`` does not exist. Each step and each text or list that a step makes is paid from one
sum (``WORK``), and what could grow is paid before it is made; so no template can fill the memory or the time, whatever
it is put together from.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Any, TypeVar

from persona.generation.llm import filters
from persona.generation.llm.purse import ITEM, Fault, Purse, Undefined, size, small

if TYPE_CHECKING:
    from jinja2 import nodes
    from jinja2.parser import Parser

WORK = 20_000_000
"""What one block may cost: a character or an item that is made costs 1, a step ``STEP``."""

STEP = 20
"""A step costs as much time as some characters do: with it, ``WORK`` is about a second of the slowest steps."""

LARGEST = 200_000
"""Characters of a template."""

DEEPEST = 60
"""Levels of statements and expressions within each other."""

FAULTS = (TypeError, ValueError, ArithmeticError, LookupError, AttributeError, AssertionError, RecursionError)

Blocks = Mapping[str, "nodes.Block"]
T = TypeVar("T")
Scope = dict[str, Any]


@lru_cache(maxsize=64)
def read(text: str) -> Blocks:
    """The blocks of a template by name. Raises ``Fault`` with a line for what is not Jinja, or not in this language."""
    from jinja2 import Environment, TemplateSyntaxError
    from jinja2.parser import Parser

    if len(text) > LARGEST:
        raise Fault(f"the template has more than {LARGEST:,} characters", 1, code="template-runs-away")
    parser: Parser | None = None
    try:
        parser = Parser(Environment(trim_blocks=True, lstrip_blocks=True), text)  # noqa: S701  # no page: it only parses
        tree = parser.parse()
    except TemplateSyntaxError as error:
        raise Fault(f"the template is not Jinja: {error.message}", error.lineno, code="template-syntax") from None
    except RecursionError:
        line = parser.stream.current.lineno if parser else 1
        raise Fault("the template is nested too deeply", line, code="template-syntax") from None
    except (ValueError, OverflowError):
        line = parser.stream.current.lineno if parser else 1
        raise Fault("the template holds a number of too many digits", line, code="template-syntax") from None
    return _blocks(tree)


def _blocks(tree: nodes.Template) -> Blocks:
    found: dict[str, nodes.Block] = {}
    waiting: list[tuple[nodes.Node, int]] = [(tree, 0)]
    while waiting:
        node, depth = waiting.pop()
        kind = type(node).__name__
        if depth > DEEPEST:
            raise Fault("the template is nested too deeply", node.lineno, code="template-syntax")
        if kind == "Block":
            name = node.name  # type: ignore[attr-defined]  # what a Block has
            if depth > 1:
                raise Fault(
                    f"the block `{name}` stands in another block or statement", node.lineno, code="template-block"
                )
            if name in found:
                raise Fault(f"the block `{name}` stands there twice", node.lineno, code="template-block")
            found[name] = node  # type: ignore[assignment]
        _known(node, kind)
        waiting += [(child, depth + 1) for child in node.iter_child_nodes()]
    return found


def _known(node: nodes.Node, kind: str) -> None:
    """Refuse what this language does not have, wherever it stands, before anything is filled in."""
    one: Any = node
    if kind not in _NODES or (kind == "For" and one.recursive):
        raise Fault(f"templates have no {_NAMES.get(kind, kind.lower())} here", node.lineno, code="template-broken")
    if kind in ("Filter", "Test", "Call") and (one.dyn_args or one.dyn_kwargs):
        raise Fault("`*` and `**` before an argument are not known here", node.lineno, code="template-broken")
    if kind in ("Filter", "Test", "Call") and len({named.key for named in one.kwargs}) < len(one.kwargs):
        raise Fault("an argument stands there twice", node.lineno, code="template-broken")
    for wanted, table in (("Filter", filters.FILTERS), ("Test", filters.TESTS)):
        if kind == wanted and one.name not in table:
            told = f"there is no {wanted.lower()} `{one.name}` here; there are {', '.join(sorted(table))}"
            raise Fault(told, node.lineno, code="template-broken")


_NODES = frozenset((
    "Template", "Block", "Output", "TemplateData", "For", "If", "Assign", "Name", "Const", "Tuple", "List", "Dict",
    "Pair", "Keyword", "CondExpr", "Filter", "Test", "Call", "Getitem", "Getattr", "Slice", "Concat", "Compare",
    "Operand", "Add", "Sub", "Mul", "Div", "FloorDiv", "Mod", "And", "Or", "Not", "Neg", "Pos",
))  # fmt: skip
_NAMES = {
    "Pow": "`**`",
    "Macro": "`macro`",
    "CallBlock": "`call`",
    "FilterBlock": "`filter` around text",
    "NSRef": "namespaces",
    "AssignBlock": "`set` around text",
    "FromImport": "`import`",
    "For": "loop that calls itself (`recursive`)",
}

_NUMBERS: dict[str, Callable[[Any, Any], Any]] = {
    "Add": operator.add,
    "Sub": operator.sub,
    "Mul": operator.mul,
    "Div": operator.truediv,
    "FloorDiv": operator.floordiv,
    "Mod": operator.mod,
}
_COMPARED: dict[str, Callable[[Any, Any], Any]] = {
    "eq": operator.eq,
    "ne": operator.ne,
    "lt": operator.lt,
    "lteq": operator.le,
    "gt": operator.gt,
    "gteq": operator.ge,
    "in": lambda left, right: left in right,
    "notin": lambda left, right: left not in right,
}


class Filling(Purse):
    """One block being filled in, at ``line``.

    Raises ``Fault`` for what it cannot do, and when the work is more than ``WORK``.
    """

    def __init__(self) -> None:
        super().__init__(WORK)
        self.line = 0

    def text(self, body: Sequence[nodes.Node], scope: Scope) -> Iterator[str]:
        """The parts of the text that statements make."""
        for node in body:
            self.spend(STEP, node.lineno)
            self.line = node.lineno
            one: Any = node
            kind = type(node).__name__
            if kind == "Output":
                for child in one.nodes:
                    if type(child).__name__ == "TemplateData":
                        yield child.data
                    else:
                        yield self._at(child, filters.as_text, self, self.value(child, scope))
            elif kind == "If":
                yield from self._chosen(one, scope)
            elif kind == "For":
                yield from self._loop(one, scope)
            elif kind == "Assign":
                self._bind(one.target, self.value(one.node, scope), scope)
            else:
                raise Fault(f"a {kind.lower()} cannot stand here", node.lineno)

    def _chosen(self, node: nodes.If, scope: Scope) -> Iterator[str]:
        for one in (node, *node.elif_):
            if self.value(one.test, scope):
                return self.text(one.body, scope)
        return self.text(node.else_, scope)

    def _loop(self, node: nodes.For, scope: Scope) -> Iterator[str]:
        items = self._at(node, filters.items_of, self, self.value(node.iter, scope))
        if node.test is not None:
            items = [item for item in items if self.value(node.test, self._bind(node.target, item, dict(scope)))]
        for number, item in enumerate(items):
            self.spend(STEP + len(scope), node.lineno)
            inner = self._bind(node.target, item, {**scope, "loop": _place(items, number)})
            yield from self.text(node.body, inner)
        if not items:
            yield from self.text(node.else_, dict(scope))

    def _bind(self, target: nodes.Node, value: Any, scope: Scope) -> Scope:
        """The scope with a name, or the names of a tuple, set to a value."""
        one: Any = target
        if type(target).__name__ == "Name":
            scope[one.name] = value
            return scope
        items = self._at(target, filters.items_of, self, value)
        if type(target).__name__ != "Tuple" or len(items) != len(one.items):
            raise Fault(f"{len(items)} values cannot be given to these names", target.lineno)
        for name, item in zip(one.items, items, strict=True):
            self._bind(name, item, scope)
        return scope

    def value(self, node: nodes.Node, scope: Scope) -> Any:
        """What an expression gives."""
        self.spend(STEP, node.lineno)
        return self._at(node, getattr(self, f"_{type(node).__name__.lower()}", self._number), node, scope)

    def _at(self, node: nodes.Node, function: Callable[..., T], *given: Any, **named: Any) -> T:
        """Call a function, and say at which line it failed."""
        try:
            return function(*given, **named)
        except Fault as fault:
            fault.line = fault.line or node.lineno
            raise
        except FAULTS as error:
            raise Fault(str(error) or type(error).__name__, node.lineno) from None

    def _const(self, node: nodes.Const, _scope: Scope) -> Any:
        return node.value

    def _name(self, node: nodes.Name, scope: Scope) -> Any:
        if node.name not in scope:
            raise Undefined(f"`{node.name}` is not given here; given are {', '.join(sorted(scope)) or 'no names'}")
        return scope[node.name]

    def _tuple(self, node: nodes.Tuple | nodes.List, scope: Scope) -> Any:
        return [self.value(item, scope) for item in node.items]

    _list = _tuple

    def _dict(self, node: nodes.Dict, scope: Scope) -> Any:
        return {self.value(pair.key, scope): self.value(pair.value, scope) for pair in node.items}

    def _condexpr(self, node: nodes.CondExpr, scope: Scope) -> Any:
        if self.value(node.test, scope):
            return self.value(node.expr1, scope)
        if node.expr2 is None:
            raise Undefined("the `if` within an expression is false and has no `else`")
        return self.value(node.expr2, scope)

    def _and(self, node: nodes.And, scope: Scope) -> Any:
        return self.value(node.left, scope) and self.value(node.right, scope)

    def _or(self, node: nodes.Or, scope: Scope) -> Any:
        return self.value(node.left, scope) or self.value(node.right, scope)

    def _not(self, node: nodes.Not, scope: Scope) -> Any:
        return not self.value(node.node, scope)

    def _neg(self, node: nodes.Neg, scope: Scope) -> Any:
        return -small(self.value(node.node, scope), "-")

    def _pos(self, node: nodes.Pos, scope: Scope) -> Any:
        return +small(self.value(node.node, scope), "+")

    def _concat(self, node: nodes.Concat, scope: Scope) -> Any:
        return "".join(filters.as_text(self, self.value(one, scope)) for one in node.nodes)

    def _number(self, node: nodes.BinExpr, scope: Scope) -> Any:
        left, right = self.value(node.left, scope), self.value(node.right, scope)
        kind = type(node).__name__
        if kind == "Add" and isinstance(left, str) and isinstance(right, str):
            self.spend(len(left) + len(right))
            return left + right
        if kind == "Add" and isinstance(left, list) and isinstance(right, list):
            self.spend(ITEM * (len(left) + len(right)))
            return [*left, *right]
        return _NUMBERS[kind](small(left, node.operator), small(right, node.operator))

    def _compare(self, node: nodes.Compare, scope: Scope) -> Any:
        left = self.value(node.expr, scope)
        for one in node.ops:
            right = self.value(one.expr, scope)
            self.weigh(left)
            self.weigh(right)
            if not _COMPARED[one.op](left, right):
                return False
            left = right
        return True

    def _getattr(self, node: nodes.Getattr, scope: Scope) -> Any:
        return filters.part_of(self.value(node.node, scope), node.attr)

    def _getitem(self, node: nodes.Getitem, scope: Scope) -> Any:
        whole = self.value(node.node, scope)
        if type(node.arg).__name__ != "Slice":
            return filters.part_of(whole, self.value(node.arg, scope))
        cut: Any = node.arg
        bounds = [None if one is None else self.value(one, scope) for one in (cut.start, cut.stop, cut.step)]
        if not isinstance(whole, (str, list)):
            raise Fault("only texts and lists can be cut")
        self.spend(ITEM * len(whole))
        return whole[slice(*bounds)]

    def _filter(self, node: nodes.Filter, scope: Scope) -> Any:
        if node.node is None:
            raise Fault("a filter needs a value")
        try:
            value = self.value(node.node, scope)
        except Undefined:
            if node.name not in ("default", "d") or not _is_path(node.node):
                raise
            value = filters.MISSING
        return self._used(filters.FILTERS[node.name], value, node, scope)

    def _test(self, node: nodes.Test, scope: Scope) -> Any:
        if node.name in ("defined", "undefined"):
            try:
                self.value(node.node, scope)
            except Undefined:
                return node.name == "undefined"
            return node.name == "defined"
        return self._used(filters.TESTS[node.name], self.value(node.node, scope), node, scope)

    def _call(self, node: nodes.Call, scope: Scope) -> Any:
        called: Any = node.node
        if type(called).__name__ == "Name" and called.name == "range":
            return filters.numbers(self, *[self.value(one, scope) for one in node.args])
        if type(called).__name__ == "Getattr":
            value = self.value(called.node, scope)
            method = filters.METHODS.get(type(value), {}).get(called.attr)
            if method is not None:
                return self._used(method, value, node, scope)
        name = getattr(called, "attr", getattr(called, "name", "this"))
        raise Fault(f"`{name}` cannot be called in a template; use a filter")

    def _used(
        self, function: Callable[..., Any], value: Any, node: nodes.Filter | nodes.Test | nodes.Call, scope: Scope
    ) -> Any:
        """What a filter, a test or a method gives; a text or a list that it gives is paid for."""
        given = [self.value(one, scope) for one in node.args]
        named = {str(one.key): self.value(one.value, scope) for one in node.kwargs}
        made = function(self, value, *given, **named)
        self.spend(size(made))
        return made


def _place(items: Sequence[Any], number: int) -> dict[str, Any]:
    """What a loop knows of itself."""
    last = len(items) - 1
    return {
        "index": number + 1, "index0": number, "revindex": last - number + 1, "revindex0": last - number,
        "first": number == 0, "last": number == last, "length": len(items),
    }  # fmt: skip


def _is_path(node: nodes.Node) -> bool:
    return type(node).__name__ in ("Name", "Getattr", "Getitem")
