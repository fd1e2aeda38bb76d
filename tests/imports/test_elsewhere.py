"""What else reads a workspace goes on when it holds imports: withdrawals, the graph, and every export."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.imports.test_prov import account

from persona.errors import InvalidInput
from persona.workspace import Workspace


def test_a_withdrawal_takes_the_words_out_of_a_sealed_document(ws: Workspace, tmp_path: Path) -> None:
    said = "The stock page loads so slowly that I give up twice a week."
    path = tmp_path / "quoting.provn"
    text = f'document\nprefix ex <urn:ex:>\nentity(ex:quote, [prov:label="{said}"])\nentity(ex:other)\nendDocument\n'
    path.write_text(text)
    view = ws.imports.prov(path)
    plain = ws.imports.prov(account(ws, tmp_path))
    quote = ws.imports.things(view.id, "stock page")[0].id
    ws.participant.withdraw("P01")
    held = b"".join(ws._context.blobs.get(digest) for digest in ws._context.blobs.digests())
    assert b"give up twice a week" not in held
    assert ws.verify().ok
    assert ws.lineage.show(quote).thing.label.startswith("(words erased), entity of")
    assert ws.imports.show(view.id).things == 2
    assert ws.imports.show(plain.id) == plain
    with pytest.raises(InvalidInput, match="withdrew"):
        ws.imports.prov(path)
    assert len(ws.imports.list()) == 2


def test_every_export_is_what_it_was_before_an_import(ws: Workspace, tmp_path: Path) -> None:
    ws.generate(flags={"count": 1})
    run = ws.run.list().items[0].id
    ws.imports.prov(account(ws, tmp_path))
    ws.prov.write(tmp_path / "all.ttl")
    ws.openlineage.write(tmp_path / "all.ndjson")
    ws.atlas.write(tmp_path / "atlas.zip")
    ws.crate.export(tmp_path / "crate.zip", run=run)
    assert all((tmp_path / name).stat().st_size for name in ("all.ttl", "all.ndjson", "atlas.zip", "crate.zip"))
    assert "external:" not in (tmp_path / "all.ttl").read_text() + (tmp_path / "all.ndjson").read_text()
    assert ws.lineage.check().valid
    assert ws.audit.verify().ok


def test_imports_are_asked_in_cypher_and_in_sparql(ws: Workspace, tmp_path: Path) -> None:
    pytest.importorskip("ladybug")
    pytest.importorskip("pyoxigraph")
    view = ws.imports.prov(account(ws, tmp_path))
    things = {one.label: one.id for one in ws.imports.things(view.id)}
    query = (
        "MATCH (r:Data)-[:GENERATED_BY]->(a:Activity)-[:USED]->(d:Data)-[:ALTERNATE_OF]->(s:Data) RETURN r.id, s.type"
    )
    assert [list(row) for row in ws.graph.query(query).rows] == [[things["report"], "source"]]
    query = "SELECT ?who { ?a a prov:Activity ; prov:wasAssociatedWith ?who . ?who a prov:Agent }"
    assert len(ws.graph.sparql(query).rows) == 1
