"""Four ways to the same closures: our SQL, Cypher, SPARQL, and networkx as the judge."""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping
from functools import partial
from pathlib import Path
from urllib.parse import unquote

import networkx
import pytest

from persona.exports.graph.asking import Asking
from persona.exports.graph.gathering import gather
from persona.exports.graph.quads import RELATIONS as PREDICATES
from persona.exports.graph.quads import THING
from persona.exports.graph.schema import RESTS_ON
from persona.lineage.fine import Rest, edges_of, is_fine
from persona.lineage.graph import LineageGraph, ends
from persona.lineage.past import Past
from persona.lineage.tree import UPWARD
from persona.model.canonical import digest_of
from persona.model.records import Artefact, DocumentRecord, Draft, Edge
from persona.storage import Records, open_records
from persona.workspace import Workspace

PROJECTS = ("shop", "rail")
ALONG = "|".join(RESTS_ON)
PREDICATE = "|".join(f"<{PREDICATES[one]}>" for one in RESTS_ON)
CYPHER = f"MATCH (a)-[:{ALONG}* SHORTEST 1..1000]->(b) RETURN a.id, b.id"
SPARQL = f"SELECT ?a ?b {{ ?a ({PREDICATE})+ ?b }}"
MANY = 1_000_000
Pairs = set[tuple[str, str]]


class Evidence:
    """Rests of claims by the digest of their personas, as the index would give them."""

    def __init__(self) -> None:
        self.rests: dict[str, list[Rest]] = {}

    def of(self, digest: str) -> list[Rest]:
        return self.rests.get(digest, [])

    def on_document(self, digest: str) -> list[tuple[str, Rest]]:
        return [(one, rest) for one, rests in self.rests.items() for rest in rests if rest.document == digest]

    def on_person(self, label: str) -> list[tuple[str, Rest]]:
        return [(one, rest) for one, rests in self.rests.items() for rest in rests if rest.participant == label]


def history(chance: random.Random, records: Records, evidence: Evidence) -> Mapping[str, Mapping[str, str]]:
    """Two projects with sources, documents, people, runs and artefacts that rest on anything earlier, across both."""
    people: dict[str, dict[str, str]] = {project: {} for project in PROJECTS}
    runs: list[str] = []
    whole: list[str] = []
    documents: dict[str, list[str]] = {project: [] for project in PROJECTS}
    for project in PROJECTS:
        records.append([Draft("project.created", project, {"title": project})])
    for number in range(chance.randrange(8, 14)):
        project = chance.choice(PROJECTS)
        kind = chance.choice(("source", "run", "run", "artefact", "artefact", "personas", "loose"))
        if kind == "source":
            source, document = f"source_2026_{number:03d}", f"document_2026_{number:03d}.0001"
            person = f"participant_2026_{number:03d}"
            people[project][f"P{number}"] = person
            card = digest_of(f"card {number}".encode())
            body = {
                "project": project, "digest": digest_of(f"s{number}".encode()), "media_type": "text/plain", "bytes": 9,
                "card": card, "reader": "txt",
                "documents": [{"id": document, "digest": digest_of(document.encode()), "ordinal": 1, "turns": 1, "characters": 90, "participants": [person]}],
            }  # fmt: skip
            records.append([
                Draft("participant.added", person, {"project": project, "card": card}),
                Draft("source.imported", source, body, (
                    Edge(document, "derived_from", source), Edge(document, "associated_with", person), Edge(source, "part_of", project),
                )),
            ])  # fmt: skip
            whole.append(document)
            documents[project].append(document)
        elif kind == "run":
            run = f"run_2026_{number:03d}"
            edges = [Edge(run, "used", one) for one in chance.sample(whole, min(len(whole), 3))]
            edges += [Edge(run, "associated_with", one) for one in ("engine:e@1", f"person:{project}")]
            edges += [Edge(run, "part_of", project), Edge(run, "used", "template:default@1")]
            body = {"uuid": str(number), "project": project, "params": {}, "tags": {}, "fields": {}}
            records.append([Draft("run.planned", run, body, tuple(edges))])
            runs.append(run)
        elif kind == "loose":  # what no record stands for, and relations that nothing follows
            edges = [Edge(f"thing-{number}", "revision_of", "thing-0")]
            edges += [Edge(f"thing-{number}", "derived_from", one) for one in chance.sample(whole, min(len(whole), 2))]
            records.append([Draft("thing.noted", project, {"noun": "project", "fields": {}}, tuple(edges))])
            whole.append(f"thing-{number}")
        else:
            artefact = f"{project}/{kind}-{number}:v1"
            digest = digest_of(artefact.encode())
            edges = [Edge(artefact, "derived_from", one) for one in chance.sample(whole, min(len(whole), 2))]
            edges += [Edge(artefact, "generated_by", one) for one in chance.sample(runs, min(len(runs), 1))]
            body = {
                "project": project, "name": f"{kind}-{number}", "version": 1, "kind": kind, "digest": digest,
                "bytes": 3, "path": "", "run": None, "fields": {}, "tags": {},
            }  # fmt: skip
            records.append([Draft("artefact.logged", artefact, body, tuple(edges))])
            whole.append(artefact)
            if kind == "personas":
                evidence.rests[digest] = list(claims(chance, documents[project], people[project]))
    return people


def claims(chance: random.Random, documents: list[str], people: Mapping[str, str]) -> Iterator[Rest]:
    for number in range(chance.randrange(1, 5)):
        path = f"persona-{1 + number % 2}.goals[{number}]"
        if documents and chance.random() < 0.7:
            for first in range(chance.randrange(1, 3)):
                digest = digest_of(chance.choice(documents).encode())
                start = chance.choice((0, 10))
                who = chance.choice([*people, ""])
                yield Rest(path, digest, start, start + 5, who, verbatim=not first, status="observed")
        else:
            path = f"persona-1.demographics.{chr(97 + number)}"
            yield Rest(path, None, 0, 0, chance.choice([*people, ""]), verbatim=False, status="inferred")


def by_sql(records: Records, lineage: LineageGraph, nodes: set[str]) -> Pairs:
    """What the program itself answers, with ``LineageGraph`` for every thing, and ``reach`` where nothing is fine."""
    found: Pairs = set()
    for node in nodes:
        reached = set(lineage.walk(node, "up").nodes)
        found |= {(node, other) for other in reached - {node}}
        assert not is_fine(node) or node in reached
    return found


def by_networkx(edges: set[Edge]) -> Pairs:
    graph = networkx.DiGraph()
    for edge in edges:
        fine = edge.rel == "part_of" and is_fine(edge.src)
        if edge.rel in UPWARD or edge.rel == "member_of" or fine:
            graph.add_edge(*ends(edge, "up"))
    above = {(node, other) for node in graph for other in networkx.descendants(graph, node)}
    assert above == {(other, node) for node in graph for other in networkx.ancestors(graph, node)}
    return above


def asked(asking: Asking) -> tuple[Pairs, Pairs]:
    cypher = asking.ask("cypher", CYPHER, limit=MANY, seconds=60)
    sparql = asking.ask("sparql", SPARQL, limit=MANY, seconds=60)
    named = {(unquote(a.removeprefix(THING)), unquote(b.removeprefix(THING))) for a, b in sparql.rows}
    assert not cypher.more
    assert not sparql.more
    return {(a, b) for a, b in cypher.rows if a != b}, {(a, b) for a, b in named if a != b}


@pytest.mark.parametrize("seed", range(3))
def test_four_ways_lead_to_the_same_closures_now_and_then(seed: int, tmp_path: Path) -> None:
    chance = random.Random(seed)
    records = open_records(tmp_path / "w.db", create=True)
    evidence = Evidence()
    people = history(chance, records, evidence)
    size = records.head().size
    for moment in (size, chance.randrange(size // 2, size)):
        then: Records = Past(records, moment)
        lineage = LineageGraph(then, evidence, lambda project: people[project], fine=True)
        edges = set(then.all_edges())
        for artefact in then.find(Artefact, kind="personas").items:
            within = {digest_of(one.encode()): one for one in named(edges, artefact.project, then)}
            for rest in evidence.of(artefact.digest):
                edges.update(edges_of(artefact.id, rest, within, people[artefact.project]))
        nodes = {end for edge in edges for end in (edge.src, edge.dst)}
        judged = by_networkx(edges)
        assert len(judged) > 10
        assert by_sql(then, lineage, nodes) == judged
        coarse = LineageGraph(then, evidence, lambda project: people[project], fine=False)
        for node in {one for one in nodes if not is_fine(one)}:
            assert set(coarse.walk(node, "up").nodes) == set(then.reach(node, "up", rels=UPWARD))
        cypher, sparql = asked(Asking(tmp_path / "cache", then.head(), partial(gather, then, lineage)))
        assert cypher == judged
        assert sparql == judged
    records.close()


def named(edges: set[Edge], project: str, records: Records) -> list[str]:
    """The documents of a project."""
    return [one.id for one in records.find(DocumentRecord, project=project).items]


def test_a_chain_may_be_far_longer_than_what_an_engine_allows_unasked(tmp_path: Path) -> None:
    records = open_records(tmp_path / "w.db", create=True)
    links = tuple(Edge(f"thing-{one + 1}", "derived_from", f"thing-{one}") for one in range(3000))
    records.append([Draft("project.created", "p", {"title": "P"}, links)])
    lineage = LineageGraph(records, Evidence(), lambda _: {}, fine=True)
    asking = Asking(tmp_path / "cache", records.head(), partial(gather, records, lineage))
    query = "MATCH (a {id: 'thing-3000'})-[:DERIVED_FROM* SHORTEST]->(b) RETURN count(b)"
    assert asking.ask("cypher", query, limit=9, seconds=60).rows == [[3000]]
    query = "SELECT (COUNT(?b) AS ?n) { thing:thing-3000 prov:wasDerivedFrom+ ?b }"
    assert asking.ask("sparql", query, limit=9, seconds=60).rows == [[3000]]
    assert len(records.reach("thing-3000", "up")) == 3001
    records.close()


def test_the_demonstration_with_its_experiment_is_told_alike(demo: Path) -> None:
    with Workspace.open(demo) as ws:
        lineage, records = ws.lineage.whole(), ws._context.records
        edges = set(records.all_edges()) | {edge for told in lineage.claims() for edge in told.edges}
        judged = by_networkx(edges)
        assert len(judged) > 1000
        nodes = {end for edge in edges for end in (edge.src, edge.dst)}
        some = set(random.Random(1).sample(sorted(nodes), 40))
        assert by_sql(records, lineage, some) == {pair for pair in judged if pair[0] in some}
        assert asked(Asking(demo / "cache", records.head(), partial(gather, records, lineage))) == (judged, judged)
