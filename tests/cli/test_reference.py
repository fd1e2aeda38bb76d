"""The pages that are generated say what the program says."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from persona.cli.registry import commands

ROOT = Path(__file__).resolve().parents[2]


def test_the_pages_are_up_to_date() -> None:
    done = subprocess.run(
        [sys.executable, "scripts/make_cli_reference.py", "--check"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")


def test_every_command_has_its_section() -> None:
    page = (ROOT / "docs/cli.md").read_text(encoding="utf-8")
    for name in commands():
        assert f" persona {name}\n" in page


def test_a_stale_page_is_noticed(tmp_path: Path) -> None:
    """The same script on a copy of the pages of which one was edited."""
    (tmp_path / "scripts").mkdir()
    (tmp_path / "docs").mkdir()
    script = tmp_path / "scripts/make_cli_reference.py"
    script.write_bytes((ROOT / "scripts/make_cli_reference.py").read_bytes())
    for name in ("cli.md", "errors.md"):
        text = (ROOT / "docs" / name).read_text(encoding="utf-8")
        (tmp_path / "docs" / name).write_text(text + ("edited\n" if name == "cli.md" else ""), encoding="utf-8")
    done = subprocess.run([sys.executable, str(script), "--check"], capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert done.stderr.splitlines()[0] == "error: out of date: docs/cli.md"
    assert subprocess.run([sys.executable, str(script)], capture_output=True, check=False).returncode == 0
    assert subprocess.run([sys.executable, str(script), "--check"], capture_output=True, check=False).returncode == 0
