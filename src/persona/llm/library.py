"""What the providers' own libraries write and read, under one dialect: pydantic-ai.

This module is imported when a library is needed and not before: with its providers it takes seconds to load.
"""

from __future__ import annotations

import contextvars
from typing import Any, cast

import httpx2
from pydantic_ai.direct import model_request
from pydantic_ai.exceptions import UserError
from pydantic_ai.messages import (
    ModelMessage,
    ModelRequest,
    ModelRequestPart,
    ModelResponse,
    SystemPromptPart,
    TextPart,
    ToolCallPart,
    UserPromptPart,
)
from pydantic_ai.models import Model as Dialect
from pydantic_ai.models import ModelRequestParameters
from pydantic_ai.output import OutputObjectDefinition
from pydantic_ai.settings import ModelSettings
from pydantic_ai.tools import ToolDefinition

from persona.llm.forms import NotWritten
from persona.llm.plain import Told
from persona.llm.providers import ModelName
from persona.llm.wire import STAND_IN, Taken
from persona.model.calls import CallRequest, Message, Ran, Usage

MOST_PREPARED = 64
"""Schemas that are kept prepared; an engine has a handful."""

PROMPTED = """Answer with one JSON object that follows this JSON Schema, and with nothing before or after it:

{schema}"""
"""How the form is asked for in words. It is ours, so that another version of the library asks the same."""


class Library:
    """A model of a provider as its library speaks to it, over a ``line`` that knows the key. Lives in one event loop.

    Raises whatever the libraries raise when they cannot be set up: they read variables and files of their own.
    """

    def __init__(self, name: ModelName, endpoint: str, line: httpx2.AsyncBaseTransport) -> None:
        self._shape = name.provider.shape
        client = httpx2.AsyncClient(transport=_Aside(line), timeout=None)  # the deadline is ours
        self._dialect = _dialect(name, endpoint, client)
        self._prepared = _Prepared(self._dialect)

    async def ask(self, request: CallRequest, mode: Ran) -> Told:
        """Send a request and read the answer. Raises ``NotWritten``, else whatever the library raises."""
        try:
            answer = await model_request(
                self._dialect,
                _messages(request.messages),
                model_settings=_settings(request, self._shape),
                model_request_parameters=self._prepared.parameters(request, mode),
                instrument=False,
            )
        except UserError as error:
            raise NotWritten(str(error)) from None
        return _told(answer)

    async def write(self, request: CallRequest, mode: Ran) -> httpx2.Request:
        """What the library would send; nothing is sent. Raises as ``ask``."""
        aside = _Laid(None)
        token = _aside.set(aside)
        try:
            await self.ask(request, mode)
        except NotWritten:
            raise
        except Exception:
            if aside.written is None:
                raise
        finally:
            _aside.reset(token)
        assert aside.written is not None, "a library that answers has asked"
        return aside.written

    async def read(self, request: CallRequest, mode: Ran, came: Taken) -> Told:
        """What the library makes of an answer that has come; nothing is sent. Raises as ``ask``."""
        token = _aside.set(_Laid(came))
        try:
            return await self.ask(request, mode)
        finally:
            _aside.reset(token)


class _Laid:
    """What is laid aside for the request at hand: the answer it gets, if any, and then the request itself."""

    def __init__(self, answer: Taken | None) -> None:
        self.answer = answer
        self.written: httpx2.Request | None = None


_aside: contextvars.ContextVar[_Laid] = contextvars.ContextVar("aside")


class _Aside(httpx2.AsyncBaseTransport):
    """Sends over the line, unless the request or its answer is only wanted for a look."""

    def __init__(self, line: httpx2.AsyncBaseTransport) -> None:
        self._line = line

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        laid = _aside.get(None)
        if laid is None:
            return await self._line.handle_async_request(request)
        await request.aread()
        laid.written = request
        came = laid.answer
        if came is None or came.status is None:
            raise httpx2.ConnectError("only to see what would be sent")
        return httpx2.Response(came.status, headers=came.headers, content=came.received, request=request)

    async def aclose(self) -> None:
        """The line is closed by whose it is."""


def _dialect(name: ModelName, endpoint: str, client: httpx2.AsyncClient) -> Dialect:
    """The pydantic-ai model; each provider's own library is loaded here and nowhere else."""
    key = STAND_IN.decode()
    if name.provider.shape == "openai":
        from openai import AsyncOpenAI
        from pydantic_ai.models.openai import OpenAIChatModel
        from pydantic_ai.providers.openai import OpenAIProvider

        openai = AsyncOpenAI(base_url=endpoint, api_key=key, http_client=client, max_retries=0)
        return OpenAIChatModel(name.model, provider=OpenAIProvider(openai_client=openai))
    if name.provider.shape == "anthropic":
        from anthropic import AsyncAnthropic
        from pydantic_ai.models.anthropic import AnthropicModel
        from pydantic_ai.providers.anthropic import AnthropicProvider

        own = AsyncAnthropic(base_url=endpoint, api_key=key, http_client=client, max_retries=0)
        return AnthropicModel(name.model, provider=AnthropicProvider(anthropic_client=own))
    if name.provider.shape == "google":
        from pydantic_ai.models.google import GoogleModel
        from pydantic_ai.providers.google import GoogleProvider

        return GoogleModel(name.model, provider=GoogleProvider(base_url=endpoint, api_key=key, http_client=client))
    from persona.llm.bedrock import dialect

    return dialect(name.model, endpoint)


def _messages(messages: tuple[Message, ...]) -> list[ModelMessage]:
    found: list[ModelMessage] = []
    parts: list[ModelRequestPart] = []
    for message in messages:
        if message.role == "assistant":
            found += [ModelRequest(parts=parts), ModelResponse(parts=[TextPart(message.text)])]
            parts = []
        else:
            parts.append(SystemPromptPart(message.text) if message.role == "system" else UserPromptPart(message.text))
    return [*found, ModelRequest(parts=parts)]


def _settings(request: CallRequest, shape: str) -> ModelSettings:
    """The sampling parameters that were given; Anthropic and Bedrock take no seed.

    The clients of OpenAI and Anthropic are made without retries. Asked for it here, they would copy themselves for each
    call.
    """
    found: dict[str, Any] = {} if shape in ("openai", "anthropic") else {"max_retries": 0}
    for name in ("temperature", "seed", "max_tokens"):
        value = getattr(request, name)
        if value is not None and not (name == "seed" and shape in ("anthropic", "bedrock")):
            found[name] = value
    return cast("ModelSettings", found)


class _Prepared:
    """What a model is told of the form of an answer, prepared once for each schema and mode.

    The library goes through the whole schema to make it what a provider takes, each time with the same result.
    """

    def __init__(self, dialect: Dialect) -> None:
        self._customise = dialect.customize_request_parameters
        self._made: dict[tuple[int, str, Ran], tuple[Any, ModelRequestParameters]] = {}
        self._customised: dict[int, ModelRequestParameters] = {}
        vars(dialect)["customize_request_parameters"] = self._once

    def parameters(self, request: CallRequest, mode: Ran) -> ModelRequestParameters:
        """The parameters for a request in a mode; a schema that is the same object is the same schema."""
        key = (id(request.schema), request.schema_name, mode)
        if key not in self._made:
            if len(self._made) >= MOST_PREPARED:
                self._made.clear()
                self._customised.clear()
            made = _parameters(request, mode)
            self._made[key] = (request.schema, made)  # held, so that no other schema gets its number
            self._customised[id(made)] = self._customise(made)
        return self._made[key][1]

    def _once(self, parameters: ModelRequestParameters) -> ModelRequestParameters:
        return self._customised.get(id(parameters)) or self._customise(parameters)


def _parameters(request: CallRequest, mode: Ran) -> ModelRequestParameters:
    if mode == "tool":
        tool = ToolDefinition(
            name=request.schema_name,
            parameters_json_schema=request.schema,
            description="Give the answer.",
            kind="output",
        )
        return ModelRequestParameters(output_mode="tool", output_tools=[tool], allow_text_output=False)
    shape = OutputObjectDefinition(json_schema=request.schema, name=request.schema_name)
    words = PROMPTED if mode == "prompted" else None
    return ModelRequestParameters(
        output_mode=mode, output_object=shape, allow_text_output=True, prompted_output_template=words
    )


def _told(answer: ModelResponse) -> Told:
    usage = answer.usage
    counted = Usage(usage.input_tokens, usage.output_tokens) if usage.input_tokens or usage.output_tokens else Usage()
    return Told(_text_of(answer), counted, answer.model_name, str(answer.finish_reason or "") or None)


def _text_of(answer: ModelResponse) -> str:
    """The answer as text: what the model wrote, or the arguments with which it called the tool."""
    for part in answer.parts:
        if isinstance(part, ToolCallPart):
            return part.args_as_json_str()
    texts = [part.content for part in answer.parts if isinstance(part, TextPart)]
    return "".join(text for text in texts if isinstance(text, str))  # a block of a new kind comes as a text of None
