"""Amazon Bedrock: its library is not the one of the others, so the line to it is listened to in another way."""

from __future__ import annotations

import time
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import ConnectTimeoutError, EndpointConnectionError
from pydantic_ai.models import Model as Dialect
from pydantic_ai.models.bedrock import BedrockConverseModel
from pydantic_ai.providers.bedrock import BedrockProvider

from persona.llm.providers import region_of
from persona.llm.wire import KEPT_HEADERS, Taken, keep, taken

LONGEST = 3600
"""Seconds that the library waits by itself. The deadline of a call is ours, and shorter."""


def dialect(model: str, endpoint: str) -> Dialect:
    """A model of Bedrock whose exchanges are written down. Credentials are found as AWS's own tools find them."""
    quiet = Config(retries={"total_max_attempts": 1}, read_timeout=LONGEST, parameter_validation=False)
    client = boto3.client(
        "bedrock-runtime", region_name=region_of(endpoint), endpoint_url=endpoint or None, config=quiet
    )
    client.meta.events.register("before-send.bedrock-runtime", _sent)
    client.meta.events.register("response-received.bedrock-runtime", _received)
    return BedrockConverseModel(model, provider=BedrockProvider(bedrock_client=client))


def _sent(request: Any, **_: Any) -> None:
    body = request.body or b""
    sent = body if isinstance(body, bytes) else str(body).encode()
    keep(Taken(sent, b"", None, {}, -time.monotonic(), "no answer came"))


def _received(response_dict: Any = None, exception: BaseException | None = None, **_: Any) -> None:
    found = taken.get(None)
    if not found:
        return
    begun = found[-1]
    seconds = max(0.0, begun.seconds + time.monotonic())
    if response_dict is None:
        told = f"{type(exception).__name__}: {exception}" if exception else "no answer came"
        reached = not isinstance(exception, (EndpointConnectionError, ConnectTimeoutError))
        found[-1] = begun._replace(seconds=seconds, error=told, reached=reached)
        return
    body = response_dict.get("body") or b""
    headers = {
        str(name).lower(): str(value)
        for name, value in dict(response_dict.get("headers") or {}).items()
        if str(name).lower() in KEPT_HEADERS
    }
    received = body if isinstance(body, bytes) else b""
    found[-1] = Taken(begun.sent, received, int(response_dict["status_code"]), headers, seconds, None)
