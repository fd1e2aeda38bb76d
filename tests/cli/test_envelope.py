"""Every command answers ``--json`` with one envelope, and every next step it names runs."""

from __future__ import annotations

import json
import shlex
from collections.abc import Callable
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator
from tests.cli.calling import INTERVIEWS, Said, Say

from persona.cli.app import root
from persona.cli.envelope import SCHEMA
from persona.cli.registry import commands
from persona.model.schema import persona_set_schema

VALID = Draft202012Validator(SCHEMA)

CALLS: dict[str, list[str]] = {
    "demo": [],  # takes seconds: tests/cli/test_demo.py
    "init": ["init", "another"],
    "project create": ["project", "create", "Second Research", "--tag", "team=design"],
    "project list": ["project", "list", "--archived"],
    "project show": ["project", "show"],
    "project use": ["project", "use", "shop-research"],
    "project archive": ["project", "archive", "shop-research"],
    "project tag": ["project", "tag", "team=design"],
    "project note": ["project", "note", "planned=12"],
    "source import": ["source", "import", "interviews", "--dry-run"],
    "source list": ["source", "list"],
    "source show": ["source", "show", "P01.txt"],
    "participant list": ["participant", "list"],
    "participant show": ["participant", "show", "P02"],
    "participant consent": ["participant", "consent", "P02", "--no-hosted", "--retention", "2031-01-01"],
    "participant withdraw": ["participant", "withdraw", "P02", "--dry-run"],
    "generate": ["generate", "--count", "1"],
    "try": ["try", "--count", "1"],
    "experiment create": ["experiment", "create", "--name", "other", "--variants", "variants.yaml"],
    "experiment run": ["experiment", "run", "temp-test", "--variant", "balanced"],
    "experiment compare": ["experiment", "compare", "temp-test", "temp-test/balanced", "--no-save"],
    "experiment meta": [],  # needs several experiments: tests/experiments/test_meta.py
    "experiment reproduce": ["experiment", "reproduce", "temp-test"],
    "experiment edit": [
        "experiment",
        "edit",
        "temp-test",
        "--file",
        "projects/shop-research/experiments/temp-test/experiment.yaml",
    ],
    "experiment promote": [],  # needs a try: tests/experiments/test_playground.py
    "experiment list": ["experiment", "list"],
    "experiment show": ["experiment", "show", "temp-test"],
    "experiment tag": ["experiment", "tag", "temp-test", "stage=pilot"],
    "experiment note": ["experiment", "note", "temp-test", "asked=true"],
    "grouping propose": ["grouping", "propose", "--count", "1"],
    "template list": ["template", "list"],
    "template show": ["template", "show", "default"],
    "template diff": ["template", "diff", "default"],
    "template new": ["template", "new", "mine"],
    "model list": ["model", "list"],
    "model check": [],  # needs a model: tests/llm/test_commands.py
    "run list": ["run", "list", "--limit", "1"],
    "run show": ["run", "show", "RUN"],
    "run reproduce": ["run", "reproduce", "RUN"],
    "run environment": ["run", "environment", "RUN", "--output", "environment"],
    "run export": ["run", "export", "RUN", "--output", "run.zip"],
    "run delete": ["run", "delete", "RUN"],
    "run restore": ["run", "restore", "RUN"],
    "run tag": ["run", "tag", "RUN", "reviewed=yes"],
    "run note": ["run", "note", "RUN", "verdict=good", "score=2"],
    "artefact list": ["artefact", "list"],
    "artefact show": ["artefact", "show", "personas"],
    "artefact export": ["artefact", "export", "--run", "RUN"],
    "artefact lineage": ["artefact", "lineage", "personas"],
    "artefact alias": ["artefact", "alias", "personas", "approved"],
    "artefact tag": ["artefact", "tag", "personas:v1", "audience=design"],
    "artefact note": ["artefact", "note", "personas:v1", "reviewer=Ada"],
    "metrics list": ["metrics", "list"],
    "metrics explain": ["metrics", "explain", "bias_score"],
    "metrics compute": ["metrics", "compute", "--run", "RUN"],
    "metrics across": ["metrics", "across", "--experiment", "temp-test"],
    "metrics judge": ["metrics", "judge", "RUN", "--sample", "labels.csv"],
    "call list": ["call", "list"],
    "call show": [],  # needs a call: tests/llm/test_commands.py
    "why": ["why", "RUN"],
    "lineage show": ["lineage", "show", "persona-1.name"],
    "lineage up": ["lineage", "up", "personas", "--claims", "--depth", "all"],
    "lineage down": ["lineage", "down", "P01.txt", "--kind", "claim", "--depth", "all"],
    "lineage path": ["lineage", "path", "RUN", "P01.txt"],
    "lineage diff": ["lineage", "diff", "personas", "RUN", "--claims"],
    "lineage fields": ["lineage", "fields"],
    "lineage impact": ["lineage", "impact", "P01.txt"],
    "lineage check": ["lineage", "check"],
    "graph query": ["graph", "query", "MATCH (n)-[e]->(m) RETURN n.id, label(e), m ORDER BY n.id, label(e), m.id"],
    "graph sparql": ["graph", "sparql", "SELECT ?a ?b { ?a prov:used|prov:wasDerivedFrom ?b } ORDER BY ?a ?b"],
    "graph schema": ["graph", "schema"],
    "trace": ["trace"],
    "export prov": ["export", "prov", "personas", "--output", "prov.xml"],
    "export in-toto": ["export", "in-toto", "--run", "RUN", "--output", "statement.json"],
    "export ro-crate": ["export", "ro-crate", "--run", "RUN", "--output", "crate.zip"],
    "export openlineage": ["export", "openlineage", "--output", "events.ndjson"],
    "export atlas": ["export", "atlas", "--output", "atlas.zip"],
    "import prov": [],  # needs a file: tests/imports/test_commands.py
    "import openlineage": [],
    "import ro-crate": [],
    "import reppl": [],
    "import list": ["import", "list"],
    "import show": [],  # needs an import: tests/imports/test_commands.py
    "report": ["report"],
    "audit key": ["audit", "key"],
    "audit checkpoint": ["audit", "checkpoint", "--output", "checkpoint.txt"],
    "audit log": ["audit", "log", "--run", "RUN"],
    "audit verify": ["audit", "verify"],
    "audit prove": ["audit", "prove", "RUN", "--output", "proof.txt"],
    "audit check-proof": [],  # needs a proof: tests/lineage/test_audit.py
    "audit check-statement": [],  # needs a statement: tests/workspace/test_statements.py
    "verify": ["verify"],
    "rebuild": ["rebuild"],
    "archive create": ["archive", "create", "study.zip"],
    "archive open": [],  # needs an archive: tests/workspace/test_archives.py
    "workspace link": [],  # needs another workspace: tests/workspace/test_links.py
    "workspace unlink": [],
    "workspace list": ["workspace", "list"],
    "config show": ["config", "show", "--seed", "7"],
    "explain": ["explain", "variant-not-found"],
    "completion": ["completion", "bash"],
}
TRIED = [name for name, arguments in CALLS.items() if arguments]


def test_every_command_is_tried_here() -> None:
    assert list(CALLS) == list(commands())


def envelope(said: Said) -> dict[str, object]:
    found: dict[str, object] = json.loads(said.out)
    VALID.validate(found)
    return found


def test_an_import_with_redaction_counts_per_kind(say: Say, shop: Path) -> None:
    (shop / "new.txt").write_text("Interviewer: Who?\nZora Quill: I am zora@example.org, Zora.\n", encoding="utf-8")
    said = say("source", "import", "new.txt", "--redact", "--json")
    data = envelope(said)["data"]
    assert isinstance(data, dict)
    assert data["redacted"] == data["files"][0]["redacted"] == {"email": 1, "name": 2}
    assert data["files"][0]["kept_as"] == "new.redacted.json"
    assert "ora" not in said.out.replace("redact", "")


@pytest.mark.parametrize("name", TRIED)
def test_a_command_answers_with_an_envelope_and_its_next_steps_run(name: str, say: Say, newest: str) -> None:
    arguments = [newest if word == "RUN" else word for word in CALLS[name]]
    if name == "run restore":
        assert say("run", "delete", newest).status == 0
    said = say(*arguments, "--json")
    assert (said.status, said.err) == (0, "")
    answer = envelope(said)
    assert answer["ok"] is True
    assert answer["errors"] == []
    assert answer["data"] is not None
    steps = answer["next"]
    assert isinstance(steps, list)
    for step in steps:
        words = shlex.split(step)
        assert words[0] == "persona"
        after = say(*words[1:])
        assert after.status == 0, (step, after.err)


@pytest.mark.parametrize("name", TRIED)
def test_people_read_the_same_call_and_see_the_same_next_steps(name: str, say: Say, newest: str) -> None:
    arguments = [newest if word == "RUN" else word for word in CALLS[name]]
    if name == "run restore":
        assert say("run", "delete", newest).status == 0
    said = say(*arguments)
    assert said.status == 0, said.err
    assert said.out.strip()
    assert "\x1b" not in said.out + said.err
    talk = [line for line in said.err.splitlines() if not line.startswith(("next: persona ", "note: ", "      "))]
    assert talk == []


def test_quiet_leaves_only_the_data(say: Say, shop: Path) -> None:
    said = say("project", "create", "Quiet", "-q")
    assert (said.status, said.err) == (0, "")


@pytest.mark.parametrize(
    ("arguments", "status", "code"),
    [
        (["run", "list", "--nonsense"], 2, "usage"),
        (["run", "lits"], 2, "unknown-command"),
        (["source", "import"], 2, "usage"),
        (["archive", "create"], 2, "usage"),
        (["run", "show", "run_19990101"], 3, "run-not-found"),
        (["project", "create", "Shop Research"], 4, "project-exists"),
        (["generate", "--count", "many"], 5, "bad-parameter"),
        (["run", "list", "--where", "metrics.x >"], 2, "filter-syntax"),
        (["run", "list", "--limit", "0"], 2, "usage"),
    ],
)
def test_what_goes_wrong_is_an_envelope_too(arguments: list[str], status: int, code: str, say: Say, shop: Path) -> None:
    for line in ([*arguments, "--json"], ["--json", *arguments]):
        said = say(*line)
        assert (said.status, said.err) == (status, "")
        answer = envelope(said)
        assert (answer["ok"], answer["data"], answer["next"]) == (False, None, [])
        assert [error["code"] for error in answer["errors"]] == [code]  # type: ignore[attr-defined]


def test_an_import_with_refused_files_has_data_and_errors(say: Say, shop: Path) -> None:
    (shop / "interviews" / "broken.docx").write_bytes(b"not a document")
    (shop / "interviews" / "P04.txt").write_text(INTERVIEWS["P01.txt"].replace("P01", "P04"), encoding="utf-8")
    said = say("source", "import", "interviews", "--json")
    answer = envelope(said)
    assert said.status == 5
    assert answer["ok"] is False
    data, errors = answer["data"], answer["errors"]
    assert isinstance(data, dict)
    assert (data["imported"], data["unchanged"], data["refused"]) == (1, 3, 1)
    assert [(one["code"], one["place"]) for one in errors] == [  # type: ignore[attr-defined]
        ("archive-broken", "interviews/broken.docx")
    ]


def test_damage_found_is_data_and_an_error_with_status_6(say: Say, shop: Path) -> None:
    folder = next(shop.glob("projects/*/runs/*/output/personas.json"))
    folder.chmod(0o644)
    folder.write_bytes(folder.read_bytes().replace(b"order", b"ordre", 1))
    said = say("verify", "--json")
    answer = envelope(said)
    assert (said.status, answer["ok"]) == (6, False)
    assert answer["data"]["findings"][0]["code"] == "file-changed"  # type: ignore[index]
    assert answer["next"] == ["persona rebuild"]
    human = say("verify")
    assert "file-changed" in human.out
    assert human.err.splitlines()[0] == "error: 1 thing is not as recorded"
    assert "hint: what it means: `persona explain file-changed`" in human.err
    assert say("rebuild").status == 0
    assert say("verify").status == 0


def test_the_published_schema_is_the_one_tested(say: Say) -> None:
    Draft202012Validator.check_schema(SCHEMA)
    assert json.loads(say("explain", "json-envelope").out) == SCHEMA
    assert json.loads(say("explain", "persona-set").out) == persona_set_schema()


def test_the_common_options_work_before_the_command_too(say: Say, shop: Path, tmp_path: Path) -> None:
    before = say("--workspace", str(shop), "--project", "shop-research", "run", "list", "--json")
    after = say("run", "list", "--json", "--workspace", str(shop), "--project", "shop-research")
    assert before.json()["data"] == after.json()["data"]


def test_steps_carry_the_workspace_and_the_project_they_were_given(
    say: Say, shop: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    said = say("run", "list", "--limit", "1", "--workspace", "shop", "--project", "shop-research", "--json")
    step = said.json()["next"][0]
    assert step.endswith("--project shop-research --workspace shop")
    assert say(*shlex.split(step)[1:]).status == 0
    made = say("generate", "--workspace", "shop", "--json")
    for step in made.json()["next"]:
        assert say(*shlex.split(step)[1:]).status == 0, step


def test_the_group_named_alone_is_an_error_for_a_program(say: Say) -> None:
    assert envelope(say("--json"))["ok"] is False


def test_the_whole_command_line_is_one_click_group() -> None:
    """Tools that read click (documentation, completion) find every command by its name."""
    find: Callable[..., object] = root.get_command
    assert all(find(None, name.split()[0]) is not None for name in commands())
