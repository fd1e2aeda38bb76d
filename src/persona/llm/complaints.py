"""What a failed call says to a person: which of a few things happened, and the provider's own words about it."""

from __future__ import annotations

import re

import msgspec

from persona.errors import ModelError
from persona.llm.providers import ModelName

_SECRET = re.compile(r"\b(?:sk|pk|rk|key|AIza)[-_A-Za-z0-9*]{12,}")
"""What looks like a key, whole or partly starred, as providers like to echo it."""


def complaint(name: ModelName, status: int | None, body: str, fault: str, deadline: float) -> ModelError:
    """The error for an exchange that gave nothing usable. ``fault`` is what the library said."""
    title, told = name.provider.title, _told(body)
    place = f"{name.provider.name}:{name.model}"
    if fault == "the deadline":
        return ModelError(
            f"{title} gave no answer within {deadline:g} seconds",
            code="model-deadline",
            place=place,
            hints=["give it more time: `--deadline 600`"],
        )
    if status is None:
        return ModelError(
            f"{title} cannot be reached: {_short(fault)}",
            code="model-unreachable",
            place=place,
            hints=[f"see whether it answers: `persona model check {place}`"],
        )
    if status in (401, 403):
        return ModelError(
            f"{title} does not accept the key{told}",
            code="model-key-refused",
            place=place,
            hints=["see where the key comes from: `persona model list`"],
        )
    if status == 404:
        return ModelError(
            f"{title} does not know the model `{name.model}`{told}",
            code="model-unknown",
            place=place,
            hints=["check its name and address: `persona model list`"],
        )
    if status == 429 or status == 529:
        return ModelError(
            f"{title} has no room for this call now{told}",
            code="model-busy",
            place=place,
            hints=[
                "run it again later: calls that were answered are not made twice",
                "ask for less at once: `--jobs 1`",
            ],
        )
    if status >= 500:
        return ModelError(
            f"{title} failed with status {status}{told}",
            code="model-unreachable",
            place=place,
            hints=["run it again later: calls that were answered are not made twice"],
        )
    if status >= 400:
        return ModelError(f"{title} refused the request with status {status}{told}", code="model-refused", place=place)
    return ModelError(
        f"{title} answered with nothing that can be read: {_short(fault)}", code="model-answer", place=place
    )


def _told(body: str) -> str:
    """The provider's own message in an error body, as the end of a sentence; "" where there is none."""
    try:
        found = msgspec.json.decode(body)
    except (msgspec.DecodeError, RecursionError):
        return ""
    while isinstance(found, (list, dict)):
        if isinstance(found, list):
            found = found[0] if found else ""
        else:
            found = found.get("error") or found.get("message") or ""
    return f": {_short(found)}" if isinstance(found, str) and found else ""


def _short(text: str) -> str:
    plain = " ".join(_SECRET.sub("[key]", text).split())
    return plain if len(plain) <= 300 else plain[:297] + "..."
