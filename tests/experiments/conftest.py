"""Experiments over a small workspace, with a model server that counts what is in flight."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.llm import plausible
from tests.llm.conftest import NAMES, shop_of
from tests.llm.scenarios import KEY
from tests.llm.server import Asked, FakeServer, Reply, serving

from persona.workspace import Workspace

MODEL = NAMES["openai"]


class Busy:
    """A responder that takes its time and remembers how many it had in hand at once."""

    def __init__(self, hold: float = 0.05) -> None:
        self.hold = hold
        self.most = 0
        self.first: Callable[[Asked], Reply | None] = lambda _asked: None
        self._now = 0
        self._lock = threading.Lock()

    def __call__(self, asked: Asked) -> Reply:
        with self._lock:
            self._now += 1
            self.most = max(self.most, self._now)
        try:
            reply = self.first(asked)
            time.sleep(self.hold)
            return reply or plausible.respond(asked)
        finally:
            with self._lock:
                self._now -= 1


@pytest.fixture
def busy() -> Busy:
    return Busy()


@pytest.fixture
def server(busy: Busy) -> Iterator[FakeServer]:
    with serving(busy) as found:
        yield found


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", KEY)


@pytest.fixture
def stores() -> dict[str, str]:
    """Where the stores are: in the folder, unless a test says otherwise."""
    return {}


@pytest.fixture
def shop(
    tmp_path: Path, server: FakeServer, monkeypatch: pytest.MonkeyPatch, stores: dict[str, str]
) -> Iterator[Workspace]:
    """Two interviews; models are asked at the server."""
    monkeypatch.setenv("PERSONA_ENDPOINT", server.endpoint("openai"))
    with shop_of(tmp_path / "ws", tmp_path / "in", "Anna", "Ben", **stores) as ws:
        yield ws


def twice_asked(server: FakeServer) -> list[bytes]:
    """Requests that arrived more than once."""
    return [raw for raw, count in Counter(one.raw for one in server.asked).items() if count > 1]


def made(ws: Workspace, name: str, text: str, **more: Any) -> None:
    """An experiment from the text of its file."""
    path = ws.root.parent / f"{name}.yaml"
    path.write_text(text, encoding="utf-8")
    ws.experiment.create(file=path, name=name, **more)


ASKING = f"""
name: asking
variants:
  - name: cool
    parameters: {{model: "{MODEL}", count: 1, temperature: 0}}
  - name: warm
    parameters: {{model: "{MODEL}", count: 1, temperature: 0.7}}
"""
STILL = """
name: still
variants:
  - name: few
    parameters: {count: 1, items: 2}
  - name: many
    parameters: {count: 1, items: 4}
"""
