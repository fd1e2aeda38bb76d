"""Nothing comes from itself: a circle of derivations is refused when it would be closed, and so never stands in a log."""

from __future__ import annotations

import os
from collections.abc import Callable

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.storage.drafts import planned
from tests.storage.histories import histories, live, opening
from tests.storage.oracle import NOUNS, World

from persona.errors import InvalidInput, PersonaError
from persona.model.records import DERIVATION, Draft, Edge
from persona.storage.migrations import migrate
from persona.storage.records import DatabaseRecords
from persona.storage.sqlite import open_memory

Open = Callable[[], DatabaseRecords]
REPEATS = int(os.environ.get("PERSONA_REPEATS", "10"))


def in_memory() -> DatabaseRecords:
    engine = open_memory()
    migrate(engine)
    return DatabaseRecords(engine)


def circle(edges: set[Edge]) -> list[str]:
    """Some things that come from themselves; plain Kahn: what is left when whatever nothing comes from is taken away."""
    up: dict[str, set[str]] = {}
    for edge in edges:
        if edge.rel in DERIVATION:
            up.setdefault(edge.src, set()).add(edge.dst)
    left = True
    while left:
        left = False
        for thing in list(up):
            up[thing] &= up.keys()
            if not up[thing]:
                del up[thing]
                left = True
    return sorted(up)


def used(run: str, *things: str) -> Draft:
    return Draft("run.logged", run, {}, tuple(Edge(run, "used", thing) for thing in things))


@pytest.mark.parametrize(
    "closing",
    [
        [used("run_1", "run_1")],
        [used("run_1", "c")],
        [used("run_9", "b"), Draft("thing.noted", "run_1", {"noun": "run", "fields": {}}, (Edge("a", "used", "run_9"),))],
        [Draft("thing.noted", "run_1", {"noun": "run", "fields": {}}, (Edge("x", "used", "y"), Edge("y", "used", "x")))],
        [
            Draft("thing.noted", "run_1", {"noun": "run", "fields": {}}, (Edge("x", "used", "y"), Edge("y", "used", "z"))),
            Draft("thing.noted", "run_1", {"noun": "run", "fields": {}}, (Edge("z", "derived_from", "x"),)),
        ],
    ],
    ids=["a thing from itself", "over what is recorded", "over two events", "inside one event", "inside one append"],
)  # fmt: skip
def test_a_circle_is_refused_and_nothing_is_written(fresh: Open, closing: list[Draft]) -> None:
    records = fresh()
    records.append([*opening, planned("run_9")])
    chain = (Edge("c", "derived_from", "b"), Edge("b", "derived_from", "a"), Edge("a", "generated_by", "run_1"))
    records.append([Draft("thing.noted", "run_1", {"noun": "run", "fields": {}}, chain)])
    before = records.head()
    with pytest.raises(InvalidInput) as caught:
        records.append(closing)
    assert caught.value.code == "lineage-circle"
    assert records.head() == before
    records.append([used("run_9", "c"), used("run_1", "z")])  # the same things in an order that time allows
    assert records.check() == []


def test_parts_and_members_may_hold_each_other(fresh: Open) -> None:
    records = fresh()
    round_ = (Edge("p", "part_of", "q"), Edge("q", "part_of", "p"), Edge("p", "specialisation_of", "q"))
    records.append([Draft("project.created", "p", {"title": "P"}, round_)])
    assert len(records.edges("p")) == 3


def test_a_log_with_a_circle_is_not_believed(fresh: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    records = fresh()
    records.append(opening)
    with monkeypatch.context() as patch:
        patch.setattr("persona.storage.projection.check_no_circle", lambda *_: None)
        records.append([used("run_1", "x"), Draft("run.logged", "run_1", {}, (Edge("x", "generated_by", "run_1"),))])
    found = records.check()
    assert [one.code for one in found] == ["log-meaning"]
    assert "would come from itself" in found[0].message


def test_a_very_long_chain_is_closed_to_circles_too(tmp_path: object) -> None:
    records = in_memory()
    records.append([Draft("project.created", "p", {"title": "P"})])
    for start in range(0, 100_000, 5000):
        edges = tuple(Edge(f"t{at + 1}", "derived_from", f"t{at}") for at in range(start, start + 5000))
        records.append([Draft("project.changed", "p", {"fields": {"at": start}}, edges)])
    assert len(records.reach("t100000", "up")) == 100_001
    with pytest.raises(InvalidInput, match="would come from itself"):
        records.append([Draft("project.changed", "p", {}, (Edge("t0", "derived_from", "t100000"),))])


@settings(max_examples=20 * REPEATS, suppress_health_check=list(HealthCheck), deadline=None)
@given(history=histories, moment=st.floats(0, 1))
def test_no_history_has_a_circle_or_an_end_that_is_not_there(history: list[list[Draft]], moment: float) -> None:
    _histories_hold(history, moment)


@pytest.mark.long
@pytest.mark.timeout(1800)
@settings(max_examples=100 * REPEATS, suppress_health_check=list(HealthCheck), deadline=None)
@given(history=histories, moment=st.floats(0, 1))
def test_ten_thousand_histories(history: list[list[Draft]], moment: float) -> None:
    _histories_hold(history, moment)


def _histories_hold(history: list[list[Draft]], moment: float) -> None:
    records = in_memory()
    live(records, history)
    events = list(records.events())
    k = round(moment * len(events))
    for at in (k, len(events)):
        world = World(events[:at])
        assert circle(world.edges) == []
        seen: set[Edge] = set()
        for name in {end for edge in world.edges for end in (edge.src, edge.dst)}:
            assert records.names(name, 1) == (name,)
            seen.update(records.edges(name, as_of=at))
        assert seen == world.edges
        for noun in NOUNS:
            assert list(records.find(noun, order="id", deleted=True, as_of=at).items) == world.records(noun)
    refused = 0
    for transaction in history:
        again = in_memory()
        try:
            again.append([*opening, *transaction])
        except PersonaError as error:
            if error.code == "lineage-circle":
                refused += 1
                every = {edge for draft in [*opening, *transaction] for edge in draft.edges}
                assert circle(every), "what was refused has a circle"
        again.close()
    records.close()
