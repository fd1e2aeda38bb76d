"""References: things of another workspace, as the log of this one names them.

``workspace:<id>::<thing>@<digest>`` says whose thing it is by the id of the first event of that log, which names a
workspace wherever its folder lies; which thing, by its id there; and which bytes were meant. It holds no path and no
name of a file, and still says what was meant when the other workspace is out of reach.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from persona.lineage.fine import is_version

PREFIX = "workspace:"
"""How every reference begins, and no other name of the graph."""

BORDER = "::"
"""What stands between a workspace and a thing of it, here and in what people write (``studio::shop/personas:v3``)."""

HERE = ""
"""The name of the workspace at hand among several."""

MANY = 1_000_000
"""How many references are read of one workspace."""

_REFERENCE = re.compile(
    rf"{PREFIX}(?P<workspace>[0-9A-Za-z_-]{{8,64}}){BORDER}(?P<thing>.+)@(?P<digest>sha256:[0-9a-f]{{64}})"
)


class Reference(NamedTuple):
    """A thing of another workspace: the id of the first event there, that of the thing, and the digest of its bytes."""

    workspace: str
    thing: str
    digest: str

    def text(self) -> str:
        """The name of the reference in the graph."""
        return f"{PREFIX}{self.workspace}{BORDER}{self.thing}@{self.digest}"

    @property
    def kind(self) -> str:
        """What kind of thing is meant."""
        return "artefact" if is_version(self.thing) else self.thing.partition("_")[0]


def read_reference(id: str) -> Reference | None:
    """The reference that a name of the graph is; None for a name of another kind."""
    found = _REFERENCE.fullmatch(id) if id.startswith(PREFIX) else None
    return Reference(found["workspace"], found["thing"], found["digest"]) if found else None


def joined(name: str, id: str) -> str:
    """What a thing of a workspace is called among several, and as people write it: ``NAME::id``, or its id here."""
    return f"{name}{BORDER}{id}" if name != HERE else id
