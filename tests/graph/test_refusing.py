"""What does more than read is refused in words; and where words are not enough, by the operating system."""

from __future__ import annotations

import socket
import threading
from pathlib import Path

import pytest

from persona.errors import PersonaError, UsageError
from persona.exports.graph import asking as asking_module
from persona.exports.graph.asking import Asking
from persona.exports.graph.gathering import Sink
from persona.exports.graph.refusing import refuse_cypher, refuse_sparql
from persona.model.records import Head

WRITING = [
    "CREATE (a:Data {id: 'x'})",
    "MATCH (n) DELETE n",
    "MATCH (n) detach delete n",
    "MATCH (n:Data) SET n.type = 'x' RETURN n",
    "MERGE (a:Data {id: 'x'})",
    "COPY (MATCH (n) RETURN n.id) TO 'out.csv'",
    "COPY Data FROM 'in.csv'",
    "LOAD FROM 'in.csv' RETURN *",
    "LOAD EXTENSION 'x'",
    "INSTALL json",
    "ATTACH 'x' AS y (dbtype lbug)",
    "EXPORT DATABASE 'x'",
    "DROP TABLE Data",
    "ALTER TABLE Data ADD x INT64",
    "CALL threads=1",
    "CALL var_length_extend_max_depth=3",
    "CALL project_graph('G', ['Data'], ['USED'])",
    "BEGIN TRANSACTION",
    "CHECKPOINT",
    "RETURN 1; RETURN 2",
    "RETURN 1 // nothing\rCREATE (a:Data)",
    "RETURN 'a' /* ' */ CREATE (a:Data) /* ' */",
]
READING = [
    "MATCH (n) RETURN n",
    "MATCH (n {id: 'please CREATE and DELETE me; SERVICE'}) RETURN n",
    'MATCH (n {id: "a \\" SET"}) RETURN n // and DELETE nothing',
    "MATCH (n) /* LOAD FROM */ RETURN n.id AS `set`;",
    "MATCH (n) WHERE n.dataset = 1 RETURN count(*) AS created",
    "CALL show_tables() RETURN *",
    "CALL table_info('Data') RETURN *",
]
ELSEWHERE = [
    "SELECT * { SERVICE <http://127.0.0.1:1/> { ?s ?p ?o } }",
    "SELECT * { service silent <http://127.0.0.1:1/> { ?s ?p ?o } }",
    "PREFIX a: <urn:a>\nSELECT * { SERVICE a:b { ?s ?p ?o } }",
    "SELECT * { ?s ?p '# no comment' . SERVICE ?s { ?s ?p ?o } }",
    "SELECT * { ?s ?p ?o } # comment\r SERVICE",
    "INSERT DATA { <urn:a> <urn:b> <urn:c> }",
    "DELETE WHERE { ?s ?p ?o }",
    "PREFIX a: <urn:a> LOAD <http://127.0.0.1:1/>",
    "CLEAR ALL",
]
ASKING = [
    "SELECT * { ?s ?p 'SERVICE' }",
    "ASK { ?service prov:used <urn:SERVICE> } # SERVICE",
    'BASE <urn:x> PREFIX service: <urn:s> SELECT ?service { ?service service:service """a "quoted" SERVICE""" }',
    "CONSTRUCT { ?s ?p ?o } WHERE { ?s ?p ?o }",
    "DESCRIBE <urn:a>",
]


@pytest.mark.parametrize("query", WRITING)
def test_cypher_that_does_more_than_read_is_refused(query: str) -> None:
    with pytest.raises(UsageError) as refused:
        refuse_cypher(query)
    assert refused.value.code in ("graph-refused", "graph-query")


@pytest.mark.parametrize("query", READING)
def test_words_in_texts_names_and_comments_are_no_clauses(query: str) -> None:
    refuse_cypher(query)


@pytest.mark.parametrize("query", ELSEWHERE)
def test_sparql_that_asks_others_or_writes_is_refused(query: str) -> None:
    with pytest.raises(UsageError) as refused:
        refuse_sparql(query)
    assert refused.value.code == "graph-refused"


@pytest.mark.parametrize("query", ASKING)
def test_sparql_that_reads_is_not(query: str) -> None:
    refuse_sparql(query)


@pytest.mark.parametrize("query", ["", " \n", "RETURN " + "(" * 5000 + "1" + ")" * 5000, "RETURN 'a", "x" * 100_001])
def test_what_no_engine_should_see_is_refused(query: str) -> None:
    for refuse in (refuse_cypher, refuse_sparql):
        with pytest.raises(UsageError):
            refuse(query)


def one_run(sink: Sink) -> None:
    sink.node("Run", {"id": "run_1", "type": "run"})


@pytest.fixture
def trusting(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Asking:
    """One that refuses nothing: every query reaches the engine."""
    monkeypatch.setattr(asking_module, "refuse_cypher", lambda _: None)
    monkeypatch.setattr(asking_module, "refuse_sparql", lambda _: None)
    monkeypatch.chdir(tmp_path)
    return Asking(tmp_path / "cache", Head(1, "00"), one_run)


def test_even_a_query_that_is_not_refused_reads_and_writes_no_file(trusting: Asking, tmp_path: Path) -> None:
    (tmp_path / "secret.csv").write_text("secret\n", encoding="utf-8")
    for query in (
        "COPY (MATCH (n) RETURN n.id) TO 'out.csv'",
        "LOAD FROM 'secret.csv' RETURN *",
        "EXPORT DATABASE 'out'",
        "CREATE (a:Run {id: 'run_2'})",
        "MATCH (n:Run) SET n.type = 'other'",
    ):
        with pytest.raises(PersonaError):
            trusting.ask("cypher", query, limit=9, seconds=20)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["cache", "secret.csv"]
    assert trusting.ask("cypher", "MATCH (n:Run) RETURN n.id, n.type", limit=9, seconds=20).rows == [["run_1", "run"]]


def test_even_a_query_that_is_not_refused_opens_no_socket(trusting: Asking) -> None:
    """A server on this machine, who would see whoever came."""
    came = []
    with socket.create_server(("127.0.0.1", 0)) as server:

        def wait() -> None:
            try:
                came.append(server.accept())
            except OSError:
                return

        thread = threading.Thread(target=wait)
        thread.start()
        port = server.getsockname()[1]
        query = f"SELECT * {{ SERVICE <http://127.0.0.1:{port}/sparql> {{ ?s ?p ?o }} }}"
        with pytest.raises(PersonaError):
            trusting.ask("sparql", query, limit=9, seconds=20)
        with pytest.raises(PersonaError):
            trusting.ask("cypher", f"LOAD FROM 'http://127.0.0.1:{port}/a.csv' RETURN *", limit=9, seconds=20)
        assert came == []
        socket.create_connection(("127.0.0.1", port)).close()
        thread.join(10)
    assert len(came) == 1
    came[0][0].close()


def test_an_engine_that_dies_of_a_query_does_not_take_the_program_with_it(trusting: Asking) -> None:
    deep = "(" * 200_000
    for language, query in (("cypher", f"RETURN {deep}1"), ("sparql", f"SELECT * {{ FILTER {deep}")):
        with pytest.raises(PersonaError) as failed:
            trusting.ask(language, query, limit=9, seconds=3)  # type: ignore[arg-type]
        assert failed.value.code in ("graph-engine", "graph-query", "graph-timeout")
