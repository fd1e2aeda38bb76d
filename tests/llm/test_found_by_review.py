"""What a hostile review found: each is held here, so that it stays mended."""

from __future__ import annotations

import itertools
import json
import os
import pty
import subprocess
import sys
import time
from pathlib import Path

import pytest
from tests.llm import plausible
from tests.llm.conftest import NAMES, SAID, shop_of
from tests.llm.server import Asked, FakeServer, Reply, serving

from persona.errors import ModelError, PersonaError
from persona.llm.keys import find_key, without
from persona.llm.parsing import parse
from persona.llm.providers import PROVIDERS
from persona.llm.retrying import asked_for
from persona.workspace import Workspace
from persona.workspace.elsewhere import reproduce_file

KEY = "hf_LEAKEDTOKEN1234567890"


def everywhere(folder: Path) -> bytes:
    return b"".join(path.read_bytes() for path in folder.rglob("*") if path.is_file())


@pytest.mark.parametrize("end", ["\n", "\r\n", " "])
def test_a_key_that_was_read_with_its_line_end_is_a_key(
    shop: Workspace, server: FakeServer, monkeypatch: pytest.MonkeyPatch, end: str
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", KEY + end)
    shop.generate(flags={"count": 1})
    assert server.asked[0].headers["authorization"] == f"Bearer {KEY}"
    assert KEY.encode() not in everywhere(shop.root)


@pytest.mark.parametrize(
    "value", ["hf_LEAKED\nTOKEN1234567890", "hf_LEAKÉDTOKEN1234567890", "hf_LEAKED TOKEN123456789"]
)
def test_a_key_that_cannot_be_one_is_refused_before_anything_is_recorded(
    shop: Workspace, monkeypatch: pytest.MonkeyPatch, value: str
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", value)
    with pytest.raises(ModelError) as caught:
        shop.generate(flags={"count": 1})
    assert caught.value.code == "model-key-refused"
    assert "LEAK" not in str(caught.value.as_dict())
    assert b"LEAK" not in everywhere(shop.root)


def test_a_word_is_no_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PERSONA_MODEL_KEY", "list")
    assert without("a list of things", find_key(PROVIDERS["compatible"])) == "a list of things"


@pytest.mark.parametrize("words", [("generate", "--count", "1"), ("metrics", "judge"), ("model", "check")])
def test_ctrl_c_ends_every_command_that_asks_with_its_own_status(tmp_path: Path, words: tuple[str, ...]) -> None:
    held: list[float] = []

    def slowly(asked: Asked) -> Reply:
        reply = plausible.respond(asked)
        reply.hold = 1.5 if held else 0.0
        return reply

    with serving(slowly) as server, shop_of(tmp_path / "ws", tmp_path / "in", *SAID) as ws:
        env = {**os.environ, "PERSONA_ENDPOINT": server.endpoint("openai"), "PERSONA_MODEL": NAMES["openai"]}
        more: tuple[str, ...] = ("--fresh",) if words[0] == "generate" else ()
        if words[0] == "metrics":
            run = ws.generate(flags={"count": 1, "model": NAMES["openai"], "endpoint": server.endpoint("openai")})
            more = (run.view.run.id, "--judge", NAMES["openai"])
        if words[0] == "model":
            more = (NAMES["openai"], "--endpoint", server.endpoint("openai"))
        held.append(1.5)
        before = len(server.asked)
        leader, follower = pty.openpty()
        process = subprocess.Popen(
            [sys.executable, "-m", "persona", *words, *more], cwd=ws.root, env=env, stdin=follower,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )  # fmt: skip
        until = time.monotonic() + 30
        while len(server.asked) == before and time.monotonic() < until:
            time.sleep(0.02)
        process.send_signal(2)
        out, err = process.communicate(timeout=30)
        os.close(leader)
        os.close(follower)
        assert process.returncode == 130, (out, err)
        assert "Traceback" not in err
        assert "never awaited" not in err
    with Workspace.open(tmp_path / "ws") as again:
        assert {run.status for run in again.run.list().items} <= {"completed", "cancelled"}


def test_equal_prompts_of_one_run_are_one_call_and_replay(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Names are not sent, so two people who say the same make one prompt; a model may answer it differently."""
    numbers = itertools.count()

    def moody(asked: Asked) -> Reply:
        reply = plausible.respond(asked)
        if next(numbers) % 2 and "one interview" in asked.messages[0][1]:
            reply.text = json.dumps({"observations": [], "attributes": []})
        return reply

    with serving(moody) as server:
        monkeypatch.setenv("PERSONA_ENDPOINT", server.endpoint("openai"))
        monkeypatch.setenv("PERSONA_MODEL", NAMES["openai"])
        monkeypatch.setitem(SAID, "Ann", SAID["Anna"])
        with shop_of(tmp_path / "ws", tmp_path / "in", "Anna", "Ann", "Ben") as ws:
            run = ws.generate(flags={"count": 1}).view.run.id
            calls = ws.call.list(run)
            assert len({call.key for call in calls}) == len(calls) == len(server.asked)
            assert ws.reproduce(run).verdict == "identical"
            fresh = ws.generate(flags={"count": 1}, fresh=True).view.run.id
            assert ws.reproduce(fresh).verdict == "identical"


def test_answers_that_no_record_can_hold_are_unreadable_and_not_fatal(shop: Workspace, server: FakeServer) -> None:
    odd = iter(['{"observations": [11111111111111111111], "attributes": []}', '{"a": "\\ud800"}'])

    def oddly(asked: Asked) -> Reply:
        return Reply(next(odd, None) or plausible.respond(asked).text)

    server.responder = oddly
    run = shop.generate(flags={"count": 1, "jobs": 1}).view.run
    assert run.status == "completed"
    assert len(shop.call.list(run.id)) == len(server.asked), "what was paid is on record"
    assert shop.reproduce(run.id).verdict == "identical"


def test_a_server_is_asked_not_to_compress(shop: Workspace, server: FakeServer) -> None:
    shop.generate(flags={"count": 1})
    assert {one.headers["accept-encoding"] for one in server.asked} == {"identity"}


def test_fences_and_newlines_without_end_are_read_in_no_time() -> None:
    begun = time.perf_counter()
    assert parse("```" + "\n" * 200_000) is None
    assert time.perf_counter() - begun < 1
    assert parse('so:\n```json\n{"a": 1}\n```\n') == {"a": 1}
    assert parse("```\n[1]\n``` and ```\n[2]\n```") == [1]


def test_a_wait_beyond_all_dates_is_no_wait() -> None:
    assert asked_for({"retry-after": "Wed, 99999999999999999999 Oct 2015 07:28:00 GMT"}) is None


def test_a_judge_asks_anew_when_told(shop: Workspace, server: FakeServer) -> None:
    run = shop.generate(flags={"count": 1}).view.run.id
    shop.judging.judge(run, NAMES["openai"])
    before = len(server.asked)
    shop.judging.judge(run, NAMES["openai"])
    assert len(server.asked) == before
    shop.judging.judge(run, NAMES["openai"], fresh=True)
    assert len(server.asked) > before


def test_a_bundle_with_any_broken_byte_is_told_as_such(shop: Workspace, tmp_path: Path) -> None:
    run = shop.generate(flags={"count": 1}).view.run.id
    good = tmp_path / "good.zip"
    shop.bundle.export(run, good)
    data = good.read_bytes()
    for at in range(0, len(data), max(1, len(data) // 150)):
        bad = tmp_path / "bad.zip"
        bad.write_bytes(data[:at] + bytes([data[at] ^ 0x55]) + data[at + 1 :])
        try:
            reproduce_file(bad)
        except PersonaError:
            continue
