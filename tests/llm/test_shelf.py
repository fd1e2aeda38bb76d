"""Forms are kept for the person who works here: what was learnt once is asked again without loading the libraries."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from pathlib import Path
from typing import Any

import msgspec
import pytest
from tests.llm.scenarios import GOOD, KEY
from tests.llm.server import Asked, Reply, serving
from tests.llm.test_contract import ask, request

from persona.llm import shelf
from persona.llm.forms import Form
from persona.llm.line import Origin

CHILD = """
import sys, warnings
from tests.llm.server import FakeServer
from tests.llm.test_contract import ask, request

class There:
    def endpoint(self, shape):
        return sys.argv[1]

ask("openai", There(), request("openai", There(), "native"), 20)
loaded = sorted({name.partition(".")[0] for name in sys.modules} & {"pydantic_ai", "openai"})
print(",".join(loaded) or "none")
"""


def answering() -> Any:
    def answer(_: Asked) -> Reply:
        return Reply(GOOD)

    return serving(answer)


@pytest.fixture(autouse=True)
def own_shelf(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return tmp_path / "cache" / "persona" / "forms"


def test_the_second_process_loads_no_library(tmp_path: Path) -> None:
    with answering() as server:
        command = [sys.executable, "-c", CHILD, server.endpoint("openai")]
        env = {**os.environ, "XDG_CACHE_HOME": str(tmp_path / "cache")}
        told = [subprocess.run(command, env=env, capture_output=True, text=True, check=True).stdout for _ in range(2)]
        sent = [(one.path, one.raw, {**one.headers}) for one in server.asked]
    assert told == ["openai,pydantic_ai\n", "none\n"]
    assert sent[0] == sent[1], "and asks in the same words"


def test_a_kept_form_holds_no_key_and_is_the_person_s_own(own_shelf: Path) -> None:
    with answering() as server:
        answered = ask("openai", server, request("openai", server, "native"), 20)
        told = {name.lower(): value for name, value in server.asked[0].headers.items()}
    assert told["authorization"] == f"Bearer {KEY}"
    (kept,) = own_shelf.iterdir()
    assert KEY.encode() not in kept.read_bytes()
    assert b"Hello?" not in kept.read_bytes(), "nor anything that was said"
    assert b"Hello?" in answered.wire.sent
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    assert stat.S_IMODE(own_shelf.stat().st_mode) == 0o700


def put_and_take(form: Form, endpoint: str) -> Form | None:
    asked = msgspec.structs.replace(request("openai", _At(endpoint), "native"))  # type: ignore[arg-type]
    shelf.put(form, asked, "native", endpoint)
    return shelf.take(asked, "native", endpoint)


class _At:
    def __init__(self, endpoint: str) -> None:
        self._endpoint = endpoint

    def endpoint(self, _: str) -> str:
        return self._endpoint


HERE = "http://127.0.0.1:9/v1"


def form(host: str = "127.0.0.1") -> Form:
    return Form(Origin("http", host, 9), b"/v1/chat/completions", ((b"a", b"b"),), (b"[", b",", b"]"), (0, 1))


def test_a_form_comes_back_as_it_was_put() -> None:
    assert put_and_take(form(), HERE) == form()


def test_a_form_that_asks_somebody_else_is_not_taken() -> None:
    assert put_and_take(form("evil.example"), HERE) is None


def test_half_a_form_is_no_form(own_shelf: Path) -> None:
    put_and_take(form(), HERE)
    (kept,) = own_shelf.iterdir()
    for half in (b"", kept.read_bytes()[:40], b'["x"]', msgspec.json.encode(form()._replace(pieces=(b"[",)))):
        kept.write_bytes(half)
        assert shelf.take(request("openai", _At(HERE), "native"), "native", HERE) is None  # type: ignore[arg-type]


def test_the_shelf_does_not_grow_without_end(own_shelf: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shelf, "MOST", 3)
    for number in range(6):
        assert put_and_take(form(), f"http://127.0.0.1:9/v{number}") is not None
    assert len(list(own_shelf.iterdir())) == 3


def test_without_a_shelf_the_library_is_asked_each_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").write_text("no folder")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
    with answering() as server:
        assert ask("openai", server, request("openai", server, "native"), 20).response.text == GOOD


def test_what_a_library_reads_from_variables_makes_another_form(monkeypatch: pytest.MonkeyPatch) -> None:
    with answering() as server:
        ask("openai", server, request("openai", server, "native"), 20)
        monkeypatch.setenv("OPENAI_ORG_ID", "org-of-two")
        shelf._writers.cache_clear()
        ask("openai", server, request("openai", server, "native"), 20)
        told = [{name.lower(): value for name, value in one.headers.items()} for one in server.asked]
    shelf._writers.cache_clear()
    assert [one.get("openai-organization") for one in told] == [None, "org-of-two"]
