"""Events while runs are under way: in time, the same as exported later, and never at the cost of a run."""

from __future__ import annotations

import json
import os
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.exports.eventful import INTERVIEWS
from tests.exports.openlineage.conftest import events_of
from tests.exports.openlineage.consumer import Consumer, consumer
from tests.exports.openlineage.spec import Judge

from persona.workspace import Workspace, announcing


@pytest.fixture
def ws(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Workspace]:
    """Two interviews and an experiment of two variants."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    for name in ("WORKSPACE", "PROJECT", "MODEL", "SEED", "OPENLINEAGE"):
        monkeypatch.delenv(f"PERSONA_{name}", raising=False)
    monkeypatch.delenv("OPENLINEAGE_API_KEY", raising=False)
    monkeypatch.chdir(tmp_path)
    for name, text in INTERVIEWS.items():
        Path(name).write_text(text, encoding="utf-8")
    with Workspace.init(tmp_path / "ws") as opened:
        opened.project.create("Shop")
        opened.source.import_([str(tmp_path / name) for name in INTERVIEWS])
        Path("variants.yaml").write_text("name: tone\nvariants:\n  - name: plain\n  - name: warm\n")
        opened.experiment.create(file=Path("variants.yaml"))
        yield opened


@pytest.fixture
def there() -> Iterator[Consumer]:
    with consumer() as found:
        yield found


def told(path: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in Path(path).read_text().splitlines()]


@pytest.mark.no_network
def test_nothing_is_told_and_no_thread_begins_unless_it_is_asked_for(
    ws: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(announcing, "_Follower", None)
    before = set(threading.enumerate())  # other tests of this process may have left some
    ws.generate(flags={"count": 1})
    assert set(threading.enumerate()) <= before
    assert ws.notes == ()


@pytest.mark.no_network
def test_a_file_is_told_what_is_exported_later(ws: Workspace, monkeypatch: pytest.MonkeyPatch, judge: Judge) -> None:
    monkeypatch.setenv("PERSONA_OPENLINEAGE", "told/events.ndjson")
    first = ws.generate(flags={"count": 1}).view.run.id
    second = ws.generate(flags={"count": 2}).view.run.id
    found = told("told/events.ndjson")
    assert found == [*events_of(ws, run=first)[:-1], *events_of(ws, run=second)[:-1]]
    assert [one["eventType"] for one in found] == ["START", "COMPLETE"] * 4
    assert [fault for one in found for fault in judge.faults(one)] == []
    assert ws.notes == ()


def test_an_experiment_tells_of_each_of_its_runs(
    ws: Workspace, there: Consumer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PERSONA_OPENLINEAGE", there.url)
    view = ws.experiment.run("tone", repeats=2)
    whole = events_of(ws, experiment="tone")
    assert there.received == [one for one in whole if "eventType" in one]
    begun = [one["run"]["runId"] for one in there.received if one["eventType"] == "START"]
    uuids = {one.uuid for one in ws.run.list(experiment="tone").items}
    assert uuids <= set(begun)
    assert len(uuids) == len(view.outcomes) == 4
    there.received.clear()
    ws.experiment.run("tone", repeats=2)
    assert there.received == [], "nothing was missing, so nothing began"


def test_workers_of_an_experiment_are_heard_too(ws: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    """Eight runs, from which on other processes do them."""
    monkeypatch.setenv("PERSONA_OPENLINEAGE", "events.ndjson")
    ws.experiment.run("tone", repeats=4, flags={"jobs": 2})
    found = told("events.ndjson")
    whole = [one for one in events_of(ws, experiment="tone") if "eventType" in one]
    assert found == whole
    assert len({one["run"]["runId"] for one in found}) == 16


def test_a_start_is_told_while_the_run_is_under_way(
    ws: Workspace, there: Consumer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PERSONA_OPENLINEAGE", there.url)
    heard: list[list[str]] = []

    def progress(stage: str, _done: int, _total: int) -> None:
        if stage == "measuring":
            for _ in range(100):
                if there.received:
                    break
                time.sleep(0.05)
            heard.append([one["eventType"] for one in there.received])

    ws.generate(flags={"count": 1}, progress=progress)
    assert heard[-1] == ["START"]
    assert [one["eventType"] for one in there.received] == ["START", "COMPLETE", "START", "COMPLETE"]


def test_a_run_that_fails_is_told(ws: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PERSONA_OPENLINEAGE", "events.ndjson")

    def progress(stage: str, _done: int, _total: int) -> None:
        if stage == "measuring":
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        ws.generate(flags={"count": 1}, progress=progress)
    assert [one["eventType"] for one in told("events.ndjson")] == ["START", "ABORT"]
    assert told("events.ndjson")[1]["run"]["facets"]["errorMessage"]["message"] == "cancelled"


@pytest.mark.parametrize("how", ["refused", "slow", "nobody", "folder", "nonsense", "full"])
def test_whatever_happens_to_the_events_the_run_is_whole(
    how: str, ws: Workspace, there: Consumer, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    values = {"nobody": "http://127.0.0.1:9", "folder": str(tmp_path), "nonsense": "gopher://x", "full": "/dev/full"}
    there.always = {"refused": (400, {}, b"no"), "slow": (0, {}, b"")}.get(how, (201, {}, b""))
    if how == "full" and not os.path.exists("/dev/full"):  # noqa: PTH110
        pytest.skip("this system has no /dev/full")
    monkeypatch.setattr(announcing, "GRACE", 0.5)
    monkeypatch.setenv("PERSONA_OPENLINEAGE", values.get(how, there.url))
    run = ws.generate(flags={"count": 1}).view.run
    assert run.status == "completed"
    assert len(ws.notes) == 1
    assert "OpenLineage events" in ws.notes[0]
    if how != "nonsense":
        assert "`persona export openlineage`" in ws.notes[0]
    assert ws.verify().ok


@pytest.mark.parametrize(
    "value", ["http://127.0.0.1:1", "https://example.org", "../out.ndjson", "/tmp/out.ndjson", ".persona/workspace.db", "~/x"]
)  # fmt: skip
def test_the_file_of_a_workspace_cannot_send_events_anywhere(value: str, ws: Workspace, tmp_path: Path) -> None:
    """Who opens a workspace of somebody else has not asked for a connection, nor for a file outside of it."""
    (ws.root / "persona.yaml").write_text(f"openlineage: {value}\n")
    before = (ws.root / ".persona/workspace.db").read_bytes()[:16]
    with Workspace.open(ws.root) as opened:
        opened.generate(flags={"count": 1})
        assert len(opened.notes) == 1
        assert "cannot ask" in opened.notes[0] or value == "~/x"
    assert not (tmp_path / "out.ndjson").exists()
    assert (ws.root / ".persona/workspace.db").read_bytes()[:16] == before


def test_the_file_of_a_workspace_may_name_a_file_within_it(ws: Workspace, tmp_path: Path) -> None:
    (ws.root / "persona.yaml").write_text("openlineage: told/events.ndjson\n")
    with Workspace.open(ws.root) as opened:
        opened.generate(flags={"count": 1})
        assert opened.notes == ()
    assert len(told(str(ws.root / "told/events.ndjson"))) == 4
