"""A run as an in-toto statement: what was made, by digest, and the SLSA provenance of it.

The forms are in-toto Statement v1 (https://in-toto.io/Statement/v1) and SLSA Provenance v1
(https://slsa.dev/spec/v1.0/provenance). Sources are named by id and digest, never by the name of a file.
"""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Any

import msgspec

from persona.errors import Conflict
from persona.lineage.fine import is_version
from persona.lineage.references import read_reference
from persona.model.canonical import canonical_json
from persona.model.recipes import Recipe
from persona.model.records import Artefact, DocumentRecord, Run, Source
from persona.runs.execute import load_recipe
from persona.runs.sealed import read_left

if TYPE_CHECKING:
    from persona.storage import Blobs, Records

PAYLOAD = "application/vnd.in-toto+json"
STATEMENT = "https://in-toto.io/Statement/v1"
PREDICATE = "https://slsa.dev/provenance/v1"
BUILD_TYPE = "urn:persona-workbench:build:run/1"
"""What a run is as a build: external parameters are what a person chose, internal ones what the program made of it."""


def statement(records: Records, blobs: Blobs, run: Run, checkpoint: str) -> bytes:
    """The statement of a run that made something, as canonical JSON. The same arguments give the same bytes.

    Raises ``Conflict`` for a run that made nothing: a statement is about things.
    """
    made = [edge.src for edge in records.edges(run.id, "in") if edge.rel == "generated_by"]
    outputs = [records.get(Artefact, id) for id in sorted(made)]
    if not outputs:
        raise Conflict(
            f"the run made nothing that could be stated: it is {run.status}",
            code="run-without-outputs",
            place=run.id,
            hints=[f"see what happened: `persona run show {run.id}`"],
        )
    recipe = load_recipe(blobs, run)
    digest = run.fields.get("environment")
    environment: dict[str, Any] = msgspec.json.decode(read_left(blobs, digest)) if digest else {}
    whole = {
        "_type": STATEMENT,
        "subject": [{"name": one.path or one.name, "digest": _digest(one.digest)} for one in outputs],
        "predicateType": PREDICATE,
        "predicate": {
            "buildDefinition": {
                "buildType": BUILD_TYPE,
                "externalParameters": _external(run, recipe),
                "internalParameters": _internal(run, recipe),
                "resolvedDependencies": _dependencies(records, run, recipe),
            },
            "runDetails": {
                "builder": {
                    "id": f"urn:persona-workbench:software:{environment.get('tool')}:{environment.get('version')}",
                    "version": {str(environment.get("tool")): str(environment.get("version"))},
                },
                "metadata": _set(invocationId=run.uuid, startedOn=run.started_at, finishedOn=run.ended_at),
                "byproducts": [
                    *([{"name": "environment", "digest": _digest(digest)}] if digest else []),
                    {
                        "name": "checkpoint",
                        "mediaType": "text/plain",
                        "content": base64.b64encode(checkpoint.encode()).decode(),
                    },
                ],
            },
        },
    }
    return canonical_json(whole)


def _external(run: Run, recipe: Recipe | None) -> dict[str, Any]:
    if recipe is None:
        return {"parameters": dict(sorted(run.params.items()))}
    template = {"name": recipe.template.name, "version": recipe.template.version}
    return {"parameters": msgspec.to_builtins(recipe.parameters), "template": template}


def _internal(run: Run, recipe: Recipe | None) -> dict[str, Any]:
    told = _set(run=run.id, project=run.project, experiment=run.experiment, variant=run.variant, recipe=run.recipe)
    if recipe is not None:
        told |= {"engine": recipe.engine, "engineVersion": recipe.engine_version, "repeat": recipe.repeat}
    return told


def _dependencies(records: Records, run: Run, recipe: Recipe | None) -> list[dict[str, Any]]:
    """Everything that the run read, by what it is and by digest."""
    found: dict[str, dict[str, Any]] = {}

    def name(id: str, digest: str, **more: str) -> None:
        found[id] = {"uri": f"urn:persona-workbench:{id}", "digest": _digest(digest), **more}

    template = recipe.template.digest if recipe else None
    for edge in records.edges(run.id, "out"):
        used = edge.dst
        if edge.rel != "used":
            continue
        if used.startswith("document_"):
            document = records.get(DocumentRecord, used)
            source = records.get(Source, document.source)
            name(document.id, document.digest)
            name(source.id, source.digest, mediaType=source.media_type)
        elif used.startswith("sha256:") and used != template:
            name(used, used)
        elif is_version(used):
            name(f"artefact:{used}", records.get(Artefact, used).digest)
        elif reference := read_reference(used):
            name(used.rpartition("@")[0], reference.digest)
    if recipe is not None:
        name(f"template:{recipe.template.name}@{recipe.template.version}", recipe.template.digest)
        if recipe.grouping:
            name("grouping", recipe.grouping)
    if run.recipe:
        name("recipe", run.recipe)
    return [found[id] for id in sorted(found)]


def _digest(digest: str) -> dict[str, str]:
    return {"sha256": digest.removeprefix("sha256:")}


def _set(**values: Any) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value is not None}
