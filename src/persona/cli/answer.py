"""What a command gives back: data for programs, lines for people, and what to do next."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from persona.cli.screen import Screen
    from persona.errors import PersonaError


class Answer(NamedTuple):
    """The outcome of a command.

    ``data`` is encoded as it is by ``--json``; ``lines`` draws it for people. ``next`` are commands that can be
    pasted, ``notes`` are remarks for people on what the data say, ``errors`` are what went wrong although the rest
    was done: the exit status is that of the first.
    """

    data: Any
    lines: Callable[[Screen], Iterable[str]]
    next: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    errors: tuple[PersonaError, ...] = ()

    @property
    def exit_status(self) -> int:
        """0 when nothing went wrong, else the status of the first error."""
        return self.errors[0].exit_status if self.errors else 0


def given(text: Sequence[str]) -> Callable[[Screen], Iterable[str]]:
    """Lines that are the same on every screen, such as a file or a script."""

    def lines(screen: Screen) -> Iterable[str]:
        return text

    return lines


def nothing(screen: Screen) -> Iterable[str]:
    """The lines of an answer that has no data for people."""
    return ()
