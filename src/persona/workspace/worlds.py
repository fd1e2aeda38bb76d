"""The workspace at hand and those linked to it, as the graph over several asks them."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from typing import TypeVar

from persona.errors import NotFound, PersonaError
from persona.lineage.graph import LineageGraph
from persona.lineage.references import HERE
from persona.workspace.links import Links

_Answer = TypeVar("_Answer")


class OpenWorlds:
    """The workspace at hand and those linked to it, as one graph asks them. Meets ``lineage.borders.Worlds``."""

    def __init__(self, links: Links, home: LineageGraph, references: Callable[[], Collection[str]], *, fine: bool):
        self._links = links
        self._home = home
        self._references = references
        self._fine = fine

    def names(self) -> Sequence[str]:
        """See ``Worlds.names``."""
        return (HERE, *(name for name in self._links.known if self._links.readable(name)))

    def name_of(self, workspace: str) -> str | None:
        """See ``Worlds.name_of``."""
        return self._links.name_of(workspace)

    def is_linked(self, name: str) -> bool:
        """See ``Worlds.is_linked``."""
        return name in self._links.known

    def references(self, name: str) -> Collection[str]:
        """See ``Worlds.references``."""
        if name == HERE:
            return self._references()
        there = self._links.readable(name)
        return there.references if there else ()

    def ask(self, name: str, question: Callable[[LineageGraph], _Answer]) -> _Answer | None:
        """See ``Worlds.ask``. Damage that shows only now puts a linked workspace out of the question."""
        if name == HERE:
            return _known(question, self._home)
        there = self._links.readable(name)
        if there is None:
            return None
        try:
            return _known(question, there.fine if self._fine else there.coarse)
        except PersonaError as error:
            self._links.fail(name, error)
            return None


def _known(question: Callable[[LineageGraph], _Answer], graph: LineageGraph) -> _Answer | None:
    """An answer; None where the graph does not know what is asked for."""
    try:
        return question(graph)
    except NotFound as error:
        if error.code != "node-not-found":
            raise
        return None
