"""What events say: by the specification, without words, the same each time, and true to the records."""

from __future__ import annotations

import copy
import json
import re
import shutil
import uuid
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.exports.eventful import WORDS
from tests.exports.openlineage.conftest import events_of
from tests.exports.openlineage.spec import Judge

from persona.errors import NotFound, UsageError
from persona.exports.openlineage.naming import Naming
from persona.lineage.notes import read_checkpoint, read_note
from persona.model.records import DocumentRecord, Draft
from persona.workspace import Workspace
from persona.workspace.openlineage import Chosen

Event = dict[str, Any]


def runs_of(events: list[Event]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for event in events:
        if "eventType" in event:
            found.setdefault(event["run"]["runId"], []).append(event["eventType"])
    return found


def completed(events: list[Event], job: str) -> Event:
    return next(one for one in events if one.get("eventType") == "COMPLETE" and one["job"]["name"] == job)


def test_every_event_and_every_facet_is_valid(events: list[Event], judge: Judge) -> None:
    faults = {number: found for number, event in enumerate(events) if (found := judge.faults(event))}
    assert faults == {}


def test_every_facet_that_is_promised_is_there(events: list[Event]) -> None:
    seen = set()
    for event in events:
        things = [event[slot] for slot in ("run", "job", "dataset") if slot in event]
        for thing in [*things, *event.get("inputs", []), *event.get("outputs", [])]:
            for place in ("facets", "inputFacets", "outputFacets"):
                seen |= set(thing.get(place, {}))
    assert seen >= {
        "parent", "executionParameters", "processing_engine", "jobType", "version", "columnLineage", "lineage", "schema",
        "dataQualityMetrics", "dataQualityAssertions", "test", "lifecycleStateChange", "sourceCodeLocation", "tags", "errorMessage",
        "inputStatistics", "outputStatistics", "datasetType", "persona_recipe", "persona_record", "persona_evidence",
        "persona_metrics", "persona_checkpoint",
    }  # fmt: skip


def breaks() -> list[Any]:
    def without_job(event: Event) -> None:
        del event["job"]

    def without_run_id(event: Event) -> None:
        del event["run"]["runId"]

    def wrong_type(event: Event) -> None:
        event["eventType"] = "DONE"

    def number_as_value(event: Event) -> None:
        event["run"]["facets"]["executionParameters"]["parameters"][0]["value"] = 7

    def without_producer(event: Event) -> None:
        del event["run"]["facets"]["persona_recipe"]["_producer"]

    def recipe_without_digest(event: Event) -> None:
        del event["run"]["facets"]["persona_recipe"]["recipe"]

    def unknown_schema(event: Event) -> None:
        event["run"]["facets"]["test"]["_schemaURL"] = "https://example.org/none.json#/$defs/None"

    def wrong_schema(event: Event) -> None:
        event["run"]["facets"]["test"]["_schemaURL"] = event["job"]["facets"]["jobType"]["_schemaURL"]

    def lineage_without_name(event: Event) -> None:
        fields = event["outputs"][0]["facets"]["lineage"]["fields"]
        del next(field for field in fields.values() if field["inputs"])["inputs"][0]["name"]

    return [without_job, without_run_id, wrong_type, number_as_value, without_producer, recipe_without_digest, unknown_schema,
            wrong_schema, lineage_without_name]  # fmt: skip


@pytest.mark.parametrize("broken", breaks(), ids=lambda one: one.__name__)
def test_a_planted_fault_is_caught(broken: Any, events: list[Event], judge: Judge) -> None:
    event = copy.deepcopy(completed(events, "shop/generate"))
    assert judge.faults(event) == []
    broken(event)
    assert judge.faults(event) != []


def test_no_event_holds_a_word_or_a_name_of_people_or_files(events: list[Event]) -> None:
    text = json.dumps(events)
    assert [word for word in WORDS if re.search(rf"\b{re.escape(word)}\b", text, re.IGNORECASE)] == []


def test_each_run_begins_once_and_ends_once(events: list[Event], eventful: Workspace) -> None:
    states = runs_of(events)
    for id, kinds in states.items():
        assert uuid.UUID(id).version == 7
        assert kinds[0] == "START"
        assert sum(kind in ("COMPLETE", "FAIL", "ABORT") for kind in kinds) == 1, kinds
    recorded = {one.uuid: one.status for one in eventful.run.list(all_projects=True).items}
    assert recorded.keys() <= states.keys()
    for id, status in recorded.items():
        assert ("COMPLETE" if status == "completed" else "FAIL") in states[id]
    assert len(states) == len(recorded) + 3, "beside each run with personas, its evaluation"


def test_the_log_decides_the_order_and_the_bytes(eventful: Workspace, tmp_path: Path) -> None:
    first = eventful.openlineage.write(tmp_path / "one")
    eventful.openlineage.write(tmp_path / "two")
    assert (tmp_path / "one").read_bytes() == (tmp_path / "two").read_bytes()
    events = [json.loads(line) for line in (tmp_path / "one").read_text().splitlines()]
    positions = [
        next(
            thing["facets"]["persona_record"]["position"]
            for thing in (event.get("run"), event.get("dataset"), event.get("job"))
            if thing and "persona_record" in thing["facets"]
        )
        for event in events[:-1]
    ]
    assert positions == sorted(positions)
    assert first.events == len(events)
    stands = events[-1]["job"]["facets"]["persona_checkpoint"]
    assert (stands["size"], stands["root"]) == (first.position, first.root)
    text, signatures = read_note(stands["note"], "note")
    state = read_checkpoint(text, "note")
    assert (state.origin, state.size, state.root.hex()) == (stands["log"], stands["size"], stands["root"])
    assert len(signatures) == 1
    assert (first.position, first.root) == (eventful.coordinate.position, eventful.coordinate.root)


def test_an_export_can_go_on_where_the_last_one_ended(eventful: Workspace) -> None:
    whole = events_of(eventful)
    size = eventful.coordinate.position
    for position in range(0, size + 1, 3):
        rest = events_of(eventful, after=position)
        assert rest == whole[len(whole) - len(rest) :]
        with Workspace.open(eventful.root, as_of=str(max(position, 1))) as past:
            begun = events_of(past)[:-1]
        if position and not any("eventType" in one and one["eventType"] == "OTHER" for one in begun):
            assert begun == whole[: len(begun)]
    with pytest.raises(NotFound, match="to go on after"):
        events_of(eventful, after=size + 1)


def test_parameters_are_texts_and_numbers_are_canonical(events: list[Event]) -> None:
    given = completed(events, "shop/tone/warm/generate")["run"]["facets"]["executionParameters"]["parameters"]
    values = {one["key"]: one["value"] for one in given}
    assert (values["temperature"], values["seed"], values["model"]) == ("0.7", "0", "extractive")
    logged = completed(events, "shop/program")["run"]["facets"]["executionParameters"]["parameters"]
    assert {"key": "rate", "value": "0.5"} in logged


def test_runs_are_nested_in_variants_and_experiments(events: list[Event], eventful: Workspace) -> None:
    warm, plain = (
        completed(events, f"shop/tone/{name}/generate")["run"]["facets"]["parent"] for name in ("warm", "plain")
    )
    assert warm["job"]["name"] == "shop/tone/warm"
    assert warm["root"] == plain["root"]
    assert warm["root"]["job"]["name"] == "shop/tone"
    assert warm["run"] != plain["run"]
    assert "parent" not in completed(events, "shop/generate")["run"]["facets"]
    judged = completed(events, "shop/tone/warm/evaluate")["run"]["facets"]["parent"]
    run = next(one for one in eventful.run.list(experiment="tone").items if one.variant == "warm")
    assert judged["run"]["runId"] == run.uuid
    assert judged["root"] == warm["root"]


def test_every_claim_leads_to_its_characters(events: list[Event], eventful: Workspace) -> None:
    """The lineage facet and the personas themselves say the same."""
    event = completed(events, "shop/generate")
    facets = event["outputs"][0]["facets"]
    run = next(one for one in eventful.run.list().items if one.uuid == event["run"]["runId"])
    personas = eventful.made(run.id).personas
    documents = {one["name"]: one["facets"]["version"]["datasetVersion"] for one in event["inputs"]}
    told = {
        (path, documents[source["name"]], source["field"], source["transformations"][0]["subtype"])
        for path, field in facets["lineage"]["fields"].items()
        for source in field["inputs"]
    }
    meant = {
        (
            f"{persona.id}.{path}",
            one.document,
            f"{one.start}-{one.end}",
            "IDENTITY" if claim.verbatim and not at else "TRANSFORMATION",
        )
        for persona in personas.personas
        for path, claim in persona.claims()
        for at, one in enumerate(claim.evidence)
    }
    assert told == meant
    assert len(told) > 3
    assert facets["persona_evidence"]["claims"] == len(facets["lineage"]["fields"])
    assert event["outputs"][0]["outputFacets"]["outputStatistics"]["rowCount"] == len(personas.personas)


def test_a_question_of_a_survey_is_one_field_in_all_its_documents(events: list[Event]) -> None:
    inputs = completed(events, "shop/generate")["inputs"]
    fields = [
        [field["name"] for field in one["facets"]["schema"]["fields"]] for one in inputs if "schema" in one["facets"]
    ]
    assert sorted(fields) == [["question 1"], ["question 1", "question 2"], ["question 2"], ["text"], ["text"]]
    used = {
        one["field"]
        for event in events
        for output in event.get("outputs", [])
        for field in output["facets"].get("columnLineage", {}).get("fields", {}).values()
        for one in field["inputFields"]
    }
    assert used <= {"text", "question 1", "question 2"}
    assert used & {"question 1", "question 2"}


def test_a_rule_with_words_is_judged_and_not_quoted(events: list[Event]) -> None:
    tests = completed(events, "shop/generate")["run"]["facets"]["test"]["tests"]
    assert [one.get("content") for one in tests] == [None, "claims >= 1", None, "personas >= 40"]
    assert [one["status"] for one in tests][1:] == ["pass", "pass", "fail"]
    assert tests[0]["column"] == "goals"
    judged = completed(events, "shop/evaluate")["inputs"][0]["inputFacets"]["dataQualityAssertions"]["assertions"]
    assert [one["success"] for one in judged][1:] == [True, True, False]


def test_a_version_can_stand_in_the_name(eventful: Workspace, judge: Judge) -> None:
    events = events_of(eventful, version_in_name=True)
    assert [found for event in events if (found := judge.faults(event))] == []
    assert completed(events, "shop/generate")["outputs"][0]["name"] == "shop/personas:v1"
    assert completed(events_of(eventful), "shop/generate")["outputs"][0]["name"] == "shop/personas"


def test_what_is_told_can_be_bounded(eventful: Workspace, events: list[Event]) -> None:
    run = next(one for one in eventful.run.list().items if one.tags.get("reviewed"))
    mine = events_of(eventful, run=run.id[:22])
    assert [one.get("eventType") for one in mine] == ["START", "COMPLETE", "START", "COMPLETE", "OTHER", None]
    assert mine[4]["run"]["facets"]["tags"]["tags"] == [{"key": "reviewed", "value": "yes", "source": "USER"}]
    jobs = {one["job"]["name"] for one in events_of(eventful, experiment="tone")}
    assert jobs == {"log", "shop/tone", *(f"shop/tone/{name}/{work}" for name in ("plain", "warm") for work in ("generate", "evaluate"))}  # fmt: skip
    other = [one for one in events_of(eventful, project="other") if "eventType" in one]
    assert {one["job"]["name"] for one in other} == {"other/program"}
    parts = [one for name in ("shop", "other") for one in events_of(eventful, project=name)[:-1]]
    assert sorted(map(json.dumps, parts)) == sorted(map(json.dumps, events[:-1]))
    for wrong in ({"run": "run_1999"}, {"experiment": "none"}, {"project": "none"}):
        with pytest.raises(NotFound):
            events_of(eventful, **wrong)
    with pytest.raises(UsageError, match="both named"):
        events_of(eventful, run=run.id, experiment="tone")


def test_a_run_that_is_taken_up_again_ends_once(eventful: Workspace, tmp_path: Path, judge: Judge) -> None:
    shutil.copytree(eventful.root, tmp_path / "ws")
    with Workspace.open(tmp_path / "ws") as ws:
        id = ws.run.list(limit=1).items[0].id
        failed = {
            "status": "failed",
            "at": "2026-01-16T00:00:00.000000Z",
            "error": {"code": "budget-reached", "message": "Zora"},
        }
        drafts = [
            Draft("run.finished", id, {**failed, "metrics": [], "fields": {}}),
            Draft("run.started", id, {"at": "2026-01-17T00:00:00.000000Z", "fields": {"attempts": 2}}),
            Draft("run.finished", id, {**failed, "status": "interrupted", "metrics": [], "fields": {}}),
            Draft("run.started", id, {"at": "2026-01-17T00:00:00.000000Z", "fields": {"attempts": 3}}),
            Draft("run.finished", id, {**failed, "status": "cancelled", "metrics": [], "fields": {}}),
        ]
        ws._context.append(*drafts)
        events = events_of(ws, run=id)
        kinds = [one["eventType"] for one in events[:-1]]
        assert kinds == ["START", "OTHER", "OTHER", "RUNNING", "OTHER", "RUNNING", "ABORT"]
        assert "Zora" not in json.dumps(events)
        assert [found for one in events if (found := judge.faults(one))] == []


def test_what_has_lost_its_bytes_says_less_and_is_counted(eventful: Workspace, tmp_path: Path, judge: Judge) -> None:
    shutil.copytree(eventful.root, tmp_path / "ws")
    with Workspace.open(tmp_path / "ws") as ws:
        personas = ws.artefact.show("personas").artefact
        recipe = next(one.recipe for one in ws.run.list().items if one.tags.get("reviewed"))
        assert recipe is not None
        for digest in (personas.digest, recipe):
            ws._context.blobs.delete(digest)
        view = ws.openlineage.write(tmp_path / "events")
        events = [json.loads(line) for line in (tmp_path / "events").read_text().splitlines()]
    assert view.lost > 0
    assert [found for event in events if (found := judge.faults(event))] == []
    facets = completed(events, "shop/generate")["outputs"][0]["facets"]
    assert "version" in facets
    assert "lineage" not in facets


def test_what_is_erased_is_dropped_or_overwritten(eventful: Workspace, tmp_path: Path, judge: Judge) -> None:
    """Somebody who has an interview alone, and somebody who answered a survey with others, withdraw."""
    shutil.copytree(eventful.root, tmp_path / "ws")
    with Workspace.open(tmp_path / "ws") as ws:
        names = {one.id: one.name for one in ws.source.list()}
        before = {one.digest: one.id for one in ws._context.records.scan(DocumentRecord)}
        personas = ws.artefact.show("personas").artefact
        assert ws.participant.withdraw("Zora Quill").dry_run is False
        ws.participant.withdraw("Ilka")
        view = ws.openlineage.write(tmp_path / "events")
        told = [json.loads(line) for line in (tmp_path / "events").read_text().splitlines()]
    assert [fault for one in told for fault in judge.faults(one)] == []
    assert view.lost == 0, "what is erased by record is not lost"
    changes: dict[str, list[str]] = {}
    for one in told:
        change = one.get("dataset", {}).get("facets", {}).get("lifecycleStateChange", {}).get("lifecycleStateChange")
        if change and change != "CREATE":
            changes.setdefault(one["dataset"]["name"], []).append(change)
    alone = next(id for id, name in names.items() if name == "Zora-Quill.txt")
    survey = next(id for id, name in names.items() if name == "survey.csv")
    others = next(id for id, name in names.items() if name == "second.txt")
    assert changes[alone] == ["DROP"]
    assert changes[f"{alone}.0001".replace("source_", "document_")] == ["OVERWRITE"], (
        "what the interviewer said is left"
    )
    assert set(changes[survey]) <= {"DROP", "OVERWRITE"}
    assert others not in changes
    assert set(changes["shop/personas"]) <= {"DROP", "OVERWRITE"}
    text = json.dumps(told)
    assert [word for word in WORDS if re.search(rf"\b{re.escape(word)}\b", text, re.IGNORECASE)] == []
    read = completed(told, "shop/tone/warm/generate")["inputs"]
    digests = {one["facets"]["version"]["datasetVersion"] for one in read if one["name"].startswith("document_")}
    assert digests == before.keys(), "what a run read stays what it was"
    assert completed(told, "shop/generate")["outputs"][0]["facets"]["version"]["datasetVersion"] == personas.digest


names = st.text(st.characters(exclude_categories=("Cs",), exclude_characters="\0"), min_size=1, max_size=20)


@given(st.lists(names, min_size=1, max_size=4), st.datetimes(), names)
def test_derived_ids_are_uuids_of_version_7_and_differ(words: list[str], at: Any, other: str) -> None:
    naming = Naming("persona/some")
    moment = max(at, datetime(1970, 1, 2)).replace(tzinfo=UTC)
    id = uuid.UUID(naming.derived(moment.isoformat(), *words))
    assert (id.version, id.variant) == (7, uuid.RFC_4122)
    assert id.int >> 80 == (moment - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(milliseconds=1)
    assert naming.derived(moment.isoformat(), *words) == str(id)
    assert Naming(f"persona/{other}-").derived(moment.isoformat(), *words) != str(id)


def test_the_schemas_of_the_own_facets_are_those_that_are_published(judge: Judge) -> None:
    root = Path(__file__).resolve().parents[3]
    published = [json.loads(path.read_text())["$id"] for path in (root / "docs/schemas").glob("openlineage-*.json")]
    assert len(published) == 6
    assert set(published) <= judge.known
    assert Chosen() == Chosen(None, None, None, 0, False)
