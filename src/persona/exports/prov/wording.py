"""Short ways to say a statement of PROV, with the arguments in the order of PROV-N."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from persona.model.prov import Kind, Name, Statement, Value

if TYPE_CHECKING:
    from collections.abc import Iterator

Attributes = tuple[tuple[str, Value], ...]

PLAN = Name("prov:Plan")
COLLECTION = Name("prov:Collection")
REVISION: Attributes = (("prov:type", Name("prov:Revision")),)
QUOTATION: Attributes = (("prov:type", Name("prov:Quotation")),)
PRIMARY_SOURCE: Attributes = (("prov:type", Name("prov:PrimarySource")),)


@cache
def kinds(*names: str) -> Attributes:
    """The types of an element: words of ``persona`` unless they have a prefix."""
    return tuple(("prov:type", Name(one if ":" in one else f"persona:{one}")) for one in names)


def facts(**values: Value | None) -> Attributes:
    """Attributes in the vocabulary of ``persona``; absent ones are left out."""
    return tuple((f"persona:{key}", value) for key, value in values.items() if value is not None)


def entity(id: str, *attributes: Attributes) -> Statement:
    """An entity."""
    return Statement("entity", id, (), sum(attributes, ()))


def agent(id: str, *attributes: Attributes) -> Statement:
    """An agent."""
    return Statement("agent", id, (), sum(attributes, ()))


def derived(new: str, old: str, attributes: Attributes = ()) -> Statement:
    """A derivation of which no more is known."""
    return Statement("wasDerivedFrom", None, (new, old, None, None, None), attributes)


def attributed(thing: str, agent: str) -> Statement:
    """An entity is ascribed to an agent."""
    return Statement("wasAttributedTo", None, (thing, agent))


def pair(kind: Kind, first: str, second: str) -> Statement:
    """One of the relations that take two names and nothing else."""
    return Statement(kind, None, (first, second))


def chosen(statements: Iterator[Statement], kind: Kind) -> Iterator[Statement]:
    """The statements of one kind."""
    return (one for one in statements if one.kind == kind)
