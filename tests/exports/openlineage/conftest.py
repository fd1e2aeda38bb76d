"""The specification, and the events of a workspace."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.exports.openlineage.spec import Judge

from persona.workspace import Workspace
from persona.workspace.openlineage import Chosen


@pytest.fixture(scope="session")
def judge(shared: Path) -> Judge:
    """The schemas of the specification."""
    folder = shared / "data/conformance/openlineage"
    if not folder.is_dir():
        pytest.skip("the schemas of OpenLineage are not beside this checkout")
    return Judge(folder)


@pytest.fixture(autouse=True, scope="module")
def _keys_of_nobody(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Whatever is signed is signed by a key that goes with the tests."""
    with pytest.MonkeyPatch.context() as monkeypatch:
        monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path_factory.mktemp("config")))
        yield


def events_of(ws: Workspace, **chosen: Any) -> list[dict[str, Any]]:
    """The events of a workspace."""
    return [json.loads(line) for line in ws.openlineage.lines(Chosen(**chosen))]


@pytest.fixture(scope="module")
def events(eventful: Workspace) -> list[dict[str, Any]]:
    """Every event."""
    return events_of(eventful)
