"""The workspace: one folder, and everything a person can do in it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from persona.config import SETTINGS, resolve
from persona.errors import Conflict, IntegrityError, PermissionDenied, StorageError
from persona.model.records import Draft
from persona.runs.execute import settle_interrupted
from persona.storage import open_blobs, open_records
from persona.workspace.artefacts import Artefacts
from persona.workspace.context import Context, Progress, silent
from persona.workspace.experiments import Experiments
from persona.workspace.generating import Generating
from persona.workspace.health import Health
from persona.workspace.layout import Layout, find_root
from persona.workspace.projects import Projects
from persona.workspace.reporting import Reporting
from persona.workspace.runs import Runs
from persona.workspace.sources import Participants, Sources
from persona.workspace.views import (
    GenerateView,
    RebuildReport,
    ReportView,
    SettingView,
    TraceView,
    VerifyReport,
)

FORMAT = 1


class Workspace:
    """A workspace that is open. The nouns hang on it: ``ws.project.create(...)``, ``ws.run.list(...)``.

    Use it as a context manager, or call ``close``.
    """

    def __init__(self, root: Path) -> None:
        layout = Layout(root)
        if not layout.database.exists():
            raise IntegrityError(
                "the workspace has no database",
                code="database-missing",
                place=layout.relative(layout.database),
                hints=["restore `.persona/workspace.db` from a copy; sources and runs in blobs are still there"],
            )
        self._context = Context(layout, open_records(layout.database), open_blobs(layout.blobs))
        context = self._context
        self.root = root
        self.project = Projects(context)
        self.source = Sources(context)
        self.participant = Participants(context)
        self.run = Runs(context)
        self.artefact = Artefacts(context, self.source)
        self._generating = Generating(context, self.project, self.source, self.run)
        self.experiment = Experiments(context, self._generating)
        self._reporting = Reporting(context, self.run, self.artefact, self.source)
        self._health = Health(context, self.run, self.source)
        self._settle()

    @classmethod
    def init(cls, path: str | Path = ".", *, name: str | None = None) -> Workspace:
        """Make a workspace in a folder, which may exist already and hold other things.

        Raises ``Conflict`` when it is a workspace already, ``StorageError`` when it cannot be written.
        """
        root = Path(path).expanduser().absolute()
        layout = Layout(root)
        if layout.inner.exists() and layout.database.exists():
            raise Conflict(
                "this folder is a workspace already",
                code="workspace-exists",
                place=str(root),
                hints=["go on with it: `persona project list`"],
            )
        try:
            layout.inner.mkdir(parents=True, exist_ok=True)
            layout.projects.mkdir(exist_ok=True)
        except PermissionError as error:
            raise PermissionDenied(f"the folder cannot be made: {error.strerror}", place=str(root)) from None
        except OSError as error:
            raise StorageError(f"the folder cannot be made: {error.strerror}", place=str(root)) from None
        records = open_records(layout.database, create=True)
        open_blobs(layout.blobs, create=True)
        context = Context(layout, records, open_blobs(layout.blobs))
        context.append(Draft("workspace.created", "workspace", {"format": FORMAT}))
        records.close()
        return cls(root)

    @classmethod
    def open(cls, path: str | Path | None = None) -> Workspace:
        """Open the workspace at ``path``, or the one at or above the current folder.

        Raises ``NotFound`` with the command that makes one.
        """
        return cls(find_root(Path(path) if path is not None else None))

    @property
    def notes(self) -> tuple[str, ...]:
        """What a person should know about this workspace as it was opened."""
        return tuple(self._context.notes)

    def generate(
        self,
        *,
        project: str | None = None,
        sources: Sequence[str] = (),
        flags: Mapping[str, Any] | None = None,
        tags: Mapping[str, str] | None = None,
        progress: Progress = silent,
    ) -> GenerateView:
        """Make personas from the sources of a project, as one recorded run."""
        return self._generating.generate(project=project, sources=sources, flags=flags, tags=tags, progress=progress)

    def report(self, run: str | None = None, *, project: str | None = None, output: Path | None = None) -> ReportView:
        """Write one self-contained HTML file of a run's personas beside their transcripts."""
        return self._reporting.report(run, project=project, output=output)

    def trace(self, run: str | None = None, claim: str | None = None, *, project: str | None = None) -> TraceView:
        """Follow one claim to the words it rests on."""
        return self._reporting.trace(run, claim, project=project)

    def verify(self, *, progress: Progress = silent) -> VerifyReport:
        """Check everything that is recorded and say what is wrong."""
        return self._health.verify(progress=progress)

    def rebuild(self, *, progress: Progress = silent) -> RebuildReport:
        """Make tables and run folders again from log and blobs."""
        return self._health.rebuild(progress=progress)

    def config(self, flags: Mapping[str, Any] | None = None, project: str | None = None) -> tuple[SettingView, ...]:
        """Every setting: which layer won, where it stands, and what it beat."""
        context = self._context
        named = context.setting("project", flags or {}, None).value if project is None else project
        layers = context.layers(flags or {}, named)
        views = []
        for name, known in SETTINGS.items():
            found = resolve(name, layers)
            views.append(SettingView(name, found.value, found.layer, found.place, found.beaten, known.meaning))
        return tuple(views)

    def close(self) -> None:
        """Release the database."""
        self._context.records.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _settle(self) -> None:
        """Say which runs were interrupted. A folder that cannot be written is opened for reading all the same."""
        context = self._context
        try:
            gone = settle_interrupted(context.records, actor=context.actor)
            for run in gone:
                self.run.write_folder(self.run.resolve(run))
        except (StorageError, PermissionDenied):
            return
        context.notes += [f"the run {run} was interrupted: its process ended without finishing it" for run in gone]
