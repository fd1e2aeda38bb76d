"""The tutorial and the README do what they say: every console block is run, every Python block executed."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType

import pytest
from tests import s3
from tests.postgres import MakeUrl

ROOT = Path(__file__).resolve().parents[2]
BLOCK = re.compile(r"```(\w+)(?: file=(\S+))?\n(.*?)```", re.DOTALL)


def run(command: str, folder: Path, home: Path, more: Mapping[str, str]) -> str:
    """A line of a console block, as a shell runs it, with `persona` being this checkout's."""
    environment = {
        "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
        "HOME": str(home),
        "CORPUS": str(ROOT / "src/persona/demo/corpus"),
        **more,
    }
    done = subprocess.run(command, shell=True, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{command}\n{done.stdout}{done.stderr}"
    return done.stdout + done.stderr


@pytest.mark.parametrize(
    "page",
    [
        "README.md",
        "docs/tutorial.md",
        "docs/redaction.md",
        "docs/models.md",
        "docs/experiments.md",
        "docs/lineage.md",
        "docs/audit.md",
        "docs/erasure.md",
        "docs/openlineage.md",
        "docs/prov-check.md",
        "docs/ro-crate.md",
        "docs/atlas.md",
        "docs/archive.md",
        "docs/prov.md",
        "docs/graph.md",
        "docs/imports.md",
    ],
)
def test_every_block_of_the_page_runs(page: str, tmp_path: Path) -> None:
    assert ran((ROOT / page).read_text(encoding="utf-8"), tmp_path) >= 5


@s3.GROUP
def test_every_block_of_the_page_of_teams_runs(
    tmp_path: Path, postgres_url: MakeUrl, s3_url: Callable[[], str], s3_environment: s3.S3Server
) -> None:
    text = (ROOT / "docs/team.md").read_text(encoding="utf-8")
    text = text.replace("postgresql://ada@db.example.org/studies", f"'{postgres_url(empty=True)}'")
    text = text.replace("s3://studies/checkout", s3_url())
    assert ran(text, tmp_path, s3_environment.environment()) >= 8


def ran(page: str, tmp_path: Path, more: Mapping[str, str] = MappingProxyType({})) -> int:
    """Do what a page says; how many commands it holds."""
    folder = tmp_path / "place"
    folder.mkdir()
    shutil.copytree(ROOT / "src/persona/demo/corpus", tmp_path / "place" / "interviews")
    ran = 0
    for kind, file, body in BLOCK.findall(page):
        if file:
            (folder / file).write_text(body, encoding="utf-8")
        elif kind == "python":
            assert "True" in run(f"{sys.executable} - <<'END'\n{body}\nEND", folder, tmp_path, more)
            ran += 1
        elif kind == "console":
            output = ""
            for line in body.strip().splitlines():
                if not line.startswith("$ "):
                    assert line.strip(".") in output, f"{line} is not in:\n{output}"
                    continue
                command = line.removeprefix("$ ")
                if command.startswith("cd "):
                    folder = (folder / command.removeprefix("cd ")).resolve()
                    continue
                output = run(command, folder, tmp_path, more)
                ran += 1
    return ran


def test_every_link_of_the_docs_leads_somewhere() -> None:
    missing = [
        f"{page.relative_to(ROOT)}: {target}"
        for page in [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *(ROOT / "docs").rglob("*.md")]
        for target in re.findall(r"\]\((?!https?:|#)([^)#]+)", page.read_text(encoding="utf-8"))
        if not (page.parent / target).exists()
    ]
    assert missing == []
