"""Doing runs again: a verdict for each output, the step that diverged, and the class of its cause."""

from __future__ import annotations

import shutil
import socket
from pathlib import Path
from typing import Any

import msgspec
import pytest

from persona.errors import Conflict, UsageError
from persona.model.personas import PersonaSet
from persona.runs import engines
from persona.runs.engines import Engine
from persona.workspace import Workspace


def made(ws: Workspace, **flags: Any) -> str:
    return ws.generate(flags=flags).view.run.id


def other_engine(monkeypatch: pytest.MonkeyPatch, version: str = "9.9.9") -> None:
    """The engine of another day: it drops the last claim of the first persona."""
    real = engines.extractive()

    def generate(*arguments: Any) -> PersonaSet:
        personas = real.generate(*arguments)
        first = personas.personas[0]
        changed = msgspec.structs.replace(first, quotes=None if first.quotes is None else first.quotes[:-1] or None)
        return msgspec.structs.replace(personas, personas=(changed, *personas.personas[1:]))

    monkeypatch.setitem(engines.ENGINES, "extractive", lambda: Engine(real.name, version, generate, real.templates))


@pytest.mark.no_network
def test_every_recorded_run_replays_to_the_same_bytes(full: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    runs = [made(full, count=1), made(full, count=1, temperature=0.7, seed=5), made(full, items=2)]
    before = full.verify().events

    def refuse(*_: Any) -> None:
        raise AssertionError("a socket was asked for")

    monkeypatch.setattr(socket, "socket", refuse)
    for run in runs:
        found = full.reproduce(run)
        assert (found.verdict, found.diverged, found.cause, found.run) == ("identical", None, None, None)
        (output,) = found.outputs
        assert output.found == output.recorded
        assert found.changes == ()
    assert full.verify().events == before, "a replay leaves no trace"


def test_a_replay_needs_only_the_workspace(full: Workspace, interviews: Path, tmp_path: Path) -> None:
    run = made(full, count=1)
    full.close()
    shutil.rmtree(interviews)
    shutil.move(full.root, tmp_path / "elsewhere")
    with Workspace.open(tmp_path / "elsewhere") as moved:
        assert moved.reproduce(run).verdict == "identical"


def test_a_rerun_is_a_run_of_its_own(full: Workspace) -> None:
    run = made(full, count=1, temperature=0.7, seed=5)
    found = full.reproduce(run, "rerun")
    assert (found.verdict, found.level) == ("identical", "rerun")
    assert found.run is not None
    again = full.run.show(found.run)
    assert again.run.tags == {"reproduces": run}
    assert again.run.params == full.run.show(run).run.params
    assert full.run.list(where=f"tags.reproduces = {run}").total == 1
    assert full.why(found.run, run).reason == "the plans are equal, and so are the outputs"
    assert full.verify().ok


def test_another_engine_is_told_apart_by_its_version(full: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    run = made(full, count=1)
    other_engine(monkeypatch)
    found = full.reproduce(run)
    assert (found.verdict, found.cause) == ("different", "code")
    assert found.diverged is not None
    assert found.diverged.startswith("persona-1.quotes[")
    assert found.changes[0].part == "engine_version"
    assert "1 completed runs of this plan, 3 are needed" in found.outputs[0].message
    assert full.reproduce(run, "verify").verdict == "identical", "what was recorded is still there"


def test_what_nothing_explains_is_nondeterminism(full: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    run = made(full, count=1)
    other_engine(monkeypatch, engines.extractive().version)
    found = full.reproduce(run)
    assert (found.verdict, found.cause, found.changes) == ("different", "nondeterminism", ())


def test_other_bytes_within_the_band_of_the_plan_are_equivalent(
    full: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    runs = [made(full, count=1, temperature=0.7, seed=seed) for seed in range(3)]
    other_engine(monkeypatch, engines.extractive().version)
    found = full.reproduce(runs[0])
    assert found.verdict == "equivalent", found.outputs
    assert "within the band of 3 runs" in found.outputs[0].message


def test_scores_outside_the_band_are_different(full: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    runs = [made(full, count=1, temperature=0.7, seed=seed) for seed in range(3)]
    other_engine(monkeypatch)
    monkeypatch.setattr("persona.metrics.scores", lambda _: dict.fromkeys(
        ("diversity_score", "consistency_score", "faithfulness_score", "bias_score"), 0.123
    ))  # fmt: skip
    found = full.reproduce(runs[0])
    assert found.verdict == "different"
    assert "faithfulness_score 0.123 is not in 1 to 1" in found.outputs[0].message


def test_verify_names_the_step_whose_bytes_are_gone(full: Workspace) -> None:
    run = made(full, count=1)
    records, blobs = full._context.records, full._context.blobs
    recipe = full.run.show(run).recipe
    assert recipe is not None
    assert full.reproduce(run, "verify").verdict == "identical"
    blobs.delete(recipe.inputs[0].document)
    found = full.reproduce(run, "verify")
    assert (found.verdict, found.cause) == ("missing", "input")
    assert found.diverged == f"inputs.{recipe.inputs[0].document}"
    blobs.delete(full.artefact.show("personas").artefact.digest)
    (output,) = full.reproduce(run, "verify").outputs
    assert (output.verdict, output.found) == ("missing", None)
    assert records.check() == []


def test_runs_that_cannot_be_done_again_say_why(full: Workspace) -> None:
    with full.run.start() as by_hand:
        by_hand.log_bytes(b"x", "model")
    with pytest.raises(Conflict, match="logged by hand"):
        full.reproduce(by_hand.id)
    assert full.reproduce(by_hand.id, "verify").verdict == "identical"
    with pytest.raises(Exception, match="only 3 participants"):
        made(full, count=50)
    failed = full.run.list(status="failed").items[0].id
    with pytest.raises(Conflict, match="it is failed and has no personas"):
        full.reproduce(failed)
    with pytest.raises(UsageError, match="not a level"):
        full.reproduce(failed, "verfy")


def test_why_names_each_part_that_a_person_changed(full: Workspace, tmp_path: Path) -> None:
    first = made(full, count=1)
    assert full.why(first).reason == "there is no earlier run to compare with: it is the first"
    assert full.why(made(full, count=1)).reason == "the plans are equal, and so are the outputs"
    (found,) = full.why(made(full, count=1, items=2)).differences
    assert (found.part, found.before, found.after) == ("parameters.items", "4", "2")
    (tmp_path / "P09.txt").write_text(
        "Interviewer: What?\nP09: I want a quiet shop in the morning.\n", encoding="utf-8"
    )
    full.source.import_([str(tmp_path / "P09.txt")])
    found_inputs = full.why(made(full, count=1, items=2)).differences
    assert [(one.part, one.cause, one.before) for one in found_inputs] == [("inputs.P09", "input", None)]
    assert full.why(first, first).reason == "the plans are equal, and so are the outputs"
