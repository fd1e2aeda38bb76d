"""The oracle: after any history, and at any moment of it, the tables say what the log means."""

from __future__ import annotations

import os
from collections.abc import Callable
from itertools import product

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.storage.drafts import logged, planned
from tests.storage.histories import KEYS, RUNS, VALUES, expressions, histories, live
from tests.storage.oracle import NOUNS, World, fits

from persona.errors import UsageError
from persona.model.filters import Compare, Expression, Field, Not
from persona.model.records import EDGE_KINDS, Draft, Edge, Run
from persona.storage import root
from persona.storage.records import DatabaseRecords

Open = Callable[[], DatabaseRecords]
EXAMPLES = 3 * int(os.environ.get("PERSONA_REPEATS", "10"))
SLOWER = settings(max_examples=EXAMPLES, suppress_health_check=list(HealthCheck))


@SLOWER
@given(history=histories, data=st.data())
def test_any_moment_is_what_the_log_up_to_it_means(
    fresh: Open, history: list[list[Draft]], data: st.DataObject
) -> None:
    records = fresh()
    live(records, history)
    events = list(records.events())
    size = len(events)
    for as_of in sorted({0, size, data.draw(st.integers(0, size)), data.draw(st.integers(0, size))}):
        world = World(events[:as_of])
        asked = as_of if as_of < size or data.draw(st.booleans()) else None
        for noun in NOUNS:
            found = records.find(noun, order="id", deleted=True, as_of=asked)
            assert list(found.items) == world.records(noun)
            assert found.total == len(found.items)
            some = data.draw(st.sets(st.sampled_from([one.id for one in found.items] or ["nothing"])))
            named = records.find(noun, order="id", deleted=True, as_of=asked, id=(*sorted(some), "nothing")).items
            assert list(named) == [one for one in found.items if one.id in some]
            assert records.find(noun, deleted=True, as_of=asked, id=()).items == ()
            assert sorted(records.scan(noun, as_of=asked), key=lambda one: one.id) == list(found.items)
            ids = ["nobody", *(one.id for one in reversed(found.items))]
            assert (
                list(records.get_many(noun, ids, as_of=asked).items()) == [(one.id, one) for one in found.items][::-1]
            )
            for record in found.items:
                assert records.get(noun, record.id, as_of=asked) == record
                assert records.resolve(noun, record.id, as_of=asked) == record
        assert sorted(records.all_edges(as_of=asked)) == sorted(world.edges)
        for name in {end for edge in world.edges for end in (edge.src, edge.dst)}:
            touching = {edge for edge in world.edges if name in (edge.src, edge.dst)}
            assert set(records.edges(name, as_of=asked)) == touching
            leaving = records.ends_of([name], "out", as_of=asked)[name]
            reaching = records.ends_of([name], "in", as_of=asked)[name]
            assert {Edge(name, rel, dst) for rel, ends in leaving.items() for dst in ends} | {
                Edge(src, rel, name) for rel, ends in reaching.items() for src in ends
            } == touching
            assert all(ends and len(ends) == len(set(ends)) for some in (leaving, reaching) for ends in some.values())
            for direction in ("up", "down"):
                graph = records.walk(name, direction, as_of=asked)  # type: ignore[arg-type]
                distances = world.reachable(name, up=direction == "up")
                assert set(records.reach(name, direction, as_of=asked)) == set(distances)  # type: ignore[arg-type]
                some = data.draw(st.lists(st.sampled_from(EDGE_KINDS), min_size=1, unique=True))
                chosen = world.reachable(name, up=direction == "up", rels=some)
                assert set(records.reach(name, direction, as_of=asked, rels=some)) == set(chosen)  # type: ignore[arg-type]
                assert set(records.walk(name, direction, as_of=asked, rels=some).nodes) == set(chosen)  # type: ignore[arg-type]
                assert set(graph.nodes) == set(distances)
                order = [distances[node] for node in graph.nodes]
                assert order == sorted(order)
                inside = {e for e in world.edges if e.src in distances and e.dst in distances}
                assert set(graph.edges) == {e for e in inside if (e.src if direction == "up" else e.dst) in distances}
        for run in RUNS:
            assert records.metrics(run, as_of=asked) == world.series(run)
        assert records.head(as_of=asked).root == root([event.leaf for event in events[:as_of]]).hex()
    records.close()


@SLOWER
@given(history=histories, where=st.lists(expressions, min_size=1, max_size=6), data=st.data())
def test_a_filter_finds_what_it_says(
    fresh: Open, history: list[list[Draft]], where: list[Expression], data: st.DataObject
) -> None:
    records = fresh()
    live(records, history)
    events = list(records.events())
    as_of = data.draw(st.integers(0, len(events)))
    for moment in (None, as_of):
        runs = World(events[:moment]).records(Run)
        for expression in where:
            expected = [run for run in runs if fits(run, expression)]
            found = records.find(Run, expression, order="id", deleted=True, as_of=moment)
            assert list(found.items) == expected, expression
            seen = [run for run in expected if not run.deleted]
            assert list(records.find(Run, expression, order="id", as_of=moment).items) == seen
            assert records.find(Run, expression, limit=0, as_of=moment).total == len(seen)
    records.close()


def test_every_comparison_with_every_value(records: DatabaseRecords) -> None:
    for place, value in enumerate(VALUES):
        records.append([planned(f"run_{place}", params={"a": value}, tags={"a key %_!": value})])
        records.append([logged(f"run_{place}", metrics=[{"key": "a", "value": float(place) / 4}])])
    records.append([planned("run_none", seed=3)])
    runs = World(records.events()).records(Run)
    operators = ("=", "!=", "<", "<=", ">", ">=", "~")
    asked = 0
    for field, operator, value in product(
        (Field("params", "a"), Field("tags", "a key %_!"), Field("metrics", "a"), Field("", "id"), Field("", "seed")),
        operators,
        (*VALUES[:-1], "x" * 399, "run_none", 0.3, 3.0, -100.0, 0.25),
    ):
        if field.family == "metrics" and (operator == "~" or not isinstance(value, float)):
            continue
        expression = Compare(field, operator, value)  # type: ignore[arg-type]
        for tried in (expression, Not(expression)):
            expected = {run.id for run in runs if fits(run, tried)}
            assert {run.id for run in records.find(Run, tried).items} == expected, tried
            asked += bool(expected)
    assert asked > 300


@SLOWER
@given(history=histories, data=st.data())
def test_pages_of_any_order_join_to_the_whole(fresh: Open, history: list[list[Draft]], data: st.DataObject) -> None:
    records = fresh()
    live(records, history)
    fields = [
        "",
        "seed",
        "variant",
        "status",
        "ended_at",
        *(f"{f}.{k}" for f in ("params", "metrics", "tags") for k in KEYS),
    ]
    for field in data.draw(st.lists(st.sampled_from(fields), min_size=1, max_size=5)):
        for order in {field, f"-{field}" if field else ""}:
            whole = records.find(Run, order=order)
            joined: list[Run] = []
            after = None
            while True:
                page = records.find(Run, order=order, limit=2, after=after)
                assert page.total == whole.total
                joined += page.items
                after = page.next
                if after is None:
                    break
            assert joined == list(whole.items)
            check_order(joined, order)
    records.close()


def check_order(runs: list[Run], order: str) -> None:
    """The order is the one promised: by value, absent ones last; texts after numbers."""
    field = order.removeprefix("-")
    family, dot, key = field.partition(".")
    values = []
    for run in runs:
        value = getattr(run, family).get(key) if dot else getattr(run, field or "planned_at")
        values.append(value)
    known = [value for value in values if value is not None]
    assert values[: len(known)] == known
    if dot and family != "metrics":
        known = [text_place(value) for value in known]
    down = order.startswith("-") or not order
    assert known == sorted(known, reverse=down)


def text_place(value: str) -> tuple[bool, float, str]:
    numbers = {"0.3": 0.3, "3": 3.0, "-1e2": -100.0}
    return (value not in numbers, numbers.get(value, 0.0), value[:400])


@SLOWER
@given(history=histories)
def test_rebuilding_changes_nothing(fresh: Open, history: list[list[Draft]]) -> None:
    records = fresh()
    live(records, history)
    assert records.check() == []
    before = {noun: records.find(noun, deleted=True) for noun in NOUNS}
    head = records.head()
    assert records.rebuild() == head.size
    assert {noun: records.find(noun, deleted=True) for noun in NOUNS} == before
    assert records.head() == head
    assert records.check() == []
    records.close()


def test_a_scan_goes_through_everything_in_the_order_of_the_log(fresh: Open) -> None:
    records = fresh()
    runs = [f"run_{number * 7919 % 1201:04d}" for number in range(1201)]
    records.append(
        [planned(run, "p" if at % 3 else "q", edges=(Edge(run, "used", "x"),)) for at, run in enumerate(runs)]
    )
    assert [run.id for run in records.scan(Run)] == runs
    assert [run.id for run in records.scan(Run, project="q")] == runs[::3]
    assert [run.id for run in records.scan(Run, as_of=900)] == runs[:900]
    assert list(records.scan(Run, project="nobody")) == []
    assert list(records.scan(Run, project="q", experiment="")) == list(records.scan(Run, project="q"))
    assert list(records.scan(Run, project="")) == []
    assert list(records.get_many(Run, ["nobody", *runs])) == runs
    assert records.ends_of([*runs, "nobody"], "out") == {run: {"used": ("x",)} for run in runs} | {"nobody": {}}
    assert records.ends_of(["x", "x"], "in") == {"x": {"used": tuple(runs)}}
    assert records.ends_of([], "in") == {}
    assert records.names("run_", 3, oldest=True) == tuple(runs[:3])
    with pytest.raises(UsageError):
        list(records.scan(Run, colour="red"))
