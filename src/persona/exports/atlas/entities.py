"""The entities of a workspace, each after those that it refers to.

Sources, then documents, templates and files, artefacts, experiments, and at last what happened: imports, runs with
their executions, derivations. They are read a page at a time, so a large log takes no more memory than a small one,
but for the names of templates and files that programs used. No words, no names of people or imported files.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from itertools import islice
from typing import TYPE_CHECKING, Any, NamedTuple

from persona.errors import NotFound
from persona.lineage.fine import is_version
from persona.lineage.proofs import origin_of
from persona.model.records import Artefact, DocumentRecord, Erasure, Experiment, Noun, Run, Source

if TYPE_CHECKING:
    from persona.storage import Records

PAGE = 200
"""How many records' edges are asked for at once."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Reference(NamedTuple):
    """An entity that another points at."""

    type: str
    name: str


class Entity(NamedTuple):
    """An entity: its type, its qualified name, and its attributes, references among them."""

    type: str
    name: str
    attributes: dict[str, Any]


class Entities:
    """The entities of a workspace, or of one project and what that uses of others."""

    def __init__(self, records: Records, project: str | None = None) -> None:
        self._records = records
        self._project = project
        self._origin = origin_of(records)
        self._erased = {one.id for one in records.find(Erasure).items}
        self._extra: set[str] = set()
        """What was told because it was used, beside what is told of itself."""

    def all(self) -> Iterator[Entity]:
        """Every entity, each after those that it refers to."""
        yield from map(self._source, self._scan(Source))
        yield from map(self._document, self._scan(DocumentRecord))
        yield from map(self._artefact, self._scan(Artefact))
        yield from map(self._experiment, self._scan(Experiment))
        yield from self._imports()
        yield from self._runs()
        yield from self._derivations()

    def _scan(self, noun: type[Noun]) -> Iterator[Noun]:
        return self._records.scan(noun, project=self._project) if self._project else self._records.scan(noun)

    def _paged(self, noun: type[Noun]) -> Iterator[list[Noun]]:
        found = self._scan(noun)
        while page := list(islice(found, PAGE)):
            yield page

    # Names

    def _entity(self, type: str, id: str, **attributes: Any) -> Entity:
        kept = {key: value for key, value in attributes.items() if value is not None}
        name = self._qualified(id)
        return Entity(type, name, {"qualifiedName": name, "name": id, **kept})

    def _qualified(self, id: str) -> str:
        """The name that nothing else has, in any catalogue: the id and the log it is of."""
        return f"{id}@{self._origin}"

    def _reference(self, type: str, id: str) -> Reference:
        return Reference(type, self._qualified(id))

    # Data sets

    def _source(self, one: Source) -> Entity:
        return self._entity(
            "persona_source",
            one.id,
            digest=one.digest,
            size=one.bytes,
            erased=self._is_erased(one.digest),
            mediaType=one.media_type,
            reader=one.reader,
            importedAt=milliseconds(one.imported_at),
            tags=one.tags or None,
        )

    def _document(self, one: DocumentRecord) -> Entity:
        return self._entity(
            "persona_document",
            one.id,
            digest=one.digest,
            erased=self._is_erased(one.digest),
            source=self._reference("persona_source", one.source),
            turns=one.turns,
            characters=one.characters,
        )

    def _artefact(self, one: Artefact) -> Entity:
        type = _type_of(one)
        count = one.fields.get("personas") if type == "persona_set" else None
        return self._entity(
            type,
            one.id,
            digest=one.digest,
            size=one.bytes,
            erased=self._is_erased(one.digest),
            kind=one.kind,
            version=one.version,
            createdAt=milliseconds(one.created_at),
            tags=one.tags or None,
            **({"personas": count} if isinstance(count, int) else {}),
        )

    def _is_erased(self, digest: str) -> bool:
        return digest in self._erased

    def _get(self, noun: type[Noun], id: str) -> Noun | None:
        try:
            return self._records.get(noun, id)
        except NotFound:
            return None

    def _experiment(self, one: Experiment) -> Entity:
        return self._entity(
            "persona_experiment",
            one.id,
            version=one.version,
            variants=list(one.variants),
            createdAt=milliseconds(one.created_at),
            tags=one.tags or None,
        )

    # What happened

    def _imports(self) -> Iterator[Entity]:
        for source in self._scan(Source):
            documents = self._records.find(DocumentRecord, source=source.id).items
            yield self._entity(
                "persona_import",
                f"{source.id}/import",
                importedAt=milliseconds(source.imported_at),
                inputs=[self._reference("persona_source", source.id)],
                outputs=[self._reference("persona_document", one.id) for one in documents],
            )

    def _runs(self) -> Iterator[Entity]:
        for page in self._paged(Run):
            ids = [one.id for one in page]
            out, into = self._records.ends_of(ids, "out"), self._records.ends_of(ids, "in")
            for run in page:
                inputs, before = self._used(out[run.id].get("used", ()))
                outputs, made = self._used(into[run.id].get("generated_by", ()))
                yield from (*before, *made)
                yield self._run(run, inputs, outputs)
                yield from self._executions(run)

    def _run(self, run: Run, inputs: list[Reference], outputs: list[Reference]) -> Entity:
        experiment = f"{run.project}/{run.experiment}" if run.experiment else None
        known = experiment is not None and self._get(Experiment, experiment) is not None
        return self._entity(
            "persona_run",
            run.id,
            work="generate" if run.recipe else "evaluate" if "judges" in run.params else "program",
            uuid=run.uuid,
            status=run.status,
            plannedAt=milliseconds(run.planned_at),
            startTime=milliseconds(run.started_at) if run.started_at else None,
            endTime=milliseconds(run.ended_at) if run.ended_at else None,
            recipe=run.recipe,
            seed=run.seed,
            repeat=run.repeat,
            experiment=self._reference("persona_experiment", experiment) if known and experiment else None,
            variant=run.variant,
            parameters=run.params or None,
            metrics={key: float(value) for key, value in run.metrics.items()} or None,
            tags=run.tags or None,
            inputs=inputs,
            outputs=outputs,
        )

    def _executions(self, run: Run) -> Iterator[Entity]:
        """Each attempt at a run: what the log says of when it was taken and how it ended."""
        attempt, began = 0, ""
        for event in self._records.events(subject=run.id):
            if event.kind == "run.started":
                if began:
                    yield self._execution(run, attempt, began, None, "running")
                attempt, began = attempt + 1, event.valid_from
            elif event.kind == "run.finished" and began:
                yield self._execution(run, attempt, began, event.valid_from, event.body["status"])
                began = ""
        if began:
            yield self._execution(run, attempt, began, None, "running")

    def _execution(self, run: Run, attempt: int, began: str, ended: str | None, status: str) -> Entity:
        return self._entity(
            "persona_execution",
            f"{run.id}/{attempt}",
            run=self._reference("persona_run", run.id),
            attempt=attempt,
            status=status,
            startTime=milliseconds(began),
            endTime=milliseconds(ended) if ended else None,
        )

    def _derivations(self) -> Iterator[Entity]:
        for page in self._paged(Artefact):
            made = [one for one in page if one.run is None]
            old = self._records.ends_of([one.id for one in made], "out")
            for one in made:
                inputs, before = self._used(old[one.id].get("derived_from", ()))
                yield from before
                yield self._entity(
                    "persona_derivation",
                    f"{one.id}/derivation",
                    createdAt=milliseconds(one.created_at),
                    inputs=inputs,
                    outputs=[self._reference(_type_of(one), one.id)],
                )

    def _used(self, things: Sequence[str]) -> tuple[list[Reference], list[Entity]]:
        """Data sets that were used or made, and those of them that have to be told first. What is none is left out."""
        references: list[Reference] = []
        first: list[Entity] = []
        for thing in dict.fromkeys(things):
            found = self._data_set(thing)
            if found is None:
                continue
            references.append(self._reference(found.type, thing))
            stands = found.type in ("persona_template", "persona_file") or not self._is_mine(thing)
            if stands and thing not in self._extra:
                self._extra.add(thing)
                first += self._with_source(thing, found)
        return references, first

    def _data_set(self, thing: str) -> Entity | None:
        if thing.startswith("document_"):
            document = self._get(DocumentRecord, thing)
            return self._document(document) if document else None
        if is_version(thing):
            artefact = self._get(Artefact, thing)
            return self._artefact(artefact) if artefact else None
        if thing.startswith("template:"):
            return self._entity("persona_template", thing)
        if thing.startswith("sha256:"):
            return self._entity("persona_file", thing, digest=thing)
        return None

    def _is_mine(self, thing: str) -> bool:
        """Whether a document or an artefact is told of itself."""
        if self._project is None:
            return True
        if is_version(thing):
            return thing.startswith(f"{self._project}/")
        document = self._get(DocumentRecord, thing)
        return document is not None and document.project == self._project

    def _with_source(self, thing: str, found: Entity) -> list[Entity]:
        """A data set of another project, after the source that it refers to."""
        if found.type != "persona_document":
            return [found]
        document = self._records.get(DocumentRecord, thing)
        if document.source in self._extra:
            return [found]
        self._extra.add(document.source)
        return [self._source(self._records.get(Source, document.source)), found]


def _type_of(one: Artefact) -> str:
    return "persona_set" if one.kind == "personas" else "persona_artefact"


def milliseconds(moment: str) -> int:
    """A recorded moment as Atlas keeps dates: milliseconds since 1970, in UTC."""
    read = datetime.fromisoformat(moment)
    since = (read if read.tzinfo else read.replace(tzinfo=UTC)) - _EPOCH
    return (since.days * 86_400 + since.seconds) * 1000 + since.microseconds // 1000
