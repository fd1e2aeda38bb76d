"""The JSON Schema of ``experiment.yaml``, for editors that complete and check while people type."""

from __future__ import annotations

from typing import Any

from persona.model.designs import METHODS
from persona.model.experiments import DIRECTIONS, MOST_REPEATS, RULES
from persona.model.parameters import CHOICES, PARAMETER_RULES


def experiment_schema() -> dict[str, Any]:
    """JSON Schema (draft 2020-12). What it accepts, ``read_experiment`` may still refuse: it knows no other names."""
    parameters = {name: _parameter(name) for name in PARAMETER_RULES}
    swept = {name: _swept(rule) for name, rule in parameters.items()}
    listed = {name: {"type": "array", "minItems": 1, "items": rule} for name, rule in parameters.items()}
    text, texts = {"type": "string"}, {"type": "array", "items": {"type": "string"}}
    variant = {
        "type": "object",
        "required": ["name"],
        "properties": {"name": text, "parameters": _object(parameters)},
    }
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": "urn:persona-workbench:schema:experiment/1",
        "title": "An experiment: variants, repeats, and how it is judged",
        "type": "object",
        "required": ["name"],
        "anyOf": [{"required": ["variants"]}, {"required": ["matrix"]}, {"required": ["sweep"]}],
        "properties": {
            "name": text,
            "description": text,
            "project": text,
            "created": {},
            "hypothesis": {"type": "string", "description": "what you expect, in words"},
            "baseline": {"type": "string", "description": "the variant that the others are held against"},
            "primary_metric": {
                "description": "the one metric that decides",
                "oneOf": [
                    text,
                    _object(
                        {
                            "name": text,
                            "direction": {"enum": list(DIRECTIONS)},
                            "smallest_effect": {"type": "number", "minimum": 0},
                        },
                        "name",
                    ),
                ],
            },
            "alpha": {"type": "number", "exclusiveMinimum": 0, "maximum": 0.5},
            "stopping": {
                "oneOf": [
                    {"enum": list(RULES)},
                    _object(
                        {
                            "rule": {"enum": list(RULES)},
                            "min_pairs": {"type": "integer", "minimum": 3},
                            "max_pairs": {"type": "integer", "minimum": 3},
                        }
                    ),
                ]
            },
            "repeats": {"type": "integer", "minimum": 1, "maximum": MOST_REPEATS},
            "inputs": {
                "type": "array",
                "minItems": 1,
                "items": {"oneOf": [text, _object({"name": text, "sources": texts}, "name")]},
            },
            "variants": {"type": "array", "minItems": 1, "items": variant},
            "matrix": _object(
                {
                    "templates": listed["template"],
                    "models": listed["model"],
                    "parameters": _object(listed),
                    "exclude": {"type": "array", "items": {"type": "object"}},
                }
            ),
            "sweep": _object(
                {
                    "method": {"enum": list(METHODS)},
                    "parameters": _object(swept),
                    "budget": _object(
                        {"runs": {"type": "integer", "minimum": 1}, "usd": {"type": "number", "minimum": 0}}
                    ),
                },
                "method",
                "parameters",
            ),
            "assert": {"oneOf": [text, texts], "description": "demands on means, such as faithfulness >= 0.9"},
            "evaluation": {"type": "object", "properties": {"metrics": texts}},
            "tags": {},
        },
    }


def _parameter(name: str) -> dict[str, Any]:
    kind, least, most, meaning = PARAMETER_RULES[name]
    if name in CHOICES:
        return {"enum": list(CHOICES[name]), "description": meaning}
    found: dict[str, Any] = {"type": {str: "string", int: "integer", float: "number"}[kind], "description": meaning}
    if least is not None:
        found["minimum"] = least
    if most is not None:
        found["maximum"] = most
    return found


def _swept(rule: dict[str, Any]) -> dict[str, Any]:
    values = {"type": "array", "minItems": 1, "items": rule}
    ways: list[dict[str, Any]] = [values, _object({"values": values}, "values")]
    if rule.get("type") in ("integer", "number"):
        ends = {"min": rule, "max": rule, "step": {"type": "number", "exclusiveMinimum": 0}, "log": {"type": "boolean"}}
        ways.append(_object(ends, "min", "max"))
    return {"oneOf": ways}


def _object(properties: dict[str, Any], *required: str) -> dict[str, Any]:
    found: dict[str, Any] = {"type": "object", "additionalProperties": False, "properties": properties}
    return found | {"required": list(required)} if required else found
