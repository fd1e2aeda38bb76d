"""A workspace with every kind of run that a crate can hold, and the crates of it. Read only."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from tests.workspace.conftest import INTERVIEWS

from persona.workspace import Workspace

JUDGES = Path(sys.prefix) / "judges" / "bin"
CONTEXTS = Path(__file__).parents[4] / "shared/data/conformance/ro-crate"

NAMES = {"P01.txt": "Maria Quillfeather, 3rd call.txt", "P02.txt": "Ünsal Öz.txt", "P03.md": "a#b %20.md"}
"""Names of files that must not leave the workspace, and that no URI takes as they are."""

VARIANTS = """name: Temperature
description: Two temperatures.
variants:
  - {name: cool, parameters: {temperature: 0, count: 1}}
  - {name: warm, parameters: {temperature: 1, count: 1}}
"""

TOLD: dict[str, Any] = {
    "license": "https://creativecommons.org/licenses/by/4.0/",
    "organisation": "Delta University <https://ror.org/03f0f6041>",
    "contact": "desk@example.org",
    "people": {"ada": "0000-0002-1825-0097"},
}


class Made(NamedTuple):
    """The workspace, its folder of crates, and runs by what became of them."""

    ws: Workspace
    crates: Path
    done: str
    failed: str
    own: str


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Made]:
    base = tmp_path_factory.mktemp("crates")
    interviews = base / "interviews"
    interviews.mkdir()
    for name, text in INTERVIEWS.items():
        (interviews / NAMES[name]).write_text(text, encoding="utf-8")
    (base / "variants.yaml").write_text(VARIANTS, encoding="utf-8")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CONFIG_HOME", str(base / "config"))
        patch.setenv("PERSONA_USER", "ada")
        with Workspace.init(base / "ws") as ws:
            ws.project.create("Shop Research")
            ws.source.import_([interviews])
            done = ws.generate(flags={"count": 1}).view.run.id
            ws.experiment.create(name="temp", variants=base / "variants.yaml")
            ws.experiment.run("temp")
            ws.comparing.compare(["temp"], metrics=["faithfulness"])
            ws.report(done)
            (base / "data.csv").write_text("a,b\n1,2\n", encoding="utf-8")
            try:
                with ws.run.start(params={"lr": 0.1}) as failed:
                    failed.use(base / "data.csv")
                    raise ZeroDivisionError
            except ZeroDivisionError:
                pass
            with ws.run.start() as own:
                own.use("temp.cool.personas")
                own.log_bytes(b"found", "notes.txt")
            ws.run.start()
            yield Made(ws, base / "crates", done, failed.id, own.id)


@pytest.fixture(scope="session")
def judge() -> Any:
    """Gives the verdict of roc-validator on crates, each with the profile it is held against, in one process."""
    if not (JUDGES / "rocrate-validator").exists() or not CONTEXTS.is_dir():
        pytest.skip("roc-validator is not in judges/ beside the environment, or there are no contexts for it")
    return _judged


def _judged(crates: dict[Path, str]) -> dict[str, list[dict[str, Any]]]:
    done = subprocess.run(
        [
            str(JUDGES / "python"),
            str(Path(__file__).with_name("judge.py")),
            str(CONTEXTS),
            *(f"{path}={profile}" for path, profile in crates.items()),
        ],
        capture_output=True,
        text=True,
        check=False,
        env={"PATH": os.environ["PATH"], "HOME": str(next(iter(crates)).parent)},
    )
    assert done.returncode == 0, done.stderr
    found: dict[str, list[dict[str, Any]]] = json.loads(done.stdout)
    return found
