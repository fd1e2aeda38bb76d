"""One connection to a server, and what servers do on it."""

from __future__ import annotations

import asyncio
import contextlib
import datetime
import queue
import ssl
import threading
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from persona.llm import line as lines
from persona.llm.line import Answer, BrokenOff, Line, NotReached, Origin, origin_of
from persona.llm.wire import KeepingTransport, Taken, taken

HEADERS = [(b"host", b"127.0.0.1"), (b"content-length", b"5")]
WHOLE = b"HTTP/1.1 200 OK\r\nx-request-id: r1\r\ncontent-length: 2\r\n\r\n{}"

Serve = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


async def served(serve: Serve, asks: Callable[[Origin], Awaitable[Any]], secure: ssl.SSLContext | None = None) -> Any:
    """What comes of asking a server that does ``serve`` on each connection; it is done with all when this returns."""
    at_work: set[asyncio.Task[Any]] = set()

    async def each(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        at_work.add(task)
        try:
            await serve(reader, writer)
        finally:
            writer.close()
            with contextlib.suppress(OSError):
                await writer.wait_closed()

    server = await asyncio.start_server(each, "127.0.0.1", 0, ssl=secure)
    port = server.sockets[0].getsockname()[1]
    try:
        return await asks(Origin("https" if secure else "http", "127.0.0.1", port))
    finally:
        server.close()
        await asyncio.sleep(0.02)  # who was hung up on hears of it
        if at_work:
            await asyncio.wait(at_work, timeout=5)


def answers(*replies: bytes, close: bool = False) -> Serve:
    """A server that reads a request and writes a reply, one after the other; then it hangs up, or waits."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError):
            for reply in replies:
                head = await reader.readuntil(b"\r\n\r\n")
                assert head.startswith(b"POST /x HTTP/1.1\r\n")
                assert await reader.readexactly(5) == b"hello"
                writer.write(reply)
                await writer.drain()
            if not close:
                await reader.read()
        writer.close()

    return serve


def once(reply: bytes, *, close: bool = False) -> Answer:
    async def ask(origin: Origin) -> Answer:
        answer = Answer()
        line = Line(origin, None)
        try:
            await line.ask(b"POST", b"/x", HEADERS, b"hello", answer)
        finally:
            line.close()
        return answer

    found: Answer = asyncio.run(asyncio.wait_for(served(answers(reply, close=close), ask), 10))
    return found


def test_an_answer_comes_whole() -> None:
    answer = once(WHOLE)
    assert (answer.status, bytes(answer.body), dict(answer.headers)[b"x-request-id"]) == (200, b"{}", b"r1")


def test_an_answer_in_chunks_after_a_word_in_between() -> None:
    reply = b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n1\r\n{\r\n1\r\n}\r\n0\r\n\r\n"
    assert bytes(once(reply).body) == b"{}"


def test_an_answer_that_ends_with_the_line() -> None:
    assert bytes(once(b"HTTP/1.0 200 OK\r\n\r\n{}", close=True).body) == b"{}"


@pytest.mark.parametrize(
    ("reply", "told"),
    [
        (b"", "hung up without an answer"),
        (b"HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\n{}", "without sending complete"),
        (b"SSH-2.0-OpenSSH_9\r\n\r\n", "illegal"),
        (b"HTTP/1.1 200 OK\r\nx: " + b"y" * 200_000, "too long|exceeds|size"),
    ],
)
def test_what_is_no_answer_is_said(reply: bytes, told: str) -> None:
    with pytest.raises(BrokenOff, match=told):
        once(reply, close=True)


def test_an_answer_without_end_is_not_listened_to(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lines, "LARGEST", 1000)
    with pytest.raises(BrokenOff, match="longer than 1,000 bytes"):
        once(b"HTTP/1.1 200 OK\r\n\r\n" + b"x" * 5000, close=True)


@given(st.binary(max_size=60), st.integers(0, len(WHOLE)))
@settings(max_examples=60)
def test_whatever_a_server_writes_is_an_answer_or_an_error(junk: bytes, at: int) -> None:
    with contextlib.suppress(BrokenOff):
        answer = once(WHOLE[:at] + junk + WHOLE[at:], close=True)
        assert answer.status is not None


def test_nobody_there() -> None:
    async def ask() -> None:
        await Line(Origin("http", "127.0.0.1", 1), None).ask(b"POST", b"/x", HEADERS, b"hello", Answer())

    with pytest.raises(NotReached, match=r"refused|Connect call failed"):
        asyncio.run(ask())


@pytest.mark.parametrize("host", ["a..b", "x" * 70])
def test_a_name_that_no_host_has(host: str) -> None:
    async def ask() -> None:
        await Line(Origin("http", host, 1), None).ask(b"POST", b"/x", HEADERS, b"hello", Answer())

    with pytest.raises(NotReached):
        asyncio.run(ask())


def exchanged(serve: Serve, times: int, *, secret: str = "k") -> tuple[list[Taken], int]:  # no secret
    """So many exchanges one after the other over one transport; what was taken, and how many connections it took."""
    count = 0

    async def counted(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal count
        count += 1
        await serve(reader, writer)

    async def ask(origin: Origin) -> list[Taken]:
        transport = KeepingTransport(secret)
        taken.set(found := [])
        for _ in range(times):
            await transport.exchange(origin, b"/x", HEADERS, b"hello")
            await asyncio.sleep(0.02)
        await transport.aclose()
        return found

    found: list[Taken] = asyncio.run(asyncio.wait_for(served(counted, ask), 10))
    return found, count


def test_a_line_is_used_again() -> None:
    found, count = exchanged(answers(*[WHOLE] * 5), 5)
    assert count == 1
    assert [(one.status, one.received, one.headers) for one in found] == [(200, b"{}", {"x-request-id": "r1"})] * 5


@pytest.mark.parametrize(
    "serve",
    [
        answers(WHOLE, close=True),
        answers(WHOLE.replace(b"x-request-id: r1", b"connection: close")),
        answers(WHOLE + b"HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\nevil"),
    ],
    ids=["hung up", "said so", "more than was asked for"],
)
def test_a_line_that_is_not_to_be_trusted_is_not_used_again(serve: Serve) -> None:
    found, count = exchanged(serve, 3)
    assert count == 3
    assert {one.received for one in found} == {b"{}"}


def test_what_comes_without_being_asked_for_answers_nothing() -> None:
    """Also where it comes when the line is at rest, and the loop has not had the time to look."""
    evil = b"HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\nevil"

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"hello")
        writer.write(WHOLE)
        await writer.drain()
        await asyncio.sleep(0.02)
        writer.write(evil)
        await reader.read()
        writer.close()

    async def ask(origin: Origin) -> list[bytes]:
        transport = KeepingTransport("k")
        found = [(await transport.exchange(origin, b"/x", HEADERS, b"hello")).received]
        time.sleep(0.05)  # the loop is kept from hearing of it
        found.append((await transport.exchange(origin, b"/x", HEADERS, b"hello")).received)
        await asyncio.sleep(0.05)
        found.append((await transport.exchange(origin, b"/x", HEADERS, b"hello")).received)
        await transport.aclose()
        return found

    def apart(started: queue.SimpleQueue[Any]) -> None:
        async def run() -> None:
            server = await asyncio.start_server(serve, "127.0.0.1", 0)
            started.put(server.sockets[0].getsockname()[1])
            await asyncio.sleep(1.0)
            server.close()
            await asyncio.sleep(0.1)

        asyncio.run(run())

    ports: queue.SimpleQueue[Any] = queue.SimpleQueue()
    thread = threading.Thread(target=apart, args=(ports,))
    thread.start()
    assert asyncio.run(ask(Origin("http", "127.0.0.1", ports.get()))) == [b"{}"] * 3
    thread.join()


def test_a_server_that_hangs_up_each_time_is_found_out() -> None:
    """It neither says so nor is it late: some requests are lost until it is known, and then none."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"hello")
        writer.write(WHOLE)
        await writer.drain()
        with contextlib.suppress(asyncio.IncompleteReadError):
            await reader.readexactly(1)  # the next request, which gets no answer
        writer.transport.abort()

    async def ask(origin: Origin) -> int:
        transport, lost = KeepingTransport("k"), 0
        for _ in range(30):
            try:
                await transport.exchange(origin, b"/x", HEADERS, b"hello")
            except BrokenOff:
                lost += 1
        await transport.aclose()
        return lost

    assert 1 <= asyncio.run(asyncio.wait_for(served(serve, ask), 10)) <= 2


def test_a_line_that_nobody_used_for_long_is_closed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("persona.llm.wire.IDLE", 0.001)
    _, count = exchanged(answers(*[WHOLE] * 3), 3)
    assert count == 3


def test_the_address_of_an_origin() -> None:
    assert origin_of("https://api.openai.com/v1") == Origin("https", "api.openai.com", 443)
    assert origin_of("http://[::1]:8000/v1") == Origin("http", "::1", 8000)
    assert origin_of("http://localhost:0/v1") == Origin("http", "localhost", 0)
    assert origin_of("http://localhost/v1") == Origin("http", "localhost", 80)


@contextmanager
def certified(folder: Path, name: str) -> Iterator[tuple[ssl.SSLContext, Path]]:
    """A server's context with a certificate for ``name`` that it signed itself, and the file to trust it by."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.x509.oid import NameOID

    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = datetime.datetime.now(datetime.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    file = folder / "certificate.pem"
    plain = serialization.NoEncryption()
    private = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, plain)
    file.write_bytes(private + made.public_bytes(serialization.Encoding.PEM))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(file)
    yield context, file


def over_tls(folder: Path, name: str, *, trusted: bool) -> Answer:
    with certified(folder, name) as (context, file):
        ours = ssl.create_default_context(cafile=str(file) if trusted else None)

        async def ask(origin: Origin) -> Answer:
            answer = Answer()
            line = Line(origin._replace(host="localhost"), ours)
            try:
                await line.ask(b"POST", b"/x", HEADERS, b"hello", answer)
            finally:
                line.close()
            return answer

        found: Answer = asyncio.run(asyncio.wait_for(served(answers(WHOLE), ask, context), 10))
        return found


def test_a_secure_line_to_whom_it_says(tmp_path: Path) -> None:
    assert bytes(over_tls(tmp_path, "localhost", trusted=True).body) == b"{}"


@pytest.mark.parametrize(("name", "trusted"), [("localhost", False), ("somebody.example", True)])
def test_nothing_is_sent_to_who_is_not_who_it_says(tmp_path: Path, name: str, *, trusted: bool) -> None:
    with pytest.raises(NotReached, match="certificate verify failed"):
        over_tls(tmp_path, name, trusted=trusted)
