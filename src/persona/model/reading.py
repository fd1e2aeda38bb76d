"""Shapes that the files of people have in common: mappings, texts, tags. what is odd is named."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from persona.errors import InvalidInput, did_you_mean


def mapping(value: Any, place: str, what: str) -> dict[str, Any]:
    """A mapping, empty where nothing stands. Raises ``InvalidInput`` for anything else."""
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise InvalidInput(f"`{what}` must be a mapping of keys to values", code="yaml-shape", place=place)
    return value


def text_of(raw: Mapping[str, Any], key: str, place: str) -> str:
    """The value of a key as text, empty where nothing stands. Raises ``InvalidInput`` for a list or a mapping."""
    value = raw.get(key)
    if isinstance(value, (dict, list)):
        raise InvalidInput(f"`{key}` must be text", code="yaml-shape", place=f"{place}, {key}")
    return "" if value is None else str(value)


def near_misses(raw: Mapping[str, Any], known: Iterable[str], place: str) -> list[str]:
    """A note for each key that means nothing but looks like one that does."""
    return [
        f"{place}: the key `{key}` is kept but means nothing here; did you mean `{near}`?"
        for key in raw
        if key not in known and (near := did_you_mean(key, known))
    ]


def read_tags(value: Any, place: str) -> dict[str, str]:
    """Tags as R-016 writes them (a list of single pairs), as a mapping, or as a list of words."""
    if value is None:
        return {}
    pairs: list[tuple[Any, Any]] = []
    if isinstance(value, dict):
        pairs = list(value.items())
    elif isinstance(value, list):
        for item in value:
            pairs += list(item.items()) if isinstance(item, dict) else [(item, "")]
    else:
        raise InvalidInput("tags must be a list or a mapping", code="bad-tags", place=place)
    tags: dict[str, str] = {}
    for key, text in pairs:
        if isinstance(text, (dict, list)):
            raise InvalidInput(f"the tag `{key}` must be a single value", code="bad-tags", place=place)
        tags[str(key)] = "" if text is None else str(text)
    return tags
