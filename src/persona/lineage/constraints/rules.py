"""The constraints by number, and what is found to break one."""

from __future__ import annotations

from typing import NamedTuple

from persona.model.prov import FORMS, Statement

NAMES: dict[int, str] = {
    22: "key-object",
    23: "key-properties",
    24: "unique-generation",
    25: "unique-invalidation",
    26: "unique-wasStartedBy",
    27: "unique-wasEndedBy",
    28: "unique-startTime",
    29: "unique-endTime",
    30: "start-precedes-end",
    31: "start-start-ordering",
    32: "end-end-ordering",
    33: "usage-within-activity",
    34: "generation-within-activity",
    35: "wasInformedBy-ordering",
    36: "generation-precedes-invalidation",
    37: "generation-precedes-usage",
    38: "usage-precedes-invalidation",
    39: "generation-generation-ordering",
    40: "invalidation-invalidation-ordering",
    41: "derivation-usage-generation-ordering",
    42: "derivation-generation-generation-ordering",
    43: "wasStartedBy-ordering",
    44: "wasEndedBy-ordering",
    45: "specialization-generation-ordering",
    46: "specialization-invalidation-ordering",
    47: "wasAssociatedWith-ordering",
    48: "wasAttributedTo-ordering",
    49: "actedOnBehalfOf-ordering",
    50: "typing",
    51: "impossible-unspecified-derivation-generation-use",
    52: "impossible-specialization-reflexive",
    53: "impossible-property-overlap",
    54: "impossible-object-property-overlap",
    55: "entity-activity-disjoint",
    56: "membership-empty-collection",
}
"""The constraints of the Recommendation, section 6."""

SHOWN = 12
"""The most statements that a violation shows."""


class Violation(NamedTuple):
    """What cannot be true.

    ``constraint`` is the number in PROV-CONSTRAINTS, or 0 for what PROV-DM itself or PROV-LINKS asks for; ``name`` says
    which. ``others`` are the further constraints that take part, as in a circle of events. ``statements`` are the first
    ``SHOWN`` of those concerned, in PROV-N without attributes, out of ``concerned``. ``bundle`` is None at the top.
    """

    constraint: int
    name: str
    sentence: str
    statements: tuple[str, ...]
    concerned: int
    others: tuple[int, ...] = ()
    bundle: str | None = None


KEPT = 1_000
"""The most violations that are kept; all are counted."""


class Findings:
    """What is found in an account: how many violations there are, and the first ``KEPT`` of them."""

    def __init__(self) -> None:
        self.count = 0
        self.kept: list[Violation] = []
        self.bundle: str | None = None

    def add(
        self, constraint: int | str, sentence: str, statements: list[Statement], others: tuple[int, ...] = ()
    ) -> None:
        """Take in a violation of a constraint by its number, or by its name where it has none."""
        self.count += 1
        if len(self.kept) >= KEPT:
            return
        distinct = list(dict.fromkeys(statements))
        number, name = (0, constraint) if isinstance(constraint, str) else (constraint, NAMES[constraint])
        shown = tuple(map(written, distinct[:SHOWN]))
        self.kept.append(Violation(number, name, sentence, shown, len(distinct), others, self.bundle))


def written(statement: Statement) -> str:
    """A statement in PROV-N, without its attributes."""
    formals = FORMS[statement.kind]
    if not formals:
        return f"{statement.kind}({statement.id})"
    arguments = ", ".join(argument or "-" for argument in statement.arguments)
    if statement.kind == "activity":
        return f"activity({statement.id}, {arguments})" if any(statement.arguments) else f"activity({statement.id})"
    return f"{statement.kind}({f'{statement.id}; ' if statement.id else ''}{arguments})"
