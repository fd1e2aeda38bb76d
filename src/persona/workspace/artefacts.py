"""The verbs of artefacts: list, show, alias, export, lineage, tag, note."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec

from persona.errors import InvalidInput, NotFound, UsageError, did_you_mean
from persona.exports.personas import FORMATS, check_format, export_personas
from persona.lineage import Node, tree_up
from persona.model.canonical import digest_of
from persona.model.personas import PersonaSet
from persona.model.records import Artefact, DocumentRecord, Participant, Run, Source
from persona.runs.artefacts import alias_draft
from persona.runs.execute import load_recipe
from persona.runs.inputs import load_inputs
from persona.workspace.context import Context, note_draft, tag_draft
from persona.workspace.layout import write_atomic
from persona.workspace.sources import Sources
from persona.workspace.views import ArtefactView, ExportView, LineageNode, LineageView

ENDINGS = {"yml": "yaml", "markdown": "md", "htm": "html"}
"""Other endings of files, and the format that they mean."""

_personas = msgspec.json.Decoder(PersonaSet)


def find_artefact(context: Context, ref: str, project: str | None = None) -> Artefact:
    """An artefact by ``name``, ``name:v2``, ``name:alias`` or the same with its project before a slash.

    A bare name means its newest version. Raises ``NotFound`` with the nearest name.
    """
    within = context.project(project).id
    whole = ref
    if "/" in ref:
        within, _, whole = ref.partition("/")
    name, _, version = whole.partition(":")
    listed = context.records.find(Artefact, project=within).items
    versions = [one for one in listed if one.name == name]
    if not versions:
        names = sorted({one.name for one in listed})
        near = did_you_mean(name, names)
        raise NotFound(
            f"there is no artefact `{name}` in the project `{within}`",
            code="artefact-not-found",
            place=f"known: {', '.join(names[:8]) or 'none'}",
            hints=[
                f"did you mean `{near}`?"
                if near
                else "see them: `persona artefact list`"
                if names
                else "runs make artefacts: `persona generate`"
            ],
        )
    if not version:
        return max(versions, key=lambda one: one.version)
    for one in versions:
        if version in (f"v{one.version}", *one.aliases):
            return one
    known = sorted({f"v{one.version}" for one in versions} | {alias for one in versions for alias in one.aliases})
    raise NotFound(
        f"the artefact `{name}` has no version or alias `{version}`",
        code="artefact-not-found",
        place=f"known: {', '.join(known)}",
        hints=["see them: `persona artefact list`"],
    )


class Artefacts:
    """The named, versioned outputs of a workspace."""

    def __init__(self, context: Context, sources: Sources) -> None:
        self._context = context
        self._sources = sources

    def list(
        self, *, project: str | None = None, name: str | None = None, kind: str | None = None
    ) -> tuple[Artefact, ...]:
        """Every version, by name and version."""
        within = self._context.project(project).id
        found = self._context.records.find(Artefact, project=within, name=name, kind=kind).items
        return tuple(sorted(found, key=lambda one: (one.name, one.version)))

    def show(self, ref: str) -> ArtefactView:
        """One version with its file, its neighbours and its other versions."""
        artefact = find_artefact(self._context, ref)
        versions = [one.id for one in self.list(project=artefact.project, name=artefact.name)]
        return ArtefactView(artefact, self._path(artefact), self._context.records.edges(artefact.id), tuple(versions))

    def alias(self, ref: str, alias: str) -> ArtefactView:
        """Point an alias such as ``approved`` at a version; who moved it and when is recorded."""
        artefact = find_artefact(self._context, ref)
        looks_like_version = alias[:1] == "v" and alias[1:].isdigit()
        if alias == "latest" or looks_like_version or not alias.replace("-", "").replace("_", "").isalnum():
            raise UsageError(
                f"`{alias}` cannot be an alias",
                code="bad-alias",
                place=artefact.id,
                hints=["`latest` and `v1`, `v2` ... are kept by the program; use a word such as `approved`"],
            )
        self._context.append(alias_draft(artefact.project, artefact.name, alias, artefact.id))
        return self.show(artefact.id)

    def unalias(self, ref: str, alias: str) -> ArtefactView:
        """Remove an alias."""
        artefact = find_artefact(self._context, ref)
        self._context.append(alias_draft(artefact.project, artefact.name, alias, None))
        return self.show(artefact.id)

    def tag(self, ref: str, set_: Mapping[str, str], unset: Sequence[str] = ()) -> ArtefactView:
        """Set and remove tags."""
        artefact = find_artefact(self._context, ref)
        self._context.append(tag_draft("artefact", artefact.id, set_, list(unset)))
        return self.show(artefact.id)

    def note(self, ref: str, fields: Mapping[str, Any]) -> ArtefactView:
        """Merge free fields; a None value removes its key."""
        artefact = find_artefact(self._context, ref)
        self._context.append(note_draft("artefact", artefact.id, fields))
        return self.show(artefact.id)

    def of_run(self, run: Run) -> Artefact:
        """The personas that a run made. Raises ``NotFound`` when it made none."""
        outputs = run.fields.get("outputs")
        id = outputs.get("personas") if isinstance(outputs, dict) else None
        if id is None:
            raise NotFound(
                f"the run made no personas: it is {run.status}",
                code="run-without-personas",
                place=run.id,
                hints=["see what happened: `persona run show " + run.id + "`"],
            )
        return self._context.records.get(Artefact, id)

    def personas(self, artefact: Artefact) -> PersonaSet:
        """The personas of an artefact. Raises ``InvalidInput`` when it holds something else."""
        if artefact.kind != "personas":
            raise InvalidInput(
                f"the artefact is of kind `{artefact.kind}`, and personas are asked for",
                code="not-personas",
                place=artefact.id,
                hints=["see the kind of each: `persona artefact list`"],
            )
        return _personas.decode(self._context.blobs.get(artefact.digest))

    def export(
        self,
        *,
        run: str | None = None,
        ref: str | None = None,
        format: str | None = None,
        output: str | Path | None = None,
    ) -> ExportView:
        """Write personas out as json, yaml, csv, md or html: as ``format`` says, else the ending of ``output``.

        Without ``output`` the file goes to the project's ``artefacts/personas``; ``-`` gives the bytes back instead.
        A json or yaml export carries R-016's full ``_provenance``, with the time and the run.
        """
        context = self._context
        if format is None:
            ending = Path(output or "").suffix.lower().removeprefix(".")
            format = ending if ending in FORMATS else ENDINGS.get(ending, "json")
        check_format(format)
        if run is not None:
            maker: Run | None = context.records.resolve(Run, run)
            assert maker is not None
            artefact = self.of_run(maker)
        else:
            artefact = find_artefact(context, ref or "personas")
            maker = context.records.get(Run, artefact.run) if artefact.run else None
        personas = self.personas(artefact)
        provenance = dict(personas.provenance) | {
            "timestamp": (maker.ended_at if maker else None) or artefact.created_at,
            "run_id": maker.id if maker else None,
            "artefact": artefact.id,
            "digest": artefact.digest,
        }
        recipe = load_recipe(context.blobs, maker) if maker else None
        inputs = load_inputs(context.blobs, recipe) if recipe and format in ("md", "html") else []
        data = export_personas(personas, format, provenance=provenance, inputs=inputs)
        if output == "-":
            return ExportView(format, len(data), None, artefact.id, data.decode())
        stem = f"{artefact.name}-v{artefact.version}" if run is None or maker is None else f"{artefact.name}-{maker.id}"
        path = Path(output) if output else context.layout.artefacts(artefact.project, "personas") / f"{stem}.{format}"
        write_atomic(path, data)
        return ExportView(format, len(data), context.layout.relative(path.absolute()), artefact.id)

    def lineage(self, thing: str, *, depth: int = 25) -> LineageView:
        """The provenance of a file (found by its bytes, wherever it lies) or of a named thing.

        A file exported as json or yaml is found by the artefact named in its ``_provenance``, after its content was
        compared with that artefact. Raises ``NotFound`` when nothing is recorded under these bytes or this name.
        """
        context = self._context
        head = context.records.head()
        id, found_by = self._find(thing)
        node = self._label(tree_up(context.records, id, depth=depth))
        return LineageView(node, found_by, f"{head.size}:{head.root}")

    def _find(self, thing: str) -> tuple[str, Any]:
        context = self._context
        path = Path(thing)
        if path.is_file():
            data = path.read_bytes()
            digest = digest_of(data)
            for artefact in context.records.find(Artefact, digest=digest).items:
                return artefact.id, "digest"
            for source in context.records.find(Source, digest=digest).items:
                return source.id, "digest"
            return self._embedded(path, data), "embedded"
        if thing.startswith("run_"):
            return context.records.resolve(Run, thing).id, "name"
        if thing.startswith("source_"):
            return context.records.resolve(Source, thing).id, "name"
        if thing.startswith("document_"):
            return context.records.resolve(DocumentRecord, thing).id, "name"
        for artefact in context.records.find(Artefact, digest=thing).items:
            return artefact.id, "digest"
        return find_artefact(context, thing).id, "name"

    def _embedded(self, path: Path, data: bytes) -> str:
        """The artefact that an exported file names, if its content really is that artefact's."""
        unknown = NotFound(
            "nothing is recorded under the bytes of this file",
            code="lineage-not-found",
            place=str(path),
            hints=["see what is: `persona artefact list`"],
        )
        try:
            if path.suffix in (".yaml", ".yml"):
                from persona.model.yamltext import load_yaml

                raw = load_yaml(data.decode(), str(path))
                exported = msgspec.convert(raw, PersonaSet)
            else:
                exported = _personas.decode(data)
            artefact = self._context.records.get(Artefact, str(exported.provenance.get("artefact")))
        except (msgspec.DecodeError, UnicodeDecodeError, InvalidInput, NotFound):
            raise unknown from None
        stored = self.personas(artefact)
        if msgspec.structs.replace(exported, provenance={}) != msgspec.structs.replace(stored, provenance={}):
            raise InvalidInput(
                f"the file says it is `{artefact.id}`, but its content was changed since",
                code="export-changed",
                place=str(path),
                hints=[f"export it again: `persona artefact export --run {artefact.run} --format json`"],
            )
        return artefact.id

    def _path(self, artefact: Artefact) -> str | None:
        if artefact.run is None:
            return artefact.path or None
        run = self._context.records.get(Run, artefact.run)
        path = self._context.layout.run(run.project, run.experiment, run.id) / artefact.path
        if not path.exists():
            path = self._context.layout.root / artefact.path
        return self._context.layout.relative(path) if path.exists() else None

    def _label(self, node: Node) -> LineageNode:
        children = [self._label(child) for child in node.children]
        kind, label = self._describe(node.id)
        return LineageNode(node.id, kind, label, node.relation, tuple(children))

    def _describe(self, id: str) -> tuple[str, str]:
        """What a node of the graph is, in words."""
        context = self._context
        if id.startswith("run_"):
            run = context.records.get(Run, id)
            return "run", f"{run.status}, seed {run.seed}" + (f", variant {run.variant}" if run.variant else "")
        if id.startswith("source_"):
            source = context.records.get(Source, id)
            return "source", self._sources.name_of(source)
        if id.startswith("document_"):
            document = context.records.get(DocumentRecord, id)
            source = context.records.get(Source, document.source)
            part = f", document {document.ordinal} of {source.documents}" if source.documents > 1 else ""
            return "document", f"{self._sources.name_of(source)}{part}"
        if id.startswith("participant_"):
            from persona.runs.inputs import load_label

            return "participant", load_label(context.blobs, context.records.get(Participant, id).card).label
        if id.startswith("sha256:"):
            return "file", "sealed bytes"
        if ":v" in id:
            artefact = context.records.get(Artefact, id)
            return "artefact", f"{artefact.kind}, {artefact.bytes:,} bytes"
        kind = id.partition(":")[0] if ":" in id else "thing"
        return kind, id.partition(":")[2] or id
