"""A door before the S3 server that counts who comes through: real requests, over the borders of processes."""

from __future__ import annotations

import re
import socket
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress

_REQUEST = re.compile(rb"(GET|PUT|HEAD|POST|DELETE) (\S+) HTTP/1\.1\r\n")


class Door:
    """Listens on loopback, passes everything on, and keeps the method and path of each request."""

    def __init__(self, server: str) -> None:
        self._to = int(server.rpartition(":")[2])
        self._listening = socket.create_server(("127.0.0.1", 0))
        self._open: list[socket.socket] = []
        self.endpoint = f"http://127.0.0.1:{self._listening.getsockname()[1]}"
        self.came: list[tuple[str, str]] = []
        threading.Thread(target=self._accept, daemon=True).start()

    def count(self) -> Counter[str]:
        """How many of each method came since the last look."""
        found = Counter(method for method, _ in self.came)
        self.came.clear()
        return found

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                client, _ = self._listening.accept()
                server = socket.create_connection(("127.0.0.1", self._to))
                self._open += [client, server]
                threading.Thread(target=self._pass, args=(client, server, True), daemon=True).start()
                threading.Thread(target=self._pass, args=(server, client, False), daemon=True).start()

    def _pass(self, here: socket.socket, there: socket.socket, counts: bool) -> None:
        with suppress(OSError):
            while data := here.recv(65536):
                if counts:
                    self.came += [(one[1].decode(), one[2].decode()) for one in _REQUEST.finditer(data)]
                there.sendall(data)
        with suppress(OSError):
            there.shutdown(socket.SHUT_WR)

    def close(self) -> None:
        for one in [self._listening, *self._open]:
            one.close()


@contextmanager
def counted(server: str) -> Iterator[Door]:
    door = Door(server)
    try:
        yield door
    finally:
        door.close()
