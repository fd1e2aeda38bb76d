"""The verbs of artefacts: list, show, alias, export, lineage, tag, note."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from persona.errors import NotFound, UsageError
from persona.exports.personas import FORMATS, check_format, export_personas
from persona.lineage import Node, tree_up
from persona.model.personas import PersonaSet
from persona.model.records import Artefact, Run
from persona.runs.artefacts import alias_draft
from persona.runs.execute import load_recipe
from persona.runs.inputs import load_inputs
from persona.workspace.context import Context, note_draft, tag_draft, tell_erased
from persona.workspace.layout import write_atomic
from persona.workspace.sources import Sources
from persona.workspace.things import Things, find_artefact
from persona.workspace.views import ArtefactView, ExportView, LineageNode, LineageView

ENDINGS = {"yml": "yaml", "markdown": "md", "htm": "html"}
"""Other endings of files, and the format that they mean."""


class Artefacts:
    """The named, versioned outputs of a workspace."""

    def __init__(self, context: Context, sources: Sources, things: Things) -> None:
        self._context = context
        self._sources = sources
        self._things = things

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
        tell_erased(self._context, artefact.digest, artefact.id)
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
        """The personas of an artefact. Raises ``InvalidInput`` for an artefact of another kind."""
        return self._things.personas(artefact)

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
        A json or yaml export carries R-016's full ``_provenance``, with the time, the run and a checkpoint of the log;
        md and html have the checkpoint at their foot, and csv has no place for one.
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
        tell_erased(context, artefact.digest, artefact.id)
        anchor = context.signing.anchor(context.records)
        provenance = dict(personas.provenance) | {
            "timestamp": (maker.ended_at if maker else None) or artefact.created_at,
            "run_id": maker.id if maker else None,
            "artefact": artefact.id,
            "digest": artefact.digest,
            "log": {"position": anchor.size, "root": anchor.root, "checkpoint": anchor.text},
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
        id, found_by = self._things.find(thing)
        node = self._label(tree_up(context.records, id, depth=depth))
        return LineageView(node, found_by, f"{head.size}:{head.root}")

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
        kind, label, _ = self._things.describe(node.id)
        return LineageNode(node.id, kind, label, node.relation, tuple(children))
