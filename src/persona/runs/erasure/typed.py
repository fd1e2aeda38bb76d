"""What people and errors said that stands in the log itself: tags, notes, names, messages.

Bodies of events are made to hold no words of sources, but what somebody types stands as it was typed, and the log is
only added to. A withdrawal cannot take it out. It can say where it is.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from typing import TYPE_CHECKING

from persona.model.typed import Typed
from persona.runs.erasure.needles import QUOTED, Needles
from persona.runs.erasure.redacting import is_name

if TYPE_CHECKING:
    from persona.storage.base import Records


def typed_in_log(records: Records, labels: Collection[str], needles: Needles) -> tuple[Typed, ...]:
    """Every entry that holds one of the labels as a word, or as many words in a row as tell that they are quoted."""
    names = [re.escape(label) for label in sorted(labels, key=len, reverse=True) if is_name(label)]
    called = re.compile(rf"(?<!\w)(?:{'|'.join(names)})(?!\w)") if names else None
    found = []
    for event in records.events():
        parts = tuple(
            part
            for part, value in event.body.items()
            if any((called and called.search(text)) or needles.in_text(text, QUOTED) for text in _texts(value))
        )
        if parts:
            found.append(Typed(event.seq, event.kind, event.subject, parts))
    return tuple(found)


def _texts(value: object) -> Iterator[str]:
    """Every text in a value, keys among them. Digests are none."""
    if isinstance(value, str):
        if not value.startswith("sha256:"):
            yield value
    elif isinstance(value, dict):
        for key, one in value.items():
            yield from _texts(key)
            yield from _texts(one)
    elif isinstance(value, list | tuple):
        for one in value:
            yield from _texts(one)
