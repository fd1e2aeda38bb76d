"""A planned run is taken by one process, and however it ends, the record says how."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec
import pytest
from tests.runs.making import ACTOR, kinds, planned, quiet, recipe_for, started, stores

from persona.errors import Conflict, IntegrityError, NotFound
from persona.metrics import scores
from persona.model.canonical import canonical_json, digest_of
from persona.model.measures import unseal_measures
from persona.model.personas import PersonaSet
from persona.model.records import Artefact, Run
from persona.runs import engines, environment
from persona.runs.execute import encode_personas, execute, load_recipe, provenance_of
from persona.runs.plan import source_hash
from persona.workspace import Workspace

EXECUTE = """
import sys
from pathlib import Path
from persona.errors import Conflict
from persona.runs.execute import execute
from persona.storage import open_blobs, open_records
inner = Path(sys.argv[1]) / ".persona"
records, blobs = open_records(inner / "workspace.db"), open_blobs(inner / "blobs")
print("ready", flush=True)
sys.stdin.readline()
try:
    execute(records, blobs, sys.argv[2], actor="person:" + sys.argv[3], progress=lambda *_: None)
    print("made")
except Conflict as error:
    print(error.code)
"""


def run_it(ws: Workspace, run: str) -> PersonaSet:
    return execute(*stores(ws), run, actor=ACTOR, progress=quiet)


def recorded(ws: Workspace, run: str) -> Run:
    return ws._context.records.get(Run, run)


def other_engine(monkeypatch: pytest.MonkeyPatch, generate: Any) -> None:
    real = engines.extractive()
    monkeypatch.setitem(engines.ENGINES, "extractive", lambda: real._replace(generate=generate))


def test_what_was_made_is_what_is_recorded(ws: Workspace) -> None:
    run = planned(ws, count=2, seed=4)
    personas = run_it(ws, run)
    records, blobs = stores(ws)
    done = recorded(ws, run)
    (artefact,) = records.find(Artefact).items
    assert (artefact.id, artefact.run, artefact.kind) == ("shop/personas:v1", run, "personas")
    assert (artefact.path, artefact.fields) == ("output/personas.json", {"personas": len(personas.personas)})
    content = blobs.get(artefact.digest)
    assert content == encode_personas(personas)
    assert artefact.bytes == len(content)
    assert msgspec.json.decode(content, type=PersonaSet) == personas
    measures = unseal_measures(blobs.get(done.fields["measures"]))
    expected = {one.name: one.value for one in measures} | scores(measures)
    assert done.metrics == {name: value for name, value in expected.items() if value is not None}
    assert done.status == "completed"
    assert done.error is None
    assert done.fields["outputs"] == {"personas": artefact.id}
    assert 0 < done.fields["seconds"] < 60
    assert done.fields["process"] == environment.this_process()
    assert blobs.get(done.fields["environment"]) == environment.sealed()
    assert kinds(records, run) == ["run.planned", "run.started", "run.finished"]
    derived = {edge.dst for edge in records.edges(artefact.id, "out") if edge.rel == "derived_from"}
    used = {edge.dst for edge in records.edges(run, "out") if edge.rel == "used" and edge.dst.startswith("document_")}
    assert derived == used
    assert len(used) == 2


def test_personas_carry_the_recipe_behind_them_and_no_clock(ws: Workspace) -> None:
    run = planned(ws, count=1, temperature=0.5)
    provenance = run_it(ws, run).provenance
    recipe = load_recipe(stores(ws)[1], recorded(ws, run))
    assert recipe is not None
    assert provenance == provenance_of(recipe)
    assert provenance["recipe"] == recipe.digest() == recorded(ws, run).recipe
    assert provenance["source_hash"] == source_hash(recipe)
    assert provenance["sources"] == sorted(one.digest for one in ws.source.list())
    assert provenance["documents"] == sorted(one.document for one in recipe.inputs)
    assert provenance["parameters"]["temperature"] == "0.5"
    assert provenance["template_hash"] == recipe.template.digest
    assert run not in str(provenance)
    assert recorded(ws, run).fields["planned_at"][:10] not in str(provenance)


def test_the_same_recipe_makes_the_same_bytes_and_no_new_version(ws: Workspace) -> None:
    first, second, other = planned(ws, seed=1), planned(ws, seed=1), planned(ws, seed=2)
    for run in (first, second, other):
        run_it(ws, run)
    assert recorded(ws, first).recipe == recorded(ws, second).recipe != recorded(ws, other).recipe
    assert recorded(ws, first).fields["outputs"] == recorded(ws, second).fields["outputs"]
    assert recorded(ws, other).fields["outputs"] == {"personas": "shop/personas:v2"}
    makers = {edge.dst for edge in ws._context.records.edges("shop/personas:v1", "out") if edge.rel == "generated_by"}
    assert makers == {first, second}


def test_of_many_processes_one_takes_a_run(ws: Workspace) -> None:
    run = planned(ws)
    workers = [started(EXECUTE, ws.root, run, number) for number in range(3)]
    for one in workers:
        assert one.stdout
        assert one.stdout.readline() == "ready\n"
    for one in workers:
        assert one.stdin
        one.stdin.write("\n")
        one.stdin.flush()
    told = []
    for one in workers:
        out, errors = one.communicate()
        assert one.returncode == 0, errors
        told.append(out.strip())
    assert sorted(told) == ["made", "run-status", "run-status"]
    events = list(ws._context.records.events(subject=run))
    assert [event.kind for event in events] == ["run.planned", "run.started", "run.finished"]
    assert events[1].actor == events[2].actor == f"person:{told.index('made')}"


def test_a_run_is_executed_once(ws: Workspace) -> None:
    run = planned(ws)
    run_it(ws, run)
    with pytest.raises(Conflict) as caught:
        run_it(ws, run)
    assert caught.value.code == "run-status"
    assert recorded(ws, run).status == "completed"


def test_a_run_logged_by_hand_has_nothing_to_execute(ws: Workspace) -> None:
    with ws.run.start() as run:
        pass
    with pytest.raises(Conflict) as caught:
        run_it(ws, run.id)
    assert (caught.value.code, caught.value.place) == ("no-recipe", run.id)
    assert load_recipe(stores(ws)[1], recorded(ws, run.id)) is None


def test_words_that_nobody_said_are_refused_whatever_engine_made_them(
    ws: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = engines.extractive()

    def liar(*arguments: Any) -> PersonaSet:
        return msgspec.convert(
            msgspec.json.decode(
                msgspec.json.encode(real.generate(*arguments)).replace(b"every morning", b"every evening")
            ),
            PersonaSet,
        )

    run = planned(ws, count=1)
    other_engine(monkeypatch, liar)
    with pytest.raises(IntegrityError) as caught:
        run_it(ws, run)
    assert caught.value.code == "quotation-differs"
    done = recorded(ws, run)
    assert (done.status, done.error) == ("failed", {"code": "quotation-differs", "message": caught.value.message})
    assert ws._context.records.find(Artefact).total == 0
    assert done.metrics == {}


@pytest.mark.parametrize(
    ("error", "status", "told"),
    [
        (RuntimeError("every morning"), "failed", {"code": "internal", "message": "RuntimeError"}),
        (NotFound("it is not here", code="gone"), "failed", {"code": "gone", "message": "it is not here"}),
        (KeyboardInterrupt(), "cancelled", {"code": "cancelled", "message": "KeyboardInterrupt"}),
        (SystemExit(3), "cancelled", {"code": "cancelled", "message": "SystemExit"}),
        (MemoryError(), "failed", {"code": "internal", "message": "MemoryError"}),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, BaseException) else "",
)
def test_an_error_is_recorded_and_raised_again(
    ws: Workspace, monkeypatch: pytest.MonkeyPatch, error: BaseException, status: str, told: dict[str, str]
) -> None:
    def failing(*_: Any) -> PersonaSet:
        raise error

    run = planned(ws)
    other_engine(monkeypatch, failing)
    with pytest.raises(type(error)) as caught:
        run_it(ws, run)
    assert caught.value is error
    done = recorded(ws, run)
    assert (done.status, done.error) == (status, told)
    assert done.ended_at
    records, blobs = stores(ws)
    trace = blobs.get(done.fields["traceback"]).decode()
    assert "Traceback" in trace
    assert "in failing" in trace
    log = b"".join(canonical_json(event.body) for event in records.events(subject=run))
    assert b"every morning" not in log, "the words of an error may be those of a source"
    assert records.check() == []


def test_what_is_read_is_what_was_sealed(ws: Workspace, tmp_path: Path) -> None:
    """Files that change or vanish after planning change nothing."""
    recipe, _, gathered = recipe_for(ws)
    run = planned(ws)
    for path in [*tmp_path.glob("*.txt"), *(ws.root / "projects/shop/sources").glob("*.txt")]:
        path.chmod(0o600)
        path.unlink()
    personas = run_it(ws, run)
    spans = [one for persona in personas.personas for _, claim in persona.claims() for one in claim.evidence]
    texts = {item.digest: item.document.text for item in gathered.inputs}
    assert spans
    assert all(texts[one.document][one.start : one.end] == one.quote for one in spans)
    assert digest_of(canonical_json(recipe)) == recorded(ws, run).recipe


def test_an_engine_says_how_far_it_is(ws: Workspace) -> None:
    seen: list[tuple[str, int, int]] = []
    execute(*stores(ws), planned(ws), actor=ACTOR, progress=lambda *step: seen.append(step))
    assert seen[-1][0] == "measuring"
    shares = [done / total for stage, done, total in seen if stage != "measuring"]
    assert shares
    assert all(0 <= share <= 1 for share in shares)
