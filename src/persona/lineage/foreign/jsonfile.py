"""JSON documents of others: read whole, within limits, and looked into without trust in their shape."""

from __future__ import annotations

from typing import Any

import msgspec

from persona.errors import InvalidInput
from persona.lineage.prov.limits import MAX_BRACKETS, refuse, too_much

_HINT = "Ask for it again from the program that wrote it."


def read_json(data: bytes, source: str) -> Any:
    """A JSON document. Raises ``InvalidInput`` for what is none, or is larger or deeper than is read."""
    text = data.removeprefix(b"\xef\xbb\xbf")
    if text.count(b"[") + text.count(b"{") > MAX_BRACKETS:
        raise too_much("there are more lists and objects than any account of provenance has", source)
    try:
        return msgspec.json.decode(text)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise refuse(f"the file is no JSON: {error}", "import-syntax", source, _HINT) from None
    except RecursionError:
        raise too_much("the file is nested too deeply", source) from None


def shape(message: str, place: str) -> InvalidInput:
    """The error for JSON that is not of the form that is asked for."""
    return refuse(message, "import-shape", place, _HINT)


def mapping(value: Any) -> dict[str, Any]:
    """An object as it is; an empty one for anything else."""
    return value if isinstance(value, dict) else {}


def several(value: Any) -> list[Any]:
    """A list as it is, nothing as an empty one, and anything else as its only item."""
    if value is None:
        return []
    return value if isinstance(value, list) else [value]


def text(value: Any) -> str:
    """A text, a number or a truth value as text; empty for anything else."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value) if isinstance(value, (str, int, float)) else ""
