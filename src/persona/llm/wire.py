"""The line to a provider: an HTTP transport that keeps the exact bytes of each exchange."""

from __future__ import annotations

import asyncio
import contextvars
import time
from collections import Counter
from functools import cached_property
from typing import TYPE_CHECKING, Any, NamedTuple

import httpx2

from persona.llm.line import Answer, BrokenOff, Headers, Line, NotReached, Origin, origin_of
from persona.llm.parsing import members, parse
from persona.model.calls import CallRequest, Usage

if TYPE_CHECKING:
    import ssl

PLAIN = "identity"
"""How an answer is asked to be encoded: not at all."""

STAND_IN = b"the-key-of-persona-stands-here"
"""What the libraries are given for a key: the key itself is put in its place as a request goes out."""

IDLE = 5.0
"""Seconds after which a line that nobody used is not used again: servers hang up on idle ones."""

LOST = 2
"""Requests that went into lines hung up on, from which a server is suspected of doing so."""

KEPT_HEADERS = frozenset(
    ("x-request-id", "request-id", "openai-model", "openai-processing-ms", "openai-version", "content-type",
     "content-encoding", "date",
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


def keep(one: Taken) -> None:
    """Write an exchange down for the call at hand; outside of one nothing is kept."""
    found = taken.get(None)
    if found is not None:
        found.append(one)


class KeepingTransport(httpx2.AsyncBaseTransport):
    """The transport of all requests: it never retries, and writes each exchange down.

    Each exchange has a line to itself, which the next one uses again unless something went wrong on it. The libraries'
    own pool looks at all lines for each request, and takes three times as much of the processor.
    """

    def __init__(self, secret: str) -> None:
        self._secret = secret.encode()
        self._free: dict[Origin, list[tuple[float, Line]]] = {}
        self._again: Counter[Origin] = Counter()
        self._lost: Counter[Origin] = Counter()

    @cached_property
    def _secure(self) -> ssl.SSLContext:
        return httpx2.create_ssl_context()

    async def exchange(self, origin: Origin, target: bytes, headers: Headers, sent: bytes) -> Taken:
        """Post ``sent``; its bytes and those of the answer, whole or broken off, go to ``taken``.

        ``headers`` are all of them, with ``STAND_IN`` for the key. Raises ``NotReached`` and ``BrokenOff``.
        """
        begun = time.monotonic()
        answer = Answer()
        line, used = self._line(origin)
        self._again[origin] += used
        try:
            signed = [(name, value.replace(STAND_IN, self._secret)) for name, value in headers]
            await line.ask(b"POST", target, signed, sent, answer)
        except BaseException as error:
            told = f"{type(error).__name__}: {error}".rstrip(": ")
            reached = not isinstance(error, NotReached)
            self._lost[origin] += used and isinstance(error, BrokenOff) and answer.status is None
            keep(Taken(sent, bytes(answer.body), None, {}, time.monotonic() - begun, told, reached))
            line.close()
            raise
        now = time.monotonic()
        if line.is_good and self._stays(origin):
            self._free.setdefault(origin, []).append((now, line))
        else:
            line.close()
        told_headers = ((name.decode("latin-1").lower(), value.decode("latin-1")) for name, value in answer.headers)
        kept = {name: value for name, value in told_headers if name in KEPT_HEADERS}
        one = Taken(sent, bytes(answer.body), answer.status, kept, now - begun, None)
        keep(one)
        return one

    def _stays(self, origin: Origin) -> bool:
        """Whether a server keeps its lines open. There are some that hang up after each answer and do not say so."""
        return self._lost[origin] < LOST or self._lost[origin] * 20 < self._again[origin]

    def _line(self, origin: Origin) -> tuple[Line, bool]:
        """The line that was used last, so that those nobody needs grow old and are closed; else a new one.

        Whether it was used before.
        """
        free = self._free.get(origin, [])
        while free and time.monotonic() - free[0][0] > IDLE:
            free.pop(0)[1].close()
        while free:
            line = free.pop()[1]
            if line.is_good:
                return line, True
            line.close()
        return Line(origin, self._secure if origin.scheme == "https" else None), False

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        """Send a request that a library has written. Raises the errors that libraries know."""
        sent = await request.aread()
        request.headers["accept-encoding"] = PLAIN  # what is recorded is what can be read, and bounded
        try:
            one = await self.exchange(origin_of(str(request.url)), request.url.raw_path, request.headers.raw, sent)
        except NotReached as error:
            raise httpx2.ConnectError(str(error), request=request) from error
        except BrokenOff as error:
            raise httpx2.ReadError(str(error), request=request) from error
        assert one.status is not None, "an answer that came has one"
        return httpx2.Response(one.status, headers=one.headers, content=one.received, request=request)

    async def aclose(self) -> None:
        """Release the connections."""
        for free in self._free.values():
            for _, line in free:
                line.close()
        self._free = {}
        await asyncio.sleep(0)  # they are closed in the next turn of the loop


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
