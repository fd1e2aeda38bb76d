"""Events: what each entry of the log is in OpenLineage.

``source.imported``                          a dataset event for the source and one for each document
``experiment.created``, ``.changed``         a job event
``run.started``                              START; RUNNING where a run is taken up again
``run.finished``                             COMPLETE, FAIL or ABORT; OTHER where the run was taken up again later.
                                             Personas that were measured give START and COMPLETE of an evaluation, too
``artefact.logged`` without a run            a dataset event
``words.erased``                             a dataset event for each thing whose bytes are gone: DROP, or OVERWRITE
                                             where the same without the words of who withdrew is left
``thing.tagged``                             OTHER for a run, a dataset event, or a job event
the end of an export                         a job event with the state of the log

Each is a function of that entry and of what was recorded up to it, so it is the same whenever it is written; only
whether an end was the last one is known later.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from heapq import merge
from typing import TYPE_CHECKING, Any, NamedTuple

from persona.exports.openlineage.checks import assertions_of, metrics_of, tests_of
from persona.exports.openlineage.columns import quality_of
from persona.exports.openlineage.datasets import Datasets
from persona.exports.openlineage.facets import CORE, PRODUCER, facet, job_type, tags
from persona.exports.openlineage.naming import Naming, work_of
from persona.exports.openlineage.own import CallsFacet, CheckpointFacet, RecipeFacet, Record, Template, own
from persona.exports.openlineage.reading import Reading
from persona.lineage.proofs import origin_of
from persona.model.records import Artefact, Event, Experiment, Head, Run, Source
from persona.runs.plan import source_hash

if TYPE_CHECKING:
    from persona.storage import Blobs, Records

OF_RUNS = ("run.started", "run.finished")
OF_OTHERS = (
    "source.imported", "experiment.created", "experiment.changed", "artefact.logged", "words.erased", "thing.tagged",
)  # fmt: skip
_ENDS = {"completed": "COMPLETE", "failed": "FAIL", "cancelled": "ABORT", "interrupted": "ABORT"}
_COMMIT_DIGITS = 40


class Scope(NamedTuple):
    """What is told: everything, or what belongs to one project, one experiment (``project/name``) or one run."""

    project: str | None = None
    experiment: str | None = None
    run: str | None = None


EVERYTHING = Scope()


class Told(NamedTuple):
    """One event of OpenLineage, after the position of the entry of the log that it tells."""

    position: int
    event: dict[str, Any]


class Teller:
    """The events of one workspace. ``versions`` as in ``Naming``."""

    def __init__(self, records: Records, blobs: Blobs, *, versions: bool = False) -> None:
        self._records = records
        self.naming = Naming(origin_of(records), versions)
        self._reading = Reading(records, blobs)
        self._datasets = Datasets(self._reading, self.naming)

    @property
    def lost(self) -> int:
        """How often bytes were wanted that are gone, so that an event says less."""
        return self._reading.lost

    def tell(self, scope: Scope = EVERYTHING, after: int = 0, upto: int | None = None) -> Iterator[Told]:
        """The events of a stretch of the log, in its order, one entry in memory at a time."""
        for entry in self._entries(scope, after, upto):
            if entry.kind == "words.erased":  # one person's words may stand in several projects
                for project, event in self._erased(entry):
                    if scope == EVERYTHING or (project == scope.project and scope.experiment is None):
                        yield Told(entry.seq, event)
            elif self._belongs(entry, scope):
                for event in self.of(entry):
                    yield Told(entry.seq, event)

    def checkpoint(self, head: Head, note: str | None = None) -> dict[str, Any]:
        """The event that closes an export: the state of the log, with its signed ``note`` where there is one."""
        last = next(iter(self._records.events(after=head.size - 1)))
        stands = CheckpointFacet(self.naming.namespace, head.size, head.root, note)
        job = self._job("log", jobType=job_type("LOG"), persona_checkpoint=own(stands))
        return {**_base(last, "JobEvent"), "job": job}

    def of(self, entry: Event) -> list[dict[str, Any]]:
        """What one entry of the log is in OpenLineage; nothing for most."""
        match entry.kind:
            case "run.started" | "run.finished":
                return self._of_run(entry)
            case "source.imported":
                return self._imported(entry)
            case "experiment.created" | "experiment.changed":
                return self._of_experiment(entry)
            case "artefact.logged" if entry.body.get("run") is None:
                return self._logged(entry)
            case "words.erased":
                return [event for _, event in self._erased(entry)]
            case "thing.tagged":
                return self._tagged(entry)
        return []

    # Which entries

    def _entries(self, scope: Scope, after: int, upto: int | None) -> Iterator[Event]:
        records = self._records
        if scope.run is not None:
            return records.events(after=after, upto=upto, subject=scope.run)
        kinds = (*OF_RUNS, *OF_OTHERS)
        return merge(*(records.events(after=after, upto=upto, kind=kind) for kind in kinds), key=lambda one: one.seq)

    def _belongs(self, entry: Event, scope: Scope) -> bool:
        if scope.run is not None or scope == EVERYTHING:
            return True
        if entry.subject.startswith("run_"):
            run = self._reading.record(Run, entry.subject)
            if run is None:
                return False
            mine = f"{run.project}/{run.experiment}" if run.experiment else None
            return mine == scope.experiment if scope.experiment is not None else run.project == scope.project
        if scope.experiment is not None:
            return entry.subject == scope.experiment
        if "project" in entry.body:
            return bool(entry.body["project"] == scope.project)
        if entry.subject.startswith("source_"):
            source = self._reading.record(Source, entry.subject)
            return source is not None and source.project == scope.project
        return entry.subject.partition("/")[0] == scope.project

    # Runs

    def _of_run(self, entry: Event) -> list[dict[str, Any]]:
        run = self._reading.record(Run, entry.subject, entry.seq)
        if run is None:
            return []
        edges = self._records.edges(run.id, as_of=entry.seq)
        used = sorted(edge.dst for edge in edges if edge.rel == "used" and edge.src == run.id)
        inputs = [self._datasets.input(thing, run, entry.seq) for thing in used]
        kind = self._kind(entry, run)
        facets = self._facets(entry, run)
        outputs: list[dict[str, Any]] = []
        made: list[Artefact] = []
        if entry.kind == "run.finished":
            facets |= self._of_end(run)
            ids = sorted(edge.src for edge in edges if edge.rel == "generated_by" and edge.dst == run.id)
            made = [one for id in ids if (one := self._reading.record(Artefact, id, entry.seq)) is not None]
            outputs = [self._datasets.made(one, used, entry.seq) for one in made]
        event = {
            **_base(entry, "RunEvent"),
            "eventType": kind,
            "run": {"runId": run.uuid, "facets": facets},
            "job": self._job_of(run),
            "inputs": inputs,
            "outputs": outputs,
        }
        return [event, *self._evaluated(entry, run, made)]

    def _kind(self, entry: Event, run: Run) -> str:
        attempt = run.fields.get("attempts", 1)
        if entry.kind == "run.started":
            return "START" if attempt == 1 else "RUNNING"
        now = self._reading.record(Run, run.id)
        again = now is not None and now.fields.get("attempts", 1) != attempt
        return "OTHER" if again else _ENDS[run.status]

    def _facets(self, entry: Event, run: Run) -> dict[str, Any]:
        environment = self._reading.plain(run.fields.get("environment"))
        parameters = dict(run.params)
        if run.seed is not None:
            parameters["seed"] = str(run.seed)
        parameters["repeat"] = str(run.repeat)
        facets = {
            "persona_record": self._recorded(entry, run.id),
            "executionParameters": facet(
                "executionParameters",
                parameters=[{"key": key, "value": value} for key, value in sorted(parameters.items())],
            ),
        }
        if environment.get("version"):
            version, name = str(environment["version"]), str(environment.get("tool"))
            facets["processing_engine"] = facet(
                "processing_engine", version=version, name=name, python=environment.get("python")
            )
        parent = self._parent(run)
        if parent is not None:
            facets["parent"] = parent
        if run.tags:
            facets["tags"] = tags("run", run.tags)
        recipe = self._reading.recipe(run.recipe)
        if recipe is not None:
            facets["persona_recipe"] = own(
                RecipeFacet(
                    recipe=recipe.digest(),
                    engine=recipe.engine,
                    engine_version=recipe.engine_version,
                    model=recipe.parameters.model,
                    template=Template(recipe.template.name, recipe.template.version, recipe.template.digest),
                    documents=len(recipe.inputs),
                    source_hash=source_hash(recipe),
                    seed=recipe.parameters.seed,
                    repeat=recipe.repeat,
                    grouping=recipe.grouping,
                )
            )
        return facets

    def _of_end(self, run: Run) -> dict[str, Any]:
        """What only the end of a run knows. The message of an error may name a file, so its code stands alone."""
        facets: dict[str, Any] = {}
        if run.error is not None:
            code = str(run.error.get("code") or run.status)
            facets["errorMessage"] = facet("errorMessage", message=code, programmingLanguage="PYTHON")
        calls = run.fields.get("calls")
        if isinstance(calls, dict) and "asked" in calls:
            facets["persona_calls"] = own(
                CallsFacet(
                    asked=calls["asked"],
                    reused=calls.get("reused", 0),
                    input_tokens=calls.get("input_tokens") or 0,
                    output_tokens=calls.get("output_tokens") or 0,
                    cost_estimate=calls.get("cost_estimate"),
                    price_list=calls.get("price_list"),
                    builds=tuple(map(str, calls.get("builds") or ())),
                )
            )
        held = self._reading.held(run.fields.get("constraints"))
        if held:
            facets["test"] = tests_of(held)
        return facets

    def _evaluated(self, entry: Event, run: Run, made: list[Artefact]) -> list[dict[str, Any]]:
        """The evaluation of the personas of a run, which was a step of it."""
        personas = next((one for one in made if one.kind == "personas"), None)
        measures = self._reading.measures(run.fields.get("measures"))
        if personas is None or not measures or run.recipe is None:
            return []
        held = self._reading.held(run.fields.get("constraints"))
        dataset = self._datasets.artefact(personas)
        dataset["facets"]["persona_metrics"] = metrics_of(measures)
        checks = {"dataQualityAssertions": assertions_of(held)} if held else {}
        found = self._reading.personas(personas.digest)
        if found is not None:
            checks["dataQualityMetrics"] = facet("inputQuality", **quality_of(found, personas.bytes))
        if checks:
            dataset["inputFacets"] = checks
        base = _base(entry, "RunEvent")
        step = {
            "runId": self.naming.derived(entry.valid_from, run.uuid, "evaluate"),
            "facets": {
                "persona_record": self._recorded(entry, run.id),
                "parent": self._within(run),
                **({"test": tests_of(held)} if held else {}),
            },
        }
        job = self._job(self.naming.job(run, "evaluate"), jobType=job_type("EVALUATE"))
        return [
            {**base, "eventType": kind, "run": step, "job": job, "inputs": [dataset], "outputs": []}
            for kind in ("START", "COMPLETE")
        ]

    # Jobs, and how they are nested

    def _job(self, name: str, **facets: Any) -> dict[str, Any]:
        return {"namespace": self.naming.namespace, "name": name, "facets": facets}

    def _job_of(self, run: Run) -> dict[str, Any]:
        work = work_of(run)
        job = self._job(self.naming.job(run, work), jobType=job_type(work.upper()))
        commit = str((run.fields.get("git") or {}).get("commit") or "")
        if len(commit) == _COMMIT_DIGITS:
            url = f"swh:1:rev:{commit}"  # SWHID, ISO/IEC 18670: a commit by what it holds, wherever it is kept
            job["facets"]["sourceCodeLocation"] = facet("sourceCodeLocation", type="git", url=url, version=commit)
        return job

    def _parent(self, run: Run) -> dict[str, Any] | None:
        """The variant of an experiment as parent of its runs, and the experiment as their root."""
        if run.experiment is None:
            return None
        whole = f"{run.project}/{run.experiment}"
        experiment = self._reading.record(Experiment, whole)
        if experiment is None:
            return None
        variant = f"{whole}/{run.variant or '-'}"
        root = self._reference(experiment.created_at, whole)
        return facet("parent", **self._reference(experiment.created_at, variant), root=root)

    def _within(self, run: Run) -> dict[str, Any]:
        """A run as the parent of a step of its own, with the root that it has itself."""
        own_parent = self._parent(run)
        mine = {
            "run": {"runId": run.uuid},
            "job": {"namespace": self.naming.namespace, "name": self.naming.job(run, work_of(run))},
        }
        return facet("parent", **mine, root=own_parent["root"] if own_parent else mine)

    def _reference(self, at: str, name: str) -> dict[str, Any]:
        return {
            "run": {"runId": self.naming.derived(at, name)},
            "job": {"namespace": self.naming.namespace, "name": name},
        }

    # Everything else

    def _recorded(self, entry: Event, thing: str) -> dict[str, Any]:
        return own(Record(self.naming.namespace, entry.seq, entry.id, entry.leaf.hex(), thing))

    def _imported(self, entry: Event) -> list[dict[str, Any]]:
        source = self._reading.record(Source, entry.subject)
        if source is None:
            return []
        datasets = [(source.id, self._datasets.source(source))]
        datasets[0][1]["facets"]["lifecycleStateChange"] = facet("lifecycleStateChange", lifecycleStateChange="CREATE")
        for item in entry.body["documents"]:
            document = self._reading.document(item["id"], entry.seq)
            if document is not None:
                datasets.append((document.id, self._datasets.imported(document)))
        return [self._dataset_event(entry, thing, dataset) for thing, dataset in datasets]

    def _dataset_event(self, entry: Event, thing: str, dataset: Mapping[str, Any]) -> dict[str, Any]:
        facets = {**dataset["facets"], "persona_record": self._recorded(entry, thing)}
        return {**_base(entry, "DatasetEvent"), "dataset": {**dataset, "facets": facets}}

    def _of_experiment(self, entry: Event) -> list[dict[str, Any]]:
        experiment = self._reading.record(Experiment, entry.subject, entry.seq)
        if experiment is None:
            return []
        facets = {"jobType": job_type("EXPERIMENT"), "persona_record": self._recorded(entry, experiment.id)}
        if experiment.tags:
            facets["tags"] = tags("job", experiment.tags)
        return [{**_base(entry, "JobEvent"), "job": self._job(experiment.id, **facets)}]

    def _logged(self, entry: Event) -> list[dict[str, Any]]:
        artefact = self._reading.record(Artefact, entry.subject, entry.seq)
        if artefact is None:
            return []
        return [self._dataset_event(entry, artefact.id, self._datasets.derived(artefact, entry.edges))]

    def _erased(self, entry: Event) -> Iterator[tuple[str, dict[str, Any]]]:
        """Each thing whose bytes a withdrawal erased, after its project."""
        for item in entry.body["items"]:
            left = item.get("successor")
            change = facet("lifecycleStateChange", lifecycleStateChange="OVERWRITE" if left else "DROP")
            for one in self._reading.holders(item["digest"], left):
                name = self.naming.artefact(one) if isinstance(one, Artefact) else one.id
                dataset = self._datasets.named(name, lifecycleStateChange=change)
                dataset["facets"]["version"] = facet("version", datasetVersion=left or item["digest"])
                yield one.project, self._dataset_event(entry, one.id, dataset)

    def _tagged(self, entry: Event) -> list[dict[str, Any]]:
        noun = entry.body["noun"]
        if noun == "run":
            return self._tagged_run(entry)
        if noun == "experiment":
            return self._of_experiment(entry)
        if noun == "source":
            source = self._reading.record(Source, entry.subject, entry.seq)
            return [] if source is None else [self._with_tags(entry, self._datasets.source(source), source.tags)]
        artefact = self._reading.record(Artefact, entry.subject, entry.seq) if noun == "artefact" else None
        if artefact is None:
            return []
        return [self._with_tags(entry, self._datasets.artefact(artefact), artefact.tags)]

    def _with_tags(self, entry: Event, dataset: dict[str, Any], given: dict[str, str]) -> dict[str, Any]:
        dataset["facets"]["tags"] = tags("dataset", given)
        return self._dataset_event(entry, entry.subject, dataset)

    def _tagged_run(self, entry: Event) -> list[dict[str, Any]]:
        run = self._reading.record(Run, entry.subject, entry.seq)
        if run is None or run.started_at is None:
            return []
        facets = {"tags": tags("run", run.tags), "persona_record": self._recorded(entry, run.id)}
        job = self._job(self.naming.job(run, work_of(run)))
        event = {**_base(entry, "RunEvent"), "eventType": "OTHER", "run": {"runId": run.uuid, "facets": facets}}
        return [{**event, "job": job}]


def _base(entry: Event, kind: str) -> dict[str, Any]:
    return {"eventTime": entry.valid_from, "producer": PRODUCER, "schemaURL": f"{CORE}#/$defs/{kind}"}
