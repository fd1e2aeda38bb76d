"""Real damage to real workspaces: killed processes, parallel writers, full disks, broken files. Nothing is lost silently."""

from __future__ import annotations

import os
import random
import resource
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import pytest

from persona.errors import IntegrityError, PersonaError
from persona.model.records import Run
from persona.workspace import Workspace

WORK = """
import sys
from persona.workspace import Workspace
with Workspace.open(sys.argv[1]) as ws:
    print("begun", flush=True)
    ws.source.import_([sys.argv[2]])
    while True:
        done = ws.generate(flags={"count": 2, "temperature": 0.5, "seed": len(ws.run.list(limit=None).items)})
        print(done.view.run.id, flush=True)
"""


def start(code: str, *arguments: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", code, *arguments], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    )


@pytest.mark.timeout(1500)
@pytest.mark.parametrize("sent", [signal.SIGKILL, signal.SIGINT], ids=["kill -9", "Ctrl-C"])
def test_killed_at_any_instant_a_workspace_opens_verifies_and_says_what_was_interrupted(
    tmp_path: Path, interviews: Path, repeats: int, sent: signal.Signals
) -> None:
    """A process that imports and generates is stopped at random instants; each time the same workspace goes on."""
    root = tmp_path / "killed"
    with Workspace.init(root) as ws:
        ws.project.create("Killed")
    chance = random.Random(os.getpid())
    finished: set[str] = set()
    interrupted = 0
    for _ in range(repeats):
        process = start(WORK, str(root), str(interviews))
        assert process.stdout
        assert process.stdout.readline() == "begun\n"
        time.sleep(chance.random() * 2)
        process.send_signal(sent)
        try:
            told = process.communicate(timeout=30)[0].split()
        except subprocess.TimeoutExpired:  # Python drops an interrupt that meets it in a callback: people press again
            process.send_signal(sent)
            told = process.communicate(timeout=30)[0].split()
        with Workspace.open(root) as ws:
            report = ws.verify()
            assert report.ok, report.findings
            runs = {run.id: run for run in ws.run.list(limit=None).items}
            finished |= set(told)
            assert all(runs[id].status == "completed" for id in finished), "what was acknowledged is kept"
            assert not [run for run in runs.values() if run.status == "running"]
            interrupted = sum(run.status in ("interrupted", "cancelled") for run in runs.values())
            assert all(
                run.id in " ".join(ws.notes) or run.status != "interrupted" or run.ended_at for run in runs.values()
            )
    assert finished or interrupted


def test_eight_parallel_writers_lose_nothing(full: Workspace) -> None:
    code = """
import sys
from persona.workspace import Workspace
with Workspace.open(sys.argv[1]) as ws:
    for number in range(6):
        with ws.run.start(params={"writer": sys.argv[2]}) as run:
            run.log({"value": number})
            run.log_bytes(f"{sys.argv[2]} {number}".encode(), "shared-name")
        print(run.id, flush=True)
"""
    writers = [start(code, str(full.root), str(number)) for number in range(8)]
    told = [line for writer in writers for line in writer.communicate()[0].split()]
    assert [writer.returncode for writer in writers] == [0] * 8
    runs = full.run.list(limit=None).items
    assert {run.id for run in runs} == set(told)
    assert len(told) == 48
    assert all(run.status == "completed" for run in runs)
    versions = [one.version for one in full.artefact.list(name="shared-name")]
    assert versions == list(range(1, 49))
    report = full.verify()
    assert report.ok, report.findings


def test_a_full_disk_is_told_and_what_was_there_stays(full: Workspace, interviews: Path) -> None:
    """The limit on file sizes stands for the disk: the write fails in the middle, as on a full one."""
    full.generate(flags={"count": 1})
    before = full.verify()
    code = """
import resource, signal, sys
from persona.workspace import Workspace
from persona.errors import PersonaError
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
with Workspace.open(sys.argv[1]) as ws:
    resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096))
    try:
        ws.generate(flags={"count": 2})
    except PersonaError as error:
        print(type(error).__name__, error.code)
"""
    told = start(code, str(full.root)).communicate()[0].split()
    assert told
    assert told[0] == "StorageError"
    with Workspace.open(full.root) as ws:
        after = ws.verify()
        assert after.ok, after.findings
        assert after.events >= before.events
        assert ws.generate(flags={"count": 2}).view.run.status == "completed"


def test_one_flipped_byte_in_any_blob_is_named(full: Workspace) -> None:
    full.generate(flags={"count": 1})
    blobs = [path for path in (full.root / ".persona/blobs").rglob("*") if path.is_file() and path.stat().st_size > 200]
    files = [path for path in blobs if path.suffix == ".pack" or "loose" in path.parts]
    assert files
    chance = random.Random(3)
    for path in files:
        raw = bytearray(path.read_bytes())
        at = chance.randrange(len(raw))
        raw[at] ^= 0x20
        mode = path.stat().st_mode
        path.chmod(0o600)
        path.write_bytes(raw)
        report = full.verify()
        assert not report.ok
        assert any(one.code.startswith(("blob", "pack", "quot", "folder")) for one in report.findings), report.findings
        raw[at] ^= 0x20
        path.write_bytes(raw)
        path.chmod(mode)
    assert full.verify().ok


def test_a_changed_row_and_a_changed_event_are_named_and_the_row_is_rebuilt(full: Workspace) -> None:
    run = full.generate(flags={"count": 1}).view.run
    full.close()
    database = sqlite3.connect(full.root / ".persona/workspace.db")
    tables = [name for (name,) in database.execute("select name from sqlite_master where type = 'table'")]
    assert "event" in tables
    with pytest.raises(sqlite3.DatabaseError):
        database.execute("update event set body = '{}' where seq = 2")
    with pytest.raises(sqlite3.DatabaseError):
        database.execute("delete from event where seq = 2")
    database.rollback()
    database.execute("update run set status = 'failed' where sys_to > 1000000000")
    database.commit()
    with Workspace.open(full.root) as ws:
        report = ws.verify()
        assert not report.ok
        assert any("run" in one.subject or "run" in one.message for one in report.findings)
        ws.rebuild()
        assert ws.verify().ok
        assert ws.run.show(run.id).run.status == "completed"
    for (name,) in database.execute("select name from sqlite_master where type = 'trigger'").fetchall():
        database.execute(f"drop trigger {name}")
    database.execute("update event set actor = 'person:somebody-else' where seq = 2")
    database.commit()
    database.close()
    with Workspace.open(full.root) as ws:
        report = ws.verify()
        assert not report.ok
        assert any("2" in one.subject for one in report.findings), report.findings


def test_a_truncated_database_is_named(full: Workspace) -> None:
    full.generate(flags={"count": 1})
    full.close()
    path = full.root / ".persona/workspace.db"
    for rest in path.parent.glob("workspace.db-*"):
        rest.unlink()
    whole = path.read_bytes()
    for keep in (0, 50, len(whole) // 3, len(whole) // 2 + 17):
        path.write_bytes(whole[:keep])
        try:
            with Workspace.open(full.root) as ws:
                assert not ws.verify().ok
        except PersonaError as error:
            assert error.exit_status in (3, 6, 8), error
            assert "workspace.db" in f"{error.place} {error.message}"
    path.unlink()
    with pytest.raises(IntegrityError):
        Workspace.open(full.root)


def test_changed_and_missing_files_of_a_run_folder_are_named_and_made_again(full: Workspace) -> None:
    done = full.generate(flags={"count": 1})
    folder = full.root / done.view.path
    metadata, personas = folder / "run_metadata.json", folder / "output/personas.json"
    metadata.chmod(0o600)
    metadata.write_text("{}", encoding="utf-8")
    personas.unlink()
    report = full.verify()
    assert {one.code for one in report.findings} == {"file-changed", "file-missing"}
    rebuilt = full.rebuild()
    assert rebuilt.files == 2
    assert full.verify().ok
    assert not metadata.stat().st_mode & 0o222


def test_a_read_only_folder_can_be_read_and_says_so_when_written(full: Workspace) -> None:
    run = full.generate(flags={"count": 1}).view.run
    full.close()
    code = """
import sys
from persona.workspace import Workspace
from persona.errors import PersonaError
with Workspace.open(sys.argv[1]) as ws:
    print(ws.run.show(sys.argv[2]).run.status, ws.verify().ok)
    for write in (lambda: ws.project.note("shop-research", {"x": 1}), lambda: ws.generate(), lambda: ws.report()):
        try:
            write()
        except PersonaError as error:
            print(type(error).__name__)
"""
    command = [sys.executable, "-c", code, str(full.root), run.id]
    if os.getuid() == 0:  # root passes every permission, so the folder is mounted read-only in a namespace of its own
        mount = f'mount --bind {full.root} {full.root} && mount -o remount,bind,ro {full.root} && exec "$@"'
        command = ["unshare", "--mount", "sh", "-c", mount, "sh", *command]
    else:
        for path in sorted(full.root.rglob("*"), reverse=True):
            path.chmod(0o555 if path.is_dir() else 0o444)
        full.root.chmod(0o555)
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    finally:
        if os.getuid() != 0:
            for path in [full.root, *full.root.rglob("*")]:
                path.chmod(0o755)
    if "unshare:" in done.stderr or "mount:" in done.stderr:
        pytest.skip("this machine lets nobody mount a folder read-only")
    told = done.stdout.split()
    assert told[:2] == ["completed", "True"], done.stderr
    assert len(told) == 5
    assert set(told[2:]) <= {"PermissionDenied", "StorageError"}


def test_lost_tables_come_back_from_the_log(full: Workspace) -> None:
    run = full.generate(flags={"count": 1}).view.run
    full.run.tag(run.id, {"keep": "yes"})
    before = full.run.show(run.id)
    full.close()
    database = sqlite3.connect(full.root / ".persona/workspace.db")
    for table in ("run", "param", "metric", "edge", "artefact"):
        database.execute(f"delete from {table}")
    database.commit()
    database.close()
    with Workspace.open(full.root) as ws:
        assert not ws.verify().ok
        ws.rebuild()
        assert ws.verify().ok
        assert ws.run.show(run.id) == before
        assert ws._context.records.get(Run, run.id).tags == {"keep": "yes"}


def test_memory_stays_small_while_verifying(full: Workspace) -> None:
    full.generate(flags={"count": 1})
    full.verify()
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss < 3_000_000
