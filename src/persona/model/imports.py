"""What is kept of an import: the cards with the words of its things, and how its things are named.

The log holds numbers and names such as ``external:import_20260128_070000_abc123/entity-17``; what the things are called
where they come from, and the report of what was lost, stand in salted blobs beside it (``model.cards``).
"""

from __future__ import annotations

import re
from typing import Literal

import msgspec

from persona.model import cards
from persona.model.canonical import Digest

PAGE = 500
"""How many things stand on one page."""

ThingKind = Literal["entity", "activity", "agent"]
KINDS: tuple[ThingKind, ...] = ("entity", "activity", "agent")

_THING = re.compile(r"external:(?P<import>import_[^/]+)/(?P<kind>entity|activity|agent)-(?P<number>\d{1,9})")


class ThingCard(msgspec.Struct, frozen=True, array_like=True):
    """A thing as the document calls it: ``name`` is its identifier there, ``label`` what a person knows it by."""

    kind: ThingKind
    name: str
    label: str
    attributes: tuple[tuple[str, str], ...] = ()


class PageCard(msgspec.Struct, frozen=True):
    """The words of some things of an import, in the order of their numbers."""

    things: tuple[ThingCard, ...]
    salt: str = msgspec.field(default_factory=cards.salt)
    schema: str = "import-page/1"


class Loss(msgspec.Struct, frozen=True):
    """Statements of one kind that were not taken over, or not whole: why, how many, and the first few of them."""

    statement: str
    reason: str
    count: int
    examples: tuple[str, ...] = ()


class ImportCard(msgspec.Struct, frozen=True):
    """The words of an import: the name of its file, the report, and where the words of its things stand.

    ``said`` counts the statements of the document by kind, ``kinds`` its things. ``lost`` statements have no place in
    the graph; ``reduced`` ones stand in it without their times, roles or attributes, which the document still holds.
    """

    name: str
    said: dict[str, int]
    kinds: dict[str, int]
    lost: tuple[Loss, ...]
    reduced: tuple[Loss, ...]
    notes: tuple[str, ...]
    pages: tuple[Digest, ...]
    salt: str = msgspec.field(default_factory=cards.salt)
    schema: str = "import-card/1"


def thing_id(import_: str, kind: str, number: int) -> str:
    """The name of a thing of an import in the lineage graph; numbers begin at 1."""
    return f"external:{import_}/{kind}-{number}"


def split_thing(id: str) -> tuple[str, str, int] | None:
    """The import, the kind and the number of a thing; None for any other name."""
    found = _THING.fullmatch(id)
    return None if found is None else (found["import"], found["kind"], int(found["number"]))
