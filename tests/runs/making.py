"""A small workspace whose runs are planned and executed by the room itself, without the façade in between."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from persona.config import SETTINGS, LayerValues, resolve
from persona.model.parameters import PARAMETER_RULES
from persona.model.recipes import Constraints, Recipe
from persona.runs.inputs import Gathered, gather
from persona.runs.plan import Belonging, make_recipe, plan_run
from persona.storage import Blobs, Records
from persona.workspace import Workspace

ACTOR = "person:tester"
SAID = {
    "Anna": "I want to count the stock before the shop opens. The page loads so slowly that I give up twice a week.",
    "Ben": "My goal is to keep the shelves full without calling anybody. I write the numbers on paper every morning.",
}


def small_workspace(folder: Path) -> Workspace:
    """A workspace with a project ``shop`` and two interviews."""
    ws = Workspace.init(folder / "ws")
    ws.project.create("Shop")
    for who, text in SAID.items():
        (folder / f"{who}.txt").write_text(f"Interviewer: What do you want?\n{who}: {text}\n", encoding="utf-8")
    report = ws.source.import_([str(folder / f"{who}.txt") for who in SAID])
    assert report.imported == len(SAID)
    return ws


def stores(ws: Workspace) -> tuple[Records, Blobs]:
    """The two stores of a workspace."""
    return ws._context.records, ws._context.blobs


def recipe_for(ws: Workspace, **values: Any) -> tuple[Recipe, bytes, Gathered]:
    """The recipe of all interviews with these parameters and defaults for the rest."""
    assert values.keys() <= SETTINGS.keys()
    gathered = gather(*stores(ws), "shop")
    layers = [LayerValues("flag", "the command line", values)]
    settings = {name: resolve(name, layers) for name in PARAMETER_RULES}
    recipe, _, text = make_recipe(gathered.inputs, settings, Constraints(), 0)
    return recipe, text, gathered


def planned(ws: Workspace, **values: Any) -> str:
    """A planned run of all interviews; its id."""
    recipe, text, gathered = recipe_for(ws, **values)
    return plan_run(*stores(ws), recipe, text, Belonging("shop"), used=gathered.documents, actor=ACTOR)


def quiet(stage: str, done: int, total: int) -> None:
    """Progress that nobody watches."""


def started(code: str, *arguments: object) -> subprocess.Popen[str]:
    """A Python process of our own that can be talked to."""
    return subprocess.Popen(
        [sys.executable, "-c", code, *map(str, arguments)],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip


def kinds(records: Records, subject: str) -> Sequence[str]:
    """The kinds of the events of one thing, in order."""
    return [event.kind for event in records.events(subject=subject)]
