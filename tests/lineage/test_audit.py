"""Signed checkpoints and proofs: judged by Go's own library, and by thousands of ways to change a log."""

from __future__ import annotations

import base64
import os
import random
import shutil
import sqlite3
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from tests.storage.drafts import finished, planned, project

from persona.errors import InvalidInput, PermissionDenied
from persona.lineage.notes import Checkpoint, new_key, read_checkpoint, read_key, read_note, read_private_key
from persona.lineage.proofs import hashed, held_against
from persona.model.records import Draft, Event
from persona.storage import Records, consistency_proof, leaf_hash
from persona.storage.log import leaf_of
from persona.storage.merkle import Frontier
from persona.storage.sqlite import open_memory
from persona.workspace import Workspace

PLACE = Path(__file__).parent / "go" / "judge.go"
SHARED_GO = Path("/usr/share/gocode")


@pytest.fixture(scope="session")
def judge(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., tuple[bool, str]]:
    """Go's library asked about a note, a proof or two trees; skips where Go is not installed."""
    go = shutil.which("go")
    if go is None or not (SHARED_GO / "src/golang.org/x/mod/sumdb").is_dir():
        pytest.skip("Go and its module x/mod are not installed (Debian: golang-go golang-golang-x-mod-dev)")
    folder = tmp_path_factory.mktemp("go")
    environment = {**os.environ, "GO111MODULE": "off", "GOPATH": str(SHARED_GO), "GOCACHE": str(folder / "cache")}
    environment |= {"GOFLAGS": "", "GOPROXY": "off", "HOME": str(folder)}
    built = folder / "judge"
    subprocess.run([go, "build", "-o", str(built), str(PLACE)], check=True, env=environment)

    def ask(*words: str) -> tuple[bool, str]:
        done = subprocess.run([str(built), *words], capture_output=True, text=True, check=False)
        return done.returncode == 0, done.stdout.strip() + done.stderr

    return ask


@pytest.fixture
def ws(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Workspace]:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.setenv("PERSONA_USER", "tester")
    with Workspace.init(tmp_path / "ws") as opened:
        opened.project.create("Shop")
        for number in range(7):
            opened.project.tag("shop", {"sprint": str(number)})
        yield opened


def test_go_accepts_a_checkpoint_and_refuses_another_text(
    ws: Workspace, tmp_path: Path, judge: Callable[..., tuple[bool, str]]
) -> None:
    key = ws.audit.key().public
    view = ws.audit.checkpoint(tmp_path / "note.txt")
    root = base64.b64encode(bytes.fromhex(view.root)).decode()
    assert judge("note", key, str(tmp_path / "note.txt")) == (True, f"accepted {view.size} {root}")
    (tmp_path / "more.txt").write_text(view.note.replace(f"\n{view.size}\n", f"\n{view.size + 1}\n", 1))
    assert not judge("note", key, str(tmp_path / "more.txt"))[0]
    other = new_key(view.origin).public().line()
    assert not judge("note", other, str(tmp_path / "note.txt"))[0]


def test_go_accepts_a_proof_of_every_event_and_refuses_another_event(
    ws: Workspace, tmp_path: Path, judge: Callable[..., tuple[bool, str]]
) -> None:
    key = ws.audit.key().public
    file = tmp_path / "proof.txt"
    for seq in range(1, ws.coordinate.position + 1):
        ws.audit.prove(str(seq), file)
        assert judge("proof", key, str(file)) == (True, f"accepted {seq - 1}")
        assert ws.audit.check_proof(file).holds
    lines = file.read_text(encoding="utf-8").split("\n")
    event = base64.b64decode(lines[1].removeprefix("extra "))
    lines[1] = "extra " + base64.b64encode(event.replace(b"tester", b"nobody")).decode()
    file.write_text("\n".join(lines), encoding="utf-8")
    assert not judge("proof", key, str(file))[0]
    assert not ws.audit.check_proof(file).holds


def test_go_accepts_that_a_later_log_only_added(ws: Workspace, judge: Callable[..., tuple[bool, str]]) -> None:
    records = ws._context.records
    leaves = [event.leaf for event in records.events()]

    def root_of(size: int) -> str:
        return base64.b64encode(bytes.fromhex(records.head(as_of=size).root)).decode()

    for size in range(1, len(leaves)):
        steps = [base64.b64encode(step).decode() for step in consistency_proof(leaves, size)]
        assert judge("tree", str(size), root_of(size), str(len(leaves)), root_of(len(leaves)), *steps)[0]
        assert not judge("tree", str(size), root_of(len(leaves)), str(len(leaves)), root_of(len(leaves)), *steps)[0]


def test_what_is_proved_is_what_was_hashed(ws: Workspace) -> None:
    for event in ws._context.records.events():
        assert leaf_hash(hashed(event)) == event.leaf


# Ways to change a log


def small_log() -> Records:
    records = open_memory_records()
    records.append([project()])
    for number in range(4):
        records.append([planned(f"run_{number}"), Draft("run.started", f"run_{number}", {}), finished(f"run_{number}")])
    return records


def open_memory_records() -> Records:
    from persona.storage.migrations import migrate
    from persona.storage.records import DatabaseRecords

    engine = open_memory()
    migrate(engine)
    return DatabaseRecords(engine)


def rows_of(records: Records) -> list[tuple[object, ...]]:
    found = records.engine.run("select * from event order by seq")  # type: ignore[attr-defined]
    return [tuple(row) for row in found]


def relaid(rows: list[tuple[object, ...]]) -> list[tuple[object, ...]]:
    """Rows numbered anew, each with the leaf that it then has: what a careful forger writes."""
    numbered = [(at, *row[1:]) for at, row in enumerate(rows, start=1)]
    return [(*row[:9], leaf_of(row)) for row in numbered]


def mutated(rows: list[tuple[object, ...]], chance: random.Random) -> tuple[str, list[tuple[object, ...]]]:
    """A log changed in one of six ways, with or without its leaves made right again."""
    how = chance.choice(["edit", "insert", "drop", "reorder", "truncate", "fork"])
    at = chance.randrange(len(rows))
    changed = list(rows)
    if how == "edit":
        column = chance.choice([1, 2, 3, 4, 6])
        row = list(changed[at])
        row[column] = f"{row[column]}x"
        changed[at] = tuple(row)
    elif how == "insert":
        row = list(changed[at])
        row[1] = f"{row[1]}-again"
        changed.insert(chance.randrange(len(rows)), tuple(row))
    elif how == "drop":
        del changed[at]
    elif how == "reorder":
        other = chance.choice([one for one in range(len(rows)) if one != at])
        changed[at], changed[other] = changed[other], changed[at]
    elif how == "truncate":
        changed = changed[: chance.randrange(len(rows))]
    else:
        row = list(changed[at])
        row[4] = "person:other"
        changed = [*changed[:at], *[(*row[:1], f"fork-{n}", *row[2:]) for n in range(len(rows) - at)]]
    careful = how == "fork" or chance.random() < 0.7
    return how + (", careful" if careful else ""), relaid(changed) if careful else changed


def laid_down(records: Records, rows: list[tuple[object, ...]]) -> None:
    """Put rows in place of the log, and the head that fits their leaves, past every guard."""
    connection: sqlite3.Connection = records.engine.connection  # type: ignore[attr-defined]
    for (name,) in connection.execute("select name from sqlite_master where type = 'trigger'").fetchall():
        connection.execute(f"drop trigger {name}")
    connection.execute("delete from event")
    with_numbers = [(at, *row[1:]) for at, row in enumerate(rows, start=1)]
    connection.executemany(f"insert into event values ({','.join('?' * 10)})", with_numbers)
    frontier = Frontier()
    for row in rows:
        frontier = frontier.append(bytes(row[9]))  # type: ignore[arg-type]
    connection.execute("update head set size = ?, peaks = ?", (frontier.size, frontier.encode()))


def test_every_change_of_the_past_is_found_with_one_kept_checkpoint(repeats: int) -> None:
    records = small_log()
    rows = rows_of(records)
    head = records.head()
    kept = Checkpoint("persona/here", head.size, bytes.fromhex(head.root))
    chance = random.Random(7)
    missed = []
    seen: set[str] = set()
    for _ in range(100 * repeats):
        how, changed = mutated(rows, chance)
        seen.add(how.partition(",")[0])
        laid_down(records, changed)
        anchored = held_against(records, kept, "persona/here")
        wrong = anchored or _log_alone(records)
        if not wrong:
            missed.append(how)
    assert missed == []
    assert seen == {"edit", "insert", "drop", "reorder", "truncate", "fork"}
    laid_down(records, rows)
    assert held_against(records, kept, "persona/here") == []
    assert _log_alone(records) == []


def _log_alone(records: Records) -> list[Event]:
    """The events that do not hash to their leaves."""
    return [event for event in records.events() if leaf_hash(hashed(event)) != event.leaf]


def test_what_was_added_after_a_checkpoint_is_no_change(ws: Workspace, tmp_path: Path) -> None:
    ws.audit.checkpoint(tmp_path / "then.txt")
    before = ws.coordinate.position
    ws.project.tag("shop", {"late": "yes"})
    view = ws.audit.verify([tmp_path / "then.txt"])
    assert view.ok
    assert (view.anchored, view.events) == (before, before + 1)
    assert view.signed_by == (ws.audit.origin,)


def test_each_thing_that_can_be_wrong_with_a_checkpoint_has_its_own_finding(ws: Workspace, tmp_path: Path) -> None:
    origin, head = ws.audit.origin, ws._context.records.head()
    ws.audit.key()
    own = read_private_key(next((tmp_path / "config/persona/keys").iterdir()).read_text(), "key")
    root = bytes.fromhex(head.root)
    wrong = {
        "checkpoint-origin": own.signed(Checkpoint("persona/elsewhere", head.size, root).text()),
        "checkpoint-ahead": own.signed(Checkpoint(origin, head.size + 1, root).text()),
        "checkpoint-root": own.signed(Checkpoint(origin, head.size - 1, root).text()),
        "checkpoint-unsigned": new_key(origin).signed(Checkpoint(origin, head.size, root).text()),
    }
    for code, note in wrong.items():
        (tmp_path / "note.txt").write_text(note, encoding="utf-8")
        view = ws.audit.verify([tmp_path / "note.txt"])
        assert [one.code for one in view.findings] == [code]
        assert view.anchored == 0


def test_the_secret_half_is_its_owners_and_stands_in_no_file_of_the_workspace(ws: Workspace, tmp_path: Path) -> None:
    view = ws.audit.key()
    assert view.made
    assert not ws.audit.key().made
    path = Path(view.file)
    assert path.stat().st_mode & 0o777 == 0o600
    assert not path.is_relative_to(ws.root)
    secret = path.read_text(encoding="utf-8").strip().split("+", 4)[4].encode()  # the last part may hold a plus
    assert len(secret) > 40
    ws.audit.checkpoint(tmp_path / "ws" / "note.txt")
    ws.audit.prove("1", tmp_path / "ws" / "proof.txt")
    assert not [file for file in ws.root.rglob("*") if file.is_file() and secret in file.read_bytes()]
    assert "seed" not in repr(read_private_key(path.read_text(), "key"))
    path.chmod(0o644)
    with pytest.raises(PermissionDenied, match="read by others"):
        ws.audit.checkpoint()


@pytest.mark.parametrize(
    "text", ["", "x", "a+b", "name+00000000+AQ==", "name+zz+AAAA", "\n\n", "name+12345678+" + "A" * 44]
)
def test_what_is_no_key_is_refused(text: str) -> None:
    with pytest.raises(InvalidInput):
        read_key(text, "key")
    with pytest.raises(InvalidInput):
        read_private_key(text, "key")


@pytest.mark.parametrize(
    "text", ["", "a\n", "a\n\n", "a\n\nb\n", "a\n\n\N{EM DASH} name ????\n", "\n\n\N{EM DASH} n AA==\n"]
)
def test_what_is_no_note_is_refused(text: str) -> None:
    with pytest.raises(InvalidInput):
        read_note(text, "note")


@pytest.mark.parametrize(
    "text", ["", "o\n", "o\n1\n", "o\n01\nAAAA\n", "o\n-1\nAAAA\n", "o\n1e3\nAAAA\n", "o\n1\nAAAA\n"]
)
def test_what_is_no_checkpoint_is_refused(text: str) -> None:
    with pytest.raises(InvalidInput):
        read_checkpoint(text, "note")


def test_the_log_is_asked_by_project_run_agent_kind_and_time(ws: Workspace) -> None:
    ws.project.create("Other")
    log = ws.audit.log
    everything = log(limit=1000).events
    assert [one.seq for one in everything] == list(range(1, ws.coordinate.position + 1))
    assert {one.subject for one in log(project="other").events} == {"other"}
    assert {one.subject for one in log(project="shop").events} == {"shop"}
    assert {one.kind for one in log(kind="thing.tagged").events} == {"thing.tagged"}
    assert log(actor="tester").events == log(actor="person:tester").events == everything
    assert log(actor="nobody").events == ()
    assert [one.seq for one in log(since="3", until="5").events] == [3, 4, 5]
    first = log(limit=4)
    assert (first.next, log(after=first.next or 0, limit=1000).events) == (4, everything[4:])
    with ws.run.start(project="shop") as run:
        run.log({"score": 1.0})
    about = log(run=run.id).events
    assert {one.kind for one in about} >= {"run.planned", "run.finished"}
    assert {one.seq for one in about} <= {one.seq for one in log(project="shop", limit=1000).events}
