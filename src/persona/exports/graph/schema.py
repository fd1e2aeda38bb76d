"""The published schema of the Cypher graph: its node tables, their properties, and its relations.

The words are those of PROV-DM (https://www.w3.org/TR/prov-dm/) where it has them. What is whole and has bytes of its
own is ``Data``, as in ``MATCH (output:Data)-[:GENERATED_BY]->(run:Run)-[:USED]->(input:Data)``. Values are ids,
digests, kinds, times (UTC) and numbers: no words of sources and no names of participants.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from persona.lineage.fine import is_version, split_claim, split_highlight
from persona.model.imports import split_thing

VERSION = 2
"""Of this schema. A cache of another version is made again."""

Property = tuple[str, str]

_ALL: tuple[Property, ...] = (("id", "STRING"), ("type", "STRING"), ("project", "STRING"), ("timestamp", "TIMESTAMP"))
"""What every node has: its id as in `persona lineage`, its type, its project, and when it came to be recorded."""

NODES: Mapping[str, tuple[Property, ...]] = {
    "Data": (
        *_ALL,
        ("hash", "STRING"),
        ("bytes", "INT64"),
        ("name", "STRING"),
        ("version", "INT64"),
        ("media_type", "STRING"),
        ("turns", "INT64"),
        ("characters", "INT64"),
    ),
    "Run": (
        *_ALL,
        ("status", "STRING"),
        ("experiment", "STRING"),
        ("variant", "STRING"),
        ("seed", "INT64"),
        ("repeat", "INT64"),
        ("recipe", "STRING"),
        ("started", "TIMESTAMP"),
        ("ended", "TIMESTAMP"),
        ("deleted", "BOOL"),
    ),
    "Call": (
        *_ALL,
        ("step", "STRING"),
        ("provider", "STRING"),
        ("model", "STRING"),
        ("status", "STRING"),
        ("seconds", "DOUBLE"),
        ("cost", "DOUBLE"),
        ("input_tokens", "INT64"),
        ("output_tokens", "INT64"),
    ),
    "Activity": _ALL,
    "Agent": _ALL,
    "Persona": (*_ALL, ("artefact", "STRING"), ("path", "STRING")),
    "Claim": (*_ALL, ("artefact", "STRING"), ("path", "STRING"), ("field", "STRING"), ("status", "STRING")),
    "Highlight": (*_ALL, ("document", "STRING"), ("start", "INT64"), ("stop", "INT64")),
    "Project": (*_ALL, ("status", "STRING")),
    "Experiment": (*_ALL, ("version", "INT64"), ("hash", "STRING")),
    "Withdrawal": (*_ALL, ("ended", "TIMESTAMP")),
}
"""The properties of each label. The first is the key."""

MEANINGS: Mapping[str, str] = {
    "Data": "a source, a document, a version of an artefact (its kind is the type), a template, a grouping",
    "Run": "one run",
    "Call": "one request to a language model",
    "Activity": "an activity that others recorded, brought in by an import",
    "Agent": "who took part: a participant, a person who works here, an engine, a model",
    "Persona": "one persona of an artefact",
    "Claim": "one claim of a persona",
    "Highlight": "the characters from start to stop (excluded) of a document",
    "Project": "a research initiative",
    "Experiment": "a question and its variants",
    "Withdrawal": "that somebody withdrew, and their words were erased",
}

Pair = tuple[str, str]


class Relation(NamedTuple):
    """A relation: between which labels it stands, and what it says."""

    pairs: tuple[Pair, ...]
    meaning: str


RELATIONS: Mapping[str, Relation] = {
    "USED": Relation((("Run", "Data"), ("Run", "Experiment"), ("Call", "Data")), "the activity read it"),
    "GENERATED_BY": Relation((("Data", "Run"),), "the run made it"),
    "DERIVED_FROM": Relation(
        (("Data", "Data"), ("Claim", "Highlight"), ("Claim", "Agent"), ("Highlight", "Data"), ("Data", "Run")),
        "it was made from it; a claim that is no quotation from words or people, words from their document",
    ),
    "QUOTED_FROM": Relation((("Claim", "Highlight"),), "the claim is, whole, a quotation of these words"),
    "ATTRIBUTED_TO": Relation((("Data", "Agent"), ("Highlight", "Agent")), "the agent said or made it"),
    "ASSOCIATED_WITH": Relation(
        (("Run", "Agent"), ("Call", "Agent"), ("Withdrawal", "Agent")), "the agent took part in it"
    ),
    "ACTED_FOR": Relation((("Agent", "Agent"),), "an engine or a model worked for a person, in at least one run"),
    "INVALIDATED_BY": Relation((("Data", "Withdrawal"),), "its bytes were erased by it"),
    "MEMBER_OF": Relation((("Claim", "Persona"), ("Persona", "Data")), "it is a part of the whole"),
    "HAD_MEMBER": Relation(
        (("Persona", "Claim"), ("Data", "Persona")), "the same the other way, in which a whole rests on its parts"
    ),
    "REVISION_OF": Relation((("Data", "Data"),), "it came after it under the same name"),
    "SPECIALISATION_OF": Relation((("Data", "Data"),), "it is the same, more narrowly"),
    "ALTERNATE_OF": Relation(
        (("Data", "Data"), ("Data", "Run"), ("Run", "Data")),
        "the two are one thing; it stands in both directions, between what is here and what was imported",
    ),
    "INFORMED_BY": Relation((("Activity", "Activity"),), "the activity took something from the other"),
    "PART_OF": Relation(
        (("Data", "Project"), ("Run", "Project"), ("Run", "Experiment"), ("Call", "Run"), ("Experiment", "Project")),
        "it stands in it",
    ),
}

RESTS_ON = (
    "USED", "GENERATED_BY", "DERIVED_FROM", "QUOTED_FROM", "ATTRIBUTED_TO", "ASSOCIATED_WITH", "HAD_MEMBER",
    "ALTERNATE_OF", "INFORMED_BY",
)  # fmt: skip
"""The relations that lead from a thing to what it rests on: those that ``persona lineage up --claims`` follows."""

_PREFIXES = {
    "run_": "Run",
    "source_": "Data",
    "document_": "Data",
    "call_": "Call",
    "participant_": "Agent",
    "person:": "Agent",
    "engine:": "Agent",
    "model:": "Agent",
}
_PLAIN = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


def label_of(id: str) -> str:
    """The label of a thing of the lineage graph of which nothing but its name is known."""
    if split_highlight(id) is not None:
        return "Highlight"
    said = split_claim(id)
    if said is not None:
        return "Claim" if "." in said[1] else "Persona"
    if is_version(id):
        return "Data"
    external = split_thing(id)
    if external is not None:
        return {"activity": "Activity", "agent": "Agent"}.get(external[1], "Data")
    return next((label for start, label in _PREFIXES.items() if id.startswith(start)), "Data")


def relation_of(rel: str, source: str) -> str:
    """What an edge of the records is called here, given the label of its source.

    Only an activity is associated with an agent (PROV-DM 5.3.3): what is recorded so of anything else is an
    attribution. Words are part of their document, and rest on it.
    """
    if rel == "associated_with" and source not in ("Run", "Call", "Withdrawal", "Activity"):
        return "ATTRIBUTED_TO"
    if rel == "part_of" and source == "Highlight":
        return "DERIVED_FROM"
    word = rel.upper()
    return word if _PLAIN.fullmatch(word) else "RELATED_TO"


def statements(pairs: Iterable[tuple[str, str, str]] = ()) -> list[str]:
    """What makes the tables; ``pairs`` are relations with the labels of their ends that stand in no schema."""
    wanted: dict[str, dict[Pair, None]] = {name: dict.fromkeys(one.pairs) for name, one in RELATIONS.items()}
    for relation, source, target in pairs:
        wanted.setdefault(relation, {})[source, target] = None
    made = [
        f"CREATE NODE TABLE {label} ({', '.join(f'`{name}` {kind}' for name, kind in properties)}, PRIMARY KEY (`id`))"
        for label, properties in NODES.items()
    ]
    made += [
        f"CREATE REL TABLE {name} ({', '.join(f'FROM {source} TO {target}' for source, target in ends)})"
        for name, ends in wanted.items()
    ]
    return made
