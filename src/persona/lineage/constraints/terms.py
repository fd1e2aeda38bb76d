"""Terms: names and times that are known, and variables for what is not said, joined as statements are merged."""

from __future__ import annotations

from collections.abc import Hashable, Mapping

from persona.lineage.prov.values import seconds_of

ABSENT = 0
"""The term of a placeholder that stands for nothing, such as the plan of an association without one (definition 4)."""


class Terms:
    """Known terms and variables as whole numbers, in classes of those that must be equal.

    A class has at most one known value. Of two classes the one with a known value keeps its root, else the one with
    more uses: so a use moves no more often than its class can double, and once more when it becomes known.
    """

    def __init__(self, namespaces: Mapping[str, str]) -> None:
        self._namespaces = namespaces
        self._above: list[int] = [ABSENT]
        self._known: list[Hashable | None] = ["-"]
        self._text: list[str] = ["-"]
        self._terms: dict[Hashable, int] = {}
        self._names: dict[str, int] = {}
        self.uses: dict[int, list[int]] = {}

    def name(self, text: str) -> int:
        """The term of a qualified name; names of one URI are one term."""
        known = self._names.get(text)
        if known is None:
            prefix, colon, local = text.partition(":")
            uri = self._namespaces.get(prefix, f"{prefix}:") + local if colon else text
            known = self._names[text] = self._constant(uri, text)
        return known

    def time(self, text: str) -> int:
        """The term of an instant; the same instant in two time zones is one term."""
        known = self._names.get(text)
        if known is None:
            known = self._names[text] = self._constant(seconds_of(text), text)
        return known

    def variable(self) -> int:
        """A new term of which nothing is known."""
        self._above.append(len(self._above))
        self._known.append(None)
        self._text.append("")
        return len(self._above) - 1

    def root(self, term: int) -> int:
        """The one term that stands for its class."""
        above = self._above
        while above[term] != term:
            above[term] = term = above[above[term]]
        return term

    def is_known(self, term: int) -> bool:
        """Whether the class of a term has a known value."""
        return self._known[self.root(term)] is not None

    def said(self, term: int) -> str:
        """The known value of a term's class as it was written; empty where nothing is known."""
        return self._text[self.root(term)]

    def join(self, left: int, right: int) -> tuple[bool, list[int]]:
        """Make two terms one. Whether they can be, and which uses now stand under another root."""
        left, right = self.root(left), self.root(right)
        if left == right:
            return True, []
        known = self._known
        if known[left] is not None and known[right] is not None:
            return False, []
        if known[right] is not None or (
            known[left] is None and len(self.uses.get(right, ())) > len(self.uses.get(left, ()))
        ):
            left, right = right, left
        moved = self.uses.pop(right, [])
        self._above[right] = left
        if moved and known[left] is None:
            self.uses.setdefault(left, []).extend(moved)
        return True, moved

    def use(self, term: int, by: int) -> None:
        """Note that a term is used, to be told when its class gets another root: what is known keeps its own."""
        root = self.root(term)
        if self._known[root] is None:
            self.uses.setdefault(root, []).append(by)

    def _constant(self, value: Hashable, text: str) -> int:
        term = self._terms.get(value)
        if term is None:
            term = self._terms[value] = self.variable()
            self._known[term], self._text[term] = value, text
        return term
