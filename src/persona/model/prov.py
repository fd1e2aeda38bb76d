"""PROV-DM: the statements in which lineage is told to others (W3C PROV-DM, https://www.w3.org/TR/prov-dm/).

One statement is one line of PROV-N: a kind, an identifier where it has one, its formal arguments in the order of
PROV-N, and attributes. Names stand as ``prefix:local``; the namespaces belong to the account that holds the
statements. The readers, writers and checkers of every PROV format meet here, and know nothing of the workspace.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from itertools import repeat
from typing import Literal, NamedTuple, Protocol

Kind = Literal[
    "entity",
    "activity",
    "agent",
    "wasGeneratedBy",
    "used",
    "wasInformedBy",
    "wasStartedBy",
    "wasEndedBy",
    "wasInvalidatedBy",
    "wasDerivedFrom",
    "wasAttributedTo",
    "wasAssociatedWith",
    "actedOnBehalfOf",
    "wasInfluencedBy",
    "specializationOf",
    "alternateOf",
    "hadMember",
    "mentionOf",
]

Part = Literal["entity", "activity", "agent", "thing", "time", "generation", "usage", "bundle"]
"""What a formal argument names. A ``thing`` is an entity, an activity or an agent; a ``time`` is an instant as
``xsd:dateTime`` writes it; ``generation`` and ``usage`` are identifiers of such statements."""


class Formal(NamedTuple):
    """A formal argument: its name in PROV-JSON (without ``prov:``), what it names, and whether it may be absent."""

    name: str
    part: Part
    optional: bool = True


def _needs(name: str, part: Part) -> Formal:
    return Formal(name, part, optional=False)


FORMS: Mapping[Kind, tuple[Formal, ...]] = {
    "entity": (),
    "activity": (Formal("startTime", "time"), Formal("endTime", "time")),
    "agent": (),
    "wasGeneratedBy": (_needs("entity", "entity"), Formal("activity", "activity"), Formal("time", "time")),
    "used": (_needs("activity", "activity"), Formal("entity", "entity"), Formal("time", "time")),
    "wasInformedBy": (_needs("informed", "activity"), _needs("informant", "activity")),
    "wasStartedBy": (
        _needs("activity", "activity"),
        Formal("trigger", "entity"),
        Formal("starter", "activity"),
        Formal("time", "time"),
    ),
    "wasEndedBy": (
        _needs("activity", "activity"),
        Formal("trigger", "entity"),
        Formal("ender", "activity"),
        Formal("time", "time"),
    ),
    "wasInvalidatedBy": (_needs("entity", "entity"), Formal("activity", "activity"), Formal("time", "time")),
    "wasDerivedFrom": (
        _needs("generatedEntity", "entity"),
        _needs("usedEntity", "entity"),
        Formal("activity", "activity"),
        Formal("generation", "generation"),
        Formal("usage", "usage"),
    ),
    "wasAttributedTo": (_needs("entity", "entity"), _needs("agent", "agent")),
    "wasAssociatedWith": (_needs("activity", "activity"), Formal("agent", "agent"), Formal("plan", "entity")),
    "actedOnBehalfOf": (_needs("delegate", "agent"), _needs("responsible", "agent"), Formal("activity", "activity")),
    "wasInfluencedBy": (_needs("influencee", "thing"), _needs("influencer", "thing")),
    "specializationOf": (_needs("specificEntity", "entity"), _needs("generalEntity", "entity")),
    "alternateOf": (_needs("alternate1", "entity"), _needs("alternate2", "entity")),
    "hadMember": (_needs("collection", "entity"), _needs("entity", "entity")),
    "mentionOf": (_needs("specificEntity", "entity"), _needs("generalEntity", "entity"), _needs("bundle", "bundle")),
}
"""The formal arguments of each kind after its identifier, in the order of PROV-N.

The first three kinds are the elements, whose identifier is never absent; the last four take no identifier and no
attributes.
"""

ELEMENTS: tuple[Kind, ...] = ("entity", "activity", "agent")
UNIDENTIFIED: tuple[Kind, ...] = ("specializationOf", "alternateOf", "hadMember", "mentionOf")


class Name(NamedTuple):
    """A qualified name ``prefix:local`` as the value of an attribute, told apart from a text."""

    text: str


class Literally(NamedTuple):
    """A value with its datatype as a qualified name (``xsd:date``), or a text with its language (``en-GB``)."""

    text: str
    datatype: str = "xsd:string"
    language: str = ""


Value = str | int | float | bool | Name | Literally


class Statement(NamedTuple):
    """One line of PROV-N. ``arguments`` are as long as ``FORMS`` says; one attribute may stand several times."""

    kind: Kind
    id: str | None
    arguments: tuple[str | None, ...] = ()
    attributes: tuple[tuple[str, Value], ...] = ()


_new = partial(tuple.__new__, Statement)


class Rows(NamedTuple):
    """Many statements of one kind without attributes and without times, in columns.

    ``size`` says how many, and is not 0. An argument that all of them share stands once, one that none of them has is
    None. ``ids`` are None where no statement has an identifier.
    """

    kind: Kind
    size: int
    ids: Sequence[str] | None
    arguments: tuple[Sequence[str] | str | None, ...]

    def statements(self) -> Iterator[Statement]:
        """The same statements one by one, made without a step of Python for each: there may be millions."""
        columns = (repeat(one) if one is None or isinstance(one, str) else one for one in self.arguments)
        ids: Iterator[str | None] = repeat(None) if self.ids is None else iter(self.ids)
        places = range(self.size)
        rows = zip(places, repeat(self.kind), ids, zip(*columns, strict=False), repeat(()), strict=False)
        return map(_new, (row[1:] for row in rows))


class Account(Protocol):
    """What is told: statements, at the top and in bundles. Asked again, it tells the same in the same order.

    An account of a large workspace answers from SQL and is never held in memory as a whole.
    """

    @property
    def namespaces(self) -> Mapping[str, str]:
        """The namespace of each prefix; ``prov`` and ``xsd`` need not be said."""
        ...

    def bundles(self) -> Iterator[str]:
        """The names of the bundles."""
        ...

    def statements(self, kind: Kind, bundle: str | None = None) -> Iterator[Statement]:
        """The statements of one kind, of a bundle or of the top."""
        ...

    def told(self, bundle: str | None = None) -> Iterator[Statement | Rows]:
        """Everything that is said in a bundle or at the top, kind after kind in the order of ``FORMS``.

        Writers ask so: PROV-JSON wants the kinds apart, and rows are written many at a time.
        """
        ...
