"""docs/settings.md against the settings: each one of the table stands in each layer that the page names."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from persona.config import LIMITS, SETTINGS
from persona.model.parameters import LIMIT_RULES, PARAMETER_RULES
from persona.workspace import Workspace

PAGE = (Path(__file__).parents[2] / "docs/settings.md").read_text(encoding="utf-8")
TOLD = dict(re.findall(r"(?m)^\| `(\w+)` \| ([^|]+?) \|", PAGE))
WORDS = {
    "project": "shop", "experiment": "trial", "user": "Ada", "record_git": "false", "openlineage": "events.ndjson", "model": "extractive",
    "template": "default", "embedder": "offline-fast", "endpoint": "http://127.0.0.1:9/v1", "answer_mode": "tool",
}  # fmt: skip


def value_of(name: str) -> Any:
    """Some value that a setting can have, and that is not its default where it is a number."""
    return WORDS.get(name) or {
        "novelty": 0.5,
        "context": 9000,
        "temperature": 0.5,
        "deadline": 7.5,
        "max_cost": 0.5,
    }.get(name, 7)


@pytest.fixture
def ws(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Workspace:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    (tmp_path / "config/persona").mkdir(parents=True)
    made = Workspace.init(tmp_path / "ws")
    made.project.create("Shop")
    made.project.create("Other", use=False)
    return made


def winner(root: Path, name: str) -> tuple[str, str]:
    with Workspace.open(root) as ws:
        found = {view.name: view for view in ws.config({}, "shop")}[name]
    return str(found.value), found.layer


def test_the_page_lists_every_setting_in_order_with_its_default() -> None:
    assert list(TOLD) == list(SETTINGS)
    assert set(PARAMETER_RULES) | set(LIMIT_RULES) | {
        "project",
        "experiment",
        "user",
        "record_git",
        "openlineage",
    } == set(SETTINGS)
    assert list(TOLD)[-len(LIMITS) :] == list(LIMITS), "the page says that the last four are limits"
    for name, known in SETTINGS.items():
        if name in ("project", "experiment", "user"):
            assert known.default is None
        else:
            shown = "null" if known.default is None else str(known.default).lower()
            assert TOLD[name] in (shown, shown.removesuffix(".0")), name


@pytest.mark.parametrize("name", SETTINGS)
def test_each_setting_stands_in_each_layer_that_the_page_names(
    name: str, ws: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    value = value_of(name)
    line = f"{name}: {value}\n"
    if name not in ("project", "experiment"):  # what `project use` chose stands before the files
        (tmp_path / "config/persona/config.yaml").write_text(line)
        assert winner(ws.root, name) == (str(value if name != "record_git" else False), "user")
        (ws.root / "persona.yaml").write_text(line)
        assert winner(ws.root, name)[1] == "workspace"
    file = ws.root / "projects/shop/project.yaml"
    if list(SETTINGS).index(name) >= list(SETTINGS).index("model"):
        file.write_text(f"name: Shop\ndefaults:\n  {line}")
        assert winner(ws.root, name) == (str(value), "project")
    monkeypatch.setenv(f"PERSONA_{name.upper()}", str(value))
    assert winner(ws.root, name)[1] == "environment"
