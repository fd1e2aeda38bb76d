"""The folder of a run, as a pure function of records and blobs: complete enough for a stranger in ten years."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from persona.errors import IntegrityError, NotFound
from persona.exports.metadata import manifest, run_metadata
from persona.lineage.references import read_reference
from persona.model.canonical import Digest, canonical_json, digest_of_value
from persona.model.cards import SourceCard
from persona.model.measures import unseal_measures
from persona.model.recipes import Recipe
from persona.model.records import Artefact, Call, DocumentRecord, Run, Source
from persona.model.yamltext import dump_yaml
from persona.runs.sealed import read_left
from persona.storage.erased import Erased

if TYPE_CHECKING:
    from persona.storage import Blobs, Records

OF_THE_RUN = frozenset({"run.planned", "run.started", "run.logged", "run.finished"})
"""The events that tell of the run itself, and none that can follow its end."""
TAKEN = frozenset({"documents.jsonl", "template.txt"})
"""Names in ``input`` that no original gets."""


def files(records: Records, blobs: Blobs, run: Run, *, private: bool = True) -> dict[str, bytes]:
    """Every file of a run folder by its path in it.

    ``input`` holds the originals, the template and, as one JSON line each, the normalised documents that spans point
    into; ``output`` what was made; ``audit`` the recipe, the measures, the constraints, the environment, the calls (by
    digest) and the events of the run up to its end (what is tagged or noted later does not change its folder).
    Without ``private``, for folders that leave the workspace, originals, documents and uncommitted changes of code are
    left out, and what names a source names it by id and digest only.
    Raises ``NotFound`` or ``IntegrityError`` when a blob is lost or damaged or a recorded path leads out of
    the folder.
    """
    recipe = msgspec.json.decode(read_left(blobs, run.recipe), type=Recipe) if run.recipe else None
    measures_digest, environment_digest = run.fields.get("measures"), run.fields.get("environment")
    measures = unseal_measures(read_left(blobs, measures_digest)) if measures_digest else []
    captured = blobs.get(environment_digest) if environment_digest else b"{}"
    environment: dict[str, Any] = msgspec.json.decode(captured)
    outputs = _outputs(records, run)
    found: dict[str, bytes] = {}
    sources = _inputs(records, blobs, run, recipe, found, private=private)
    for one in outputs:
        _put(found, _inside(one.path, run), blobs, one.digest)
    if recipe is not None:
        found["audit/recipe.json"] = _pretty(recipe)
    if measures:
        found["audit/metrics.json"] = _pretty(measures)
    if run.fields.get("constraints"):
        found["audit/constraints.json"] = _pretty(msgspec.json.decode(read_left(blobs, run.fields["constraints"])))
    calls = records.find(Call, run=run.id, order="ordinal").items
    if calls:
        found["audit/calls.jsonl"] = b"".join(canonical_json(call) + b"\n" for call in calls)
    git = run.fields.get("git")
    if git:
        found["audit/git.json"] = _pretty(git)
        if git.get("diff") and private:
            _put(found, "audit/changes.diff", blobs, git["diff"])
    if environment:
        found["audit/environment.json"] = _indented(captured)
    events = [event for event in records.events(subject=run.id) if event.kind in OF_THE_RUN]
    found["audit/events.jsonl"] = b"".join(canonical_json(_event(event)) + b"\n" for event in events)
    source_data = _source_data(sources)
    metadata = run_metadata(
        run,
        recipe,
        source_data=source_data,
        outputs=outputs,
        measures=measures,
        environment=environment,
        environment_digest=environment_digest,
    )
    found["run_metadata.json"] = msgspec.json.format(msgspec.json.encode(metadata), indent=2) + b"\n"
    found["manifest.yaml"] = dump_yaml(manifest(run, recipe, outputs, sources, environment)).encode()
    return found


def _put(found: dict[str, bytes], name: str, blobs: Blobs, digest: Digest) -> None:
    """Put bytes into the folder, or what is left of them after an erasure, or a tombstone that says what was there."""
    try:
        found[name] = read_left(blobs, digest)
    except Erased as error:
        found[f"{name}.erased.json"] = _pretty({"digest": error.erasure.id, **error.data})


def _outputs(records: Records, run: Run) -> list[Artefact]:
    made = [edge.src for edge in records.edges(run.id, "in") if edge.rel == "generated_by"]
    return [records.get(Artefact, id) for id in sorted(made)]


def _inputs(
    records: Records, blobs: Blobs, run: Run, recipe: Recipe | None, found: dict[str, bytes], *, private: bool
) -> list[dict[str, str]]:
    """Put the template and, where ``private``, the originals and documents of a run into ``found``; the originals."""
    used = [edge.dst for edge in records.edges(run.id, "out") if edge.rel == "used"]
    documents = [records.get(DocumentRecord, id) for id in used if id.startswith("document_")]
    listed: list[dict[str, str]] = []
    for id in sorted({document.source for document in documents}):
        source = records.get(Source, id)
        if not private:
            listed.append({"id": id, "hash": source.digest})
            continue
        name = _free_name(name_of(blobs, source), source.digest, found)
        _put(found, name, blobs, source.digest)
        listed.append({"id": id, "path": name, "hash": source.digest})
    if recipe is not None and private:
        lines = [
            b'{"digest":"%s","document":%s}\n' % (ref.document.encode(), read_left(blobs, ref.document))
            for ref in recipe.inputs
        ]
        found["input/documents.jsonl"] = b"".join(lines)
    if recipe is not None:
        found["input/template.txt"] = blobs.get(recipe.template.digest)
    template = recipe.template.digest if recipe else None
    blobs_used = [digest for digest in used if digest.startswith("sha256:") and digest != template]
    elsewhere = [(id, reference.digest) for id in used if (reference := read_reference(id)) is not None]
    return listed + [{"id": id, "hash": digest} for id, digest in [(one, one) for one in blobs_used] + elsewhere]


def name_of(blobs: Blobs, source: Source) -> str:
    """The file name of an original: its last part only, whatever a record made elsewhere says."""
    try:
        name = msgspec.json.decode(read_left(blobs, source.card), type=SourceCard).name
    except NotFound:
        return f"{source.id}.lost-name"
    last = name.replace("\\", "/").rpartition("/")[2].replace("\0", "")
    return last if last.strip(". ") else source.id


def _inside(path: str, run: Run) -> str:
    """A recorded path, if it stays in the folder: a workspace may come from anybody."""
    parts = path.split("/")
    if not path or "\\" in path or "\0" in path or ":" in parts[0] or any(part in ("", ".", "..") for part in parts):
        raise IntegrityError(
            f"the recorded path `{path}` leads out of the folder of the run",
            code="path-outside",
            place=run.id,
            hints=["see what else is wrong: `persona verify`"],
        )
    return path


def _free_name(name: str, digest: str, found: dict[str, bytes]) -> str:
    path = f"input/{name}"
    if path not in found and name not in TAKEN:
        return path
    stem, dot, suffix = name.rpartition(".")
    mark = digest.removeprefix("sha256:")[:8]
    return f"input/{stem}~{mark}{dot}{suffix}" if dot else f"input/{name}~{mark}"


def _source_data(sources: list[dict[str, str]]) -> dict[str, Any]:
    """R-016's ``source_data``: one original by its path and hash; several by their folder and one hash over all."""
    if not sources:
        return {"path": None, "hash": None, "sources": []}
    if len(sources) == 1:
        return {"path": sources[0].get("path"), "hash": sources[0]["hash"], "sources": sources}
    return {"path": "input", "hash": digest_of_value(sorted(one["hash"] for one in sources)), "sources": sources}


def _event(event: Any) -> dict[str, Any]:
    raw: dict[str, Any] = msgspec.to_builtins(event)
    return raw | {"leaf": event.leaf.hex()}


def _pretty(value: Any) -> bytes:
    return _indented(canonical_json(value))


def _indented(canonical: bytes) -> bytes:
    return msgspec.json.format(canonical, indent=2) + b"\n"
