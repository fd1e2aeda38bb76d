"""Sending events to a consumer over HTTP: one request an event, as the specification's transport does it.

https://openlineage.io/docs/client/python (transport ``http``): ``POST`` with ``application/json`` to ``api/v1/lineage``
below the address, and a key as a bearer token. Nothing is sent to another host than the one that was named, and a key
never over a connection that others can read.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping
from contextlib import suppress
from http.client import HTTPConnection, HTTPException, HTTPResponse, HTTPSConnection
from types import TracebackType
from typing import NamedTuple, Self
from urllib.parse import SplitResult, urljoin, urlsplit

from persona import __version__
from persona.errors import PermissionDenied, PersonaError, StorageError, UsageError

KEY_VARIABLE = "OPENLINEAGE_API_KEY"
"""The environment variable that holds the key, as clients of the specification call it."""

DEFAULT_PATH = "/api/v1/lineage"
_AGAIN = (408, 429, 500, 502, 503, 504)
_REDIRECTS = 3
_ANSWER = 4096
"""Bytes of an answer that are read."""


class Patience(NamedTuple):
    """How long is waited, in seconds: for one step of an answer, for a whole one, and at most between two attempts."""

    step: float = 10.0
    whole: float = 30.0
    longest_wait: float = 60.0
    attempts: int = 5
    first_wait: float = 0.5


PATIENT = Patience()
BRIEF = Patience(step=2.0, whole=4.0, longest_wait=1.0, attempts=2, first_wait=0.2)
"""While a run is under way: what cannot be sent quickly is exported later."""


class Address(NamedTuple):
    """Where events are sent: a checked URL in its parts."""

    scheme: str
    host: str
    port: int
    target: str

    def shown(self) -> str:
        """The address as people read it."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{self.scheme}://{host}:{self.port}{self.target}"

    @property
    def local(self) -> bool:
        """Whether it is this machine, and nobody on a network can listen."""
        return self.host in ("127.0.0.1", "::1", "localhost")


def read_address(url: str, place: str) -> Address:
    """The address that a URL names; the path of the specification where it names none.

    Raises ``UsageError`` for what is no URL of HTTP, or holds a password.
    """
    try:
        parts = urlsplit(url.strip())
        port = parts.port
    except ValueError:
        raise _no_address("this is no URL", place) from None
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise _no_address("events are sent to a URL that begins with http:// or https://", place)
    if parts.username is not None or parts.password is not None:
        raise _no_address("the URL holds a name or a password, which would stand in files and messages", place)
    if not _is_plain(url.strip()):
        raise _no_address("the URL holds characters that must be written as %XX", place)
    return _address(parts, port)


def _no_address(told: str, place: str) -> UsageError:
    hint = f"name it like `http://127.0.0.1:5000`; a key stands in the environment variable {KEY_VARIABLE}"
    return UsageError(told, code="openlineage-url", place=place, hints=[hint])


def _is_plain(text: str) -> bool:
    """Whether a request line can hold the text as it is."""
    return all(32 < ord(one) < 127 for one in text)


def _address(parts: SplitResult, port: int | None) -> Address:
    path = parts.path if parts.path.strip("/") else DEFAULT_PATH
    target = f"{path}?{parts.query}" if parts.query else path
    return Address(parts.scheme, parts.hostname or "", port or (443 if parts.scheme == "https" else 80), target)


class Answered(NamedTuple):
    """What came back: the status, where it sends us, how long to wait, and its first words."""

    status: int
    location: str | None
    wait: float | None
    words: str


class Sender:
    """A consumer of events. Used as a context manager; the connection stays open between events.

    Raises ``PermissionDenied`` when a key would go over a connection that others can read.
    """

    def __init__(self, address: Address, key: str | None = None, patience: Patience = PATIENT) -> None:
        if key and address.scheme == "http" and not address.local:
            raise PermissionDenied(
                "the key would be sent over a connection that others can read",
                code="openlineage-denied",
                place=address.shown(),
                hints=[f"use an address that begins with https://, or unset {KEY_VARIABLE}"],
            )
        if key and not all(32 < ord(one) < 127 for one in key):
            raise UsageError(
                "the key holds characters that no header can carry",
                code="openlineage-url",
                place=KEY_VARIABLE,
                hints=[f"set {KEY_VARIABLE} to the key alone"],
            )
        self.address = address
        self._key = key
        self._patience = patience
        self._connection: HTTPConnection | None = None
        self._late = False

    def send(self, body: bytes) -> None:
        """Send one event, again where the consumer is busy or out of reach, as long as patience lasts.

        Raises ``StorageError`` when it cannot be reached or refuses, ``PermissionDenied`` when it wants a key.
        """
        wait, patience = self._patience.first_wait, self._patience
        for attempt in range(1, patience.attempts + 1):
            failed: PersonaError
            asked: float | None = None
            try:
                answer = self._posted(body)
            except (OSError, HTTPException) as error:
                self._drop()
                told = f"no answer within {self._patience.whole:g} seconds" if self._late else _said(error)
                failed = self._failed("openlineage-unreachable", f"it cannot be reached: {told}")
            else:
                if 200 <= answer.status < 300:
                    return
                failed = self._refused(answer)
                if answer.status not in _AGAIN:
                    raise failed
                asked = answer.wait
            if attempt == patience.attempts or (asked or 0.0) > patience.longest_wait:
                raise failed
            time.sleep(max(asked or 0.0, min(wait, patience.longest_wait)))
            wait *= 2

    def _posted(self, body: bytes) -> Answered:
        """One attempt, redirects within the same host followed."""
        target = self.address.target
        for _ in range(_REDIRECTS):
            answer = self._post(target, body)
            if answer.status not in (307, 308) or not answer.location:
                return answer
            try:
                parts = urlsplit(urljoin(self.address.shown(), answer.location))
                there = _address(parts, parts.port)
            except ValueError:
                raise self._failed("openlineage-refused", "it sends us on to what is no URL") from None
            if there[:3] != self.address[:3] or not _is_plain(there.target):
                raise self._failed("openlineage-refused", "it sends us on to another host, and nothing is sent there")
            target = there.target
        raise self._failed("openlineage-refused", "it sends us on and on")

    def _post(self, target: str, body: bytes) -> Answered:
        headers = {"Content-Type": "application/json", "User-Agent": f"persona-workbench/{__version__}"}
        if self._key:
            headers["Authorization"] = f"Bearer {self._key}"
        fresh = self._connection is None
        try:
            return self._once(target, body, headers)
        except (ConnectionError, HTTPException):
            self._drop()
            if fresh or self._late:
                raise
        return self._once(target, body, headers)  # the consumer had closed a connection that was kept open

    def _once(self, target: str, body: bytes, headers: Mapping[str, str]) -> Answered:
        """One request. A watch ends it when the whole takes too long, however often a byte comes."""
        if self._connection is None:
            kind = HTTPSConnection if self.address.scheme == "https" else HTTPConnection
            self._connection = kind(self.address.host, self.address.port, timeout=self._patience.step)
        connection = self._connection
        self._late = False
        watch = threading.Timer(self._patience.whole, self._cut, [connection])
        watch.daemon = True
        watch.start()
        try:
            connection.request("POST", target, body, dict(headers))
            response = connection.getresponse()
            words = response.read(_ANSWER)
            if self._late:  # a cut answer can look like a whole one
                raise TimeoutError
            if response.read(1):
                self._drop()  # more than anybody should say: not worth reading to its end
            return Answered(response.status, response.headers.get("Location"), _wait(response), _plain(words))
        finally:
            watch.cancel()

    def _cut(self, connection: HTTPConnection) -> None:
        """End a connection that another thread waits on."""
        import socket

        self._late = True
        if connection.sock is not None:
            with suppress(OSError):
                connection.sock.shutdown(socket.SHUT_RDWR)

    def _refused(self, answer: Answered) -> PersonaError:
        told = f"it answered {answer.status}" + (f": {answer.words}" if answer.words else "")
        if answer.status in (401, 403):
            return PermissionDenied(
                f"the events were not taken: {told}",
                code="openlineage-denied",
                place=self.address.shown(),
                hints=[f"set {KEY_VARIABLE} to a key that it accepts"],
            )
        return self._failed("openlineage-refused", told)

    def _failed(self, code: str, told: str) -> StorageError:
        message = f"the events were not taken: {told}"
        hint = "what was sent stays sent; send the rest when it answers"
        if code == "openlineage-unreachable":
            return StorageError(message, code="openlineage-unreachable", place=self.address.shown(), hints=[hint])
        return StorageError(message, code="openlineage-refused", place=self.address.shown(), hints=[hint])

    def _drop(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._drop()


def _wait(response: HTTPResponse) -> float | None:
    """The seconds of ``Retry-After`` (RFC 9110, 10.2.3): a number, or the time until a date; None without one."""
    said = (response.headers.get("Retry-After") or "").strip()
    if said.isascii() and said.isdecimal() and len(said) < 8:
        return float(said)
    from datetime import UTC, datetime
    from email.utils import parsedate_to_datetime

    try:
        moment = parsedate_to_datetime(said)
    except (TypeError, ValueError):
        return None
    return max(0.0, (moment.replace(tzinfo=moment.tzinfo or UTC) - datetime.now(UTC)).total_seconds())


def _plain(data: bytes) -> str:
    """The first words of an answer as one line."""
    text = "".join(one if one.isprintable() else " " for one in data.decode("utf-8", "replace"))
    return " ".join(text.split())[:200]


def _said(error: BaseException) -> str:
    return " ".join(str(error).split())[:200] or type(error).__name__
