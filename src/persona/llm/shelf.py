"""Forms that were learnt before, on the shelf of the person who works here: then no library need be loaded to ask.

A form holds a schema, a model's name and an address, and neither words of participants nor a key. It is found again
for the same libraries, machine and variables, and taken only where it asks the address that is to be asked.
"""

from __future__ import annotations

import os
import stat
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import msgspec

from persona.llm.forms import Form, given, shape_of
from persona.llm.line import origin_of
from persona.llm.wire import STAND_IN
from persona.model.calls import CallRequest
from persona.model.canonical import digest_of_value
from persona.model.ids import new_id

RULE = "form/1"
"""By which forms are written; another rule finds none of them."""

MOST = 200
"""Forms on the shelf; the oldest make room."""

LIBRARIES = ("pydantic-ai-slim", "openai", "httpx2")


TOLD = frozenset(
    (b"host", b"connection", b"accept", b"accept-encoding", b"content-type", b"user-agent", b"authorization")
)
"""Headers that a form on the shelf may have, beside those in which the library tells of itself: none holds a secret."""

LARGEST = 1024 * 1024
"""Bytes of a form; those of our engines take 3,000."""


def shelf() -> Path:
    """Where forms stand: ``$XDG_CACHE_HOME/persona/forms``, or ``~/.cache/persona/forms``. Deleting it is safe."""
    home = Path(os.environ.get("XDG_CACHE_HOME", ""))
    return (home if home.is_absolute() else Path.home() / ".cache") / "persona" / "forms"


def take(request: CallRequest, mode: str, endpoint: str) -> Form | None:
    """The form that was put there for requests like this one; None where there is none to be relied on."""
    try:
        found = msgspec.json.decode(_read(shelf() / _name(request, mode, endpoint)), type=Form)
    except (OSError, RuntimeError, msgspec.DecodeError):  # no home, no file, or half of one
        return None
    return found if is_sound(found, request, endpoint) else None


def put(form: Form, request: CallRequest, mode: str, endpoint: str) -> None:
    """Put a form on the shelf, if it is one that can stand there: without it the libraries are loaded again."""
    if not is_sound(form, request, endpoint):
        return
    with suppress(OSError, RuntimeError):
        place = shelf()
        place.mkdir(parents=True, exist_ok=True, mode=0o700)
        listed = sorted(place.glob("*.json"), key=lambda one: one.stat().st_mtime)
        for old in listed[: max(0, len(listed) - MOST + 1)]:
            old.unlink(missing_ok=True)
        half = place / f".{new_id('form')}.tmp"
        try:
            half.write_bytes(msgspec.json.encode(form))
            half.chmod(0o600)
            half.replace(place / _name(request, mode, endpoint))
        finally:
            half.unlink(missing_ok=True)


def is_sound(form: Form, request: CallRequest, endpoint: str) -> bool:
    """Whether a form goes where it says, with the key in its one place, and has a gap for each text of a request."""
    parts = urlsplit(endpoint)
    headers = {name.lower(): value for name, value in form.headers}
    texts = [gap for gap in form.gaps if isinstance(gap, int)]
    values = [gap for gap in form.gaps if isinstance(gap, str)]
    return (
        form.origin == origin_of(endpoint)
        and form.target == f"{parts.path.rstrip('/')}/chat/completions".encode()
        and len(headers) == len(form.headers)
        and all(name in TOLD or name.startswith(b"x-stainless-") for name in headers)
        and headers.get(b"host") == parts.netloc.encode()
        and [name for name, value in headers.items() if STAND_IN in value] == [b"authorization"]
        and sorted(texts) == list(range(len(request.messages)))
        and len(set(values)) == len(values)
        and set(values) <= set(given(request))
        and len(form.pieces) == len(form.gaps) + 1
    )


def _read(path: Path) -> bytes:
    """The bytes of a file that is a person's own. Raises ``OSError`` for any other."""
    handle = os.open(path, os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0))
    with os.fdopen(handle, "rb") as file:
        told = os.fstat(handle)
        own = not hasattr(os, "getuid") or (told.st_uid == os.getuid() and not told.st_mode & 0o022)
        if not stat.S_ISREG(told.st_mode) or not own or told.st_size > LARGEST:
            raise OSError(f"{path} is no file of yours")
        return file.read(LARGEST)


def _name(request: CallRequest, mode: str, endpoint: str) -> str:
    told: dict[str, Any] = {
        "rule": RULE,
        "writers": list(_writers()),
        "provider": request.provider,
        "model": request.model,
        "endpoint": endpoint,
        "schema": request.schema,
        "name": request.schema_name,
        "mode": mode,
        "shape": msgspec.to_builtins(shape_of(request)),
    }
    return f"{digest_of_value(told).removeprefix('sha256:')}.json"


@cache
def _writers() -> tuple[str, ...]:
    """What decides how a library writes, beside the request: its version, the machine it tells of, its variables."""
    import platform
    from importlib.metadata import version

    libraries = [f"{name} {version(name)}" for name in LIBRARIES]
    read = [name for name in sorted(os.environ) if name.startswith(("OPENAI_", "PYDANTIC_")) and "KEY" not in name]
    variables = [f"{name}={os.environ[name]}" for name in read]
    machine = [platform.platform(), platform.python_version(), platform.python_implementation()]
    return (*libraries, *machine, digest_of_value(variables))
