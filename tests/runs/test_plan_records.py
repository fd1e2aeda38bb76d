"""From the moment it is planned a run exists, with everything it will read and nothing that can change."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from tests.runs.making import ACTOR, kinds, planned, recipe_for, stores

from persona.errors import Conflict
from persona.model.canonical import canonical_json, digest_of
from persona.model.records import DocumentRecord, Run, Source
from persona.runs import plan
from persona.runs.engines import engine_for
from persona.runs.execute import load_recipe
from persona.runs.inputs import gather, load_inputs
from persona.runs.plan import Belonging, plan_run, record_plan, shown_parameters
from persona.workspace import Workspace


def record(ws: Workspace, belonging: Belonging = Belonging("shop"), **changes: Any) -> str:
    given: dict[str, Any] = {
        "recipe": None, "seed": None, "params": {}, "tags": {}, "used": [], "agents": [ACTOR], "actor": ACTOR,
    }  # fmt: skip
    return record_plan(ws._context.records, belonging, **{**given, **changes})


def test_a_planned_run_names_all_that_it_will_read(ws: Workspace) -> None:
    recipe, text, gathered = recipe_for(ws, count=2, seed=9)
    records, blobs = stores(ws)
    id = plan_run(
        records, blobs, recipe, text, Belonging("shop", "tone", "calm", 3), used=gathered.documents, actor=ACTOR,
        tags={"team": "x"},
    )  # fmt: skip
    run = records.get(Run, id)
    assert (run.status, run.project, run.experiment, run.variant, run.repeat) == ("planned", "shop", "tone", "calm", 3)
    assert (run.seed, run.params, run.tags) == (9, shown_parameters(recipe), {"team": "x"})
    assert run.started_at is run.ended_at is None
    assert blobs.get(recipe.digest()) == canonical_json(recipe)
    assert run.recipe == recipe.digest()
    assert blobs.get(recipe.template.digest) == text
    assert load_recipe(blobs, run) == recipe
    out = {(edge.rel, edge.dst) for edge in records.edges(id, "out")}
    documents = {("used", document.id) for document in records.find(DocumentRecord).items}
    template = f"template:{recipe.template.name}@{recipe.template.version}"
    assert out == documents | {
        ("used", template),
        ("associated_with", f"engine:{recipe.engine}@{recipe.engine_version}"),
        ("associated_with", ACTOR),
        ("part_of", "shop"),
        ("part_of", "shop/tone"),
    }
    assert kinds(records, id) == ["run.planned"]


def test_words_stay_out_of_the_plan(ws: Workspace) -> None:
    run = planned(ws)
    (event,) = ws._context.records.events(subject=run)
    told = canonical_json(event.body).decode() + str(event.edges)
    for word in ("Anna", "Ben", "stock", "shelves", ".txt", str(ws.root)):
        assert word not in told


def test_plans_of_one_recipe_are_runs_of_their_own(ws: Workspace) -> None:
    runs = [ws._context.records.get(Run, planned(ws)) for _ in range(3)]
    assert len({run.id for run in runs}) == len({run.uuid for run in runs}) == 3
    assert len({run.recipe for run in runs}) == 1
    assert {UUID(run.uuid).version for run in runs} == {7}
    assert {run.fields["planned_at"][-1] for run in runs} == {"Z"}


def test_what_happens_then_is_in_the_same_transaction(ws: Workspace) -> None:
    body = {"at": "2026-01-01T00:00:00.000000Z", "fields": {"process": None}}
    run = record(ws, then=[("run.started", body), ("run.logged", {"params": {"late": "1"}})])
    assert kinds(ws._context.records, run) == ["run.planned", "run.started", "run.logged"]
    before = ws._context.records.head()
    with pytest.raises(Exception, match=r"no\.such-kind"):
        record(ws, then=[("no.such-kind", {})])
    assert ws._context.records.head() == before


def test_a_tail_that_was_drawn_before_is_drawn_again(ws: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    taken = record(ws)
    ids = iter([taken, taken, "run_20260101_000000_fresh1"])
    monkeypatch.setattr(plan, "new_id", lambda *_: next(ids))
    assert record(ws, params={"a": "1"}) == "run_20260101_000000_fresh1"
    assert ws._context.records.get(Run, "run_20260101_000000_fresh1").params == {"a": "1"}
    assert ws._context.records.get(Run, taken).params == {}
    drawn = 0

    def always(*_: Any) -> str:
        nonlocal drawn
        drawn += 1
        return taken

    monkeypatch.setattr(plan, "new_id", always)
    with pytest.raises(Conflict):
        record(ws)
    assert 1 < drawn < 20


def test_inputs_are_gathered_by_digest_and_read_back_as_they_were_sealed(ws: Workspace, tmp_path: Path) -> None:
    records, blobs = stores(ws)
    gathered = gather(records, blobs, "shop")
    digests = [item.digest for item in gathered.inputs]
    assert digests == sorted(digests)
    by_id = {one.id: one.digest for one in records.find(DocumentRecord).items}
    assert [by_id[id] for id in gathered.documents] == digests
    assert sorted(label for item in gathered.inputs for label in item.people.values()) == ["Anna", "Ben"]
    recipe, _, _ = recipe_for(ws)
    assert load_inputs(blobs, recipe) == list(gathered.inputs)
    assert [ref.document for ref in recipe.inputs] == digests
    for ref, item in zip(recipe.inputs, gathered.inputs, strict=True):
        assert ref.source == item.document.source
        assert digest_of(canonical_json(item.document)) == ref.document


def test_some_sources_are_gathered_alone_and_others_projects_not_at_all(ws: Workspace, tmp_path: Path) -> None:
    records, blobs = stores(ws)
    ws.project.create("Other")
    ws.source.import_([str(tmp_path / "Anna.txt")], project="other")
    here = [one for one in records.find(Source).items if one.project == "shop"]
    assert len(gather(records, blobs, "shop").inputs) == 2
    for source in here:
        (item,) = gather(records, blobs, "shop", [source.id]).inputs
        assert item.document.source == source.digest
    assert gather(records, blobs, "shop", []).inputs == ()
    (other,) = gather(records, blobs, "other").inputs
    assert list(other.people.values()) == ["Anna"]
    seen: list[tuple[str, int, int]] = []
    gather(records, blobs, "shop", progress=lambda *step: seen.append(step))
    assert seen == [("reading", 0, 2), ("reading", 1, 2)]


def test_the_engine_of_a_recipe_is_the_one_that_is_installed(ws: Workspace) -> None:
    recipe, text, _ = recipe_for(ws)
    engine = engine_for("extractive", "test")
    assert (recipe.engine, recipe.engine_version) == (engine.name, engine.version)
    assert engine.templates[recipe.template.name] == (recipe.template.version, text)
    assert recipe.template.digest == digest_of(text)
