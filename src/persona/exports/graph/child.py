"""The process that asks an engine, apart from the program: ``python -P -m persona.exports.graph.child``.

Both engines are C++ or Rust inside of Python: a broken file or a hostile query can end the process, a long query cannot
always be interrupted, and both know how to open sockets and files. So each question is asked in a process of its own.
It opens the graph, gives up the right to open anything more (``RLIMIT_NOFILE`` 0 and ``RLIMIT_FSIZE`` 0, where the
operating system has them), and only then hands the query over. One value of JSON comes in, one goes out.
"""

from __future__ import annotations

import hashlib
import json
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from types import ModuleType
from typing import Any

COMPLETE = "complete.json"
"""The file that says what every file of a graph holds; written last."""

MOST_BYTES = 32 * 1024 * 1024
"""The most that an answer holds."""


def main() -> None:
    """Do what is asked on the standard input."""
    wanted = json.loads(sys.stdin.buffer.read())
    given = _built(wanted) if wanted["do"] == "build" else _answered(wanted)
    sys.stdout.buffer.write(json.dumps(given).encode())
    sys.stdout.buffer.flush()
    with suppress(OSError):
        sys.stdout.close()
    _leave()


def _engine(language: str) -> ModuleType:
    if language == "cypher":
        from persona.exports.graph import cypher

        return cypher
    from persona.exports.graph import sparql

    return sparql


def _built(wanted: dict[str, Any]) -> dict[str, Any]:
    folder = Path(wanted["folder"])
    _engine(wanted["language"]).build(Path(wanted["rows"]), folder)
    files = {str(path.relative_to(folder)): _digest(path) for path in _files(folder)}
    (folder / COMPLETE).write_text(json.dumps(files), encoding="utf-8")
    return {"ok": True}


def _answered(wanted: dict[str, Any]) -> dict[str, Any]:
    folder = Path(wanted["folder"])
    engine = _engine(wanted["language"])
    try:
        files = json.loads((folder / COMPLETE).read_text(encoding="utf-8"))
        if files != {str(path.relative_to(folder)): _digest(path) for path in _files(folder)}:
            return {"ok": False, "why": "engine", "told": "the files are not as they were written"}
        graph = engine.Graph(folder)
    except Exception as error:  # noqa: BLE001  # whatever it is, the graph is made again
        return {"ok": False, "why": "engine", "told": str(error)}
    _shut(wanted["seconds"], graph.memory)
    try:
        columns, rows = graph.ask(wanted["query"], wanted["seconds"])
        return {"ok": True, "columns": columns, **_taken(rows, wanted["limit"])}
    except MemoryError:
        return {"ok": False, "why": "memory", "told": ""}
    except Exception as error:  # noqa: BLE001  # the engines raise what they like
        return {"ok": False, "why": engine.why(error), "told": str(error)}


def _taken(rows: Iterator[list[Any]], limit: int) -> dict[str, Any]:
    """So many rows, fewer where they are very long, and whether there are more."""
    taken: list[list[Any]] = []
    size = 0
    for row in rows:
        size += len(json.dumps(row))
        if len(taken) == limit or (taken and size > MOST_BYTES):
            return {"rows": taken, "more": True}
        taken.append(row)
    return {"rows": taken, "more": False}


def _shut(seconds: float, memory: int | None) -> None:
    """From here on: open no file and no socket, write no file, and end when the time is over, whatever is going on.

    ``memory`` is the most address space, for an engine that keeps no limit of its own.
    """
    import encodings.idna  # noqa: F401  # what Python itself would open later

    try:
        import resource
        import signal
    except ImportError:
        return
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_NOFILE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if memory is not None:
        resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    signal.setitimer(signal.ITIMER_REAL, seconds + 1)


def _files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file() and path.name not in (COMPLETE, "LOCK"))


def _digest(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _leave() -> None:
    """End at once: what the engines would tidy up is read only, and gone with the process."""
    import os

    os._exit(0)


if __name__ == "__main__":
    main()
