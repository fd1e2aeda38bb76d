"""One account, judged: its top and each bundle by itself (section 6: an instance of PROV is checked alone)."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NamedTuple

from persona.lineage.constraints.impossible import check_possible
from persona.lineage.constraints.normal import Normal
from persona.lineage.constraints.ordering import check_order
from persona.lineage.constraints.rules import Findings, Violation
from persona.lineage.constraints.terms import Terms
from persona.model.prov import FORMS, Account, Kind, Statement

_ORDER: tuple[Kind, ...] = ("wasInfluencedBy", *(kind for kind in FORMS if kind != "wasInfluencedBy"))


class Verdict(NamedTuple):
    """How many statements and bundles were judged, how many violations there are, and the first of them."""

    statements: int
    bundles: int
    found: int
    violations: tuple[Violation, ...]

    @property
    def valid(self) -> bool:
        """Whether the account can be true: none of the constraints is broken."""
        return self.found == 0


def check(account: Account) -> Verdict:
    """Judge an account. The statements of one bundle are held in memory while it is judged."""
    statements = bundles = 0
    found = Findings()
    for bundle in (None, *account.bundles()):
        told = [one for kind in _ORDER for one in account.statements(kind, bundle)]
        statements += len(told)
        bundles += bundle is not None
        found.bundle = bundle
        with _uncollected():
            _judge(told, Terms(account.namespaces), found)
    return Verdict(statements, bundles, found.count, tuple(found.kept))


def _judge(told: list[Statement], terms: Terms, found: Findings) -> None:
    normal = Normal(terms, found)
    normal.take(told)
    facts = list(normal.facts())
    normal.times_of_activities(facts)
    check_possible(facts, told, terms, found)
    check_order(facts, terms, found)


@contextmanager
def _uncollected() -> Iterator[None]:
    """No search for circular garbage: it would walk millions of facts again and again, which make none."""
    ran = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if ran:
            gc.enable()
