"""Runs that make personas: sealed, reproducible, complete on disk, honest about failure."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import msgspec
import pytest

from persona.errors import InvalidInput, ModelError, NotFound, UsageError
from persona.model.personas import PersonaSet
from persona.workspace import Workspace

SAMPLE_FIELDS: dict[str, Any] = {
    "run_id": str,
    "experiment_id": (str, type(None)),
    "variant": (str, type(None)),
    "status": str,
    "timing": {"started": str, "completed": str, "duration_seconds": (int, float)},
    "inputs": {"source_data": {"path": str, "hash": str}, "template": {"name": str, "version": str}},
    "parameters": {
        "model": str,
        "temperature": (int, float),
        "max_tokens": (int, type(None)),
        "count": (int, type(None)),
    },
    "outputs": {"personas": {"path": str, "hash": str, "count": int}},
    "metrics": {
        "diversity_score": (float, int, type(None)),
        "consistency_score": (float, int, type(None)),
        "faithfulness_score": (float, int, type(None)),
        "bias_score": (float, int, type(None)),
    },
    "environment": {"tool": str, "version": str, "python": str},
}


def check_shape(wanted: dict[str, Any], found: dict[str, Any], path: str = "") -> None:
    for key, kind in wanted.items():
        assert key in found, f"{path}{key}"
        if isinstance(kind, dict):
            check_shape(kind, found[key], f"{path}{key}.")
        else:
            assert isinstance(found[key], kind), f"{path}{key} is {found[key]!r}"


def test_a_run_folder_is_a_complete_and_true_record(full: Workspace) -> None:
    done = full.generate(flags={"count": 2, "seed": 7})
    run = done.view.run
    assert run.status == "completed"
    folder = full.root / done.view.path
    metadata = json.loads((folder / "run_metadata.json").read_bytes())
    check_shape(SAMPLE_FIELDS, metadata)
    assert metadata["run_id"] == run.id
    assert metadata["parameters"]["count"] == 2
    assert metadata["outputs"]["personas"]["count"] == len(done.personas.personas)
    from persona.model.canonical import digest_of

    personas = (folder / metadata["outputs"]["personas"]["path"]).read_bytes()
    assert digest_of(personas) == metadata["outputs"]["personas"]["hash"]
    stored = msgspec.json.decode(personas, type=PersonaSet)
    assert stored == done.personas
    assert stored.provenance["recipe"] == run.recipe
    assert (folder / "manifest.yaml").exists()
    assert list((folder / "audit").iterdir())
    sealed = {digest_of(path.read_bytes()) for path in (folder / "input").rglob("*") if path.is_file()}
    assert {one.digest for one in full.source.list()} <= sealed


def test_the_same_inputs_and_seed_give_the_same_bytes_on_another_path(
    full: Workspace, interviews: Path, tmp_path: Path
) -> None:
    flags = {"count": 2, "seed": 3, "temperature": 0.8}
    first = full.generate(flags=flags).view.outputs[0]
    again = full.generate(flags=flags).view.outputs[0]
    assert first.id == again.id, "equal bytes make no new version"
    moved = tmp_path / "elsewhere" / "deep"
    shutil.copytree(interviews, moved)
    with Workspace.init(tmp_path / "other") as other:
        other.project.create("A quite different title")
        other.source.import_([str(moved / name) for name in ("P03.md", "P02.txt", "P01.txt")])
        assert other.generate(flags=flags).view.outputs[0].digest == first.digest


def test_a_workspace_can_be_moved(full: Workspace, tmp_path: Path) -> None:
    run = full.generate(flags={"count": 1}).view.run
    full.close()
    moved = tmp_path / "moved"
    shutil.copytree(full.root, moved)
    shutil.rmtree(full.root)
    with Workspace.open(moved) as ws:
        assert ws.verify().ok
        assert ws.run.show(run.id).run == run


def test_project_defaults_are_obeyed_and_a_flag_beats_them(full: Workspace) -> None:
    file = full.root / "projects/shop-research/project.yaml"
    file.write_text("name: Shop\ndefaults: {count: 1, seed: 11}\n", encoding="utf-8")
    assert full.generate().view.run.params["seed"] == "11"
    assert full.generate(flags={"seed": 5}).view.run.params["seed"] == "5"
    won = {one.name: one for one in full.config()}
    assert (won["seed"].value, won["seed"].layer) == (11, "project")
    assert won["seed"].place == "projects/shop-research/project.yaml, defaults"


def test_a_default_model_that_cannot_be_called_is_refused_before_anything_is_planned(full: Workspace) -> None:
    file = full.root / "projects/shop-research/project.yaml"
    file.write_text("name: Shop\ndefaults: {model: gpt-4o-2025-01}\n", encoding="utf-8")
    with pytest.raises(ModelError) as caught:
        full.generate()
    assert "project.yaml" in (caught.value.place or "")
    assert full.run.list().total == 0
    assert full.generate(flags={"model": "extractive"}).view.run.status == "completed"


def test_constraints_are_obeyed(full: Workspace) -> None:
    file = full.root / "projects/shop-research/project.yaml"
    file.write_text(
        "name: Shop\nconstraints: {age_range: [18, 40], required_fields: [demographics.age]}\n", encoding="utf-8"
    )
    done = full.generate(flags={"count": 1})
    assert "P03" in done.personas.grouping.excluded
    assert all("P03" not in persona.members for persona in done.personas.personas)
    assert all("age" in persona.missing or "demographics.age" in persona.missing for persona in done.personas.personas)


def test_nothing_to_read_is_an_error_with_the_next_step(ws: Workspace) -> None:
    with pytest.raises(InvalidInput) as caught:
        ws.generate()
    assert caught.value.code == "no-sources"
    with pytest.raises(NotFound):
        ws.generate(project="nowhere")


def test_an_experiment_runs_its_variants_in_turn(full: Workspace, tmp_path: Path) -> None:
    file = tmp_path / "variants.yaml"
    file.write_text(
        "- name: calm\n  parameters: {temperature: 0}\n- name: wild\n  parameters: {temperature: 1.0}\n",
        encoding="utf-8",
    )
    full.experiment.create(name="temp-test", variants=file)
    done = full.experiment.run(count=1, repeats=2)
    assert {one.status for one in done.outcomes} == {"completed"}
    listed = {one.id: one for one in full.run.list(experiment="temp-test").items}
    planned = [listed[one.subject] for one in full._context.records.events(kind="run.planned") if one.subject in listed]
    seen = [(one.variant, one.repeat, one.seed) for one in planned]
    assert sorted(seen[:2]) == [("calm", 0, 0), ("wild", 0, 0)], "the variants of one repeat stand side by side"
    assert sorted(seen[2:]) == [("calm", 1, 1), ("wild", 1, 1)]
    view = full.experiment.show()
    assert view.runs == {"calm": {"completed": 2}, "wild": {"completed": 2}}
    found = full.run.list(experiment="temp-test", where="params.temperature = 1 and metrics.faithfulness_score >= 0")
    assert {run.variant for run in found.items} == {"wild"}
    with pytest.raises(NotFound) as caught:
        full.experiment.run(variant="clam")
    assert "calm" in caught.value.hints[0]
    with pytest.raises(UsageError, match="fixes"):
        full.experiment.run(variant="calm", flags={"temperature": 0.4})


def test_an_edited_experiment_is_a_new_version(full: Workspace, tmp_path: Path) -> None:
    file = tmp_path / "variants.yaml"
    file.write_text("- name: calm\n", encoding="utf-8")
    full.experiment.create(name="t", variants=file)
    path = full.root / "projects/shop-research/experiments/t/experiment.yaml"
    path.write_text(path.read_text(encoding="utf-8").replace("calm", "still"), encoding="utf-8")
    full.experiment.run(variant="still", count=1)
    shown = full.experiment.show("t")
    assert shown.experiment.version == 2
    assert shown.experiment.variants == ("still",)


def test_a_deleted_run_is_hidden_and_comes_back(full: Workspace) -> None:
    run = full.generate(flags={"count": 1}).view.run
    full.run.delete(run.id)
    assert full.run.list().total == 0
    assert full.run.list(deleted=True).total == 1
    assert not full.run.restore(run.id[:20]).deleted
    assert full.run.list().total == 1


def test_a_failing_engine_leaves_a_failed_run(full: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    import persona.generation

    def broken(*_: object) -> PersonaSet:
        raise RuntimeError("weekly order")  # words of a source, as an error message may hold them

    monkeypatch.setattr(persona.generation, "generate", broken)
    with pytest.raises(RuntimeError):
        full.generate()
    run = full.run.list().items[0]
    assert (run.status, run.error) == ("failed", {"code": "internal", "message": "RuntimeError"})
    assert full.verify().ok
