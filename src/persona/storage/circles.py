"""Nothing comes from itself: no event may close a circle of derivations.

Who asks where a thing comes from would never come to an end, and no account of it in PROV would be valid.
"""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING, Protocol

from persona.errors import InvalidInput
from persona.model.records import DERIVATION

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from persona.model.records import Event


class Ancestry(Protocol):
    """What is asked about the derivations recorded before an event."""

    def origins(self, things: Iterable[str]) -> bool:
        """Whether anything that is recorded came from one of some things."""
        ...

    def ancestry(self, things: Iterable[str]) -> Iterable[tuple[str, str]]:
        """The recorded derivations by which some things, and whatever these came from, came to be: what, from what."""
        ...


def check_no_circle(event: Event, state: Ancestry) -> None:
    """Refuse what would close a circle of derivations: who asks where a thing comes from would never come to an end.

    A circle needs a new edge that leaves a thing from which others came already, or several new edges that make one
    among themselves; so what is recorded is rarely looked at.
    """
    fresh = dict.fromkeys([(edge.src, edge.dst) for edge in event.edges if edge.rel in DERIVATION])
    if not fresh:
        return
    known = state.ancestry({dst for _, dst in fresh}) if state.origins({src for src, _ in fresh}) else ()
    circling = _circling([*fresh, *known])
    for src, dst in fresh:
        if src in circling and dst in circling:
            raise InvalidInput(
                f"`{src}` would come from itself: it cannot come from `{dst}`",
                code="lineage-circle",
                place=f"{event.kind} {event.subject}",
                hints=[f"see what it rests on: `persona lineage up {shlex.quote(dst)} --depth all`"],
            )


def _circling(pairs: Sequence[tuple[str, str]]) -> set[str]:
    """The things on circles, and what comes from those.

    It is what is left when whatever comes from nothing is taken away until nothing more can be (Kahn 1962).
    """
    open_ends: dict[str, int] = {}
    back: dict[str, list[str]] = {}
    for src, dst in set(pairs):
        open_ends[src] = open_ends.get(src, 0) + 1
        open_ends.setdefault(dst, 0)
        back.setdefault(dst, []).append(src)
    ready = [thing for thing, count in open_ends.items() if not count]
    while ready:
        gone = ready.pop()
        del open_ends[gone]
        for src in back.get(gone, ()):
            open_ends[src] -= 1
            if not open_ends[src]:
                ready.append(src)
    return set(open_ends)
