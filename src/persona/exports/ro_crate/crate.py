"""A crate of a run, an experiment or a project, as a pure function of records, blobs and what a person tells of it.

Files are put into their place one by one; only the graph is held in memory.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec

from persona.exports import run_folder
from persona.exports.ro_crate import things
from persona.exports.ro_crate.actions import Done, action
from persona.exports.ro_crate.graph import METADATA, PROCESS_RUN, ROOT, CrateGraph, Profile, moment, path_id, refs
from persona.lineage.fine import is_version
from persona.lineage.references import read_reference
from persona.model.canonical import Digest
from persona.model.recipes import Recipe
from persona.model.records import Artefact, Call, DocumentRecord, Run, Source
from persona.runs.sealed import read_left

if TYPE_CHECKING:
    from persona.exports.ro_crate.places import Place
    from persona.storage import Blobs, Records

CHECKPOINT = "checkpoint.txt"


class Extra(NamedTuple):
    """A file that stands beside the runs, such as the ``experiment.yaml``."""

    path: str
    data: bytes
    name: str
    description: str


class Scope(NamedTuple):
    """What a crate is of. ``published`` is the moment of the state that it shows, as ISO 8601."""

    title: str
    description: str
    published: str
    runs: Sequence[Run]
    extras: Sequence[Extra]


class Written(NamedTuple):
    """What a crate holds: files and their bytes, runs, and how many files are described but withheld."""

    files: int
    bytes: int
    runs: int
    withheld: int


def write_crate(
    records: Records,
    blobs: Blobs,
    place: Place,
    scope: Scope,
    checkpoint: Extra,
    *,
    told: things.Told,
    profile: Profile = "1.1",
    with_sources: bool = False,
) -> Written:
    """Write a crate into a place. The same arguments give the same bytes.

    Raises ``NotFound`` or ``IntegrityError`` when a blob is lost or damaged; nothing is then left in the place.
    """
    try:
        writer = _Writer(records, blobs, place, told, CrateGraph(profile), with_sources=with_sources)
        written = writer.write(scope, checkpoint)
        place.finish()
    except BaseException:
        place.drop()
        raise
    return written


class _Writer:
    def __init__(
        self, records: Records, blobs: Blobs, place: Place, told: things.Told, graph: CrateGraph, *, with_sources: bool
    ) -> None:
        self._records, self._blobs, self._place = records, blobs, place
        self._told, self._graph, self._with_sources = told, graph, with_sources
        self._files = self._bytes = 0
        self._withheld: dict[str, None] = {}
        self._parts: dict[str, None] = {}
        self._actors: dict[str, None] = {}
        self._sources: dict[str, str] = {}
        self._names: set[str] = set()
        self._artefacts: dict[str, str] = {}

    def write(self, scope: Scope, checkpoint: Extra) -> Written:
        """Everything, the metadata last."""
        actions = [self._run(run) for run in scope.runs]
        if actions:
            self._reports(scope.runs)
        for extra in (*scope.extras, checkpoint):
            self._parts[self._put(extra)] = None
        people = [things.person(self._graph, actor, self._told) for actor in self._actors]
        process = self._process_run() if self._graph.profile == "1.1" else None
        self._graph.add(
            ROOT,
            "Dataset",
            name=scope.title,
            description=scope.description,
            datePublished=moment(scope.published),
            license=refs([things.licence(self._graph, self._told)]),
            author=refs(people),
            publisher=refs(things.publisher(self._graph, self._told, people)),
            conformsTo=refs([process]) if process else None,
            hasPart=refs([*self._parts, *self._withheld]),
            mentions=refs(actions),
        )
        metadata = self._graph.document()
        self._place.put(METADATA, metadata)
        return Written(self._files + 1, self._bytes + len(metadata), len(actions), len(self._withheld))

    def _put(self, extra: Extra, media_type: str | None = None) -> str:
        self._place.put(extra.path, extra.data)
        self._files += 1
        self._bytes += len(extra.data)
        return things.file(self._graph, extra.path, extra.data, extra.name, extra.description, media_type)

    def _hide(self, digest: Digest, what: str, media_type: str, size: int | None) -> str:
        id = things.withheld(self._graph, digest, what, media_type, size)
        self._withheld[id] = None
        return id

    def _process_run(self) -> str:
        words = {"name": "Process Run Crate", "version": "0.5"}
        told = "The profile of RO-Crate that tells what was run, with what and by whom."
        return self._graph.add(PROCESS_RUN, "CreativeWork", description=told, **words)

    # Runs

    def _run(self, run: Run) -> str:
        """The folder of a run with its files, and its action."""
        folder = f"experiments/{run.experiment}/runs/{run.id}" if run.experiment else f"runs/{run.id}"
        files = run_folder.files(self._records, self._blobs, run, private=False)
        made = {artefact.path: artefact for artefact in self._outputs(run)}
        ids: dict[str, str] = {}
        for path, data in files.items():
            artefact = made.get(path)
            name = artefact.id.partition("/")[2] if artefact else path
            meaning = f"An output of the kind {artefact.kind}." if artefact else things.MEANINGS.get(path, path)
            ids[path] = self._put(Extra(f"{folder}/{path}", data, name, meaning))
        self._artefacts |= {artefact.id: ids[path] for path, artefact in made.items() if path in ids}
        recipe: Recipe | None = (
            msgspec.json.decode(read_left(self._blobs, run.recipe), type=Recipe) if run.recipe else None
        )
        inputs = self._inputs(run, recipe)
        if "input/template.txt" in ids:
            inputs.append(ids["input/template.txt"])
        actor = next(iter(self._records.events(subject=run.id))).actor
        self._actors[actor] = None
        dataset = self._graph.add(
            path_id(f"{folder}/"),
            "Dataset",
            name=f"the folder of {run.id}",
            description="What is recorded of the run, file by file.",
            hasPart=refs(ids.values()),
        )
        self._parts[dataset] = None
        answered = {call.answered for call in self._records.find(Call, run=run.id).items if call.answered}
        results = [ids[path] for path in made if path in ids] or [ids["run_metadata.json"]]
        environment = self._environment(run)
        return action(self._graph, Done(run, actor, recipe, environment, sorted(answered), inputs, results), self._told)

    def _outputs(self, run: Run) -> list[Artefact]:
        made = [edge.src for edge in self._records.edges(run.id, "in") if edge.rel == "generated_by"]
        return [self._records.get(Artefact, id) for id in sorted(made)]

    def _environment(self, run: Run) -> dict[str, Any]:
        digest = run.fields.get("environment")
        found: dict[str, Any] = msgspec.json.decode(self._blobs.get(digest)) if digest else {}
        return found

    def _inputs(self, run: Run, recipe: Recipe | None) -> list[str]:
        """What a run read: sources, artefacts, things of other workspaces, and bytes that a program named."""
        template = recipe.template.digest if recipe else None
        found: dict[str, None] = {}
        for edge in self._records.edges(run.id, "out"):
            if edge.rel != "used":
                continue
            used = edge.dst
            if used.startswith("document_"):
                found[self._source(self._records.get(DocumentRecord, used).source)] = None
            elif used.startswith("sha256:"):
                if used != template:
                    digest = Digest(used)
                    size = self._blobs.size(digest) if self._blobs.has(digest) else None
                    found[self._hide(digest, "an input", "application/octet-stream", size)] = None
            elif is_version(used):
                found[self._artefact(used)] = None
            elif reference := read_reference(used):
                what = f"{reference.kind} of another workspace"
                found[self._hide(Digest(reference.digest), what, "application/octet-stream", None)] = None
        return sorted(found)

    def _artefact(self, id: str) -> str:
        if id in self._artefacts:
            return self._artefacts[id]
        artefact = self._records.get(Artefact, id)
        return self._hide(artefact.digest, f"an artefact of the kind {artefact.kind}", _bytes(artefact), artefact.bytes)

    def _source(self, id: str) -> str:
        """The original of a document: as a file with its documents, or by its digest only."""
        if id in self._sources:
            return self._sources[id]
        source = self._records.get(Source, id)
        if not self._with_sources or not self._blobs.has(source.digest):
            self._sources[id] = self._hide(source.digest, "a source", source.media_type, source.bytes)
            return self._sources[id]
        name = _free(run_folder.name_of(self._blobs, source), source.digest, self._names)
        words = "An original, as it was imported."
        original = Extra(f"sources/{name}", self._blobs.get(source.digest), name, words)
        self._sources[id] = self._put(original, source.media_type)
        self._parts[self._sources[id]] = None
        for document in self._records.find(DocumentRecord, source=id).items:
            path = f"documents/{document.digest.removeprefix('sha256:')}.json"
            if path_id(path) not in self._graph:
                words = "A document as personas point into it: the words of an original, with turns and offsets."
                made = self._put(Extra(path, read_left(self._blobs, document.digest), f"document of {name}", words))
                self._graph.add(made, "File", isBasedOn=refs([self._sources[id]]))
                self._parts[made] = None
        return self._sources[id]

    # What rests on the runs

    def _reports(self, runs: Iterable[Run]) -> None:
        """Reports and comparisons that rest on nothing but these runs."""
        within = {run.id for run in runs} | set(self._artefacts)
        project = next(iter(runs)).project
        for artefact in self._records.find(Artefact, project=project).items:
            if artefact.run is not None or artefact.kind not in ("report", "comparison"):
                continue
            rests = [e.dst for e in self._records.edges(artefact.id, "out") if e.rel == "derived_from"]
            if not rests or not set(rests) <= within:
                continue
            based = refs(sorted(self._artefacts.get(one, f"#{one}") for one in rests))
            compares = artefact.name.endswith((".comparison.html", ".comparison.json"))
            if not self._blobs.has(artefact.digest):
                made = self._hide(artefact.digest, "an artefact that was erased", "text/html", artefact.bytes)
            elif not compares and not self._with_sources:
                made = self._hide(artefact.digest, "a report with the words of sources", "text/html", artefact.bytes)
            else:
                folder = "comparisons" if compares else "reports"
                stem, _, ending = artefact.name.rpartition(".")
                path = f"{folder}/{stem}-v{artefact.version}.{ending}"
                words = "Variants side by side, and how sure the difference is." if compares else "Personas to read."
                made = self._put(Extra(path, self._blobs.get(artefact.digest), artefact.id.partition("/")[2], words))
                self._parts[made] = None
            self._graph.add(made, "File", isBasedOn=based, dateCreated=moment(artefact.created_at))


def checkpoint_file(note: str, *, signed: bool) -> Extra:
    """The state of the log from which a crate was written."""
    words = (
        "Which log, how many events it had and the Merkle root over them"
        + (", signed" if signed else ", not signed")
        + ": a C2SP checkpoint. Keep it: it shows later whether anything that stands here was changed since."
    )
    return Extra(CHECKPOINT, note.encode(), "the state of the log", words)


def _free(name: str, digest: Digest, names: set[str]) -> str:
    stem, dot, ending = name.rpartition(".")
    mark = digest.removeprefix("sha256:")[:8]
    free = name if name.casefold() not in names else f"{stem}~{mark}{dot}{ending}" if dot else f"{name}~{mark}"
    names.add(free.casefold())
    return free


def _bytes(artefact: Artefact) -> str:
    ending: Mapping[str, str] = things.FORMATS
    return ending.get(artefact.path.rpartition(".")[2].lower(), "application/octet-stream")
