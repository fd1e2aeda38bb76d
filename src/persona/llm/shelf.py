"""Forms that were learnt before, on the shelf of the person who works here: then no library need be loaded to ask.

A form holds a schema, a model's name and an address, and neither words of participants nor a key. It is found again
for the same libraries, machine and variables, and taken only where it asks the address that is to be asked.
"""

from __future__ import annotations

import os
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Any

import msgspec

from persona.llm.forms import Form, shape_of
from persona.llm.line import origin_of
from persona.model.calls import CallRequest
from persona.model.canonical import digest_of_value
from persona.model.ids import new_id

RULE = "form/1"
"""By which forms are written; another rule finds none of them."""

MOST = 200
"""Forms on the shelf; the oldest make room."""

LIBRARIES = ("pydantic-ai-slim", "openai", "httpx2")


def shelf() -> Path:
    """Where forms stand: ``$XDG_CACHE_HOME/persona/forms``, or ``~/.cache/persona/forms``. Deleting it is safe."""
    home = os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")
    return Path(home) / "persona" / "forms"


def take(request: CallRequest, mode: str, endpoint: str) -> Form | None:
    """The form that was put there for requests like this one; None where there is none to be relied on."""
    try:
        found = msgspec.json.decode((shelf() / _name(request, mode, endpoint)).read_bytes(), type=Form)
    except (OSError, RuntimeError, msgspec.DecodeError):  # no home, no file, or half of one
        return None
    return found if found.origin == origin_of(endpoint) and len(found.pieces) == len(found.gaps) + 1 else None


def put(form: Form, request: CallRequest, mode: str, endpoint: str) -> None:
    """Put a form on the shelf, where there is room for one: without it the libraries are loaded again."""
    with suppress(OSError, RuntimeError):
        place = shelf()
        place.mkdir(parents=True, exist_ok=True, mode=0o700)
        listed = sorted(place.glob("*.json"), key=lambda one: one.stat().st_mtime)
        for old in listed[: max(0, len(listed) - MOST + 1)]:
            old.unlink(missing_ok=True)
        half = place / f".{new_id('form')}.tmp"
        half.write_bytes(msgspec.json.encode(form))
        half.chmod(0o600)
        half.replace(place / _name(request, mode, endpoint))


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
