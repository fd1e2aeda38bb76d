"""Opening: making, refusing what is not ours or not whole, and reading where nothing may be written."""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import get_args, get_type_hints

import pytest
from tests.storage.drafts import planned, project

from persona.errors import IntegrityError, NotFound, PermissionDenied, PersonaError, StorageError
from persona.model.records import Project, Run
from persona.storage import open_records
from persona.storage.migrations import LATEST, STEPS, migrate
from persona.storage.postgresql import without_password
from persona.storage.sqlite import open_memory

MakeUrl = Callable[..., str]


def test_making_twice_opens_what_is_there(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "er" / "workspace.db"
    first = open_records(path, create=True)
    first.append([project()])
    first.close()
    again = open_records(str(path), create=True)
    assert again.find(Project).total == 1
    again.close()
    assert sorted(entry.name for entry in path.parent.iterdir()) == ["locks", "workspace.db"]


def test_nothing_is_made_unasked(tmp_path: Path) -> None:
    with pytest.raises(NotFound) as caught:
        open_records(tmp_path / "workspace.db")
    assert caught.value.hints == ("make a workspace: `persona init`",)
    assert list(tmp_path.iterdir()) == []


def test_many_processes_make_one_database(tmp_path: Path) -> None:
    path = tmp_path / "workspace.db"
    code = (
        "import sys; from pathlib import Path; from persona.storage import open_records\n"
        "from tests.storage.drafts import project\n"
        "records = open_records(Path(sys.argv[1]), create=True)\n"
        "records.append([project(sys.argv[2])]); records.close()"
    )
    work = [subprocess.Popen([sys.executable, "-c", code, str(path), f"p{n}"]) for n in range(6)]
    assert [process.wait(60) for process in work] == [0] * 6
    records = open_records(path)
    assert records.find(Project).total == 6
    assert records.check() == []
    records.close()


@pytest.mark.parametrize("content", [b"", b"x", b"SQLite format 2\0" + bytes(4096), b"PK\3\4" + bytes(9000)])
def test_a_file_that_is_no_database_is_named(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "workspace.db"
    path.write_bytes(content)
    with pytest.raises(IntegrityError) as caught:
        open_records(path)
    assert caught.value.place == str(path)
    assert path.read_bytes() == content


def test_somebody_elses_database_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "workspace.db"
    connection = sqlite3.connect(path)
    connection.execute("create table theirs (a)")
    connection.commit()
    connection.close()
    with pytest.raises(IntegrityError, match="not made by persona"):
        open_records(path)


@pytest.mark.parametrize("share", [0.02, 0.3, 0.6, 0.95])
def test_a_truncated_database_is_told(database: Path, share: float) -> None:
    records = open_records(database)
    records.append([project(), *(planned(f"run_{n}", params={"a": "x" * 100}) for n in range(300))])
    records.close()
    whole = database.stat().st_size
    os.truncate(database, int(whole * share) // 4096 * 4096 or 100)
    with pytest.raises(IntegrityError) as caught:
        look_at_everything(database)
    assert caught.value.place == str(database)


def look_at_everything(path: Path) -> None:
    """Open and read a workspace; when it opens, checking it must tell the damage and not raise."""
    records = open_records(path)
    try:
        assert "database-damaged" in {finding.code for finding in records.check()}
        records.find(Run)
        list(records.events())
    finally:
        records.close()


def test_a_newer_database_is_refused_with_a_hint(database: Path) -> None:
    connection = sqlite3.connect(database)
    connection.execute("insert into migration values (?, 'of tomorrow', '2030')", (LATEST + 1,))
    connection.commit()
    connection.close()
    with pytest.raises(StorageError, match="newer version") as caught:
        open_records(database)
    assert "pip install --upgrade" in caught.value.hints[0]


def test_an_older_database_is_brought_up_to_date_and_keeps_what_it_holds(
    database: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("persona.storage.migrations.STEPS", STEPS[:1])
    old = open_records(tmp_path / "old.db", create=True)
    old.append([project(), planned("run_1", params={"a": "2"})])
    head = old.head()
    old.close()
    monkeypatch.undo()
    records = open_records(tmp_path / "old.db")
    assert records.find(Run, order="params.a").items[0].id == "run_1"
    assert (records.head(), records.check()) == (head, [])
    records.close()

    def form(path: Path) -> set[tuple[str, str]]:
        connection = sqlite3.connect(path)
        rows = connection.execute("select name, sql from sqlite_schema where sql is not null").fetchall()
        connection.close()
        return set(rows)

    assert form(tmp_path / "old.db") == form(database)


def test_a_step_that_fails_leaves_no_trace() -> None:
    engine = open_memory()
    migrate(engine)
    tables = engine.run("select count(*) from sqlite_schema")

    def fail_half_way() -> None:
        with engine.migrating():
            engine.run("create table half (a)")
            STEPS[0].apply(engine)  # its tables are there already

    with pytest.raises(PersonaError, match="already exists"):
        fail_half_way()
    assert engine.run("select count(*) from sqlite_schema") == tables
    engine.close()


def test_tables_and_types_agree_with_the_columns_named(records: object) -> None:
    from persona.storage.records import DatabaseRecords
    from persona.storage.tables import NOUNS, OPEN, PROJECTED, layout

    assert isinstance(records, DatabaseRecords)
    for name in PROJECTED:
        columns, _ = layout(name)
        listed = ", ".join(columns)
        assert records.engine.run(f"select {listed} from {name}") == []
    for table in NOUNS:
        assert tuple(table.columns) == table.noun.__struct_fields__
        hints = get_type_hints(table.noun)
        absent = [
            name for name, kind in table.columns.items() if kind != "json" and type(None) in get_args(hints[name])
        ]
        assert tuple(absent) == table.optional
    assert OPEN == 9007199254740991  # the partial indexes of step 1 say so


# Reading where nothing may be written

READER = """
import os, sys
from pathlib import Path
sys.path.insert(0, sys.argv[2])
import persona.storage.opening, persona.storage.appending, persona.storage.checking, tests.storage.drafts
import tempfile, shutil, difflib, rfc8785  # an account without rights may not reach the packages
os.setgid(65534); os.setuid(65534)
from persona.errors import PermissionDenied
from persona.model.records import Project, Run
from persona.storage import open_records
from tests.storage.drafts import project
records = open_records(Path(sys.argv[1]))
print(records.find(Project).total, records.head().size, len(records.check()))
try:
    records.append([project("z")])
except PermissionDenied as error:
    print(error.code)
records.close()
"""


def as_nobody(path: Path) -> list[str]:
    """What an account without rights sees; root may write everywhere, so it cannot be the one to try."""
    if not hasattr(os, "geteuid") or os.geteuid() != 0:
        pytest.skip("only root can become somebody without rights")
    root = str(Path(__file__).parents[2])
    result = subprocess.run(
        [sys.executable, "-c", READER, str(path), root], capture_output=True, text=True, timeout=60, cwd=root
    )
    assert result.returncode == 0, result.stderr
    return result.stdout.split()


@pytest.fixture
def public() -> object:
    """A folder that everybody may read."""
    import tempfile

    folder = Path(tempfile.mkdtemp(prefix="persona-public-", dir="/tmp"))
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder)


def test_a_read_only_folder_is_read(public: Path) -> None:
    path = public / "workspace.db"
    records = open_records(path, create=True)
    records.append([project(), project("q")])
    records.close()
    assert as_nobody(path) == ["2", "2", "0", "read-only"]


def test_what_stands_in_the_log_of_a_dead_writer_is_read_too(public: Path) -> None:
    path = public / "workspace.db"
    open_records(path, create=True).close()
    code = (
        "import os, sys; from pathlib import Path; from persona.storage import open_records\n"
        "from tests.storage.drafts import project\n"
        "records = open_records(Path(sys.argv[1])); records.append([project(), project('q')]); os._exit(9)"
    )
    assert subprocess.run([sys.executable, "-c", code, str(path)]).returncode == 9
    assert (public / "workspace.db-wal").stat().st_size > 0
    assert as_nobody(path) == ["2", "2", "0", "read-only"]
    (public / "workspace.db-shm").unlink()
    assert as_nobody(path) == ["2", "2", "0", "read-only"]


def test_a_folder_that_may_not_be_entered_is_told(public: Path) -> None:
    if os.geteuid() != 0:
        pytest.skip("only root can become somebody without rights")
    path = public / "workspace.db"
    open_records(path, create=True).close()
    path.chmod(0o600)
    before, _, _ = READER.partition("records = ")
    code = before + "try: open_records(Path(sys.argv[1]))\nexcept PermissionDenied as error: print(error.code)"
    root = str(Path(__file__).parents[2])
    result = subprocess.run([sys.executable, "-c", code, str(path), root], capture_output=True, text=True, cwd=root)
    assert result.stdout.split() == ["permission-denied"], result.stderr


# PostgreSQL


def test_an_empty_database_is_filled_only_when_asked(postgres_url: MakeUrl) -> None:
    url = postgres_url(empty=True)
    with pytest.raises(NotFound, match="holds no workspace"):
        open_records(url)
    open_records(url, create=True).close()
    records = open_records(url)
    records.append([project()])
    records.close()
    again = open_records(url, create=True)
    assert again.head().size == 1
    again.close()


def test_a_newer_postgresql_is_refused(postgres_url: MakeUrl) -> None:
    import psycopg

    url = postgres_url()
    with psycopg.connect(url) as connection:
        connection.execute("insert into persona.migration values (%s, 'of tomorrow', '2030')", (LATEST + 1,))
    with pytest.raises(StorageError, match="newer version"):
        open_records(url)


def test_an_account_that_may_only_read(postgres_url: MakeUrl) -> None:
    import psycopg

    url = postgres_url()
    with psycopg.connect(url) as connection:
        connection.execute(
            "alter database " + url.partition("?")[0].rpartition("/")[2] + " set default_transaction_read_only = on"
        )
    records = open_records(url)
    assert records.find(Project).total == 0
    with pytest.raises(PermissionDenied):
        records.append([project()])
    records.close()


def test_a_server_that_is_not_there_is_told_without_the_password(tmp_path: Path) -> None:
    with pytest.raises(StorageError) as caught:
        open_records(f"postgresql://me:secret@/db?host={tmp_path}")
    assert "secret" not in str(caught.value.as_dict())
    assert without_password("postgresql://me:secret@host:5/db?x=secret") == "postgresql://me@host:5/db"


def test_opening_a_database_twice_in_a_process_keeps_its_locks(tmp_path: Path) -> None:
    """A lock that is lost lets another process fold the log in and remove it, and what is written then is lost."""
    path = tmp_path / "workspace.db"
    held = open_records(path, create=True)
    held.append([project("one")])
    open_records(path).close()
    code = (
        "import sys; from pathlib import Path; from persona.storage import open_records\n"
        "records = open_records(Path(sys.argv[1])); records.head(); records.close()"
    )
    subprocess.run([sys.executable, "-c", code, str(path)], check=True)
    held.append([project("two")])
    other = open_records(path)
    assert other.find(Project).total == 2
    other.close()
    held.close()
    after = open_records(path)
    assert after.find(Project).total == 2
    after.close()
