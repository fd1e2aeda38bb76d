"""A model to ask, in every provider's form, and a workspace whose runs ask it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.llm import plausible
from tests.llm.scenarios import KEY
from tests.llm.server import FakeServer, serving

from persona.workspace import Workspace

NAMES = {
    "openai": "openai:gpt-4o-mini",
    "anthropic": "anthropic:claude-haiku-4-5",
    "google": "google:gemini-2.5-flash",
    "bedrock": "bedrock:anthropic.claude-haiku-4-5-20251001-v1:0",
}
SAID = {
    "Anna": "I want to count the stock before the shop opens. The page loads so slowly that I give up twice a week. "
    "I check the list every morning with a pencil. I need a list that works without a signal.",
    "Ben": "My goal is to keep the shelves full without calling anybody. I write the numbers on paper every morning. "
    "It is frustrating that the site forgets my basket.",
    "Cleo": "I usually order flour on Sunday evening. I would like to see what it costs before I order. "
    "The search is difficult to use, and I don't trust the prices it shows.",
    "Dan": "I always compare two suppliers. I enjoy talking to them more than clicking. It takes 20 minutes a week.",
}


@pytest.fixture(autouse=True)
def keys(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keys as people have them: in the environment. Waits of our own are short."""
    for name in ("OPENAI_API_KEY", "ANTHROPIC_API_KEY", "GEMINI_API_KEY", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, KEY)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIDTEST")
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")  # credentials are not looked for in a cloud
    monkeypatch.setattr("persona.llm.retrying.FIRST", 0.02)


@pytest.fixture
def server() -> Iterator[FakeServer]:
    with serving(plausible.respond) as found:
        yield found


@pytest.fixture
def shop(tmp_path: Path, server: FakeServer, monkeypatch: pytest.MonkeyPatch) -> Iterator[Workspace]:
    """Four interviews, and OpenAI's form at the address that runs ask."""
    monkeypatch.setenv("PERSONA_ENDPOINT", server.endpoint("openai"))
    monkeypatch.setenv("PERSONA_MODEL", NAMES["openai"])
    with shop_of(tmp_path / "ws", tmp_path / "in", *SAID) as ws:
        yield ws


def shop_of(root: Path, files: Path, *people: str, **stores: str) -> Workspace:
    ws = Workspace.init(root, **stores)
    ws.project.create("Shop")
    add(ws, files, *people)
    return ws


def add(ws: Workspace, files: Path, *people: str) -> None:
    files.mkdir(exist_ok=True)
    for who in people:
        text = f"Interviewer: What do you try to get done?\n{who}: {SAID[who]}\n"
        (files / f"{who}.txt").write_text(text, encoding="utf-8")
    ws.source.import_([str(files / f"{who}.txt") for who in people])
