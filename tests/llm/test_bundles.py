"""A run in one file: what it holds, what it never hides, and what a stranger's file cannot do."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import pytest
from tests.cli.calling import Said, call
from tests.llm.bundling import members, refused
from tests.llm.conftest import NAMES
from tests.llm.server import FakeServer, Reply

from persona.errors import InvalidInput, ModelError, NotFound, PersonaError
from persona.model.canonical import digest_of
from persona.model.records import Source
from persona.runs import workcopy
from persona.storage.merkle import leaf_hash
from persona.workspace import Workspace
from persona.workspace.elsewhere import reproduce_file

SECRET = "the-unpublished-idea"


@pytest.fixture(autouse=True)
def nowhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No git work tree around the runs."""
    monkeypatch.chdir(tmp_path)
    workcopy._look.cache_clear()


@pytest.fixture
def run(shop: Workspace) -> str:
    return shop.generate(flags={"count": 1}).view.run.id


@pytest.fixture
def good(shop: Workspace, run: str, tmp_path: Path) -> Path:
    return Path(shop.bundle.export(run, tmp_path / "good.zip").path)


# What it holds


def test_each_event_has_the_leaf_that_it_has_in_the_log(shop: Workspace, run: str, good: Path) -> None:
    parts = members(good)
    header = json.loads(parts["header.json"])
    log = {event.leaf.hex(): event for event in shop._context.records.events()}
    assert [leaf_hash(line).hex() for line in parts["events.jsonl"].splitlines()] == header["leaves"]
    assert [log[leaf].kind for leaf in header["leaves"]].count("run.finished") == 1
    listed = {one["name"]: (one["bytes"], one["digest"]) for one in header["members"]}
    assert listed == {name: (len(data), digest_of(data)) for name, data in parts.items() if name != "header.json"}
    assert list(parts)[:2] == ["header.json", "events.jsonl"]


def test_the_view_says_what_is_in_the_file(shop: Workspace, run: str, tmp_path: Path) -> None:
    made = shop.bundle.export(run, tmp_path / "run.zip")
    again = shop.bundle.export(run, tmp_path / "again.zip")
    assert made.digest == again.digest == digest_of((tmp_path / "run.zip").read_bytes())
    calls = len(shop.call.list(run))
    held = {"project": 1, "run": 1, "call": calls, "source": 4, "document": 4, "participant": 4, "artefact": 1}
    assert made.holds == {"event": len(members(tmp_path / "run.zip")["events.jsonl"].splitlines()), **held}
    assert (made.level, made.left_out) == ("replay", ())


@pytest.fixture
def dirty(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A git work tree with changes as the current folder."""
    folder = tmp_path / "study"
    folder.mkdir()
    env = {**os.environ, "GIT_CONFIG_GLOBAL": "/dev/null", "GIT_CONFIG_SYSTEM": "/dev/null"}
    for name in ("AUTHOR", "COMMITTER"):
        env |= {f"GIT_{name}_NAME": "Ada", f"GIT_{name}_EMAIL": "ada@example.org"}
    (folder / "analysis.py").write_text("x = 1\n")
    for words in (["init", "-q"], ["add", "."], ["commit", "-q", "-m", "first"]):
        subprocess.run(["git", "-C", str(folder), *words], env=env, check=True)
    (folder / "analysis.py").write_text(f"x = '{SECRET}'\n")
    monkeypatch.chdir(folder)
    workcopy._look.cache_clear()


def test_changes_of_the_work_tree_stay_here_unless_asked_for(
    dirty: None, shop: Workspace, run: str, tmp_path: Path
) -> None:
    diff = shop.run.show(run).run.fields["git"]["diff"]
    assert SECRET.encode() in shop._context.blobs.get(diff)
    without = shop.bundle.export(run, tmp_path / "without.zip")
    whole = shop.bundle.export(run, tmp_path / "with.zip", with_diff=True)
    name = f"blobs/{diff.removeprefix('sha256:')}"
    assert name not in members(tmp_path / "without.zip")
    assert not any(SECRET.encode() in data for data in members(tmp_path / "without.zip").values())
    assert SECRET.encode() in members(tmp_path / "with.zip")[name]
    assert (without.left_out, whole.left_out) == (("git.diff",), ())
    assert json.loads(members(tmp_path / "without.zip")["header.json"])["left_out"] == {"git.diff": diff}
    for file in (without.path, whole.path):
        assert reproduce_file(file, "verify").verdict == "identical"
        assert reproduce_file(file).verdict == "identical"


def test_the_command_says_what_goes_out(dirty: None, shop: Workspace, run: str, tmp_path: Path) -> None:
    place = ("--workspace", str(shop.root))
    said = call("run", "export", run, "--output", str(tmp_path / "a.zip"), *place)
    assert "4 documents, 4 participants" in " ".join(said.out.split())
    assert "sha256:" in said.out
    assert "words and names of the participants" in " ".join(said.err.split())
    assert "`--with-diff` takes them in" in " ".join(said.err.split())
    said = call("run", "export", run, "--output", str(tmp_path / "b.zip"), "--with-diff", *place)
    assert "it holds the uncommitted changes" in " ".join(said.err.split())


def test_what_is_lost_is_named_and_nothing_is_written(shop: Workspace, run: str, tmp_path: Path) -> None:
    lost = shop.call.list(run)[0].received
    assert lost
    shop._context.blobs.delete(lost)
    with pytest.raises(NotFound) as caught:
        shop.bundle.export(run, tmp_path / "run.zip")
    assert caught.value.code == "bundle-incomplete"
    assert f"received of {shop.call.list(run)[0].id}" in (caught.value.place or "")
    assert list(caught.value.data["lost"]) == [lost]
    assert not (tmp_path / "run.zip").exists()
    assert not shop.verify().ok


def test_a_lost_recipe_and_a_lost_interview_are_named(shop: Workspace, run: str, tmp_path: Path) -> None:
    source = shop._context.records.find(Source).items[0]
    recipe = shop.run.show(run).run.recipe
    assert recipe
    for digest in (recipe, source.digest):
        shop._context.blobs.delete(digest)
    with pytest.raises(NotFound) as caught:
        shop.bundle.export(run, tmp_path / "run.zip")
    assert {recipe, source.digest} == set(caught.value.data["lost"])


# Every kind of run


def opened(said: Said) -> Said:
    """What comes of the command that was hinted at."""
    step = next(line for line in said.err.splitlines() if line.startswith("next: "))
    return call(*step.removeprefix("next: persona ").split())


def test_a_run_that_made_what_was_there_already_replays(shop: Workspace, run: str, tmp_path: Path) -> None:
    """Equal output is no new version: the run is noted as one that made the old one."""
    second = shop.generate(flags={"count": 1}).view.run.id
    assert second != run
    shop.bundle.export(second, tmp_path / "second.zip")
    assert reproduce_file(tmp_path / "second.zip").verdict == "identical"


def test_a_run_of_an_experiment_replays(shop: Workspace, tmp_path: Path) -> None:
    (tmp_path / "variants.yaml").write_text("- name: only\n  parameters: {count: 1}\n")
    shop.experiment.create(name="once", variants=tmp_path / "variants.yaml")
    made = shop.experiment.run("once").outcomes[0].run
    shop.bundle.export(made, tmp_path / "one.zip")
    assert reproduce_file(tmp_path / "one.zip").verdict == "identical"


def test_a_failed_run_is_verified_from_its_file_and_nothing_else_is_said(
    shop: Workspace, server: FakeServer, tmp_path: Path
) -> None:
    server.responder = lambda _: Reply(status=401, text="no")
    with pytest.raises(ModelError):
        shop.generate(flags={"count": 1})
    (failed,) = shop.run.list().items
    assert failed.status == "failed"
    file = str(tmp_path / "failed.zip")
    said = call("run", "export", failed.id, "--output", file, "--workspace", str(shop.root))
    assert said.status == 0, said.err
    done = opened(said)
    assert done.status == 0, done.err
    assert "identical" in done.out
    error = refused(Path(file))
    assert error.code == "not-reproducible"
    (hint,) = error.hints
    assert call(*hint.partition("`")[2].rstrip("`").removeprefix("persona ").split()).status == 0


def test_a_judges_run_is_verified_from_its_file(shop: Workspace, run: str, tmp_path: Path) -> None:
    judges = shop.judging.judge(run, NAMES["openai"]).judge_run
    file = str(tmp_path / "judge.zip")
    said = call("run", "export", judges, "--output", file, "--workspace", str(shop.root))
    assert said.status == 0, said.err
    done = opened(said)
    assert done.status == 0, (done.out, done.err)
    assert "identical" in done.out


def test_a_deleted_run_is_done_again_from_its_file(shop: Workspace, run: str, tmp_path: Path) -> None:
    shop.run.delete(run)
    made = shop.bundle.export(run, tmp_path / "deleted.zip")
    assert reproduce_file(made.path, made.level).verdict == "identical"


def test_a_run_from_a_file_is_not_run_anew(good: Path) -> None:
    assert refused(good, "rerun").code == "bad-level"


# What is no bundle


@pytest.mark.parametrize("name", ["nofile.zip", "folder/nofile", "no.thing"])
def test_a_file_that_is_not_there_is_told_as_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.chdir(tmp_path)
    said = call("run", "reproduce", name)
    assert said.status == 3
    assert "there is no such file" in said.err
    assert name in said.err
    assert "workspace" not in said.err


def test_a_folder_is_no_bundle(tmp_path: Path, shop: Workspace, run: str, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "folder.zip").mkdir()
    error = refused(tmp_path / "folder.zip")
    assert (error.code, type(error)) == ("bundle-unreadable", InvalidInput)
    assert "folder" in error.message
    with pytest.raises(PersonaError) as caught:
        shop.bundle.export(run, tmp_path)
    assert caught.value.code == "path-folder"
    monkeypatch.chdir(shop.root)
    (shop.root / run).mkdir()
    assert call("run", "reproduce", run).status == 0, "a folder named like a run is no file"


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes with names here")
def test_a_pipe_is_no_bundle(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.zip")
    assert refused(tmp_path / "pipe.zip").code == "bundle-unreadable"
