"""What REPPL/Persona leaves behind is taken in: folders of experiments, histories and its two databases."""

from __future__ import annotations

import json
import random
import sqlite3
from pathlib import Path
from typing import Any

import msgspec
import pytest
from tests.imports.conftest import INTERVIEW

from persona.errors import InvalidInput, PersonaError
from persona.lineage.foreign.reppl import told_by_file
from persona.lineage.foreign.told import NO_COUNTERPART
from persona.model.records import Source
from persona.workspace import Workspace

RUN: dict[str, Any] = {
    "run_id": "20250116_143022",
    "started_at": "2025-01-16T14:30:22Z",
    "completed_at": "2025-01-16T14:31:45Z",
    "status": "success",
    "provider": "anthropic",
    "model": "claude-sonnet",
    "persona_count": 3,
    "tokens": {"input": 100, "output": 200},
    "output_dir": "outputs/20250116_143022",
    "data_source": "experiments/onboarding/data",
    "config": {"count": 3},
}
FAILED = {"run_id": "20250117_090000", "started_at": "2025-01-17T09:00:00Z", "status": "failed", "persona_count": 0}

LINEAGE = """
create table lineage_entities (entity_id text primary key, entity_type text, name text, hash text, path text,
    size_bytes integer, metadata_json text, generated_by text, generated_at text);
create table lineage_activities (activity_id text primary key, activity_type text, name text, agent_id text,
    run_id text, parameters_json text, started_at text, ended_at text, status text);
create table lineage_agents (agent_id text primary key, agent_type text, name text, version text, provider text,
    metadata_json text);
create table lineage_relations (relation_id integer primary key, relation_type text, source_id text, target_id text,
    metadata_json text);
create table activity_used_entities (activity_id text, entity_id text);
create table activity_generated_entities (activity_id text, entity_id text);
"""
EXPERIMENTS = """
create table experiments (experiment_id text primary key, project_id text, name text, description text,
    hypothesis text, status text, config_json text, created_at text, updated_at text);
create table variants (variant_id text primary key, experiment_id text, name text, description text,
    parameters_json text, created_at text);
create table runs (run_id text primary key, experiment_id text, variant_id text, run_number integer, model text,
    provider text, status text, parameters_json text, output_dir text, persona_count integer, input_tokens integer,
    output_tokens integer, cost real, duration_seconds real, metrics_json text, audit_id text, started_at text,
    completed_at text);
"""


def database(path: Path, script: str, rows: dict[str, list[tuple[Any, ...]]]) -> Path:
    with sqlite3.connect(path) as db:
        db.executescript(script)
        for table, values in rows.items():
            for one in values:
                db.execute(f"insert into {table} values ({', '.join('?' * len(one))})", one)
    db.close()
    return path


def lineage(path: Path, digest: str) -> Path:
    return database(
        path,
        LINEAGE,
        {
            "lineage_agents": [("agent-1", "llm_model", "claude-sonnet", "4", "anthropic", "{}")],
            "lineage_activities": [("act-1", "llm_generation", "Generate", "agent-1", "r1", "{}", "t1", None, "done")],
            "lineage_entities": [
                ("ent-1", "input_file", "P01.txt", digest, "/data/P01.txt", 3, "{}", None, "t0"),
                ("ent-2", "persona_set", "Three personas", "sha256:" + "1" * 64, None, None, "{}", "act-1", "t1"),
            ],
            "lineage_relations": [
                (1, "used", "act-1", "ent-1", "{}"),
                (2, "wasGeneratedBy", "ent-2", "act-1", "{}"),
                (3, "wasDerivedFrom", "ent-2", "ent-1", '{"how": "told"}'),
                (4, "wasAssociatedWith", "act-1", "agent-1", "{}"),
                (5, "wasInvalidatedBy", "ent-1", "act-1", "{}"),
            ],
            "activity_used_entities": [("act-1", "ent-1")],
            "activity_generated_entities": [("act-1", "ent-2")],
        },
    )


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The experiments of somebody who used REPPL/Persona on an interview that is held here, too."""
    experiment = tmp_path / "experiments" / "onboarding"
    (experiment / "data").mkdir(parents=True)
    (experiment / "outputs/20250116_143022").mkdir(parents=True)
    (experiment / "config.yaml").write_text("name: Onboarding\ndescription: Who are they?\nprovider: anthropic\n")
    (experiment / "data/P01.txt").write_text(INTERVIEW, encoding="utf-8")
    (experiment / "data/P02.txt").write_text("Another, not held here.")
    history = {"experiment": "onboarding", "runs": [RUN, FAILED], "last_updated": "2025-01-17T09:01:00Z"}
    (experiment / "history.json").write_text(json.dumps(history))
    made = {"provider": "anthropic", "model": "claude-sonnet", "persona_count": 3, "input_tokens": 100}
    made["source_files"] = ["experiments/onboarding/data/P01.txt"]
    (experiment / "outputs/20250116_143022/metadata.json").write_text(json.dumps(made))
    (experiment / "outputs/20250116_143022/prompt.txt").write_text("Tell me of them.")
    return tmp_path / "experiments"


@pytest.mark.parametrize("whole", [True, False])
def test_a_folder_of_experiments_is_read(whole: bool, ws: Workspace, folder: Path) -> None:
    view = ws.imports.reppl(folder if whole else folder / "onboarding")
    assert view.said == {
        "data file": 2, "data of a run": 1, "experiment": 1, "file in a folder of data": 2, "history": 1,
        "model of a run": 1, "model of an output": 1, "output": 1, "output of a run": 1, "run": 2,
        "run of an experiment": 2, "source of an output": 1,
    }  # fmt: skip
    assert (view.taken, view.lost, view.linked) == (view.statements, 0, 1)
    assert view.kinds == {"entity": 5, "activity": 2, "agent": 1}
    names = {one.label: one.id for one in ws.imports.things(view.id)}
    source = ws._context.records.find(Source).items[0].id
    output = next(id for label, id in names.items() if label.startswith("outputs/"))
    up = {one.id for one in ws.lineage.walk(output, "up", depth=None).things}
    assert up >= {names["run 20250116_143022"], names["anthropic:claude-sonnet"], names["P01.txt"], source}
    assert names["run 20250117_090000"] not in up
    assert output in {one.id for one in ws.lineage.walk(source, "down", depth=None).things}
    assert b"weekly order" not in ws._context.blobs.get(view.digest)
    assert ws.imports.reppl(folder if whole else folder / "onboarding").again
    (folder / "onboarding/data/P02.txt").write_text("Another, changed.")
    assert not ws.imports.reppl(folder if whole else folder / "onboarding").again
    assert ws.verify().ok


def test_a_history_alone_is_read(ws: Workspace, folder: Path) -> None:
    view = ws.imports.reppl(folder / "onboarding/history.json")
    assert (view.said["run"], view.kinds["activity"], view.lost) == (2, 2, 0)
    assert view.digest == ws._context.blobs.put((folder / "onboarding/history.json").read_bytes())


def test_its_lineage_is_read(ws: Workspace, tmp_path: Path) -> None:
    source = ws._context.records.find(Source).items[0]
    view = ws.imports.reppl(lineage(tmp_path / "lineage.db", source.digest))
    assert view.kinds == {"entity": 2, "activity": 1, "agent": 1}
    assert (view.statements, view.lost, view.reduced, view.linked) == (13, 1, 1, 1)
    assert [(one.reason, one.examples) for one in view.losses] == [
        (NO_COUNTERPART, ("wasInvalidatedBy(ent-1, act-1)",))
    ]
    names = {one.label: one.id for one in ws.imports.things(view.id)}
    shown = ws.lineage.show(names["Three personas"])
    assert {(edge.rel, edge.dst) for edge, _ in shown.out} == {
        ("generated_by", names["Generate"]), ("derived_from", names["P01.txt"]),
    }  # fmt: skip
    assert names["Three personas"] in {one.id for one in ws.lineage.walk(source.id, "down", depth=None).things}
    assert sorted(path.name for path in tmp_path.glob("lineage.db*")) == ["lineage.db"]


def test_its_experiments_are_read(ws: Workspace, tmp_path: Path) -> None:
    rows: dict[str, list[tuple[Any, ...]]] = {
        "experiments": [("e1", None, "Onboarding", "", None, "planned", None, "t", "t")],
        "variants": [("v1", "e1", "warm", "", '{"temperature": 1}', "t")],
        "runs": [
            ("r1", "e1", "v1", 1, "m", "p", "completed", None, "out/1", 3, 1, 2, 0.1, 4.0, None, None, "t", "t"),
            ("r2", "e1", None, 2, "m", "p", "failed", None, "", 0, 0, 0, 0.0, 0.0, None, None, "t", None),
        ],
    }
    view = ws.imports.reppl(database(tmp_path / "experiments.db", EXPERIMENTS, rows))
    assert view.kinds == {"entity": 3, "activity": 2, "agent": 1}
    assert view.said == {
        "experiments": 1, "variants": 1, "variants.experiment_id": 1, "runs": 2, "runs.experiment_id": 2,
        "runs.variant_id": 1, "runs.model": 2, "runs.output_dir": 1,
    }  # fmt: skip
    assert view.lost == 0


def test_a_database_that_is_in_use_damaged_or_of_others_is_refused(ws: Workspace, tmp_path: Path) -> None:
    good = lineage(tmp_path / "lineage.db", "")
    data = good.read_bytes()
    (tmp_path / "cut.db").write_bytes(data[: len(data) // 2])
    (tmp_path / "torn.db").write_bytes(data[:4096] + bytes(len(data) - 4096))
    database(tmp_path / "other.db", "create table notes (text text)", {})
    views = LINEAGE.replace("create table lineage_agents (", "create table hidden (")
    script = (
        views
        + "create view lineage_agents as with recursive n(i) as (select 1 union all select i from n) select * from n;"
    )
    database(tmp_path / "hostile.db", script, {})
    database(tmp_path / "lacking.db", LINEAGE.replace("entity_id text primary key, ", "", 1), {})
    with sqlite3.connect(tmp_path / "lacking.db") as db:
        db.execute("insert into lineage_entities (name) values ('x')")
    db.close()
    used = sqlite3.connect(lineage(tmp_path / "used.db", ""))
    used.execute("pragma journal_mode = wal")
    used.execute("insert into activity_used_entities values ('a', 'b')")
    used.commit()
    wanted = {
        "cut.db": "import-syntax", "torn.db": "import-syntax", "other.db": "import-shape",
        "hostile.db": "import-shape", "lacking.db": "import-shape", "used.db": "import-in-use",
    }  # fmt: skip
    head = ws._context.records.head()
    for name, code in wanted.items():
        with pytest.raises(PersonaError) as found:
            ws.imports.reppl(tmp_path / name)
        assert found.value.code == code, name
    assert ws._context.records.head() == head
    used.close()
    assert ws.imports.reppl(tmp_path / "used.db").said["activity_used_entities"] == 2


@pytest.mark.parametrize(
    ("name", "data", "code"),
    [
        ("history.json", b"{}", "import-shape"),
        ("history.json", b'{"runs": [{}]}', "import-shape"),
        ("history.json", b'{"runs": [5]}', "import-shape"),
        ("history.json", b'{"runs"', "import-syntax"),
        ("config.yaml", b"- a list", "import-shape"),
        ("config.yaml", b"\xff", "import-syntax"),
        ("config.yaml", b"a: [", "yaml-syntax"),
        ("some.db", b"no database", "import-syntax"),
        ("notes.txt", b"nothing of it", "import-nothing"),
    ],
)
def test_what_is_odd_in_a_folder_is_refused_with_its_place(
    ws: Workspace, tmp_path: Path, name: str, data: bytes, code: str
) -> None:
    (tmp_path / "study").mkdir()
    (tmp_path / "study" / name).write_bytes(data)
    head = ws._context.records.head()
    with pytest.raises(PersonaError) as found:
        ws.imports.reppl(tmp_path / "study")
    assert found.value.code == code
    assert code == "import-nothing" or name in str(found.value.place)
    assert ws._context.records.head() == head


def test_damaged_databases_are_read_or_refused_and_never_fall(tmp_path: Path, repeats: int) -> None:
    good = lineage(tmp_path / "lineage.db", "sha256:" + "2" * 64).read_bytes()
    chance, outcomes = random.Random(7), set()
    for _ in range(repeats * 40):
        data = bytearray(good)
        for _ in range(chance.choice([1, 2, 5, 40])):
            data[chance.randrange(len(data) if chance.random() < 0.6 else 200)] = chance.randrange(256)
        try:
            told = told_by_file(bytes(data), "damaged.db")
            told.settle()
            msgspec.json.encode([one.card() for one in told.things])
            outcomes.add("read")
        except InvalidInput as error:
            outcomes.add(error.code)
    assert {"read", "import-syntax"} <= outcomes <= {"read", "import-syntax", "import-shape"}


def test_a_zip_file_is_no_folder(ws: Workspace, tmp_path: Path) -> None:
    (tmp_path / "study.zip").write_bytes(b"PK\x05\x06" + bytes(18))
    with pytest.raises(PersonaError) as found:
        ws.imports.reppl(tmp_path / "study.zip")
    assert found.value.code == "import-syntax"
