"""The adapter on pydantic-ai: one dialect for every provider. Prompts, retries, keys and records stay ours.

This module is imported when a model is called and not before: with its providers it takes seconds to load.
"""

from __future__ import annotations

import asyncio
import random
import time
from typing import Any, cast

import httpx2
import msgspec
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

from persona.errors import ModelError, said
from persona.llm import retrying
from persona.llm.base import Account, CallFailed
from persona.llm.complaints import complaint
from persona.llm.keys import Key, without, without_bytes
from persona.llm.pace import Pace
from persona.llm.parsing import members, parse
from persona.llm.providers import ModelName
from persona.llm.wire import KeepingTransport, Taken, taken, told_usage, unsent
from persona.model.calls import Answered, CallRequest, CallResponse, Exchange, Message, Ran, Usage, Wire, paid

MODES: tuple[Ran, ...] = ("native", "tool", "prompted")
REFUSES_MODE = frozenset({400, 404, 422, 500, 501})
"""Statuses by which servers that do not know a mode say so (llama.cpp answers 500)."""

TRIES_OF_A_MODE = 2
"""Exchanges after which a mode that nothing has answered in yet is given up for the next."""


MOST_FORMS = 64
"""Forms of answers that are kept prepared; an engine has a handful."""

PROMPTED = """Answer with one JSON object that follows this JSON Schema, and with nothing before or after it:

{schema}"""
"""How the form is asked for in words. It is ours, so that another version of the library asks the same."""


class ProviderModel:
    """A model of a provider. Meets ``llm.base.Model``. Lives in one event loop."""

    def __init__(self, name: ModelName, endpoint: str, key: Key | None, pace: Pace) -> None:
        self._name = name
        self._pace = pace
        self._key = key
        try:
            self._client = httpx2.AsyncClient(transport=KeepingTransport(), timeout=None)  # the deadline is ours
            self._dialect = _dialect(name, endpoint, key, self._client)
            self._forms = _Forms(self._dialect)
        except Exception as error:  # noqa: BLE001  # the libraries read variables and files of their own
            look = "`env | grep AWS_`" if name.provider.shape == "bedrock" else "`persona model list`"
            raise ModelError(
                f"{name.provider.title} cannot be asked as this machine is set up: {without(said(error), key)}",
                code="model-setup",
                place=f"{name.provider.name}:{name.model}",
                hints=[f"see what is set: {look}"],
            ) from None
        self._works: Ran | None = None
        self._chance = random.Random()  # noqa: S311  # to spread waits, not to hide anything

    async def close(self) -> None:
        """See ``Model.close``."""
        await self._client.aclose()

    async def ask(self, request: CallRequest, deadline: float, account: Account) -> Answered:
        """See ``Model.ask``."""
        begun = time.monotonic()
        exchanges: list[Exchange] = []
        last = Wire(b"", b"")
        error: ModelError | None = None
        for mode in self._modes(request):
            answer: CallResponse | ModelError
            before = len(exchanges)
            answer, wire = await self._in_mode(request, mode, begun, deadline, account, exchanges)
            last = wire or last
            if isinstance(answer, CallResponse):
                self._works = mode
                return Answered(answer, last)
            error = answer
            refused = len(exchanges) == before or exchanges[-1].status in REFUSES_MODE  # none: the library refused it
            if request.mode != "auto" or not refused or error.code == "budget-reached":
                break
        assert error is not None
        raise CallFailed(error, tuple(exchanges), last, round(time.monotonic() - begun, 6))

    def _is_trying(self, request: CallRequest) -> bool:
        return request.mode == "auto" and self._works is None

    def _modes(self, request: CallRequest) -> tuple[Ran, ...]:
        if request.mode != "auto":
            return (request.mode,)
        return (self._works,) if self._works else MODES

    async def _in_mode(
        self,
        request: CallRequest,
        mode: Ran,
        begun: float,
        deadline: float,
        account: Account,
        exchanges: list[Exchange],
    ) -> tuple[CallResponse | ModelError, Wire | None]:
        """Ask until there is an answer, or nothing that asking again would change; and the bytes of the last."""
        waited = 0.0
        wire: Wire | None = None
        for attempt in range(1, retrying.ATTEMPTS + 1):
            left = deadline - (time.monotonic() - begun)
            if self._pace.left() >= left:  # somebody was told so, and asking all the same would make it longer
                return complaint(self._name, 429, "", "", deadline), wire
            waited += await self._in_step(left)
            try:
                await account.reserve()
            except ModelError as refused:
                return refused, wire
            left = deadline - (time.monotonic() - begun)
            found, response, fault = await self._once(request, mode, left)
            last = found[-1] if found else Taken(b"", b"", None, {}, 0.0, fault, reached=False)
            came = found or ([last] if fault == "the deadline" else [])
            made = [
                self._exchange(one, mode, waited if one is last else 0.0, response if one is last else None)
                for one in came
            ]
            account.settle(paid(made))
            exchanges += made
            wire = Wire(last.sent, without_bytes(last.received, self._key))
            if response is not None:
                return self._response(request, response, wire, mode, begun, tuple(exchanges)), wire
            body = without(last.received.decode("utf-8", "replace"), self._key)
            told = last.error if last.error and fault != "the deadline" else fault
            error = complaint(self._name, last.status, body, without(told or "", self._key), deadline)
            if self._is_trying(request) and last.status in REFUSES_MODE and attempt >= TRIES_OF_A_MODE:
                return error, wire
            waited = retrying.pause(attempt, last.headers, self._chance)
            asked = retrying.asked_for(last.headers) if last.status in retrying.AGAIN else None
            if asked:
                self._pace.hold(asked)
            left = deadline - (time.monotonic() - begun)
            if not found or not retrying.is_worth_it(last.status, attempt) or waited >= left:
                return error, wire
            await asyncio.sleep(waited)
        raise AssertionError("unreachable: the loop returns")

    async def _in_step(self, left: float) -> float:
        """Wait until the server may be asked, as it told somebody; the seconds waited, never beyond the deadline."""
        waited = 0.0
        while (pause := self._pace.left()) > 0 and waited + pause < left:
            await asyncio.sleep(pause)
            waited += pause
        return waited

    async def _once(
        self, request: CallRequest, mode: Ran, left: float
    ) -> tuple[list[Taken], ModelResponse | None, str | None]:
        """One exchange: what went over the line, the answer where it can be read, and what went wrong."""
        found: list[Taken] = []
        token = taken.set(found)
        try:
            async with asyncio.timeout(max(left, 0.001)):
                answer = await model_request(
                    self._dialect,
                    _messages(request.messages),
                    model_settings=_settings(request, self._name.provider.shape),
                    model_request_parameters=self._forms.parameters(request, mode),
                    instrument=False,
                )
        except TimeoutError:
            return found, None, "the deadline"
        except asyncio.CancelledError:
            raise
        except UserError as error:
            return [], None, str(error)
        except Exception as error:  # noqa: BLE001  # five libraries with error trees of their own stand behind this
            return found, None, f"{type(error).__name__}: {error}"
        finally:
            taken.reset(token)
        if not _text_of(answer):
            why = f": it ended with `{answer.finish_reason}`" if answer.finish_reason not in (None, "stop") else ""
            return found, None, f"the answer holds no text{why}"
        return found, answer, None

    def _exchange(self, one: Taken, mode: Ran, waited: float, answer: ModelResponse | None) -> Exchange:
        error = None if one.error is None else without(one.error, self._key)[:500]
        usage = _usage_of(one, answer)
        return Exchange(mode, one.status, round(one.seconds, 6), round(waited, 3), one.headers, error, usage)

    def _response(
        self,
        request: CallRequest,
        answer: ModelResponse,
        wire: Wire,
        mode: Ran,
        begun: float,
        exchanges: tuple[Exchange, ...],
    ) -> CallResponse:
        text = without(_text_of(answer).encode("utf-8", "replace").decode(), self._key)
        return CallResponse(
            text=text,
            parsed=parse(text),
            usage=_counted(answer),
            model=answer.model_name or self._name.model,
            fingerprint=_fingerprint(wire.received),
            finish=str(answer.finish_reason) if answer.finish_reason else None,
            mode=mode,
            seconds=round(time.monotonic() - begun, 6),
            exchanges=exchanges,
            unsent=unsent(request, wire.sent),
        )


def _dialect(name: ModelName, endpoint: str, key: Key | None, client: httpx2.AsyncClient) -> Dialect:
    """The pydantic-ai model; each provider's own library is loaded here and nowhere else."""
    secret = key.value if key else "none"  # the libraries want some text, and local servers ignore it
    if name.provider.shape == "openai":
        from persona.llm.openai_form import dialect as openai

        return openai(name.model, endpoint, secret, client)
    if name.provider.shape == "anthropic":
        from anthropic import AsyncAnthropic
        from pydantic_ai.models.anthropic import AnthropicModel
        from pydantic_ai.providers.anthropic import AnthropicProvider

        own = AsyncAnthropic(base_url=endpoint, api_key=secret, http_client=client, max_retries=0)
        return AnthropicModel(name.model, provider=AnthropicProvider(anthropic_client=own))
    if name.provider.shape == "google":
        from pydantic_ai.models.google import GoogleModel
        from pydantic_ai.providers.google import GoogleProvider

        return GoogleModel(name.model, provider=GoogleProvider(base_url=endpoint, api_key=secret, http_client=client))
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


class _Forms:
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
            if len(self._made) >= MOST_FORMS:
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


def _counted(answer: ModelResponse) -> Usage:
    usage = answer.usage
    return Usage(usage.input_tokens, usage.output_tokens) if usage.input_tokens or usage.output_tokens else Usage()


def _usage_of(one: Taken, answer: ModelResponse | None) -> Usage | None:
    """What an exchange is charged: nothing where it never arrived or was refused, else what it says."""
    if not one.reached or not (one.status is None or 200 <= one.status < 300):
        return None
    counted = Usage() if answer is None else _counted(answer)
    return told_usage(one.received) if counted.input_tokens is None else counted


def _fingerprint(received: bytes) -> str | None:
    """The build that answered, where the provider names one beside the model."""
    told = bytes(members(received).get("system_fingerprint", b"null")).decode("utf-8", "replace")
    try:
        found = msgspec.json.decode(told)
    except msgspec.DecodeError:  # half a character
        return None
    return found if isinstance(found, str) else None


def _text_of(answer: ModelResponse) -> str:
    """The answer as text: what the model wrote, or the arguments with which it called the tool."""
    for part in answer.parts:
        if isinstance(part, ToolCallPart):
            return part.args_as_json_str()
    texts = [part.content for part in answer.parts if isinstance(part, TextPart)]
    return "".join(text for text in texts if isinstance(text, str))  # a block of a new kind comes as a text of None
