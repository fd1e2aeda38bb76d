"""The lineage of real things: an artefact, a run, a source, a document, a file wherever it lies, a digest."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from persona.errors import NotFound
from persona.lineage.tree import UPWARD
from persona.model.records import DocumentRecord
from persona.workspace import Workspace
from persona.workspace.views import LineageNode


class Place(NamedTuple):
    """A workspace with two sources, personas of both, and a report by hand that read them and a file."""

    ws: Workspace
    run: str
    by_hand: str
    outside: Path


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    folder = tmp_path_factory.mktemp("lineage")
    with pytest.MonkeyPatch.context() as patch, Workspace.init(folder / "ws") as ws:
        patch.setenv("XDG_CONFIG_HOME", str(folder / "config"))
        patch.setenv("PERSONA_USER", "tester")
        patch.delenv("PERSONA_PROJECT", raising=False)
        ws.project.create("Shop")
        for who in ("Anna", "Ben"):
            text = f"Interviewer: What do you want?\n{who}: I want to count the stock of {who} every single morning.\n"
            (folder / f"{who}.txt").write_text(text, encoding="utf-8")
        ws.source.import_([str(folder / "Anna.txt"), str(folder / "Ben.txt")])
        made = ws.generate(flags={"count": 1}).view.run.id
        prices = folder / "prices.csv"
        prices.write_text("bread,2\n", encoding="utf-8")
        with ws.run.start() as run:
            run.use("personas")
            run.use(prices)
            run.log_bytes(b"dear bread", "report.txt")
        ws.artefact.alias("personas:v1", "approved")
        yield Place(ws, made, run.id, folder)


def ids(node: LineageNode) -> set[str]:
    return {node.id}.union(*(ids(child) for child in node.children))


def nodes(node: LineageNode) -> Iterator[LineageNode]:
    yield node
    for child in node.children:
        yield from nodes(child)


def written(ws: Workspace) -> set[tuple[str, str]]:
    """Every upward edge as the log has it, not as the tables do."""
    return {
        (edge.src, edge.dst) for event in ws._context.records.events() for edge in event.edges if edge.rel in UPWARD
    }


def closure(ws: Workspace, id: str, depth: int | None = None) -> set[str]:
    edges, found, count = written(ws), {id}, 0
    while (depth is None or count < depth) and (more := {dst for src, dst in edges if src in found} - found):
        found |= more
        count += 1
    return found


def things(place: Place) -> dict[str, str]:
    """The same thing by every way of naming it, and the id of its node."""
    ws = place.ws
    personas, report = "shop/personas:v1", "shop/report.txt:v1"
    source = next(one for one in ws.source.list() if one.name == "Anna.txt")
    document = next(one for one in ws._context.records.find(DocumentRecord).items if one.source == source.id)
    output = ws._context.layout.run("shop", None, place.run) / "output/personas.json"
    (place.outside / "copied").mkdir(exist_ok=True)
    copy = shutil.copy(output, place.outside / "copied/any name.bin")
    exported = ws.artefact.export(run=place.run, format="json", output=place.outside / "exported.json")
    return {
        "personas": personas,
        "personas:v1": personas,
        "personas:latest": personas,
        "personas:approved": personas,
        personas: personas,
        ws.artefact.show("personas").artefact.digest: personas,
        str(output): personas,
        str(copy): personas,
        str(place.outside / str(exported.path)): personas,
        "report.txt": report,
        place.run: place.run,
        place.run[:-1]: place.run,
        place.by_hand: place.by_hand,
        source.id: source.id,
        str(place.outside / "Anna.txt"): source.id,
        document.id: document.id,
    }


def test_everything_leads_to_exactly_what_the_log_says_it_rests_on(place: Place) -> None:
    for name, id in things(place).items():
        found = place.ws.artefact.lineage(name)
        assert found.root.id == id, name
        assert ids(found.root) == closure(place.ws, id), name
        assert {(node.id, child.id) for node in nodes(found.root) for child in node.children} <= written(place.ws)
        assert found.root.relation == ""
        assert all(child.relation in UPWARD for node in nodes(found.root) for child in node.children)


def test_it_is_said_how_a_thing_was_found(place: Place) -> None:
    ways = {name: place.ws.artefact.lineage(name).found_by for name in things(place)}
    by_digest = {name for name, way in ways.items() if way == "digest"}
    assert len(by_digest) == 4  # the digest itself, two files of personas and the original
    assert all(name.startswith(("sha256:", "/")) for name in by_digest)
    assert [name for name, way in ways.items() if way == "embedded"] == [str(place.outside / "exported.json")]


def test_all_personas_lead_to_all_originals_and_a_report_by_hand_leads_through_them(place: Place) -> None:
    ws = place.ws
    for name in ("personas", "report.txt"):
        of = {node.label for node in nodes(ws.artefact.lineage(name).root) if node.kind == "source"}
        assert of == {"Anna.txt", "Ben.txt"}
    kinds = {node.kind for node in nodes(ws.artefact.lineage("report.txt").root)}
    assert kinds >= {"artefact", "run", "document", "source", "file", "person", "engine", "template"}
    assert all(node.label for node in nodes(ws.artefact.lineage("report.txt").root))


def test_an_original_is_found_from_below(place: Place) -> None:
    """Going down from each source leads to everything whose tree holds it, and to nothing else."""
    ws = place.ws
    for source in ws.source.list():
        below = set(ws._context.records.walk(source.id, "down").nodes)
        made = {one.id for one in ws.artefact.list()}
        resting = {id for id in made if source.id in ids(ws.artefact.lineage(id).root)}
        assert below & made == resting == made
        assert {place.run, place.by_hand} <= below


@pytest.mark.parametrize("depth", [1, 2, 3, 4, 25])
def test_a_depth_ends_the_tree(place: Place, depth: int) -> None:
    for id in ("shop/report.txt:v1", "shop/personas:v1"):
        assert ids(place.ws.artefact.lineage(id, depth=depth).root) == closure(place.ws, id, depth)
    deep = ids(place.ws.artefact.lineage("report.txt").root)
    assert ids(place.ws.artefact.lineage("report.txt", depth=1).root) < deep


def test_what_is_not_recorded_has_no_lineage(place: Place) -> None:
    unknown = place.outside / "unknown.json"
    unknown.write_text("{}", encoding="utf-8")
    torn = place.outside / "torn.yaml"
    torn.write_bytes(b"a: [\xff")
    for name, code in {
        "run_20200101_000000_aaaaaa": "run-not-found",
        "source_20200101_000000_aaaaaa": "source-not-found",
        "document_20200101_000000_aaaaaa": "document-not-found",
        "personnas": "artefact-not-found",
        "personas:v9": "artefact-not-found",
        "personas:rejected": "artefact-not-found",
        "elsewhere/personas": "artefact-not-found",
        "sha256:" + "0" * 64: "lineage-not-found",
        str(unknown): "lineage-not-found",
        str(torn): "lineage-not-found",
        str(place.outside / "no such file.json"): "artefact-not-found",
    }.items():
        with pytest.raises(NotFound) as caught:
            place.ws.artefact.lineage(name)
        assert caught.value.code == code, name
        assert caught.value.place, name
    with pytest.raises(NotFound) as near:
        place.ws.artefact.lineage("personnas")
    assert near.value.hints == ("did you mean `personas`?",)


def test_a_lineage_says_at_which_state_of_the_log_it_was_read(place: Place) -> None:
    before = place.ws.artefact.lineage("personas").head
    assert before == place.ws.artefact.lineage("report.txt").head
    assert before.partition(":")[0] == str(place.ws.verify().events)
    place.ws.artefact.tag("personas", {"seen": "yes"})
    after = place.ws.artefact.lineage("personas").head
    assert int(after.partition(":")[0]) == int(before.partition(":")[0]) + 1
    assert after.partition(":")[2] != before.partition(":")[2]
