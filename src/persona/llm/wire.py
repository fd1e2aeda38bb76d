"""The line to a provider: an HTTP transport that keeps the exact bytes of each exchange."""

from __future__ import annotations

import contextvars
import time
from typing import Any, NamedTuple

import httpx2

LARGEST = 32 * 1024 * 1024
"""Bytes of one answer beyond which a server is not listened to."""

KEPT_HEADERS = frozenset(
    ("x-request-id", "request-id", "openai-model", "openai-processing-ms", "openai-version", "content-type", "date",
     "retry-after", "retry-after-ms", "x-ratelimit-remaining-requests", "x-ratelimit-remaining-tokens", "server")
)  # fmt: skip
"""The headers of an answer that are recorded. A list of what is kept, so that a new secret header is not."""


class Taken(NamedTuple):
    """One exchange: what went out, what came back, how long it took. ``status`` None: no answer came."""

    sent: bytes
    received: bytes
    status: int | None
    headers: dict[str, str]
    seconds: float
    error: str | None


taken: contextvars.ContextVar[list[Taken]] = contextvars.ContextVar("taken")
"""The exchanges of the call at hand: calls that run at the same time each have their own list."""


class KeepingTransport(httpx2.AsyncBaseTransport):
    """Sends as httpx does, never retries, and writes each exchange down."""

    def __init__(self) -> None:
        self._inner = httpx2.AsyncHTTPTransport(retries=0)

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        """Send one request; its bytes and those of the answer, whole or broken off, go to ``taken``."""
        sent = await request.aread()
        request.headers["accept-encoding"] = "identity"  # what is recorded is what can be read, and bounded
        begun = time.monotonic()
        received = bytearray()
        status: int | None = None
        headers: dict[str, str] = {}
        try:
            response = await self._inner.handle_async_request(request)
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
            self._keep(sent, received, None, headers, begun, f"{type(error).__name__}: {error}".rstrip(": "))
            raise
        self._keep(sent, received, status, headers, begun, None)
        return httpx2.Response(status, headers=response.headers, content=bytes(received), request=request)

    def _keep(
        self,
        sent: bytes,
        received: bytearray,
        status: int | None,
        headers: dict[str, str],
        begun: float,
        error: str | None,
    ) -> None:
        found = taken.get(None)
        if found is not None:
            found.append(Taken(sent, bytes(received), status, headers, time.monotonic() - begun, error))

    async def aclose(self) -> None:
        """Release the connections."""
        await self._inner.aclose()
