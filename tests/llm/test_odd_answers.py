"""Answers that no provider documents, and that servers give all the same: told as such, and never a traceback."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable
from typing import Any

import pytest
from tests.llm import server as forms
from tests.llm.scenarios import GOOD
from tests.llm.server import SHAPES, Asked, Reply, serving
from tests.llm.test_contract import ask, request

from persona.llm.base import CallFailed
from persona.llm.parsing import parse
from persona.model.calls import CallResponse

Change = Callable[[dict[str, Any]], dict[str, Any]]


def answered(shape: str, change: Change) -> CallResponse:
    """What comes of an answer that is as it should be but for one thing."""

    def respond(asked: Asked) -> Reply:
        return Reply(raw=json.dumps(change(json.loads(forms.encode(asked, Reply(GOOD))))).encode())

    with serving(respond) as server:
        return ask(shape, server, request(shape, server, "native"), 20).response


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("status", [400, 500])
def test_an_error_that_is_nested_without_end_is_told(shape: str, status: int) -> None:
    with serving(lambda _: Reply(status=status, raw=b"[" * 100_000)) as server, pytest.raises(CallFailed) as caught:
        ask(shape, server, request(shape, server, "native"), 20)
    assert caught.value.code in ("model-refused", "model-unreachable")


def test_a_block_of_a_new_kind_does_not_hide_the_answer() -> None:
    found = answered("anthropic", lambda body: {**body, "content": [{"type": "new", "x": 1}, *body["content"]]})
    assert found.parsed == json.loads(GOOD)


REFUSALS: dict[str, Change] = {
    "anthropic": lambda body: {**body, "stop_reason": "refusal", "content": []},
    "google": lambda body: {**body, "candidates": [{"finishReason": "SAFETY", "index": 0}]},
    "bedrock": lambda body: {**body, "stopReason": "guardrail_intervened", "output": {"message": {"role": "assistant", "content": []}}},
    "openai": lambda body: {
        **body,
        "choices": [{"index": 0, "finish_reason": "content_filter", "message": {"role": "assistant", "content": ""}}],
    },
}  # fmt: skip


@pytest.mark.parametrize("shape", SHAPES)
def test_a_refusal_is_told_as_one(shape: str) -> None:
    with pytest.raises(CallFailed) as caught:
        answered(shape, REFUSALS[shape])
    assert caught.value.code == "model-answer"
    assert "it ended with `content_filter`" in caught.value.message


def test_thinking_that_never_ended_is_no_answer() -> None:
    assert parse('<think>perhaps {"answer": "no"} or') is None
    assert parse('\n <think>perhaps {"answer": "no"}</think>\n{"answer": "yes"}') != {"answer": "no"}
    assert parse('{"answer": "<think>"}') == {"answer": "<think>"}


@pytest.mark.parametrize("shape", ["openai", "anthropic", "google"])
def test_an_answer_that_was_packed_all_the_same_is_read(shape: str) -> None:
    """We ask for answers as they are; there are proxies that pack everything."""

    def respond(asked: Asked) -> Reply:
        return Reply(raw=gzip.compress(forms.encode(asked, Reply(GOOD))), headers={"content-encoding": "gzip"})

    with serving(respond) as server:
        assert ask(shape, server, request(shape, server, "native"), 20).response.parsed == json.loads(GOOD)


@pytest.mark.parametrize("status", [301, 307, 308])
def test_who_has_moved_is_not_followed(status: int) -> None:
    """A key goes where it was sent to, and nowhere else."""
    there = {"location": "/v1/elsewhere/chat/completions"}
    with serving(lambda _: Reply(status=status, raw=b"", headers=there)) as server, pytest.raises(CallFailed) as caught:
        ask("openai", server, request("openai", server, "native"), 20)
    assert caught.value.code == "model-answer"
    assert str(status) in caught.value.message
    assert {one.path for one in server.asked} == {"/v1/chat/completions"}
