"""The verbs of an experiment: create, run, list, show, tag, note."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from persona.errors import Conflict, InvalidInput, NotFound, UsageError, did_you_mean
from persona.model.canonical import digest_of
from persona.model.designs import Variant
from persona.model.experiments import ExperimentFile, read_experiment
from persona.model.ids import now, slug
from persona.model.records import Draft, Edge, Experiment, Run
from persona.model.yamltext import dump_yaml
from persona.workspace.context import Context, Progress, note_draft, silent, tag_draft
from persona.workspace.executing import check_executor
from persona.workspace.experiment_session import Heard, unheard
from persona.workspace.experiment_views import ExperimentRunView
from persona.workspace.experimenting import Asked, Experimenting
from persona.workspace.layout import write_atomic
from persona.workspace.projects import read_text
from persona.workspace.views import ExperimentView


class Experiments:
    """The experiments of a workspace."""

    def __init__(self, context: Context, experimenting: Experimenting) -> None:
        self._context = context
        self._experimenting = experimenting

    def create(
        self,
        *,
        name: str | None = None,
        variants: Path | None = None,
        file: Path | None = None,
        description: str = "",
        project: str | None = None,
    ) -> ExperimentView:
        """Make an experiment from a whole ``experiment.yaml`` (taken verbatim) or from a file of variants.

        Raises ``Conflict`` when the name is taken, ``UsageError`` when neither file is given.
        """
        context = self._context
        if (file is None) == (variants is None):
            raise UsageError(
                "an experiment needs one file: a whole experiment.yaml, or its variants",
                code="experiment-file",
                hints=["for example: `persona experiment create --name temp-test --variants variants.yaml`"],
            )
        where = context.project(project)
        if file is not None:
            text = read_text(file)
            read = read_experiment(text, str(file), name=name or "")
        else:
            assert variants is not None
            read = read_experiment(read_text(variants), str(variants), name=name or "")
            text = dump_yaml(_as_file(read, where.id, description))
        return self._make(where.id, read, text)

    def write(self, project: str, text: str, place: str) -> ExperimentView:
        """Make an experiment of the text of a whole ``experiment.yaml``."""
        return self._make(project, read_experiment(text, place), text)

    def _make(self, project: str, read: ExperimentFile, text: str) -> ExperimentView:
        context = self._context
        folder = slug(read.name)
        if not folder:
            raise InvalidInput(f"no folder name can be made from `{read.name}`", code="experiment-file", place="name")
        path = context.layout.experiment_file(project, folder)
        if self._record(project, folder) is not None:
            raise Conflict(
                f"the experiment `{folder}` exists already",
                code="experiment-exists",
                place=context.layout.relative(path),
                hints=[f"run it: `persona experiment run {folder}`"],
            )
        if not path.exists():
            write_atomic(path, text.encode())
        self._observe(project, folder)
        self._choose(project, folder)
        return self.show(folder, project=project)

    def run(
        self,
        name: str | None = None,
        *,
        variant: str | None = None,
        count: int | None = None,
        repeats: int | None = None,
        flags: Mapping[str, Any] | None = None,
        project: str | None = None,
        fresh: bool = False,
        executor: str = "local",
        progress: Progress = silent,
        heard: Heard = unheard,
    ) -> ExperimentRunView:
        """Do the runs of one variant, or of all, until there are ``repeats`` of each; variants take turns.

        What is there already is not done again: the same file plans only what is missing, and a run that was
        interrupted or failed is taken up under its own id. ``heard`` is told each outcome as it comes. A flag may add a
        parameter but not change one that the variant fixes: then the variant would not be what its name says. Raises
        ``UsageError`` for that, ``NotFound`` for an unknown variant. A run that fails is an outcome, not an error.
        """
        context = self._context
        where = context.project(project)
        folder = self._named(where.id, name)
        read = self._observe(where.id, folder)
        chosen = read.variants if variant is None else (self._variant(read, variant, where.id, folder),)
        given = {key: value for key, value in {**(flags or {}), "count": count}.items() if value is not None}
        self._experimenting.check(read, chosen, given, context.layout.relative(self._path(where.id, folder)))
        times = read.repeats if repeats is None else repeats
        check_executor(executor, context.stores)
        if times < 1:
            raise UsageError(
                "`--repeats` must be 1 or more",
                code="bad-parameter",
                place="--repeats",
                hints=["leave it out for the repeats that the experiment's file names"],
            )
        self._choose(where.id, folder)
        record = self._record(where.id, folder)
        assert record is not None, "it was observed"
        asked = Asked(chosen, times, given, fresh, executor, bounded=repeats is not None, search=variant is None)
        done = self._experimenting.run(where.id, folder, record.version, read, asked, progress, heard)
        self._note_what_is_there(where.id, folder, read.evaluation.get("min_runs_per_variant"), chosen)
        return done

    def _path(self, project: str, folder: str) -> Path:
        return self._context.layout.experiment_file(project, folder)

    def _note_what_is_there(self, project: str, experiment: str, wanted: Any, chosen: Sequence[Variant]) -> None:
        """Say how far R-016's ``min_runs_per_variant`` is, and whether a model changed inside a block."""
        from persona.runs.comparing import changed_builds

        context = self._context
        done = context.records.find(Run, project=project, experiment=experiment, status="completed").items
        context.notes.extend(changed_builds(done))
        if isinstance(wanted, bool) or not isinstance(wanted, int):
            return
        counts = {one.name: sum(run.variant == one.name for run in done) for one in chosen}
        short = {name: count for name, count in counts.items() if count < wanted}
        if short:
            told = ", ".join(f"{name} {count}" for name, count in short.items())
            context.notes.append(f"the evaluation wants {wanted} runs of each variant: {told}; more with `--repeats`")

    def list(self, project: str | None = None) -> tuple[ExperimentView, ...]:
        """The experiments of a project."""
        where = self._context.project(project)
        found = self._context.records.find(Experiment, project=where.id).items
        return tuple(self._view(one) for one in found)

    def show(self, name: str | None = None, *, project: str | None = None) -> ExperimentView:
        """One experiment, the current one when not named."""
        where = self._context.project(project)
        folder = self._named(where.id, name)
        if self._record(where.id, folder) is None and not self._context.past:
            self._observe(where.id, folder)
        return self._view(self._context.records.get(Experiment, f"{where.id}/{folder}"))

    def observe(self, name: str | None = None, *, project: str | None = None) -> ExperimentView:
        """Read the file of an experiment as it stands. One that was edited makes a new version of the experiment."""
        where = self._context.project(project)
        folder = self._named(where.id, name)
        if not self._context.past:
            self._observe(where.id, folder)
        return self.show(folder, project=where.id)

    def text_of(self, file: Path) -> str:
        """The text of a file that somebody wrote. Raises ``NotFound`` and ``InvalidInput`` as reading does."""
        return read_text(file)

    def edit(self, name: str | None, text: str, *, project: str | None = None) -> ExperimentView:
        """Put a text in place of an experiment's file: a new version, unless nothing changed.

        Raises ``InvalidInput`` for a text that cannot be read; then nothing changes.
        """
        where = self._context.project(project)
        folder = self._named(where.id, name)
        path = self._path(where.id, folder)
        self._observe(where.id, folder)  # what somebody wrote with an editor of their own is a version, too
        read_experiment(text, self._context.layout.relative(path))
        write_atomic(path, text.encode())
        return self.observe(folder, project=where.id)

    def tag(
        self,
        name: str | None,
        set_: Mapping[str, str],
        unset: Sequence[str] = (),
        *,
        project: str | None = None,
    ) -> ExperimentView:
        """Set and remove tags."""
        where = self._context.project(project)
        folder = self._named(where.id, name)
        self._context.append(tag_draft("experiment", f"{where.id}/{folder}", set_, list(unset)))
        return self.show(folder, project=where.id)

    def note(self, name: str | None, fields: Mapping[str, Any], *, project: str | None = None) -> ExperimentView:
        """Merge free fields; a None value removes its key."""
        where = self._context.project(project)
        folder = self._named(where.id, name)
        self._context.append(note_draft("experiment", f"{where.id}/{folder}", fields))
        return self.show(folder, project=where.id)

    def resolve(self, name: str, project: str) -> str:
        """The folder name of an experiment that exists. Raises ``NotFound`` with the nearest name."""
        return self._named(project, name)

    def _record(self, project: str, name: str) -> Experiment | None:
        try:
            return self._context.records.get(Experiment, f"{project}/{name}")
        except NotFound:
            return None

    def _choose(self, project: str, name: str) -> None:
        kept = self._context.choices().get("experiments") or {}
        self._context.choose(experiments=kept | {project: name})

    def _named(self, project: str, name: str | None) -> str:
        context = self._context
        wanted = name or context.setting("experiment", {}, project).value
        known = {one.name for one in context.records.find(Experiment, project=project).items}
        folders = context.layout.project(project) / "experiments"
        if not context.past:
            known |= {path.parent.name for path in folders.glob("*/experiment.yaml")}
        if wanted is None:
            if len(known) == 1:
                return next(iter(known))
            raise UsageError(
                "no experiment is named" if known else "the project has no experiment yet",
                code="which-experiment",
                place=f"project {project}",
                hints=[
                    f"name one: `persona experiment run {min(known)}`"
                    if known
                    else "make one: `persona experiment create --name temp-test --variants variants.yaml`"
                ],
            )
        for folder in (wanted, slug(wanted)):
            if folder in known:
                return folder
        near = did_you_mean(wanted, known)
        raise NotFound(
            f"there is no experiment `{wanted}` in the project `{project}`",
            code="experiment-not-found",
            place=f"projects/{project}/experiments: {', '.join(sorted(known)) or 'none'}",
            hints=[f"did you mean `{near}`?"] if near else ["see them: `persona experiment list`"],
        )

    def _variant(self, read: ExperimentFile, name: str, project: str, folder: str) -> Variant:
        for one in read.variants:
            if one.name == name:
                return one
        names = [one.name for one in read.variants]
        near = did_you_mean(name, names)
        path = self._context.layout.relative(self._context.layout.experiment_file(project, folder))
        hint = f"did you mean `{near}`? Run `persona experiment run {folder} --variant {near}`" if near else ""
        raise NotFound(
            f"variant `{name}` is not in experiment `{folder}`",
            code="variant-not-found",
            place=f"{path}, variants: {', '.join(names)}",
            hints=[hint or f"run all of them: `persona experiment run {folder}`"],
        )

    def _observe(self, project: str, folder: str) -> ExperimentFile:
        """Read experiment.yaml as it stands; record it when it is new or was edited (a new version)."""
        context = self._context
        path = context.layout.experiment_file(project, folder)
        text = read_text(path)
        read = read_experiment(text, context.layout.relative(path))
        record = self._record(project, folder)
        digest = digest_of(text.encode())
        if record is not None and record.file == digest:
            return read
        context.blobs.put(text.encode())
        body: dict[str, Any] = {
            "description": read.description,
            "version": record.version + 1 if record else 1,
            "file": digest,
            "variants": [one.name for one in read.variants],
            "fields": {"title": read.name, "created": read.created, "evaluation": read.evaluation, **read.extra},
        }
        id = f"{project}/{folder}"
        if record is None:
            body |= {"project": project, "name": folder, "tags": read.tags}
            context.append(Draft("experiment.created", id, body, (Edge(id, "part_of", project),)))
        else:
            context.append(Draft("experiment.changed", id, body))
        return read

    def _view(self, record: Experiment) -> ExperimentView:
        context = self._context
        path = context.layout.experiment_file(record.project, record.name)
        text = context.blobs.get(record.file).decode()
        read = read_experiment(text, context.layout.relative(path), name=record.fields.get("title", record.name))
        from persona.runs.comparing import changed_builds

        points: dict[str, dict[str, Any]] = {}
        listed = context.records.find(Run, project=record.project, experiment=record.name).items
        counts: dict[str, dict[str, int]] = {one.name: {} for one in read.variants}
        for run in listed:
            states = counts.setdefault(run.variant or "", {})
            states[run.status] = states.get(run.status, 0) + 1
            if run.variant and isinstance(run.fields.get("point"), dict):
                points[run.variant] = run.fields["point"]["parameters"]
        notes = list(read.notes)
        if read.project and slug(read.project) != record.project:
            notes.append(f"the file names the project `{read.project}`, but it stands in `{record.project}`")
        notes += changed_builds(run for run in listed if run.status == "completed")
        return ExperimentView(
            experiment=record,
            path=context.layout.relative(path),
            current=context.setting("experiment", {}, record.project).value == record.name,
            variants={one.name: one.parameters for one in read.variants} | points,
            evaluation=read.evaluation,
            runs=counts,
            notes=tuple(notes),
        )


def _as_file(read: ExperimentFile, project: str, description: str) -> dict[str, Any]:
    """An ``experiment.yaml`` in R-016's form around given variants."""
    return {
        "name": read.name,
        "description": description or read.description,
        "project": project,
        "created": now().date().isoformat(),
        "variants": [{"name": one.name, "parameters": one.parameters, **one.extra} for one in read.variants],
        "evaluation": read.evaluation or {"metrics": ["diversity", "consistency", "faithfulness"]},
        **({"tags": [{key: value} for key, value in read.tags.items()]} if read.tags else {}),
        **read.extra,
    }
