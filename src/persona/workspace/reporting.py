"""The verbs that show: report and trace."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from persona.errors import NotFound
from persona.exports.report import render_report
from persona.lineage import follow
from persona.llm.providers import find_model
from persona.model.canonical import digest_of
from persona.model.records import Run, Source
from persona.runs.artefacts import Output, log_drafts
from persona.runs.execute import load_recipe
from persona.runs.inputs import load_inputs
from persona.workspace.context import Context, tell_erased
from persona.workspace.layout import write_atomic
from persona.workspace.views import PassageView, ReportView, TraceView

if TYPE_CHECKING:
    from persona.model.personas import Evidence, Persona
    from persona.model.recipes import Recipe
    from persona.workspace.artefacts import Artefacts
    from persona.workspace.runs import Runs
    from persona.workspace.sources import Sources


class Reporting:
    """Reports and traces of runs."""

    def __init__(self, context: Context, runs: Runs, artefacts: Artefacts, sources: Sources) -> None:
        self._context = context
        self._runs = runs
        self._artefacts = artefacts
        self._sources = sources

    def report(self, run: str | None = None, *, project: str | None = None, output: Path | None = None) -> ReportView:
        """Write the personas of a run, the newest completed one when not named, as one HTML file."""
        context = self._context
        chosen = self._chosen(run, project)
        recipe = load_recipe(context.blobs, chosen)
        artefact = self._artefacts.of_run(chosen)
        personas = self._artefacts.personas(artefact)
        tell_erased(context, artefact.digest, artefact.id)
        silent = sorted({one.participant for persona in personas.personas for one in _silent(persona)})
        inputs = load_inputs(context.blobs, recipe) if recipe else []
        head = context.records.head()
        facts = [
            ("run", chosen.id),
            ("project", chosen.project),
            ("experiment", f"{chosen.experiment}, variant {chosen.variant}" if chosen.experiment else "none"),
            ("ended", chosen.ended_at or ""),
            ("engine", f"{recipe.engine}@{recipe.engine_version}" if recipe else ""),
            *_model(chosen, recipe),
            ("seed", str(chosen.seed)),
            ("temperature", str(recipe.parameters.temperature) if recipe else ""),
            ("recipe", str(chosen.recipe)),
            ("personas", artefact.digest),
            ("sources", str(len({item.document.source for item in inputs}))),
            *([("not quoted", f"{len(silent)} people, who withdrew or do not wish it")] if silent else []),
            ("log", f"{head.size} events, root {head.root}"),
        ]
        title = context.project_file(chosen.project).name
        data = render_report(
            personas=personas,
            inputs=inputs,
            title=title,
            facts=facts,
            measures=self._runs.measures(chosen),
            root=head.root,
            checkpoint=context.signing.anchor(context.records).text,
        )
        name = f"report-{chosen.id}{f'-as-of-{head.size}' if context.past else ''}.html"
        path = Path(output) if output else context.layout.artefacts(chosen.project, "reports") / name
        if context.past:  # what is read of the past is written where it is wanted, and recorded nowhere
            write_atomic(path, data)
            return ReportView(context.layout.relative(path.absolute()), len(data), chosen.id, None)
        digest = context.blobs.put(data)
        write_atomic(path, data)
        made = Output(
            name=name,
            kind="report",
            digest=digest_of(data),
            bytes=len(data),
            path=context.layout.relative(path.absolute()) if not output else "",
            derived_from=(artefact.id,),
        )
        drafts, ids = log_drafts(context.records, chosen.project, None, [made])
        if drafts:
            context.append(*drafts)
        assert digest == made.digest
        return ReportView(context.layout.relative(path.absolute()), len(data), chosen.id, ids[0])

    def trace(self, run: str | None = None, claim: str | None = None, *, project: str | None = None) -> TraceView:
        """Follow one claim of a run to its words, its document and the digest of the original."""
        context = self._context
        chosen = self._chosen(run, project)
        recipe = load_recipe(context.blobs, chosen)
        artefact = self._artefacts.of_run(chosen)
        personas = self._artefacts.personas(artefact)
        tell_erased(context, artefact.digest, artefact.id)
        inputs = load_inputs(context.blobs, recipe) if recipe else []
        found = follow(personas, inputs, claim)
        titles = {one.digest: one.document.title for one in inputs}
        source_digest = found.input.document.source
        sources = context.records.find(Source, project=chosen.project, digest=source_digest).items
        return TraceView(
            persona=found.persona.id,
            path=found.path,
            claim=found.claim.text,
            status=found.claim.status,
            support=found.claim.support,
            of=found.claim.of,
            quote=found.evidence.quote,
            participant=found.evidence.participant,
            document=found.input.digest,
            title=found.input.document.title,
            start=found.evidence.start,
            end=found.evidence.end,
            place=found.place,
            source=self._sources.name_of(sources[0]) if sources else "",
            source_digest=source_digest,
            equal=found.equal,
            passages=tuple(
                PassageView(one.participant, one.quote, titles[one.document]) for one in found.claim.evidence[1:]
            ),
        )

    def _chosen(self, run: str | None, project: str | None) -> Run:
        if run is not None:
            return self._context.records.resolve(Run, run)
        where = self._context.project(project)
        for one in self._context.records.find(Run, project=where.id, status="completed").items:
            if "outputs" in one.fields:
                return one
        raise NotFound(
            f"the project `{where.id}` has no completed run with personas",
            code="no-run",
            place=f"project {where.id}",
            hints=["make personas: `persona generate`"],
        )


def _silent(persona: Persona) -> Iterator[Evidence]:
    """The evidence of those whose words are not shown."""
    for _, claim in persona.claims():
        yield from (one for one in claim.evidence if not one.quote)


def _model(run: Run, recipe: Recipe | None) -> list[tuple[str, str]]:
    """The language model that was asked, and with what; nothing where none was."""
    if recipe is None or find_model(recipe.parameters.model) is None:
        return []
    told = run.fields.get("calls") or {}
    calls = f"{told.get('asked', 0)} asked, {told.get('reused', 0)} reused from the record"
    template = f"{recipe.template.name} {recipe.template.version}, {recipe.template.digest}"
    return [("model", recipe.parameters.model), ("calls", calls), ("template", template)]
