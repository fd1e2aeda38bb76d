"""The graph of things and claims, held against the personas themselves and against the log."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from persona.errors import InvalidInput, NotFound, UsageError
from persona.exports.drawing import Box, mermaid, svg
from persona.lineage.fine import split_highlight
from persona.model.records import Artefact, DocumentRecord, Draft, Edge, Run
from persona.workspace import Workspace

SAID = {
    "Anna": ("I want to count the stock every morning.", "The page is so slow that I give up twice a week."),
    "Ben": ("I need the delivery before four in the morning.", "I write the orders on paper because it forgets me."),
    "Cleo": ("I compare three suppliers before I buy anything.", "I never trust the date that the page gives me."),
}


class Shop(NamedTuple):
    """Two runs over three interviews; the third interview came after the first run."""

    root: Path
    runs: tuple[str, str]
    between: int
    outside: Path


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    folder = tmp_path_factory.mktemp("graph")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CONFIG_HOME", str(folder / "config"))
        patch.setenv("PERSONA_USER", "tester")
        patch.delenv("PERSONA_PROJECT", raising=False)
        with Workspace.init(folder / "ws") as ws:
            ws.project.create("Shop")
            for who, said in SAID.items():
                text = "".join(f"Interviewer: And then?\n{who}: {one}\n" for one in said)
                (folder / f"{who}.txt").write_text(f"---\nage: 41\n---\n{text}", encoding="utf-8")
            ws.source.import_([str(folder / "Anna.txt"), str(folder / "Ben.txt")])
            first = ws.generate(flags={"count": 1}).view.run.id
            between = ws.coordinate.position
            ws.source.import_([str(folder / "Cleo.txt")])
            second = ws.generate(flags={"count": 1}).view.run.id
        yield Shop(folder / "ws", (first, second), between, folder)


@pytest.fixture
def ws(shop: Shop) -> Iterator[Workspace]:
    with Workspace.open(shop.root) as opened:
        yield opened


def rests_of(ws: Workspace) -> set[tuple[str, str]]:
    """Each claim and each document that its evidence names, read out of the personas without any index."""
    records = ws._context.records
    documents = {one.digest: one.id for one in records.find(DocumentRecord).items}
    found = set()
    for artefact in records.find(Artefact, kind="personas").items:
        for persona in ws.artefact.personas(artefact).personas:
            for path, claim in persona.claims():
                for one in claim.evidence:
                    found.add((f"{artefact.id}#{persona.id}.{path}", documents[one.document]))
    return found


def test_what_rests_on_an_interview_is_exactly_what_quotes_or_cites_it(ws: Workspace) -> None:
    expected = rests_of(ws)
    assert len(expected) > 10
    for document in {document for _, document in expected}:
        view = ws.lineage.walk(document, "down", depth=2, kinds=["claim"], limit=10_000)
        below = {one.id for one in view.things if one.kind == "claim"}
        counted = {one.id for one in view.things if ".demographics." in one.id}
        assert below - counted == {claim for claim, other in expected if other == document}


def test_a_claim_rests_on_its_words_and_on_no_other_interview(ws: Workspace) -> None:
    expected = rests_of(ws)
    for claim in {claim for claim, _ in expected}:
        view = ws.lineage.walk(claim, "up", depth=None, limit=10_000)
        assert {one.id for one in view.things if one.kind == "document"} == {d for c, d in expected if c == claim}
        assert not [one for one in view.things if one.kind == "run"]
        for one in view.things:
            span = split_highlight(one.id)
            if span is None:
                continue
            record = ws._context.records.get(DocumentRecord, span[0])
            assert 0 <= span[1] < span[2] <= record.characters


def test_a_quotation_is_quoted_and_anything_else_derived(ws: Workspace) -> None:
    for artefact in ws._context.records.find(Artefact, kind="personas").items:
        for persona in ws.artefact.personas(artefact).personas:
            for path, claim in persona.claims():
                view = ws.lineage.show(f"{artefact.id}#{persona.id}.{path}")
                words = [edge.rel for edge, other in view.out if other.kind == "highlight"]
                assert words.count("quoted_from") == (1 if claim.verbatim else 0), path
                assert len(words) == len({(one.document, one.start, one.end) for one in claim.evidence})
                assert view.thing.label == claim.text


def test_who_is_counted_is_what_a_count_rests_on(ws: Workspace) -> None:
    view = ws.lineage.walk("persona-1.demographics.age", "up")
    assert sorted(one.label for one in view.things[1:]) == ["Anna", "Ben", "Cleo"]
    assert {edge.rel for edge in view.edges} == {"derived_from"}
    down = ws.lineage.walk("Cleo", "down", kinds=["claim"])
    assert [one.id.partition("#")[2] for one in down.things[1:]] == ["persona-1.demographics.age"]


def test_the_coarse_graph_is_that_of_the_log(ws: Workspace, shop: Shop) -> None:
    edges = {edge for event in ws._context.records.events() for edge in event.edges}
    followed = {"derived_from", "quoted_from", "generated_by", "used", "associated_with"}
    for run in shop.runs:
        below, fresh = {run}, {run}
        while fresh:
            fresh = {edge.src for edge in edges if edge.dst in fresh and edge.rel in followed} - below
            below |= fresh
        view = ws.lineage.walk(run, "down", depth=None)
        assert {one.id for one in view.things} == below
        assert [one.distance for one in view.things] == sorted(one.distance for one in view.things)


def test_a_path_is_a_chain_of_edges(ws: Workspace, shop: Shop) -> None:
    quotes = ws.artefact.personas(ws._context.records.get(Artefact, "shop/personas:v2")).personas[0].quotes or ()
    at = next(at for at, one in enumerate(quotes) if one.evidence[0].participant == "Anna")
    view = ws.lineage.path(f"persona-1.quotes[{at}]", "Anna.txt")
    assert view.direction == "up"
    assert [one.kind for one in view.things] == ["claim", "highlight", "document", "source"]
    assert [edge.rel for edge in view.edges] == ["quoted_from", "part_of", "derived_from"]
    for edge, near, far in zip(view.edges, view.things, view.things[1:], strict=False):
        assert {edge.src, edge.dst} == {near.id, far.id}
    down = ws.lineage.path("Anna.txt", shop.runs[1])
    assert down.direction == "down"
    assert down.things[-1].id == shop.runs[1]
    with pytest.raises(NotFound, match="neither"):
        ws.lineage.path("Anna.txt", "Ben.txt")


def test_what_differs_is_what_only_one_rests_on(ws: Workspace, shop: Shop) -> None:
    view = ws.lineage.diff("personas:v1", "personas:v2")
    assert [one.id for one in view.only_left] == [shop.runs[0]]
    assert sorted(one.label for one in view.only_right if one.kind != "run") == ["Cleo", "Cleo.txt", "Cleo.txt"]
    both = {one.id for one in ws.lineage.walk("personas:v1", "up", depth=None).things}
    both &= {one.id for one in ws.lineage.walk("personas:v2", "up", depth=None).things}
    assert view.both == len(both)


def test_impact_lists_all_that_is_below_with_a_chain_to_each(ws: Workspace) -> None:
    view = ws.lineage.impact("Cleo.txt")
    whole = ws.lineage.walk("Cleo.txt", "down", depth=None, claims=True, limit=100_000)
    assert {one.id for one, _ in view.affected} == {one.id for one in whole.things[1:]}
    joined = {frozenset((edge.src, edge.dst)) for edge in whole.edges}
    for one, chain in view.affected:
        assert (chain[0], chain[-1]) == (view.thing.id, one.id)
        assert all(frozenset(pair) in joined for pair in pairwise(chain))
    assert "artefact" in view.kinds
    assert sum(view.kinds.values()) == len(view.affected)
    assert not [one for one, _ in view.affected if one.id.startswith("shop/personas:v1")]


def test_the_past_knows_nothing_of_what_came_later(ws: Workspace, shop: Shop) -> None:
    now = ws.lineage.impact("Anna.txt")
    with Workspace.open(shop.root, as_of=str(shop.between)) as past:
        then = past.lineage.impact("Anna.txt")
        assert not [one for one, _ in then.affected if ":v2" in one.id or one.id == shop.runs[1]]
        with pytest.raises(NotFound):
            past.lineage.show("Cleo.txt")
    first = {one.id for one, _ in now.affected if ":v2" not in one.id and one.id != shop.runs[1]}
    assert {one.id for one, _ in then.affected} <= first


@pytest.mark.parametrize("damage", [None, b"", b"SQLite format 3\0 but not really", b"\xff" * 5000])
def test_the_index_can_be_lost_at_any_time(shop: Shop, damage: bytes | None) -> None:
    with Workspace.open(shop.root) as ws:
        before = ws.lineage.impact("Anna.txt")
    index = shop.root / ".persona" / "cache" / "evidence.db"
    assert index.exists()
    if damage is None:
        index.unlink()
    else:
        index.write_bytes(damage)
    with Workspace.open(shop.root) as ws:
        assert ws.lineage.impact("Anna.txt") == before
    with Workspace.open(shop.root) as ws:
        ws.rebuild()
        assert ws.lineage.impact("Anna.txt") == before


def test_the_index_holds_no_words(shop: Shop) -> None:
    with Workspace.open(shop.root) as ws:
        ws.lineage.impact("Anna.txt")
    data = (shop.root / ".persona" / "cache" / "evidence.db").read_bytes()
    for said in SAID.values():
        assert not any(one.encode() in data for one in said)


def test_everything_that_has_a_name_is_found_by_it(ws: Workspace, shop: Shop) -> None:
    records = ws._context.records
    artefact = records.get(Artefact, "shop/personas:v2")
    document = records.find(DocumentRecord, order="id").items[0]
    elsewhere = shop.outside / "moved.anything"
    elsewhere.write_bytes((shop.outside / "Ben.txt").read_bytes())
    for name, id in {
        "personas": "shop/personas:v2",
        "personas:v1": "shop/personas:v1",
        "shop/personas:v1": "shop/personas:v1",
        artefact.digest: "shop/personas:v2",
        "personas#persona-1": "shop/personas:v2#persona-1",
        "personas:v1#persona-1.name": "shop/personas:v1#persona-1.name",
        "persona-1.quotes[0]": "shop/personas:v2#persona-1.quotes[0]",
        shop.runs[0]: shop.runs[0],
        f"{document.id}@3-9": f"{document.id}@3-9",
        document.digest: document.id,
        "shop": "shop",
        "template:default": "template:default@1.3.0",
        "person:tester": "person:tester",
        "engine:extractive": "engine:extractive@1.3.0",
    }.items():
        assert ws.lineage.show(name).thing.id == id, name
    assert ws.lineage.show(str(elsewhere)).thing.label == "Ben.txt"
    assert ws.lineage.show("Ben.txt").thing.kind == "source"
    assert ws.lineage.show("Ben").thing.kind == "participant"


@pytest.mark.parametrize(
    "name",
    [
        "personas#persona-1.quots[0]",
        "persona-9",
        "template:none",
        "sha256:" + "0" * 64,
        "call_1",
        "nobody",
        "",
        "#",
        "@1-2",
    ],
)
def test_what_has_no_such_name_is_not_found(name: str, ws: Workspace) -> None:
    with pytest.raises((NotFound, UsageError)):
        ws.lineage.show(name)


def test_a_model_whose_name_looks_like_a_version_is_a_model(ws: Workspace) -> None:
    run = ws._context.records.find(Run, limit=1).items[0]
    names = ("model:vllm:meta/Llama-3:v2", "model:openai:v1", "engine:x@1-2", "model:a#b")
    edges = tuple(Edge(run.id, "associated_with", name) for name in names)
    ws._context.append(Draft("thing.noted", run.id, {"noun": "run", "fields": {}}, edges))
    view = ws.lineage.walk(run.id, "up", claims=True)
    assert {(one.kind, one.id) for one in view.things} >= {("model", name) for name in names[:2]}
    for name in names:
        assert ws.lineage.walk(name, "down", claims=True).things[1].id == run.id
    assert {one.id for one, _ in ws.lineage.impact(run.id).affected}


def test_words_beyond_the_end_of_a_document_are_no_highlight(ws: Workspace) -> None:
    document = ws._context.records.find(DocumentRecord).items[0]
    with pytest.raises(NotFound, match="ends before"):
        ws.lineage.show(f"{document.id}@0-{document.characters + 1}")
    with pytest.raises(InvalidInput, match="kind"):
        ws.lineage.show("report#persona-1") if _reported(ws) else None


def _reported(ws: Workspace) -> bool:
    with ws.run.start() as run:
        run.log_bytes(b"words", "report")
    return True


LABELS = st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=60)
BOXES = st.lists(st.tuples(LABELS, st.integers(0, 4)), min_size=1, max_size=12).map(
    lambda rows: [Box(f"id {at} {label}", "claim", label, column) for at, (label, column) in enumerate(rows)]
)


@given(BOXES, st.data())
def test_a_drawing_holds_every_thing_and_every_edge_whatever_they_are_called(
    boxes: list[Box], data: st.DataObject
) -> None:
    ids = st.sampled_from([box.id for box in boxes])
    edges = data.draw(st.lists(st.builds(Edge, ids, st.just("derived_from"), ids), max_size=12, unique=True))
    drawn = ElementTree.fromstring(svg(boxes, edges, boxes[0].label))
    space = "{http://www.w3.org/2000/svg}"
    assert len(drawn.findall(f"{space}g")) == len(boxes)
    assert len(drawn.findall(f"{space}path")) == len(edges)
    assert not drawn.findall(f".//{space}script")
    lines = mermaid(boxes, edges).splitlines()
    assert len(lines) == 1 + len(boxes) + len(edges)
    for line, box in zip(lines[1:], boxes, strict=False):
        assert line.count('"') == 2
        assert line.endswith('"]')
        assert box.kind in line


def test_a_drawing_is_the_same_each_time() -> None:
    boxes = [Box(f"n{at}", "run", f"run {at}", at % 3) for at in range(9)]
    edges = [Edge(f"n{at}", "used", f"n{(at * 4) % 9}") for at in range(9)]
    assert svg(boxes, edges, "t") == svg(boxes, edges, "t")
