"""What filling in a template may cost, and how it is told that a template cannot be used."""

from __future__ import annotations

from typing import Any


class Fault(Exception):
    """A template that cannot be used: why, at which line (0 where that is not known yet), and the code of the error."""

    def __init__(self, message: str, line: int = 0, code: str = "template-broken") -> None:
        super().__init__(message)
        self.message, self.line, self.code = message, line, code


class Undefined(Fault):
    """A name, a key or an item that is not there."""


class Drawn(list[Any]):
    """What `map`, `select` and the like give: to go on with, not to print. In Jinja it is an object without a text."""


ITEM = 4
"""What an item of a list costs, where a character costs 1: it takes so much more memory."""

LARGEST_NUMBER = 10**9


class Purse:
    """What is left of the work that a template may make."""

    def __init__(self, left: int) -> None:
        self.left = left

    def spend(self, amount: int, line: int = 0) -> None:
        """Take off what something costs before it is done. Raises ``Fault`` when that is more than is left."""
        self.left -= amount
        if self.left < 0:
            raise Fault("it makes more work than any prompt needs", line, code="template-runs-away")

    def weigh(self, value: Any) -> None:
        """Pay for everything within a value: what looks at all of it takes as long."""
        waiting = [value]
        while waiting:
            one = waiting.pop()
            if isinstance(one, dict):
                self.spend(2 * ITEM * len(one))
                waiting += [*one.keys(), *one.values()]
            elif isinstance(one, (list, tuple)):
                self.spend(ITEM * len(one))
                waiting += one
            else:
                self.spend(size(one) or 10)


def size(value: Any) -> int:
    """What a value costs that was made."""
    return len(value) if isinstance(value, str) else ITEM * len(value) if isinstance(value, (list, tuple, dict)) else 0


def small(value: Any, sign: str) -> Any:
    """A number, as large as numbers of a prompt are."""
    if not isinstance(value, (int, float)) or abs(value) > LARGEST_NUMBER:
        raise Fault(f"`{sign}` is for small numbers here")
    return value
