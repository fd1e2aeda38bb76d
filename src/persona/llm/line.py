"""One connection to a server: HTTP/1.1 by h11, over the streams of asyncio."""

from __future__ import annotations

import asyncio
import select
import socket
import ssl
from asyncio.staggered import staggered_race
from functools import partial
from itertools import chain, zip_longest
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import h11

LARGEST = 32 * 1024 * 1024
"""Bytes of one answer beyond which a server is not listened to."""

LARGEST_HEAD = 100 * 1024
"""Bytes of its headers."""

HEAD_START = 0.25
"""Seconds that one address of a server gets before the next is tried beside it (RFC 8305, section 8)."""

Headers = list[tuple[bytes, bytes]]


class NotReached(OSError):
    """Nothing went over the line: no such host, nobody listens there, or it is not who it says."""


class BrokenOff(OSError):
    """No whole answer came: the server hung up, or did not speak HTTP."""


class Origin(NamedTuple):
    """Whom a line goes to. ``scheme`` is ``http`` or ``https``."""

    scheme: str
    host: str
    port: int


def origin_of(address: str) -> Origin:
    """Whom an address is."""
    parts = urlsplit(address)
    usual = 443 if parts.scheme == "https" else 80
    return Origin(parts.scheme, parts.hostname or "", usual if parts.port is None else parts.port)


class Answer:
    """What has come of an answer so far. ``status`` None: not even its head."""

    def __init__(self) -> None:
        self.status: int | None = None
        self.headers: Headers = []
        self.body = bytearray()


class _Reader(asyncio.StreamReader):
    """A reader that knows how much has come."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        super().__init__(loop=loop)
        self.came = 0

    def feed_data(self, data: Any) -> None:
        """See ``asyncio.StreamReader``; called as bytes come."""
        self.came += len(data)
        super().feed_data(data)


class Line:
    """A connection that is opened when first asked over, and asks one thing after the other.

    ``is_good`` says that another request may be sent. Whatever goes wrong, the line is of no more use.
    """

    def __init__(self, origin: Origin, secure: ssl.SSLContext | None) -> None:
        self._origin = origin
        self._secure = secure
        self._http = h11.Connection(h11.CLIENT, max_incomplete_event_size=LARGEST_HEAD)
        self._reader: _Reader | None = None
        self._writer: asyncio.StreamWriter | None = None
        self._heard = 0

    async def ask(self, method: bytes, target: bytes, headers: Headers, body: bytes, answer: Answer) -> None:
        """Send a request and hear the answer out, into ``answer``. Raises ``NotReached`` and ``BrokenOff``."""
        reader, writer = await self._opened()
        try:
            head = h11.Request(method=method, target=target, headers=headers)
            sent = [self._http.send(head), self._http.send(h11.Data(body)), self._http.send(h11.EndOfMessage())]
            writer.write(b"".join(part for part in sent if part))
            await writer.drain()
            while True:
                event: Any = self._http.next_event()
                if event is h11.NEED_DATA:
                    came = await reader.read(65536)
                    self._heard += len(came)
                    if not came and answer.status is None:
                        raise BrokenOff("the server hung up without an answer")
                    self._http.receive_data(came)
                elif isinstance(event, h11.Response):
                    answer.status, answer.headers = event.status_code, list(event.headers)
                elif isinstance(event, h11.Data):
                    answer.body += event.data
                    if len(answer.body) > LARGEST:
                        raise BrokenOff(f"the answer is longer than {LARGEST:,} bytes")
                elif isinstance(event, h11.EndOfMessage):
                    break
        except (h11.ProtocolError, OSError) as error:
            if isinstance(error, BrokenOff):
                raise
            raise BrokenOff(str(error) or type(error).__name__) from error
        ended = self._http.our_state is h11.DONE and self._http.their_state is h11.DONE
        if ended and not self._http.trailing_data[0]:  # what nobody asked for belongs to no answer
            self._http.start_next_cycle()

    @property
    def is_good(self) -> bool:
        """Whether another request may be sent: the last one has ended, nobody hung up, and nothing came since.

        The system is asked, too: the loop may not have had the time to hear of it. What comes without being asked for
        would else be the answer to the next request.
        """
        at_rest = self._http.our_state is h11.IDLE and self._http.their_state is h11.IDLE
        if not at_rest or self._reader is None or self._writer is None or self._writer.is_closing():
            return False
        if self._reader.at_eof() or self._reader.came > self._heard:
            return False
        return not _is_readable(self._writer.get_extra_info("socket").fileno())

    def close(self) -> None:
        """Hang up at once: nothing is left to be said on it."""
        if self._writer is not None:
            self._writer.transport.abort()

    async def _opened(self) -> tuple[_Reader, asyncio.StreamWriter]:
        if self._reader is None or self._writer is None:
            host = self._origin.host
            try:
                found = await _connected(host, self._origin.port)
                loop = asyncio.get_running_loop()
                self._reader = _Reader(loop)
                protocol = asyncio.StreamReaderProtocol(self._reader, loop=loop)
                transport, _ = await loop.create_connection(
                    lambda: protocol, sock=found, ssl=self._secure, server_hostname=host if self._secure else None
                )
                self._writer = asyncio.StreamWriter(transport, protocol, self._reader, loop)
            except (OSError, UnicodeError) as error:  # a name of letters that no name can have
                raise NotReached(str(error) or type(error).__name__) from error
        return self._reader, self._writer


def _is_readable(handle: int) -> bool:
    """Whether a socket has something to say: bytes, or that the other side is gone."""
    if hasattr(select, "poll"):
        asked = select.poll()
        asked.register(handle, select.POLLIN)
        return bool(asked.poll(0))
    return bool(select.select([handle], [], [], 0)[0])  # Windows has no poll


async def _connected(host: str, port: int) -> socket.socket:
    """A connection to whichever address of a host answers first, each with a head start over the next."""
    loop = asyncio.get_running_loop()
    listed = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    kinds = {one[0]: [each for each in listed if each[0] == one[0]] for one in listed}
    turns = [one for one in chain.from_iterable(zip_longest(*kinds.values())) if one is not None]
    tries = [partial(_connect, family, address) for family, _, _, _, address in turns]
    found: socket.socket | None
    found, _, errors = await staggered_race(tries, HEAD_START)
    if found is None:
        raise next((one for one in errors if isinstance(one, OSError)), OSError("no address answers"))
    return found


async def _connect(family: int, address: Any) -> socket.socket:
    made = socket.socket(family, socket.SOCK_STREAM)
    try:
        made.setblocking(False)
        made.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        await asyncio.get_running_loop().sock_connect(made, address)
    except BaseException:
        made.close()
        raise
    return made
