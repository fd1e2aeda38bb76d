"""The record of a run: R-016's metadata and manifest, with every field, however the run ended."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from persona.errors import IntegrityError
from persona.exports import manifest, run_folder, run_metadata
from persona.model.canonical import Digest, canonical_json, digest_of
from persona.model.measures import Measure
from persona.model.recipes import Constraints, InputRef, Parameters, Recipe, TemplateRef
from persona.model.records import Artefact, Draft, Edge, Run
from persona.model.yamltext import dump_yaml, load_yaml
from persona.storage import Blobs, Records, open_blobs, open_records

SOURCE = digest_of(b"source")
RECIPE = Recipe(
    engine="extractive",
    engine_version="1.0.0",
    template=TemplateRef("default", "1.0.0", digest_of(b"template")),
    parameters=Parameters(count=5, temperature=0.7, seed=3),
    constraints=Constraints(),
    inputs=(InputRef(digest_of(b"document"), SOURCE, {"P01": "P01"}),),
    repeat=2,
)
RUN = Run(
    id="run_20250116_143022_abc123",
    uuid="01947019-5c1e-7000-8000-000000000000",
    project="ecommerce",
    experiment="temperature-comparison",
    variant="balanced",
    status="completed",
    recipe=RECIPE.digest(),
    seed=3,
    repeat=2,
    planned_at="2025-01-16T14:30:21.900000Z",
    started_at="2025-01-16T14:30:22.100000Z",
    ended_at="2025-01-16T14:31:45.200000Z",
    params={"count": "5", "temperature": "0.7"},
    metrics={"diversity_score": 0.78, "faithfulness_score": 0.85, "bias_score": 0.12, "coverage": 0.5},
    fields={"seconds": 83.1},
)
MADE = Artefact(
    id="ecommerce/personas:v1",
    project="ecommerce",
    name="personas",
    version=1,
    kind="personas",
    digest=digest_of(b"personas"),
    bytes=8,
    path="output/personas.json",
    run=RUN.id,
    created_at="2025-01-16T14:31:45.200000Z",
    fields={"personas": 5},
)
MEASURES = [
    Measure("coverage", "1", 0.5, "ok", "up", (0.0, 1.0), 8),
    Measure("consistency_internal", "1", None, "not_enough_data", "up", (0.0, 1.0), 1, {"reason": "one persona only"}),
    Measure("bias_representation", "1", None, "not_applicable", "down", (0.0, 1.0), 0),
]
ENVIRONMENT = {"tool": "persona-workbench", "version": "0.1.0", "python": "3.11.7", "platform": "Linux", "packages": {}}
SAMPLE: dict[str, Any] = {
    "run_id": str,
    "experiment_id": str,
    "variant": str,
    "status": str,
    "timing": {"started": str, "completed": str, "duration_seconds": float},
    "inputs": {"source_data": {"path": str, "hash": str}, "template": {"name": str, "version": str}},
    "parameters": {"model": str, "temperature": float, "max_tokens": int, "count": int},
    "outputs": {"personas": {"path": str, "hash": str, "count": int}},
    "metrics": dict.fromkeys(("diversity_score", "consistency_score", "faithfulness_score", "bias_score"), float),
    "environment": {"tool": str, "version": str, "python": str},
}


def metadata(run: Run = RUN, recipe: Recipe | None = RECIPE, outputs: tuple[Artefact, ...] = (MADE,)) -> dict[str, Any]:
    return run_metadata(
        run,
        recipe,
        source_data={"path": "input/interviews.txt", "hash": SOURCE, "sources": []},
        outputs=outputs,
        measures=MEASURES if outputs else [],
        environment=ENVIRONMENT,
        environment_digest=digest_of(b"environment"),
    )


def missing(wanted: dict[str, Any], found: dict[str, Any], path: str = "") -> list[str]:
    """The fields of the sample that a record lacks, or has with another type."""
    faults = []
    for key, kind in wanted.items():
        if key not in found:
            faults.append(f"{path}{key}")
        elif isinstance(kind, dict):
            faults += missing(kind, found[key], f"{path}{key}.")
        elif found[key] is not None and not isinstance(found[key], kind):
            faults.append(f"{path}{key}: {found[key]!r}")
    return faults


def test_the_sample_here_is_the_sample_of_r016(shared: Path) -> None:
    text = (shared / "seed/R-016-experiment-project-organisation.md").read_text(encoding="utf-8")
    blocks = [json.loads(block) for block in re.findall(r"```json\n(.*?)```", text, re.S) if '"run_id"' in block]
    (sample,) = blocks

    def keys(value: dict[str, Any]) -> dict[str, Any]:
        return {key: keys(each) if isinstance(each, dict) else None for key, each in value.items()}

    assert keys(sample) == keys(SAMPLE)


def test_every_field_of_the_sample_is_filled_truthfully() -> None:
    found = metadata()
    assert missing(SAMPLE, found) == []
    assert found["timing"] == {
        "started": "2025-01-16T14:30:22Z",
        "completed": "2025-01-16T14:31:45Z",
        "duration_seconds": 83.1,
        "planned": "2025-01-16T14:30:21Z",
    }
    assert found["inputs"]["template"] == {"name": "default", "version": "1.0.0", "hash": RECIPE.template.digest}
    assert found["parameters"]["temperature"] == 0.7
    assert found["outputs"]["personas"] == {
        "path": "output/personas.json",
        "hash": MADE.digest,
        "count": 5,
        "artefact": MADE.id,
    }
    assert found["recipe"] == RECIPE.digest()
    assert (found["seed"], found["repeat"], found["engine"]) == (3, 2, "extractive@1.0.0")


def test_a_metric_without_a_value_is_null_and_says_why() -> None:
    found = metadata()
    assert found["metrics"]["faithfulness_score"] == 0.85
    assert found["metrics"]["coverage"] == 0.5
    for name in ("consistency_score", "consistency_internal", "bias_representation"):
        assert found["metrics"][name] is None
    assert found["metric_notes"] == {
        "consistency_score": "one persona only",
        "consistency_internal": "one persona only",
        "bias_representation": "not applicable",
    }


@pytest.mark.parametrize("status", ["failed", "cancelled", "interrupted"])
def test_a_run_that_ended_badly_has_the_same_shape(status: Any) -> None:
    told = {"code": "quotation-differs", "message": "2 quotations do not equal their source"}
    run = msgspec.structs.replace(RUN, status=status, error=told, metrics={}, ended_at=None, fields={})
    found = metadata(run, RECIPE, ())
    assert missing(SAMPLE, found) == []
    assert found["status"] == status
    assert found["error"] == told
    assert found["outputs"]["personas"]["hash"] is None
    assert set(found["metric_notes"]) == set(SAMPLE["metrics"])


def test_a_run_logged_by_hand_has_the_same_shape() -> None:
    run = msgspec.structs.replace(RUN, recipe=None, seed=None, experiment=None, variant=None)
    found = metadata(run, None, ())
    assert found["parameters"] == {"model": None, "temperature": "0.7", "max_tokens": None, "count": "5"}
    assert missing(SAMPLE | {"parameters": {}}, found) == []
    assert found["inputs"]["template"] == {"name": None, "version": None, "hash": None}


def test_tags_and_notes_do_not_change_the_record() -> None:
    later = msgspec.structs.replace(RUN, tags={"team": "design"}, deleted=True, fields=RUN.fields | {"note": "good"})
    assert metadata(later) == metadata()


def test_the_manifest_has_r016s_fields_and_reads_back_from_yaml() -> None:
    sources = [{"id": "source_1", "path": "input/interviews.txt", "hash": SOURCE}]
    made = manifest(RUN, RECIPE, [MADE], sources, ENVIRONMENT)
    assert load_yaml(dump_yaml(made), "manifest.yaml") == made
    (entry,) = made["artefacts"]
    assert entry["id"] == MADE.id
    assert entry["type"] == "persona_set"
    assert entry["generated"] == "2025-01-16T14:31:45Z"
    assert entry["sources"] == sources
    generator = entry["generator"]
    assert (generator["tool"], generator["version"]) == ("persona-workbench", "0.1.0")
    assert generator["parameters"]["model"] == "extractive"
    assert generator["parameters"]["template"] == "default@1.0.0"


@pytest.fixture
def stores(tmp_path: Path) -> Iterator[tuple[Records, Blobs]]:
    records = open_records(tmp_path / "w.db", create=True)
    yield records, open_blobs(tmp_path / "blobs", create=True)
    records.close()


def record(records: Records, blobs: Blobs, path: str) -> Run:
    """A run logged by hand that left one output at a path."""
    id = "run_20250116_143022_abc123"
    output: Digest = blobs.put(b"words")
    environment = blobs.put(canonical_json(ENVIRONMENT))
    body = {
        "uuid": RUN.uuid,
        "project": "shop",
        "experiment": None,
        "variant": None,
        "recipe": None,
        "seed": None,
        "repeat": 0,
        "params": {"model": "mine"},
        "tags": {},
        "fields": {"planned_at": RUN.planned_at},
    }
    logged = {
        "project": "shop",
        "name": "notes.txt",
        "version": 1,
        "kind": "file",
        "digest": output,
        "bytes": 5,
        "path": path,
        "run": id,
        "fields": {},
        "tags": {},
    }
    end = {"status": "completed", "at": RUN.ended_at, "error": None, "metrics": [], "fields": {"seconds": 1.5}}
    records.append(
        [
            Draft("project.created", "shop", {"title": "Shop", "status": "active", "fields": {}, "tags": {}}),
            Draft("run.planned", id, body),
            Draft("run.started", id, {"at": RUN.started_at, "fields": {"environment": environment}}),
            Draft("artefact.logged", "shop/notes.txt:v1", logged, (Edge("shop/notes.txt:v1", "generated_by", id),)),
            Draft("run.finished", id, end),
        ]
    )
    return records.get(Run, id)


def test_a_run_folder_holds_its_record_and_stays_as_it_was(stores: tuple[Records, Blobs]) -> None:
    records, blobs = stores
    run = record(records, blobs, "output/notes.txt")
    found = run_folder.files(records, blobs, run)
    assert sorted(found) == [
        "audit/environment.json",
        "audit/events.jsonl",
        "manifest.yaml",
        "output/notes.txt",
        "run_metadata.json",
    ]
    assert found["output/notes.txt"] == b"words"
    assert missing(SAMPLE, json.loads(found["run_metadata.json"])) == []
    kinds = [json.loads(line)["kind"] for line in found["audit/events.jsonl"].splitlines()]
    assert kinds == ["run.planned", "run.started", "run.finished"]
    records.append(
        [
            Draft("thing.tagged", run.id, {"noun": "run", "set": {"team": "design"}, "unset": []}),
            Draft("thing.noted", run.id, {"noun": "run", "fields": {"remark": "good"}}),
            Draft("run.deleted", run.id, {}),
        ]
    )
    assert run_folder.files(records, blobs, records.get(Run, run.id)) == found


@pytest.mark.parametrize(
    "path",
    ["../../evil", "/etc/evil", "output/../../evil", "output\\..\\evil", "C:/evil", "output//evil", ""],
)
def test_a_recorded_path_cannot_lead_out_of_the_folder(stores: tuple[Records, Blobs], path: str) -> None:
    records, blobs = stores
    run = record(records, blobs, path)
    with pytest.raises(IntegrityError) as caught:
        run_folder.files(records, blobs, run)
    assert caught.value.code == "path-outside"
