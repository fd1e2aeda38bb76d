"""The rules of the house that no linter knows."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

import persona

ROOT = Path(__file__).resolve().parents[2]
SOURCES = sorted((ROOT / "src/persona").rglob("*.py"))
TRACKED = [
    ROOT / name
    for name in subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True).stdout.split(
        "\n"
    )
    if name
]
TEXTS = [
    path
    for path in TRACKED
    if path.suffix in (".py", ".md", ".toml", ".yaml", ".txt", ".css", ".js", "") and path.is_file()
]
HEAVY = (
    "numpy", "wordllama", "lxml", "pypdf", "python_calamine", "psycopg", "rapidfuzz", "charset_normalizer", "yaml",
    "asyncio", "importlib.metadata", "tokenizers", "safetensors", "scipy", "pydantic", "requests",
)  # fmt: skip
AMERICAN = re.compile(
    r"\b(?:artifacts?|normaliz\w+|organiz\w+|recogniz\w+|analyz\w+|serializ\w+|behaviors?|centers?|favorite)\b",
    re.IGNORECASE,
)


def modules_after(*command: str, cwd: Path) -> set[str]:
    """The modules loaded by a command of ours, in a process of its own."""
    code = (
        "import sys\nfrom persona.cli.__main__ import main\nsys.argv = ['persona', *sys.argv[1:]]\n"
        "try:\n    main()\nexcept SystemExit:\n    pass\n"
        "sys.stderr.write('LOADED ' + ' '.join(sorted(sys.modules)) + '\\n')"
    )
    done = subprocess.run([sys.executable, "-c", code, *command], capture_output=True, text=True, cwd=cwd, check=True)
    line = next(line for line in done.stderr.splitlines() if line.startswith("LOADED "))
    return set(line.split()[1:])


@pytest.mark.parametrize(
    ("command", "most"),
    [(["--version"], 90), (["--help"], 110), (["run", "list", "--help"], 260), (["run", "list"], 330)],
)
def test_the_command_line_loads_no_more_than_it_needs(command: list[str], most: int, tmp_path: Path) -> None:
    from persona.workspace import Workspace

    with Workspace.init(tmp_path / "ws") as ws:
        ws.project.create("Some")
    loaded = modules_after(*command, cwd=tmp_path / "ws")
    assert not {name for name in HEAVY if name in loaded}
    assert len(loaded) <= most, f"{len(loaded)} modules"


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(ROOT / "src")))
def test_every_module_says_what_it_is_and_has_one_subject(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert ast.get_docstring(ast.parse(text)), "no docstring"
    assert text.count("\n") <= 600, "too long for one subject"
    assert path.stem not in ("utils", "util", "helpers", "misc", "common_utils", "manager")
    assert not re.search(r"^class \w*(?:Manager|Helper|Util)\b", text, re.MULTILINE)


def test_no_machine_and_no_registry_is_named() -> None:
    """Host names of package registries and paths of a developer's machine do not belong in the repository."""
    words = [
        "pypi" + ".org",
        "files.python" + "hosted",
        "registry." + "npmjs",
        "/work" + "/main",
        "/opt" + "/wheels",
        "/root" + "/",
    ]
    found = []
    for path in TEXTS:
        text = path.read_text(encoding="utf-8", errors="replace")
        found += [f"{path.relative_to(ROOT)}: {word}" for word in words if word in text]
    assert found == []


def test_prose_is_british() -> None:
    """In docs and docstrings; names of outside things keep their spelling."""
    found = []
    for path in [*SOURCES, *(ROOT / "docs").rglob("*.md"), ROOT / "README.md", ROOT / "CHANGELOG.md"]:
        text = path.read_text(encoding="utf-8")
        prose = re.sub(r"`[^`]*`", "", text) if path.suffix == ".md" else "\n".join(_docstrings(text))
        found += [f"{path.relative_to(ROOT)}: {word}" for word in AMERICAN.findall(re.sub(r"`[^`]*`", "", prose))]
    assert found == []


def _docstrings(text: str) -> list[str]:
    return [
        ast.get_docstring(node) or ""
        for node in ast.walk(ast.parse(text))
        if isinstance(node, (ast.Module, ast.ClassDef, ast.FunctionDef))
    ]


def test_one_version() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    newest = re.search(r"^## \[([\d.]+)\]", (ROOT / "CHANGELOG.md").read_text(encoding="utf-8"), re.MULTILINE)
    assert newest
    assert project["version"] == persona.__version__ == newest[1]
    assert project["name"] == "persona-workbench"
    assert project["license"] == "Apache-2.0"
    assert "Apache License" in (ROOT / "LICENSE").read_text(encoding="utf-8")


def test_requirements_are_locked_by_hash_and_name_no_address() -> None:
    for name in ("run.txt", "test.txt"):
        text = (ROOT / "requirements" / name).read_text(encoding="utf-8")
        pins = re.findall(r"^([\w.\[\]-]+)==", text, re.MULTILINE)
        assert len(pins) > 10
        assert text.count("--hash=sha256:") >= len(pins)
        assert "://" not in text
        assert "index-url" not in text


def test_every_setting_and_metric_is_documented() -> None:
    from persona.config import SETTINGS
    from persona.metrics import REGISTRY

    docs = "\n".join(path.read_text(encoding="utf-8") for path in (ROOT / "docs").rglob("*.md"))
    assert [name for name in REGISTRY if f"## {name}\n" not in docs] == []
    assert [name for name in SETTINGS if f"`{name}`" not in docs] == []
