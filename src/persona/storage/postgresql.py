"""PostgreSQL: the database of a team. Imports psycopg when a ``postgresql://`` URL is opened, not before.

Everything lives in the schema ``persona`` of the database named. Writers queue at a lock on the table ``head``; readers
never wait. Text is compared by code point (collation ``C``), as SQLite does.
"""

from __future__ import annotations

import secrets
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from functools import lru_cache
from typing import TYPE_CHECKING, Any, ClassVar
from urllib.parse import urlsplit, urlunsplit

from persona.errors import (
    Conflict,
    IntegrityError,
    InvalidInput,
    PermissionDenied,
    PersonaError,
    StorageError,
    UsageError,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from typing import LiteralString

    import psycopg

    from persona.storage.engine import Row

SCHEMA = "persona"
OPTIONS = f"-c search_path={SCHEMA} -c tcp_keepalives_idle=30 -c tcp_keepalives_interval=10 -c tcp_keepalives_count=3"
"""The server gives up a client that vanished within a minute: the lock of a writer must not be held for hours."""

MIGRATION_LOCK = 0x70657273
"""The number of the advisory lock under which tables are made."""


@lru_cache(maxsize=512)
def _spoken(sql: str) -> LiteralString:
    """A statement with the parameter marks of psycopg, and with PostgreSQL's name for the texts of a group in one."""
    return sql.replace("%", "%%").replace("?", "%s").replace("group_concat(", "string_agg(")


class PostgresqlEngine:
    """A connection to a PostgreSQL database."""

    types: ClassVar[Mapping[str, str]] = {
        "integer": "bigint",
        "real": "double precision",
        "text": 'text collate "C"',
        "bytes": "bytea",
        "table": "",
        "narrow": "",
    }
    guards = (
        """create function event_refuses() returns trigger language plpgsql as
        $$ begin raise exception 'the log is append-only'; end $$""",
        """create trigger event_refuses_change before update or delete on event
        for each row execute function event_refuses()""",
        """create trigger event_refuses_truncate before truncate on event
        for each statement execute function event_refuses()""",
    )

    def __init__(self, connection: psycopg.Connection[Row], place: str) -> None:
        import psycopg

        self.connection = connection
        self.place = place
        self._word: str | None = None
        self._error = psycopg.Error

    def run(self, sql: str, values: Sequence[Any] = ()) -> list[Row]:
        """See ``Engine.run``."""
        try:
            cursor = self.connection.execute(_spoken(sql), values)
            return cursor.fetchall() if cursor.description else []
        except (self._error, UnicodeEncodeError) as error:
            raise translated(error, self.place) from error

    def stream(self, sql: str, values: Sequence[Any] = ()) -> Iterator[Row]:
        """See ``Engine.stream``."""
        try:
            with self.connection.cursor() as cursor:
                yield from cursor.stream(_spoken(sql), values)
        except (self._error, UnicodeEncodeError) as error:
            raise translated(error, self.place) from error

    def column(self, sql: str, values: Sequence[Any] = ()) -> list[Any]:
        """See ``Engine.column``."""
        return [one for (one,) in self.run(sql, values)]

    def many(self, sql: str, rows: Iterable[Sequence[Any]]) -> None:
        """See ``Engine.many``."""
        try:
            with self.connection.cursor() as cursor:
                cursor.executemany(_spoken(sql), rows)
        except (self._error, UnicodeEncodeError) as error:
            raise translated(error, self.place) from error

    def writing(self) -> AbstractContextManager[None]:
        """See ``Engine.writing``."""
        return self._transaction("lock table head in share row exclusive mode")

    def migrating(self) -> AbstractContextManager[None]:
        """See ``Engine.migrating``."""
        return self._transaction(
            f"select pg_advisory_xact_lock({MIGRATION_LOCK})", f"create schema if not exists {SCHEMA}"
        )

    @contextmanager
    def _transaction(self, *first: str) -> Iterator[None]:
        self.run("begin")
        try:
            for statement in first:
                self.run(statement)
            yield
            self.run("commit")
        except BaseException:
            self._roll_back()
            raise

    @contextmanager
    def reading(self) -> Iterator[None]:
        """See ``Engine.reading``."""
        self.run("begin isolation level repeatable read read only")
        try:
            yield
        finally:
            self._roll_back()

    def turn(self) -> AbstractContextManager[None]:
        """See ``Engine.turn``. The server queues its writers by itself."""
        return nullcontext()

    @contextmanager
    def alone(self, name: str) -> Iterator[None]:
        """See ``Engine.alone``."""
        self.run("select pg_advisory_lock(hashtextextended(?, 0))", (name,))
        try:
            yield
        finally:
            self.run("select pg_advisory_unlock(hashtextextended(?, 0))", (name,))

    def presence(self) -> str | None:
        """See ``Engine.presence``: a lock that the server frees when the connection ends, however it ends."""
        if self._word is None:
            word = secrets.token_hex(8)
            self.run("select pg_advisory_lock(hashtextextended(?, 1))", (word,))
            self._word = word
        return self._word

    def is_present(self, word: str) -> bool | None:
        """See ``Engine.is_present``."""
        if word == self._word:
            return True
        [[free]] = self.run("select pg_try_advisory_lock(hashtextextended(?, 1))", (word,))
        if free:
            self.run("select pg_advisory_unlock(hashtextextended(?, 1))", (word,))
        return not free

    def _roll_back(self) -> None:
        with suppress(self._error):  # a broken connection has rolled back already; the first error is the one to tell
            self.connection.execute("rollback")

    def has_tables(self) -> bool:
        """Whether a workspace was ever made here."""
        return self.run("select to_regclass(?) is not null", (f"{SCHEMA}.migration",))[0][0] is True

    def scrub(self) -> bool:
        """See ``Engine.scrub``. ``VACUUM (FULL)`` writes each table anew; the server's own log is not ours to clean."""
        from psycopg import errors, sql

        names = self.run("select tablename from pg_tables where schemaname = ? order by tablename", (SCHEMA,))
        try:
            self.connection.execute("set lock_timeout = '10s'")
            for (name,) in names:
                self.connection.execute(sql.SQL("vacuum (full) {}").format(sql.Identifier(SCHEMA, str(name))))
        except errors.LockNotAvailable:
            return False
        except self._error as error:
            raise translated(error, self.place) from error
        finally:
            with suppress(self._error):
                self.connection.execute("reset lock_timeout")
        return True

    def damage(self) -> list[str]:
        """See ``Engine.damage``."""
        return []  # the server checks its own pages

    def close(self) -> None:
        """See ``Engine.close``."""
        self.connection.close()


def connect(url: str) -> PostgresqlEngine:
    """Connect to a database. Raises ``StorageError`` when it is out of reach, ``UsageError`` without psycopg."""
    place = without_password(url)
    try:
        import psycopg
    except ImportError:
        raise UsageError(
            "PostgreSQL needs the package psycopg",
            code="missing-extra",
            place=place,
            hints=["install it: `pip install 'persona-workbench[postgresql]'`"],
        ) from None
    try:
        connection = psycopg.connect(url, autocommit=True, options=OPTIONS, connect_timeout=10)
    except psycopg.Error as error:
        raise _not_connected(error, place) from error
    return PostgresqlEngine(connection, place)


def _not_connected(error: psycopg.Error, place: str) -> PersonaError:
    """Why there is no connection. libpq gives no code for it: what it knows of passwords, and words, are asked."""
    import psycopg

    if isinstance(error, psycopg.ProgrammingError):
        return UsageError(
            f"the URL of the records cannot be used: {_first_line(error)}",
            code="bad-store-url",
            place=place,
            hints=["it is written `postgresql://USER@HOST/DATABASE`"],
        )
    tried = error.pgconn
    if tried is not None and (tried.needs_password or tried.used_password):
        return PermissionDenied(
            "the database wants a password" if tried.needs_password else "the database does not accept the password",
            code="database-denied",
            place=place,
            hints=["give it as `PGPASSWORD`, in `~/.pgpass` or in a service file; no URL and no file here holds it"],
        )
    text = str(error)
    if "FATAL" in text and "does not exist" in text and "database" in text.rpartition("FATAL")[2]:
        return StorageError(
            "there is no such database on the server",
            code="database-unknown",
            place=place,
            hints=[f"make it, as somebody who may: `createdb {urlsplit(place).path.lstrip('/') or 'NAME'}`"],
        )
    if "FATAL" in text:
        return translated(error, place)
    return StorageError(
        f"the database cannot be reached: {_first_line(error)}",
        code="database-unreachable",
        place=place,
        hints=["check that the server runs, and that host and port in the URL are right"],
    )


def without_password(url: str) -> str:
    """The URL as it may be shown."""
    parts = urlsplit(url)
    host = parts.netloc.rpartition("@")
    user = host[0].partition(":")[0]
    return urlunsplit((parts.scheme, f"{user}@{host[2]}" if user else host[2], parts.path, "", ""))


def translated(error: Exception, place: str) -> PersonaError:
    """The error of this project that says what PostgreSQL's error means."""
    from psycopg import errors

    if isinstance(error, (UnicodeEncodeError, errors.DataError)):
        return InvalidInput(f"a value cannot be stored: {_first_line(error)}", code="bad-value", place=place)
    if isinstance(error, (errors.ReadOnlySqlTransaction, errors.InsufficientPrivilege)):
        return PermissionDenied(
            "this account may not write there",
            code="read-only",
            place=place,
            hints=["ask for the right to write: `grant all on schema persona to ...`"],
        )
    if isinstance(error, (errors.SerializationFailure, errors.DeadlockDetected)):
        return Conflict("somebody else changed the same records", code="conflict", place=place)
    if isinstance(error, errors.DiskFull):
        return StorageError(
            "the disk of the database server is full; nothing was written", code="disk-full", place=place
        )
    if isinstance(error, errors.IntegrityError):
        return IntegrityError(
            f"the tables contradict the log ({_first_line(error)})",
            code="tables-inconsistent",
            place=place,
            hints=["see what is wrong: `persona verify`", "make the tables anew: `persona rebuild`"],
        )
    return StorageError(
        f"the database refused: {_first_line(error)}",
        code="database",
        place=place,
        hints=["check that the server runs and that the address is right"],
    )


def _first_line(error: Exception) -> str:
    lines = str(error).strip().splitlines()
    return lines[0] if lines else type(error).__name__
