"""The parts of the main job that ask a model or replace names, on PostgreSQL and S3, with requests to S3 counted."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.llm import plausible
from tests.llm.conftest import NAMES, SAID
from tests.llm.scenarios import KEY
from tests.llm.server import Asked, FakeServer, Reply, serving
from tests.llm.test_redacted import TEXT
from tests.s3 import GROUP, OWNER, S3Server
from tests.team.conftest import Person, Team
from tests.team.counting import Door, counted
from tests.team.test_main_job import stored

pytestmark = GROUP

VARIANTS = f"""- name: cool
  parameters: {{model: "{NAMES["openai"]}", count: 1, temperature: 0}}
- name: warm
  parameters: {{model: "{NAMES["openai"]}", count: 1, temperature: 0.7}}
"""


def respond(asked: Asked) -> Reply:
    if "You check whether a statement" in asked.system:
        return Reply(json.dumps({"verdict": "supported"}))
    return plausible.respond(asked)


@pytest.fixture
def server() -> Iterator[FakeServer]:
    with serving(respond) as found:
        yield found


@pytest.fixture
def door(s3_server: S3Server) -> Iterator[Door]:
    with counted(s3_server.endpoint) as found:
        yield found


@pytest.fixture
def ada(team: Team, server: FakeServer, door: Door) -> Person:
    person = team.person("ada")
    person.environment |= {
        "OPENAI_API_KEY": KEY,
        "PERSONA_ENDPOINT": server.endpoint("openai"),
        "AWS_ENDPOINT_URL": door.endpoint,
    }
    return person


def interviews(folder: Path) -> None:
    folder.mkdir()
    for who, said in SAID.items():
        (folder / f"{who}.txt").write_text(f"Interviewer: What do you try to get done?\n{who}: {said}\n")


def test_what_asks_a_model_does_so_once_for_the_whole_team(
    ada: Person, team: Team, server: FakeServer, tmp_path: Path
) -> None:
    interviews(ada.folder / "interviews")
    (ada.folder / "variants.yaml").write_text(VARIANTS, encoding="utf-8")
    ada.type("init", *team.stores)
    ada.type("project", "create", "Shop")
    ada.type("source", "import", "interviews")
    ada.type("generate", "--count", "1", "--model", NAMES["openai"])
    run = ada.type("run", "list", "--json").data["items"][0]["id"]
    asked = len(server.asked)
    assert asked > 0
    ada.type("metrics", "judge", run, "--judge", "openai:gpt-4o")
    assert len(server.asked) > asked
    ada.type("metrics", "compute", "--run", run)
    ada.type("experiment", "create", "--name", "warmth", "--variants", "variants.yaml")
    ada.type("experiment", "run", "warmth", "--repeats", "2", "--jobs", "4")
    ada.type("experiment", "compare", "warmth", "--metrics", "coverage_participants")
    asked = len(server.asked)
    ada.type("run", "reproduce", run)
    ada.type("experiment", "reproduce", "warmth")
    assert len(server.asked) == asked, "a replay asks nobody"

    ben = team.person("ben")
    ben.environment |= {"OPENAI_API_KEY": KEY, "PERSONA_ENDPOINT": server.endpoint("openai")}
    ben.type("init", *team.stores)
    ben.type("rebuild")
    ben.type("run", "reproduce", run)
    ben.type("generate", "--count", "1", "--model", NAMES["openai"], "--project", "shop")
    assert len(server.asked) == asked, "what a colleague was answered is not paid again"
    assert ben.type("verify", "--json").data["findings"] == []
    ada.type("verify")
    everything = stored(team) | {str(one): one.read_bytes() for one in tmp_path.rglob("*") if one.is_file()}
    everything["said"] = "".join(ada.said + ben.said).encode()
    for secret in (KEY, OWNER.secret, OWNER.id):
        assert [name for name, data in everything.items() if secret.encode() in data] == []


def test_names_are_replaced_before_anything_leaves_the_folder(ada: Person, team: Team) -> None:
    (ada.folder / "maria_lopez.txt").write_text(TEXT, encoding="utf-8")
    (ada.folder / "deny.txt").write_text("Hassan\nNorthwind\n", encoding="utf-8")
    ada.type("init", *team.stores)
    ada.type("project", "create", "Shop")
    ada.type("source", "import", "maria_lopez.txt", "--redact", "--deny", "deny.txt")
    ada.type("generate", "--count", "1")
    ada.type("verify")
    held = stored(team)
    assert len(held) > 5
    for word in (b"maria", b"lopez", b"1234567", b"hassan", b"northwind"):
        assert [name for name, data in held.items() if word in data.lower()] == []


def test_s3_is_not_asked_twice_for_what_cannot_change(ada: Person, team: Team, door: Door) -> None:
    interviews(ada.folder / "interviews")
    (ada.folder / "variants.yaml").write_text(
        "- {name: few, parameters: {items: 2}}\n- {name: many, parameters: {items: 4}}\n", encoding="utf-8"
    )
    ada.type("init", *team.stores)
    ada.type("project", "create", "Shop")
    ada.type("source", "import", "interviews")
    door.count()
    for command in ("project list", "run list", "artefact list", "experiment list"):
        ada.type(*command.split())
    assert not door.count(), "what the records hold needs no bytes"
    ada.type("generate", "--count", "1")
    came = list(door.came)
    asked = door.count()
    assert len(set(came)) == len(came), "nothing is asked for twice"
    assert asked["GET"] <= 3 * 4 + 6, "document and names of each interview, and a few small things"
    assert asked["HEAD"] == 0
    assert asked["PUT"] <= 8
    ada.type("experiment", "create", "--name", "many", "--variants", "variants.yaml")
    door.count()
    ada.type("experiment", "run", "many", "--repeats", "8", "--jobs", "2")
    assert door.count()["GET"] <= 16 * 4 + 3 * 10, "two processes and the one in front each read the inputs once"
