"""Damage to the log or to a table is found and named; what can be made again is."""

from __future__ import annotations

import pytest
from tests.storage.drafts import alias, artefact, finished, logged, planned, project, started, value

from persona.model.filters import parse_filter
from persona.model.records import Edge, Run
from persona.storage.records import DatabaseRecords


@pytest.fixture
def lived(records: DatabaseRecords) -> DatabaseRecords:
    """Records in which every table has rows."""
    records.append(
        [project(), planned("run_1", params={"a": "1"}, tags={"b": "2"}, edges=(Edge("run_1", "used", "d"),))]
    )
    records.append([started("run_1"), logged("run_1", metrics=[value("m", 1.5)])])
    records.append([artefact("f", 1, run="run_1"), alias("f", "latest", 1), finished("run_1")])
    return records


def unguarded(records: DatabaseRecords, *statements: str) -> None:
    """Change the log behind its guards, as somebody with the file in hand could."""
    drop = {
        "sqlite": ["drop trigger event_refuses_update", "drop trigger event_refuses_delete"],
        "postgresql": ["alter table event disable trigger user"],
    }
    kind = "postgresql" if "postgresql" in type(records.engine).__module__ else "sqlite"
    for statement in (*drop[kind], *statements):
        records.engine.run(statement)


def found(records: DatabaseRecords) -> set[tuple[str, str]]:
    return {(finding.code, finding.subject) for finding in records.check()}


def test_nothing_is_wrong_with_what_was_written(lived: DatabaseRecords) -> None:
    assert lived.check() == []


@pytest.mark.parametrize(
    ("statement", "expected"),
    [
        ("update event set actor = 'somebody' where seq = 3", {("log-leaf", "event 3")}),
        ("update event set recorded_at = '1999' where seq = 7", {("log-leaf", "event 7")}),
        ("delete from event where seq = 6", {("log-gap", "event 6"), ("log-head", "head")}),
        ("delete from event where seq = 7", {("log-head", "head")}),
        ("update head set size = 3", {("log-head", "head")}),
    ],
)
def test_a_changed_log_is_told(lived: DatabaseRecords, statement: str, expected: set[tuple[str, str]]) -> None:
    unguarded(lived, statement)
    told = {finding for finding in found(lived) if finding[0].startswith("log-")}
    assert expected <= told


def test_a_body_written_another_way_is_told_even_with_a_fitting_leaf(lived: DatabaseRecords) -> None:
    from persona.storage.log import leaf_of

    row = list(lived.engine.run("select * from event where seq = 3")[0])
    row[7] = row[7].replace(":", ": ")
    unguarded(lived)
    lived.engine.run("update event set body = ?, leaf = ? where seq = 3", (row[7], leaf_of(tuple(row))))
    assert found(lived) == {("log-body", "event 3"), ("log-head", "head")}


def test_a_body_that_cannot_be_read_is_told(lived: DatabaseRecords) -> None:
    unguarded(lived, "update event set body = '{' where seq = 4")
    codes = {code for code, _ in found(lived)}
    assert {"log-leaf", "log-body", "log-meaning"} <= codes


@pytest.mark.parametrize(
    ("statement", "subject"),
    [
        ("update run set status = 'failed' where sys_to = 9007199254740991", "run_1"),
        ("delete from run where status = 'planned'", "run_1"),
        ("update param set number = 2", "a 1 run_1"),
        ("update metric set value = 2", "m"),
        ("delete from tag", "b 2 run_1"),
        ("delete from point", "run_1 m"),
        ("update alias set artefact = 'p/f:v2'", "p/f latest"),
        ("delete from edge where rel = 'used'", "run_1 used d"),
        ("update edge set sys_from = 3 where rel = 'used'", "run_1 used d"),
        ("insert into node (id, name) values (99, 'nobody')", "node 99"),
        ("update artefact set fields = '{\"x\":1}'", "p/f:v1"),
        (
            "insert into tag (key, sys_to, number, value, node, sys_from) values ('x', 9007199254740991, 1, 'y', 1, 1)",
            "x y p",
        ),
    ],
)
def test_a_changed_table_is_told_and_made_again(lived: DatabaseRecords, statement: str, subject: str) -> None:
    before = lived.find(Run)
    lived.engine.run(statement)
    told = lived.check()
    assert told
    assert {finding.code for finding in told} == {"table-row"}
    assert any(finding.subject.startswith(subject) for finding in told), told
    assert lived.rebuild() == 7
    assert lived.check() == []
    assert lived.find(Run) == before
    assert lived.find(Run, parse_filter("params.a = 1 and tags.b = 2 and metrics.m = 1.5")).total == 1


def test_rebuilding_does_not_hide_a_log_cut_short(lived: DatabaseRecords) -> None:
    unguarded(lived, "delete from event where seq >= 6")
    lived.rebuild()
    assert found(lived) == {("log-head", "head")}


def test_many_wrong_rows_are_counted_not_listed(records: DatabaseRecords) -> None:
    records.append([project(), *(planned(f"run_{n}") for n in range(50))])
    records.engine.run("update run set repeat = 7")
    told = records.check()
    assert len(told) == 21
    assert told[-1].message == "the table run has 30 more rows that differ from the log"
