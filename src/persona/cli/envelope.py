"""The one shape of every ``--json`` answer."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from persona.errors import PersonaError

SCHEMA: dict[str, Any] = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "title": "The answer of a persona command",
    "type": "object",
    "required": ["ok", "data", "errors", "next"],
    "additionalProperties": False,
    "properties": {
        "ok": {"type": "boolean", "description": "true when nothing went wrong: then the exit status is 0"},
        "data": {"description": "what was asked for; null when the command failed before it had an answer"},
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["code", "message", "place", "hints", "data"],
                "additionalProperties": False,
                "properties": {
                    "code": {"type": "string", "description": "stable; `persona explain CODE` says more"},
                    "message": {"type": "string"},
                    "place": {"type": ["string", "null"], "description": "the file, key or record concerned"},
                    "hints": {"type": "array", "items": {"type": "string"}},
                    "data": {"type": "object"},
                },
            },
        },
        "next": {
            "type": "array",
            "items": {"type": "string", "pattern": "^persona "},
            "description": "commands that can be pasted",
        },
    },
}
"""JSON Schema of the envelope; ``persona explain json-envelope`` prints it."""


def encode(data: Any, errors: Sequence[PersonaError] = (), next: Sequence[str] = (), *, indent: bool = True) -> str:
    """The envelope as JSON text, indented or on one line."""
    import msgspec

    whole = {"ok": not errors, "data": data, "errors": [error.as_dict() for error in errors], "next": list(next)}
    return msgspec.json.format(msgspec.json.encode(whole), indent=2 if indent else -1).decode()
