"""Answers as they nearly always come, read without the provider's library; it reads what is out of the ordinary."""

from __future__ import annotations

import json
import re
from typing import Any, Literal, NamedTuple

import msgspec

from persona.llm.providers import Shape
from persona.model.calls import Usage


class Refused(Exception):
    """An answer that is none by its status: what it says is in its body, and who has moved is not followed."""


class Told(NamedTuple):
    """What an answer says: the text (or the arguments of the tool), the tokens it took, who answered, how it ended.

    ``finish`` is in the words of pydantic-ai: ``stop``, ``length``, ``tool_call``, ``content_filter``, ``error``.
    """

    text: str
    usage: Usage
    model: str | None
    finish: str | None


def read_plain(shape: Shape, status: int | None, received: bytes) -> Told | None:
    """An answer of a form that is read here; None where the library has to look at it."""
    return _completion(received) if shape == "openai" and status == 200 else None


class _Function(msgspec.Struct):
    name: str
    arguments: str


class _Tool(msgspec.Struct, forbid_unknown_fields=True):
    function: _Function
    id: str
    type: Literal["function"]
    index: int | None = None


class _Said(msgspec.Struct, forbid_unknown_fields=True):
    """A message with nothing in it but its text or the call of a tool: no refusal, no thoughts, no sound."""

    role: Literal["assistant"]
    content: str | None = None
    tool_calls: list[_Tool] | None = None
    refusal: None = None
    annotations: list[msgspec.Raw] | None = None
    audio: None = None
    function_call: None = None


class _Choice(msgspec.Struct):
    message: _Said
    finish_reason: Literal["stop", "length", "tool_calls"]
    index: int


class _Count(msgspec.Struct):
    prompt_tokens: int
    completion_tokens: int
    total_tokens: int


class _Completion(msgspec.Struct):
    """``POST /chat/completions`` of OpenAI's API, answered."""

    id: str
    object: Literal["chat.completion"]
    created: int
    model: str
    choices: list[_Choice]
    usage: _Count
    system_fingerprint: str | None = None
    error: Any = None


_decode = msgspec.json.Decoder(_Completion).decode

_ASIDE = re.compile("[\u200b-\u200d\u2060\ufeff]|</?[a-z]*think")
"""What the library takes out of an answer: thoughts between tags, and the signs it broke special words up with."""

_ENDS = {"stop": "stop", "length": "length", "tool_calls": "tool_call"}


def _completion(received: bytes) -> Told | None:
    try:
        found = _decode(received)
    except (msgspec.DecodeError, RecursionError, UnicodeError):
        return None
    said = found.choices[0].message if len(found.choices) == 1 else None
    if said is None or found.error is not None or said.annotations:
        return None
    if said.tool_calls:
        text = said.tool_calls[0].function.arguments if len(said.tool_calls) == 1 and not said.content else ""
        if not _is_compact(text):
            return None
    else:
        text = said.content or ""
    count = found.usage
    if not text.strip() or count.prompt_tokens <= 0 or count.completion_tokens <= 0 or _ASIDE.search(text):
        return None
    usage = Usage(count.prompt_tokens, count.completion_tokens)
    return Told(text, usage, found.model, _ENDS[found.choices[0].finish_reason])


def _is_compact(arguments: str) -> bool:
    """Whether the arguments of a tool are an object in the one way in which the library would write it again."""
    try:
        found = json.loads(arguments)
        return isinstance(found, dict) and json.dumps(found, ensure_ascii=False, separators=(",", ":")) == arguments
    except (ValueError, RecursionError):
        return False
