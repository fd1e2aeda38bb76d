"""The parameters of a run and the limits of its calls: what each is, and reading them from what people write."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from persona.errors import InvalidInput, did_you_mean

PARAMETER_RULES: dict[str, tuple[type, float | None, float | None, str]] = {
    "model": (str, None, None, "the engine or language model"),
    "template": (str, None, None, "the template that words the personas"),
    "count": (int, 1, 1000, "how many personas; left out, the data choose"),
    "temperature": (float, 0, 100, "0 takes the best of each choice, above 0 draws"),
    "seed": (int, 0, 2**53 - 1, "the root of every random choice"),
    "max_tokens": (int, 1, 2**31, "the most a model may write; the extractive engine writes no tokens"),
    "items": (int, 1, 50, "the most claims of one field"),
    "embedder": (str, None, None, "the sentence vectors used for grouping"),
    "novelty": (float, 0, 1, "how much a chosen sentence should differ from those chosen before"),
    "endpoint": (str, None, None, "the address of the model server; left out, the provider's own"),
    "answer_mode": (str, None, None, "how a model is asked for JSON: auto, native, tool or prompted"),
    "context": (int, 500, 10_000_000, "the most tokens of one request to a model, answer included"),
}
"""Every parameter of a run: type, least and largest value, meaning."""

LIMIT_RULES: dict[str, tuple[type, float | None, float | None, str]] = {
    "jobs": (int, 1, 256, "how many calls are under way at once"),
    "deadline": (float, 1, 86400, "the seconds one call may take, waits and retries included"),
    "max_cost": (float, 0, 1_000_000, "the US dollars a run may spend, estimated"),
    "max_total_tokens": (int, 0, 2**53 - 1, "the tokens a run may use"),
}
"""Every limit of how models are asked, in the same form."""

CHOICES = {"answer_mode": ("auto", "native", "tool", "prompted")}
"""Parameters that are one word of a list."""

MEANINGS = "see what each setting means, and its value: `persona config show`"
"""What helps where a value is refused."""


def check_parameters(
    given: Mapping[str, Any],
    place: str,
    rules: Mapping[str, tuple[type, float | None, float | None, str]] | None = None,
) -> dict[str, Any]:
    """The parameters with their right types; ``rules`` says which there are. None is those of a run, without limits.

    Raises ``InvalidInput`` for an unknown name, type or range.

    An unknown parameter is refused and not kept: one that silently does nothing would make a record untrue.
    """
    checked: dict[str, Any] = {}
    known = PARAMETER_RULES if rules is None else rules
    for name, value in given.items():
        if name not in known:
            near = did_you_mean(str(name), known)
            raise InvalidInput(
                f"`{name}` is not a parameter of a run",
                code="unknown-parameter",
                place=place,
                hints=[f"did you mean `{near}`?" if near else f"known: {', '.join(known)}"],
            )
        checked[name] = check_parameter(name, value, place)
    return checked


def check_parameter(name: str, value: Any, place: str) -> Any:
    """One parameter with its right type; text is read as the type asked for. Raises ``InvalidInput``."""
    kind, least, most, _ = (PARAMETER_RULES | LIMIT_RULES)[name]
    if value is None:
        return None
    if name in CHOICES and value not in CHOICES[name]:
        raise InvalidInput(
            f"`{name}` is {value!r}, but must be one of: {', '.join(CHOICES[name])}",
            code="bad-parameter",
            place=place,
            hints=[MEANINGS],
        )
    try:
        if isinstance(value, bool) or (kind is str and not isinstance(value, str)):
            raise ValueError
        if kind is int and isinstance(value, float) and not value.is_integer():
            raise ValueError
        found = kind(value)
        if found != found or (least is not None and found < least) or (most is not None and found > most):
            raise ValueError
    except (TypeError, ValueError, OverflowError):
        bounds = f" from {least:,} to {most:,}" if least is not None and most is not None else ""
        what = {str: "text", int: "a whole number", float: "a number"}[kind]
        raise InvalidInput(
            f"`{name}` is {value!r}, but must be {what}{bounds}", code="bad-parameter", place=place, hints=[MEANINGS]
        ) from None
    return found
