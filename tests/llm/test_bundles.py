"""A run in one file: what it holds, what it never hides, and what a stranger's file cannot do."""

from __future__ import annotations

import json
import os
import subprocess
import tracemalloc
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tests.cli.calling import Said, call
from tests.llm.conftest import NAMES
from tests.llm.server import FakeServer, Reply

from persona.errors import IntegrityError, InvalidInput, ModelError, NotFound, PersonaError
from persona.model.canonical import canonical_json, digest_of
from persona.model.records import Source
from persona.runs import bundle_form, workcopy
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


def members(path: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(path) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def packed(path: Path, parts: dict[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> Path:
    with zipfile.ZipFile(path, "w", method) as archive:
        for name, data in parts.items():
            archive.writestr(name, data)
    return path


def vouched(parts: dict[str, bytes]) -> dict[str, bytes]:
    """The parts with a header that fits them: what somebody writes who knows the form."""
    header = json.loads(parts["header.json"])
    rest = {name: data for name, data in parts.items() if name != "header.json"}
    header["leaves"] = [leaf_hash(line).hex() for line in rest["events.jsonl"].splitlines()]
    header["members"] = [
        {"name": name, "bytes": len(data), "digest": digest_of(data)} for name, data in rest.items()
    ]  # fmt: skip
    return {"header.json": canonical_json(header), **rest}


def events_of(parts: dict[str, bytes]) -> list[dict[str, Any]]:
    return [json.loads(line) for line in parts["events.jsonl"].splitlines()]


def written(events: list[dict[str, Any]]) -> bytes:
    return b"".join(canonical_json(event) + b"\n" for event in events)


def refused(path: Path, level: str = "replay") -> PersonaError:
    with pytest.raises(PersonaError) as caught:
        reproduce_file(path, level)
    return caught.value


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


# What was changed


def edit_event(parts: dict[str, bytes]) -> dict[str, bytes]:
    events = events_of(parts)
    finished = next(event for event in events if event["kind"] == "run.finished")
    finished["body"]["metrics"][0]["value"] = 0.999
    return {**parts, "events.jsonl": written(events)}


def without(prefix: str) -> Callable[[dict[str, bytes]], dict[str, bytes]]:
    def change(parts: dict[str, bytes]) -> dict[str, bytes]:
        lost = next(name for name in parts if name.startswith(prefix))
        return {name: data for name, data in parts.items() if name != lost}

    return change


def blob_of(parts: dict[str, bytes]) -> str:
    return next(name for name in parts if name.startswith("blobs/"))


def leaves(change: Callable[[list[str]], list[str]]) -> Callable[[dict[str, bytes]], dict[str, bytes]]:
    def changed(parts: dict[str, bytes]) -> dict[str, bytes]:
        header = json.loads(parts["header.json"])
        return {**parts, "header.json": canonical_json({**header, "leaves": change(header["leaves"])})}

    return changed


CHANGES: dict[str, Callable[[dict[str, bytes]], dict[str, bytes]]] = {
    "an event was edited": edit_event,
    "an event is gone": lambda parts: {**parts, "events.jsonl": b"\n".join(parts["events.jsonl"].splitlines()[:-1])},
    "an event came twice": lambda parts: {
        **parts,
        "events.jsonl": parts["events.jsonl"] + parts["events.jsonl"].splitlines()[-1] + b"\n",
    },
    "the events are gone": without("events"),
    "a blob was edited": lambda parts: {**parts, blob_of(parts): b"x" * len(parts[blob_of(parts)])},
    "a blob is longer": lambda parts: {**parts, blob_of(parts): parts[blob_of(parts)] + b" "},
    "a blob is gone": without("blobs/"),
    "a blob came along": lambda parts: {**parts, f"blobs/{digest_of(b'x').removeprefix('sha256:')}": b"x"},
    "something came along": lambda parts: {**parts, "../../outside": b"x"},
    "a line end was changed": lambda parts: {**parts, "events.jsonl": parts["events.jsonl"][:-1] + b"\r"},
    "one leaf too few": leaves(lambda listed: listed[:-1]),
    "one leaf too many": leaves(lambda listed: [*listed, listed[0]]),
    "another leaf": leaves(lambda listed: ["0" * 64, *listed[1:]]),
}


@pytest.mark.parametrize("name", CHANGES)
def test_no_part_is_changed_unnoticed(good: Path, tmp_path: Path, name: str) -> None:
    bad = packed(tmp_path / "bad.zip", CHANGES[name](members(good)))
    for level in ("verify", "replay"):
        error = refused(bad, level)
        assert (error.code, type(error)) == ("bundle-damaged", IntegrityError)
        assert str(bad) in (error.place or "")
        assert error.hints


def test_a_blob_under_the_name_of_another_is_refused_though_the_header_fits(good: Path, tmp_path: Path) -> None:
    parts = members(good)
    parts[blob_of(parts)] = b"something else"
    assert refused(packed(tmp_path / "bad.zip", vouched(parts))).code == "bundle-damaged"


def test_a_member_that_stands_twice_is_refused(good: Path, tmp_path: Path) -> None:
    parts = members(good)
    bad = packed(tmp_path / "bad.zip", parts)
    with zipfile.ZipFile(bad, "a") as archive, pytest.warns(UserWarning, match="Duplicate"):
        archive.writestr(blob_of(parts), parts[blob_of(parts)])
    assert refused(bad).code == "bundle-damaged"


def test_a_blob_that_is_not_what_a_record_says_is_told_and_no_traceback(good: Path, tmp_path: Path) -> None:
    """Every blob in turn becomes text that is nothing, by somebody who rewrites the events and the header too."""
    parts = members(good)
    nothing = b"{}", b"not json at all", b"[" * 5000
    names = [name for name in parts if name.startswith("blobs/")]
    codes = set()
    for number, name in enumerate(names):
        wrong = nothing[number % 3] + b" " * number
        old, new = name.removeprefix("blobs/"), digest_of(wrong).removeprefix("sha256:")
        forged = {part.replace(old, new): data.replace(old.encode(), new.encode()) for part, data in parts.items()}
        forged[f"blobs/{new}"] = wrong
        forged = {
            (f"blobs/{digest_of(data).removeprefix('sha256:')}" if part.startswith("blobs/") else part): data
            for part, data in forged.items()
        }
        bad = packed(tmp_path / "bad.zip", vouched(forged))
        for level in ("verify", "replay"):
            try:
                assert reproduce_file(bad, level).verdict
            except PersonaError as error:
                codes.add(error.code)
    assert "sealed-unreadable" in codes


def test_events_that_no_log_takes_are_told_and_no_traceback(good: Path, tmp_path: Path) -> None:
    parts = members(good)
    events = events_of(parts)
    changes: list[list[dict[str, Any]]] = [
        [*events, events[-1]],
        events[::-1],
        [{**event, "kind": "no.kind"} for event in events],
        [{**event, "body": {}} for event in events],
        [{**event, "subject": ""} for event in events],
        [{**event, "edges": [{"src": "a", "rel": "no", "dst": "b"}]} for event in events],
        [{key: value for key, value in event.items() if key != "body"} for event in events],
        [{**event, "seq": "x", "id": 7} for event in events],
        *([event for at, event in enumerate(events) if at != lost] for lost in range(len(events))),
    ]
    for changed in changes:
        bad = packed(tmp_path / "bad.zip", vouched({**parts, "events.jsonl": written(changed)}))
        try:
            assert reproduce_file(bad).verdict
        except PersonaError:
            continue


@pytest.mark.parametrize(
    "header", [b"", b"{}", b"[]", b"null", b"[" * 100_000, b"\xff", b'{"schema": "run-bundle/1"}', b'{"schema": 3}']
)
def test_a_header_that_is_none_is_told(good: Path, tmp_path: Path, header: bytes) -> None:
    error = refused(packed(tmp_path / "bad.zip", {**members(good), "header.json": header}))
    assert (error.code, type(error)) == ("bundle-unreadable", InvalidInput)


def test_the_form_of_another_version_is_named(good: Path, tmp_path: Path) -> None:
    parts = members(good)
    parts["header.json"] = parts["header.json"].replace(b"run-bundle/2", b"run-bundle/9")
    assert "run-bundle/9" in refused(packed(tmp_path / "bad.zip", parts)).message


# What is too large

BIG = 300_000_000


def zeros(path: Path, parts: dict[str, bytes], big: str, header: dict[str, Any], method: int = 8) -> Path:
    """A file with one member of ``BIG`` zeros, which pack to nearly nothing."""
    with zipfile.ZipFile(path, "w", method) as archive:
        archive.writestr("header.json", canonical_json(header))
        for name, data in parts.items():
            if name not in ("header.json", big):
                archive.writestr(name, data)
        with archive.open(big, "w", force_zip64=False) as stream:
            for _ in range(BIG // 1_000_000):
                stream.write(b"\0" * 1_000_000)
    return path


def claimed(parts: dict[str, bytes], name: str, size: int) -> dict[str, Any]:
    """The header, with another size for one member."""
    header: dict[str, Any] = json.loads(parts["header.json"])
    for one in header["members"]:
        if one["name"] == name:
            one["bytes"] = size
    return header


def lie(path: Path, size: int) -> None:
    """Make the archive's own directory say another size."""
    data = path.read_bytes()
    real = BIG.to_bytes(4, "little")
    assert real in data
    path.write_bytes(data.replace(real, size.to_bytes(4, "little")))


def grown(path: Path) -> tuple[PersonaError, int]:
    """How a file is refused, and the most bytes that Python held meanwhile."""
    tracemalloc.start()
    try:
        return refused(path), tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def test_a_bomb_that_says_its_size_is_not_unpacked(good: Path, tmp_path: Path) -> None:
    parts = members(good)
    for name in (blob_of(parts), "events.jsonl"):
        error, most = grown(zeros(tmp_path / "bomb.zip", parts, name, claimed(parts, name, BIG)))
        assert error.code == "bundle-too-large", name
        assert most < 30_000_000


def test_a_bomb_that_hides_its_size_is_stopped(good: Path, tmp_path: Path) -> None:
    parts = members(good)
    for name in (blob_of(parts), "events.jsonl"):
        honest = next(one["bytes"] for one in json.loads(parts["header.json"])["members"] if one["name"] == name)
        hidden = zeros(tmp_path / "hidden.zip", parts, name, claimed(parts, name, honest))
        error, most = grown(hidden)
        assert "longer than the header says" in error.message
        assert most < 30_000_000
        lie(hidden, honest)
        error, most = grown(hidden)
        assert error.code in ("bundle-damaged", "bundle-unreadable")
        assert most < 30_000_000


@pytest.mark.parametrize("method", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_a_bomb_in_another_packing_is_not_opened(good: Path, tmp_path: Path, method: int) -> None:
    """These unpack as much as a step gives: 300 MB come out of some hundred bytes at once."""
    parts = members(good)
    name = blob_of(parts)
    honest = len(parts[name])
    file = zeros(tmp_path / "other.zip", parts, name, claimed(parts, name, honest), method)
    lie(file, honest)
    error, most = grown(file)
    assert error.code == "bundle-unreadable"
    assert "packed in a way" in error.message
    assert most < 30_000_000


@pytest.mark.parametrize("limit", ["MOST_MEMBERS", "LARGEST", "LARGEST_TEXT", "ALWAYS"])
def test_each_limit_refuses_what_is_beyond_it(
    good: Path, shop: Workspace, run: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, limit: str
) -> None:
    parts = members(good)
    sizes = [len(data) for name, data in parts.items() if name != "header.json"]
    edge = {
        "MOST_MEMBERS": len(parts),
        "LARGEST": sum(sizes),
        "LARGEST_TEXT": max(len(parts["events.jsonl"]), len(parts["header.json"])),
        "ALWAYS": sum(sizes),
    }[limit]
    monkeypatch.setattr(bundle_form, "MOST_TIMES", 0)
    monkeypatch.setattr(bundle_form, limit, edge)
    assert reproduce_file(good).verdict == "identical"
    monkeypatch.setattr(bundle_form, limit, edge - 1)
    assert refused(good).code == "bundle-too-large"
    monkeypatch.setattr(bundle_form, limit, 0)
    with pytest.raises(InvalidInput) as caught:
        shop.bundle.export(run, tmp_path / "too-large.zip")
    assert caught.value.code == "bundle-too-large", "nothing is written that nobody reads"
