"""Linked workspaces: lineage goes over the border, nothing over there is touched, and what is missing is told."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.cli.calling import call

from persona.errors import Conflict, IntegrityError, InvalidInput, NotFound, PersonaError, StorageError, UsageError
from persona.lineage.references import Reference, read_reference
from persona.model.records import Artefact, Edge, Source
from persona.workspace import Workspace

Make = Callable[[str], Path]


@pytest.fixture
def make(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Make:
    """Makes a workspace with one interview and personas of it; who speaks in `studio` is Studio."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.setenv("PERSONA_USER", "ada")
    for name in ("PERSONA_WORKSPACE", "PERSONA_PROJECT", "PERSONA_MODEL", "PERSONA_SEED"):
        monkeypatch.delenv(name, raising=False)

    def made(name: str) -> Path:
        text = f"Interviewer: What do you want?\n{name.capitalize()}: I want to count the stock of the {name} every morning.\n"
        (tmp_path / f"{name}.txt").write_text(text, encoding="utf-8")
        with Workspace.init(tmp_path / name) as ws:
            ws.project.create(f"Shop {name}")
            ws.source.import_([str(tmp_path / f"{name}.txt")])
            ws.generate(flags={"count": 1})
        return tmp_path / name

    return made


def use(root: Path, thing: str, output: str) -> str:
    """A run in a workspace that uses something and makes a file; its id."""
    with Workspace.open(root) as ws, ws.run.start() as run:
        run.use(thing)
        run.log_bytes(output.encode(), output)
    return run.id


@pytest.fixture
def pair(make: Make) -> tuple[Path, Path]:
    """Two workspaces, the second linked to the first as `studio`, and a guide there that used its personas."""
    home, studio = make("home"), make("studio")
    with Workspace.open(home) as ws:
        ws.links.link("studio", studio)
    use(home, "studio::personas", "guide.txt")
    return home, studio


def state(folder: Path) -> dict[str, tuple[str, int]]:
    """Every file below a folder, its bytes and when it was changed."""
    return {
        str(path.relative_to(folder)): (hashlib.sha256(path.read_bytes()).hexdigest(), path.stat().st_mtime_ns)
        for path in folder.rglob("*")
        if path.is_file()
    }


def names(root: Path, direction: str, thing: str, **more: object) -> dict[str, int]:
    with Workspace.open(root) as ws:
        view = ws.lineage.walk(thing, direction, depth=None, **more)  # type: ignore[arg-type]
    return {one.id: one.distance for one in view.things}


# Over the border


def test_no_command_reads_a_source_over_there(pair: tuple[Path, Path]) -> None:
    """Its people's consent and withdrawals are recorded there; nothing of theirs is sealed here."""
    with Workspace.open(pair[0]) as ws:
        head = ws._context.records.head()
        held = set(ws._context.blobs.digests())
        with pytest.raises(NotFound, match="recorded there") as caught:
            ws.generate(sources=["studio::studio.txt"])
        assert "persona source import" in caught.value.hints[0]
        assert ws._context.records.head() == head
        assert set(ws._context.blobs.digests()) == held


def test_up_goes_over_the_border_to_the_words_there(pair: tuple[Path, Path]) -> None:
    found = names(pair[0], "up", "guide.txt")
    assert found["studio::shop-studio/personas:v1"] == 2
    [source] = [id for id in found if id.startswith("studio::source_")]
    assert found[source] == 4
    [person] = [id for id in found if id.startswith("studio::participant_")]
    assert found[person] == 4
    assert not [id for id in found if id.startswith("workspace:")]


def test_down_comes_back_from_a_person_there(pair: tuple[Path, Path]) -> None:
    found = names(pair[0], "down", "studio::Studio")
    assert found["shop-home/guide.txt:v1"] == 4
    with Workspace.open(pair[0]) as ws:
        impact = ws.lineage.impact("studio::Studio")
        assert impact.kinds["claim"] >= 1
        chain = {view.id: chain for view, chain in impact.affected}["shop-home/guide.txt:v1"]
        assert [one.partition("::")[0] for one in chain[:3]] == ["studio"] * 3
        assert chain[3].startswith("run_")
        path = ws.lineage.path("guide.txt", "studio::Studio")
        assert path.direction == "up"
        assert [one.distance for one in path.things] == [0, 1, 2, 3, 4]


def test_a_depth_counts_the_steps_on_both_sides(pair: tuple[Path, Path]) -> None:
    with Workspace.open(pair[0]) as ws:
        for depth in range(1, 6):
            view = ws.lineage.walk("guide.txt", "up", depth=depth)
            everything = ws.lineage.walk("guide.txt", "up", depth=None)
            assert [one.id for one in view.things] == [one.id for one in everything.things if one.distance <= depth]


def test_the_record_names_workspace_thing_and_bytes_and_no_path(pair: tuple[Path, Path]) -> None:
    home, studio = pair
    with Workspace.open(studio) as ws:
        first = next(iter(ws._context.records.events(upto=1))).id
        digest = ws._context.records.get(Artefact, "shop-studio/personas:v1").digest
    with Workspace.open(home) as ws:
        events = list(ws._context.records.events())
        [name] = [edge.dst for event in events for edge in event.edges if edge.dst.startswith("workspace:")]
        assert read_reference(name) == Reference(first, "shop-studio/personas:v1", digest)
        assert not any(str(studio) in repr(event) or "studio.txt" in repr(event) for event in events)
        assert not ws.verify().findings


def test_what_a_program_gets_are_the_bytes_there(pair: tuple[Path, Path]) -> None:
    home, studio = pair
    with Workspace.open(studio) as ws:
        data = ws._context.blobs.get(ws._context.records.get(Artefact, "shop-studio/personas:v1").digest)
        [source] = ws._context.records.find(Source).items
    with Workspace.open(home) as ws, ws.run.start() as run:
        assert run.use("studio::shop-studio/personas:v1") == data
        assert run.use("studio::studio.txt") == (studio.parent / "studio.txt").read_bytes()
        assert run.use(f"studio::{source.id[:20]}") == (studio.parent / "studio.txt").read_bytes()
        with pytest.raises(InvalidInput, match="only artefacts and sources"):
            run.use("studio::Studio")
        with pytest.raises(NotFound, match="no workspace is linked as `studo`") as failed:
            run.use("studo::personas")
        assert "did you mean `studio`?" in failed.value.hints


def test_another_project_of_the_same_workspace_needs_no_link(make: Make) -> None:
    home = make("home")
    with Workspace.open(home) as ws:
        ws.project.create("Second")
        with ws.run.start(project="second") as run:
            run.use("shop-home/personas:v1")
            run.log_bytes(b"guide", "guide.txt")
        view = ws.lineage.walk("second/guide.txt", "up", depth=None)
        assert {"shop-home", "second"} <= {one.project for one in view.things}
        assert "second/guide.txt:v1" in [
            one.id for one in ws.lineage.walk("home.txt", "down", depth=None, project="shop-home").things
        ]


def test_here_stays_here_and_a_project_there_can_be_chosen(pair: tuple[Path, Path]) -> None:
    home, _ = pair
    found = names(home, "up", "guide.txt", here=True)
    assert len([id for id in found if id.startswith("workspace:")]) == 1
    assert not [id for id in found if id.startswith("studio::")]
    there = names(home, "up", "guide.txt", within="studio::shop-studio")
    assert {"studio::shop-studio/personas:v1", "shop-home/guide.txt:v1"} <= set(there)
    assert not [id for id in there if id.startswith("run_")]
    assert not [id for id in names(home, "up", "guide.txt", within="shop-home") if id.startswith("studio::")]
    with Workspace.open(home) as ws, pytest.raises(UsageError, match="stays here"):
        ws.lineage.show("studio::personas", here=True)


def test_a_graph_of_two_is_the_union_of_both(pair: tuple[Path, Path]) -> None:
    """Closures over the border equal those of one plain graph made of both logs, from every thing in either."""
    home, studio = pair
    edges: set[tuple[str, str, str]] = set()
    for root, prefix in ((home, ""), (studio, "studio::")):
        with Workspace.open(root) as ws:
            for edge in ws._context.records.all_edges():
                if edge.rel in ("used", "generated_by", "derived_from", "associated_with", "quoted_from"):
                    reference = read_reference(edge.dst)
                    far = f"studio::{reference.thing}" if reference else prefix + edge.dst
                    edges.add((prefix + edge.src, edge.rel, far))
    with Workspace.open(home) as ws:
        for start in sorted({one for edge in edges for one in (edge[0], edge[2])}):
            for direction in ("up", "down"):
                reached = {start}
                while True:
                    more = {
                        far if direction == "up" else near
                        for near, _, far in edges
                        if (near if direction == "up" else far) in reached
                    } - reached
                    if not more:
                        break
                    reached |= more
                view = ws.lineage.walk(start, direction, depth=None)  # type: ignore[arg-type]
                assert {one.id for one in view.things} == reached
                assert set(view.edges) == {Edge(*edge) for edge in edges if {edge[0], edge[2]} <= reached}


# Three in a chain, and a loop


def test_a_chain_of_three_is_followed_where_each_is_linked_here(make: Make) -> None:
    one, two, three = make("one"), make("two"), make("three")
    with Workspace.open(two) as ws:
        ws.links.link("deep", three)
    use(two, "deep::personas", "middle.txt")
    with Workspace.open(one) as ws:
        ws.links.link("second", two)
    use(one, "second::middle.txt", "end.txt")
    found = names(one, "up", "end.txt")
    assert "second::shop-two/middle.txt:v1" in found
    [end] = [id for id in found if id.startswith("workspace:")]
    assert found[end] == 4
    with Workspace.open(one) as ws:
        view = ws.lineage.walk("end.txt", "up", depth=None)
        told = {view.id: view for view in view.things}[end]
        assert told.label == "shop-three/personas:v1, in a workspace that is not linked here"
        assert told.kind == "artefact"
        assert "second::shop-two/middle.txt:v1" in [one.id for one in ws.lineage.walk(end, "down", depth=None).things]
        ws.links.link("third", three)
    found = names(one, "up", "end.txt")
    assert found["third::shop-three/personas:v1"] == 4
    assert names(one, "down", "third::Three")["shop-one/end.txt:v1"] == 6
    assert names(one, "up", end) == names(one, "up", "third::personas")


def test_two_that_link_each_other_end(make: Make) -> None:
    one, two = make("one"), make("two")
    for root, name, other in ((one, "two", two), (two, "one", one)):
        with Workspace.open(root) as ws:
            ws.links.link(name, other)
    use(two, "one::personas", "answer.txt")
    use(one, "two::answer.txt", "end.txt")
    found = names(one, "up", "end.txt")
    assert found["two::shop-two/answer.txt:v1"] == 2
    assert found["shop-one/personas:v1"] == 4
    assert names(one, "down", "One")["shop-one/end.txt:v1"] == 6
    assert names(two, "down", "one::One")["one::shop-one/end.txt:v1"] == 6


# Nothing is touched


def test_nothing_over_there_is_written_or_made(pair: tuple[Path, Path]) -> None:
    home, studio = pair
    before = state(studio)
    with Workspace.open(home) as ws:
        ws.links.link("studio", studio)
        ws.links.list()
        ws.lineage.impact("studio::Studio")
        ws.lineage.walk("guide.txt", "up", depth=None, claims=True)
        ws.lineage.show("studio::personas")
    use(home, "studio::studio.txt", "second.txt")
    assert state(studio) == before
    assert b"Studio" not in b"".join(path.read_bytes() for path in (home / ".persona" / "cache").rglob("*"))


def test_one_that_is_written_meanwhile_is_read_as_it_is(pair: tuple[Path, Path]) -> None:
    home, studio = pair
    script = (
        "import sys\nfrom persona.workspace import Workspace\n"
        f"with Workspace.open({str(studio)!r}) as ws:\n"
        "    for line in sys.stdin:\n"
        "        with ws.run.start() as run:\n            run.log_bytes(line.encode(), line.strip())\n"
        "        print('done', flush=True)\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", script], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as writer:
        assert writer.stdin is not None
        assert writer.stdout is not None
        for name in ("fresh.txt", "fresher.txt"):
            writer.stdin.write(f"{name}\n")
            writer.stdin.flush()
            assert writer.stdout.readline() == "done\n"
            assert (studio / ".persona" / "workspace.db-shm").exists()
            with Workspace.open(home) as ws:
                ws.links.list()
                before = state(studio)
                assert f"studio::shop-studio/{name}:v1" == ws.lineage.show(f"studio::{name}").thing.id
                ws.lineage.impact("studio::Studio")
            assert state(studio) == before
        writer.stdin.close()
        assert writer.wait() == 0


@pytest.mark.parametrize("shared_memory", [True, False])
def test_one_whose_writer_died_is_read_with_what_it_had_written(pair: tuple[Path, Path], shared_memory: bool) -> None:
    home, studio = pair
    script = (
        "import os, sys\nfrom persona.workspace import Workspace\n"
        f"ws = Workspace.open({str(studio)!r})\nrun = ws.run.start()\nrun.log_bytes(b'late', 'late.txt')\nrun.finish()\n"
        "os._exit(9)\n"
    )
    assert subprocess.run([sys.executable, "-c", script], check=False).returncode == 9
    if not shared_memory:
        (studio / ".persona" / "workspace.db-shm").unlink()
    assert (studio / ".persona" / "workspace.db-wal").stat().st_size
    before = state(studio)
    assert "studio::shop-studio/late.txt:v1" in names(home, "up", "studio::late.txt")
    assert state(studio) == before


# What is refused, and what is told


def test_what_cannot_be_linked_is_refused(make: Make, tmp_path: Path) -> None:
    home, studio, other = make("home"), make("studio"), make("other")
    with Workspace.open(home) as ws:
        for name in ("Studio", "", "a::b", "model", "workspace", "a/b", "x" * 41):
            with pytest.raises(InvalidInput, match="cannot be the name"):
                ws.links.link(name, studio)
        with pytest.raises(NotFound) as missing:
            ws.links.link("gone", tmp_path / "nowhere")
        assert missing.value.code == "workspace-not-found"
        with pytest.raises(Conflict, match="itself"):
            ws.links.link("me", home)
        shutil.copytree(home, tmp_path / "copy")
        with pytest.raises(Conflict, match="copy of this workspace"):
            ws.links.link("copy", tmp_path / "copy")
        ws.links.link("studio", studio)
        with pytest.raises(Conflict, match="taken"):
            ws.links.link("studio", other)
        with pytest.raises(Conflict, match="linked already, as `studio`"):
            ws.links.link("atelier", studio)
        with pytest.raises(NotFound, match="no workspace is linked"):
            ws.links.unlink("studo")
        assert [one.name for one in ws.links.list()] == ["studio"]


def form(root: Path, number: int) -> None:
    """Say that a database has a form of another number."""
    with sqlite3.connect(root / ".persona" / "workspace.db") as db:
        db.execute("insert into migration values (?, 'of another time', '2030-01-01')", (number,))
    db.close()


def test_one_of_a_newer_version_is_not_read(make: Make) -> None:
    home, studio = make("home"), make("studio")
    form(studio, 9999)
    with Workspace.open(home) as ws, pytest.raises(StorageError) as failed:
        ws.links.link("studio", studio)
    assert failed.value.code == "newer-database"


def damaged(home: Path, studio: Path) -> None:
    (studio / ".persona" / "workspace.db").write_bytes(b"not a database at all" * 1000)


def gone(home: Path, studio: Path) -> None:
    shutil.rmtree(studio)


def newer(home: Path, studio: Path) -> None:
    form(studio, 9999)


def older(home: Path, studio: Path) -> None:
    with sqlite3.connect(studio / ".persona" / "workspace.db") as db:
        db.execute("delete from migration where number = (select max(number) from migration)")
    db.close()


def another(home: Path, studio: Path) -> None:
    shutil.rmtree(studio)
    Workspace.init(studio).close()


def without_blobs(home: Path, studio: Path) -> None:
    shutil.rmtree(studio / ".persona" / "blobs")


@pytest.mark.parametrize(
    ("break_it", "code"),
    [
        (damaged, "database-damaged"),
        (gone, "workspace-not-found"),
        (newer, "newer-database"),
        (older, "older-database"),
        (another, "link-differs"),
        (without_blobs, None),
    ],
)
def test_what_cannot_be_read_is_left_out_and_told(
    break_it: Callable[[Path, Path], None], code: str | None, pair: tuple[Path, Path]
) -> None:
    home, studio = pair
    break_it(home, studio)
    with Workspace.open(home) as ws:
        view = ws.lineage.walk("guide.txt", "up", depth=None, claims=True)
        told = {one.id: one for one in view.things}["studio::shop-studio/personas:v1"]
        assert told.workspace == "studio"
        if code is not None:
            assert told.label.endswith("which cannot be read now")
        assert any("the linked workspace `studio` cannot be read" in note for note in ws.notes)
        assert len(ws.notes) == 1
        assert ws.lineage.walk("Home", "down", depth=None).things
    with Workspace.open(home) as ws:
        [link] = ws.links.list()
        assert link.code == code
        assert (link.problem is None) == (code is None)
        assert link.references == 1
        if code is not None:
            with pytest.raises(PersonaError) as failed:
                ws.lineage.show("studio::personas")
            assert failed.value.code == code
            if break_it is older:
                assert failed.value.hints == (
                    f"bring it up to date by opening it for itself once: `persona verify --workspace {studio}`",
                )


def test_without_the_link_the_edge_still_says_what_was_meant(pair: tuple[Path, Path]) -> None:
    home, _ = pair
    with Workspace.open(home) as ws:
        assert ws.links.unlink("studio").references == 1
        view = ws.lineage.walk("guide.txt", "up", depth=None)
        [told] = [one for one in view.things if one.id.startswith("workspace:")]
        assert told.label == "shop-studio/personas:v1, in a workspace that is not linked here"
        assert [one.id for one in ws.lineage.walk(told.id, "down").things][1].startswith("run_")
        with pytest.raises(NotFound, match="no workspace is linked as `studio`"):
            ws.lineage.show("studio::personas")


def test_a_moved_workspace_is_linked_again_and_a_pair_moves_together(pair: tuple[Path, Path], tmp_path: Path) -> None:
    home, studio = pair
    moved = tmp_path / "elsewhere"
    studio.rename(moved)
    with Workspace.open(home) as ws:
        ws.links.link("studio", moved)
    assert "studio::shop-studio/personas:v1" in names(home, "up", "guide.txt")
    here = Path.cwd()
    os.chdir(tmp_path)
    try:
        with Workspace.open(home) as ws:
            assert ws.links.link("studio", "elsewhere").folder == "../elsewhere"
    finally:
        os.chdir(here)
    (tmp_path / "away").mkdir()
    for one in (home, moved):
        one.rename(tmp_path / "away" / one.name)
    found = names(tmp_path / "away" / home.name, "up", "guide.txt")
    assert [id for id in found if id.startswith("studio::source_")]


def test_a_broken_file_of_links_is_told(pair: tuple[Path, Path]) -> None:
    home, _ = pair
    (home / ".persona" / "links.json").write_text('{"studio": 3}', encoding="utf-8")
    with Workspace.open(home) as ws, pytest.raises(IntegrityError) as failed:
        ws.lineage.show("guide.txt")
    assert failed.value.code == "links-broken"


def test_a_copy_that_went_another_way_is_told_by_its_bytes(make: Make, tmp_path: Path) -> None:
    home, studio = make("home"), make("studio")
    use(studio, "personas", "note.txt")
    shutil.copytree(studio, tmp_path / "twin")
    for root, said in ((studio, b"one"), (tmp_path / "twin", b"other")):
        with Workspace.open(root) as ws, ws.run.start() as run:
            run.log_bytes(said, "note.txt")
    with Workspace.open(home) as ws:
        ws.links.link("studio", studio)
    use(home, "studio::note.txt:v2", "guide.txt")
    with Workspace.open(home) as ws:
        assert "other bytes" not in ws.lineage.show("studio::note.txt:v2").thing.label
        ws.links.link("studio", tmp_path / "twin")
        assert ws.lineage.show("studio::note.txt:v2").thing.label.endswith("(other bytes than were recorded here)")


# Erased over the border


def test_words_erased_there_are_told_here(pair: tuple[Path, Path]) -> None:
    home, studio = pair
    with Workspace.open(studio) as ws:
        ws.participant.withdraw("Studio")
    with Workspace.open(home) as ws:
        view = ws.lineage.walk("guide.txt", "up", depth=None)
        labels = {one.id: one.label for one in view.things}
        assert labels["studio::shop-studio/personas:v1"].endswith("(words erased)")
        [source] = [id for id in labels if id.startswith("studio::source_")]
        assert labels[source].endswith("(words erased)")
        with ws.run.start() as run:
            left = run.use("studio::personas")
            assert b"count the stock" not in left
            with pytest.raises(NotFound) as failed:
                run.use(source)
            assert failed.value.code == "erased"
        assert "shop-home/guide.txt:v1" in [one.id for one in ws.lineage.walk(source, "down", depth=None).things]


# As of, the same bytes, and every form of an answer


def test_the_past_is_that_of_both(pair: tuple[Path, Path]) -> None:
    home, studio = pair
    with Workspace.open(home) as ws:
        position = ws.coordinate.position
    use(studio, "personas", "later.txt")
    with Workspace.open(home, as_of=str(position)) as ws:
        then = {one.id for one in ws.lineage.walk("studio::Studio", "down", depth=None).things}
        assert "shop-home/guide.txt:v1" in then
        assert "studio::shop-studio/later.txt:v1" not in then
    assert "studio::shop-studio/later.txt:v1" in names(home, "down", "studio::Studio")


def test_the_same_bytes_are_found_in_both(pair: tuple[Path, Path], tmp_path: Path) -> None:
    home, studio = pair
    with Workspace.open(home) as ws:
        ws.source.import_([str(tmp_path / "studio.txt")])
        [also] = ws.lineage.show("studio.txt").also
        assert also.id.startswith("studio::source_")
        assert not ws.lineage.show("studio.txt", here=True).also
        assert not ws.lineage.show("home.txt").also
    with Workspace.open(studio) as ws:
        data = ws._context.blobs.get(ws._context.records.get(Artefact, "shop-studio/personas:v1").digest)
    (tmp_path / "found.json").write_bytes(data)
    with Workspace.open(home) as ws:
        assert ws.lineage.show(str(tmp_path / "found.json")).thing.id == "studio::shop-studio/personas:v1"
        digest = "sha256:" + hashlib.sha256(data).hexdigest()
        assert ws.lineage.show(digest).thing.id == "studio::shop-studio/personas:v1"
        with pytest.raises(NotFound):
            ws.lineage.show(str(tmp_path / "found.json"), here=True)


def test_every_form_of_an_answer_knows_things_there(pair: tuple[Path, Path], tmp_path: Path) -> None:
    place = ("--workspace", str(pair[0]))
    tree = call("lineage", "up", "guide.txt", "--depth", "all", *place)
    assert tree.status == 0, tree.err
    assert "artefact studio::shop-studio/personas:v1" in tree.out
    drawn = call("lineage", "up", "guide.txt", "--depth", "all", "--format", "mermaid", *place)
    assert "studio#58; personas" in drawn.out
    svg = tmp_path / "lineage.svg"
    said = call("lineage", "up", "guide.txt", "--depth", "all", "--format", "svg", "--output", str(svg), *place)
    assert said.status == 0, said.err
    assert "studio: personas" in svg.read_text(encoding="utf-8")
    found = call("lineage", "up", "guide.txt", "--depth", "all", "--json", *place).json()
    assert {one.get("workspace") for one in found["data"]["things"]} == {None, "studio"}
    table = call("lineage", "up", "guide.txt", "--depth", "all", "--format", "table", *place)
    assert "studio::shop-studio/personas:v1" in table.out
    assert call("lineage", "diff", "guide.txt", "studio::personas", *place).status == 0


def test_the_commands_say_what_they_did(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    home = make("home")
    make("studio")
    monkeypatch.chdir(home)
    assert call("workspace", "list").out.strip() == "no workspace is linked"
    assert call("workspace", "link", "studio", "../studio").out.strip() == "linked studio  ../studio"
    listed = call("workspace", "list")
    assert [word for word in ("studio", "../studio", "readable") if word in listed.out] == [
        "studio",
        "../studio",
        "readable",
    ]
    use(home, "studio::personas", "guide.txt")
    said = call("workspace", "unlink", "studio")
    assert said.out.strip() == "unlinked studio"
    assert "1 thing of it stay" in said.err
    assert call("workspace", "unlink", "studio").status == 3
    assert json.loads(call("workspace", "list", "--json").out)["data"] == []


# What else reads edges


@pytest.mark.parametrize("format", ["json", "provn", "xml", "turtle", "nquads"])
def test_an_account_in_prov_holds_the_reference(format: str, pair: tuple[Path, Path], tmp_path: Path) -> None:
    out = str(tmp_path / f"account.{format}")
    said = call("export", "prov", "--format", format, "--output", out, "--workspace", str(pair[0]))
    assert said.status == 0, said.err
    assert "shop-studio%2Fpersonas" in Path(out).read_text(encoding="utf-8")
    assert call("lineage", "check", out).status == 0


def test_other_exports_and_run_folders_hold_it_by_its_digest(pair: tuple[Path, Path], tmp_path: Path) -> None:
    home, studio = pair
    with Workspace.open(studio) as ws:
        digest = ws._context.records.get(Artefact, "shop-studio/personas:v1").digest
    with Workspace.open(home) as ws, ws.run.start() as run:
        run.use("studio::personas")
        run.log_bytes(b"more", "more.txt")
        run.finish()
        run.write_folder()
    place = ("--workspace", str(home))
    crate = tmp_path / "crate"
    assert call("export", "ro-crate", "--run", run.id, "--output", str(crate), *place).status == 0
    assert digest.removeprefix("sha256:") in (crate / "ro-crate-metadata.json").read_text(encoding="utf-8")
    statement = tmp_path / "statement.json"
    assert call("export", "in-toto", "--run", run.id, "--output", str(statement), *place).status == 0
    for kind, name in (("openlineage", "events.ndjson"), ("atlas", "atlas.zip")):
        assert call("export", kind, "--output", str(tmp_path / name), *place).status == 0
    assert call("run", "export", run.id, "--output", str(tmp_path / "run.zip"), *place).status == 0
    [folder] = home.rglob(run.id)
    assert digest in "".join(path.read_text(encoding="utf-8") for path in folder.rglob("*.json"))
    assert call("verify", *place).status == 0
    archive = tmp_path / "whole.zip"
    assert call("archive", "create", str(archive), *place).status == 0
    assert call("archive", "open", str(archive), str(tmp_path / "opened")).status == 0
    assert not (tmp_path / "opened" / ".persona" / "links.json").exists()
    found = names(tmp_path / "opened", "up", "guide.txt")
    assert [id for id in found if id.startswith("workspace:")]


@pytest.mark.parametrize(
    "text",
    [
        "workspace:",
        "workspace:x::y",
        "workspace:01a220f9-8b03-76f5::personas@sha256:12",
        "model:openai:gpt-4o",
        "workspace:01a220f9-8b03-76f5::@sha256:" + "0" * 64,
        "workspace:../../etc::thing@sha256:" + "0" * 64,
    ],
)
def test_what_is_no_reference_is_not_read_as_one(text: str) -> None:
    assert read_reference(text) is None


def test_a_reference_is_read_as_it_was_written() -> None:
    one = Reference("01a220f9-8b03-76f5-86d6-ecf84452f6bc", "shop/a@b::c:v1", "sha256:" + "a" * 64)
    assert read_reference(one.text()) == one
