"""A workspace whose stores a team shares, linked to one in a folder: asked over the network, and never written to."""

from __future__ import annotations

from pathlib import Path

import psycopg
import pytest
from tests import s3
from tests.team.conftest import PG_SECRET, Team, team

from persona.errors import PermissionDenied
from persona.model.records import Draft
from persona.storage import open_records

__all__ = ["team"]

pytestmark = s3.GROUP


def test_lineage_goes_over_to_the_stores_of_a_team(team: Team, tmp_path: Path) -> None:
    ada = team.person("ada")
    (ada.folder / "t.txt").write_text(
        "Interviewer: What?\nBen: I want to count the stock every morning.\n", encoding="utf-8"
    )
    ada.type("init", "shared", *team.stores)
    ada.type("project", "create", "Shop", "--workspace", "shared")
    ada.type("source", "import", "t.txt", "--workspace", "shared")
    ada.type("generate", "--count", "1", "--workspace", "shared")
    ada.type("init", "own")
    ada.type("project", "create", "Guide", "--workspace", "own")
    said = ada.type("workspace", "link", "team", "shared", "--workspace", "own")
    assert "over the network" in said.err
    assert PG_SECRET not in (ada.folder / "own" / ".persona" / "links.json").read_text(encoding="utf-8")
    before = size(team.records)
    listed = ada.type("workspace", "list", "--workspace", "own", "--json").data
    assert [(one["name"], one["shared"], one["problem"]) for one in listed] == [("team", True, None)]
    found = ada.type("lineage", "impact", "team::Ben", "--workspace", "own", "--json").data
    assert "team::shop/personas:v1" in [one["id"] for one, _ in found["affected"]]
    assert size(team.records) == before


def test_records_that_are_only_read_refuse_to_be_written(team: Team) -> None:
    open_records(team.records, create=True).close()
    records = open_records(team.records, read_only=True)
    try:
        with pytest.raises(PermissionDenied) as failed:
            records.append([Draft("workspace.created", "workspace", {"format": 1})])
        assert failed.value.code == "read-only"
        assert records.head().size == 0
    finally:
        records.close()


def size(url: str) -> int:
    """How many events a database holds, asked by another client."""
    with psycopg.connect(url) as connection, connection.cursor() as cursor:
        cursor.execute("select count(*) from persona.event")
        row = cursor.fetchone()
        assert row is not None
        return int(row[0])
