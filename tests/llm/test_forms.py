"""What is prepared once and asked many times goes out as the provider's own library would send it."""

from __future__ import annotations

import asyncio
import warnings
from itertools import product
from typing import Any

import httpx2
import pytest
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

from persona.llm.adapter import _messages, _parameters, _settings
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
)
OTHER: dict[str, Any] = {
    "type": "object",
    "properties": {"words": {"type": "array", "items": {"anyOf": [{"type": "string"}, {"type": "null"}]}}},
    "required": ["words"],
    "additionalProperties": False,
}
GIVEN = ({"max_tokens": 400}, {"temperature": 0.25, "seed": 11, "max_tokens": 321})
FORMS = list(product(("native", "tool", "prompted"), zip(SAID, (SCHEMA, OTHER), strict=True), GIVEN))


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
            **{"temperature": None, "seed": None, **given},  # type: ignore[arg-type]
        )
        for mode, (said, schema), given in FORMS
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
    [("openai", NAMES["openai"]), ("openai", "openai:o3-mini"), ("anthropic", NAMES["anthropic"])],
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
