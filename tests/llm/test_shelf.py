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
from persona.llm.wire import STAND_IN

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


class _At:
    def __init__(self, endpoint: str) -> None:
        self._endpoint = endpoint

    def endpoint(self, _: str) -> str:
        return self._endpoint


HERE = "http://127.0.0.1:9/v1"


def put_and_take(form: Form, endpoint: str = HERE) -> Form | None:
    asked = request("openai", _At(endpoint), "native")  # type: ignore[arg-type]
    shelf.put(form, asked, "native", endpoint)
    return shelf.take(asked, "native", endpoint)


def form(**changed: Any) -> Form:
    headers = ((b"Host", b"127.0.0.1:9"), (b"Authorization", b"Bearer " + STAND_IN), (b"X-Stainless-Lang", b"python"))
    pieces = (b"[", b",", b",", b"]")
    plain = Form(Origin("http", "127.0.0.1", 9), b"/v1/chat/completions", headers, pieces, (0, 1, "seed"))
    return plain._replace(**changed)


SIGNED = form().headers


def test_a_form_comes_back_as_it_was_put() -> None:
    assert put_and_take(form()) == form()


UNSOUND = {
    "another host": {"origin": Origin("http", "evil.example", 9)},
    "another scheme": {"origin": Origin("https", "127.0.0.1", 9)},
    "another path": {"target": b"/elsewhere"},
    "a path through a proxy": {"target": b"http://evil.example/v1/chat/completions"},
    "another host in the header": {"headers": ((b"Host", b"evil.example"), *SIGNED[1:])},
    "no host": {"headers": SIGNED[1:]},
    "no key": {"headers": (SIGNED[0], SIGNED[2])},
    "the key twice": {"headers": (*SIGNED, (b"x-stainless-lang", STAND_IN))},
    "the key elsewhere": {"headers": (SIGNED[0], (b"user-agent", STAND_IN))},
    "a header that may hold a secret": {"headers": (*SIGNED, (b"x-gateway-token", b"secret"))},
    "another framing": {"headers": (*SIGNED, (b"transfer-encoding", b"chunked"))},
    "a header twice": {"headers": (*SIGNED, SIGNED[0])},
    "a text too few": {"gaps": (0, 0, "seed")},
    "a text that is none": {"gaps": (0, -1, "seed")},
    "a value that is none": {"gaps": (0, 1, "schema")},
    "a piece too few": {"pieces": (b"[", b",", b"]")},
}


@pytest.mark.parametrize("name", UNSOUND)
def test_what_goes_elsewhere_or_says_other_things_is_neither_put_nor_taken(name: str, own_shelf: Path) -> None:
    unsound = form(**UNSOUND[name])
    assert put_and_take(unsound) is None
    assert not own_shelf.exists()
    put_and_take(form())
    (kept,) = own_shelf.iterdir()
    kept.write_bytes(msgspec.json.encode(unsound))
    assert shelf.take(request("openai", _At(HERE), "native"), "native", HERE) is None  # type: ignore[arg-type]


def test_half_a_form_is_no_form(own_shelf: Path) -> None:
    put_and_take(form())
    (kept,) = own_shelf.iterdir()
    for half in (b"", kept.read_bytes()[:40], b'["x"]', b" " * shelf.LARGEST + kept.read_bytes()):
        kept.write_bytes(half)
        assert shelf.take(request("openai", _At(HERE), "native"), "native", HERE) is None  # type: ignore[arg-type]


def test_what_is_no_file_of_the_person_is_not_read(own_shelf: Path, tmp_path: Path) -> None:
    put_and_take(form())
    (kept,) = own_shelf.iterdir()
    asked = request("openai", _At(HERE), "native")  # type: ignore[arg-type]
    kept.chmod(0o666)
    assert shelf.take(asked, "native", HERE) is None, "anybody may have written it"
    kept.chmod(0o600)
    assert shelf.take(asked, "native", HERE) == form()
    kept.rename(tmp_path / "elsewhere")
    kept.symlink_to(tmp_path / "elsewhere")
    assert shelf.take(asked, "native", HERE) is None
    kept.unlink()
    os.mkfifo(kept)
    assert shelf.take(asked, "native", HERE) is None, "and nobody waits for it"
    kept.unlink()
    kept.mkdir()
    assert put_and_take(form()) is None
    assert [one.name for one in own_shelf.iterdir()] == [kept.name], "nothing half is left"


def test_a_shelf_stands_in_an_absolute_folder(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", "relative")
    assert shelf.shelf() == Path.home() / ".cache" / "persona" / "forms"


def test_a_header_that_a_person_adds_is_sent_and_not_kept(own_shelf: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_CUSTOM_HEADERS", "x-gateway-token: TOPSECRET")
    shelf._writers.cache_clear()
    with answering() as server:
        ask("openai", server, request("openai", server, "native"), 20)
        told = {name.lower(): value for name, value in server.asked[0].headers.items()}
    shelf._writers.cache_clear()
    assert told["x-gateway-token"] == "TOPSECRET"
    assert not own_shelf.exists()


def test_loading_the_library_takes_nothing_of_the_deadline() -> None:
    command = [sys.executable, "-c", CHILD.replace(", 20)", ", 0.5)")]
    with answering() as server:
        subprocess.run([*command, server.endpoint("openai")], capture_output=True, text=True, check=True)


def test_the_shelf_does_not_grow_without_end(own_shelf: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shelf, "MOST", 3)
    for number in range(6):
        target = f"/v{number}/chat/completions".encode()
        assert put_and_take(form(target=target), f"http://127.0.0.1:9/v{number}") is not None
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
