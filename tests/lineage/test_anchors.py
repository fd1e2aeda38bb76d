"""Everything that is handed on carries a checkpoint, and what it carries can be held against the log."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from tests.workspace.conftest import INTERVIEWS

from persona.errors import InvalidInput, NotFound
from persona.lineage.anchors import checkpoint_in, signed_parts
from persona.workspace import Workspace

VARIANTS = """name: Two
variants:
  - {name: cool, parameters: {temperature: 0, count: 1}}
  - {name: warm, parameters: {temperature: 1, count: 1}}
"""


@pytest.fixture
def opened(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Workspace]:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    (tmp_path / "in").mkdir()
    for name, text in INTERVIEWS.items():
        (tmp_path / "in" / name).write_text(text, encoding="utf-8")
    with Workspace.init(tmp_path / "ws") as ws:
        ws.project.create("Shop Research")
        ws.source.import_([tmp_path / "in"])
        yield ws


def folders(ws: Workspace) -> list[Path]:
    return sorted(path for path in ws.root.glob("projects/**/runs/run_*") if path.is_dir())


def carriers(ws: Workspace, out: Path, run: str) -> dict[str, Path]:
    """One of everything that is written for others."""
    for ending in ("json", "yaml", "md", "html"):
        ws.artefact.export(run=run, format=ending, output=out / f"personas.{ending}")
    ws.bundle.export(run, out / "run.zip")
    ws.crate.export(out / "crate", run=run)
    ws.crate.export(out / "crate.zip", run=run)
    ws.statement.export(run, out / "statement.json")
    ws.audit.checkpoint(out / "checkpoint.txt")
    ws.report(run, output=out / "report.html")
    found = {path.name: path for path in out.iterdir()}
    return found | {"folder of a run": folders(ws)[0]}


def test_whatever_is_handed_on_is_an_anchor(opened: Workspace, tmp_path: Path) -> None:
    run = opened.generate(flags={"count": 1}).view.run.id
    (tmp_path / "variants.yaml").write_text(VARIANTS, encoding="utf-8")
    opened.experiment.create(name="two", variants=tmp_path / "variants.yaml")
    opened.experiment.run("two", repeats=3)
    compared = opened.comparing.compare(["two"], metrics=["faithfulness"])
    (tmp_path / "out").mkdir()
    found = carriers(opened, tmp_path / "out", run)
    found["comparison"] = opened.root / str(compared.path)
    for name, path in found.items():
        view = opened.audit.verify([path])
        assert view.ok, (name, view.findings)
        assert view.anchored > 0, name
        assert view.signed_by == (opened.audit.origin,), name
    assert len(folders(opened)) == 7
    assert all((folder / "audit/checkpoint.txt").is_file() for folder in folders(opened))
    assert opened.verify().ok
    changed = opened.root.with_name("changed")
    shutil.copytree(opened.root, changed)
    _forge(changed)
    with Workspace.open(changed) as other:
        for name, path in found.items():
            assert not other.audit.verify([path]).ok, name
        codes = {finding.code for finding in other.verify().findings}
        assert "checkpoint-root" in codes, "the folders of runs are anchors of their own"


def _forge(root: Path) -> None:
    """Write the log anew from its beginning, as whoever owns the folder can: another event, every hash made again."""
    import sqlite3

    from persona.storage.log import leaf_of
    from persona.storage.merkle import Frontier

    with sqlite3.connect(root / ".persona/workspace.db") as database:
        triggers = database.execute("select name from sqlite_master where type = 'trigger'").fetchall()
        for (name,) in triggers:
            database.execute(f"drop trigger {name}")
        database.execute("update event set actor = 'person:mallory' where seq = 2")
        frontier = Frontier()
        for row in database.execute("select * from event order by seq").fetchall():
            leaf = leaf_of(row)
            frontier = frontier.append(leaf)
            database.execute("update event set leaf = ? where seq = ?", (leaf, row[0]))
        tables = {name for (name,) in database.execute("select name from sqlite_master where type = 'table'")}
        assert "event" in tables
        _peaks(database, frontier.encode())


def _peaks(database: object, peaks: bytes) -> None:
    """Put the peaks of the new tree where the old ones stand, whatever the table is called."""
    import sqlite3

    assert isinstance(database, sqlite3.Connection)
    for (table,) in database.execute("select name from sqlite_master where type = 'table'").fetchall():
        columns = [row[1] for row in database.execute(f"pragma table_info({table})")]
        if "peaks" in columns:
            database.execute(f"update {table} set peaks = ?", (peaks,))
            return
    raise AssertionError("the log keeps no peaks")


def test_without_a_key_everything_is_written_and_says_so(opened: Workspace, tmp_path: Path) -> None:
    (tmp_path / "config").mkdir(exist_ok=True)
    (tmp_path / "config" / "persona").write_text("a file where the folder of keys would be", encoding="utf-8")
    run = opened.generate(flags={"count": 1}).view.run.id
    assert sum("unsigned" in note for note in opened.notes) == 1
    [folder] = folders(opened)
    note = (folder / "audit/checkpoint.txt").read_text(encoding="utf-8")
    state, _, signatures = signed_parts(note, "")
    assert (state.origin, signatures) == (opened.audit.origin, ())
    opened.crate.export(tmp_path / "crate", run=run)
    opened.artefact.export(run=run, output=tmp_path / "personas.json")
    opened.report(run)
    assert sum("unsigned" in note for note in opened.notes) == 1, "told once"
    for path in (tmp_path / "crate", tmp_path / "personas.json"):
        view = opened.audit.verify([path])
        assert {finding.code for finding in view.findings} == {"checkpoint-unsigned"}
    assert opened.verify().ok


def test_rebuild_writes_a_lost_checkpoint_and_keeps_one_that_speaks_against_the_log(opened: Workspace) -> None:
    opened.generate(flags={"count": 1})
    [folder] = folders(opened)
    path = folder / "audit/checkpoint.txt"
    kept = path.read_bytes()
    assert opened.rebuild().files == 0
    assert path.read_bytes() == kept

    path.unlink()
    assert opened.verify().ok, "a folder that never had one is as whole as before"
    assert opened.rebuild().files == 1
    assert opened.audit.verify([path]).anchored == opened.coordinate.position

    path.chmod(0o644)
    path.write_bytes(b"scribbled over")
    assert [finding.code for finding in opened.verify().findings] == ["file-changed"]
    opened.rebuild()
    assert opened.verify().ok

    path.chmod(0o644)
    origin, size, root, rest = path.read_text(encoding="utf-8").split("\n", 3)
    path.write_text("\n".join([origin, str(int(size) + 5), root, rest]), encoding="utf-8")
    assert [finding.code for finding in opened.verify().findings] == ["file-changed"], "its signature is not ours"
    path.write_text("\n".join([origin, str(int(size) + 5), root, ""]), encoding="utf-8")
    assert [finding.code for finding in opened.verify().findings] == ["checkpoint-ahead"]
    opened.rebuild()
    assert [finding.code for finding in opened.verify().findings] == ["checkpoint-ahead"], "evidence stays"


def test_a_page_that_says_nothing_new_is_not_made_again(opened: Workspace, tmp_path: Path) -> None:
    (tmp_path / "variants.yaml").write_text(VARIANTS, encoding="utf-8")
    opened.experiment.create(name="two", variants=tmp_path / "variants.yaml")
    opened.experiment.run("two")
    first = opened.comparing.compare(["two"], metrics=["faithfulness"])
    before = opened.coordinate
    opened.project.note(None, {"grown": 1})
    again = opened.comparing.compare(["two"], metrics=["faithfulness"])
    assert (again.path, again.artefact) == (first.path, first.artefact)
    assert opened.coordinate.position == before.position + 1


def test_the_same_run_gives_the_same_bundle_whatever_came_later(opened: Workspace, tmp_path: Path) -> None:
    run = opened.generate(flags={"count": 1}).view.run.id
    opened.bundle.export(run, tmp_path / "one.zip")
    opened.project.note(None, {"grown": 1})
    opened.bundle.export(run, tmp_path / "two.zip")
    assert (tmp_path / "one.zip").read_bytes() == (tmp_path / "two.zip").read_bytes()


@pytest.mark.parametrize(
    "write",
    [
        lambda path: path.write_bytes(b""),
        lambda path: path.write_bytes(b"\xff\xfe\x00"),
        lambda path: path.write_text("{}", encoding="utf-8"),
        lambda path: path.write_text('{"_provenance": {"log": 3}}', encoding="utf-8"),
        lambda path: path.write_text('{"payload": "%%"}', encoding="utf-8"),
        lambda path: path.write_text("[" * 100_000, encoding="utf-8"),
        lambda path: path.write_text("{" * 100_000, encoding="utf-8"),
        lambda path: path.write_text("_provenance:\n  log:\n    checkpoint: !!python/object x\n", encoding="utf-8"),
        lambda path: path.write_bytes(b"PK\x03\x04 and no archive"),
        lambda path: path.write_text('<pre id="checkpoint"></pre>', encoding="utf-8"),
        lambda path: path.write_text('<pre id="checkpoint">a\n1\nAAAA\n</pre>', encoding="utf-8"),
        lambda path: path.mkdir(),
    ],
)
def test_what_carries_no_checkpoint_is_told_so(
    opened: Workspace, tmp_path: Path, write: Callable[[Path], object]
) -> None:
    path = tmp_path / "file"
    write(path)
    with pytest.raises(InvalidInput):
        opened.audit.verify([path])
    with pytest.raises(NotFound):
        checkpoint_in(tmp_path / "nothing")


def test_exported_personas_still_lead_to_their_artefact(opened: Workspace, tmp_path: Path) -> None:
    run = opened.generate(flags={"count": 1}).view.run.id
    opened.artefact.export(run=run, output=tmp_path / "personas.json")
    told = json.loads((tmp_path / "personas.json").read_bytes())["_provenance"]
    assert told["log"]["position"] == opened.coordinate.position
    assert opened.artefact.lineage(str(tmp_path / "personas.json")).found_by == "embedded"
