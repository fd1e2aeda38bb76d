"""A consumer of events on loopback that answers as it is told to."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


class Consumer:
    """What was received, and what is answered: ``script`` is taken from the front, then every answer is 201.

    An answer is a status, headers and a body; the statuses 0 and -1 stand for a byte a second without end, and a
    connection that is closed without a word.
    """

    def __init__(self) -> None:
        self.received: list[dict[str, Any]] = []
        self.paths: list[str] = []
        self.headers: list[dict[str, str]] = []
        self.script: list[tuple[int, dict[str, str], bytes]] = []
        self.always: tuple[int, dict[str, str], bytes] = (201, {}, b"")
        self.connections = 0
        self.url = ""


class _Server(ThreadingHTTPServer):
    def handle_error(self, request: Any, client_address: Any) -> None:
        """Somebody went away in the middle: that is meant."""


@contextmanager
def consumer() -> Iterator[Consumer]:
    """A consumer that listens."""
    state = Consumer()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def setup(self) -> None:
            state.connections += 1
            super().setup()

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            state.paths.append(self.path)
            state.headers.append(dict(self.headers))
            status, headers, words = state.script.pop(0) if state.script else state.always
            if status == -1:
                self.close_connection = True
                return
            if status == 0:
                self.wfile.write(b"HTTP/1.1 200 OK\r\nX-Slow: ")
                try:
                    for _ in range(100):
                        time.sleep(0.1)
                        self.wfile.write(b"x")
                except OSError:
                    self.close_connection = True
                return
            if status < 300:
                state.received.append(json.loads(body))
            self.send_response(status)
            for name, value in {**headers, "Content-Length": str(len(words))}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(words)

        def log_message(self, format: str, *args: Any) -> None:
            return

    server = _Server(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    state.url = f"http://127.0.0.1:{server.server_address[1]}"
    try:
        yield state
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
