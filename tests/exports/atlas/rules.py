"""The rules of Atlas, made again from its base model: what its type registry checks, and what it should check.

Types: known super types, no attribute twice, known types of attributes. Entities: a known type, every mandatory
attribute and no unknown one, values of the right type and range, at most so many. References: to an entity that is there
before or in the same request, of a type that fits; a process has data sets as inputs and outputs.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

RANGES = {"byte": 2**7, "short": 2**15, "int": 2**31, "long": 2**63}
WHOLE = re.compile(r"(array|map)<(.+)>")


class Rules:
    """The types of a catalogue: those of the base model and ours."""

    def __init__(self, base: Path, ours: dict[str, Any]) -> None:
        defined = [json.loads(base.read_text()), ours]
        self.enums = {
            one["name"]: {item["value"] for item in one["elementDefs"]} for part in defined for one in part["enumDefs"]
        }
        self.types = {one["name"]: one for part in defined for one in part["entityDefs"]}
        self.doubled = [
            one["name"]
            for one in ours["entityDefs"]
            if one["name"] in {each["name"] for each in defined[0]["entityDefs"]}
        ]

    # Types

    def faults_of_types(self) -> Iterator[str]:
        """What is wrong with the definitions."""
        yield from (f"{name} is a type of Atlas itself" for name in self.doubled)
        for name, one in self.types.items():
            for above in one.get("superTypes", []):
                if above not in self.types:
                    yield f"{name}: there is no super type {above}"
            if len(self.attributes(name)) != sum(
                len(self.types[each].get("attributeDefs", [])) for each in self.line(name)
            ):
                yield f"{name}: an attribute is defined twice"
            for attribute in one.get("attributeDefs", []):
                if not self._known(attribute["typeName"]):
                    yield f"{name}.{attribute['name']}: there is no type {attribute['typeName']}"
                if (
                    attribute["typeName"].startswith("array<") != (attribute["cardinality"] in ("LIST", "SET"))
                    and "valuesMinCount" in attribute
                ):
                    yield f"{name}.{attribute['name']}: its cardinality does not fit its type"

    def _known(self, type: str) -> bool:
        whole = WHOLE.fullmatch(type)
        if whole:
            return all(self._known(part) for part in whole[2].split(","))
        return (
            type in ("boolean", "float", "double", "string", "date", *RANGES)
            or type in self.enums
            or type in self.types
        )

    def line(self, name: str) -> list[str]:
        """A type and everything above it, each once."""
        found = [name]
        for one in found:
            found += [
                above for above in self.types[one].get("superTypes", []) if above not in found and above in self.types
            ]
        return found

    def attributes(self, name: str) -> dict[str, dict[str, Any]]:
        """The attributes of a type, those from above among them."""
        return {
            one["name"]: one for each in reversed(self.line(name)) for one in self.types[each].get("attributeDefs", [])
        }

    # Entities

    def faults(self, entity: dict[str, Any], there: dict[str, str]) -> Iterator[str]:
        """What is wrong with an entity; ``there`` gives the type of every guid and qualified name that can be pointed at."""
        name = entity.get("typeName")
        if name not in self.types:
            yield f"there is no type {name}"
            return
        given, known = entity.get("attributes", {}), self.attributes(name)
        yield from (f"{name}.{one} is no attribute" for one in given if one not in known)
        for one, rule in known.items():
            if given.get(one) is None:
                if not rule.get("isOptional", True):
                    yield f"{name}.{one} is mandatory"
            else:
                yield from (f"{name}.{one}: {fault}" for fault in self._value(rule["typeName"], given[one], there))

    def _value(self, type: str, value: Any, there: dict[str, str]) -> Iterator[str]:
        whole = WHOLE.fullmatch(type)
        if whole and whole[1] == "array":
            if not isinstance(value, list):
                yield "not a list"
                return
            for one in value:
                yield from self._value(whole[2], one, there)
        elif whole:
            if not isinstance(value, dict):
                yield "not a map"
                return
            for one in value.values():
                yield from self._value(whole[2].split(",")[1], one, there)
        elif type in self.types:
            yield from self._reference(type, value, there)
        elif not self._plain(type, value):
            yield f"{value!r} is no {type}"

    def _plain(self, type: str, value: Any) -> bool:
        if type in self.enums:
            return value in self.enums[type]
        if type == "boolean":
            return isinstance(value, bool)
        if isinstance(value, bool):
            return False
        if type in RANGES:
            return isinstance(value, int) and -RANGES[type] <= value < RANGES[type]
        if type == "date":  # in milliseconds: seconds would be of January 1970
            return isinstance(value, int) and 10**11 < value < 10**13
        return isinstance(value, (int, float)) if type in ("float", "double") else isinstance(value, str)

    def _reference(self, type: str, value: Any, there: dict[str, str]) -> Iterator[str]:
        if not isinstance(value, dict) or "typeName" not in value:
            yield "not a reference"
            return
        named = [value["guid"]] if "guid" in value else []
        named += [value["uniqueAttributes"]["qualifiedName"]] if "uniqueAttributes" in value else []
        for one in named or [""]:
            if one not in there:
                yield f"nothing is there under `{one}`"
            elif there[one] != value["typeName"]:
                yield f"`{one}` is a {there[one]} and no {value['typeName']}"
        if value["typeName"] not in self.types or type not in self.line(value["typeName"]):
            yield f"a {value['typeName']} is no {type}"

    # A whole export

    def faults_of_requests(self, bodies: list[dict[str, Any]]) -> Iterator[str]:
        """What is wrong with requests that are sent one after the other."""
        before: dict[str, str] = {}
        for body in bodies:
            entities = body["entities"]
            guids = {one["guid"]: one["typeName"] for one in entities}
            if len(guids) != len(entities):
                yield "a guid stands twice"
            yield from (f"{guid} is no temporary guid" for guid in guids if not re.fullmatch(r"-[1-9]\d*", guid))
            for one in entities:
                yield from self.faults(one, {**before, **guids})
            for one in entities:
                name = one["attributes"].get("qualifiedName")
                if name in before:
                    yield f"`{name}` was sent before"
                before[name] = one["typeName"]
