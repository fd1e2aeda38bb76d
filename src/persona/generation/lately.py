"""What the runs of an experiment find in the same interviews: found once, and kept from one run to the next."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from typing import Generic, TypeVar

from persona.model.sources import Input

T = TypeVar("T")


def named(inputs: Sequence[Input]) -> Hashable:
    """What inputs are by name: equal names stand for equal words of the same people, in the same order."""
    return tuple((item.digest, *sorted(item.people.items())) for item in inputs)


class Lately(Generic[T]):
    """The last few things that were made, each under what it was made from; for any number of threads.

    What is kept is shared, so nobody may change it. ``most`` is how many: an experiment has a few sets of inputs.
    """

    def __init__(self, most: int = 4) -> None:
        self._most = most
        self._kept: tuple[tuple[Hashable, T], ...] = ()

    def get(self, key: Hashable, make: Callable[[], T]) -> T:
        """What was made under this key, else what ``make`` makes now. Two threads may make it at the same time."""
        for known, value in self._kept:  # one look at a tuple that is replaced and never changed
            if known == key:
                return value
        made = make()
        self._kept = ((key, made), *self._kept)[: self._most]
        return made
