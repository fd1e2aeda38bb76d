"""The playground: one thing changed at a time, and an experiment made of what was tried."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.cli.calling import call, write_interviews

from persona.errors import Conflict, NotFound
from persona.model.yamltext import load_yaml
from persona.workspace import Workspace


@pytest.fixture
def ws(tmp_path: Path) -> Workspace:
    write_interviews(tmp_path / "in")
    made = Workspace.init(tmp_path / "ws")
    made.project.create("Shop")
    made.source.import_([str(tmp_path / "in")])
    return made


def parameters(ws: Workspace, run: str) -> dict[str, str]:
    return ws.run.show(run).run.params


def test_what_was_changed_stays_and_is_told_with_what_moved(ws: Workspace) -> None:
    first = ws.playground.attempt(flags={"count": 2})
    assert (first.before, first.changed) == (None, {})
    second = ws.playground.attempt(flags={"items": 2})
    assert second.before == first.made.view.run.id
    assert second.changed == {"items": ("4", "2")}
    assert set(second.moved) <= set(second.made.view.run.metrics)
    assert all(before != after for before, after in second.moved.values())
    third = ws.playground.attempt(flags={"temperature": 0.5})
    found = parameters(ws, third.made.view.run.id)
    assert (found["count"], found["items"], found["temperature"]) == ("2", "2", "0.5")
    fourth = ws.playground.attempt(reset=True)
    assert parameters(ws, fourth.made.view.run.id)["items"] == "4"
    assert ws.playground.attempt().changed == {}


def test_a_try_is_a_run_like_every_other(ws: Workspace) -> None:
    run = ws.playground.attempt(flags={"count": 2}).made.view.run
    assert run.tags == {"playground": "yes"}
    assert run.experiment is None
    assert ws.reproduce(run.id).verdict == "identical"
    assert [one.id for one in ws.run.list(where="tags.playground = yes").items] == [run.id]
    assert ws.verify().ok


def test_limits_are_not_kept_for_the_next_try(ws: Workspace) -> None:
    ws.playground.attempt(flags={"count": 2, "jobs": 1})
    kept = ws._context.choices()["playground"]["shop"]
    assert kept == {"settings": {"count": 2}, "sources": []}


def test_an_experiment_of_tries_does_its_own_runs(ws: Workspace) -> None:
    tries = [
        ws.playground.attempt(flags=flags).made.view.run.id for flags in ({"count": 2}, {"items": 2}, {}, {"items": 6})
    ]
    view = ws.playground.promote("how-many")
    assert view.variants == {
        "items=4": {"count": 2, "items": 4},
        "items=2": {"count": 2, "items": 2},
        "items=6": {"count": 2, "items": 6},
    }
    text = (ws.root / view.path).read_text(encoding="utf-8")
    written = load_yaml(text, "experiment.yaml")
    assert written["promoted_from"] == tries
    assert "no evidence" in written["description"]
    done = ws.experiment.run("how-many")
    assert (len(done.outcomes), done.there) == (3, 0)
    assert not {one.run for one in done.outcomes} & set(tries)
    assert {run.tags.get("playground") for run in ws.run.list(experiment="how-many").items} == {None}


def test_only_the_runs_that_are_named(ws: Workspace) -> None:
    kept = [
        ws.playground.attempt(flags=flags).made.view.run.id for flags in ({"count": 2}, {"items": 2}, {"novelty": 0.9})
    ]
    view = ws.playground.promote("two", [kept[0], kept[2]])
    assert list(view.variants) == ["items=4,novelty=0.3", "items=2,novelty=0.9"]
    one = ws.playground.promote("one", [kept[1]])
    assert one.variants == {"tried": {"count": 2, "items": 2}}
    with pytest.raises(Conflict):
        ws.playground.promote("two")


def test_the_sources_that_were_tried_go_along(ws: Workspace) -> None:
    names = [one.name for one in ws.source.list()]
    ws.playground.attempt(sources=names[:2], flags={"count": 1})
    ws.playground.attempt(flags={"items": 2})
    view = ws.playground.promote("some")
    done = ws.experiment.run("some")
    read = {edge.dst for edge in ws.run.show(done.outcomes[0].run).edges if edge.dst.startswith("document_")}
    assert len(read) == 2
    assert "tried" in (ws.root / view.path).read_text(encoding="utf-8")
    ws.playground.attempt(reset=True)
    ws.playground.promote("all")
    assert any("different sources" in note for note in ws.notes)


def test_nothing_tried_is_said_with_what_helps(ws: Workspace) -> None:
    with pytest.raises(NotFound) as caught:
        ws.playground.promote("none")
    assert caught.value.code == "no-tries"
    own = ws.run.start()
    with own:
        own.log({"x": 1.0})
    with pytest.raises(NotFound) as other:
        ws.playground.promote("none", [own.id])
    assert other.value.code == "run-without-recipe"
    assert ws.experiment.list() == ()


def test_by_hand(ws: Workspace) -> None:
    place = ("--workspace", str(ws.root))
    assert call("try", "--count", "2", *place).status == 0
    said = call("try", "--items", "2", *place)
    assert said.status == 0, said.err
    assert "Since the last try" in said.out
    assert "may be chance" in said.out
    made = call("experiment", "promote", "--name", "asked", *place)
    assert made.status == 0, made.err
    assert "items=4, items=2" in made.out
    assert call("experiment", "run", "asked", *place).status == 0
    assert call("experiment", "promote", "--name", "asked", *place).status == 4
