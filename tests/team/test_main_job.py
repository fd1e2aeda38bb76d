"""The whole main job on PostgreSQL and S3, by the real command line, and a second person who joins."""

from __future__ import annotations

from pathlib import Path

import obstore
from tests.cli.calling import VARIANTS, write_interviews
from tests.s3 import GROUP, OWNER
from tests.team.conftest import PG_SECRET, Team

from persona.storage import open_records
from persona.storage.blobs.s3_access import connect
from persona.storage.locations import checked_bucket

pytestmark = GROUP


def files(*folders: Path) -> dict[str, bytes]:
    return {str(path): path.read_bytes() for folder in folders for path in folder.rglob("*") if path.is_file()}


def stored(team: Team) -> dict[str, bytes]:
    """Every object of the place in the bucket, and every event as text."""
    store, _ = connect(checked_bucket(team.blobs))
    found = {one["path"]: obstore.get(store, one["path"]).bytes().to_bytes() for one in obstore.list(store).collect()}
    records = open_records(team.records)
    found["log"] = repr(list(records.events())).encode()
    records.close()
    return found


def test_a_team_does_the_main_job(team: Team, tmp_path: Path) -> None:
    ada, ben = team.person("ada"), team.person("ben")
    write_interviews(ada.folder / "interviews")
    (ada.folder / "variants.yaml").write_text(VARIANTS, encoding="utf-8")
    told = ada.type("init", "--json", *team.stores).data
    assert (told["joined"], told["records"], told["blobs"]) == (False, team.records, team.blobs)
    ada.type("project", "create", "Shop Research")
    assert ada.type("source", "import", "interviews", "--json").data["imported"] == 3
    ada.type("generate", "--count", "1")
    ada.type("experiment", "create", "--name", "warmth", "--variants", "variants.yaml")
    ada.type("experiment", "run", "warmth", "--repeats", "2")
    ada.type("experiment", "run", "warmth", "--repeats", "6", "--jobs", "2")
    ada.type("experiment", "compare", "warmth", "--metrics", "coverage_participants,evidence_concentration")
    listed = ada.type("run", "list", "--limit", "50", "--json").data
    assert {one["status"] for one in listed["items"]} == {"completed"}
    assert len(listed["items"]) == 1 + 2 * 6
    newest = listed["items"][0]["id"]
    assert newest in ada.type("run", "show", newest).out
    assert ada.type("artefact", "list", "--json").data
    ada.type("artefact", "export", "--run", newest, "--output", "out.json")
    ada.type("report")
    ada.type("trace")
    ada.type("run", "reproduce", newest)
    ada.type("run", "export", newest, "--output", "run.zip")
    ada.type("verify")
    ada.type("rebuild")
    assert ada.type("verify", "--json").data["folders"] == 13

    assert "joined" in ben.type("init", *team.stores).out
    assert ben.type("run", "list", "--limit", "50", "--json").data == listed
    ben.type("verify")
    ben.type("rebuild")
    assert ben.type("verify", "--json").data["folders"] == 13
    ben.type("generate", "--count", "2", "--project", "shop-research")
    mine = ada.type("run", "list", "--limit", "1", "--json").data["items"][0]
    assert mine["id"] == ben.type("run", "list", "--limit", "1", "--json").data["items"][0]["id"] != newest
    assert ada.type("run", "show", mine["id"], "--json").data["run"]["id"] == mine["id"]
    for one in (ada, ben):
        one.type("verify")

    assert not (ada.folder / ".persona/workspace.db").exists()
    assert not (ada.folder / ".persona/blobs").exists()
    everything = files(tmp_path) | stored(team)
    everything["said"] = "".join(ada.said + ben.said).encode()
    for secret in (PG_SECRET, OWNER.secret, OWNER.id):
        assert [name for name, data in everything.items() if secret.encode() in data] == []
