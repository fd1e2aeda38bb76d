"""The contract of ``append`` and of reading one record, on every engine."""

from __future__ import annotations

import gc
from collections.abc import Callable

import pytest
from tests.storage.drafts import (
    DIGEST,
    alias,
    artefact,
    finished,
    logged,
    noted,
    planned,
    project,
    started,
    tagged,
    value,
)

from persona.errors import Conflict, InvalidInput, NotFound, PersonaError, UsageError
from persona.model.filters import parse_filter
from persona.model.records import Artefact, Draft, Edge, Participant, Project, Run, Source
from persona.storage.merkle import Frontier, consistency_proof, root, verify_consistency
from persona.storage.records import DatabaseRecords

Open = Callable[[], DatabaseRecords]


def test_events_come_back_as_they_were_written(records: DatabaseRecords) -> None:
    edges = (Edge("run_1", "used", DIGEST), Edge("run_1", "part_of", "p"))
    written = records.append([project(), planned("run_1", params={"a": "1"}, edges=edges)], actor="person:me")
    written += records.append([started("run_1")])
    assert list(records.events()) == list(written)
    assert [event.seq for event in written] == [1, 2, 3]
    assert [event.actor for event in written] == ["person:me", "person:me", ""]
    assert written[1].edges == edges
    assert written[2].valid_from == "2026-01-01T00:00:00.000000Z"
    assert written[0].valid_from == written[0].recorded_at
    assert len({event.id for event in written}) == 3


def test_events_can_be_chosen(records: DatabaseRecords) -> None:
    records.append([project(), planned("run_1"), planned("run_2")])
    records.append([started("run_1"), started("run_2")])
    assert [event.seq for event in records.events(after=1, upto=3)] == [2, 3]
    assert [event.seq for event in records.events(subject="run_1")] == [2, 4]
    assert [event.seq for event in records.events(kind="run.started")] == [4, 5]
    assert [event.seq for event in records.events(kind="run.started", subject="run_2")] == [5]
    assert list(records.events(after=5)) == []


def test_many_events_are_read_a_page_at_a_time(records: DatabaseRecords) -> None:
    records.append([project(), *(planned(f"run_{n:04d}") for n in range(1100))])
    assert [event.seq for event in records.events()] == list(range(1, 1102))
    assert records.find(Run, limit=0).total == 1100


def test_the_head_is_the_root_of_the_leaves_and_only_grows(records: DatabaseRecords) -> None:
    assert records.head().root == Frontier().root().hex()
    sizes = []
    for n in range(9):
        records.append([project(f"p{n}"), project(f"q{n}")][: 1 + n % 2])
        sizes.append(records.head())
    leaves = [event.leaf for event in records.events()]
    assert records.head().root == root(leaves).hex()
    for head in sizes:
        proof = consistency_proof(leaves, head.size)
        assert verify_consistency(head.size, len(leaves), bytes.fromhex(head.root), root(leaves), proof)


def test_a_run_from_plan_to_end(records: DatabaseRecords) -> None:
    records.append([project(), planned("run_1", params={"t": "0.3"}, tags={"who": "me"}, seed=4, fields={"a": 1})])
    records.append([started("run_1")], expect={"run_1": "planned"})
    records.append([logged("run_1", params={"u": "x"}, metrics=[value("loss", 2.0, 0), value("loss", 1.0, 1)])])
    records.append([logged("run_1", metrics=[value("loss", 9.0, 0)], fields={"a": None, "b": {"c": [1]}})])
    records.append([finished("run_1", metrics=[value("acc", 1)])], expect={"run_1": "running"})
    run = records.get(Run, "run_1")
    assert (run.status, run.seed, run.params, run.tags) == ("completed", 4, {"t": "0.3", "u": "x"}, {"who": "me"})
    assert run.metrics == {"loss": 1.0, "acc": 1.0}
    assert run.fields == {"b": {"c": [1]}}
    assert run.started_at == "2026-01-01T00:00:00.000000Z"
    assert run.ended_at == "2026-01-02T00:00:00.000000Z"
    assert [(p.key, p.step, p.value) for p in records.metrics("run_1")] == [
        ("acc", 0, 1.0),
        ("loss", 0, 2.0),
        ("loss", 0, 9.0),
        ("loss", 1, 1.0),
    ]
    assert records.metrics("nobody") == ()


def test_only_one_takes_a_run(records: DatabaseRecords) -> None:
    records.append([project(), planned("run_1")])
    records.append([started("run_1")], expect={"run_1": "planned"})
    with pytest.raises(Conflict, match="the run is running, not planned") as caught:
        records.append([started("run_1")], expect={"run_1": "planned"})
    assert caught.value.data == {"status": "running", "expected": "planned"}
    with pytest.raises(Conflict, match="not recorded"):
        records.append([started("run_9")], expect={"run_9": "planned"})
    assert records.head().size == 3


@pytest.mark.parametrize(
    ("bad", "error"),
    [
        (project(), Conflict),
        (planned("run_1"), Conflict),
        (Draft("run.started", "run_9", {}), NotFound),
        (tagged("run", "run_9"), NotFound),
        (alias("file", "latest", 1), NotFound),
        (noted("source", "source_1", a=1), NotFound),
        (Draft("run.begun", "run_1", {}), InvalidInput),
        (Draft("run.started", "run_1", {"when": "now"}), InvalidInput),
        (Draft("run.finished", "run_1", {"status": "done"}), InvalidInput),
        (Draft("run.logged", "run_1", {"params": {"a": 1}}), InvalidInput),
        (logged("run_1", params={"k" * 201: "x"}), InvalidInput),
        (logged("run_1", metrics=[value("", 1)]), InvalidInput),
        (tagged("run", "run_1", {"": "x"}), InvalidInput),
    ],
)
def test_a_transaction_that_cannot_be_writes_nothing(
    records: DatabaseRecords, bad: Draft, error: type[PersonaError]
) -> None:
    records.append([project(), planned("run_1")])
    before = records.head()
    with pytest.raises(error):
        records.append([project("q"), tagged("run", "run_1", {"a": "b"}), bad, project("r")])
    assert records.head() == before
    assert records.get(Run, "run_1").tags == {}
    assert records.check() == []
    records.append([project("q")])
    assert records.head().size == before.size + 1


@pytest.mark.parametrize("searching", [True, False])
def test_the_search_for_garbage_is_left_as_it_was(records: DatabaseRecords, searching: bool) -> None:
    try:
        (gc.enable if searching else gc.disable)()
        records.append([project()])
        assert gc.isenabled() is searching
        with pytest.raises(Conflict):
            records.append([project()])
        assert gc.isenabled() is searching
    finally:
        gc.enable()


def test_what_begins_and_ends_at_once_is_remembered(records: DatabaseRecords) -> None:
    steps = [
        project(),
        planned("run_1", params={"a": "1"}),
        logged("run_1", params={"a": "2"}, metrics=[value("m", 0.5, 0)]),
        logged("run_1", params={"a": "1"}, metrics=[value("m", 0.25, 1), value("m", 0.5, 2)]),
        started("run_1"),
    ]
    records.append(steps)
    then = [records.get(Run, "run_1", as_of=seq) for seq in (2, 3, 4, 5)]
    assert [run.params["a"] for run in then] == ["1", "2", "1", "1"]
    assert [run.metrics.get("m") for run in then] == [None, 0.5, 0.5, 0.5]
    assert [run.status for run in then] == ["planned", "planned", "planned", "running"]
    found = [records.find(Run, parse_filter('params.a = "1"'), as_of=seq).total for seq in (2, 3, 4, 5)]
    assert found == [1, 0, 1, 1]
    assert records.check() == []


def test_a_person_has_tags_but_no_free_fields(records: DatabaseRecords) -> None:
    records.append([project(), Draft("participant.added", "participant_1", {"project": "p", "card": DIGEST})])
    records.append([tagged("participant", "participant_1", {"group": "a"})])
    assert records.get(Participant, "participant_1").tags == {"group": "a"}
    with pytest.raises(InvalidInput, match="no free fields") as caught:
        records.append([noted("participant", "participant_1", a=1)])
    assert "persona participant tag" in caught.value.hints[0]


def test_aliases_move(records: DatabaseRecords) -> None:
    records.append([project(), artefact("f", 1), artefact("f", 2), artefact("g", 1)])

    def aliases() -> list[tuple[str, ...]]:
        return [records.get(Artefact, f"p/f:v{n}").aliases for n in (1, 2)]

    records.append([alias("f", "latest", 1), alias("f", "approved", 1)])
    assert aliases() == [("approved", "latest"), ()]
    records.append([alias("f", "latest", 2)])
    assert aliases() == [("approved",), ("latest",)]
    records.append([alias("f", "approved", None), alias("f", "latest", 2)])
    assert aliases() == [(), ("latest",)]
    wrong = {"project": "p", "name": "f", "alias": "x", "artefact": "p/g:v1"}
    with pytest.raises(InvalidInput, match="not a version of"):
        records.append([Draft("alias.moved", "p/f", wrong)])
    assert records.get(Artefact, "p/f:v1", as_of=5).aliases == ("latest",)
    assert records.check() == []


def test_a_source_brings_its_documents(records: DatabaseRecords) -> None:
    documents = [
        {"id": f"document_{n}", "digest": DIGEST, "ordinal": n, "turns": 3, "characters": 40, "participants": ["x"]}
        for n in (1, 2)
    ]
    body = {"project": "p", "digest": DIGEST, "media_type": "text/plain", "bytes": 5, "card": DIGEST, "reader": "txt/1"}
    records.append([project(), Draft("source.imported", "source_1", {**body, "documents": documents})])
    assert records.get(Source, "source_1").documents == 2
    twice = [{**documents[0], "id": "document_3"}] * 2
    with pytest.raises(InvalidInput, match="two documents"):
        records.append([Draft("source.imported", "source_2", {**body, "documents": twice})])
    assert records.check() == []


def test_edges_stand_once_however_often_they_are_said(records: DatabaseRecords) -> None:
    edge = Edge("run_1", "used", DIGEST)
    records.append([project(), planned("run_1", edges=(edge, edge))])
    records.append([Draft("run.logged", "run_1", {}, (edge, Edge("run_1", "used", "other")))])
    assert records.edges("run_1") == (Edge("run_1", "used", "other"), edge)
    assert records.edges(DIGEST, "in") == (edge,)
    assert records.edges(DIGEST, "out") == ()
    assert records.edges("run_1", as_of=2) == (edge,)
    assert records.edges("unheard of") == ()


def test_nothing_can_be_changed_in_the_log(records: DatabaseRecords) -> None:
    records.append([project()])
    for statement in ("update event set actor = 'x'", "delete from event"):
        with pytest.raises(PersonaError, match="append-only"):
            records.engine.run(statement)
    assert records.check() == []


def test_an_unknown_id_names_the_nearest(records: DatabaseRecords) -> None:
    records.append([project("ecommerce-research"), project("onboarding")])
    with pytest.raises(NotFound, match="there is no project `ecommerce-reserch`") as caught:
        records.get(Project, "ecommerce-reserch")
    assert caught.value.hints == ("did you mean `ecommerce-research`?", "see what there is: `persona project list`")
    with pytest.raises(NotFound, match="as of event 0"):
        records.get(Project, "onboarding", as_of=0)


def test_a_prefix_names_one_record_or_is_refused(records: DatabaseRecords) -> None:
    records.append([project(), project("q"), planned("run_a1"), planned("run_a2", "q"), planned("run_b")])
    assert records.resolve(Run, "run_b").id == "run_b"
    assert records.resolve(Run, "run_a", project="q").id == "run_a2"
    records.append([planned("run_a")])
    assert records.resolve(Run, "run_a").id == "run_a"
    with pytest.raises(UsageError, match="beginning of several") as caught:
        records.resolve(Run, "run_")
    assert caught.value.place == "run_a, run_a1, run_a2, run_b"
    with pytest.raises(NotFound):
        records.resolve(Run, "run_c")
    with pytest.raises(UsageError):
        records.resolve(Run, "")
    records.append([Draft("run.deleted", "run_b", {})])
    assert records.resolve(Run, "run_b").deleted


@pytest.mark.parametrize("odd", ["%", "_", "'", '"; drop table run; --', "?", "%s", "ä", "\U0001f600"])
def test_odd_characters_are_only_characters(records: DatabaseRecords, odd: str) -> None:
    records.append([project(), planned(f"run_{odd}", params={odd: odd}, tags={odd: odd}, experiment=odd)])
    assert records.get(Run, f"run_{odd}").params == {odd: odd}
    assert records.resolve(Run, f"run_{odd}").tags == {odd: odd}
    assert records.find(Run, experiment=odd).total == 1
    assert records.find(Run, experiment=odd + "x").total == 0
    assert records.check() == []


def test_a_text_that_is_no_unicode_is_refused(records: DatabaseRecords) -> None:
    with pytest.raises(PersonaError):
        records.get(Project, "\udcff")
    with pytest.raises(PersonaError):
        records.find(Run, experiment="\udcff")
