"""Artefacts: versions, aliases, exports, and a file on disk that still knows where it comes from."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from persona.errors import InvalidInput, NotFound, UsageError
from persona.workspace import Workspace


def test_versions_and_aliases_move_with_a_record(full: Workspace) -> None:
    full.generate(flags={"count": 1})
    full.generate(flags={"count": 2})
    assert [one.id for one in full.artefact.list(name="personas")] == [
        "shop-research/personas:v1",
        "shop-research/personas:v2",
    ]
    assert full.artefact.show("personas:latest").artefact.version == 2
    full.artefact.alias("personas:v1", "approved")
    assert full.artefact.show("personas:approved").artefact.version == 1
    full.artefact.alias("personas:v2", "approved")
    assert full.artefact.show("personas:approved").artefact.version == 2
    assert full.artefact.show("personas:v1").artefact.aliases == ()
    full.artefact.unalias("personas", "approved")
    with pytest.raises(NotFound):
        full.artefact.show("personas:approved")
    with pytest.raises(UsageError):
        full.artefact.alias("personas:v1", "v7")
    with pytest.raises(NotFound) as caught:
        full.artefact.show("persona")
    assert "personas" in caught.value.hints[0]


@pytest.mark.parametrize("format", ["json", "yaml", "csv", "md", "html"])
def test_every_format_is_written_and_found_again(full: Workspace, format: str) -> None:
    run = full.generate(flags={"count": 1}).view.run
    view = full.artefact.export(run=run.id, format=format)
    assert view.path
    path = full.root / view.path
    assert path.stat().st_size == view.bytes
    assert full.artefact.export(run=run.id, format=format, output="-").content == path.read_bytes().decode()
    if format in ("json", "yaml"):
        lineage = full.artefact.lineage(str(path))
        assert lineage.found_by == "embedded"
        assert lineage.root.id == "shop-research/personas:v1"


def test_an_exported_file_carries_the_whole_provenance(full: Workspace) -> None:
    run = full.generate(flags={"count": 1}).view.run
    view = full.artefact.export(run=run.id, format="json")
    provenance = json.loads((full.root / str(view.path)).read_bytes())["_provenance"]
    for key in ("generated_by", "timestamp", "source_hash", "model", "template", "parameters", "run_id", "recipe"):
        assert provenance[key] is not None, key


def test_a_changed_export_is_not_believed(full: Workspace, tmp_path: Path) -> None:
    run = full.generate(flags={"count": 1}).view.run
    target = tmp_path / "out.json"
    full.artefact.export(run=run.id, format="json", output=target)
    target.write_text(target.read_text(encoding="utf-8").replace("weekly order", "weekly offer"), encoding="utf-8")
    with pytest.raises(InvalidInput, match="changed since"):
        full.artefact.lineage(str(target))
    stranger = tmp_path / "stranger.json"
    stranger.write_text("{}", encoding="utf-8")
    with pytest.raises(NotFound):
        full.artefact.lineage(str(stranger))


def test_lineage_reaches_the_originals_wherever_the_file_lies(full: Workspace, tmp_path: Path) -> None:
    done = full.generate(flags={"count": 1})
    copy = tmp_path / "personas_batch_001.json"
    copy.write_bytes((full.root / done.view.path / "output/personas.json").read_bytes())
    lineage = full.artefact.lineage(str(copy))
    assert lineage.found_by == "digest"
    run = next(child for child in lineage.root.children if child.relation == "generated_by")
    assert run.id == done.view.run.id
    used = {child.id for child in run.children if child.relation == "used" and child.kind == "document"}
    derived = {child.id: child for child in lineage.root.children if child.relation == "derived_from"}
    assert used == set(derived)
    sources = {leaf.label for document in derived.values() for leaf in document.children if leaf.kind == "source"}
    assert sources == {"P01.txt", "P02.txt", "P03.md"}
    original = full.artefact.lineage(str(full.root / "projects/shop-research/sources/P01.txt"))
    assert original.root.kind == "source"


def test_a_claim_is_followed_to_its_words(full: Workspace) -> None:
    full.generate(flags={"count": 1})
    trace = full.trace()
    assert trace.equal
    assert trace.source in ("P01.txt", "P02.txt", "P03.md")
    text = (full.root / "projects/shop-research/sources" / trace.source).read_text(encoding="utf-8")
    assert trace.quote in text
    with pytest.raises(NotFound):
        full.trace(claim="persona-9.goals[0]")


def test_the_report_is_one_file_and_an_artefact(full: Workspace) -> None:
    run = full.generate(flags={"count": 1}).view.run
    view = full.report(run.id)
    assert (full.root / view.path).read_bytes().startswith(b"<!doctype html>")
    assert view.artefact
    assert full.artefact.lineage(str(full.root / view.path)).root.children[0].kind == "artefact"
