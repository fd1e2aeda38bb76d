"""The graph of a real workspace: R-016's own pattern, the published schema, moments, and a cache that may be lost."""

from __future__ import annotations

import json
import os
import random
import re
import shutil
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from importlib import util
from pathlib import Path

import pytest
from tests.cli.calling import call
from tests.graph.test_closures import Evidence

from persona.errors import UsageError
from persona.exports.graph import asking as asking_module
from persona.exports.graph import caching
from persona.exports.graph.asking import Asking
from persona.exports.graph.gathering import Sink, gather
from persona.exports.graph.schema import NODES, RELATIONS
from persona.lineage.fine import Rest
from persona.lineage.graph import LineageGraph
from persona.model.canonical import digest_of
from persona.model.records import Artefact, DocumentRecord, Draft, Head, Participant, Run, Source
from persona.runs.inputs import load_label
from persona.storage import open_records
from persona.workspace import Workspace

SAMPLE = "MATCH (output:Data)-[:GENERATED_BY]->(run:Run)-[:USED]->(input:Data) "


@pytest.fixture
def study(demo: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the demonstration, as the current folder."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "nobody"))
    copy = tmp_path / "study"
    shutil.copytree(demo, copy)
    shutil.rmtree(copy / ".persona/cache/graph", ignore_errors=True)
    monkeypatch.chdir(copy)
    return copy


def rows(text: str, *more: str) -> list[list[object]]:
    said = call("graph", "query", text, "--json", *more)
    assert said.status == 0, said.out
    found: list[list[object]] = said.json()["data"]["rows"]
    return found


def test_the_sample_of_the_project_description_says_what_was_recorded(study: Path) -> None:
    found = rows(
        SAMPLE + "RETURN output.hash, output.type, run.id, run.timestamp, input.hash, input.type", "--limit", "9999"
    )
    with Workspace.open(study) as ws:
        records = ws._context.records
        used = {(edge.src, edge.dst) for edge in records.all_edges() if edge.rel == "used"}
        expected = {
            (one.digest, one.kind, run.id, run.started_at, records.get(DocumentRecord, other).digest, "document")
            for one in records.find(Artefact).items
            if one.run
            for run in [records.get(Run, one.run)]
            for source, other in used
            if source == run.id and other.startswith("document_")
        }
    told = {tuple(row) for row in found}
    assert len(expected) > 20
    assert {row for row in told if row[5] == "document"} == {(*row[:3], row[3], *row[4:]) for row in expected}
    assert {row[5] for row in told} == {"document", "template"}


def test_the_tables_are_those_of_the_published_schema_and_no_others(study: Path) -> None:
    tables = {(str(name), str(kind)) for _, name, kind, *_ in rows("CALL show_tables() RETURN *")}
    assert tables == {(label, "NODE") for label in NODES} | {(name, "REL") for name in RELATIONS}
    for label, properties in NODES.items():
        told = {(str(row[1]), str(row[2])) for row in rows(f"CALL table_info('{label}') RETURN *")}
        assert told == set(properties)
    met = rows("MATCH (a)-[e]->(b) RETURN DISTINCT label(e), label(a), label(b)")
    assert len(met) > 12
    for relation, source, target in met:
        assert (source, target) in RELATIONS[str(relation)].pairs
    said = call("graph", "schema")
    for label, properties in NODES.items():
        assert f"(:{label})" in said.out
        assert all(f"{name} {kind}" in said.out for name, kind in properties)
    assert {one["relation"] for one in call("graph", "schema", "--json").json()["data"]["relations"]} == set(RELATIONS)


def test_every_id_is_one_that_lineage_knows(study: Path) -> None:
    del study
    ids = [str(row[0]) for row in rows("MATCH (n) RETURN n.id ORDER BY n.id", "--limit", "9999")]
    with Workspace.open() as ws:
        for id in random.Random(1).sample(ids, 60):
            assert ws.lineage.show(id).thing.id == id or "/" in id


def test_paths_nodes_and_edges_are_told_in_every_form(study: Path) -> None:
    del study
    path = "MATCH p=(c:Claim)-[:QUOTED_FROM]->(w:Highlight)-[e:DERIVED_FROM]->(d:Data) RETURN p, e, d ORDER BY c.id LIMIT 1"
    ((walked, edge, node),) = rows(path)
    assert isinstance(walked, dict)
    steps = walked["path"]
    assert [one.get("label") or one["relation"] for one in steps] == [
        "Claim", "QUOTED_FROM", "Highlight", "DERIVED_FROM", "Data",
    ]  # fmt: skip
    assert edge == {"relation": "DERIVED_FROM", "from": steps[2]["id"], "to": steps[4]["id"]}
    assert node == steps[4]
    text = call("graph", "query", path).out
    assert f"{steps[0]['id']} -[QUOTED_FROM]-> {steps[2]['id']}" in text
    listed = json.loads(call("graph", "query", path, "--format", "json").out)
    assert listed == [{"p": walked, "e": edge, "d": node}]
    lines = call(
        "graph", "query", "MATCH (r:Run) RETURN r.id, r.deleted ORDER BY r.id", "--format", "csv"
    ).out.splitlines()
    assert lines[0] == "r.id,r.deleted"
    assert len(lines) == 4
    assert call("graph", "query", "MATCH (r:Run {id: 'no'}) RETURN r").out.strip() == "no rows"


def test_sparql_answers_in_every_form(study: Path) -> None:
    del study
    counted = call("graph", "sparql", "SELECT (COUNT(?r) AS ?n) { ?r a persona:Run }", "--format", "json")
    assert json.loads(counted.out) == [{"n": 3}]
    assert call("graph", "sparql", "ASK { ?run prov:used ?what }").out.split() == ["answer", "true"]
    triples = call("graph", "sparql", "CONSTRUCT { ?a prov:used ?b } WHERE { ?a prov:used ?b }", "--format", "nt").out
    assert re.fullmatch(r"(<\S+> <http://www.w3.org/ns/prov#used> <\S+> \.\n)+", triples)
    assert triples.count("\n") == len(rows("MATCH (a)-[:USED]->(b) RETURN a.id, b.id"))
    said = call("graph", "sparql", "ASK { ?a ?b ?c }", "--format", "nt", "--json")
    assert said.json()["errors"][0]["code"] == "graph-format"


@pytest.mark.parametrize("language", ["query", "sparql"])
def test_what_is_wrong_too_long_or_too_much_ends_in_words(language: str, study: Path) -> None:
    del study
    wrong, endless, many = {
        "query": ("MATCH (n:Date) RETURN n", "MATCH (a),(b),(c),(d) RETURN count(a.id + b.id + c.id + d.id)", "MATCH (n) RETURN n.id"),
        "sparql": ("SELECT * { ?a ?b }", "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i }", "SELECT * { ?a ?b ?c }"),
    }[language]  # fmt: skip
    said = call("graph", language, wrong)
    assert said.status == 2
    assert "query is wrong" in said.err
    assert "hint: " in said.err
    said = call("graph", language, endless, "--timeout", "0.5")
    assert said.status == 2
    assert "stopped after 0.5 seconds" in said.err
    said = call("graph", language, many, "--limit", "5", "--format", "csv")
    assert len(said.out.splitlines()) == 6
    assert "there are more rows than these 5" in said.err


def test_a_query_that_wants_all_memory_is_told_so(study: Path) -> None:
    del study
    said = call("graph", "query", "MATCH (a),(b),(c) RETURN collect(a.id + b.id + c.id)", "--json")
    assert said.json()["errors"][0]["code"] == "graph-memory"


def test_without_the_extra_the_command_that_installs_it_is_told(study: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    del study
    monkeypatch.setattr(
        asking_module, "find_spec", lambda name: None if name in ("ladybug", "pyoxigraph") else util.find_spec(name)
    )
    for words in (("query", "MATCH (n) RETURN n"), ("sparql", "ASK { ?a ?b ?c }")):
        said = call("graph", *words)
        assert said.status == 2
        assert "pip install 'persona-workbench[graph]'" in said.err
    assert call("graph", "schema").status == 0


def test_a_moment_has_a_graph_of_its_own(study: Path) -> None:
    with Workspace.open(study) as ws:
        first = next(event.seq for event in ws._context.records.events(kind="run.finished"))
    counted = "MATCH (r:Run {status: 'completed'}) RETURN count(r)"
    assert rows(counted, "--as-of", str(first)) == [[1]]
    assert rows(counted) == [[3]]
    assert rows(counted, "--as-of", str(first - 1)) == [[0]]


def few(sink: Sink) -> None:
    """A graph of two runs, of which one used what the other made."""
    for id in ("run_1", "run_2"):
        sink.node("Run", {"id": id, "type": "run", "seed": 7})
    sink.node("Data", {"id": 'p/"odd, name\nof two lines":v1', "type": "personas"})
    sink.edge("GENERATED_BY", ("Data", 'p/"odd, name\nof two lines":v1'), ("Run", "run_1"))
    sink.edge("USED", ("Run", "run_2"), ("Data", 'p/"odd, name\nof two lines":v1'))


FEW = {
    "cypher": "MATCH (a:Run)-[:USED]->(b)-[:GENERATED_BY]->(c) RETURN a.id, b.id, c.seed",
    "sparql": "SELECT ?a ?b ?c { ?x prov:used ?y; persona:id ?a . ?y persona:id ?b; prov:wasGeneratedBy/persona:seed ?c }",
}
TOLD = [["run_2", 'p/"odd, name\nof two lines":v1', 7]]


def test_a_graph_is_made_once_a_moment_and_few_are_kept(tmp_path: Path) -> None:
    asked = Asking(tmp_path, Head(1, "00"), few)
    assert [asked.ask("cypher", FEW["cypher"], limit=9, seconds=30).made for _ in range(2)] == [True, False]
    for size in (2, 3, 4):
        assert Asking(tmp_path, Head(size, "00"), few).ask("cypher", FEW["cypher"], limit=9, seconds=30).made
    assert len(list(tmp_path.iterdir())) == caching.KEPT
    assert Asking(tmp_path, Head(1, "00"), few).ask("sparql", FEW["sparql"], limit=9, seconds=30).rows == TOLD
    assert len(list(tmp_path.iterdir())) == caching.KEPT + 1
    assert asked.ask("cypher", FEW["cypher"], limit=9, seconds=30).made


def flipped(data: bytes) -> bytes:
    at = len(data) // 3
    return data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :]


DAMAGE = {
    "cut": lambda data: data[: len(data) // 2],
    "empty": lambda data: b"",
    "noise": lambda data: random.Random(1).randbytes(len(data)),
    "one bit": flipped,
    "gone": None,
}


@pytest.mark.parametrize("language", ["cypher", "sparql"])
def test_damage_to_the_cache_is_no_error_and_changes_no_answer(language: str, tmp_path: Path) -> None:
    asked = Asking(tmp_path / "cache", Head(1, "00"), few)

    def ask() -> tuple[list[list[object]], bool]:
        found = asked.ask(language, FEW[language], limit=9, seconds=30)  # type: ignore[arg-type]
        return found.rows, found.made

    assert ask() == (TOLD, True)
    (kept,) = (tmp_path / "cache").iterdir()
    for damage, change in DAMAGE.items():
        full = [path for path in kept.rglob("*") if path.is_file() and path.stat().st_size and path.name != "LOCK"]
        for path in full if damage != "one bit" else full[-1:]:
            path.unlink() if change is None else path.write_bytes(change(path.read_bytes()))
        assert ask() == (TOLD, True), damage
        assert ask() == (TOLD, False), damage
    shutil.rmtree(tmp_path / "cache")
    assert ask() == (TOLD, True)


def test_a_file_in_the_place_of_the_cache_and_a_folder_that_cannot_be_written_do_no_harm(study: Path) -> None:
    (study / ".persona/cache").mkdir(exist_ok=True)
    (study / ".persona/cache/graph").write_text("in the way", encoding="utf-8")
    assert rows("MATCH (r:Run) RETURN count(r)") == [[3]]
    assert (study / ".persona/cache/graph").read_text(encoding="utf-8") == "in the way"


def test_many_may_ask_at_once_where_there_is_no_graph_yet(tmp_path: Path) -> None:
    def ask(_: int) -> list[list[object]]:
        return (
            Asking(tmp_path, Head(1, "00"), few)
            .ask("cypher", "MATCH (r:Run) RETURN count(r)", limit=9, seconds=60)
            .rows
        )

    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(ask, range(4))) == [[[2]]] * 4
    assert len([path for path in tmp_path.iterdir() if not path.name.startswith(".")]) == 1


def test_what_a_killed_process_left_is_swept_away_later(tmp_path: Path) -> None:
    left = tmp_path / ".cypher-abc.tmp"
    left.mkdir()
    caching.sweep(tmp_path, "cypher", tmp_path / "none")
    assert left.exists()
    os.utime(left, (1, 1))
    caching.sweep(tmp_path, "cypher", tmp_path / "none")
    assert not left.exists()


def test_no_words_of_sources_and_no_names_of_people_or_files_are_in_the_graph(study: Path) -> None:
    (study / "survey.csv").write_text(
        "participant,how often do you really travel by night train,why\nQ1,never in my life,because I sleep badly\n"
        "Q2,every single Friday,because my mother lives in Zagreb\n", encoding="utf-8",
    )  # fmt: skip
    assert call("source", "import", "survey.csv").status == 0
    assert call("generate", "--count", "1").status == 0
    rows("MATCH (n) RETURN count(n)")
    call("graph", "sparql", "ASK { ?a ?b ?c }")
    with Workspace.open(study) as ws:
        records, blobs = ws._context.records, ws._context.blobs
        secrets = {load_label(blobs, one.card).label for one in records.find(Participant).items}
        secrets |= {ws.source.name_of(one) for one in records.find(Source).items}
        texts = [json.loads(blobs.get(one.digest))["text"] for one in records.find(DocumentRecord).items]
        lineage = ws.lineage.whole()
        told: list[str] = []

        class Listening:
            def node(self, label: str, values: dict[str, object]) -> None:
                told.append(json.dumps([label, list(values.values())]))

            def edge(self, relation: str, source: tuple[str, str], target: tuple[str, str]) -> None:
                told.append(json.dumps([relation, source, target]))

        gather(records, lineage, Listening())
    words = {
        " ".join(one)
        for text in texts
        for split in [text.split()]
        for one in zip(*(split[n:] for n in range(4)), strict=False)
    }
    whole = "\n".join(told)
    assert len(words) > 1000
    assert not [one for one in words if one in whole]
    assert not [one for one in secrets if re.search(rf"(?<![\w]){re.escape(one)}(?![\w])", whole)]


def test_a_question_of_a_survey_is_told_by_its_place(tmp_path: Path) -> None:
    records = open_records(tmp_path / "w.db", create=True)
    digest = digest_of(b"personas")
    body = {"project": "p", "name": "personas", "version": 1, "kind": "personas", "digest": digest, "bytes": 8}
    whole = {**body, "path": "", "run": None, "fields": {}, "tags": {}}
    records.append([Draft("project.created", "p", {"title": "P"}), Draft("artefact.logged", "p/personas:v1", whole)])
    evidence = Evidence()
    evidence.rests[digest] = [
        Rest(f"persona-{persona}.demographics.{key}", None, 0, 0, "", verbatim=False, status="inferred")
        for persona in (1, 2)
        for key in ("age", "how often do you travel by night train?", "why [if at all]")
    ]
    lineage = LineageGraph(records, evidence, lambda _: {}, fine=True)
    found = Asking(tmp_path / "cache", records.head(), partial(gather, records, lineage)).ask(
        "cypher",
        "MATCH (c:Claim)-[:MEMBER_OF]->(p)-[:MEMBER_OF]->(a) RETURN c.path, a.id ORDER BY c.path",
        limit=9,
        seconds=30,
    )
    assert found.rows == [
        [f"persona-{persona}.demographics.{key}", "p/personas:v1"] for persona in (1, 2) for key in ("2", "3", "age")
    ]
    records.close()


def test_an_erased_thing_is_invalidated_by_the_withdrawal(tmp_path: Path) -> None:
    with Workspace.init(tmp_path / "ws") as ws:
        ws.project.create("Shop")
        (tmp_path / "P01.txt").write_text("Interviewer: And?\nP01: I want my parcel at once.\n", encoding="utf-8")
        ws.source.import_([str(tmp_path / "P01.txt")])
        records = ws._context.records
        (source,), (person,) = records.find(Source).items, records.find(Participant).items
        begun = {"project": "shop", "participants": [person.id]}
        item = {"digest": source.digest, "kind": "original"}
        records.append([
            Draft("withdrawal.begun", "withdrawal_1", begun),
            Draft("words.erased", "withdrawal_1", {"items": [item]}),
        ])  # fmt: skip
        asking = Asking(tmp_path / "cache", records.head(), partial(gather, records, ws.lineage.whole()))
        query = "MATCH (d)-[:INVALIDATED_BY]->(w:Withdrawal)-[:ASSOCIATED_WITH]->(p:Agent) RETURN d.id, w.id, p.id"
        assert asking.ask("cypher", query, limit=9, seconds=30).rows == [[source.id, "withdrawal_1", person.id]]


def test_a_version_of_the_engine_or_of_the_schema_has_a_graph_of_its_own() -> None:
    keys = {
        caching.Key(language, engine, schema, Head(size, root)).folder
        for language in ("cypher", "sparql")
        for engine in ("ladybug 1", "ladybug 2")
        for schema in (1, 2)
        for size, root in ((1, "00"), (1, "01"), (2, "00"))
    }
    assert len(keys) == 24
    with pytest.raises(UsageError):
        Asking(Path("/nowhere"), Head(0, ""), lambda _: None).ask("cypher", "CREATE (n:Run)", limit=1, seconds=1)
