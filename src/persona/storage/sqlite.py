"""SQLite: the database of a workspace folder.

Write-ahead log, so readers never wait; ``synchronous=FULL``, so a commit that returned survives a power
cut; ``secure_delete``, so removed rows are overwritten. Writers take turns, and ``BEGIN IMMEDIATE`` decides.
Needs SQLite 3.40 and no extension.
"""

from __future__ import annotations

import errno
import os
import sqlite3
from contextlib import contextmanager, nullcontext, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

import msgspec

from persona.errors import IntegrityError, InvalidInput, NotFound, PersonaError, StorageError
from persona.storage.disk import disk_full, read_only, refused, sync_folder
from persona.storage.locks import Turns

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from contextlib import AbstractContextManager

    from persona.storage.engine import Row

WAIT_SECONDS = 30.0
"""How long a writer waits for the writers before it."""

APPLICATION_ID = 0x50455253
"""``PERS`` in the header of the file, so that ``file`` and we know whose it is."""

_PRAGMAS = (
    "foreign_keys = on",
    "synchronous = full",
    "secure_delete = on",
    "trusted_schema = off",
    "temp_store = memory",
    "wal_autocheckpoint = 4000",  # pages, 16 MB: pages that many commits share are copied back once
)


class SqliteEngine:
    """A connection to a SQLite file, or to a database in memory."""

    types: ClassVar[Mapping[str, str]] = {
        "integer": "integer",
        "real": "real",
        "text": "text",
        "bytes": "blob",
        "table": "strict",
        "narrow": "strict, without rowid",
    }
    guards = (
        """create trigger event_refuses_update before update on event
        begin select raise(abort, 'the log is append-only'); end""",
        """create trigger event_refuses_delete before delete on event
        begin select raise(abort, 'the log is append-only'); end""",
    )

    def __init__(
        self,
        connection: sqlite3.Connection,
        place: str,
        *,
        writable: bool = True,
        scratch: Path | None = None,
        path: Path | None = None,
    ):
        self.connection = connection
        self.place = place
        self.writable = writable
        self._scratch = scratch
        self.path = path
        self._turns = Turns(path.parent / "locks", WAIT_SECONDS) if path is not None and writable else None

    def run(self, sql: str, values: Sequence[Any] = ()) -> list[Row]:
        """See ``Engine.run``."""
        try:
            return self.connection.execute(sql, values).fetchall()
        except (sqlite3.Error, UnicodeEncodeError) as error:
            raise translated(error, self.place) from error

    def stream(self, sql: str, values: Sequence[Any] = ()) -> Iterator[Row]:
        """See ``Engine.stream``."""
        try:
            yield from self.connection.execute(sql, values)
        except (sqlite3.Error, UnicodeEncodeError) as error:
            raise translated(error, self.place) from error

    def column(self, sql: str, values: Sequence[Any] = ()) -> list[Any]:
        """See ``Engine.column``. One text for all values is quicker than the way of each through the driver."""
        text: str = self.run(f"select json_group_array(one) from ({sql})", values)[0][0]  # noqa: S608
        found: list[Any] = msgspec.json.decode(text)
        return found

    def many(self, sql: str, rows: Iterable[Sequence[Any]]) -> None:
        """See ``Engine.many``."""
        try:
            self.connection.executemany(sql, rows)
        except (sqlite3.Error, UnicodeEncodeError) as error:
            raise translated(error, self.place) from error

    @contextmanager
    def writing(self) -> Iterator[None]:
        """See ``Engine.writing``."""
        if not self.writable:
            raise read_only(self.place)
        with self.turn():
            self.run("begin immediate")
            try:
                yield
                self.run("commit")
            except BaseException:
                self._roll_back()
                raise

    def turn(self) -> AbstractContextManager[None]:
        """See ``Engine.turn``. Memory and what is only read have no others to wait for."""
        return nullcontext() if self._turns is None else self._turns.taken()

    migrating = writing

    @contextmanager
    def reading(self) -> Iterator[None]:
        """See ``Engine.reading``."""
        self.run("begin")
        try:
            yield
        finally:
            self._roll_back()

    def presence(self) -> str | None:
        """See ``Engine.presence``. Who uses a file is on this machine, where processes can be seen."""
        return None

    def is_present(self, word: str) -> bool | None:  # noqa: ARG002
        """See ``Engine.is_present``."""
        return None

    @contextmanager
    def alone(self, name: str) -> Iterator[None]:
        """See ``Engine.alone``."""
        if self.path is None or not self.writable:
            yield
            return
        from hashlib import sha256

        from persona.storage.locks import locked

        folder = self.path.parent / "locks"
        folder.mkdir(exist_ok=True)
        with locked(folder / sha256(name.encode()).hexdigest()[:16]):
            yield

    def _roll_back(self) -> None:
        with suppress(sqlite3.Error):  # a full disk may have rolled back already; the first error is the one to tell
            if self.connection.in_transaction:
                self.connection.rollback()

    def scrub(self) -> bool:
        """See ``Engine.scrub``. ``VACUUM`` writes the file anew; truncating the log takes that no one else reads."""
        if not self.writable:
            raise read_only(self.place)
        with self.turn():
            try:
                self.connection.execute("vacuum")
            except sqlite3.OperationalError as error:
                if error.sqlite_errorcode & 0xFF not in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
                    raise translated(error, self.place) from error
                return False
            return not self.path or self.run("pragma wal_checkpoint(truncate)")[0][0] == 0

    def damage(self) -> list[str]:
        """See ``Engine.damage``."""
        try:
            found = [str(row[0]) for row in self.connection.execute("pragma integrity_check(20)")]
        except sqlite3.Error as error:
            return [str(error)]
        return [line for line in found if line != "ok"]

    def close(self) -> None:
        """See ``Engine.close``."""
        self.connection.close()
        if self._turns is not None:
            self._turns.close()
        if self._scratch is not None:
            import shutil

            shutil.rmtree(self._scratch, ignore_errors=True)


def open_memory() -> SqliteEngine:
    """An empty database in memory."""
    return SqliteEngine(_connect("file::memory:", timeout=0.0), "memory")


def open_file(path: Path) -> SqliteEngine:
    """Open an existing database, for writing where the folder allows it and else for reading.

    Raises ``NotFound``, ``IntegrityError`` for a file that is not a whole SQLite database, ``PermissionDenied``.
    """
    place = str(path)
    _check_file(path, place)
    try:
        if os.access(path, os.W_OK) and os.access(path.parent, os.W_OK):
            return SqliteEngine(_checked(_connect(_uri(path, "mode=rw"))), place, path=path)
        return _open_for_reading(path, place)
    except sqlite3.Error as error:
        raise translated(error, place) from error


def open_untouched(path: Path) -> SqliteEngine:
    """Open an existing database of somebody else for reading: no file beside it is made, and none is changed.

    Where somebody is or was connected, a log and an index of it stand beside the file, and both are read as they are
    (``readonly_shm``); who writes meanwhile is in nobody's way. Else the file is read alone. Raises as ``open_file``.
    """
    place = str(path)
    _check_file(path, place)
    try:
        if path.with_name(path.name + "-shm").exists():
            with suppress(sqlite3.OperationalError):  # it went away just now, or there is no log to it
                untouched = _connect(_uri(path, "mode=ro&readonly_shm=1"))
                return SqliteEngine(_checked(untouched), place, writable=False)
        return _open_for_reading(path, place)
    except sqlite3.Error as error:
        raise translated(error, place) from error


def _open_for_reading(path: Path, place: str) -> SqliteEngine:
    """Open a database in a folder where nothing can be written.

    A clean one needs no write-ahead log and is read as it is. One with a log that was not yet folded
    in (the writer died, or writes right now under another account) cannot be read
    without shared memory beside it, so both files are copied and the copy is read.
    """
    import shutil
    import tempfile

    log = path.with_name(path.name + "-wal")
    if not log.exists() or log.stat().st_size == 0:
        return SqliteEngine(_checked(_connect(_uri(path, "mode=ro&immutable=1"))), place, writable=False)
    scratch = Path(tempfile.mkdtemp(prefix="persona-"))
    try:
        copy = scratch / path.name
        shutil.copyfile(path, copy)
        shutil.copyfile(log, scratch / log.name)
        return SqliteEngine(_checked(_connect(_uri(copy, "mode=rw"))), place, writable=False, scratch=scratch)
    except BaseException:
        shutil.rmtree(scratch, ignore_errors=True)
        raise


def make_file(path: Path) -> SqliteEngine:
    """Make an empty database under a temporary name beside ``path``; ``settle`` gives it its name."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        temporary = path.with_name(f".{path.name}.{os.urandom(6).hex()}")
        connection = _connect(_uri(temporary, "mode=rwc"))
        connection.execute("pragma journal_mode = wal")
        connection.execute(f"pragma application_id = {APPLICATION_ID}")
    except sqlite3.Error as error:
        raise translated(error, str(path)) from error
    except OSError as error:
        raise refused(error, str(path)) from error
    return SqliteEngine(connection, str(temporary))


def settle(engine: SqliteEngine, path: Path) -> None:
    """Close a database from ``make_file`` and give it its name, unless another process was quicker.

    The name thus never stands for a half-made database.
    """
    engine.close()
    temporary = Path(engine.place)
    try:
        with suppress(FileExistsError):
            try:
                os.link(temporary, path)
            except PermissionError:  # a file system without hard links
                if not path.exists():
                    temporary.rename(path)
        temporary.unlink(missing_ok=True)
        sync_folder(path.parent)
    except OSError as error:
        raise refused(error, str(path)) from error


def discard(engine: SqliteEngine) -> None:
    """Remove a database from ``make_file`` that could not be finished."""
    engine.close()
    for ending in ("", "-wal", "-shm"):
        with suppress(OSError):
            Path(engine.place + ending).unlink(missing_ok=True)


def _connect(uri: str, timeout: float = WAIT_SECONDS) -> sqlite3.Connection:
    connection = sqlite3.connect(
        uri, uri=True, timeout=timeout, isolation_level=None, cached_statements=256, check_same_thread=False
    )
    for pragma in _PRAGMAS:
        connection.execute(f"pragma {pragma}")
    return connection


def _checked(connection: sqlite3.Connection) -> sqlite3.Connection:
    """Touch the first page now, so that damage is told on opening."""
    try:
        connection.execute("select count(*) from sqlite_schema").fetchone()
    except BaseException:
        connection.close()
        raise
    return connection


def _uri(path: Path, options: str) -> str:
    return f"{path.absolute().as_uri()}?{options}"


def _check_file(path: Path, place: str) -> None:
    """Raise what can be told without opening the file.

    POSIX takes every lock of a process on a file away when the process closes any descriptor of it (fcntl, F_SETLK), so
    a file of SQLite is opened by SQLite and by nobody else.
    """
    try:
        size = path.stat().st_size
    except FileNotFoundError:
        raise NotFound(
            "there is no workspace database here",
            code="no-database",
            place=place,
            hints=["make a workspace: `persona init`"],
        ) from None
    except OSError as error:
        raise refused(error, place) from error
    if not os.access(path, os.R_OK):
        raise refused(PermissionError(errno.EACCES, os.strerror(errno.EACCES)), place)
    if not size:
        raise damaged("the database is empty", place)


def damaged(message: str, place: str) -> IntegrityError:
    """The error for a database that cannot be read as one."""
    return IntegrityError(
        message, code="database-damaged", place=place, hints=["restore the file from a copy, then run `persona verify`"]
    )


def translated(error: Exception, place: str) -> PersonaError:
    """The error of this project that says what SQLite's error means."""
    if isinstance(error, UnicodeEncodeError):
        return InvalidInput("a text is not valid Unicode", code="not-unicode", place=place)
    code = getattr(error, "sqlite_errorcode", None)
    primary = code & 0xFF if isinstance(code, int) else None
    if primary == sqlite3.SQLITE_NOTADB:
        return damaged("the database is not a SQLite database, or its beginning was overwritten", place)
    if primary == sqlite3.SQLITE_CORRUPT:
        return damaged(f"the database is damaged ({error})", place)
    if primary == sqlite3.SQLITE_FULL:
        return disk_full(place)
    if primary in (sqlite3.SQLITE_READONLY, sqlite3.SQLITE_PERM, sqlite3.SQLITE_AUTH):
        return read_only(place)
    if primary in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
        return StorageError(
            f"another process has been writing for over {WAIT_SECONDS:.0f} seconds",
            code="database-busy",
            place=place,
            hints=["wait for it to end, then repeat the command: `persona run list --status running` shows who works"],
        )
    if primary == sqlite3.SQLITE_CONSTRAINT:
        return IntegrityError(
            f"the tables contradict the log ({error})",
            code="tables-inconsistent",
            place=place,
            hints=["see what is wrong: `persona verify`", "make the tables anew: `persona rebuild`"],
        )
    return StorageError(
        f"the database refused: {error}", code="database", place=place, hints=["see what is damaged: `persona verify`"]
    )
