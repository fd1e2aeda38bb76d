"""Crates of runs, experiments and projects: what judges say of them, and what must never be in them."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote

import pytest
from tests.exports.ro_crate.conftest import JUDGES, NAMES, TOLD, Made
from tests.workspace.conftest import INTERVIEWS

from persona.errors import Conflict, InvalidInput, NotFound, UsageError
from persona.lineage.notes import read_checkpoint, read_key, read_note
from persona.workspace import Workspace

PROFILES = {"1.1": "process-run-crate", "1.2": "ro-crate-1.2"}
NO_WEB_ADDRESS = "process-run-crate-0.5_5.1"
"""The one check that is never met: it takes only what begins with `http` for an absolute URI, and ours are URNs."""

Judge = Callable[[dict[Path, str]], dict[str, list[dict[str, Any]]]]


def graph(crate: Path) -> dict[str, dict[str, Any]]:
    whole = json.loads((crate / "ro-crate-metadata.json").read_text(encoding="utf-8"))
    return {entity["@id"]: entity for entity in whole["@graph"]}


def listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [] if value is None else [value]


def files(crate: Path) -> dict[str, bytes]:
    return {path.relative_to(crate).as_posix(): path.read_bytes() for path in crate.rglob("*") if path.is_file()}


def scopes(made: Made) -> dict[str, dict[str, str]]:
    return {
        "run": {"run": made.done},
        "failed": {"run": made.failed},
        "experiment": {"experiment": "temp"},
        "project": {},
    }


@pytest.fixture(scope="module")
def crates(made: Made) -> dict[str, Path]:
    """A crate of every scope and profile, with all that a person can tell, and one of the project with nothing told."""
    found = {}
    for name, scope in scopes(made).items():
        for profile in PROFILES:
            found[f"{name}-{profile}"] = made.crates / f"{name}-{profile}"
            made.ws.crate.export(found[f"{name}-{profile}"], profile=profile, **scope, **TOLD)
    for profile in PROFILES:
        found[f"untold-{profile}"] = made.crates / f"untold-{profile}"
        made.ws.crate.export(found[f"untold-{profile}"], profile=profile, run=made.done)
    found["all-1.1"] = made.crates / "all-1.1"
    made.ws.crate.export(found["all-1.1"], with_sources=True, **TOLD)
    return found


QUICK = ("run-1.1", "failed-1.1", "experiment-1.1", "project-1.1", "all-1.1", "untold-1.1", "run-1.2")
SLOW = ("failed-1.2", "experiment-1.2", "project-1.2", "untold-1.2")
"""Judging a crate of 1.2 takes eight seconds and more."""


@pytest.mark.parametrize("names", [QUICK, pytest.param(SLOW, marks=pytest.mark.long)])
def test_the_validator_accepts_what_is_required_and_what_is_recommended(
    crates: dict[str, Path], judge: Judge, names: tuple[str, ...]
) -> None:
    assert set(crates) == {*QUICK, *SLOW}
    verdicts = judge({crates[name]: PROFILES[name.rpartition("-")[2]] for name in names})
    assert set(verdicts) == set(names)
    for name, issues in verdicts.items():
        assert not [issue for issue in issues if issue["severity"] == "REQUIRED"], (name, issues)
        others = [issue for issue in issues if issue["check"] != NO_WEB_ADDRESS]
        if not name.startswith("untold"):
            assert not others, (name, others)
            continue
        assert others, "what nobody told cannot be there"
        untold = ("affiliation", "`publisher`", "License", "ORCID", "contactPoint")
        assert all(any(word in issue["message"] for word in untold) for issue in others), others


def test_the_validator_refuses_a_crate_that_was_broken(crates: dict[str, Path], judge: Judge, tmp_path: Path) -> None:
    broken = tmp_path / "broken"
    for name, data in files(crates["run-1.1"]).items():
        (broken / name).parent.mkdir(parents=True, exist_ok=True)
        (broken / name).write_bytes(data)
    next(broken.rglob("personas.json")).unlink()
    [issues] = judge({broken: PROFILES["1.1"]}).values()
    assert any(issue["severity"] == "REQUIRED" for issue in issues)


def test_runcrate_reads_the_actions(crates: dict[str, Path], made: Made) -> None:
    program = JUDGES / "runcrate"
    if not program.exists():
        pytest.skip("runcrate is not in judges/ beside the environment")
    done = subprocess.run(
        [str(program), "report", str(crates["project-1.1"])],
        capture_output=True,
        text=True,
        check=False,
        env={"PATH": os.environ["PATH"], "HOME": str(made.crates)},
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("action: #run_") == 5
    [told] = [part for part in done.stdout.split("\n\n") if made.done in part.partition("\n")[0]]
    for word in ("instrument: urn:persona-workbench:engine:", "started: 20", "ended: 20", "inputs:", "outputs:"):
        assert word in told
    assert f"runs/{made.done}/output/personas.json" in told
    assert told.count("#sha256:") == len(INTERVIEWS)


def test_every_file_is_told_and_every_told_file_is_there(crates: dict[str, Path]) -> None:
    for crate in crates.values():
        told = graph(crate)
        there = files(crate)
        local = {unquote(id): one for id, one in told.items() if one["@type"] == "File" and not id.startswith("#")}
        assert set(local) | {"ro-crate-metadata.json"} == set(there)
        for path, one in local.items():
            assert one["sha256"] == hashlib.sha256(there[path]).hexdigest()
            assert int(one["contentSize"]) == len(there[path])
        named = {
            value["@id"]
            for one in told.values()
            for part in one.values()
            for value in listed(part)
            if isinstance(value, dict)
        }
        assert {id for id in named if not id.startswith(("https://w3id.org/ro/crate/", "#run_"))} <= set(told)


def test_an_action_says_what_the_records_say(crates: dict[str, Path], made: Made) -> None:
    told = graph(crates["project-1.1"])
    assert {one["@id"] for one in listed(told["./"]["mentions"])} == {
        id for id, one in told.items() if one["@type"] == "CreateAction"
    }
    for run in made.ws.run.list(all_projects=True).items:
        one = told.get(f"#{run.id}")
        if run.status == "running":
            assert one is None
            continue
        assert one is not None
        ended = "Completed" if run.status == "completed" else "Failed"
        assert one["actionStatus"] == f"http://schema.org/{ended}ActionStatus"
        assert ("error" in one) == (run.status != "completed")
        assert told[one["agent"]["@id"]]["name"] == "ada"
        assert told[one["instrument"]["@id"]]["@type"] == "SoftwareApplication"
        assert one["startTime"][:19] == (run.started_at or "")[:19]
    own = told[f"#{made.own}"]
    assert own["object"]["@id"].endswith("/output/personas.json"), "an artefact of a run in the crate is that file"
    [page] = [one for id, one in told.items() if id.startswith("comparisons/") and id.endswith(".html")]
    assert len(listed(page["isBasedOn"])) == 2


def test_the_words_and_names_of_sources_stay_here(crates: dict[str, Path]) -> None:
    for name, crate in crates.items():
        there = name == "all-1.1"
        data = {path: data.decode("utf-8", "replace") for path, data in files(crate).items()}
        whole = " ".join(f"{path} {text}" for path, text in data.items()).lower()
        quoted = " ".join(text for path, text in data.items() if path.endswith("personas.json"))
        for file, text in INTERVIEWS.items():
            stem = NAMES[file].rpartition(".")[0].lower()
            assert (stem in whole or quote(stem) in whole) == there
            words = text.replace("\n", " ").split()
            runs = {" ".join(words[place : place + 8]) for place in range(len(words) - 7)}
            left = [run for run in runs if run not in quoted and run.lower() in whole]
            assert bool(left) == there, (name, left)


def test_the_same_state_gives_the_same_bytes(made: Made, tmp_path: Path) -> None:
    for name in ("one", "two"):
        made.ws.crate.export(tmp_path / name, experiment="temp")
        made.ws.crate.export(tmp_path / f"{name}.zip", experiment="temp")
    assert files(tmp_path / "one") == files(tmp_path / "two")
    assert (tmp_path / "one.zip").read_bytes() == (tmp_path / "two.zip").read_bytes()
    with zipfile.ZipFile(tmp_path / "one.zip") as archive:
        assert {name: archive.read(name) for name in archive.namelist()} == files(tmp_path / "one")


def test_the_checkpoint_is_that_of_the_state_and_signed(crates: dict[str, Path], made: Made) -> None:
    path = crates["project-1.1"] / "checkpoint.txt"
    text, signatures = read_note(path.read_text(encoding="utf-8"), str(path))
    key = read_key(made.ws.audit.key().public, "")
    assert any(key.checks(text, one) for one in signatures)
    head = made.ws.coordinate
    assert (read_checkpoint(text, "").size, read_checkpoint(text, "").root.hex()) == (head.position, head.root)
    assert made.ws.audit.verify([path]).anchored == head.position


def test_a_crate_of_the_past_is_what_it_was(made: Made, tmp_path: Path) -> None:
    position = made.ws.coordinate.position
    made.ws.crate.export(tmp_path / "now")
    with Workspace.open(made.ws.root, as_of=str(position)) as then:
        then.crate.export(tmp_path / "then")
    assert files(tmp_path / "now") == files(tmp_path / "then")
    with Workspace.open(made.ws.root, as_of=made.done) as first:
        assert first.crate.export(tmp_path / "first").runs <= 1


def test_what_is_no_crate_is_left_alone(made: Made, tmp_path: Path) -> None:
    for name in ("file", "file.zip"):
        (tmp_path / name).write_bytes(b"my own")
        with pytest.raises(Conflict):
            made.ws.crate.export(tmp_path / name, run=made.done)
        assert (tmp_path / name).read_bytes() == b"my own"
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "thesis.txt").write_text("years of work", encoding="utf-8")
    with pytest.raises(Conflict):
        made.ws.crate.export(tmp_path / "folder", run=made.done)
    crate = tmp_path / "crate"
    made.ws.crate.export(crate, run=made.done)
    made.ws.crate.export(crate, run=made.failed)
    assert graph(crate)["./"]["name"] == made.failed
    (crate / "notes.txt").write_text("mine", encoding="utf-8")
    with pytest.raises(Conflict) as refused:
        made.ws.crate.export(crate, run=made.done)
    assert refused.value.code == "crate-added-to"
    (tmp_path / "empty").mkdir()
    made.ws.crate.export(tmp_path / "empty", run=made.done)
    assert not list(tmp_path.glob(".*")), "nothing is left in the making"


def test_a_crate_that_cannot_be_made_leaves_nothing(
    made: Made, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def lost(digest: str) -> bytes:
        raise NotFound("the bytes are lost", code="blob-not-found")

    monkeypatch.setattr(made.ws._context.blobs, "get", lost)
    for name in ("crate", "crate.zip"):
        with pytest.raises(NotFound):
            made.ws.crate.export(tmp_path / name, run=made.done)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    "told",
    [
        {"license": "MIT"},
        {"license": "https://x y"},
        {"organisation": "<https://ror.org/1>"},
        {"organisation": "Delta <ror>"},
        {"organisation": "Delta", "contact": "nobody"},
        {"contact": "a@example.org"},
        {"people": {"ada": "0000-0002-1825-0098"}},
        {"people": {"ada": "ada"}},
        {"profile": "1.3"},
        {"run": "run_1", "experiment": "temp"},
    ],
)
def test_what_cannot_be_told_is_refused_before_anything_is_written(
    made: Made, tmp_path: Path, told: dict[str, Any]
) -> None:
    with pytest.raises((InvalidInput, UsageError)):
        made.ws.crate.export(tmp_path / "crate", **told)
    assert not list(tmp_path.iterdir())
