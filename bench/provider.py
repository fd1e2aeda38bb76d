"""A provider that takes its time and next to no processor: what the bench asks in the place of a hosted model.

``python bench/provider.py SECONDS`` prints its endpoint, and for each line it then reads from standard input one line
of JSON: how many requests it answered, how many different ones they were, and the processor seconds it took.

It is asked over real HTTP on loopback. What it answers is what the fixture of the tests answers, truly made from the
request; of requests that differ in nothing but a seed or a temperature only the first is thought about. A hosted model
takes nothing from this machine, so what this one takes is told beside the figures.
"""

from __future__ import annotations

import asyncio
import json
import resource
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from tests.llm import plausible  # the folder of the tests must be found first
from tests.llm.server import encode, read_request

HEAD = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\nx-request-id: req-%d\r\ncontent-length: %d\r\n\r\n"


class Provider:
    """Answers, each after so many seconds, and counts."""

    def __init__(self, hold: float) -> None:
        self.hold = hold
        self.count = 0
        self.known: dict[object, bytes] = {}

    def answer(self, path: str, headers: dict[str, str], raw: bytes) -> bytes:
        """The whole response to one request."""
        self.count += 1
        asked = read_request(path, headers, raw)
        decides = (path, asked.model, asked.mode, asked.tool, asked.system, *asked.messages, len(raw))
        body = self.known.get(decides)
        if body is None:
            body = self.known[decides] = encode(asked, plausible.respond(asked))
        return HEAD % (self.count, len(body)) + body

    def told(self) -> str:
        """What it did so far."""
        used = resource.getrusage(resource.RUSAGE_SELF)
        told = {"requests": self.count, "different": len(self.known), "cpu": used.ru_utime + used.ru_stime}
        return json.dumps(told)


class Line(asyncio.Protocol):
    """One connection, with one request after the other."""

    def __init__(self, provider: Provider) -> None:
        self._provider = provider
        self._come = bytearray()
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Somebody is there."""
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        """Take what came; when a request is whole, its answer is on its way ``hold`` seconds later."""
        self._come += data
        while (end := self._come.find(b"\r\n\r\n")) >= 0:
            first, *lines = bytes(self._come[:end]).split(b"\r\n")
            pairs = (line.decode("latin-1").partition(":") for line in lines)
            headers = {name.lower(): value.strip() for name, _, value in pairs}
            whole = end + 4 + int(headers["content-length"])
            if len(self._come) < whole:
                return
            raw = bytes(self._come[end + 4 : whole])
            del self._come[:whole]
            answer = self._provider.answer(first.split(b" ")[1].decode(), headers, raw)
            asyncio.get_running_loop().call_later(self._provider.hold, self._send, answer)

    def _send(self, answer: bytes) -> None:
        if self._transport is not None and not self._transport.is_closing():
            self._transport.write(answer)


async def serve(hold: float) -> None:
    """Answer until standard input ends."""
    provider = Provider(hold)
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: Line(provider), "127.0.0.1", 0)
    print(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/v1", flush=True)
    while await loop.run_in_executor(None, sys.stdin.readline):
        print(provider.told(), flush=True)
    server.close()


if __name__ == "__main__":
    asyncio.run(serve(float(sys.argv[1])))
