"""The line to a provider: an HTTP transport that keeps the exact bytes of each exchange."""

from __future__ import annotations

import contextvars
import time
from typing import Any, NamedTuple

import httpx2

from persona.llm.parsing import members, parse
from persona.model.calls import CallRequest, Usage

LARGEST = 32 * 1024 * 1024
"""Bytes of one answer beyond which a server is not listened to."""

IDLE = 5.0
"""Seconds after which a line that nobody used is not used again: servers hang up on idle ones."""

KEPT_HEADERS = frozenset(
    ("x-request-id", "request-id", "openai-model", "openai-processing-ms", "openai-version", "content-type", "date",
     "retry-after", "retry-after-ms", "x-ratelimit-remaining-requests", "x-ratelimit-remaining-tokens", "server")
)  # fmt: skip
"""The headers of an answer that are recorded. A list of what is kept, so that a new secret header is not."""


class Taken(NamedTuple):
    """One exchange: what went out, what came back, how long it took.

    ``status`` None: no whole answer came. ``reached`` is False where nothing went over the line.
    """

    sent: bytes
    received: bytes
    status: int | None
    headers: dict[str, str]
    seconds: float
    error: str | None
    reached: bool = True


taken: contextvars.ContextVar[list[Taken]] = contextvars.ContextVar("taken")
"""The exchanges of the call at hand: calls that run at the same time each have their own list."""


NEVER_REACHED = (httpx2.ConnectError, httpx2.ConnectTimeout, httpx2.PoolTimeout, httpx2.UnsupportedProtocol)
"""What goes wrong before a request is on its way."""


def keep(one: Taken) -> None:
    """Write an exchange down for the call at hand; outside of one nothing is kept."""
    found = taken.get(None)
    if found is not None:
        found.append(one)


class KeepingTransport(httpx2.AsyncBaseTransport):
    """Sends as httpx does, never retries, and writes each exchange down.

    Each exchange has a line to itself, which the next one uses again unless something went wrong on it. A pool of many
    lines looks at all of them for each request and asks the system about those that are idle; it would also hang up on
    all but twenty.
    """

    def __init__(self) -> None:
        self._secure = httpx2.create_ssl_context()
        self._free: list[httpx2.AsyncHTTPTransport] = []
        self._lines: list[httpx2.AsyncHTTPTransport] = []

    def _line(self) -> httpx2.AsyncHTTPTransport:
        """The line that was used last, so that those nobody needs grow old and are closed; else a new one."""
        if self._free:
            return self._free.pop()
        one = httpx2.Limits(max_connections=1, max_keepalive_connections=1, keepalive_expiry=IDLE)
        self._lines.append(httpx2.AsyncHTTPTransport(verify=self._secure, retries=0, limits=one))
        return self._lines[-1]

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        """Send one request; its bytes and those of the answer, whole or broken off, go to ``taken``."""
        sent = await request.aread()
        request.headers["accept-encoding"] = "identity"  # what is recorded is what can be read, and bounded
        begun = time.monotonic()
        received = bytearray()
        status: int | None = None
        headers: dict[str, str] = {}
        line = self._line()
        try:
            response = await line.handle_async_request(request)
            try:
                status = response.status_code
                headers = {name: value for name, value in response.headers.items() if name.lower() in KEPT_HEADERS}
                stream: Any = response.stream
                async for chunk in stream:
                    received += chunk
                    if len(received) > LARGEST:
                        raise httpx2.ReadError(f"the answer is longer than {LARGEST:,} bytes")
            finally:
                await response.aclose()
        except BaseException as error:
            told = f"{type(error).__name__}: {error}".rstrip(": ")
            reached = not isinstance(error, NEVER_REACHED)
            keep(Taken(sent, bytes(received), None, headers, time.monotonic() - begun, told, reached))
            self._lines.remove(line)
            await line.aclose()
            raise
        self._free.append(line)
        keep(Taken(sent, bytes(received), status, headers, time.monotonic() - begun, None))
        return httpx2.Response(status, headers=response.headers, content=bytes(received), request=request)

    async def aclose(self) -> None:
        """Release the connections."""
        for line in self._lines:
            await line.aclose()


def told_usage(received: bytes) -> Usage:
    """The tokens that an answer says it took, in any provider's form; None where it does not say."""
    found = parse(received.decode("utf-8", "replace"))
    told = (found.get("usage") or found.get("usageMetadata")) if isinstance(found, dict) else None
    if not isinstance(told, dict):
        return Usage()
    return Usage(
        _first(told, "prompt_tokens", "input_tokens", "inputTokens", "promptTokenCount"),
        _first(told, "completion_tokens", "output_tokens", "outputTokens", "candidatesTokenCount"),
    )


SENT_AS = {
    "temperature": ("temperature",),
    "seed": ("seed",),
    "max_tokens": ("max_tokens", "max_completion_tokens", "maxOutputTokens", "maxTokens"),
}
"""What the providers call the parameters of a request."""


def unsent(request: CallRequest, sent: bytes) -> tuple[str, ...]:
    """What a request asks for and its bytes do not: the library leaves out what a model is known to refuse."""
    body = members(sent)
    if not body:
        return ()
    inner = [members(body[name]) for name in ("generationConfig", "inferenceConfig") if name in body]
    names = {name for part in (body, *inner) for name in part}
    asked = [name for name in SENT_AS if getattr(request, name) is not None]
    return tuple(name for name in asked if not names.intersection(SENT_AS[name]))


def _first(told: dict[str, Any], *names: str) -> int | None:
    return next((told[name] for name in names if type(told.get(name)) is int and told[name] >= 0), None)
