"""The order of events (section 6.2): generations, invalidations, starts, ends and usages as a graph without circles.

Constraints 31, 32, 39 and 40 make all starts of one activity simultaneous, and so its ends, and the generations and
invalidations of one entity: each of these is one node. An event that no statement and no inference speaks of is no
node, so that nothing is ordered by way of it. Only a derivation orders strictly (constraint 42): a circle through
one means that an event comes before itself.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from typing import NamedTuple

from persona.lineage.constraints.circles import components
from persona.lineage.constraints.normal import Fact
from persona.lineage.constraints.rules import Findings
from persona.lineage.constraints.terms import ABSENT, Terms
from persona.model.prov import Statement

_GENERATION, _INVALIDATION, _START, _END, _USAGE = range(5)
_WORDS = ("the generation of", "the invalidation of", "the start of", "the end of", "the usage")


class _Edge(NamedTuple):
    """One event comes no later than another, or strictly before it (constraint 42)."""

    before: int
    after: int
    number: int
    origin: Statement


class Events:
    """The graph: nodes by the kind of event and the term that it is an event of."""

    def __init__(self, terms: Terms) -> None:
        self.terms = terms
        self.nodes: dict[tuple[int, int], int] = {}
        self.real: list[bool] = []
        self.edges: list[_Edge] = []

    def happens(self, event: int, term: int) -> None:
        """An event takes place."""
        self.real[self.node(event, term)] = True

    def node(self, event: int, term: int) -> int:
        """The node of an event, which is real only where ``happens`` says so."""
        key = (event, self.terms.root(term))
        known = self.nodes.get(key)
        if known is None:
            known = self.nodes[key] = len(self.real)
            self.real.append(False)
        return known

    def order(self, number: int, origin: Statement, *events: tuple[int, int]) -> None:
        """The first event comes no later than the second, where both are real."""
        before, after = (self.nodes.get((event, self.terms.root(term)), -1) for event, term in events)
        if before >= 0 and after >= 0 and self.real[before] and self.real[after]:
            self.edges.append(_Edge(before, after, number, origin))

    def specialised(self, event: int, before: int, after: int, number: int, origin: Statement) -> None:
        """As ``order``, and by way of events that are not real: specialisation is transitive (inference 19)."""
        self.edges.append(_Edge(self.node(event, before), self.node(event, after), number, origin))


def check_order(facts: list[Fact], terms: Terms, found: Findings) -> None:
    """Find a violation for each knot of events that would come before themselves."""
    _circles(graph_of(facts, terms), found)


def graph_of(facts: list[Fact], terms: Terms) -> Events:
    """The events of the facts, and which comes no later than which."""
    events = Events(terms)
    for fact in facts:
        _happen(events, fact)
    for fact in facts:
        _order(events, fact)
    return events


def _happen(events: Events, fact: Fact) -> None:
    match fact.kind:
        case "entity":  # inference 7
            events.happens(_GENERATION, fact.id)
            events.happens(_INVALIDATION, fact.id)
        case "activity":  # inference 8
            events.happens(_START, fact.id)
            events.happens(_END, fact.id)
        case "wasGeneratedBy":
            events.happens(_GENERATION, fact.args[0])
        case "wasInvalidatedBy":
            events.happens(_INVALIDATION, fact.args[0])
        case "wasStartedBy":
            events.happens(_START, fact.args[0])
        case "wasEndedBy":
            events.happens(_END, fact.args[0])
        case "used":
            events.happens(_USAGE, fact.id)
        case _:
            pass


def _order(events: Events, fact: Fact) -> None:
    """The edges that a fact draws; where two kinds of statement draw one, either is enough."""
    order, origin, args = events.order, fact.origin, fact.args
    match fact.kind:
        case "entity":
            order(36, origin, (_GENERATION, fact.id), (_INVALIDATION, fact.id))
        case "activity":
            order(30, origin, (_START, fact.id), (_END, fact.id))
        case "used":
            order(33, origin, (_START, args[0]), (_USAGE, fact.id))
            order(33, origin, (_USAGE, fact.id), (_END, args[0]))
            order(37, origin, (_GENERATION, args[1]), (_USAGE, fact.id))
            order(38, origin, (_USAGE, fact.id), (_INVALIDATION, args[1]))
        case "wasGeneratedBy" | "wasInvalidatedBy":
            order(36, origin, (_GENERATION, args[0]), (_INVALIDATION, args[0]))
            if fact.kind == "wasGeneratedBy":
                order(34, origin, (_START, args[1]), (_GENERATION, args[0]))
                order(34, origin, (_GENERATION, args[0]), (_END, args[1]))
        case "wasStartedBy" | "wasEndedBy":
            number, event = (43, _START) if fact.kind == "wasStartedBy" else (44, _END)
            order(30, origin, (_START, args[0]), (_END, args[0]))
            order(number, origin, (_GENERATION, args[1]), (event, args[0]))
            order(number, origin, (event, args[0]), (_INVALIDATION, args[1]))
        case "wasInformedBy":
            order(35, origin, (_START, args[1]), (_END, args[0]))
        case "wasDerivedFrom":
            if args[4] != ABSENT:
                order(41, origin, (_USAGE, args[4]), (_GENERATION, args[0]))
            order(42, origin, (_GENERATION, args[1]), (_GENERATION, args[0]))
        case "specializationOf" | "mentionOf":
            events.specialised(_GENERATION, args[1], args[0], 45, origin)
            events.specialised(_INVALIDATION, args[0], args[1], 46, origin)
        case "wasAssociatedWith":
            order(47, origin, (_START, args[0]), (_INVALIDATION, args[1]))
            order(47, origin, (_GENERATION, args[1]), (_END, args[0]))
            order(47, origin, (_START, args[0]), (_END, args[1]))
            order(47, origin, (_START, args[1]), (_END, args[0]))
        case "wasAttributedTo":
            order(48, origin, (_GENERATION, args[1]), (_GENERATION, args[0]))
            order(48, origin, (_START, args[1]), (_GENERATION, args[0]))
        case "actedOnBehalfOf":
            order(49, origin, (_GENERATION, args[1]), (_INVALIDATION, args[0]))
            order(49, origin, (_START, args[1]), (_END, args[0]))
        case _:
            pass


def _circles(events: Events, found: Findings) -> None:
    after: list[list[int]] = [[] for _ in events.real]
    for edge in events.edges:
        after[edge.before].append(edge.after)
    knot = components(after)
    told: set[int] = set()
    inside: dict[int, list[_Edge]] = {}
    strict: list[_Edge] = []
    for edge in events.edges:
        if knot[edge.before] == knot[edge.after]:
            inside.setdefault(edge.before, []).append(edge)
            if edge.number == 42:
                strict.append(edge)
    words: dict[int, str] = {}
    if strict:
        for (event, term), node in events.nodes.items():
            words[node] = f"{_WORDS[event]} {events.terms.said(term) or 'something that is not named'}"
    for edge in strict:
        if knot[edge.before] in told:
            continue
        told.add(knot[edge.before])
        way = [edge, *_way(inside, edge.after, edge.before)]
        others = tuple(sorted({one.number for one in way} - {42}))
        sentence = f"{words[edge.before]} would come before itself, in a circle of {_counted(len(way), 'step')}"
        found.add(42, sentence, [one.origin for one in way], others)


def _way(edges: dict[int, list[_Edge]], start: int, end: int) -> Iterable[_Edge]:
    """A shortest way from one node to another within a knot."""
    came: dict[int, _Edge] = {}
    queue = deque([start])
    while queue and end not in came and start != end:
        for edge in edges.get(queue.popleft(), ()):
            if edge.after not in came and edge.after != start:
                came[edge.after] = edge
                queue.append(edge.after)
    way: list[_Edge] = []
    while end != start:
        way.append(came[end])
        end = came[end].before
    return reversed(way)


def _counted(count: int, word: str) -> str:
    return f"{count} {word}{'' if count == 1 else 's'}"
