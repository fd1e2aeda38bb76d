"""What is read without the provider's library says what the library would say; what it cannot be sure of is left to it."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from tests.llm.scenarios import GOOD, SCHEMA

from persona.llm.library import Library
from persona.llm.plain import Told, read_plain
from persona.llm.providers import find_model
from persona.llm.wire import KeepingTransport, Taken
from persona.model.calls import CallRequest, Message

COMPACT = json.dumps(json.loads(GOOD), separators=(",", ":"))
NAME = find_model("compatible:qwen3")
assert NAME
LIBRARY = Library(NAME, "http://127.0.0.1:9/v1", KeepingTransport("none"))
REQUEST = CallRequest(
    "compatible", "qwen3", "", "native", (Message("user", "Hello?"),), "Answer", SCHEMA, None, None, None
)


def completion(**changed: Any) -> dict[str, Any]:
    message = {"role": "assistant", "content": GOOD, **changed.pop("message", {})}
    choice = {"index": 0, "message": message, "finish_reason": "stop", **changed.pop("choice", {})}
    usage = {"prompt_tokens": 10, "completion_tokens": 4, "total_tokens": 14}
    plain = {"id": "chat-1", "object": "chat.completion", "created": 1, "model": "m", "choices": [choice]}
    return {**plain, "usage": usage, "system_fingerprint": "fp_1", **changed}


def call(arguments: str) -> dict[str, Any]:
    return {"id": "call-1", "type": "function", "function": {"name": "Answer", "arguments": arguments}}


def by_the_library(raw: bytes) -> Told | None:
    came = Taken(b"", raw, 200, {"content-type": "application/json"}, 0.0, None)
    try:
        return asyncio.run(LIBRARY.read(REQUEST, "native", came))
    except Exception:  # whatever it says, it has not read an answer
        return None


PLAIN = {
    "text": completion(),
    "cut short": completion(choice={"finish_reason": "length"}),
    "a tool": completion(
        message={"content": None, "tool_calls": [call(COMPACT)]}, choice={"finish_reason": "tool_calls"}
    ),
    "no fingerprint": completion(system_fingerprint=None),
    "as OpenAI sends it": completion(
        message={"refusal": None, "annotations": []},
        choice={"logprobs": None},
        service_tier="default",
        usage={
            "prompt_tokens": 10,
            "completion_tokens": 4,
            "total_tokens": 14,
            "prompt_tokens_details": {"cached_tokens": 0, "audio_tokens": 0},
            "completion_tokens_details": {"reasoning_tokens": 0},
        },
    ),
}
ODD = {
    "a refusal": completion(message={"content": None, "refusal": "No."}),
    "filtered": completion(choice={"finish_reason": "content_filter"}),
    "thoughts beside": completion(message={"reasoning_content": "Hm."}),
    "thoughts within": completion(message={"content": f"<think>Hm.</think>{GOOD}"}),
    "a word broken up": completion(message={"content": '{"a": "<\u200d|im_start|>"}'}),
    "nothing": completion(message={"content": ""}),
    "no message": completion(message={"content": None}),
    "two choices": completion(choices=[*completion()["choices"], *completion()["choices"]]),
    "no choice": completion(choices=[]),
    "no count": completion(usage=None),
    "a count of nothing": completion(usage={"prompt_tokens": 0, "completion_tokens": 0, "total_tokens": 0}),
    "an error": completion(error={"message": "No."}),
    "two tools": completion(message={"content": None, "tool_calls": [call("{}"), call("{}")]}),
    "no object": [],
    "nested": json.loads("[" * 500 + "]" * 500),
}


@pytest.mark.parametrize("name", PLAIN)
def test_an_ordinary_answer_is_read_as_the_library_reads_it(name: str) -> None:
    raw = json.dumps(PLAIN[name]).encode()
    told = read_plain("openai", 200, raw)
    assert told is not None
    assert told == by_the_library(raw)


@pytest.mark.parametrize("name", ODD)
def test_what_is_out_of_the_ordinary_is_left_to_the_library(name: str) -> None:
    assert read_plain("openai", 200, json.dumps(ODD[name]).encode()) is None


@pytest.mark.parametrize(("shape", "status"), [("openai", 201), ("openai", 429), ("openai", None), ("google", 200)])
def test_another_status_or_form_is_left_to_the_library(shape: Any, status: int | None) -> None:
    assert read_plain(shape, status, json.dumps(completion()).encode()) is None


SMALL = st.none() | st.booleans() | st.integers(-2, 20) | st.floats(allow_nan=False) | st.text(max_size=5)
ANY = st.recursive(
    SMALL, lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=4), inner, max_size=2)
)
PATHS = st.sampled_from(
    [(name,) for name in completion()]
    + [("usage", name) for name in completion()["usage"]]
    + [("choices", 0, name) for name in completion()["choices"][0]]
    + [("choices", 0, "message", name) for name in ("role", "content", "refusal", "tool_calls", "annotations", "audio", "new")]
)  # fmt: skip


ARGUMENTS = ['{"n":1}', '{"n": 1}', ' {"n":1}', '{"n":1', "nope", "null", "[1]", '"x"', '{"n":1}{"n":2}', '{"n":1,"n":2}',
             '{"n":1e2}', '{"n":1.50}', '{"ä":"\\u00e4"}', "{}", ""]  # fmt: skip


@pytest.mark.parametrize("arguments", ARGUMENTS)
def test_the_arguments_of_a_tool_are_read_as_the_library_reads_them(arguments: str) -> None:
    message = {"content": None, "tool_calls": [call(arguments)]}
    raw = json.dumps(completion(message=message, choice={"finish_reason": "tool_calls"})).encode()
    told = read_plain("openai", 200, raw)
    assert told is None or told == by_the_library(raw)


@given(PATHS, ANY | st.just(GOOD) | st.sampled_from(["stop", "length", "tool_calls", "function_call", "assistant", ""]))
@example(("choices", 0, "message", "tool_calls"), [])
@example(("choices", 0, "message", "annotations"), [{"type": "url_citation", "url_citation": {"start_index": 0}}])
@example(("choices", 0, "index"), 7)
@example(("usage", "prompt_tokens"), True)
def test_whatever_is_changed_in_an_answer_both_read_the_same(path: tuple[Any, ...], value: Any) -> None:
    changed: Any = completion()
    place = changed
    for step in path[:-1]:
        place = place[step]
    place[path[-1]] = value
    raw = json.dumps(changed).encode()
    told = read_plain("openai", 200, raw)
    if told is not None:
        assert told == by_the_library(raw)
