"""What a foreign document tells: its things, the relations among them, and what of it has no place in the graph.

Readers count each statement once, as taken or as lost, so that both together are what the document says.
"""

from __future__ import annotations

import heapq
import re
from collections import Counter
from collections.abc import Iterable
from typing import NamedTuple

from persona.lineage.constraints.circles import components
from persona.lineage.prov.limits import too_much
from persona.model.canonical import Digest
from persona.model.imports import Loss, ThingCard, ThingKind
from persona.model.records import DERIVATION

MAX_THINGS = 500_000
"""The most things of one import."""

MAX_RELATIONS = 1_000_000
"""The most relations of one import."""

MAX_ATTRIBUTES = 40
"""The most attributes of a thing that are shown; the sealed document holds all."""

MAX_TEXT = 1000
"""The most characters of an attribute that is shown."""

MAX_LABEL = 300
EXAMPLES = 3
"""How many statements of each kind of loss are shown."""

NO_COUNTERPART = "there is no such relation here"
NO_END = "one of its ends is not named"
CIRCLE = "it is part of a circle: a thing would come from itself"
ITSELF = "both of its ends are one thing"
DETAILS = "its times, roles, plans or attributes are not in the graph"

_HEX = re.compile(r"(?:sha256:)?([0-9a-fA-F]{64})")
_CONTROL = re.compile(r"[\x00-\x1f\x7f\ud800-\udfff]")


class Relation(NamedTuple):
    """``src rel dst`` by the indices of things; ``said`` is what the document calls it."""

    said: str
    rel: str
    src: int
    dst: int


class Thing:
    """A thing of a document. ``digests`` are those of its bytes; ``key`` tells it from all others.

    ``own`` are ids that this workspace gave it, where the document says that it tells of this workspace.
    """

    __slots__ = ("attributes", "declared", "digests", "key", "kind", "label", "name", "own")

    def __init__(self, key: str, kind: ThingKind, name: str) -> None:
        self.key = key
        self.kind = kind
        self.name = name
        self.label = ""
        self.declared = False
        self.attributes: list[tuple[str, str]] = []
        self.digests: set[Digest] = set()
        self.own: set[str] = set()

    def card(self) -> ThingCard:
        """The words of the thing."""
        return ThingCard(self.kind, plain(self.name, MAX_TEXT), self.label or plain(self.name), tuple(self.attributes))


class Told:
    """What a reader fills. ``source`` names the document in errors."""

    def __init__(self, source: str) -> None:
        self.source = source
        self.things: list[Thing] = []
        self.relations: list[Relation] = []
        self.said: Counter[str] = Counter()
        self.notes: list[str] = []
        self._by_key: dict[str, int] = {}
        self._lost: dict[tuple[str, str], tuple[int, tuple[str, ...]]] = {}
        self._reduced: dict[str, tuple[int, tuple[str, ...]]] = {}

    # Things

    def thing(self, key: str, kind: ThingKind, name: str | None = None, *, declared: bool = False) -> int:
        """The index of a thing, which is new when its key is. A declaration says its kind better than a mention."""
        at = self._by_key.get(key)
        if at is None:
            if len(self.things) >= MAX_THINGS:
                raise too_much(f"there are more than {MAX_THINGS:,} things", self.source)
            at = self._by_key[key] = len(self.things)
            self.things.append(Thing(key, kind, name or key))
        one = self.things[at]
        if declared and not one.declared:
            one.kind, one.declared = kind, True
        return at

    def describe(self, at: int, key: str, value: str) -> None:
        """Give a thing an attribute, shown as text."""
        attributes = self.things[at].attributes
        pair = (plain(key), plain(value, MAX_TEXT))
        if len(attributes) < MAX_ATTRIBUTES and pair not in attributes:
            attributes.append(pair)

    def call(self, at: int, label: str) -> None:
        """Give a thing a label; the first one stays."""
        if not self.things[at].label:
            self.things[at].label = plain(label)

    def hash(self, at: int, value: str) -> bool:
        """Take a value as the SHA-256 of the bytes of a thing, when it can be one; whether it was."""
        digest = digest_in(value)
        if digest is not None:
            self.things[at].digests.add(digest)
        return digest is not None

    # Statements

    def say(self, statement: str, count: int = 1) -> None:
        """Count statements that are taken over whole, and are no relation."""
        self.said[statement] += count

    def relate(self, statement: str, rel: str, src: int, dst: int, *, reduced: str = "") -> None:
        """Take over one statement as a relation; ``reduced`` shows it when the graph does not hold all of it."""
        self.said[statement] += 1
        if src == dst:
            self._lose(statement, ITSELF, f"{statement}({self.things[src].name})")
            return
        if len(self.relations) >= MAX_RELATIONS:
            raise too_much(f"there are more than {MAX_RELATIONS:,} relations", self.source)
        self.relations.append(Relation(statement, rel, src, dst))
        if reduced:
            count, shown = self._reduced.get(statement, (0, ()))
            self._reduced[statement] = (count + 1, _with(shown, reduced))

    def lose(self, statement: str, reason: str, example: str) -> None:
        """Count one statement that has no place in the graph."""
        self.said[statement] += 1
        self._lose(statement, reason, example)

    def _lose(self, statement: str, reason: str, example: str) -> None:
        count, shown = self._lost.get((statement, reason), (0, ()))
        self._lost[statement, reason] = (count + 1, _with(shown, example))

    def note(self, sentence: str) -> None:
        """Say something about the document as a whole; the first hundred are kept."""
        if len(self.notes) < 100 and sentence not in self.notes:
            self.notes.append(sentence)

    # The end

    def settle(self) -> list[int]:
        """Leave out what closes circles, and give the order in which things can be told: what others came from first.

        Every relation within a circle goes: which of them is wrong, the document does not say.
        """
        after: list[list[int]] = [[] for _ in self.things]
        for one in self.relations:
            if one.rel in DERIVATION:
                after[one.src].append(one.dst)
        component = components(after)
        kept: list[Relation] = []
        for one in self.relations:
            if one.rel in DERIVATION and component[one.src] == component[one.dst]:
                example = f"{one.said}({self.things[one.src].name}, {self.things[one.dst].name})"
                self._lose(one.said, CIRCLE, example)
            else:
                kept.append(one)
        if len(kept) < len(self.relations):
            self.relations = kept
            after = [[] for _ in self.things]
            for one in kept:
                if one.rel in DERIVATION:
                    after[one.src].append(one.dst)
        return _order(after)

    @property
    def lost(self) -> tuple[Loss, ...]:
        """What was left out, the most frequent first."""
        found = [Loss(said, reason, count, shown) for (said, reason), (count, shown) in self._lost.items()]
        return tuple(sorted(found, key=lambda one: (-one.count, one.statement, one.reason)))

    @property
    def reduced(self) -> tuple[Loss, ...]:
        """What was taken over in part, the most frequent first."""
        found = [Loss(said, DETAILS, count, shown) for said, (count, shown) in self._reduced.items()]
        return tuple(sorted(found, key=lambda one: (-one.count, one.statement)))


def digest_in(value: str) -> Digest | None:
    """A SHA-256 as text, with or without the word before it, as a digest; None for anything else."""
    found = _HEX.fullmatch(value.strip())
    return None if found is None else Digest(f"sha256:{found[1].lower()}")


def plain(text: str, most: int = MAX_LABEL) -> str:
    """A text on one line, cut where it is longer than is shown."""
    found = _CONTROL.sub(" ", text[: most + 1])
    return found if len(found) <= most else found[: most - 1] + "…"


def _with(shown: tuple[str, ...], example: str) -> tuple[str, ...]:
    return shown if len(shown) >= EXAMPLES or plain(example) in shown else (*shown, plain(example))


def _order(after: list[list[int]]) -> list[int]:
    """The nodes of a graph without circles, those that edges lead to first, else as they stand (Kahn 1962)."""
    waits = [len(set(targets)) for targets in after]
    back: list[list[int]] = [[] for _ in after]
    for node, targets in enumerate(after):
        for target in set(targets):
            back[target].append(node)
    ready = [node for node, count in enumerate(waits) if not count]
    heapq.heapify(ready)
    found: list[int] = []
    while ready:
        node = heapq.heappop(ready)
        found.append(node)
        for other in back[node]:
            waits[other] -= 1
            if not waits[other]:
                heapq.heappush(ready, other)
    return found


def shown(statement: str, *parts: str | None) -> str:
    """A statement as an example: its word and the names in it."""
    return f"{statement}({', '.join(part or '-' for part in parts)})"


def total(losses: Iterable[Loss]) -> int:
    """How many statements."""
    return sum(one.count for one in losses)
