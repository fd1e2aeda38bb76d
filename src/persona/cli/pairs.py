"""``key=value`` arguments: tags and free fields."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from persona.errors import UsageError


class Words(NamedTuple):
    """The thing named, when one is, and the pairs that were given."""

    ref: str | None
    pairs: dict[str, str]


def split(words: Sequence[str]) -> Words:
    """Part the name of a thing from ``key=value`` pairs: the first word without ``=`` is the name.

    Raises ``UsageError`` for a second such word and for a pair without a key.
    """
    ref: str | None = None
    pairs: dict[str, str] = {}
    for word in words:
        key, equals, value = word.partition("=")
        if not equals and ref is None:
            ref = word
        elif not equals:
            raise UsageError(
                f"`{word}` is neither a pair nor the first name",
                code="bad-pair",
                hints=[f"write a pair with an equals sign: `{word}=VALUE`, or `{word}=` for an empty value"],
            )
        elif not key:
            raise UsageError(f"`{word}` has no key", code="bad-pair", hints=["write `KEY=VALUE`"])
        else:
            pairs[key] = value
    return Words(ref, pairs)


def only(words: Sequence[str], option: str) -> dict[str, str]:
    """The pairs given by an option such as ``--tag``. Raises ``UsageError`` for a word that is no pair."""
    given = split(words)
    if given.ref is not None:
        raise UsageError(
            f"`{given.ref}` is not a pair",
            code="bad-pair",
            place=option,
            hints=[f"write `{option} {given.ref}=VALUE`, or `{option} {given.ref}=` for an empty value"],
        )
    return given.pairs


def need_change(pairs: dict[str, str], removed: Sequence[str]) -> None:
    """Raises ``UsageError`` when there is nothing to set and nothing to remove."""
    if not pairs and not removed:
        raise UsageError(
            "there is nothing to set and nothing to remove",
            code="bad-pair",
            hints=["give at least one `KEY=VALUE` or `--remove KEY`"],
        )


def fields(pairs: dict[str, str], removed: Sequence[str]) -> dict[str, Any]:
    """Free fields: a value that reads as JSON (a number, true, a list) becomes that, else it is text; None removes."""
    import json

    found: dict[str, Any] = {}
    for key, text in pairs.items():
        try:
            found[key] = json.loads(text, parse_constant=_not_json)
        except ValueError:
            found[key] = text
    return found | dict.fromkeys(removed)


def _not_json(name: str) -> None:
    """Python reads NaN and Infinity as numbers; JSON has neither, so they stay text."""
    raise ValueError(name)
