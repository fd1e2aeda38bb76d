"""What starts quickly stays quick: counted in modules, because seconds depend on the machine."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

HEAVY = {
    "numpy",
    "wordllama",
    "lxml",
    "pypdf",
    "python_calamine",
    "psycopg",
    "charset_normalizer",
    "rapidfuzz",
    "yaml",
    "asyncio",
    "importlib.metadata",
    "dataclasses",
    "rich",
    "webvtt",
}


def modules(arguments: list[str], folder: Path, **environ: str) -> set[str]:
    """The modules loaded by a real call of the command line."""
    script = (
        "import sys, atexit\n"
        "atexit.register(lambda: print('\\n'.join(sys.modules), file=sys.stderr))\n"
        f"sys.argv = ['persona', *{arguments!r}]\n"
        "from persona.cli.__main__ import main\n"
        "main()\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script],
        cwd=folder,
        env={**os.environ, **environ},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    assert done.stdout
    return set(done.stderr.split())


@pytest.mark.parametrize("arguments", [["--version"], ["-V"]])
def test_the_version_loads_nothing_but_its_own_entry(arguments: list[str], tmp_path: Path) -> None:
    loaded = modules(arguments, tmp_path)
    assert {name for name in loaded if name.startswith("persona")} == {"persona", "persona.cli", "persona.cli.__main__"}
    assert not loaded & (HEAVY | {"click", "msgspec"})


@pytest.mark.parametrize("arguments", [[], ["--help"], ["-h"], ["run"], ["run", "--help"]])
def test_the_menus_load_neither_click_nor_a_command(arguments: list[str], tmp_path: Path) -> None:
    loaded = modules(arguments, tmp_path)
    assert {name for name in loaded if name.startswith("persona.")} == {
        "persona.cli",
        "persona.cli.__main__",
        "persona.cli.common",
        "persona.cli.menu",
        "persona.cli.registry",
    }
    assert not loaded & (HEAVY | {"click", "msgspec"})


def test_the_help_of_a_command_loads_its_module_and_no_façade(tmp_path: Path) -> None:
    loaded = modules(["run", "list", "--help"], tmp_path)
    assert {name for name in loaded if name.startswith("persona.cli.commands.")} == {"persona.cli.commands.run"}
    assert not loaded & (HEAVY | {"msgspec", "persona.workspace"})


def test_completing_a_command_loads_no_command(tmp_path: Path) -> None:
    loaded = modules([], tmp_path, _PERSONA_COMPLETE="bash_complete", COMP_WORDS="persona run l", COMP_CWORD="2")
    assert not [name for name in loaded if name.startswith("persona.cli.commands")]
    assert not loaded & (HEAVY | {"msgspec"})


def test_a_list_of_runs_loads_no_science(shop: Path) -> None:
    loaded = modules(["run", "list"], shop)
    assert not loaded & (HEAVY - {"dataclasses"})


def test_the_program_runs_as_a_module_and_tells_its_version(tmp_path: Path) -> None:
    from persona import __version__

    for start in ([sys.executable, "-m", "persona"], [str(Path(sys.executable).with_name("persona"))]):
        done = subprocess.run([*start, "--version"], cwd=tmp_path, capture_output=True, text=True, check=True)
        assert done.stdout == f"persona {__version__}\n"
        assert done.stderr == ""
