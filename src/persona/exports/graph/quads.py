"""The graph in PROV-O (https://www.w3.org/TR/prov-o/) as N-Quads, for SPARQL."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any
from urllib.parse import quote

from persona.exports.graph.schema import NODES

FILE = "graph.nq"
SPACES = "prefixes.json"
"""The file that says the prefixes of an account, where the quads are one."""

PROV = "http://www.w3.org/ns/prov#"
VOCABULARY = "urn:persona-workbench:vocabulary:"
THING = "urn:persona-workbench:thing:"
PREFIXES: Mapping[str, str] = {
    "prov": PROV,
    "persona": VOCABULARY,
    "thing": THING,
    "rdf": "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
    "xsd": "http://www.w3.org/2001/XMLSchema#",
}
"""Prefixes that a query need not declare."""

RELATIONS: Mapping[str, str] = {
    "USED": f"{PROV}used",
    "GENERATED_BY": f"{PROV}wasGeneratedBy",
    "DERIVED_FROM": f"{PROV}wasDerivedFrom",
    "QUOTED_FROM": f"{PROV}wasQuotedFrom",
    "ATTRIBUTED_TO": f"{PROV}wasAttributedTo",
    "ASSOCIATED_WITH": f"{PROV}wasAssociatedWith",
    "ACTED_FOR": f"{PROV}actedOnBehalfOf",
    "INVALIDATED_BY": f"{PROV}wasInvalidatedBy",
    "HAD_MEMBER": f"{PROV}hadMember",
    "REVISION_OF": f"{PROV}wasRevisionOf",
    "ALTERNATE_OF": f"{PROV}alternateOf",
    "INFORMED_BY": f"{PROV}wasInformedBy",
    "SPECIALISATION_OF": f"{PROV}specializationOf",
    "PART_OF": f"{VOCABULARY}partOf",
}
"""The property of each relation. ``MEMBER_OF`` is ``HAD_MEMBER`` the other way, which PROV-O has alone."""

_CLASSES = {"Run": "Activity", "Call": "Activity", "Withdrawal": "Activity", "Activity": "Activity", "Agent": "Agent"}
_TYPES = {"INT64": "integer", "DOUBLE": "double", "BOOL": "boolean", "TIMESTAMP": "dateTime"}
_ESCAPED = {ord("\\"): "\\\\", ord('"'): '\\"', ord("\n"): "\\n", ord("\r"): "\\r", ord("\t"): "\\t"}
_KINDS = {label: dict(properties) for label, properties in NODES.items()}
_IS = f"<{PREFIXES['rdf']}type>"


@lru_cache(maxsize=65536)
def iri(id: str) -> str:
    """What a thing of the lineage graph is called in RDF."""
    return f"<{THING}{quote(id, safe='')}>"


class Quads:
    """A sink (``gathering.Sink``) that writes one file of N-Quads into a folder. To be closed."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True)
        self._out = (folder / FILE).open("w", encoding="utf-8")

    def node(self, label: str, values: Mapping[str, Any]) -> None:
        """See ``Sink.node``."""
        subject = iri(values["id"])
        lines = [f"{subject} {_IS} <{PROV}{_CLASSES.get(label, 'Entity')}> .\n"]
        lines.append(f"{subject} {_IS} <{VOCABULARY}{label}> .\n")
        for name, value in values.items():
            if value is not None:
                lines.append(f"{subject} <{VOCABULARY}{name}> {_literal(value, _KINDS[label][name])} .\n")
        self._out.write("".join(lines))

    def edge(self, relation: str, source: tuple[str, str], target: tuple[str, str]) -> None:
        """See ``Sink.edge``."""
        if relation != "MEMBER_OF":
            predicate = RELATIONS.get(relation, f"{VOCABULARY}relatedTo")
            self._out.write(f"{iri(source[1])} <{predicate}> {iri(target[1])} .\n")

    def close(self) -> None:
        """Finish the file."""
        self._out.close()


def _literal(value: Any, kind: str) -> str:
    text = "true" if value is True else "false" if value is False else str(value)
    datatype = _TYPES.get(kind)
    return f'"{text.translate(_ESCAPED)}"' + (f"^^<{PREFIXES['xsd']}{datatype}>" if datatype else "")
