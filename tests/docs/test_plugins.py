"""The plugin in the documentation is built, installed as a distribution of its own, and used by the real program."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs/plugins.md").read_text(encoding="utf-8")
BLOCK = re.compile(r"```(\w+)(?: file=(\S+)( append)?)?\n(.*?)```", re.DOTALL)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of installed packages with the distribution that the page describes."""
    base = tmp_path_factory.mktemp("plugin")
    for _, file, more, body in BLOCK.findall(PAGE):
        if file:
            path = base / file
            path.parent.mkdir(exist_ok=True)
            path.write_text((path.read_text(encoding="utf-8") + "\n\n" if more else "") + body, encoding="utf-8")
    pip = [sys.executable, "-m", "pip", "install", "-q", "--disable-pip-version-check", "--no-index", "--no-deps"]
    target = base / "site"
    subprocess.run(
        [*pip, "--no-build-isolation", "--target", str(target), str(base / "persona-questions")],
        check=True,
        capture_output=True,
        timeout=120,
    )
    assert [path.name for path in target.glob("*.dist-info")] == ["persona_questions-1.0.dist-info"]
    return target


def shell(line: str, folder: Path, home: Path, site: Path) -> str:
    environment = {
        "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
        "HOME": str(home),
        "PYTHONPATH": str(site),
        "CORPUS": str(ROOT / "src/persona/demo/corpus"),
    }
    done = subprocess.run(line, shell=True, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{line}\n{done.stdout}{done.stderr}"
    return done.stdout + done.stderr


def test_the_page_does_what_it_says(site: Path, tmp_path: Path) -> None:
    folder = tmp_path / "place"
    folder.mkdir()
    ran, output = 0, ""
    for line in "\n".join(body for kind, _, _, body in BLOCK.findall(PAGE) if kind == "console").splitlines():
        command = line.removeprefix("$ ")
        if command == line:
            assert line.strip(".") in output, f"{line} is not in:\n{output}"
        elif command.startswith("cd "):
            folder = folder / command.removeprefix("cd ")
        elif not command.startswith("pip install"):  # done above, into a folder of its own
            output = shell(command, folder, tmp_path, site)
            ran += 1
    assert ran == 9
    without = tmp_path / "nothing"
    assert "question_share" not in shell("persona metrics list", folder, tmp_path, without)


def test_the_example_is_typed_and_in_the_form_of_the_house(site: Path) -> None:
    for arguments in (["check", "--select", "E,F,W,I,B,UP"], ["format", "--check"]):
        command = [sys.executable, "-m", "ruff", *arguments, "--line-length", "120", str(site / "persona_questions.py")]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout
