"""The types: what of ours is a ``DataSet``, a ``Process`` or a ``ProcessExecution`` of Atlas, with which attributes.

``AtlasTypesDef`` as ``POST /v2/types/typedefs`` takes it. A ``Process`` reads and makes data sets and never another
process; single executions point at their process. Dates are milliseconds since 1970. Every type has ``qualifiedName``
and ``name`` from ``Referenceable`` and ``Asset``.
"""

from __future__ import annotations

from typing import Any, NamedTuple

VERSION = "1.0"
SERVICE = "persona"
STATUS = "persona_status"
STATUSES = ("planned", "running", "completed", "failed", "cancelled", "interrupted")


class Kind(NamedTuple):
    """A type: what it is below, what it means, and its own attributes with their types; ``?`` marks optional ones."""

    above: str
    meaning: str
    attributes: dict[str, str]


_BYTES = {"digest": "string", "size": "long", "erased": "boolean"}

KINDS: dict[str, Kind] = {
    "persona_source": Kind(
        "DataSet",
        "An imported original: a file of interviews or a survey.",
        {**_BYTES, "mediaType": "string", "reader": "string", "importedAt": "date", "tags": "map<string,string>?"},
    ),
    "persona_document": Kind(
        "DataSet",
        "A normalised conversation, or one person's answers to a survey.",
        {"digest": "string", "erased": "boolean", "source": "persona_source", "turns": "int", "characters": "int"},
    ),
    "persona_template": Kind("DataSet", "A template that words prompts or personas.", {"digest": "string?"}),
    "persona_file": Kind("DataSet", "A file that a program read, sealed under its digest.", {"digest": "string?"}),
    "persona_artefact": Kind(
        "DataSet",
        "A version of a named output.",
        {**_BYTES, "kind": "string", "version": "int", "createdAt": "date", "tags": "map<string,string>?"},
    ),
    "persona_set": Kind("persona_artefact", "A version of a set of personas.", {"personas": "int?"}),
    "persona_experiment": Kind(
        "Asset",
        "A question and the variants that are compared.",
        {"version": "int", "variants": "array<string>", "createdAt": "date", "tags": "map<string,string>?"},
    ),
    "persona_import": Kind("Process", "Reading a source into documents.", {"importedAt": "date"}),
    "persona_run": Kind(
        "Process",
        "A run: personas made, judged, or the work of a program.",
        {
            "work": "string",
            "uuid": "string",
            "status": STATUS,
            "plannedAt": "date",
            "startTime": "date?",
            "endTime": "date?",
            "recipe": "string?",
            "seed": "long?",
            "repeat": "int",
            "experiment": "persona_experiment?",
            "variant": "string?",
            "parameters": "map<string,string>?",
            "metrics": "map<string,double>?",
            "tags": "map<string,string>?",
        },
    ),
    "persona_derivation": Kind("Process", "Making a report or a comparison of what there is.", {"createdAt": "date"}),
    "persona_execution": Kind(
        "ProcessExecution",
        "One attempt at a run, from when a process took it to its end.",
        {"run": "persona_run", "attempt": "int", "status": STATUS, "startTime": "date", "endTime": "date?"},
    ),
}
"""Every type by its name, those that others stand on before them."""


def typedefs() -> dict[str, Any]:
    """All types as ``AtlasTypesDef``."""
    status = {
        "category": "ENUM",
        "name": STATUS,
        "description": "How far a run has come.",
        "typeVersion": VERSION,
        "serviceType": SERVICE,
        "elementDefs": [{"value": value, "ordinal": ordinal} for ordinal, value in enumerate(STATUSES)],
    }
    entities = [
        {
            "category": "ENTITY",
            "name": name,
            "description": kind.meaning,
            "typeVersion": VERSION,
            "serviceType": SERVICE,
            "superTypes": [kind.above],
            "attributeDefs": [_attribute(one, type) for one, type in kind.attributes.items()],
        }
        for name, kind in KINDS.items()
    ]
    return {
        "enumDefs": [status],
        "structDefs": [],
        "classificationDefs": [],
        "entityDefs": entities,
        "relationshipDefs": [],
        "businessMetadataDefs": [],
    }


def _attribute(name: str, type: str) -> dict[str, Any]:
    optional = type.endswith("?")
    bare = type.removesuffix("?")
    several = bare.startswith("array<")
    return {
        "name": name,
        "typeName": bare,
        "cardinality": "LIST" if several else "SINGLE",
        "isOptional": optional,
        "isUnique": False,
        "isIndexable": name in ("digest", "uuid", "kind", "work"),
        "valuesMinCount": 0 if optional else 1,
        "valuesMaxCount": 2147483647 if several else 1,
    }
