"""Every command that reads can be asked as of any moment, and then says what it said at that moment."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from tests.cli.calling import Say
from tests.cli.test_envelope import CALLS

from persona.cli.app import root
from persona.cli.registry import commands

NOT_OF_RECORDS = {
    "init", "demo", "completion", "explain", "config show", "model list", "model check", "metrics list",
    "metrics explain", "template list", "template show", "template diff", "verify", "audit key", "audit checkpoint", "audit verify",
    "audit prove", "audit check-proof", "audit check-statement", "archive create", "archive open", "graph schema",
    "workspace list",
}  # fmt: skip
"""Commands that read no records of a moment: files of the person's own, the program itself, or the whole log."""
WRITES = {
    "project create", "project use", "project archive", "project tag", "project note", "source import", "generate",
    "try", "experiment create", "experiment run", "experiment reproduce", "experiment edit", "experiment promote",
    "experiment tag", "experiment note", "grouping propose", "template new", "run reproduce", "run delete",
    "run restore", "run tag", "run note", "artefact alias", "artefact tag", "artefact note", "metrics compute",
    "metrics judge", "rebuild", "participant consent", "participant withdraw", "workspace link", "workspace unlink",
    "import prov", "import openlineage", "import ro-crate", "import reppl",
}  # fmt: skip
TAKES = [name for name in commands() if name not in NOT_OF_RECORDS | WRITES]
ASKED = [name for name in TAKES if CALLS[name]]


def options_of(name: str) -> set[str]:
    found: Any = root
    for word in name.split():
        found = found.get_command(None, word)
    return {option for parameter in found.params for option in parameter.opts}


@pytest.mark.parametrize("name", list(commands()))
def test_what_reads_records_takes_a_moment_and_nothing_else_does(name: str) -> None:
    assert ("--as-of" in options_of(name)) == (name in TAKES)


def asked(say: Say, name: str, run: str, *more: str) -> dict[str, Any]:
    shutil.rmtree("environment", ignore_errors=True)
    arguments = [run if word == "RUN" else word for word in CALLS[name]]
    if name in ("run export", "run environment", "report") or name.startswith("export "):
        more = ("--yes", *more)
    said = say(*arguments, "--json", *more)
    assert said.status == 0, said.out + said.err
    found: dict[str, Any] = json.loads(said.out)
    return found


def much_happens(say: Say, shop: Path, run: str) -> None:
    """All that a later day may bring."""
    (shop / "late.txt").write_text("Interviewer: And you?\nP09: I come late and want my parcel.\n", encoding="utf-8")
    file = shop / "projects" / "shop-research" / "project.yaml"
    for words in (
        ["source", "import", "late.txt"],
        ["generate", "--count", "2"],
        ["experiment", "run", "temp-test", "--variant", "balanced"],
        ["experiment", "tag", "temp-test", "stage=late"],
        ["run", "tag", run, "reviewed=late"],
        ["run", "note", run, "verdict=late"],
        ["artefact", "alias", "personas", "late"],
        ["project", "tag", "team=late"],
        ["metrics", "compute", "--run", run],
        ["run", "delete", run],
    ):
        said = say(*words)
        assert said.status == 0, (words, said.err)
    file.write_text(file.read_text(encoding="utf-8").replace("name:", "description: late\nname:", 1), encoding="utf-8")


@pytest.mark.parametrize("name", ASKED)
def test_the_answer_is_what_it_was(name: str, say: Say, shop: Path, newest: str) -> None:
    then = asked(say, name, newest, "--coordinate")
    position = then["coordinate"]["position"]
    before = asked(say, name, newest, "--as-of", str(position))
    much_happens(say, shop, newest)
    now = asked(say, name, newest, "--as-of", str(position))
    assert now["coordinate"] == before["coordinate"]
    assert now["coordinate"]["position"] == position
    assert now["data"] == before["data"]
    if name not in ("report", "run export", "experiment compare"):  # which write files, or say where they would
        assert now["data"] == then["data"]


def test_people_are_told_on_what_an_answer_stands(say: Say, newest: str) -> None:
    said = say("run", "list", "--as-of", "3")
    assert said.status == 0
    assert said.err.startswith("as of: event 3, 20")
    assert " root " in said.err
    assert newest not in said.out
    assert say("run", "list").err.count("as of") == 0


@pytest.mark.parametrize(
    ("moment", "code"),
    [
        ("0", "moment-not-found"),
        ("999999", "moment-not-found"),
        ("yesterday", "moment-unknown"),
        ("2026-13-01", "moment-unknown"),
        ("1999-01-01", "moment-not-found"),
        ("run_nothing", "run-not-found"),
        ("tag:none=such", "moment-not-found"),
    ],
)
def test_a_moment_that_there_was_not_is_refused(moment: str, code: str, say: Say, newest: str) -> None:
    said = say("run", "show", newest, "--json", "--as-of", moment)
    assert said.status != 0
    assert said.json()["errors"][0]["code"] == code


def test_what_was_not_yet_there_is_not_found(say: Say, newest: str) -> None:
    said = say("run", "show", newest, "--json", "--as-of", "2")
    assert said.json()["errors"][0]["code"] == "run-not-found"
    assert said.json()["errors"][0]["message"].endswith("as of event 2")
