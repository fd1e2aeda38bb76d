"""Things: what a person may name when asking where something comes from, and what each thing is called in words."""

from __future__ import annotations

from functools import cached_property
from pathlib import Path
from typing import Literal, NamedTuple

import msgspec

from persona.errors import InvalidInput, NotFound, UsageError, did_you_mean
from persona.lineage.fine import is_version, name_of, split_claim, split_highlight
from persona.lineage.references import read_reference
from persona.model.canonical import digest_of
from persona.model.personas import Claim, Persona, PersonaSet
from persona.model.records import (
    Artefact,
    Call,
    DocumentRecord,
    Erasure,
    Experiment,
    Import,
    Noun,
    Participant,
    Project,
    Run,
    Source,
)
from persona.model.sources import FILLER
from persona.runs.inputs import labels_of, load_document, load_label
from persona.runs.sealed import read_left
from persona.storage.erased import erased
from persona.workspace.context import Context
from persona.workspace.import_words import ImportWords
from persona.workspace.sources import Sources

FoundBy = Literal["digest", "name", "embedded"]

_PARTS = ("template:", "engine:", "model:", "person:", "grouping:", "external:")
_personas = msgspec.json.Decoder(PersonaSet)


def find_artefact(context: Context, ref: str, project: str | None = None) -> Artefact:
    """An artefact by ``name``, ``name:v2``, ``name:alias`` or the same with its project before a slash.

    A bare name means its newest version. Raises ``NotFound`` with the nearest name.
    """
    named, slash, whole = ref.partition("/")
    within, whole = (named, whole) if slash else (context.project(project).id, ref)
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


class Described(NamedTuple):
    """A thing in words: its kind, a few words that a person knows it by, and its project where it has one."""

    kind: str
    label: str
    project: str | None


class Things:
    """Everything in a workspace that has a name."""

    def __init__(self, context: Context, sources: Sources) -> None:
        self._context = context
        self._sources = sources
        self._sets: dict[str, PersonaSet] = {}
        self._imports = ImportWords(context)

    def personas(self, artefact: Artefact) -> PersonaSet:
        """The personas of an artefact. Raises ``InvalidInput`` for an artefact of another kind."""
        if artefact.kind != "personas":
            raise InvalidInput(
                f"the artefact is of kind `{artefact.kind}`, and personas are asked for",
                code="not-personas",
                place=artefact.id,
                hints=["see the kind of each: `persona artefact list`"],
            )
        if artefact.digest not in self._sets:
            self._sets[artefact.digest] = _personas.decode(read_left(self._context.blobs, artefact.digest))
        return self._sets[artefact.digest]

    # From a name to a thing

    def find(self, thing: str, project: str | None = None) -> tuple[str, FoundBy]:
        """The id of what a person names, and how it was found.

        A file by its bytes, wherever it lies, or by the provenance it carries. Then: an id or its beginning, a claim, a
        highlight, a digest, a template, model, engine or person as the graph calls it; and in the project, a source by
        the name of its file, a participant by the label, an artefact, an experiment. Raises ``NotFound``.
        """
        if Path(thing).is_file():
            return self._file(Path(thing))
        return self._named(thing, project)

    def named(self, thing: str, project: str | None = None) -> str:
        """The id of what a person names, never that of a file on this disk. Raises ``NotFound``."""
        return self._named(thing, project)[0]

    def _named(self, thing: str, project: str | None) -> tuple[str, FoundBy]:
        records = self._context.records
        span = split_highlight(thing)
        if span is not None:
            return self._words(*span), "name"
        if thing.startswith(_PARTS):
            return self._part(thing), "name"
        artefact, hash, path = thing.partition("#")
        if hash:
            return self._claim(find_artefact(self._context, artefact, project), path), "name"
        if thing.startswith("run_"):
            return records.resolve(Run, thing).id, "name"
        if thing.startswith("source_"):
            return records.resolve(Source, thing).id, "name"
        if thing.startswith("document_"):
            return records.resolve(DocumentRecord, thing).id, "name"
        if thing.startswith("participant_"):
            return records.resolve(Participant, thing).id, "name"
        if thing.startswith("call_"):
            return records.resolve(Call, thing).id, "name"
        if thing.startswith("import_"):
            return records.resolve(Import, thing).id, "name"
        if thing.startswith("sha256:"):
            return self._digest(thing), "digest"
        if thing.startswith("persona-"):
            return self._claim(self.newest(project), thing), "name"
        return self._in_project(thing, project), "name"

    def _words(self, document: str, start: int, end: int) -> str:
        record = self._context.records.resolve(DocumentRecord, document)
        if end > record.characters:
            raise NotFound(
                f"the document ends before the character {end}",
                code="lineage-not-found",
                place=f"{record.id}: {record.characters} characters",
            )
        return f"{record.id}@{start}-{end}"

    def _claim(self, artefact: Artefact, path: str) -> str:
        personas = self.personas(artefact)
        known = {one.id for one in personas.personas}
        known |= {f"{one.id}.{path}" for one in personas.personas for path, _ in one.claims()}
        if path in known:
            return name_of(artefact.id, path)
        near = did_you_mean(path, known)
        raise NotFound(
            f"there is no claim `{path}`",
            code="claim-not-found",
            place=artefact.id,
            hints=[f"did you mean `{near}`?"] if near else ["see them: `persona artefact export --output -`"],
        )

    def _digest(self, digest: str) -> str:
        found = self._sealed(digest) or next(
            (one.id for one in self._context.records.find(DocumentRecord, digest=digest).items), None
        )
        if found is None and not self._context.records.edges(digest):
            raise _unknown(digest)
        return found or digest

    def _sealed(self, digest: str) -> str | None:
        """The artefact or the source whose bytes these are."""
        records = self._context.records
        for artefact in records.find(Artefact, digest=digest).items:
            return artefact.id
        for source in records.find(Source, digest=digest).items:
            return source.id
        return None

    def _part(self, name: str) -> str:
        """A template, model, engine or person: by its whole name in the graph, or its beginning."""
        names = self._context.records.names(name)
        if name in names or len(names) == 1:
            return name if name in names else names[0]
        if not names:
            raise _unknown(name)
        raise UsageError(
            f"`{name}` is the beginning of several names",
            code="ambiguous-id",
            place=", ".join(names[:8]),
            hints=[f"say more: `{names[0]}`"],
        )

    def newest(self, project: str | None = None) -> Artefact:
        """The newest personas of a project. Raises ``NotFound`` where there are none."""
        within = self._context.project(project).id
        made = self._context.records.find(Artefact, project=within, kind="personas").items
        if not made:
            raise NotFound(
                "the project has no personas yet",
                code="artefact-not-found",
                place=within,
                hints=["make some: `persona generate`"],
            )
        return max(made, key=lambda one: (one.created_at, one.id))

    def _in_project(self, thing: str, project: str | None) -> str:
        context = self._context
        if self._kind(thing) is not None or (is_version(thing) and context.records.edges(thing)):
            return thing
        within = context.project(project).id
        if self._get(Experiment, f"{within}/{thing}") is not None:
            return f"{within}/{thing}"
        for source in context.records.find(Source, project=within).items:
            if self._sources.name_of(source) == thing:
                return self._sources.resolve(thing, within).id
        for id, card in labels_of(context.records, context.blobs, within).items():
            if card.label == thing:
                return id
        return find_artefact(context, thing, project).id

    def _kind(self, id: str) -> str | None:
        """Whether an id is that of an artefact, an experiment or a project."""
        if self._get(Artefact, id) is not None:
            return "artefact"
        if self._get(Experiment, id) is not None:
            return "experiment"
        return "project" if self._get(Project, id) is not None else None

    def _get(self, noun: type[Noun], id: str) -> Noun | None:
        try:
            return self._context.records.get(noun, id)
        except NotFound:
            return None

    def _file(self, path: Path) -> tuple[str, FoundBy]:
        data = path.read_bytes()
        found = self._sealed(digest_of(data))
        return (found, "digest") if found else (self._embedded(path, data), "embedded")

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

    # From a thing to words

    def describe(self, id: str) -> Described:
        """What a thing of the graph is; one that lacks words because somebody withdrew says so.

        Of a thing that an archive kept back, only the name is known.
        """
        try:
            found = self._described(id)
        except NotFound:
            kind = "artefact" if is_version(id) else id.partition("_")[0]
            return Described(kind, "not recorded here", id.partition("/")[0] if is_version(id) else None)
        return found._replace(label=f"{found.label} (words erased)") if self._gone and self._lacks(id) else found

    @cached_property
    def _gone(self) -> dict[str, Erasure]:
        return erased(self._context.records)

    def _lacks(self, id: str) -> bool:
        """Whether words of a thing were erased."""
        records = self._context.records
        span, said = split_highlight(id), split_claim(id)
        if span is not None:
            document = load_document(self._context.blobs, records.get(DocumentRecord, span[0]).digest)
            return FILLER in document.text[span[1] : span[2]]
        if said is not None:
            personas = self.personas(records.get(Artefact, said[0]))
            claims = [
                claim
                for persona in personas.personas
                for path, claim in persona.claims()
                if f"{persona.id}.{path}" == said[1] or persona.id == said[1]
            ]
            return any(one.participant.startswith("participant_") for claim in claims for one in claim.evidence)
        if id.startswith("participant_"):
            return records.get(Participant, id).withdrawn is not None
        if id.startswith("run_"):
            return (records.get(Run, id).recipe or "") in self._gone
        if id.startswith("source_"):
            return records.get(Source, id).digest in self._gone
        if id.startswith("document_"):
            digest = records.get(DocumentRecord, id).digest
            return digest in self._gone or any(one.successor == digest for one in self._gone.values())
        if id.startswith("call_"):
            return records.get(Call, id).request in self._gone
        return is_version(id) and records.get(Artefact, id).digest in self._gone

    def _described(self, id: str) -> Described:
        context = self._context
        if id.startswith(("import_", "external:")):
            return Described(*self._imports.described(id))
        span = split_highlight(id)
        if span is not None:
            _, name, project = self._document(span[0])
            return Described("highlight", f"{name}, characters {span[1]} to {span[2]}", project)
        said = split_claim(id)
        if said is not None:
            return self._said(*said)
        if id.startswith("run_"):
            run = context.records.get(Run, id)
            variant = f", variant {run.variant}" if run.variant else ""
            return Described("run", f"{run.status}, seed {run.seed}{variant}", run.project)
        if id.startswith("source_"):
            source = context.records.get(Source, id)
            return Described("source", self._sources.name_of(source), source.project)
        if id.startswith("document_"):
            return self._document(id)
        if id.startswith("participant_"):
            participant = context.records.get(Participant, id)
            return Described("participant", load_label(context.blobs, participant.card).label, participant.project)
        if id.startswith("call_"):
            call = context.records.get(Call, id)
            return Described("call", f"{call.step}, {call.provider}:{call.model}", call.project)
        if id.startswith("sha256:"):
            return Described("file", "sealed bytes", None)
        if is_version(id):
            artefact = context.records.get(Artefact, id)
            return Described("artefact", f"{artefact.kind}, {artefact.bytes:,} bytes", artefact.project)
        reference = read_reference(id)
        if reference is not None:
            return Described(reference.kind, f"{reference.thing}, of another workspace", None)
        word = self._kind(id)
        if word is not None:
            return Described(word, id.rpartition("/")[2], id.partition("/")[0])
        return Described(id.partition(":")[0] if ":" in id else "thing", id.partition(":")[2] or id, None)

    def _document(self, id: str) -> Described:
        document = self._context.records.get(DocumentRecord, id)
        source = self._context.records.get(Source, document.source)
        part = f", document {document.ordinal} of {source.documents}" if source.documents > 1 else ""
        return Described("document", f"{self._sources.name_of(source)}{part}", document.project)

    def _said(self, artefact: str, path: str) -> Described:
        project = artefact.partition("/")[0]
        personas = self.personas(self._context.records.get(Artefact, artefact))
        name, _, field = path.partition(".")
        persona: Persona | None = next((one for one in personas.personas if one.id == name), None)
        if persona is None or not field:
            return Described("persona", persona.name.text if persona else name, project)
        claim: Claim | None = dict(persona.claims()).get(field)
        return Described("claim", claim.text if claim else field, project)


def _unknown(name: str) -> NotFound:
    return NotFound(
        f"nothing is recorded under `{name}`",
        code="lineage-not-found",
        place=name,
        hints=["see what there is: `persona run list` and `persona artefact list`"],
    )
