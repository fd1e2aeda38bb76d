"""Archives: a workspace, or a project of it, opens elsewhere as it was; what was changed on the way does not."""

from __future__ import annotations

import random
import zipfile
from pathlib import Path

import pytest

from persona.errors import Conflict, IntegrityError, InvalidInput, NotFound, PersonaError
from persona.model.records import Artefact, Call, DocumentRecord, Experiment, Participant, Project, Run, Source
from persona.workspace import Workspace

NOUNS = (Project, Source, DocumentRecord, Participant, Experiment, Run, Artefact, Call)
SAID = "I want to finish the order early, but the page is slow. I check the list every morning and write it down. "


@pytest.fixture(scope="module")
def two(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace with two projects, of which the second uses what the first made."""
    folder = tmp_path_factory.mktemp("two")
    with Workspace.init(folder / "ws") as ws:
        for project in ("Alpha", "Beta"):
            ws.project.create(project)
            for number in range(3):
                file = folder / f"{project}{number}.txt"
                name = f"{project[0]}{number}"
                file.write_text(f"Interviewer: And?\n{name}: {SAID}{project} {number} zebra{project.lower()}\n")
                ws.source.import_([str(file)], project=project.lower())
            ws.generate(project=project.lower(), flags={"count": 1})
        with ws.run.start(project="beta") as run:
            run.use("alpha/personas")
            run.log_bytes(b"out of both", "joined")
        (folder / "ws/projects/alpha/templates").mkdir(exist_ok=True)
        (folder / "ws/projects/alpha/templates/mine.txt").write_text("a note of alpha")
    return folder


def told(ws: Workspace, project: str | None = None) -> dict[str, list[object]]:
    found = {}
    for noun in NOUNS:
        items = ws._context.records.find(noun, order="id", deleted=True).items
        found[noun.__name__] = [
            one for one in items if project is None or getattr(one, "project", getattr(one, "id", "")) == project
        ]
    return found


def test_a_whole_workspace_opens_as_it_was(two: Path, tmp_path: Path) -> None:
    with Workspace.open(two / "ws") as ws:
        view = ws.archive(tmp_path / "a.zip")
        again = ws.archive(tmp_path / "b.zip")
        assert view.withheld == 0
        made, other = Workspace.from_archive(tmp_path / "a.zip", tmp_path / "opened")
        with made:
            assert (other.events, other.root, other.blobs) == (view.events, view.root, view.blobs)
            assert told(made) == told(ws)
            assert made._context.records.head() == ws._context.records.head()
            assert list(made._context.blobs.digests()) == list(ws._context.blobs.digests())
            assert made.verify().findings == ()
            assert (made.root / "projects/alpha/templates/mine.txt").read_text() == "a note of alpha"
            run = made.run.list(project="alpha").items[0]
            assert made.reproduce(run.id, "replay").verdict == "identical"
    assert (tmp_path / "a.zip").read_bytes() == (tmp_path / "b.zip").read_bytes()
    assert again.root == view.root


def test_a_part_holds_one_project_and_the_root_of_all(two: Path, tmp_path: Path) -> None:
    with Workspace.open(two / "ws") as ws:
        proof = ws.audit.checkpoint(tmp_path / "kept.txt")
        assert proof
        view = ws.archive(tmp_path / "part.zip", project="beta")
        assert 0 < view.withheld < view.events
        made, _ = Workspace.from_archive(tmp_path / "part.zip", tmp_path / "opened")
        with made:
            assert told(made) == told(ws, "beta")
            assert made._context.records.head() == ws._context.records.head()
            assert made.verify().findings == ()
            audit = made.audit.verify([tmp_path / "kept.txt"])
            assert (audit.ok, audit.withheld) == (True, view.withheld)
            joined = made.lineage.walk("joined", "up", depth=None, project="beta")
            assert "alpha/personas:v1" in {one.id for one in joined.things}
            assert made.lineage.show("alpha/personas:v1").thing.kind == "artefact"
            again = made.archive(tmp_path / "again.zip")
            assert again.withheld == view.withheld
    said = b"".join(path.read_bytes() for path in (tmp_path / "opened").rglob("*") if path.is_file())
    assert b"zebrabeta" in said
    assert b"zebraalpha" not in said
    third, _ = Workspace.from_archive(tmp_path / "again.zip", tmp_path / "third")
    with third:
        assert third.verify().findings == ()


def test_nothing_is_made_where_something_is(two: Path, tmp_path: Path) -> None:
    with Workspace.open(two / "ws") as ws:
        ws.archive(tmp_path / "a.zip")
        with pytest.raises(NotFound):
            ws.archive(tmp_path / "b.zip", project="gamma")
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "mine").write_text("mine")
    with pytest.raises(Conflict) as caught:
        Workspace.from_archive(tmp_path / "a.zip", tmp_path / "full")
    assert caught.value.code == "archive-target"
    assert not (tmp_path / "b.zip").exists()
    for wrong in (tmp_path / "nowhere.zip", tmp_path):
        with pytest.raises((NotFound, InvalidInput)):
            Workspace.from_archive(wrong, tmp_path / "x")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.zip", "full"]


def rewritten(source: Path, target: Path, **changed: bytes | None) -> None:
    """An archive with members changed (bytes), left out (None) or added; ``__`` stands for ``/``, ``_DOT_`` for a dot."""
    changes = {name.replace("__", "/").replace("_DOT_", "."): data for name, data in changed.items()}
    with zipfile.ZipFile(source) as old, zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as new:
        for entry in old.infolist():
            data = changes.pop(entry.filename, old.read(entry))
            if data is not None:
                new.writestr(entry.filename, data)
        for name, data in changes.items():
            new.writestr(name, data or b"")


def test_what_was_changed_is_refused_and_nothing_stays(two: Path, tmp_path: Path) -> None:
    with Workspace.open(two / "ws") as ws:
        ws.archive(tmp_path / "a.zip")
    with zipfile.ZipFile(tmp_path / "a.zip") as whole:
        lines = whole.read("events.jsonl").splitlines(keepends=True)
        header = whole.read("header.json")
        blob = next(name for name in whole.namelist() if name.startswith("blobs/"))
    cases: list[tuple[dict[str, bytes | None], type[PersonaError]]] = [
        ({"events_DOT_jsonl": b"".join(lines[:-1])}, IntegrityError),
        ({"events_DOT_jsonl": b"".join([*lines[:2], *lines[3:]])}, IntegrityError),
        ({"events_DOT_jsonl": b"".join([lines[0], lines[2], lines[1], *lines[3:]])}, IntegrityError),
        ({"events_DOT_jsonl": lines[0].replace(b"workspace", b"workshop") + b"".join(lines[1:])}, PersonaError),
        ({"events_DOT_jsonl": b"nonsense\n"}, IntegrityError),
        ({"header_DOT_json": None}, InvalidInput),
        ({"header_DOT_json": header.replace(b"workspace-archive/1", b"workspace-archive/9")}, InvalidInput),
        ({blob: None}, IntegrityError),
        ({blob: b"other bytes"}, IntegrityError),
        ({"files__..__escaped": b"x"}, PersonaError),
        ({"strange": b"x"}, InvalidInput),
    ]
    for number, (changed, expected) in enumerate(cases):
        path = tmp_path / f"changed-{number}.zip"
        rewritten(tmp_path / "a.zip", path, **changed)
        with pytest.raises(expected):
            Workspace.from_archive(path, tmp_path / "opened")
        assert not (tmp_path / "opened").exists(), number
        assert not [one for one in tmp_path.iterdir() if one.name.startswith(".")], number


def test_a_path_that_leaves_the_folder_is_refused(two: Path, tmp_path: Path) -> None:
    with Workspace.open(two / "ws") as ws:
        count = ws.archive(tmp_path / "a.zip").files
    with zipfile.ZipFile(tmp_path / "a.zip") as whole:
        header = whole.read("header.json").replace(b'"files":%d' % count, b'"files":%d' % (count + 1))
    for number, name in enumerate(
        ("files__..__..__escaped", "files__/etc/escaped", "files__.persona__context_DOT_json")
    ):
        path = tmp_path / f"path-{number}.zip"
        rewritten(tmp_path / "a.zip", path, header_DOT_json=header, **{name: b"x"})
        with pytest.raises(InvalidInput) as caught:
            Workspace.from_archive(path, tmp_path / "opened")
        assert caught.value.code == "archive-unreadable"
        assert not (tmp_path / "opened").exists()


def test_flipped_bits_never_open_as_something_else(two: Path, tmp_path: Path) -> None:
    with Workspace.open(two / "ws") as ws:
        root = ws.archive(tmp_path / "a.zip", project="beta").root
    data = bytearray((tmp_path / "a.zip").read_bytes())
    chance = random.Random(5)
    for number in range(40):
        at = chance.randrange(len(data))
        flipped = bytearray(data)
        flipped[at] ^= 1 << chance.randrange(8)
        (tmp_path / "f.zip").write_bytes(flipped)
        target = tmp_path / f"opened-{number}"
        try:
            made, view = Workspace.from_archive(tmp_path / "f.zip", target)
        except PersonaError:
            assert not target.exists()
            continue
        with made:  # a flip in what ZIP files hold beside their members
            assert view.root == root
            assert made.verify().findings == ()


def test_a_zip_that_unpacks_to_too_much_is_refused(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "bomb.zip", "w", zipfile.ZIP_DEFLATED) as bomb:
        bomb.writestr("header.json", b"{}")
        bomb.writestr("events.jsonl", b"\n" * (300 << 20))
    with pytest.raises(InvalidInput, match="more than is read"):
        Workspace.from_archive(tmp_path / "bomb.zip", tmp_path / "opened")
