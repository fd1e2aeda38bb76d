"""Types and entities by the rules of Atlas; planted errors are named."""

from __future__ import annotations

import copy
import json
import re
import shutil
import uuid
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tests.exports.atlas.rules import Rules
from tests.exports.eventful import WORDS

from persona.errors import Conflict, NotFound, StorageError, UsageError
from persona.exports.atlas import writing
from persona.exports.atlas.types import KINDS, typedefs
from persona.model.records import DocumentRecord, Draft, Source
from persona.runs.execute import edges_of_use
from persona.workspace import Workspace

Body = dict[str, Any]


@pytest.fixture(scope="module")
def base(shared: Path) -> Path:
    """The base model of Atlas."""
    found = shared / "data/conformance/atlas/0010-base_model.json"
    if not found.is_file():
        pytest.skip("the base model of Atlas is not beside this checkout")
    return found


@pytest.fixture(scope="module")
def rules(base: Path) -> Rules:
    return Rules(base, typedefs())


def bodies_of(ws: Workspace, folder: Path, project: str | None = None) -> list[Body]:
    view = ws.atlas.write(folder, project=project)
    names = sorted(path.name for path in folder.iterdir())
    assert names == [*(f"entities-{n:05}.json" for n in range(1, view.files)), "typedefs.json"]
    assert json.loads((folder / "typedefs.json").read_text()) == typedefs()
    return [json.loads((folder / name).read_text()) for name in names[:-1]]


@pytest.fixture(scope="module")
def bodies(eventful: Workspace, tmp_path_factory: pytest.TempPathFactory) -> list[Body]:
    return bodies_of(eventful, tmp_path_factory.mktemp("atlas") / "rest")


def by_type(bodies: list[Body], type: str) -> list[Body]:
    return [one for body in bodies for one in body["entities"] if one["typeName"] == type]


def test_the_types_are_right(rules: Rules) -> None:
    assert list(rules.faults_of_types()) == []
    above = {name: rules.line(name) for name in KINDS}
    for name in (
        "persona_source",
        "persona_document",
        "persona_template",
        "persona_file",
        "persona_artefact",
        "persona_set",
    ):
        assert "DataSet" in above[name]
    for name in ("persona_import", "persona_run", "persona_derivation"):
        assert "Process" in above[name]
        assert "DataSet" not in above[name]
    assert "ProcessExecution" in above["persona_execution"]


def test_every_entity_is_right_and_every_type_is_used(rules: Rules, bodies: list[Body]) -> None:
    assert list(rules.faults_of_requests(bodies)) == []
    assert {one["typeName"] for body in bodies for one in body["entities"]} == set(KINDS)


@pytest.mark.parametrize("size", [1, 2, 7])
def test_small_requests_are_right_in_their_order(
    size: int, rules: Rules, eventful: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(writing, "BATCH", size)
    bodies = bodies_of(eventful, tmp_path / "rest")
    assert max(len(body["entities"]) for body in bodies) == size
    assert list(rules.faults_of_requests(bodies)) == []
    assert list(rules.faults_of_requests(bodies[::-1])) != []


def planted() -> list[Callable[[Body], str]]:
    def attribute_is_missing(run: Body) -> str:
        del run["attributes"]["qualifiedName"]
        return "persona_run.qualifiedName is mandatory"

    def name_is_missing(run: Body) -> str:
        del run["attributes"]["name"]
        return "persona_run.name is mandatory"

    def date_in_seconds(run: Body) -> str:
        run["attributes"]["startTime"] //= 1000
        return "is no date"

    def date_as_text(run: Body) -> str:
        run["attributes"]["startTime"] = "2026-01-16T00:00:00Z"
        return "is no date"

    def number_as_text(run: Body) -> str:
        run["attributes"]["repeat"] = "0"
        return "'0' is no int"

    def metric_as_text(run: Body) -> str:
        run["attributes"]["metrics"] = {"loss": "low"}
        return "'low' is no double"

    def unknown_status(run: Body) -> str:
        run["attributes"]["status"] = "done"
        return "'done' is no persona_status"

    def unknown_attribute(run: Body) -> str:
        run["attributes"]["colour"] = "red"
        return "persona_run.colour is no attribute"

    def unknown_type(run: Body) -> str:
        run["typeName"] = "persona_rum"
        return "there is no type persona_rum"

    def process_as_input(run: Body) -> str:
        run["attributes"]["inputs"] = [{"guid": run["guid"], "typeName": "persona_run"}]
        return "a persona_run is no DataSet"

    def nested_list(run: Body) -> str:
        run["attributes"]["inputs"] = [run["attributes"]["inputs"]]
        return "not a reference"

    def guid_that_is_not_there(run: Body) -> str:
        run["attributes"]["inputs"] = [{"guid": "-9999", "typeName": "persona_document"}]
        return "nothing is there under `-9999`"

    def name_that_is_not_there(run: Body) -> str:
        run["attributes"]["inputs"] = [
            {"uniqueAttributes": {"qualifiedName": "none@none"}, "typeName": "persona_document"}
        ]
        return "nothing is there under `none@none`"

    def wrong_type_of_reference(run: Body) -> str:
        run["attributes"]["inputs"][0]["typeName"] = "persona_file"
        return "and no persona_file"

    return [attribute_is_missing, name_is_missing, date_in_seconds, date_as_text, number_as_text, metric_as_text, unknown_status,
            unknown_attribute, unknown_type, process_as_input, nested_list, guid_that_is_not_there, name_that_is_not_there,
            wrong_type_of_reference]  # fmt: skip


@pytest.mark.parametrize("plant", planted(), ids=lambda one: one.__name__)
def test_a_planted_error_is_named(plant: Callable[[Body], str], rules: Rules, bodies: list[Body]) -> None:
    broken = copy.deepcopy(bodies)
    run = next(one for one in by_type(broken, "persona_run") if one["attributes"]["work"] == "generate")
    told = plant(run)
    assert any(told in fault for fault in rules.faults_of_requests(broken)), list(rules.faults_of_requests(broken))


def test_a_planted_error_in_a_type_is_named(base: Path) -> None:
    def faults(change: Callable[[Body], None]) -> list[str]:
        ours = typedefs()
        change(ours["entityDefs"][0])
        return list(Rules(base, ours).faults_of_types())

    assert faults(lambda one: None) == []
    assert "there is no super type Dataset" in faults(lambda one: one.update(superTypes=["Dataset"]))[0]
    assert "there is no type text" in faults(lambda one: one["attributeDefs"][0].update(typeName="text"))[0]
    assert "defined twice" in faults(lambda one: one["attributeDefs"][0].update(name="name"))[0]
    assert "is a type of Atlas itself" in faults(lambda one: one.update(name="Path"))[0]


def test_no_entity_holds_a_word_or_a_name_of_people_or_files(bodies: list[Body]) -> None:
    text = json.dumps(bodies)
    assert [word for word in WORDS if re.search(rf"\b{re.escape(word)}\b", text, re.IGNORECASE)] == []


def test_the_graph_is_that_of_the_records(bodies: list[Body], eventful: Workspace) -> None:
    names = {one["guid"]: one["attributes"]["name"] for one in bodies[0]["entities"]}
    assert len(bodies) == 1
    records = eventful._context.records
    runs = by_type(bodies, "persona_run")
    assert len(runs) == len(eventful.run.list(all_projects=True).items)
    for run in runs:
        id = run["attributes"]["name"]
        used = {edge.dst for edge in records.edges(id, "out") if edge.rel == "used"}
        made = {edge.src for edge in records.edges(id, "in") if edge.rel == "generated_by"}
        assert {names[one["guid"]] for one in run["attributes"]["inputs"]} == used
        assert {names[one["guid"]] for one in run["attributes"]["outputs"]} == made
    imports = by_type(bodies, "persona_import")
    assert sum(len(one["attributes"]["outputs"]) for one in imports) == len(by_type(bodies, "persona_document")) == 5
    executions = by_type(bodies, "persona_execution")
    assert {names[one["attributes"]["run"]["guid"]] for one in executions} == {
        run["attributes"]["name"] for run in runs
    }
    assert {one["attributes"]["status"] for one in executions} == {"completed", "failed"}


def test_a_project_alone_refers_to_nothing_that_is_not_there(rules: Rules, eventful: Workspace, tmp_path: Path) -> None:
    shutil.copytree(eventful.root, tmp_path / "ws")
    with Workspace.open(tmp_path / "ws") as ws:
        document = next(ws._context.records.scan(DocumentRecord)).id
        with ws.run.start(project="other") as active:
            active.use("shop/personas")
            ws._context.append(
                Draft("run.logged", active.id, {}, edges_of_use(active.id, [document, "run_1999", "model:x"]))
            )
        bodies = bodies_of(ws, tmp_path / "other", "other")
        assert list(rules.faults_of_requests(bodies)) == []
        assert len(by_type(bodies, "persona_run")) == 2
        assert [one["attributes"]["name"] for one in by_type(bodies, "persona_set")] == ["shop/personas:v1"]
        assert len(by_type(bodies, "persona_source")) == len(by_type(bodies, "persona_document")) == 1
        shop = bodies_of(ws, tmp_path / "shop", "shop")
        assert list(rules.faults_of_requests(shop)) == []
        assert {one["attributes"]["name"] for one in by_type(shop, "persona_run")}.isdisjoint(
            one["attributes"]["name"] for one in by_type(bodies, "persona_run")
        )
    with pytest.raises(NotFound):
        eventful.atlas.write(tmp_path / "none", project="none")
    assert not (tmp_path / "none").exists()


def test_the_archive_holds_the_same_entities(
    rules: Rules, eventful: Workspace, bodies: list[Body], tmp_path: Path
) -> None:
    view = eventful.atlas.write(tmp_path / "one.zip")
    eventful.atlas.write(tmp_path / "two.zip", format="zip")
    assert (tmp_path / "one.zip").read_bytes() == (tmp_path / "two.zip").read_bytes()
    with zipfile.ZipFile(tmp_path / "one.zip") as archive:
        assert archive.testzip() is None
        order = json.loads(archive.read("atlas-export-order.json"))
        info = json.loads(archive.read("atlas-export-info.json"))
        assert json.loads(archive.read("atlas-typesdef.json")) == typedefs()
        whole = [json.loads(archive.read(f"{guid}.json")) for guid in order]
        assert len(archive.namelist()) == len(set(archive.namelist())) == len(order) + 3
    entities = [one["entity"] for one in whole]
    assert [one["guid"] for one in entities] == order
    assert all(str(uuid.UUID(guid)) == guid for guid in order)
    there: dict[str, str] = {}
    for one in entities:
        there[one["guid"]] = one["typeName"]
        assert (
            list(
                rules.faults(
                    one, {**there, **{each["attributes"]["qualifiedName"]: each["typeName"] for each in entities}}
                )
            )
            == []
        )
        there[one["attributes"]["qualifiedName"]] = one["typeName"]
    assert [one["attributes"]["qualifiedName"] for one in entities] == [
        one["attributes"]["qualifiedName"] for one in bodies[0]["entities"]
    ]
    assert info["operationStatus"] == "SUCCESS"
    assert info["metrics"] == {f"entity:{name}": count for name, count in view.entities.items()}
    assert sum(view.entities.values()) == len(order)
    assert 10**12 < info["timeStamp"] < 10**13


def test_what_happened_is_told_as_it_was(eventful: Workspace, tmp_path: Path) -> None:
    with Workspace.open(eventful.root, as_of="8") as past:
        view = past.atlas.write(tmp_path / "past")
    assert view.position == 8
    assert "persona_run" not in view.entities
    assert view.entities["persona_source"] > 0


def test_an_erased_document_is_marked(eventful: Workspace, tmp_path: Path, rules: Rules) -> None:
    shutil.copytree(eventful.root, tmp_path / "ws")
    with Workspace.open(tmp_path / "ws") as ws:
        source = ws._context.records.find(Source).items[0]
        ws._context.append(
            Draft("withdrawal.begun", "withdrawal_20260116_143022_abc123", {"project": "shop", "participants": []}),
            Draft(
                "words.erased",
                "withdrawal_20260116_143022_abc123",
                {"items": [{"digest": source.digest, "kind": "original"}]},
            ),
        )
        bodies = bodies_of(ws, tmp_path / "rest")
    assert list(rules.faults_of_requests(bodies)) == []
    marked = {one["attributes"]["name"] for one in by_type(bodies, "persona_source") if one["attributes"]["erased"]}
    assert marked == {source.id}


def test_nothing_is_overwritten_and_no_half_is_left(
    eventful: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "there").mkdir()
    (tmp_path / "there/mine.txt").write_text("mine")
    with pytest.raises(Conflict):
        eventful.atlas.write(tmp_path / "there")
    (tmp_path / "file").write_text("mine")
    with pytest.raises(Conflict):
        eventful.atlas.write(tmp_path / "file", format="rest")
    with pytest.raises(StorageError):
        eventful.atlas.write(tmp_path / "file/below/rest")
    with pytest.raises(UsageError) as caught:
        eventful.atlas.write(tmp_path / "x", format="zpi")
    assert caught.value.hints == ("did you mean `zip`?",)

    def broken(*_: Any) -> Any:
        raise RuntimeError

    monkeypatch.setattr(writing, "_bulk", broken)
    monkeypatch.setattr(writing, "_told", broken)
    for name in ("rest", "new.zip"):
        with pytest.raises(RuntimeError):
            eventful.atlas.write(tmp_path / name)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["file", "there"]
    (tmp_path / "empty").mkdir()
    monkeypatch.undo()
    assert eventful.atlas.write(tmp_path / "empty").files == 2
