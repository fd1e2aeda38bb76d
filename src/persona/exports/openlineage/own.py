"""Facets of our own: what no facet of the specification can say of personas, with published schemas.

Each is a struct, so that its schema cannot fall behind it (``docs/schemas/openlineage-*.schema.json``). They hold
digests, ids and numbers, and no words.
"""

from __future__ import annotations

from functools import cache
from typing import Any, Literal, NamedTuple

import msgspec

from persona.exports.openlineage.facets import CORE, based


class Record(msgspec.Struct, frozen=True):
    """Where in the log of the workspace this stands, so that it can be looked up and proven.

    ``log`` names the log as its checkpoints do, ``position`` is the place of the entry from 1, ``leaf`` its RFC 6962
    leaf hash in hexadecimal digits, ``thing`` the id of the run, artefact, document or source.
    """

    log: str
    position: int
    event: str
    leaf: str
    thing: str


class Template(msgspec.Struct, frozen=True):
    """The template that worded the personas: its name, its semantic version and the digest of its text."""

    name: str
    version: str
    digest: str


class RecipeFacet(msgspec.Struct, frozen=True):
    """The frozen plan of a run. ``recipe`` is its digest: runs with one recipe and replayed calls give one result.

    ``documents`` counts what is read; ``source_hash`` is one digest over all originals; ``grouping`` the digest of
    groups that a person made, ``repeat`` the index of the repetition from 0.
    """

    recipe: str
    engine: str
    engine_version: str
    model: str
    template: Template
    documents: int
    source_hash: str
    seed: int
    repeat: int
    grouping: str | None = None


class CallsFacet(msgspec.Struct, frozen=True):
    """What a run asked of language models. ``reused`` answers came from the record and cost nothing.

    ``cost_estimate`` is in US dollars by the ``price_list`` of that version, and absent where no price is known;
    ``builds`` are the fingerprints of the models as they answered.
    """

    asked: int
    reused: int
    input_tokens: int
    output_tokens: int
    cost_estimate: float | None = None
    price_list: str | None = None
    builds: tuple[str, ...] = ()


class EvidenceFacet(msgspec.Struct, frozen=True):
    """On how much a set of personas rests.

    ``observed`` claims have words in a source, ``inferred`` ones follow by a rule, ``unsupported`` ones are marked as
    such; ``verbatim`` claims are, whole, a quotation. ``highlights`` counts the spans of words, ``documents`` those in
    which they stand, ``participants`` the members of all personas.
    """

    personas: int
    claims: int
    observed: int
    inferred: int
    unsupported: int
    verbatim: int
    highlights: int
    documents: int
    participants: int


class Metric(msgspec.Struct, frozen=True, omit_defaults=True):
    """One measured quality: see ``docs/metrics.md``. ``value`` is absent where it could not be measured."""

    name: str
    version: str
    status: str
    direction: Literal["up", "down", "none"]
    denominator: int
    lowest: float
    highest: float
    value: float | None = None


class MetricsFacet(msgspec.Struct, frozen=True):
    """What was measured of a set of personas."""

    metrics: tuple[Metric, ...]


class CheckpointFacet(msgspec.Struct, frozen=True):
    """The state of the log on which an export stands: how many entries, and the RFC 6962 root in hexadecimal digits.

    ``note`` is the signed note (C2SP) of that state, where this workspace has a key that signs.
    """

    log: str
    size: int
    root: str
    note: str | None = None


class Own(NamedTuple):
    """A facet of our own: its struct, and the facet of the specification in whose place it stands."""

    struct: type[msgspec.Struct]
    base: Literal["RunFacet", "DatasetFacet", "JobFacet"]
    version: int = 1


OWN: dict[str, Own] = {
    "persona_record": Own(Record, "DatasetFacet"),
    "persona_recipe": Own(RecipeFacet, "RunFacet"),
    "persona_calls": Own(CallsFacet, "RunFacet"),
    "persona_evidence": Own(EvidenceFacet, "DatasetFacet"),
    "persona_metrics": Own(MetricsFacet, "DatasetFacet"),
    "persona_checkpoint": Own(CheckpointFacet, "JobFacet"),
}
"""Every facet of our own by its key. ``persona_record`` stands on runs, jobs and datasets alike."""


def own(content: msgspec.Struct) -> dict[str, Any]:
    """A facet of our own with its two base fields. Values that are None are left out."""
    name = next(name for name, one in OWN.items() if one.struct is type(content))
    return based(f"{_id(name)}#/$defs/{_definition(name)}", msgspec.to_builtins(content))


def _id(name: str) -> str:
    return f"urn:persona-workbench:schema:openlineage-{name.removeprefix('persona_')}/{OWN[name].version}"


def _definition(name: str) -> str:
    return f"{name.title().replace('_', '')}Facet"


@cache
def schema_of(name: str) -> dict[str, Any]:
    """The JSON Schema (draft 2020-12) of one facet of our own, in the form of those of the specification."""
    one = OWN[name]
    (_,), parts = msgspec.json.schema_components([one.struct], ref_template="#/$defs/{name}")
    for part in parts.values():
        part["description"] = " ".join(part["description"].replace("``", "`").split())
        part["properties"] = {key: _present(rule) for key, rule in part["properties"].items()}
    whole = parts.pop(one.struct.__name__)
    described = whole.pop("description")
    whole.pop("title", None)
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": _id(name),
        "$defs": {
            **parts,
            _definition(name): {
                "type": "object",
                "description": described,
                "allOf": [{"$ref": f"{CORE}#/$defs/{one.base}"}, whole],
            },
        },
        "type": "object",
        "properties": {name: {"$ref": f"#/$defs/{_definition(name)}"}},
    }


def _present(rule: dict[str, Any]) -> dict[str, Any]:
    """The rule of a field without null: an absent value is left out."""
    choices = [one for one in rule.get("anyOf", []) if one != {"type": "null"}]
    return choices[0] if len(choices) == 1 else rule
