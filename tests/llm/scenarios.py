"""What can happen between us and a model server, told once and played in every provider's form."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

from tests.llm.server import Asked, Reply

from persona.model.calls import Answered

GOOD = '{"answer":"hi","n":3}'
KEY = "sk-not-a-real-key-0123456789abcdef"
SCHEMA = {
    "type": "object",
    "properties": {"answer": {"type": "string"}, "n": {"type": "integer"}},
    "required": ["answer", "n"],
    "additionalProperties": False,
}


def nothing(_: Any) -> None:
    """No more to be said."""


@dataclass
class Scenario:
    """What the server does, how we ask, and what must come of it.

    ``code`` is the error that must be raised, None where an answer must come. ``requests`` is how many requests the
    server must have seen, ``mode`` the mode that must have run.
    """

    name: str
    replies: list[Reply]
    mode: str = "native"
    code: str | None = None
    requests: int = 1
    ran: str | None = None
    parsed: Any = field(default_factory=lambda: json.loads(GOOD))
    deadline: float = 20.0
    told: Callable[[Answered], None] = nothing
    asked: Callable[[list[Asked]], None] = nothing
    message: str = ""
    unlike: dict[str, tuple[str, int]] = field(default_factory=dict)
    """Code and requests in a form whose library sees it otherwise."""


def in_a_moment() -> str:
    return format_datetime(datetime.now(UTC) + timedelta(seconds=1), usegmt=True)


def waits(least: float, most: float) -> Callable[[Answered], None]:
    def check(answered: Answered) -> None:
        waited = sum(one.waited for one in answered.response.exchanges)
        assert least <= waited <= most, waited

    return check


def _settings_on_the_wire(asked: list[Asked]) -> None:
    body, shape = asked[0].body, asked[0].shape
    if shape in ("google", "bedrock"):
        body = body["generationConfig" if shape == "google" else "inferenceConfig"]
    low = {name.lower().replace("_", ""): value for name, value in body.items()}
    assert low["temperature"] == 0.25
    assert 321 in (low.get("maxtokens"), low.get("maxcompletiontokens"), low.get("maxoutputtokens"))
    assert low.get("seed") == (None if shape in ("anthropic", "bedrock") else 11)


def _no_key_in(answered: Answered) -> None:
    assert KEY not in answered.response.text
    assert KEY.encode() not in answered.wire.received
    assert "[key]" in answered.response.text


def _usage_unknown(answered: Answered) -> None:
    assert answered.response.usage.input_tokens in (None, 0)


def _named(answered: Answered) -> None:
    if b"latencyMs" in answered.wire.received:  # Bedrock does not say which model answered: the one asked stands there
        assert answered.response.model == "anthropic.claude-haiku-4-5-20251001-v1:0"
        return
    assert answered.response.model == "other-model-2026-11-01"


def _unicode(answered: Answered) -> None:
    assert answered.response.parsed == {"answer": "שלום 👩🏽‍🔬 ﬁ \u0000 \u202e", "n": 1}


def _bytes(answered: Answered) -> None:
    assert answered.wire.sent.startswith(b"{")
    assert json.loads(answered.wire.received)


AGAIN = {"retry-after": "0"}

SCENARIOS = [
    Scenario("native mode", [Reply(GOOD)], told=_bytes),
    Scenario("tool mode", [Reply(GOOD)], mode="tool", ran="tool"),
    Scenario("prompted mode", [Reply(GOOD)], mode="prompted", ran="prompted"),
    Scenario("auto takes native", [Reply(GOOD)], mode="auto", ran="native"),
    Scenario("auto goes on to tools", [Reply(status=400), Reply(GOOD)], mode="auto", ran="tool", requests=2),
    Scenario(
        "auto goes on to words",
        [Reply(status=400), Reply(status=422), Reply(GOOD)],
        mode="auto",
        ran="prompted",
        requests=3,
    ),
    Scenario(
        "auto goes on where a mode breaks the server",
        [Reply(status=500, headers=AGAIN), Reply(status=500, headers=AGAIN), Reply(GOOD)],
        mode="auto",
        ran="tool",
        requests=3,
    ),
    Scenario("no mode is taken", [Reply(status=400)], mode="auto", code="model-refused", requests=3),
    Scenario("a fixed mode stays", [Reply(status=400)], mode="native", code="model-refused"),
    Scenario("429 and seconds", [Reply(status=429, headers={"retry-after": "0.3"}), Reply(GOOD)], requests=2, told=waits(0.3, 0.3)),
    Scenario("429 and milliseconds", [Reply(status=429, headers={"retry-after-ms": "250"}), Reply(GOOD)], requests=2, told=waits(0.25, 0.25)),
    Scenario("503 and a date", [Reply(status=503, headers={"retry-after": in_a_moment()}), Reply(GOOD)], requests=2, told=waits(0, 1)),
    Scenario("429 and nothing", [Reply(status=429), Reply(GOOD)], requests=2, told=waits(0.01, 1)),
    Scenario("429 and nonsense", [Reply(status=429, headers={"retry-after": "soon, I think"}), Reply(GOOD)], requests=2),
    Scenario("429 then 503 then well", [Reply(status=429, headers=AGAIN), Reply(status=503, headers=AGAIN), Reply(GOOD)], requests=3),
    Scenario("429 without end", [Reply(status=429, headers=AGAIN)], code="model-busy", requests=6),
    Scenario("503 without end", [Reply(status=503, headers=AGAIN)], code="model-unreachable", requests=6),
    Scenario("overloaded", [Reply(status=529, headers=AGAIN), Reply(GOOD)], requests=2),
    Scenario("a wait beyond the deadline", [Reply(status=429, headers={"retry-after": "3600"})], code="model-busy", requests=1),
    Scenario("the line is reset once", [Reply(refuse=True), Reply(GOOD)], requests=2),
    Scenario("the line is always reset", [Reply(refuse=True)], code="model-unreachable", requests=6),
    Scenario("the body breaks off", [Reply(GOOD, cut=60), Reply(GOOD)], requests=2),
    Scenario("the body always breaks off", [Reply(GOOD, cut=60)], code="model-unreachable", requests=6,
             unlike={"bedrock": ("model-answer", 2)}),  # its library takes half a body for a whole one
    Scenario("a stream breaks off", [Reply(GOOD, chunked=True, cut=60), Reply(GOOD)], requests=2),
    Scenario("a stream", [Reply(GOOD, chunked=True)]),
    Scenario("a slow stream", [Reply(GOOD, chunked=True, pace=0.03)]),
    Scenario("a stream slower than the deadline", [Reply(GOOD, chunked=True, pace=0.3)], code="model-deadline", deadline=0.8),
    Scenario("no answer before the deadline", [Reply(GOOD, hold=1.5)], code="model-deadline", deadline=0.5),
    Scenario("a page instead of JSON", [Reply(raw=b"<html>busy</html>", content_type="text/html"), Reply(GOOD)], requests=2),
    Scenario("always a page", [Reply(raw=b"<html>busy</html>", content_type="text/html")], code="model-answer", requests=2),
    Scenario("an empty body", [Reply(raw=b"")], code="model-answer", requests=2),
    Scenario("JSON of another form", [Reply(raw=b'{"hello": 1}')], code="model-answer", requests=2),
    Scenario("an empty answer", [Reply("")], code="model-answer", requests=2),
    Scenario("401", [Reply(status=401, text=f"bad key {KEY}")], code="model-key-refused", message="bad key [key]"),
    Scenario("403", [Reply(status=403)], code="model-key-refused"),
    Scenario("404", [Reply(status=404, text="no such model")], code="model-unknown", message="no such model"),
    Scenario("the request is too long", [Reply(status=413, text="context length exceeded")], code="model-refused", message="context length exceeded"),
    Scenario("JSON cut short", [Reply('{"answer":"hi","n', finish="length")], parsed=None),
    Scenario("JSON in a fence", [Reply(f"```json\n{GOOD}\n```")]),
    Scenario("JSON among words", [Reply(f"Certainly! Here it is: {GOOD} Anything else?")]),
    Scenario("the schema as the answer", [Reply(json.dumps(SCHEMA))], parsed=SCHEMA),
    Scenario("a bare number", [Reply("42")], parsed=None),
    Scenario("deep JSON cut short", [Reply("[" * 400)], parsed=None),
    Scenario("no usage", [Reply(GOOD, usage=None)], told=_usage_unknown),
    Scenario("another model answers", [Reply(GOOD, model="other-model-2026-11-01")], told=_named),
    Scenario("a server that gives the key away", [Reply(json.dumps({"answer": KEY, "n": 3}))], parsed={"answer": "[key]", "n": 3}, told=_no_key_in),
    Scenario("words of all kinds", [Reply(json.dumps({"answer": "שלום 👩🏽‍🔬 ﬁ \u0000 \u202e", "n": 1}, ensure_ascii=False))], parsed={"answer": "שלום 👩🏽‍🔬 ﬁ \u0000 \u202e", "n": 1}, told=_unicode),
    Scenario("settings on the wire", [Reply(GOOD)], asked=_settings_on_the_wire),
]  # fmt: skip
