"""Types (section 6.3), what is impossible (section 6.4), and what must not be left out."""

from __future__ import annotations

from persona.lineage.constraints.circles import components
from persona.lineage.constraints.normal import Fact
from persona.lineage.constraints.rules import Findings
from persona.lineage.constraints.terms import ABSENT, Terms
from persona.model.prov import ELEMENTS, FORMS, UNIDENTIFIED, Name, Part, Statement

_EMPTY = "prov:EmptyCollection"


def check_possible(facts: list[Fact], statements: list[Statement], terms: Terms, found: Findings) -> None:
    """Find violations of the constraints 50 to 56, and arguments that no statement gives."""
    _left_out(facts, terms, found)
    _types(facts, terms, found)
    _derivations(facts, found)
    _specialisations(facts, terms, found)
    _identifiers(facts, terms, found)
    _members(facts, statements, terms, found)


def _left_out(facts: list[Fact], terms: Terms, found: Findings) -> None:
    """Arguments that PROV-DM does not leave to choice, and that no statement of the same key gives either."""
    for fact in facts:
        if not fact.stated:
            continue
        formals = [formal for formal in FORMS[fact.kind] if formal.part != "time"]
        for formal, term in zip(formals, fact.args, strict=True):
            if not formal.optional and not terms.is_known(term):
                sentence = f"{fact.kind} must say its {formal.name}, which is left out"
                found.add("mandatory-argument", sentence, [fact.origin])


def _types(facts: list[Fact], terms: Terms, found: Findings) -> None:
    """Constraint 50 gives types, by the place in a statement; constraint 55 forbids entities that are activities."""
    entities: dict[int, Statement] = {}
    activities: dict[int, Statement] = {}
    for fact in facts:
        if fact.kind == "entity":
            entities.setdefault(terms.root(fact.id), fact.origin)
        elif fact.kind == "activity":
            activities.setdefault(terms.root(fact.id), fact.origin)
    for fact in facts:
        parts: list[Part] = [formal.part for formal in FORMS[fact.kind] if formal.part != "time"]
        for part, term in zip(parts, fact.args, strict=True):
            if term == ABSENT:
                continue
            if part in ("entity", "activity"):
                (entities if part == "entity" else activities).setdefault(terms.root(term), fact.origin)
    for term, origin in entities.items():
        if term in activities:
            sentence = f"{terms.said(term) or 'something that is not named'} is an entity and an activity"
            found.add(55, sentence, [origin, activities[term]], (50,))


def _derivations(facts: list[Fact], found: Findings) -> None:
    """Constraint 51: a generation or a usage belongs to an activity."""
    for fact in facts:
        if fact.kind == "wasDerivedFrom" and fact.args[2] == ABSENT and fact.args[3:] != [ABSENT, ABSENT]:
            what = " and ".join(
                word for word, term in zip(("generation", "usage"), fact.args[3:], strict=True) if term != ABSENT
            )
            sentence = f"the derivation names a {what} and no activity that it would belong to"
            found.add(51, sentence, [fact.origin])


def _specialisations(facts: list[Fact], terms: Terms, found: Findings) -> None:
    """Constraint 52, by way of inference 19: nothing specialises itself, directly or around a circle."""
    node: dict[int, int] = {}
    edges: list[tuple[int, int, Fact]] = []
    for fact in facts:
        if fact.kind in ("specializationOf", "mentionOf"):
            specific, general = (node.setdefault(terms.root(term), len(node)) for term in fact.args[:2])
            edges.append((specific, general, fact))
    after: list[list[int]] = [[] for _ in node]
    for specific, general, _ in edges:
        after[specific].append(general)
    knot = components(after)
    circles: dict[int, list[Fact]] = {}
    for specific, general, fact in edges:
        if knot[specific] == knot[general]:
            circles.setdefault(knot[specific], []).append(fact)
    for circle in circles.values():
        sentence = f"{terms.said(circle[0].args[0])} would be a specialisation of itself"
        found.add(52, sentence, [fact.origin for fact in circle])


def _identifiers(facts: list[Fact], terms: Terms, found: Findings) -> None:
    """Constraints 53 and 54: an identifier is of one kind of relation, and of no relation and an element."""
    relations: dict[int, Fact] = {}
    influences: dict[int, Fact] = {}
    for fact in facts:
        if fact.kind in ELEMENTS or fact.kind in UNIDENTIFIED or not terms.is_known(fact.id):
            continue
        term = terms.root(fact.id)
        if fact.kind == "wasInfluencedBy":
            influences.setdefault(term, fact)
            continue
        other = relations.setdefault(term, fact)
        if other.kind != fact.kind:
            sentence = f"{terms.said(term)} identifies a {other.kind} and a {fact.kind}"
            found.add(53, sentence, [other.origin, fact.origin])
    for fact in facts:
        if fact.kind not in ELEMENTS:
            continue
        term = terms.root(fact.id)
        relation = relations.get(term) or influences.get(term)
        if relation is not None:
            sentence = f"{terms.said(term)} identifies a {relation.kind} and an {fact.kind}"
            found.add(54, sentence, [fact.origin, relation.origin])


def _members(facts: list[Fact], statements: list[Statement], terms: Terms, found: Findings) -> None:
    """Constraint 56: an empty collection has no members; a specialisation of one is empty, too (inference 21)."""
    empty: dict[int, Statement] = {}
    for statement in statements:
        if statement.kind == "entity" and statement.id and ("prov:type", Name(_EMPTY)) in statement.attributes:
            empty.setdefault(terms.root(terms.name(statement.id)), statement)
    if not empty:
        return
    specific: dict[int, list[int]] = {}
    for fact in facts:
        if fact.kind in ("specializationOf", "mentionOf"):
            specific.setdefault(terms.root(fact.args[1]), []).append(terms.root(fact.args[0]))
    spread = list(empty)
    while spread:
        general = spread.pop()
        for term in specific.get(general, ()):
            if term not in empty:
                empty[term] = empty[general]
                spread.append(term)
    for fact in facts:
        if fact.kind == "hadMember" and terms.root(fact.args[0]) in empty:
            sentence = f"{terms.said(fact.args[0])} is an empty collection and has a member"
            found.add(56, sentence, [empty[terms.root(fact.args[0])], fact.origin])
