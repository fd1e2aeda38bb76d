"""A run in one file that somebody changed or made up: it is told as such, and costs neither memory nor disk."""

from __future__ import annotations

import json
import tracemalloc
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tests.llm.bundling import events_of, members, packed, refused, vouched, written

from persona.errors import IntegrityError, InvalidInput, PersonaError
from persona.model.canonical import canonical_json, digest_of
from persona.runs import bundle_form, workcopy
from persona.workspace import Workspace
from persona.workspace.elsewhere import reproduce_file


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
