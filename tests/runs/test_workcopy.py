"""The git work tree that a run is started in, by real repositories."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from tests.runs.making import small_workspace

from persona.errors import PersonaError
from persona.runs import environment, workcopy
from persona.workspace import Workspace

SECRET = "hunter2-not-in-any-byte"


def git(folder: Path, *words: str) -> str:
    env = {**os.environ, "GIT_CONFIG_GLOBAL": "/dev/null", "GIT_CONFIG_SYSTEM": "/dev/null"}
    for name in ("AUTHOR", "COMMITTER"):
        env |= {f"GIT_{name}_NAME": "Ada", f"GIT_{name}_EMAIL": "ada@example.org"}
    done = subprocess.run(["git", "-C", str(folder), *words], env=env, capture_output=True, text=True, check=True)
    return done.stdout.strip()


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A repository with one commit, as the current folder."""
    folder = tmp_path / "study"
    folder.mkdir()
    git(folder, "init", "-q", "-b", "main")
    (folder / "analysis.py").write_text("x = 1\n")
    git(folder, "add", ".")
    git(folder, "commit", "-q", "-m", "first")
    git(folder, "remote", "add", "origin", f"https://ada:{SECRET}@example.org/study.git")
    monkeypatch.chdir(folder)
    workcopy._look.cache_clear()
    return folder


@pytest.fixture
def ws(repository: Path) -> Workspace:
    return small_workspace(repository)


def told(ws: Workspace) -> dict[str, Any]:
    found = ws.generate(flags={"count": 1}).view.run.fields.get("git")
    return found or {}


def test_a_clean_commit_is_recorded_with_its_branch(ws: Workspace, repository: Path) -> None:
    found = told(ws)
    assert found["commit"] == git(repository, "rev-parse", "HEAD")
    assert (found["branch"], found["dirty"]) == ("main", False)
    assert "diff" not in found


def test_what_was_changed_since_is_kept_as_a_diff(ws: Workspace, repository: Path) -> None:
    (repository / "analysis.py").write_text("x = 2\n")
    found = told(ws)
    assert found["dirty"] is True
    diff = ws._context.blobs.get(found["diff"])
    assert b"-x = 1\n+x = 2\n" in diff
    folder = ws.root / "projects/shop/runs"
    (made,) = folder.iterdir()
    assert (made / "audit/changes.diff").read_bytes() == diff
    assert json.loads((made / "audit/git.json").read_text())["commit"] == found["commit"]
    assert ws.verify().ok


def test_words_of_participants_in_the_work_tree_stay_out_of_the_diff(ws: Workspace, repository: Path) -> None:
    git(repository, "add", "-f", "ws/projects")
    git(repository, "commit", "-q", "-m", "with the workspace")
    source = next((repository / "ws/projects/shop/sources").iterdir())
    source.chmod(0o644)
    source.write_text("Anna: a secret that nobody should read twice\n")
    (repository / "analysis.py").write_text("x = 3\n")
    diff = ws._context.blobs.get(told(ws)["diff"])
    assert b"x = 3" in diff
    assert b"secret" not in diff


def test_no_remote_and_no_variable_is_recorded(
    ws: Workspace, repository: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MY_API_KEY", SECRET)
    told(ws)
    ws.close()
    assert not [path for path in ws.root.rglob("*") if path.is_file() and SECRET.encode() in path.read_bytes()]


def test_a_repository_cannot_make_us_run_anything(ws: Workspace, repository: Path) -> None:
    trap = repository / "trap.sh"
    trap.write_text(f"#!/bin/sh\ntouch {repository}/sprung\n")
    trap.chmod(0o755)
    for name in ("core.fsmonitor", "diff.external", "core.pager", "diff.trap.textconv", "diff.trap.command"):
        git(repository, "config", name, str(trap))
    (repository / ".gitattributes").write_text("*.py diff=trap\n")
    (repository / "analysis.py").write_text("x = 4\n")
    assert told(ws)["dirty"] is True
    assert not (repository / "sprung").exists()


def test_it_can_be_switched_off_and_is_missing_where_there_is_no_repository(
    ws: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PERSONA_RECORD_GIT", "false")
    with Workspace.open(ws.root) as again:
        assert told(again) == {}
    monkeypatch.delenv("PERSONA_RECORD_GIT")
    (tmp_path / "plain").mkdir()
    monkeypatch.chdir(tmp_path / "plain")
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path))
    with Workspace.open(ws.root) as again:
        assert told(again) == {}


def test_without_git_nothing_is_recorded(ws: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    assert told(ws) == {}


def test_a_long_diff_is_cut_and_said_to_be(ws: Workspace, repository: Path) -> None:
    (repository / "analysis.py").write_text("y = 1\n" * 300_000)
    found = told(ws)
    assert found["cut"] is True
    assert len(ws._context.blobs.get(found["diff"])) == workcopy.LARGEST_DIFF


# The level `environment`


def test_an_unchanged_environment_is_identical_and_nothing_more_is_claimed(ws: Workspace) -> None:
    run = ws.generate(flags={"count": 1}).view.run.id
    found = ws.reproduce(run, "environment")
    assert (found.verdict, found.outputs, found.changes) == ("identical", (), ())
    assert ws.run.list().total == 1


@pytest.mark.parametrize(
    ("part", "value", "cause"),
    [
        ("packages.numpy", "0.1", "environment"),
        ("contents.numpy", "sha256:0", "environment"),
        ("variables.LANG", "tlh", "environment"),
        ("build", "another", "environment"),
        ("code", "sha256:1", "code"),
    ],
)
def test_each_planted_difference_is_named(
    ws: Workspace, monkeypatch: pytest.MonkeyPatch, part: str, value: str, cause: str
) -> None:
    monkeypatch.setenv("LANG", "C.UTF-8")
    environment.capture.cache_clear()
    environment.sealed.cache_clear()
    run = ws.generate(flags={"count": 1}).view.run.id
    now = json.loads(json.dumps(environment.capture()))
    head, _, tail = part.partition(".")
    if tail:
        now[head][tail] = value
    else:
        now[head] = value
    monkeypatch.setattr(environment, "capture", lambda: now)
    found = ws.reproduce(run, "environment")
    assert found.verdict == "different"
    assert [(one.part, one.cause, one.after) for one in found.changes] == [(part, cause, value)]


def test_another_commit_and_another_diff_are_named(ws: Workspace, repository: Path) -> None:
    run = ws.generate(flags={"count": 1}).view.run.id
    (repository / "analysis.py").write_text("x = 5\n")
    workcopy._look.cache_clear()
    assert [one.part for one in ws.reproduce(run, "environment").changes] == ["git.diff"]
    git(repository, "commit", "-q", "-am", "second")
    workcopy._look.cache_clear()
    assert [one.part for one in ws.reproduce(run, "environment").changes] == ["git.commit"]


def test_what_is_written_out_builds_on_what_was_recorded(ws: Workspace, repository: Path, tmp_path: Path) -> None:
    from cyclonedx.schema import SchemaVersion
    from cyclonedx.validation.json import JsonStrictValidator

    (repository / "analysis.py").write_text("x = 6\n")
    run = ws.generate(flags={"count": 1}).view.run.id
    made = ws.environment(run, tmp_path / "out")
    assert set(made.files) == {
        ".python-version", "README.txt", "changes.diff", "environment.json", "requirements.txt", "sbom.cdx.json"
    }  # fmt: skip
    text = (tmp_path / "out/sbom.cdx.json").read_text()
    assert JsonStrictValidator(SchemaVersion.V1_6).validate_str(text) is None
    bill = json.loads(text)
    named = {one["name"]: one["version"] for one in bill["components"]}
    assert named == environment.capture()["packages"]
    wanted = (tmp_path / "out/requirements.txt").read_text().split()
    assert dict(line.split("==") for line in wanted) == named
    assert f"{sys.version_info[0]}.{sys.version_info[1]}" in (tmp_path / "out/.python-version").read_text()
    with pytest.raises(PersonaError) as caught:
        ws.environment(run, tmp_path / "out")
    assert caught.value.code == "folder-not-empty"
    ws.environment(ws.generate(flags={"count": 1, "seed": 5}).view.run.id, tmp_path / "two")
    assert (tmp_path / "two/sbom.cdx.json").read_text() == text, "one document for one environment"
