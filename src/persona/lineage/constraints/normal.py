"""The normal form: statements with what follows from them, merged by their keys (sections 4, 5 and 6.1).

What a statement leaves out becomes a variable, or the placeholder that stands for nothing (definitions 1 to 4). Facts
with one key are merged, which joins their arguments, which may give other facts one key: a congruence closure. Of the
inferences those are drawn from which something can follow that the constraints would not say without them:

- 8 to 11, 13 and 14 make facts, with the variables of the statement that they follow from;
- 7, that an entity is generated and invalidated and an activity started and ended, is left to ``ordering``;
- 15 makes an influence where a stated influence has the identifier of another statement;
- 5 and 6 order nothing that constraints 33 to 38 do not order already, and 12 and 16 to 18 make alternates, which
  nothing forbids; 19 to 21 are drawn in ``ordering`` and ``impossible``.
"""

from __future__ import annotations

from collections.abc import Iterable

from persona.lineage.constraints.rules import Findings
from persona.lineage.constraints.terms import ABSENT, Terms
from persona.model.prov import ELEMENTS, FORMS, UNIDENTIFIED, Kind, Statement

_TIMES = {kind: [at for at, one in enumerate(forms) if one.part == "time"] for kind, forms in FORMS.items()}
_OTHERS = {kind: [at for at, one in enumerate(forms) if one.part != "time"] for kind, forms in FORMS.items()}
_KEYS: dict[Kind, tuple[int, int, int]] = {
    "wasGeneratedBy": (24, 0, 1),
    "wasInvalidatedBy": (25, 0, 1),
    "wasStartedBy": (26, 0, 2),
    "wasEndedBy": (27, 0, 2),
}


class Fact:
    """A statement or what follows from one: terms for its identifier and arguments, and its times apart."""

    __slots__ = ("args", "id", "kind", "origin", "stated", "times")

    def __init__(self, kind: Kind, id: int, args: list[int], times: list[int | None], origin: Statement) -> None:
        self.kind = kind
        self.id = id
        self.args = args
        self.times = times
        self.origin = origin
        self.stated = True


class Normal:
    """The normal form of one bundle, and what is found while it is made.

    ``facts`` holds those that are left after merging. ``mentions`` are the facts of ``mentionOf``, each of which is a
    specialisation, too (PROV-LINKS, section 4).
    """

    def __init__(self, terms: Terms, found: Findings) -> None:
        self.terms = terms
        self.found = found
        self._facts: list[Fact] = []
        self._into: list[int] = []
        self._signed: dict[tuple[str, int, int], int] = {}
        self._pending: list[int] = []
        self._influences: set[int] = set()

    def facts(self) -> Iterable[Fact]:
        """The facts of the normal form."""
        return (fact for at, fact in enumerate(self._facts) if self._into[at] == at)

    def take(self, statements: Iterable[Statement]) -> None:
        """Take statements in, with what follows from them. Influences must come first."""
        for statement in statements:
            self._take(statement)
        self._settle()

    def times_of_activities(self, facts: list[Fact]) -> None:
        """Constraints 28 and 29: the times of an activity that is stated are those of its starts and ends."""
        activities = {self.terms.root(fact.id): fact for fact in facts if fact.kind == "activity"}
        for fact in facts:
            if fact.kind not in ("wasStartedBy", "wasEndedBy"):
                continue
            activity = activities.get(self.terms.root(fact.args[0]))
            if activity is not None:
                at, number, what = (0, 28, "startTime") if fact.kind == "wasStartedBy" else (1, 29, "endTime")
                time = self.same_time(activity.times[at], fact.times[0], activity, fact, what, number)
                activity.times[at] = time

    def _take(self, statement: Statement) -> None:
        kind, terms = statement.kind, self.terms
        named = {at: statement.arguments[at] for at in _OTHERS[kind]}
        args = [terms.name(name) if name is not None else terms.variable() for name in named.values()]
        times = [terms.time(text) if (text := statement.arguments[at]) is not None else None for at in _TIMES[kind]]
        id = terms.name(statement.id) if statement.id is not None else terms.variable()
        if kind == "wasAssociatedWith" and statement.arguments[2] is None:
            args[2] = ABSENT
        if kind == "wasDerivedFrom" and statement.arguments[2] is None:
            args[2:] = [term if name else ABSENT for term, name in zip(args[2:], statement.arguments[2:], strict=True)]
        fact = Fact(kind, id, args, times, statement)
        self._add(fact)
        if kind == "wasInfluencedBy":
            if statement.id is not None:
                self._influences.add(id)
        elif id in self._influences and kind not in ELEMENTS and kind not in UNIDENTIFIED:
            self._infer("wasInfluencedBy", id, args[:2], statement)  # inference 15: of the first by the second
        self._follow(fact)

    def _follow(self, fact: Fact) -> None:
        """What follows from a statement."""
        args, origin, variable = fact.args, fact.origin, self.terms.variable
        match fact.kind:
            case "wasStartedBy" | "wasEndedBy":  # inferences 9 and 10
                self._infer("wasGeneratedBy", variable(), [args[1], args[2]], origin)
            case "wasDerivedFrom" if args[2] != ABSENT:  # inference 11
                entity, source, activity, generation, usage = args
                self._infer("wasGeneratedBy", generation, [entity, activity], origin)
                self._infer("used", usage, [activity, source], origin)
            case "wasAttributedTo":  # inference 13
                activity = variable()
                self._infer("wasGeneratedBy", variable(), [args[0], activity], origin)
                self._infer("wasAssociatedWith", variable(), [activity, args[1], variable()], origin)
            case "actedOnBehalfOf":  # inference 14
                for agent in args[:2]:
                    self._infer("wasAssociatedWith", variable(), [args[2], agent, variable()], origin)
            case _:
                pass

    def _infer(self, kind: Kind, id: int, args: list[int], origin: Statement) -> None:
        fact = Fact(kind, id, args, [None] * len(_TIMES[kind]), origin)
        fact.stated = False
        self._add(fact)

    def _add(self, fact: Fact) -> None:
        at = len(self._facts)
        self._facts.append(fact)
        self._into.append(at)
        if fact.kind in UNIDENTIFIED and fact.kind != "mentionOf":
            return
        for term in self._key_terms(fact):
            self.terms.use(term, at)
        self._pending.append(at)

    def _key_terms(self, fact: Fact) -> Iterable[int]:
        if fact.kind == "mentionOf":
            return (fact.args[0],)
        keys = _KEYS.get(fact.kind)
        return (fact.id,) if keys is None else (fact.id, fact.args[keys[1]], fact.args[keys[2]])

    def _settle(self) -> None:
        """Merge facts of one key until there are none."""
        root = self.terms.root
        while self._pending:
            at = self._pending.pop()
            if self._into[at] != at:
                continue
            fact = self._facts[at]
            if fact.kind == "mentionOf":
                self._sign(at, ("mentionOf", root(fact.args[0]), 0), "unique-mention")
                continue
            self._sign(at, (fact.kind, root(fact.id), -1), 22 if fact.kind in ELEMENTS else 23)
            keys = _KEYS.get(fact.kind)
            if keys is not None and self._into[at] == at:
                number, one, other = keys
                self._sign(at, (fact.kind, root(fact.args[one]), root(fact.args[other])), number)

    def _sign(self, at: int, key: tuple[str, int, int], constraint: int | str) -> None:
        into, other = self._into, self._signed.setdefault(key, at)
        while into[other] != other:
            into[other] = other = into[into[other]]
        if other != at:
            self._merge(other, at, constraint)

    def _merge(self, kept: int, gone: int, constraint: int | str) -> None:
        """Merge one fact into another, which is to say that all their arguments are the same."""
        one, other = self._facts[kept], self._facts[gone]
        self._into[gone] = kept
        if one.kind != "mentionOf":
            self._join(one.id, other.id, one, other, "the identifier", constraint)
        for at, (left, right) in enumerate(zip(one.args, other.args, strict=True)):
            what = FORMS[one.kind][_OTHERS[one.kind][at]].name
            self._join(left, right, one, other, f"the {what}", constraint)
        for at, (before, after) in enumerate(zip(one.times, other.times, strict=True)):
            one.times[at] = self.same_time(
                before, after, one, other, FORMS[one.kind][_TIMES[one.kind][at]].name, constraint
            )
        if other.stated and not one.stated:
            one.origin, one.stated = other.origin, True
        # The kept fact speaks for both, so that it is looked at again.
        self._pending.append(kept)

    def same_time(
        self, before: int | None, after: int | None, one: Fact, other: Fact, what: str, constraint: int | str
    ) -> int | None:
        """The one time that two facts must have."""
        if before is None or after is None:
            return after if before is None else before
        self._join(before, after, one, other, f"the {what}", constraint)
        return before

    def _join(self, left: int, right: int, one: Fact, other: Fact, what: str, constraint: int | str) -> None:
        possible, moved = self.terms.join(left, right)
        self._pending += moved
        if not possible:
            key = {22: "one identifier", 23: "one identifier", "unique-mention": "one entity"}.get(
                constraint, "one activity" if constraint in (26, 27, 28, 29) else "one entity and activity"
            )
            values = " and ".join(
                self.terms.said(term) if self.terms.root(term) else "nothing" for term in (left, right)
            )
            sentence = f"{one.kind} of {key} must be one statement, but {what} is {values}"
            if constraint in (28, 29):
                sentence = f"{what} of an activity and of its {other.kind} must be the same, but is {values}"
            self.found.add(constraint, sentence, [one.origin, other.origin])
