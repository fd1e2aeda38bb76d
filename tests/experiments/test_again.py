"""An experiment edited, and done again: versions stay, runs replay, and what was tampered with is found."""

from __future__ import annotations

import os
import pty
import subprocess
import sys
from pathlib import Path

import pytest
from tests.experiments.conftest import ASKING, STILL, made
from tests.llm.server import FakeServer

from persona.errors import InvalidInput, NotFound, UsageError
from persona.workspace import Workspace


def test_a_whole_experiment_replays_without_its_server(shop: Workspace, server: FakeServer) -> None:
    made(shop, "asking", ASKING)
    shop.experiment.run("asking", repeats=3, flags={"jobs": 4})
    shop.comparing.compare(["asking"])
    events = shop.verify().events
    before = len(server.asked)
    server.close()
    for level in ("replay", "verify"):
        found = shop.reproduce_experiment("asking", level)
        assert found.verdict == "identical"
        assert {one.verdict for one in found.runs} == {"identical"}
        assert len(found.runs) == 6
        assert found.comparison == "identical"
    assert len(server.asked) == before
    assert shop.verify().events == events, "nothing is recorded"
    with pytest.raises(UsageError, match="cannot be done again"):
        shop.reproduce_experiment("asking", "rerun")


def test_a_comparison_that_more_runs_have_overtaken_is_told(shop: Workspace) -> None:
    made(shop, "still", STILL)
    with pytest.raises(NotFound):
        shop.reproduce_experiment("still")
    shop.experiment.run("still", repeats=3)
    assert shop.reproduce_experiment("still").comparison is None
    shop.comparing.compare(["still"])
    assert shop.reproduce_experiment("still").comparison == "identical"
    shop.experiment.run("still", repeats=4)
    found = shop.reproduce_experiment("still")
    assert (found.comparison, found.verdict) == ("different", "different")
    said = subprocess.run(
        [sys.executable, "-m", "persona", "experiment", "reproduce", "still"], cwd=shop.root, capture_output=True,
        text=True, check=False,
    )  # fmt: skip
    assert said.returncode == 6
    assert "8 identical" in said.stdout
    assert "does not come out the same" in said.stderr


def test_an_edit_makes_a_version_and_a_wrong_one_changes_nothing(shop: Workspace) -> None:
    made(shop, "still", STILL)
    path = shop.root / "projects/shop/experiments/still/experiment.yaml"
    shop.experiment.run("still", repeats=1)
    text = path.read_text()
    with pytest.raises(InvalidInput, match="no variant"):
        shop.experiment.edit("still", text + "baseline: nobody\n")
    assert path.read_text() == text
    assert shop.experiment.show("still").experiment.version == 1
    same = shop.experiment.edit("still", text)
    assert same.experiment.version == 1
    view = shop.experiment.edit("still", text + "baseline: few\n")
    assert view.experiment.version == 2
    shop.experiment.run("still", repeats=2)
    versions = {(run.repeat, run.fields["version"]) for run in shop.run.list(experiment="still").items}
    assert versions == {(0, 1), (1, 2)}, "runs keep the version they were planned with"


def test_what_somebody_wrote_by_hand_is_a_version_before_the_edit(shop: Workspace) -> None:
    made(shop, "still", STILL)
    path = shop.root / "projects/shop/experiments/still/experiment.yaml"
    path.write_text(path.read_text() + "alpha: 0.01\n")
    assert shop.experiment.edit("still", STILL + "alpha: 0.02\n").experiment.version == 3


def test_an_editor_is_opened_where_there_is_a_terminal(shop: Workspace, tmp_path: Path) -> None:
    made(shop, "still", STILL)
    editor = tmp_path / "editor.sh"
    editor.write_text("#!/bin/sh\necho 'baseline: many' >> \"$1\"\n")
    editor.chmod(0o755)
    command = [sys.executable, "-m", "persona", "experiment", "edit", "still"]
    no_terminal = subprocess.run(command, cwd=shop.root, stdin=subprocess.DEVNULL, capture_output=True, text=True)
    assert no_terminal.returncode == 2
    assert "--file" in no_terminal.stderr
    leader, follower = pty.openpty()
    done = subprocess.run(
        command, cwd=shop.root, stdin=follower, capture_output=True, text=True, check=False,
        env={**os.environ, "EDITOR": str(editor), "VISUAL": str(editor)},
    )  # fmt: skip
    os.close(leader)
    os.close(follower)
    assert done.returncode == 0, done.stderr
    assert "is at version 2" in done.stdout
