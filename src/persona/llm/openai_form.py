"""OpenAI's form: its own library, without what that does anew for each call and does not change a byte of it."""

from __future__ import annotations

from typing import Any, cast

import httpx2
from openai import AsyncOpenAI
from openai._base_client import make_request_options
from openai._models import FinalRequestOptions
from openai._types import NotGiven, Omit
from openai._utils._json import openapi_dumps
from openai.types.chat import ChatCompletion
from pydantic_ai.models import Model as Dialect
from pydantic_ai.models.openai import OpenAIChatModel
from pydantic_ai.providers.openai import OpenAIProvider

_FIRST = ("model", "stream", "service_tier", "messages")
"""The parameters that the library writes first; the others follow by name."""


def dialect(model: str, endpoint: str, secret: str, line: httpx2.AsyncClient) -> Dialect:
    """A model of OpenAI or of a server that speaks its form, asked over ``line``."""
    client = Client(base_url=endpoint, api_key=secret, http_client=line, max_retries=0)
    vars(client.chat)["completions"] = Completions(client)
    return OpenAIChatModel(model, provider=OpenAIProvider(openai_client=client))


class Client(AsyncOpenAI):
    """The library's client, which works out address and headers of a kind of request once."""

    def __init__(self, **given: Any) -> None:
        super().__init__(**given)
        self._built: dict[tuple[object, ...], httpx2.Request] = {}

    def _build_request(self, options: FinalRequestOptions, *, retries_taken: int = 0) -> httpx2.Request:
        headers = options.headers
        if retries_taken or isinstance(headers, NotGiven) or options.extra_json is not None:
            return super()._build_request(options, retries_taken=retries_taken)
        kind = (options.method, options.url, *headers.items())
        first = self._built.get(kind)
        if first is None:
            made = super()._build_request(options)
            for name in ("cookie", "content-length"):  # those of one request
                made.headers.pop(name, None)
            first = self._built[kind] = made
        return httpx2.Request(
            first.method,
            first.url,
            headers=first.headers,
            cookies=self._client.cookies,
            content=openapi_dumps(options.json_data),
            extensions=first.extensions,
        )


class Completions:
    """Chat completions whose parameters go out as they come: what pydantic-ai asks of the library's ``completions``.

    The library holds each message against every form that a message can have, in case a field goes by another name on
    the line. None of chat does, and looking takes a quarter of the time of a call. A test holds the bytes against those
    that the library sends by itself.
    """

    def __init__(self, client: AsyncOpenAI) -> None:
        self._client = client

    async def create(
        self, *, extra_headers: Any = None, extra_body: Any = None, timeout: Any = None, **given: Any
    ) -> ChatCompletion:
        """One completion, not streamed. Raises what the library raises."""
        told = {name: value for name, value in given.items() if not isinstance(value, (NotGiven, Omit))}
        body = {name: told[name] for name in (*_FIRST, *sorted(told.keys() - set(_FIRST))) if name in told}
        options = make_request_options(
            extra_headers=extra_headers, extra_body=extra_body, timeout=timeout, security={"bearer_auth": True}
        )
        return cast(
            "ChatCompletion",
            await self._client.post("/chat/completions", cast_to=ChatCompletion, body=body, options=options),
        )
