"""Events of OpenLineage are taken in: ours and those of others, every event, run, job, dataset and facet counted."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from persona.errors import InvalidInput, PersonaError
from persona.lineage.foreign.openlineage import NO_FACET, told_by_events
from persona.lineage.foreign.told import CIRCLE, total
from persona.model.records import DERIVATION, Run, Source
from persona.workspace import Workspace


def event(run: str, inputs: list[Any] = [], outputs: list[Any] = [], **more: Any) -> dict[str, Any]:  # noqa: B006
    job = {"namespace": "agency", "name": f"job of {run}"}
    return {
        "eventType": "COMPLETE", "eventTime": "2026-01-16T10:00:00Z", "run": {"runId": run, **more}, "job": job,
        "inputs": inputs, "outputs": outputs, "producer": "urn:them", "schemaURL": "urn:schema",
    }  # fmt: skip


def dataset(name: str, version: str = "", **facets: Any) -> dict[str, Any]:
    if version:
        facets["version"] = {"datasetVersion": version}
    return {"namespace": "agency", "name": name, "facets": facets}


def counted(events: list[dict[str, Any]]) -> int:
    """How much the events say, counted without the reader: see its docstring."""
    found = 0
    for one in events:
        found += 1
        for key in ("run", "job", "dataset"):
            if key in one:
                found += 1 + (key == "job" and "run" in one) + _facets(one[key])
        found += sum(1 + _facets(item) for side in ("inputs", "outputs") for item in one.get(side, ()))
    return found


def _facets(one: dict[str, Any]) -> int:
    found = 0
    for member in ("facets", "inputFacets", "outputFacets"):
        for name, facet in one.get(member, {}).items():
            named: set[tuple[str, str]] = set()
            if name in ("columnLineage", "lineage"):
                for field in [*facet.get("fields", {}).values(), {"inputs": facet.get("inputs", [])}]:
                    items = [*field.get("inputFields", []), *field.get("inputs", [])]
                    named |= {(item["namespace"], item["name"]) for item in items}
            found += len(named) or 1
    return found


def test_runs_use_and_make_datasets(ws: Workspace, tmp_path: Path) -> None:
    digest = ws._context.records.find(Source).items[0].digest
    column = {"fields": {"goal": {"inputFields": [{"namespace": "agency", "name": "raw", "field": "text"}]}}}
    made = dataset("report", "7", columnLineage=column, documentation={"description": "ours"})
    events = [event("r1", [dataset("raw", digest)], [made], facets={"parent": {"run": {"runId": "r0"}}})]
    path = tmp_path / "events.ndjson"
    path.write_text("\n".join(map(json.dumps, [*events, event("r2", [dataset("report", "7")])])))
    view = ws.imports.openlineage(path)
    assert (view.kinds, view.linked) == ({"entity": 4, "activity": 3}, 1)
    assert view.statements == counted([*events, event("r2", [dataset("report", "7")])]) == view.taken + view.lost
    assert [(one.statement, one.reason) for one in view.losses] == [("output facet documentation", NO_FACET)]
    names = {one.label: one.id for one in ws.imports.things(view.id)}
    up = {one.id for one in ws.lineage.walk(names["job of r2"], "up", depth=None).things}
    assert up >= {names["report"], names["job of r1"], names["raw"], ws._context.records.find(Source).items[0].id}
    assert names["r0"] not in up
    assert ws.verify().ok


def test_a_dataset_that_is_somewhere_named_without_a_version_is_one_thing(tmp_path: Path) -> None:
    events = [event("r1", [], [dataset("a", "1")]), event("r2", [dataset("a")], [dataset("b")])]
    told = told_by_events(json.dumps(events).encode(), "x")
    told.settle()
    assert sorted(one.name for one in told.things if one.key.startswith("dataset")) == ["agency a", "agency b"]
    both = told_by_events(json.dumps([event("r1", [dataset("a")], [dataset("a")])]).encode(), "x")
    both.settle()
    assert {(one.statement, one.reason) for one in both.lost} == {("input", CIRCLE), ("output", CIRCLE)}


def test_our_own_events_go_elsewhere_and_come_home(ws: Workspace, other: Workspace, tmp_path: Path) -> None:
    ws.generate(flags={"count": 1})
    path = tmp_path / "events.ndjson"
    ws.openlineage.write(path)
    events = [json.loads(line) for line in path.read_text().splitlines()]
    away = other.imports.openlineage(path)
    assert away.statements == counted(events) == away.taken + away.lost
    assert {one.reason for one in away.losses} == {NO_FACET}
    assert away.kinds["activity"] >= len({one["run"]["runId"] for one in events if "run" in one})
    assert away.linked == 0
    home = ws.imports.openlineage(path)
    run, source = ws._context.records.find(Run).items[0].id, ws._context.records.find(Source).items[0].id
    assert home.linked >= 3
    for id in (run, source):
        assert any(edge.rel == "alternate_of" for edge, _ in ws.lineage.show(id).out)
    assert ws.verify().ok
    assert other.verify().ok


def test_the_published_example_is_read_and_examples_of_facets_are_refused(shared: Path) -> None:
    folder = shared / "data/conformance/openlineage/examples"
    told = told_by_events((folder / "example_full_event.json").read_bytes(), "example")
    told.settle()
    assert sum(told.said.values()) == counted([json.loads((folder / "example_full_event.json").read_text())])
    assert {one.kind for one in told.things} == {"entity", "activity"}
    facets = sorted(folder.glob("*DatasetFacet/*.json"))
    assert len(facets) >= 10
    for path in facets:
        with pytest.raises(InvalidInput, match="no event of OpenLineage"):
            told_by_events(path.read_bytes(), path.name)


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "import-syntax"),
        (b"[]", "import-empty"),
        (b"hello", "import-syntax"),
        (b"5", "import-shape"),
        (b'{"a": 1}', "import-shape"),
        (b'{"run": 5}', "import-shape"),
        (b'{"run": {}}\n{"broken', "import-syntax"),
        (b"[" * 300_000, "prov-limit"),
        (b'{"run":{"runId":"a"},"job":' + b'{"x":' * 5000 + b"1" + b"}" * 5001, "prov-limit"),
        (b"\xff\xfe{}", "import-syntax"),
    ],
)
def test_what_is_no_event_is_refused_with_its_place(ws: Workspace, tmp_path: Path, data: bytes, code: str) -> None:
    path = tmp_path / "events.json"
    path.write_bytes(data)
    head = ws._context.records.head()
    with pytest.raises(PersonaError) as found:
        ws.imports.openlineage(path)
    assert found.value.code == code
    assert "events.json" in str(found.value.place)
    assert ws._context.records.head() == head


leaves = st.none() | st.booleans() | st.integers() | st.text(max_size=5)
junk = st.recursive(leaves, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner))
named = st.builds(dataset, st.sampled_from("abc"), st.sampled_from(["", "1", "2"]))
odd = st.lists(named | junk, max_size=4)


@given(st.lists(st.builds(event, st.sampled_from(["r1", "r2", "r3"]), odd, odd, facets=junk), min_size=1, max_size=8))
def test_any_shape_is_read_without_a_fall_and_leaves_no_circle(events: list[dict[str, Any]]) -> None:
    told = told_by_events(json.dumps(events).encode(), "drawn")
    order = told.settle()
    place = {at: number for number, at in enumerate(order)}
    assert sorted(place) == list(range(len(told.things)))
    assert all(place[one.dst] < place[one.src] for one in told.relations if one.rel in DERIVATION)
    assert total(told.lost) + len(told.relations) <= sum(told.said.values())


@given(st.lists(st.builds(event, st.sampled_from(["r1", "r2"]), st.lists(named), st.lists(named)), max_size=6))
def test_what_is_taken_and_lost_is_what_the_events_say(events: list[dict[str, Any]]) -> None:
    told = told_by_events(json.dumps(events).encode(), "drawn")
    told.settle()
    assert sum(told.said.values()) == counted(events)
