"""What is prepared once and asked many times goes out as the provider's own library would send it."""

from __future__ import annotations

import asyncio
import json
import warnings
from itertools import product
from typing import Any

import httpx2
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic_ai._special_tokens import _SPECIAL_TOKEN_START, break_special_tokens
from pydantic_ai.direct import model_request
from pydantic_ai.models import Model
from pydantic_ai.models.anthropic import AnthropicModel
from pydantic_ai.models.openai import OpenAIChatModel
from pydantic_ai.providers.anthropic import AnthropicProvider
from pydantic_ai.providers.openai import OpenAIProvider
from tests.llm.conftest import NAMES
from tests.llm.scenarios import SCHEMA
from tests.llm.server import Asked, FakeServer, Reply, serving
from tests.llm.test_contract import account

from persona.llm.forms import fits, learn, marked
from persona.llm.library import _messages, _parameters, _settings
from persona.llm.opening import open_model
from persona.llm.providers import find_model
from persona.model.calls import CallRequest, Message, Ran

SAID = (
    (Message("system", "Be brief."), Message("user", "Hello? “Grüße” \u2028 \U0001f600")),
    (
        Message("system", "Be brief."),
        Message("user", "Hello?"),
        Message("assistant", '{"answer": 1}'),
        Message("user", "No."),
    ),
    (Message("system", "Be brief."), Message("user", "What is <|im_start|> for? And [INST]? \u007f \x01 </s>")),
)
OTHER: dict[str, Any] = {
    "type": "object",
    "properties": {"words": {"type": "array", "items": {"anyOf": [{"type": "string"}, {"type": "null"}]}}},
    "required": ["words"],
    "additionalProperties": False,
}
GIVEN = ({"max_tokens": 400}, {"temperature": 0.25, "seed": 11, "max_tokens": 321})
FORMS = list(product(("native", "tool", "prompted"), zip(SAID, (SCHEMA, OTHER, OTHER), strict=True), GIVEN))


def requests(shape: str, server: FakeServer, model: str) -> list[CallRequest]:
    name = find_model(model)
    assert name
    return [
        CallRequest(
            name.provider.name,
            name.model,
            server.endpoint(shape),
            mode,  # type: ignore[arg-type]
            said,
            "Answer",
            schema,
            **{"temperature": None, "seed": None, **values},  # type: ignore[arg-type]
        )
        for mode, (said, schema), values in FORMS
    ]


def plain(shape: str, model: str, endpoint: str, line: httpx2.AsyncClient) -> Model:
    """The model as pydantic-ai makes it by itself."""
    if shape == "openai":
        return OpenAIChatModel(model, provider=OpenAIProvider(base_url=endpoint, api_key="k", http_client=line))
    return AnthropicModel(model, provider=AnthropicProvider(base_url=endpoint, api_key="k", http_client=line))


async def by_the_library(shape: str, asked: list[CallRequest]) -> None:
    async with httpx2.AsyncClient(timeout=None) as line:
        model = plain(shape, asked[0].model, asked[0].endpoint, line)
        for one in asked:
            mode: Ran = one.mode  # type: ignore[assignment]
            settings = {**_settings(one, shape), "max_retries": 0}
            parameters = _parameters(one, mode)
            await model_request(
                model, _messages(one.messages), model_settings=settings, model_request_parameters=parameters  # type: ignore[arg-type]
            )  # fmt: skip


async def by_us(name: str, asked: list[CallRequest]) -> None:
    model = open_model(name, asked[0].endpoint)
    try:
        for one in asked:
            await model.ask(one, 10, account(one))
    finally:
        await model.close()


@pytest.mark.parametrize(
    ("shape", "model"),
    [
        ("openai", NAMES["openai"]),
        ("openai", "openai:o3-mini"),
        ("openai", "compatible:qwen3"),
        ("anthropic", NAMES["anthropic"]),
    ],
)
def test_every_form_goes_out_as_the_library_sends_it(shape: str, model: str) -> None:
    def answer(_: Asked) -> Reply:
        return Reply('{"answer": 4}')

    with serving(answer) as server, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        asked = requests(shape, server, model)
        asyncio.run(by_the_library(shape, asked))
        theirs = [(one.path, one.raw, kept(one.headers)) for one in server.asked]
        server.asked.clear()
        asyncio.run(by_us(model, asked + asked))
        ours = [(one.path, one.raw, kept(one.headers)) for one in server.asked]
    assert len({raw for _, raw, _ in theirs}) > len(FORMS) // 3, "the forms differ from each other"
    assert ours == theirs + theirs


def kept(headers: dict[str, str]) -> dict[str, str]:
    """The headers that a request has by its form: neither whose key it is, nor what our line asks of all answers."""
    left_out = ("authorization", "x-api-key", "accept-encoding")
    return {name.lower(): value for name, value in headers.items() if name.lower() not in left_out}


@given(st.one_of(st.text(), st.from_regex(_SPECIAL_TOKEN_START), st.from_regex(r"[\[\]<|｜]+[a-zA-Z_~!]*[\[\]|>｜]+")))
def test_what_the_library_breaks_up_is_left_to_it(text: str) -> None:
    """The library puts signs into words that some models take for commands; a form would send them as they are."""
    if break_special_tokens(text) != text:
        assert not fits(request_of(text))


def request_of(text: str, **given: Any) -> CallRequest:
    said = (Message("system", "Be brief."), Message("user", text))
    values = {"temperature": None, "seed": None, "max_tokens": None, **given}
    return CallRequest("openai", "gpt-4o-mini", "http://127.0.0.1:9/v1", "native", said, "Answer", SCHEMA, **values)


TEXTS = st.text(min_size=1).filter(lambda text: text.strip())
FLOATS = st.floats(min_value=0, max_value=2) | st.integers(min_value=0, max_value=2)


@given(TEXTS, FLOATS, st.integers(min_value=0, max_value=2**53), st.integers(min_value=1, max_value=2**31))
def test_a_form_is_filled_with_any_text_and_value(text: str, temperature: float, seed: int, most: int) -> None:
    asked = request_of(text, temperature=temperature, seed=seed, max_tokens=most)
    sign = marked(asked)
    body = {
        "messages": [one.text for one in sign.messages],
        "t": sign.temperature,
        "s": sign.seed,
        "m": sign.max_tokens,
        "more": {"t": 1},
    }
    form = learn(httpx2.Request("POST", "http://127.0.0.1:9/v1/x", json=body), sign)
    assert form is not None
    if text.isascii() or not any("\ud800" <= letter <= "\udfff" for letter in text):
        told = json.loads(form.fill(asked))
        assert told == {"messages": ["Be brief.", text], "t": temperature, "s": seed, "m": most, "more": {"t": 1}}


@pytest.mark.parametrize(
    "body",
    [
        b"{}",
        b'["TEXT0","TEXT0","TEXT1"]',
        b'["before TEXT0","TEXT1"]',
    ],
)
def test_where_a_text_is_not_just_set_there_is_no_form(body: bytes) -> None:
    sign = marked(request_of("Hello?"))
    for number, one in enumerate(sign.messages):
        body = body.replace(b"TEXT%d" % number, one.text.encode())
    assert learn(httpx2.Request("POST", "http://127.0.0.1:9/v1/x", content=body), sign) is None
