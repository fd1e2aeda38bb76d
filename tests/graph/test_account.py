"""SPARQL over the account: it holds what ``persona export prov`` writes and what PROV-O implies, and no more."""

from __future__ import annotations

import io
import random
import warnings
from pathlib import Path

import networkx
import prov.model
import pyoxigraph
import pytest
from hypothesis import HealthCheck, given, settings
from tests.cli.calling import call
from tests.exports.prov.test_formats import accounts
from tests.exports.prov.told import InRows, Told

from persona.exports.prov import naming
from persona.exports.prov.prov_o import merged_quads, n_quads
from persona.exports.prov.terms import Iris, Prefixed
from persona.exports.prov.writing import write
from persona.model.prov import ELEMENTS, FORMS, Name, Statement
from persona.model.records import Artefact, DocumentRecord, Source
from persona.workspace import Workspace
from persona.workspace.prov import account_of

RELATIONS = [kind for kind in FORMS if kind not in ELEMENTS]
SUBPROPERTIES = {"Quotation": "wasQuotedFrom", "Revision": "wasRevisionOf", "PrimarySource": "hadPrimarySource"}
MANY = 1_000_000
PROV = "http://www.w3.org/ns/prov#"


@pytest.fixture
def ws(demo: Path) -> Workspace:
    return Workspace.open(demo)


def pairs(ws: Workspace, path: str) -> set[tuple[str, str]]:
    found = ws.graph.sparql(f"SELECT ?a ?b {{ ?a {path} ?b }}", limit=MANY, seconds=60, account=True)
    assert not found.more
    assert len(set(found.rows)) == len(found.rows)
    return {(str(a), str(b)) for a, b in found.rows}


def told(ws: Workspace) -> list[Statement]:
    account = account_of(ws._context)
    return [one for bundle in (None, *account.bundles()) for kind in FORMS for one in account.statements(kind, bundle)]


def test_every_relation_is_asked_by_its_own_property(ws: Workspace) -> None:
    iri = Iris(account_of(ws._context).namespaces)
    statements = told(ws)
    met = 0
    for kind in RELATIONS:
        ends = [one.arguments[:2] for one in statements if one.kind == kind and None not in one.arguments[:2]]
        expected = {(iri(str(first)), iri(str(second))) for first, second in ends}
        met += bool(expected)
        assert pairs(ws, f"prov:{kind}") == expected
    assert met >= 8
    for name, word in SUBPROPERTIES.items():
        kept = [one for one in statements if ("prov:type", Name(f"prov:{name}")) in one.attributes]
        expected = {(iri(str(one.arguments[0])), iri(str(one.arguments[1]))) for one in kept}
        assert pairs(ws, f"prov:{word}") == expected
        assert expected or name == "Revision"
    ws.close()


def test_the_store_holds_the_export_and_its_bundles(ws: Workspace, tmp_path: Path) -> None:
    account = account_of(ws._context)
    ws.prov.write(tmp_path / "told.nq")
    exported = set(pyoxigraph.parse(path=tmp_path / "told.nq"))
    held = set(pyoxigraph.parse(b"".join(merged_quads(Prefixed(account))), format=pyoxigraph.RdfFormat.N_QUADS))
    assert exported < held
    named = [one for one in held if isinstance(one.graph_name, pyoxigraph.NamedNode)]
    count = "SELECT (COUNT(*) AS ?n) { GRAPH ?g { ?a ?b ?c } }"
    assert ws.graph.sparql(count, account=True, seconds=60).rows == ((len(named),),)
    count = "SELECT (COUNT(*) AS ?n) { ?a ?b ?c }"
    assert ws.graph.sparql(count, account=True, seconds=60).rows == ((len({one.triple for one in held}),),)
    bundles = ws.graph.sparql("SELECT DISTINCT ?g { GRAPH ?g { ?a ?b ?c } }", account=True).rows
    iri = Iris(account.namespaces)
    assert {row[0] for row in bundles} == set(map(iri, account.bundles()))
    ws.close()


def test_derivations_are_followed_as_sql_and_networkx_follow_them(ws: Workspace) -> None:
    """The judge reads the exported file with the library ``prov``."""
    account = account_of(ws._context)
    stream = io.BytesIO()
    write(account, "json", stream)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        document = prov.model.ProvDocument.deserialize(content=stream.getvalue(), format="json").flattened()
    graph = networkx.DiGraph()
    for one in document.get_records(prov.model.ProvDerivation):
        graph.add_edge(one.args[0].uri, one.args[1].uri)
    judged = {(node, other) for node in graph for other in networkx.descendants(graph, node)}
    assert len(judged) > 1000
    asked = pairs(ws, "prov:wasDerivedFrom+")
    assert asked == judged
    iri = Iris(account.namespaces)
    records = ws._context.records
    ids = [one.id for noun in (Artefact, DocumentRecord, Source) for one in records.find(noun).items]
    whole = {iri(naming.name(id)): id for id in ids}
    for id in random.Random(1).sample(ids, min(30, len(ids))):
        reached = set(records.reach(id, "up", rels=["derived_from", "revision_of"])) - {id}
        assert {whole.get(b, b) for a, b in asked if a == iri(naming.name(id))} == reached
    ws.close()


def test_the_command_asks_the_account_of_a_moment(ws: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ws._context.layout.root)
    query = "SELECT (COUNT(?run) AS ?n) { ?run a persona:Run ; prov:used ?plan . ?plan a prov:Plan }"
    now = call("graph", "sparql", "--account", "SELECT DISTINCT ?run { ?run a persona:Run }", "--json").json()
    assert len(now["data"]["rows"]) == 3
    then = call("graph", "sparql", "--account", query, "--as-of", "1", "--format", "csv")
    assert then.out.split() == ["n", "0"]
    named = call("graph", "sparql", "--account", "ASK { ?run prov:used ?what FILTER(STRSTARTS(STR(?run), STR(ws:))) }")
    assert named.out.split() == ["answer", "true"]
    assert call("graph", "sparql", "--account", "ASK { SERVICE <http://x> { ?a ?b ?c } }").status != 0
    ws.close()


@settings(max_examples=40, suppress_health_check=list(HealthCheck), deadline=None)
@given(account=accounts())
def test_what_is_implied_is_added_and_nothing_is_taken(account: Told) -> None:
    spaces, held = account.namespaces, account.held
    iri = Iris(Prefixed(account).namespaces)
    plain = set(b"".join(n_quads(Prefixed(account))).decode().split("\n"))
    whole = b"".join(merged_quads(Prefixed(account))).decode()
    assert b"".join(merged_quads(Prefixed(InRows(spaces, held)))).decode() == whole
    lines = set(whole.split("\n"))
    assert plain <= lines
    words = {f"<{PROV}{word}>" for word in (*RELATIONS, *SUBPROPERTIES.values())}
    named = {one.rpartition(" <")[0] + " ." for one in plain}
    assert all(line.split(" ")[1] in words for line in lines - plain - named)
    prefixed = Prefixed(account)
    for bundle in (None, *prefixed.bundles()):
        graph = "" if bundle is None else f" <{iri(bundle)}>"
        for kind in RELATIONS:
            for one in prefixed.statements(kind, bundle):
                if None not in one.arguments[:2]:
                    first, second = (iri(str(end)) for end in one.arguments[:2])
                    assert f"<{first}> <{PROV}{kind}> <{second}>{graph} ." in lines
