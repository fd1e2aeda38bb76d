"""The demonstration, made once: three runs of an experiment, their personas and a report. Only copy it, or read it."""

from __future__ import annotations

from pathlib import Path

import pytest

from persona.workspace.demo import run_demo


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("graph-demo") / "study"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CONFIG_HOME", str(folder.parent / "nobody"))
        patch.setenv("PERSONA_USER", "tester")
        run_demo(folder)
    return folder
