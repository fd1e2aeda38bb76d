"""Verify and rebuild: is everything as recorded, and make it so again where records and blobs suffice."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import chain
from typing import TYPE_CHECKING

import msgspec

from persona.errors import PersonaError
from persona.exports import run_folder
from persona.generation.guard import check_quotes
from persona.model.personas import PersonaSet
from persona.model.records import (
    Artefact,
    Call,
    DocumentRecord,
    Experiment,
    Finding,
    Import,
    Participant,
    Project,
    Run,
    Source,
    Withdrawal,
)
from persona.runs.execute import load_recipe
from persona.runs.inputs import load_inputs
from persona.runs.sealed import Record, read_left, references, references_of_recipe
from persona.storage.erased import Erased, erased
from persona.workspace.context import Context, Progress, silent
from persona.workspace.folders import CHECKPOINT
from persona.workspace.import_words import ImportWords
from persona.workspace.layout import write_atomic
from persona.workspace.views import RebuildReport, VerifyReport

if TYPE_CHECKING:
    from persona.model.canonical import Digest
    from persona.workspace.runs import Runs
    from persona.workspace.sources import Sources

_personas = msgspec.json.Decoder(PersonaSet)


class Health:
    """The two verbs that look at the whole workspace."""

    def __init__(self, context: Context, runs: Runs, sources: Sources) -> None:
        self._context = context
        self._runs = runs
        self._sources = sources

    def verify(self, *, progress: Progress = silent) -> VerifyReport:
        """Re-hash every blob, check the log and its tables, the references, every quotation and every run folder.

        Damage is returned, not raised: each finding names what is wrong.
        """
        context = self._context
        progress("blobs", 0, 5)
        findings = list(context.blobs.check())
        progress("records", 1, 5)
        findings += context.records.check()
        progress("references", 2, 5)
        stored = frozenset(context.blobs.digests())  # asking for each would be a request each where they are in S3
        findings += self._lost(stored)
        progress("quotations", 3, 5)
        quotations, wrong = self._quotations()
        findings += wrong
        progress("run folders", 4, 5)
        folders, changed = self._folders()
        findings += changed
        findings += self._anchors()
        progress("run folders", 5, 5)
        head = context.records.head()
        return VerifyReport(
            ok=not findings,
            events=head.size,
            root=head.root,
            blobs=len(stored),
            quotations=quotations,
            folders=folders,
            findings=tuple(dict.fromkeys(findings)),
        )

    def rebuild(self, *, tables: bool = True, progress: Progress = silent) -> RebuildReport:
        """Make the tables anew from the log unless told otherwise, and missing or changed files from the blobs.

        Files that people write (project.yaml, experiment.yaml) are restored only when they are missing.
        """
        context = self._context
        progress("records", 0, 3)
        events = context.records.rebuild() if tables else context.records.head().size
        progress("files", 1, 3)
        files = 0
        for project in context.records.find(Project).items:
            path = context.layout.project_file(project.id)
            if project.file and not path.exists():
                write_atomic(path, context.blobs.get(project.file))
                files += 1
        for experiment in context.records.find(Experiment).items:
            path = context.layout.experiment_file(experiment.project, experiment.name)
            if not path.exists():
                write_atomic(path, context.blobs.get(experiment.file))
                files += 1
        for source in context.records.find(Source).items:
            try:
                data = context.blobs.get(source.digest)
            except Erased:
                continue
            files += self._sources.write_view(source.project, self._sources.name_of(source), data)
        progress("run folders", 2, 3)
        folders = 0
        for run in context.records.find(Run, deleted=True).items:
            folder = self._context.layout.run(run.project, run.experiment, run.id)
            if run.status in ("planned", "running") or (run.recipe is None and not folder.exists()):
                continue
            written = self._runs.folders.write(run)
            folders += written > 0
            files += written
        progress("run folders", 3, 3)
        return RebuildReport(events, folders, files)

    def _lost(self, stored: frozenset[Digest]) -> Iterator[Finding]:
        """Records that point at bytes which are neither there nor erased by record."""
        gone = stored | erased(self._context.records).keys()
        for subject, digest in self._references(stored):
            if digest not in gone:
                yield Finding("blob-lost", subject, f"the bytes {digest} that {subject} names are not in the store")

    def _references(self, stored: frozenset[Digest]) -> Iterator[tuple[str, Digest]]:
        records = self._context.records
        runs = records.find(Run, deleted=True).items
        named: Iterable[Record] = chain(
            runs,
            records.find(Project).items,
            records.find(Source).items,
            records.find(DocumentRecord).items,
            records.find(Participant).items,
            records.find(Experiment).items,
            records.find(Artefact).items,
            records.find(Call).items,
            records.find(Import).items,
        )
        for record in named:
            for _, digest in references(record):
                yield record.id, digest
        words = ImportWords(self._context)
        for one in records.find(Import).items:
            for digest in words.pages(one):
                yield one.id, digest
        for run in runs:
            if run.recipe not in stored:
                continue
            try:
                recipe = load_recipe(self._context.blobs, run)
            except PersonaError:
                continue  # a recipe that is lost or damaged is told by itself
            for _, digest in references_of_recipe(recipe) if recipe else ():
                yield run.id, digest

    def _quotations(self) -> tuple[int, list[Finding]]:
        """Anchor every quotation of every persona artefact again."""
        context = self._context
        count, findings = 0, []
        silent = frozenset(one.id for one in context.records.find(Participant).items if one.withdrawn)
        for artefact in context.records.find(Artefact, kind="personas").items:
            if artefact.run is None:
                continue
            try:
                personas = _personas.decode(read_left(context.blobs, artefact.digest))
                recipe = load_recipe(context.blobs, context.records.get(Run, artefact.run))
                inputs = load_inputs(context.blobs, recipe) if recipe else []
                count += sum(len(claim.evidence) for persona in personas.personas for _, claim in persona.claims())
                findings += [
                    Finding(one.code, f"{artefact.id} {one.subject}", one.message)
                    for one in check_quotes(personas, inputs, silent | (recipe.silent if recipe else frozenset()))
                ]
            except (PersonaError, msgspec.DecodeError) as error:
                findings.append(
                    Finding("quotations-unchecked", artefact.id, f"its quotations cannot be checked: {error}")
                )
        return count, findings

    def _anchors(self) -> list[Finding]:
        """Hold the checkpoints in run folders against the log; what speaks against it is evidence, and stays."""
        from persona.lineage.anchors import damaged, first_of, signed_parts
        from persona.lineage.proofs import all_held_against

        context = self._context
        try:
            key = context.signing.key(make=False)
        except (PersonaError, OSError):
            key = None  # somebody else's workspace: what was signed is checked by who has the key
        own = key.public() if key else None
        found: list[Finding] = []
        notes: list[tuple[str, str]] = []
        for run in context.records.find(Run, deleted=True).items:
            path = context.layout.run(run.project, run.experiment, run.id) / CHECKPOINT
            if path.is_file():
                notes.append((context.layout.relative(path), path.read_text(encoding="utf-8", errors="replace")))
        states = []
        for note, places in first_of(notes).items():
            if damaged(note, own, places[0]):
                told = "the checkpoint in a run folder was changed; remove it, and `persona rebuild` writes another"
                found += [Finding("file-changed", place, told) for place in places]
            else:
                states.append((places[0], signed_parts(note, places[0])[0]))
        try:
            return found + (all_held_against(context.records, states, context.signing.origin) if states else [])
        except PersonaError:
            return found  # a log that cannot be read is told by itself

    def _folders(self) -> tuple[int, list[Finding]]:
        """Compare every run folder with what records and blobs say it holds.

        Where a team shares the stores, a run that has no folder here was made elsewhere: ``rebuild`` writes it.
        """
        context = self._context
        count, findings = 0, []
        open_now = any(one.ended_at is None for one in context.records.find(Withdrawal).items)
        cleaning = erased(context.records) if open_now else {}  # their folders are written anew when it is finished
        for run in context.records.find(Run, deleted=True).items:
            if run.status in ("planned", "running"):
                continue
            folder = context.layout.run(run.project, run.experiment, run.id)
            if (run.recipe is None or context.stores.shared) and not folder.exists():
                continue  # logged by a program that asked for no folder, or made in the folder of a colleague
            if run.recipe in cleaning:
                continue
            count += 1
            try:
                wanted = run_folder.files(context.records, context.blobs, run)
            except PersonaError as error:
                findings.append(Finding("folder-unchecked", run.id, f"its folder cannot be made again: {error}"))
                continue
            for name, data in wanted.items():
                path = folder / name
                place = context.layout.relative(path)
                if not path.exists():
                    findings.append(
                        Finding(
                            "file-missing", place, "a file of a run folder is missing; `persona rebuild` restores it"
                        )
                    )
                elif path.read_bytes() != data:
                    findings.append(
                        Finding(
                            "file-changed", place, "a file of a run folder was changed; `persona rebuild` restores it"
                        )
                    )
        return count, findings
