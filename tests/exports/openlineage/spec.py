"""The specification as a judge: every event and every facet by the schema that it names itself."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator
from referencing import Registry, Resource

from persona.exports.openlineage.own import OWN, schema_of

SLOTS = ("run", "job", "dataset", "inputs", "outputs")


class Judge:
    """Validators over the schemas of the specification and our own."""

    def __init__(self, folder: Path) -> None:
        schemas = [
            json.loads(path.read_text()) for path in [folder / "OpenLineage.json", *folder.glob("facets/*.json")]
        ]
        schemas += [schema_of(name) for name in OWN]
        self.known = {one["$id"] for one in schemas}
        self._registry: Registry[Any] = Registry().with_resources(
            [(one["$id"], Resource.from_contents(one)) for one in schemas]
        )
        self._validators: dict[str, Draft202012Validator] = {}

    def faults(self, event: dict[str, Any]) -> list[str]:
        """What is wrong with an event: by the core schema, then each facet by its own."""
        found = self._by(event["schemaURL"], event)
        for slot in SLOTS:
            things = event.get(slot, [])
            for thing in things if isinstance(things, list) else [things]:
                for place in ("facets", "inputFacets", "outputFacets"):
                    for name, facet in thing.get(place, {}).items():
                        found += [f"{slot}.{place}.{name}: {fault}" for fault in self._facet(name, facet)]
        return found

    def _facet(self, name: str, facet: dict[str, Any]) -> list[str]:
        file, _, definition = facet["_schemaURL"].partition("#/$defs/")
        if file not in self.known or not definition:
            return [f"names no schema that there is: {facet['_schemaURL']}"]
        keyed = self._registry.contents(file).get("properties", {})
        if name not in keyed:
            return [f"the schema {file} is not that of `{name}`"]
        return self._by(facet["_schemaURL"], facet)

    def _by(self, url: str, value: Any) -> list[str]:
        if url not in self._validators:
            checker = Draft202012Validator.FORMAT_CHECKER
            self._validators[url] = Draft202012Validator({"$ref": url}, registry=self._registry, format_checker=checker)
        return [f"{error.json_path}: {error.message[:200]}" for error in self._validators[url].iter_errors(value)]
