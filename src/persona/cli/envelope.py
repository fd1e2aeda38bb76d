"""The one shape of every ``--json`` answer."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from persona.errors import PersonaError
    from persona.workspace.views import Coordinate

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
        "coordinate": {
            "type": "object",
            "description": "the state of the log the answer stands on; there with --as-of or --coordinate",
            "required": ["position", "root", "recorded_at"],
            "additionalProperties": False,
            "properties": {
                "position": {"type": "integer", "description": "how many events had happened"},
                "root": {"type": "string", "description": "the Merkle root over them, in hexadecimal"},
                "recorded_at": {"type": "string", "description": "when the last of them was recorded"},
            },
        },
    },
}
"""JSON Schema of the envelope; ``persona explain json-envelope`` prints it."""


def encode(
    data: Any,
    errors: Sequence[PersonaError] = (),
    next: Sequence[str] = (),
    *,
    coordinate: Coordinate | None = None,
    indent: bool = True,
) -> str:
    """The envelope as JSON text, indented or on one line."""
    import msgspec

    whole = {"ok": not errors, "data": data, "errors": [error.as_dict() for error in errors], "next": list(next)}
    if coordinate is not None:
        whole["coordinate"] = coordinate
    return msgspec.json.format(msgspec.json.encode(whole), indent=2 if indent else -1).decode()
