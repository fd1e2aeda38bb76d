"""The JSON Schema of a persona set, made from the structs, so that it cannot fall behind them."""

from __future__ import annotations

from functools import cache
from typing import Any

from persona.model.personas import PERSONA_SCHEMA, SET_SCHEMA, PersonaSet


@cache
def persona_set_schema() -> dict[str, Any]:
    """JSON Schema (draft 2020-12) of ``output/personas.json``; its ``$id`` carries the version of the field set."""
    import msgspec

    (top,), parts = msgspec.json.schema_components([PersonaSet], ref_template="#/$defs/{name}")
    for part in parts.values():
        part["description"] = " ".join(part["description"].replace("``", "`").split())
    parts["Persona"]["properties"]["schema"] = {"const": PERSONA_SCHEMA}
    parts["PersonaSet"]["properties"]["schema"] = {"const": SET_SCHEMA}
    parts["PersonaSet"]["required"] = sorted({*parts["PersonaSet"].get("required", []), "_provenance", "schema"})
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": f"urn:persona-workbench:schema:{SET_SCHEMA}",
        "title": "A set of personas with evidence",
        **top,
        "$defs": parts,
    }
