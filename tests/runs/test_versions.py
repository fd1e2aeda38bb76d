"""What a new version of an output records, and that a memory which is out of date never leads to a wrong one."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.runs.making import started

from persona.errors import Conflict
from persona.model.canonical import digest_of
from persona.model.records import Artefact, Draft, Edge
from persona.runs.artefacts import Newest, Output, alias_draft, append_outputs, latest, log_drafts
from persona.runs.plan import Belonging, record_plan
from persona.storage import Records, open_records
from persona.workspace import Workspace

ALTERNATE = """
import sys
from persona.workspace import Workspace
with Workspace.open(sys.argv[1]) as ws:
    print("ready", flush=True)
    for line in sys.stdin:
        with ws.run.start() as run:
            run.log_bytes(line.strip().encode(), "model")
        print(ws.run.show(run.id).outputs[0].id, flush=True)
"""


@pytest.fixture
def records(tmp_path: Path) -> Iterator[Records]:
    opened = open_records(tmp_path / "w.db", create=True)
    for project in ("p", "q"):
        body = {"title": project, "status": "active", "file": None, "fields": {}, "tags": {}}
        opened.append([Draft("project.created", project, body)])
    yield opened
    assert opened.check() == []
    opened.close()


@pytest.fixture
def rival(records: Records, tmp_path: Path) -> Iterator[Records]:
    """Another program with the same records open."""
    opened = open_records(tmp_path / "w.db")
    yield opened
    opened.close()


def out(data: bytes, name: str = "model", **more: Any) -> Output:
    return Output(name, "data", digest_of(data), len(data), f"output/{name}", **more)


def log(records: Records, *outputs: Output, project: str = "p", run: str | None = None, **more: Any) -> list[str]:
    return append_outputs(records, project, run, outputs, lambda _: [], actor="me", **more)


def a_run(records: Records) -> str:
    return record_plan(
        records, Belonging("p"), recipe=None, seed=None, params={}, tags={}, used=[], agents=[], actor="me",
        then=[("run.started", {"at": "2026-01-01T00:00:00.000000Z", "fields": {}})],
    )  # fmt: skip


def edges(records: Records, id: str) -> set[tuple[str, str]]:
    return {(edge.rel, edge.dst) for edge in records.edges(id, "out")}


def test_a_version_says_what_it_is_and_where_it_comes_from(records: Records) -> None:
    run = a_run(records)
    log(records, out(b"one"), run=run)
    log(records, out(b"three", derived_from=("p/model:v1", "sha256:x"), fields={"rows": 3}))
    first, second = (records.get(Artefact, f"p/model:v{n}") for n in (1, 2))
    assert (first.run, first.version, first.bytes, first.fields) == (run, 1, 3, {})
    assert (second.run, second.version, second.bytes, second.fields) == (None, 2, 5, {"rows": 3})
    assert (second.project, second.name, second.kind, second.path) == ("p", "model", "data", "output/model")
    assert second.digest == digest_of(b"three")
    assert edges(records, "p/model:v1") == {("generated_by", run)}
    assert edges(records, "p/model:v2") == {
        ("derived_from", "p/model:v1"),
        ("derived_from", "sha256:x"),
        ("revision_of", "p/model:v1"),
    }
    assert (first.aliases, second.aliases) == ((), ("latest",))


def test_an_alias_that_a_person_gave_stays_and_latest_moves(records: Records) -> None:
    log(records, out(b"one"))
    records.append([alias_draft("p", "model", "approved", "p/model:v1")])
    log(records, out(b"two"))
    assert records.get(Artefact, "p/model:v1").aliases == ("approved",)
    assert records.get(Artefact, "p/model:v2").aliases == ("latest",)
    records.append([alias_draft("p", "model", "approved", None)])
    assert records.get(Artefact, "p/model:v1").aliases == ()


def test_a_name_is_counted_in_its_project_even_by_one_memory(records: Records) -> None:
    known: dict[str, Newest] = {}
    made = [log(records, out(b"%d" % n), project="pq"[n % 2], known=known) for n in range(6)]
    assert [id for (id,) in made] == [
        "p/model:v1",
        "q/model:v1",
        "p/model:v2",
        "q/model:v2",
        "p/model:v3",
        "q/model:v3",
    ]
    same = [log(records, out(b"4"), project=project, known=known) for project in "pq"]
    assert same == [["p/model:v3"], ["q/model:v4"]]
    assert {id: one.version for id, one in known.items()} == {"p/model": 3, "q/model": 4}


def test_a_memory_many_versions_behind(records: Records, rival: Records) -> None:
    known: dict[str, Newest] = {}
    log(records, out(b"mine"), known=known)
    for n in range(5):
        log(rival, out(b"theirs %d" % n))
    assert log(records, out(b"mine again"), known=known) == ["p/model:v7"]
    assert ("revision_of", "p/model:v6") in edges(records, "p/model:v7")
    assert known == {"p/model": latest(records, "p", "model")}


def test_bytes_equal_to_what_another_program_made_meanwhile_are_that_version(records: Records, rival: Records) -> None:
    known: dict[str, Newest] = {}
    log(records, out(b"a"), known=known)
    log(rival, out(b"b"))
    assert log(records, out(b"b"), known=known) == ["p/model:v2"]
    log(rival, out(b"c"))
    assert log(records, out(b"b"), known=known) == ["p/model:v4"], "b is not the newest any more"
    assert records.find(Artefact).total == 4


def test_bytes_equal_to_what_is_remembered_are_looked_up_before_that_is_believed(
    records: Records, rival: Records
) -> None:
    known: dict[str, Newest] = {}
    log(records, out(b"a"), known=known)
    log(rival, out(b"b"))
    assert log(records, out(b"a"), known=known) == ["p/model:v3"]
    assert records.get(Artefact, "p/model:v3").aliases == ("latest",)


def test_several_names_of_which_one_is_out_of_date_are_recorded_together(records: Records, rival: Records) -> None:
    known: dict[str, Newest] = {}
    log(records, out(b"a", "left"), out(b"a", "right"), known=known)
    log(rival, out(b"x", "right"))
    asked: list[list[str]] = []

    def then(ids: list[str]) -> list[Draft]:
        asked.append(ids)
        return [alias_draft("p", "left", "paired", ids[0])]

    outputs = [out(b"b", "left"), out(b"b", "right")]
    made = append_outputs(records, "p", None, outputs, then, actor="me", known=known)
    assert made == asked[-1] == ["p/left:v2", "p/right:v3"]
    assert asked[0] == ["p/left:v2", "p/right:v2"], "the first try knew no better"
    assert records.get(Artefact, "p/left:v2").aliases == ("latest", "paired")
    assert [one.id for one in records.find(Artefact, name="left").items] == ["p/left:v1", "p/left:v2"]


def test_a_run_that_makes_the_bytes_again_is_noted_once_a_time_and_makes_nothing(records: Records) -> None:
    first, second = a_run(records), a_run(records)
    log(records, out(b"a"), run=first)
    before = records.head().size
    assert log(records, out(b"a"), out(b"a", "copy"), run=first) == ["p/model:v1", "p/copy:v1"]
    assert records.head().size == before + 1, "its own bytes again are nothing new"
    log(records, out(b"a"), run=second)
    assert edges(records, "p/model:v1") == {("generated_by", first), ("generated_by", second)}
    assert records.get(Artefact, "p/model:v1").run == first
    size = records.head().size
    assert log(records, out(b"a")) == ["p/model:v1"]
    assert records.head().size == size


def test_a_run_that_has_ended_records_no_output_and_is_not_tried_again(records: Records) -> None:
    run = a_run(records)
    body = {"status": "completed", "at": "2026-01-01T00:00:00.000000Z", "error": None, "metrics": [], "fields": {}}
    records.append([Draft("run.finished", run, body)])
    tries = 0

    def then(_: list[str]) -> list[Draft]:
        nonlocal tries
        tries += 1
        return []

    known = {"p/other": Newest("p/other:v1", 1, "sha256:0", None)}
    with pytest.raises(Conflict) as caught:
        append_outputs(records, "p", run, [out(b"a")], then, actor="me", expect={run: "running"}, known=known)
    assert (caught.value.code, tries, known) == ("run-status", 1, {})
    assert records.find(Artefact).total == 0


@pytest.mark.parametrize("error", [KeyboardInterrupt(), MemoryError(), RuntimeError("x")])
def test_an_error_on_the_way_writes_nothing_and_is_forgotten(records: Records, error: BaseException) -> None:
    known: dict[str, Newest] = {}
    log(records, out(b"a"), known=known)
    before = records.head()

    def failing(ids: list[str]) -> list[Draft]:
        assert ids == ["p/model:v2"]
        raise error

    with pytest.raises(type(error)):
        append_outputs(records, "p", None, [out(b"b")], failing, actor="me", known=known)
    assert known == {}
    assert records.head() == before
    assert log(records, out(b"c"), known=known) == ["p/model:v2"]


def test_drafts_alone_write_nothing(records: Records) -> None:
    before = records.head()
    drafts, ids = log_drafts(records, "p", None, [out(b"a"), out(b"b"), out(b"b", "other")])
    assert ids == ["p/model:v1", "p/model:v2", "p/other:v1"]
    assert [draft.subject for draft in drafts] == ids
    assert Edge("p/model:v2", "revision_of", "p/model:v1") in drafts[1].edges
    assert records.head() == before
    assert latest(records, "p", "model") is None


def test_two_processes_in_turn_number_their_versions_in_a_row(tmp_path: Path) -> None:
    """Each keeps a memory of its own, and each is out of date whenever the other was the last."""
    with Workspace.init(tmp_path / "ws") as ws:
        ws.project.create("Shop")
        turns = [(0, "a"), (0, "b"), (1, "c"), (1, "c"), (0, "d"), (1, "d"), (0, "b"), (1, "b"), (1, "a"), (0, "d")]
        two = [started(ALTERNATE, ws.root) for _ in range(2)]
        told = []
        for one in two:
            assert one.stdout
            assert one.stdout.readline() == "ready\n"
        for who, data in turns:
            stdin, stdout = two[who].stdin, two[who].stdout
            assert stdin
            assert stdout
            stdin.write(f"{data}\n")
            stdin.flush()
            told.append(stdout.readline().strip().rpartition(":")[2])
        for one in two:
            _, errors = one.communicate()
            assert one.returncode == 0, errors
        assert told == ["v1", "v2", "v3", "v3", "v4", "v4", "v5", "v5", "v6", "v7"]
        assert [one.version for one in ws.artefact.list()] == list(range(1, 8))
        assert [one.aliases for one in ws.artefact.list()] == [()] * 6 + [("latest",)]
        assert ws._context.records.check() == []


def test_a_run_that_gives_again_what_it_read_makes_a_version(tmp_path: Path) -> None:
    with Workspace.init(tmp_path / "ws") as ws:
        ws.project.create("P")
        with ws.run.start() as first:
            first.log_bytes(b"same", "model")
        with ws.run.start() as second:
            assert second.use("model") == b"same"
            second.log_bytes(b"same", "model")
        with ws.run.start() as third:
            third.log_bytes(b"same", "model")
        made = [ws.run.show(run.id).outputs[0] for run in (first, second, third)]
        assert [one.version for one in made] == [1, 2, 2]
        assert len({one.digest for one in made}) == 1
        assert ws.verify().findings == ()
