"""The JSON value in an answer: models wrap it in words, in fences, or cut it short."""

from __future__ import annotations

import re
from typing import Any

import msgspec

LARGEST = 4_000_000
"""Characters of an answer beyond which nothing is looked for."""

_FENCE = re.compile(r"```(?:json)?[ \t]*\n", re.IGNORECASE)


def parse(text: str) -> Any:
    """The JSON object or array of an answer, or None where there is none that is whole.

    The whole text counts first, then a fenced block, then what stands between the first brace and the last. A model
    that never ended its thinking has not answered, whatever braces it thought of.
    """
    if len(text) > LARGEST or (text.lstrip().startswith("<think>") and "</think>" not in text):
        return None
    tries = [text]
    fenced = _FENCE.search(text)
    if fenced:
        end = text.find("```", fenced.end())
        tries += [text[fenced.end() : end]] if end >= 0 else []
    first, last = text.find("{"), text.rfind("}")
    if 0 <= first < last:
        tries.append(text[first : last + 1])
    for one in tries:
        try:
            found = msgspec.json.decode(one.strip())
        except (msgspec.DecodeError, RecursionError, UnicodeEncodeError):
            continue
        if isinstance(found, (dict, list)) and _is_recordable(found):
            return found
    return None


_members = msgspec.json.Decoder(dict[str, msgspec.Raw])


def members(raw: bytes | msgspec.Raw) -> dict[str, msgspec.Raw]:
    """The members of a JSON object, their values as they stand; none where it is no whole object."""
    try:
        return _members.decode(raw)
    except (msgspec.DecodeError, RecursionError, UnicodeError):
        return {}


def _is_recordable(value: Any) -> bool:
    """Whether canonical JSON can carry a value: no integer beyond 2**53, no half of a surrogate pair."""
    from persona.model.canonical import canonical_json

    try:
        canonical_json(value)
    except ValueError:
        return False
    return True
