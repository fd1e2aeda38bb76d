"""What a team can get wrong: each is told in one error with a hint, no traceback, and no secret is repeated."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from tests.s3 import BUCKET, GROUP, OWNER
from tests.team.conftest import PG_SECRET, Person, Team, Told

pytestmark = GROUP


def refused(person: Person, *arguments: str, status: int, code: str, hint: str, **environment: str) -> Told:
    told = person.type(*arguments, "--json", status=status, **environment)
    error = json.loads(told.out)["errors"][0]
    assert error["code"] == code
    assert hint in " ".join(error["hints"]) + error["message"]
    for bad in ("Traceback", PG_SECRET, OWNER.secret, OWNER.id, "hunter2"):
        assert bad not in told.out + told.err
    assert not (person.folder / ".persona").exists() or arguments[0] != "init" or code == "workspace-exists"
    return told


@pytest.fixture
def ada(team: Team) -> Person:
    return team.person("ada")


def test_one_store_without_the_other(ada: Person, team: Team) -> None:
    for option in ("--records", "--blobs"):
        url = team.records if option == "--records" else team.blobs
        refused(ada, "init", option, url, status=2, code="stores-together", hint="name both")


@pytest.mark.parametrize(
    ("records", "blobs"),
    [
        ("postgresql://ada:hunter2@127.0.0.1/x", "s3://studies/x"),
        ("postgresql://ada@127.0.0.1/x?password=hunter2", "s3://studies/x"),
        ("postgresql://ada@127.0.0.1/x", "s3://id:hunter2@studies/x"),
        ("postgresql://ada@127.0.0.1/x", "s3://studies/x?secret_access_key=hunter2"),
    ],
)
def test_secrets_in_a_url_are_refused_before_anything_is_asked(ada: Person, records: str, blobs: str) -> None:
    hint = "PGPASSWORD" if "hunter2" in records else "s3://BUCKET/PREFIX"
    refused(ada, "init", "--records", records, "--blobs", blobs, status=2, code="password-in-url", hint=hint)


@pytest.mark.parametrize(
    ("records", "blobs"),
    [
        ("mysql://hunter2@127.0.0.1/x", "s3://studies/x"),
        ("postgresql://ada@127.0.0.1/x", "/var/hunter2"),
        ("postgresql://ada@127.0.0.1/x", "s3://Not_A_Bucket/hunter2"),
    ],
)
def test_what_is_no_url(ada: Person, records: str, blobs: str) -> None:
    refused(ada, "init", "--records", records, "--blobs", blobs, status=2, code="bad-store-url", hint="it is written")


def test_a_database_that_does_not_answer(ada: Person, team: Team) -> None:
    shared = "--records", "postgresql://ada@127.0.0.1:1/x", "--blobs", team.blobs
    refused(ada, "init", *shared, status=8, code="database-unreachable", hint="the server runs")
    odd = "--records", "postgresql://ada@127.0.0.1:1/x?colour=red", "--blobs", team.blobs
    refused(ada, "init", *odd, status=2, code="bad-store-url", hint="postgresql://USER@HOST/DATABASE")
    unknown = "--records", team.records.replace("/persona_", "/nobody_"), "--blobs", team.blobs
    told = refused(ada, "init", *unknown, status=8, code="database-unknown", hint="createdb nobody_")
    assert "?host=" not in told.out


@pytest.fixture
def locked(postgres_server: str, team: Team) -> Iterator[str]:
    """The team's database for an account that must give a password."""
    with psycopg.connect(postgres_server, autocommit=True) as connection:
        [[hba]] = connection.execute("show hba_file").fetchall()
        before = Path(hba).read_text(encoding="utf-8")
        connection.execute("drop role if exists locked")
        connection.execute(f"create role locked login password '{PG_SECRET}' superuser")  # type: ignore[arg-type]
        Path(hba).write_text("local all locked scram-sha-256\n" + before, encoding="utf-8")
        connection.execute("select pg_reload_conf()")
        try:
            yield team.records.replace("//postgres:@", "//locked@").replace("//postgres@", "//locked@")
        finally:
            Path(hba).write_text(before, encoding="utf-8")
            connection.execute("select pg_reload_conf()")
            connection.execute("alter role locked nologin")


def test_passwords_come_from_the_environment_only(ada: Person, team: Team, locked: str) -> None:
    shared = "--records", locked, "--blobs", team.blobs
    refused(ada, "init", *shared, status=9, code="database-denied", hint="PGPASSWORD", PGPASSWORD="wrong")
    del ada.environment["PGPASSWORD"]
    refused(ada, "init", *shared, status=9, code="database-denied", hint="wants a password")
    ada.environment["PGPASSWORD"] = PG_SECRET
    ada.type("init", *shared)
    refused(ada, "run", "list", status=9, code="database-denied", hint="PGPASSWORD", PGPASSWORD="wrong")
    assert PG_SECRET not in "".join(path.read_text() for path in ada.folder.rglob("*") if path.is_file())


def test_a_bucket_that_is_not_there_or_not_ours(ada: Person, team: Team) -> None:
    records = "--records", team.records, "--blobs"
    refused(ada, "init", *records, "s3://no-such-bucket/x", status=8, code="s3-no-bucket", hint="AWS_ENDPOINT_URL")
    wrong = {"AWS_SECRET_ACCESS_KEY": "hunter2"}
    refused(ada, "init", *records, team.blobs, status=9, code="s3-keys", hint="AWS_SECRET_ACCESS_KEY", **wrong)
    nobody = {"AWS_ENDPOINT_URL": "http://127.0.0.1:1"}
    refused(ada, "init", *records, team.blobs, status=8, code="s3-unreachable", hint="AWS_ENDPOINT_URL", **nobody)
    ada.type("init", *team.stores)  # what was refused has left nothing behind


def test_stores_of_two_workspaces(ada: Person, team: Team) -> None:
    ada.type("init", *team.stores)
    ben = team.person("ben")
    other = f"s3://{BUCKET}/elsewhere-{team.blobs.rpartition('/')[2]}"
    refused(ben, "init", "--records", team.records, "--blobs", other, status=6, code="stores-differ", hint="together")
    refused(ada, "init", *team.stores, status=4, code="workspace-exists", hint="persona project list")
    stores = ada.folder / ".persona/stores.json"
    stores.write_text(stores.read_text().replace(team.blobs, other))
    ada.type("project", "list")
    refused(ada, "verify", status=3, code="no-blobs", hint="persona init")
    stores.write_text("{}")
    refused(ada, "project", "list", status=8, code="stores-broken", hint="persona init --records URL --blobs URL")
    stores.unlink()
    refused(ada, "project", "list", status=6, code="database-missing", hint="stores.json")


def test_a_server_that_goes_away_later(ada: Person, team: Team) -> None:
    ada.type("init", *team.stores)
    gone = {"AWS_ENDPOINT_URL": "http://127.0.0.1:1"}
    ada.type("project", "list", **gone)
    refused(ada, "verify", status=8, code="s3-unreachable", hint="AWS_ENDPOINT_URL", **gone)
