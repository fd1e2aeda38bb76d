"""Histories that can be true stay so, and what is planted to break each constraint is found and named."""

from __future__ import annotations

from collections.abc import Iterable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from persona.lineage.constraints.check import check
from persona.lineage.constraints.normal import Normal
from persona.lineage.constraints.ordering import graph_of
from persona.lineage.constraints.rules import NAMES, Findings
from persona.lineage.constraints.terms import Terms
from persona.lineage.prov.formats import read_prov
from persona.lineage.prov.held import Held
from persona.model.prov import FORMS, Kind, Statement


def account(statements: Iterable[Statement]) -> Held:
    by_kind: dict[Kind, list[Statement]] = {}
    for one in statements:
        by_kind.setdefault(one.kind, []).append(one)
    return Held({"ex": "http://example.org/"}, {None: by_kind})


def told(text: str) -> Held:
    return read_prov(f"document\nprefix ex <http://example.org/>\n{text}\nendDocument".encode(), "planted.provn")


AROUND = "entity(ex:e1) entity(ex:e2) entity(ex:x) activity(ex:a1) activity(ex:a2) agent(ex:g) "
BACK = "wasDerivedFrom(ex:e1, ex:e2) "
"""The generation of e2 comes strictly before that of e1: each history below closes the circle from e1 to e2."""

PLANTED = {
    22: "activity(ex:a, 2025-01-01T00:00:00, -) activity(ex:a, 2025-01-02T00:00:00, -)",
    23: "used(ex:u; ex:a1, ex:e1, -) used(ex:u; ex:a2, ex:e1, -)",
    24: "wasGeneratedBy(ex:g1; ex:e, ex:a, -) wasGeneratedBy(ex:g2; ex:e, ex:a, -)",
    25: "wasInvalidatedBy(ex:i1; ex:e, ex:a, -) wasInvalidatedBy(ex:i2; ex:e, ex:a, -)",
    26: "wasStartedBy(ex:s1; ex:a, -, ex:b, -) wasStartedBy(ex:s2; ex:a, -, ex:b, -)",
    27: "wasEndedBy(ex:s1; ex:a, -, ex:b, -) wasEndedBy(ex:s2; ex:a, -, ex:b, -)",
    28: "activity(ex:a, 2025-01-01T00:00:00, -) wasStartedBy(ex:a, -, -, 2025-01-02T00:00:00)",
    29: "activity(ex:a, -, 2025-01-01T00:00:00) wasEndedBy(ex:a, -, -, 2025-01-02T00:00:00)",
    51: "wasDerivedFrom(ex:e2, ex:e1, -, ex:g, -)",
    52: "specializationOf(ex:e1, ex:e2) specializationOf(ex:e2, ex:e3) specializationOf(ex:e3, ex:e1)",
    53: "used(ex:r; ex:a, ex:e, -) wasGeneratedBy(ex:r; ex:e, ex:a, -)",
    54: "entity(ex:r) used(ex:r; ex:a, ex:e, -)",
    55: "entity(ex:a) used(ex:a, ex:e, -)",
    56: "entity(ex:c, [prov:type='prov:EmptyCollection']) hadMember(ex:c, ex:e)",
}

# To close the circle, an event must come after another although it says nothing of its own. `wasEndedBy(a, y)` and a
# derivation lead from the end of an activity to no generation, so the ways back go over these: a generation that
# triggers a start (43), a start before what the activity generates (34), a derivation from an entity (41).
CIRCLES = {
    (34, 43): "wasStartedBy(ex:a1, ex:e1, -, -) wasGeneratedBy(ex:e2, ex:a1, -)",
    (37, 41): "wasDerivedFrom(ex:e2, ex:e1, ex:a1, -, -)",
    (42,): "wasDerivedFrom(ex:e2, ex:e1)",
    (45,): "specializationOf(ex:e2, ex:e1)",
    (48,): "wasAttributedTo(ex:e2, ex:e1)",
    (43, 48): "wasStartedBy(ex:a1, ex:e1, -, -) wasAttributedTo(ex:e2, ex:a1)",
    (34, 43, 48): "wasGeneratedBy(ex:x, ex:a1, -) wasStartedBy(ex:a1, ex:e1, -, -) wasAttributedTo(ex:e2, ex:x)",
}


@pytest.mark.parametrize("number", PLANTED)
def test_what_is_planted_is_found_and_named(number: int) -> None:
    verdict = check(told(PLANTED[number]))
    assert [one.constraint for one in verdict.violations] == [number]
    assert verdict.violations[0].name == NAMES[number]
    assert verdict.violations[0].statements


@pytest.mark.parametrize("numbers", CIRCLES, ids=str)
def test_a_circle_of_events_is_found_and_its_constraints_are_named(numbers: tuple[int, ...]) -> None:
    assert check(told(AROUND + CIRCLES[numbers])).valid
    (found,) = check(told(AROUND + CIRCLES[numbers] + BACK)).violations
    assert found.constraint == 42
    assert {42, *found.others} <= {42, *range(30, 50)}
    assert set(found.others) <= set(numbers)
    assert "wasDerivedFrom(ex:e1, ex:e2, -, -, -)" in found.statements


# Nothing comes after an end or an invalidation by itself: what says so is seen in the edges of the graph.
EDGES = {
    30: ("activity(ex:a)", {("start a", "end a")}),
    33: ("activity(ex:a) used(ex:u; ex:a, ex:e, -)", {("start a", "usage u"), ("usage u", "end a")}),
    34: ("activity(ex:a) wasGeneratedBy(ex:e, ex:a, -)", {("start a", "generation e"), ("generation e", "end a")}),
    35: ("activity(ex:a) activity(ex:b) wasInformedBy(ex:b, ex:a)", {("start a", "end b")}),
    36: ("entity(ex:e)", {("generation e", "invalidation e")}),
    37: ("entity(ex:e) used(ex:u; ex:a, ex:e, -)", {("generation e", "usage u")}),
    38: ("entity(ex:e) used(ex:u; ex:a, ex:e, -)", {("usage u", "invalidation e")}),
    41: ("wasDerivedFrom(ex:f, ex:e, ex:a, -, ex:u)", {("usage u", "generation f")}),
    42: ("entity(ex:e) entity(ex:f) wasDerivedFrom(ex:f, ex:e)", {("generation e", "generation f")}),
    43: (
        "entity(ex:e) wasStartedBy(ex:a, ex:e, ex:b, -)",
        {("generation e", "start a"), ("start a", "invalidation e")},
    ),
    44: ("entity(ex:e) wasEndedBy(ex:a, ex:e, ex:b, -)", {("generation e", "end a"), ("end a", "invalidation e")}),
    45: ("entity(ex:e) entity(ex:f) specializationOf(ex:f, ex:e)", {("generation e", "generation f")}),
    46: ("entity(ex:e) entity(ex:f) specializationOf(ex:f, ex:e)", {("invalidation f", "invalidation e")}),
    47: (
        "activity(ex:a) activity(ex:g) wasAssociatedWith(ex:a, ex:g, -)",
        {("start a", "end g"), ("start g", "end a")},
    ),
    48: ("activity(ex:g) entity(ex:e) wasAttributedTo(ex:e, ex:g)", {("start g", "generation e")}),
    49: ("entity(ex:g) entity(ex:h) actedOnBehalfOf(ex:g, ex:h)", {("generation h", "invalidation g")}),
}


@pytest.mark.parametrize("number", EDGES)
def test_each_constraint_of_order_draws_its_edges(number: int) -> None:
    text, wanted = EDGES[number]
    assert {(before, after) for one, before, after in edges_of(told(text)) if one == number} == wanted


@pytest.mark.parametrize("agent", ["entity(ex:g)", "wasGeneratedBy(ex:g, -, -) wasInvalidatedBy(ex:g, -, -)"])
def test_agents_that_are_entities_live_while_they_act(agent: str) -> None:
    edges = set(edges_of(told(f"activity(ex:a) {agent} wasAssociatedWith(ex:a, ex:g, -)")))
    assert {(47, "start a", "invalidation g"), (47, "generation g", "end a")} <= edges


def edges_of(held: Held) -> list[tuple[int, str, str]]:
    """The edges of the graph of events, by the constraint that draws them."""
    terms = Terms(held.namespaces)
    normal = Normal(terms, Findings())
    normal.take(one for kind in FORMS for one in held.statements(kind))
    events = graph_of(list(normal.facts()), terms)
    words = ("generation", "invalidation", "start", "end", "usage")
    said = {
        node: f"{words[event]} {terms.said(term).removeprefix('ex:')}" for (event, term), node in events.nodes.items()
    }
    return [(edge.number, said[edge.before], said[edge.after]) for edge in events.edges]


def test_an_event_that_nothing_speaks_of_orders_nothing() -> None:
    circle = "wasDerivedFrom(ex:e1, ex:e2) wasDerivedFrom(ex:e2, ex:e1) "
    assert check(told(circle)).valid
    assert not check(told(circle + "entity(ex:e1) wasGeneratedBy(ex:e2, -, -)")).valid


def test_a_variable_is_joined_with_what_is_known_only_later() -> None:
    """A start that leaves its starter out is the start of the same name, so that its trigger has two generations."""
    text = (
        "wasStartedBy(ex:s; ex:a, ex:e, -, -) wasStartedBy(ex:s; ex:a, -, ex:b, -) wasGeneratedBy(ex:g; ex:e, ex:b, -)"
    )
    assert check(told(text)).valid
    derived = " wasDerivedFrom(ex:e, ex:f, ex:b, ex:h, -)"
    assert [one.constraint for one in check(told(text + derived)).violations] == [24]


def test_an_influence_is_that_of_the_statement_of_its_name() -> None:
    assert check(told("used(ex:u; ex:a, ex:e, -) wasInfluencedBy(ex:u; ex:a, ex:e)")).valid
    found = check(told("used(ex:u; ex:a, ex:e, -) wasInfluencedBy(ex:u; ex:a, ex:f)")).violations
    assert [one.constraint for one in found] == [23]


def test_equal_instants_are_equal_in_every_time_zone() -> None:
    text = "activity(ex:a, 2025-01-01T12:00:00Z, -) activity(ex:a, 2025-01-01T{}, -)"
    assert check(told(text.format("14:00:00.000+02:00"))).valid
    assert not check(told(text.format("14:00:00.000+01:00"))).valid


def test_names_are_equal_by_their_uri() -> None:
    held = told("prefix fx <http://example.org/f/> entity(fx:x) activity(ex:f\\:x) entity(ex:g/x) activity(ex:g/x)")
    assert [one.sentence for one in check(held).violations] == ["ex:g/x is an entity and an activity"]
    assert not check(told("prefix fx <http://example.org/f/> entity(fx:x) activity(ex:f/x)")).valid


@st.composite
def histories(draw: st.DrawFn) -> list[Statement]:
    """Steps one after the other: each uses what is there, ends, and leaves things that rest on what it used."""
    steps = draw(st.integers(1, 12))
    found = [Statement("agent", "ex:ada"), Statement("entity", "ex:e0")]
    there = ["ex:e0"]
    for step in range(steps):
        activity = f"ex:a{step}"
        at = f"2025-01-{step + 1:02}T00:00:00"
        stated = draw(st.booleans())
        if stated:
            found.append(Statement("activity", activity, (at, None)))
        if step and draw(st.booleans()):
            found.append(Statement("wasInformedBy", None, (activity, f"ex:a{draw(st.integers(0, step - 1))}")))
        found.append(Statement("wasAssociatedWith", None, (activity, "ex:ada", None)))
        used = draw(st.lists(st.sampled_from(there), max_size=3, unique=True))
        for number, entity in enumerate(used):
            found.append(Statement("used", f"ex:u{step}.{number}", (activity, entity, None)))
        made = f"ex:e{step + 1}"
        if draw(st.booleans()):
            found.append(Statement("entity", made))
        found.append(Statement("wasGeneratedBy", f"ex:g{step}", (made, activity, None)))
        if draw(st.booleans()):
            found.append(Statement("wasGeneratedBy", f"ex:g{step}", (made, None, at)))
        for number, entity in enumerate(used):
            full = draw(st.booleans())
            more = (activity, f"ex:g{step}", f"ex:u{step}.{number}") if full else (None, None, None)
            found.append(Statement("wasDerivedFrom", None, (made, entity, *more)))
        if used and draw(st.booleans()):
            found.append(Statement("specializationOf", None, (made, used[0])))
        there.append(made)
    return draw(st.permutations(found))


@given(histories())
def test_histories_that_happened_can_be_true(history: list[Statement]) -> None:
    assert check(account(history)).violations == ()


@settings(max_examples=50)
@given(histories(), st.sampled_from(sorted(PLANTED)))
def test_what_is_planted_is_found_in_any_history(history: list[Statement], number: int) -> None:
    planted = read_prov(
        f"document prefix ex <http://example.org/planted/> {PLANTED[number]} endDocument".encode(), "p.provn"
    )
    foul = [
        one._replace(
            id=one.id and one.id.replace("ex:", "ex:planted/"),
            arguments=tuple(each and each.replace("ex:", "ex:planted/") for each in one.arguments),
        )
        for kind in FORMS
        for one in planted.statements(kind)
    ]
    found = check(account([*history, *foul])).violations
    assert {one.constraint for one in found} == {number}


@settings(max_examples=50)
@given(histories(), st.data())
def test_a_step_that_rests_on_its_own_future_is_found(history: list[Statement], data: st.DataObject) -> None:
    derived = [one for one in history if one.kind == "wasDerivedFrom"]
    there = {one.id for one in history if one.kind == "entity"} | {
        one.arguments[0] for one in history if one.kind == "wasGeneratedBy"
    }
    if not derived:
        return
    one = data.draw(st.sampled_from(derived))
    back = Statement("wasDerivedFrom", None, (one.arguments[1], one.arguments[0], None, None, None))
    verdict = check(account([*history, back]))
    assert one.arguments[1] in there
    assert {each.constraint for each in verdict.violations} == {42}


@pytest.mark.parametrize("shape", ["chain", "circle", "specialisations", "same key", "starts"])
def test_long_chains_need_no_recursion(shape: str) -> None:
    count = 10_000
    entities = [Statement("entity", f"ex:e{at}") for at in range(count)]
    around = [(f"ex:e{(at + 1) % count}", f"ex:e{at}") for at in range(count)]
    derived = [Statement("wasDerivedFrom", None, (*pair, None, None, None)) for pair in around]
    shapes = {
        "chain": [*entities, *derived[:-1]],
        "circle": [*entities, *derived],
        "specialisations": [*entities, *(Statement("specializationOf", None, pair) for pair in around)],
        "same key": [Statement("wasGeneratedBy", None, ("ex:e", "ex:a", None)) for _ in range(count)],
        "starts": [Statement("wasStartedBy", "ex:s", ("ex:a", None, None, None)) for _ in range(count)],
    }
    verdict = check(account(shapes[shape]))
    assert verdict.found == (1 if shape in ("circle", "specialisations") else 0)
    if shape == "circle":
        assert verdict.violations[0].concerned == count
        assert len(verdict.violations[0].statements) == 12
