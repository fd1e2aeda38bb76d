"""What helps must be a command that can be pasted: with names in place of metavariables, and other than what was tried."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.cli.calling import Say

import persona
from persona.errors import did_you_mean

ROOT = Path(persona.__file__).parent
UNKNOWN = {
    "cli/commands/audit.py": {"KEY"},
    "lineage/proofs.py": {"EVENT"},
    "cli/pairs.py": {"KEY", "VALUE"},
    "runs/plan.py": {"FOLDER"},
    "runs/unbundling.py": {"RUN"},
    "storage/blobs/naming.py": {"FILE"},
    "storage/blobs/s3.py": {"URL"},
    "storage/locations.py": {"BUCKET", "PREFIX", "URL"},
    "storage/postgresql.py": {"DATABASE", "HOST", "NAME", "URL", "USER"},
    "storage/projection.py": {"KEY", "VALUE"},
    "workspace/demo.py": {"ANOTHER"},
    "workspace/executing.py": {"BUCKET", "DATABASE", "HOST", "PREFIX", "USER"},
    "workspace/links.py": {"FOLDER", "NAME"},
    "workspace/making.py": {"BUCKET", "DATABASE", "HOST", "PREFIX", "USER"},
    "workspace/redacting.py": {"NEW"},
    "workspace/sources.py": {"FILE"},
    "workspace/stores.py": {"URL"},
}
"""Metavariables in hints whose value only the reader knows, by module."""

METAVARIABLE = re.compile(r"(?<![\w-])[A-Z]{3,}(?![\w-]*[a-z_])")


def in_hints(path: Path) -> set[str]:
    """Metavariables within the backticks of the hints of a module."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if not isinstance(node, ast.keyword) or node.arg != "hints":
            continue
        for part in ast.walk(node.value):
            if isinstance(part, ast.Constant) and isinstance(part.value, str) and not part.value.startswith("set "):
                found.update(METAVARIABLE.findall(part.value))
    return found - {"UTF", "JSON", "YAML", "CSV", "HTML", "PGPASSWORD"}


def test_a_hint_names_what_the_program_knows() -> None:
    found = {path.relative_to(ROOT).as_posix(): in_hints(path) for path in sorted(ROOT.rglob("*.py"))}
    assert {where: names for where, names in found.items() if names} == UNKNOWN


@given(st.lists(st.text("abc_", min_size=1, max_size=8), min_size=1, max_size=5), st.data())
def test_what_was_written_is_never_offered_again(known: list[str], data: st.DataObject) -> None:
    assert did_you_mean(data.draw(st.sampled_from(known)), known) is None


@pytest.mark.parametrize(
    ("line", "hint"),
    [
        ("experiment edit temp-test", "persona experiment edit temp-test --file experiment.yaml"),
        ("experiment create --variants variants.yaml", "--variants variants.yaml"),
        ("metrics across --variant balanced", "persona metrics across --experiment temp-test --variant balanced"),
        ("metrics across RUN --variant balanced", "persona metrics across RUN"),
        ("metrics judge RUN --judge openai:", "`openai:gpt-4o-mini`"),
    ],
)
def test_the_hint_of_a_mistake_can_be_pasted(line: str, hint: str, say: Say, newest: str) -> None:
    said = say(*line.replace("RUN", newest).split())
    assert said.status not in (0, 1)
    assert hint.replace("RUN", newest) in said.err
