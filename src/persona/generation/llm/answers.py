"""The forms in which a model is asked to answer, as types; the JSON Schemas that go out are made from them."""

from __future__ import annotations

from functools import cache
from typing import Any, Literal, TypeVar

import msgspec

Facet = Literal["goal", "pain_point", "behaviour", "need", "motivation", "context", "tool"]
Field = Literal["themes", "goals", "pain_points", "behaviours", "needs", "motivations", "context", "tools"]
Attribute = Literal["age", "gender", "occupation", "location", "education", "experience", "household", "industry"]


class ObservationAnswer(msgspec.Struct, frozen=True):
    """One thing that an interview shows, the numbers of the sentences it rests on, and words to quote, or ""."""

    facet: Facet
    statement: str
    sentences: list[int]
    quote: str


class AttributeAnswer(msgspec.Struct, frozen=True):
    """A fact that a person states about themselves, and the numbers of the sentences in which they do."""

    attribute: Attribute
    value: str
    sentences: list[int]


class Observed(msgspec.Struct, frozen=True):
    """The answer about one interview."""

    observations: list[ObservationAnswer]
    attributes: list[AttributeAnswer]


class ClaimAnswer(msgspec.Struct, frozen=True):
    """One statement about a group and the numbers of the observations it rests on."""

    field: Field
    text: str
    observations: list[int]


class SummaryAnswer(msgspec.Struct, frozen=True):
    """A sentence or two about a group and the numbers of the observations they rest on."""

    text: str
    observations: list[int]


class Claimed(msgspec.Struct, frozen=True):
    """The answer about one group; ``quotes`` are numbers of observations whose words should be shown."""

    summary: SummaryAnswer
    claims: list[ClaimAnswer]
    quotes: list[int]


Answer = TypeVar("Answer", Observed, Claimed)


@cache
def schema_of(form: type[Any]) -> dict[str, Any]:
    """The JSON Schema of a form as every provider takes it: no references, every field required, no others."""
    _, components = msgspec.json.schema_components([form])
    found: dict[str, Any] = _plain(components[form.__name__], components)
    return found


def _plain(part: Any, components: dict[str, Any]) -> Any:
    if isinstance(part, list):
        return [_plain(one, components) for one in part]
    if not isinstance(part, dict):
        return part
    if "$ref" in part:
        return _plain(components[part["$ref"].rpartition("/")[2]], components)
    found = {key: _plain(value, components) for key, value in part.items() if key not in ("title", "description")}
    if part.get("type") == "object":
        found["properties"] = {key: _plain(value, components) for key, value in part["properties"].items()}
        found["required"] = list(found["properties"])
        found["additionalProperties"] = False
    return found


def read_answer(parsed: Any, form: type[Answer]) -> Answer | str:
    """An answer in its form, or what is wrong with it in a sentence a model can act on."""
    if parsed is None:
        return "The answer is not one whole JSON object."
    try:
        return msgspec.convert(parsed, form)
    except msgspec.ValidationError as error:
        return f"The answer does not have the form asked for: {error}"
