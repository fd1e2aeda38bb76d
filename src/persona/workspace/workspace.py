"""The workspace: one folder, and everything a person can do in it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from persona.errors import PermissionDenied, PersonaError, StorageError
from persona.model.records import Run, Withdrawal
from persona.workspace.context import Context, Progress, silent
from persona.workspace.layout import Layout, find_root
from persona.workspace.stores import Stores, stores_of

if TYPE_CHECKING:  # each noun is imported when it is first used: `run list` must not pay for what it does not do
    from persona.model.reproductions import Comparison, Reproduction
    from persona.workspace.artefacts import Artefacts
    from persona.workspace.atlas import Atlas
    from persona.workspace.auditing import Auditing
    from persona.workspace.bundles import Bundles
    from persona.workspace.calls import Calls
    from persona.workspace.combining import Combining
    from persona.workspace.comparing import Comparing
    from persona.workspace.crates import Crates
    from persona.workspace.experiment_views import ReproducedView
    from persona.workspace.experiments import Experiments
    from persona.workspace.generating import Generating
    from persona.workspace.graph import GraphVerbs
    from persona.workspace.groupings import Groupings
    from persona.workspace.health import Health
    from persona.workspace.importing import Imports
    from persona.workspace.judging import Judging
    from persona.workspace.lineage import Lineage
    from persona.workspace.links import Links
    from persona.workspace.measuring import Metrics
    from persona.workspace.openlineage import OpenLineage
    from persona.workspace.people import Participants
    from persona.workspace.playground import Playground
    from persona.workspace.projects import Projects
    from persona.workspace.prov import Prov
    from persona.workspace.reporting import Reporting
    from persona.workspace.reproducing import Reproducing
    from persona.workspace.runs import Runs
    from persona.workspace.sources import Sources
    from persona.workspace.statements import Statements
    from persona.workspace.templates import Templates
    from persona.workspace.things import Things
    from persona.workspace.views import (
        ArchiveView,
        Coordinate,
        EnvironmentView,
        GenerateView,
        OutlookView,
        RebuildReport,
        ReportView,
        SettingView,
        TraceView,
        VerifyReport,
    )


class Workspace:
    """A workspace that is open. The nouns hang on it: ``ws.project.create(...)``, ``ws.run.list(...)``.

    Use it as a context manager, or call ``close``.
    """

    joined = False
    """Whether ``init`` found a workspace in the shared stores and this folder joined it."""

    def __init__(self, root: Path, *, as_of: str | None = None) -> None:
        layout = Layout(root)
        stores = stores_of(layout)
        self.root = root
        self._context = Context(layout, stores, stores.open_records())
        if as_of is None:
            self._settle()
            return
        try:
            self._context.go_back(as_of)
        except PersonaError:
            self.close()
            raise

    @cached_property
    def project(self) -> Projects:
        """The verbs of projects."""
        from persona.workspace.projects import Projects

        return Projects(self._context)

    @cached_property
    def source(self) -> Sources:
        """The verbs of sources."""
        from persona.workspace.sources import Sources

        return Sources(self._context)

    @cached_property
    def participant(self) -> Participants:
        """The verbs of participants."""
        from persona.workspace.people import Participants

        return Participants(self._context)

    @cached_property
    def run(self) -> Runs:
        """The verbs of runs."""
        from persona.workspace.runs import Runs

        return Runs(self._context)

    @cached_property
    def artefact(self) -> Artefacts:
        """The verbs of artefacts."""
        from persona.workspace.artefacts import Artefacts

        return Artefacts(self._context, self.source, self._things)

    @cached_property
    def _things(self) -> Things:
        from persona.workspace.things import Things

        return Things(self._context, self.source)

    @cached_property
    def lineage(self) -> Lineage:
        """The verbs of lineage."""
        from persona.workspace.lineage import Lineage

        return Lineage(self._context, self._things, lambda: self.links)

    @cached_property
    def links(self) -> Links:
        """The workspaces that are linked to this one."""
        from persona.workspace.links import Links

        return Links(self._context)

    @cached_property
    def graph(self) -> GraphVerbs:
        """The records as a graph to be asked in Cypher or SPARQL."""
        from persona.workspace.graph import GraphVerbs

        return GraphVerbs(self._context, self.lineage)

    @cached_property
    def imports(self) -> Imports:
        """Provenance that others recorded."""
        from persona.workspace.importing import Imports

        return Imports(self._context)

    @cached_property
    def audit(self) -> Auditing:
        """The verbs of auditing."""
        from persona.workspace.auditing import Auditing

        return Auditing(self._context, self._things)

    @cached_property
    def atlas(self) -> Atlas:
        """What is recorded, as entities of Apache Atlas."""
        from persona.workspace.atlas import Atlas

        return Atlas(self._context)

    @cached_property
    def prov(self) -> Prov:
        """What happened, as an account in PROV."""
        from persona.workspace.prov import Prov

        return Prov(self._context, self._things)

    @cached_property
    def openlineage(self) -> OpenLineage:
        """What happened, as OpenLineage events."""
        from persona.workspace.openlineage import OpenLineage

        return OpenLineage(self._context)

    @cached_property
    def experiment(self) -> Experiments:
        """The verbs of experiments."""
        from persona.workspace.experimenting import Experimenting
        from persona.workspace.experiments import Experiments

        return Experiments(self._context, Experimenting(self._context, self._generating, self.run))

    @cached_property
    def playground(self) -> Playground:
        """Tries, and experiments made of them."""
        from persona.workspace.playground import Playground

        return Playground(self._context, self._generating, self.run, self.source, self.experiment)

    @cached_property
    def combining(self) -> Combining:
        """Experiments taken together."""
        from persona.workspace.combining import Combining

        return Combining(self._context, self.comparing)

    @cached_property
    def comparing(self) -> Comparing:
        """Comparisons of variants, runs and experiments."""
        from persona.workspace.comparing import Comparing

        return Comparing(self._context, self.experiment, self.run, self.artefact)

    @cached_property
    def _generating(self) -> Generating:
        from persona.workspace.generating import Generating

        return Generating(self._context, self.project, self.source, self.run, self.grouping)

    @cached_property
    def grouping(self) -> Groupings:
        """The verbs of groupings: who belongs together, as people decide it."""
        from persona.workspace.groupings import Groupings

        return Groupings(self._context, self.artefact)

    @cached_property
    def template(self) -> Templates:
        """The verbs of templates."""
        from persona.workspace.templates import Templates

        return Templates(self._context)

    @cached_property
    def bundle(self) -> Bundles:
        """Runs as files."""
        from persona.workspace.bundles import Bundles

        return Bundles(self._context, self.run)

    @cached_property
    def crate(self) -> Crates:
        """Runs, experiments and projects as research objects."""
        from persona.workspace.crates import Crates

        return Crates(self._context, self.run, self.experiment)

    @cached_property
    def statement(self) -> Statements:
        """Runs as signed statements."""
        from persona.workspace.statements import Statements

        return Statements(self._context, self.run)

    @cached_property
    def call(self) -> Calls:
        """The verbs of calls."""
        from persona.workspace.calls import Calls

        return Calls(self._context, self.run)

    @cached_property
    def metrics(self) -> Metrics:
        """The verbs of metrics."""
        from persona.workspace.measuring import Metrics

        return Metrics(self._context, self.run, self.artefact)

    @cached_property
    def judging(self) -> Judging:
        """Language models as judges of claims."""
        from persona.workspace.judging import Judging

        return Judging(self._context, self.run, self.artefact)

    @cached_property
    def _reproducing(self) -> Reproducing:
        from persona.workspace.reproducing import Reproducing

        return Reproducing(self._context, self.run, self._generating)

    @cached_property
    def _reporting(self) -> Reporting:
        from persona.workspace.reporting import Reporting

        return Reporting(self._context, self.run, self.artefact, self.source)

    @cached_property
    def _health(self) -> Health:
        from persona.workspace.health import Health

        return Health(self._context, self.run, self.source)

    @classmethod
    def init(cls, path: str | Path = ".", *, records: str | None = None, blobs: str | None = None) -> Workspace:
        """Make a workspace in a folder, which may exist already and hold other things.

        ``records``, a ``postgresql://`` URL, and ``blobs``, an ``s3://BUCKET/PREFIX`` URL, are where a team shares its
        stores; given together, without passwords. Where they hold a workspace already, the folder joins it.

        Raises ``Conflict`` when it is a workspace already, ``StorageError`` when it cannot be written or a store is out
        of reach, ``UsageError`` for one store without the other or a URL with a password, ``IntegrityError`` for stores
        of two workspaces.
        """
        from persona.workspace.making import make

        root = Path(path).expanduser().absolute()
        joined = make(root, records, blobs)
        made = cls(root)
        made.joined = joined
        return made

    @classmethod
    def open(cls, path: str | Path | None = None, *, as_of: str | None = None) -> Workspace:
        """Open the workspace at ``path``, or the one at or above the current folder.

        ``as_of`` is a moment (``lineage.moments``): everything is then read as it was, and nothing can be written.

        Raises ``NotFound`` with the command that makes one, or for a moment that there was not.
        """
        return cls(find_root(Path(path) if path is not None else None), as_of=as_of)

    @property
    def coordinate(self) -> Coordinate:
        """The position and the root of the log on which what is read here stands."""
        from persona.workspace.views import Coordinate

        records = self._context.records
        head = records.head()
        last = next(iter(records.events(after=head.size - 1)), None)
        return Coordinate(head.size, head.root, last.recorded_at if last else "")

    @property
    def stores(self) -> Stores:
        """Where records and blobs are."""
        return self._context.stores

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
        grouping: str | Path | None = None,
        fresh: bool = False,
        progress: Progress = silent,
    ) -> GenerateView:
        """Make personas from the sources of a project, as one recorded run.

        ``flags`` are parameters of the run and limits of calls by name (``persona config show`` lists them).
        ``grouping`` is a file or an artefact that says who belongs together. With ``fresh`` no recorded answer of a
        model is used again.
        """
        return self._generating.generate(
            project=project,
            sources=sources,
            flags=flags,
            tags=tags,
            grouping=grouping,
            fresh=fresh,
            progress=progress,
        )

    def made(self, run: str) -> GenerateView:
        """The personas of a completed run, with what is recorded of it."""
        from persona.workspace.views import GenerateView

        view = self.run.show(run)
        return GenerateView(view, self.artefact.personas(self.artefact.of_run(view.run)))

    def look_ahead(
        self,
        *,
        project: str | None = None,
        sources: Sequence[str] = (),
        flags: Mapping[str, Any] | None = None,
        grouping: str | Path | None = None,
        progress: Progress = silent,
    ) -> OutlookView:
        """What ``generate`` would ask a model, how often, and what that may cost; nothing is sent or recorded."""
        return self._generating.look_ahead(
            project=project, sources=sources, flags=flags, grouping=grouping, progress=progress
        )

    def reproduce(self, run: str, level: str = "replay", *, progress: Progress = silent) -> Reproduction:
        """Do a run again and judge each output: ``verify``, ``replay``, ``rerun`` or ``environment``."""
        return self._reproducing.reproduce(run, level, progress=progress)

    def reproduce_experiment(
        self, name: str | None = None, level: str = "replay", *, project: str | None = None, progress: Progress = silent
    ) -> ReproducedView:
        """Do every completed run of an experiment again, at the level ``verify`` or ``replay``, and its comparison."""
        from persona.workspace.repeating import Repeating

        repeating = Repeating(self._context, self.experiment, self._reproducing, self.comparing)
        return repeating.reproduce(name, level, project=project, progress=progress)

    def environment(self, run: str, output: str | Path) -> EnvironmentView:
        """Write what is needed to build the environment of a run again into a folder."""
        return self._reproducing.environment(run, output)

    def why(self, run: str, other: str | None = None) -> Comparison:
        """Name every part of the plan in which a run differs from another, or from the one before it."""
        return self._reproducing.why(run, other)

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

    def archive(self, output: str | Path, *, project: str | None = None) -> ArchiveView:
        """Write the workspace, or one project of it, into one file."""
        from persona.workspace.archiving import create

        return create(self._context, output, project)

    @classmethod
    def from_archive(cls, archive: str | Path, folder: str | Path | None = None) -> tuple[Workspace, ArchiveView]:
        """Make a workspace of an archive, run folders and all, and open it.

        Raises ``Conflict`` for a folder with something in it, ``NotFound``, ``InvalidInput`` for what is no archive,
        ``IntegrityError`` for one that was changed.
        """
        from persona.workspace.archiving import open_archive

        view, target = open_archive(archive, folder)
        made = cls(target.absolute())
        made._health.rebuild(tables=False)
        return made, view

    def config(self, flags: Mapping[str, Any] | None = None, project: str | None = None) -> tuple[SettingView, ...]:
        """Every setting: which layer won, where it stands, and what it beat."""
        from persona.config import SETTINGS, resolve
        from persona.workspace.views import SettingView

        context = self._context
        named = context.setting("project", flags or {}, None).value if project is None else project
        layers = context.layers(flags or {}, named)
        views = []
        for name, known in SETTINGS.items():
            found = resolve(name, layers)
            if name == "user" and not found.value:
                found = found._replace(value=context.actor.removeprefix("person:"), place="the name of the login")
            views.append(SettingView(name, found.value, found.layer, found.place, found.beaten, known.meaning))
        return tuple(views)

    def close(self) -> None:
        """Release the stores, and those of linked workspaces that were read."""
        if "links" in self.__dict__:
            self.links.close()
        self._context.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _settle_withdrawals(self) -> None:
        """Clean this folder of what was withdrawn elsewhere, and say what was left half-done."""
        context = self._context
        if not context.records.find(Withdrawal, limit=0).total:
            return
        from persona.workspace.withdrawing import Withdrawing

        try:
            Withdrawing(context).settle()
        except (StorageError, PermissionDenied):
            return

    def _settle(self) -> None:
        """Say which runs were interrupted. A folder that cannot be written is opened for reading all the same."""
        context = self._context
        self._settle_withdrawals()
        running = context.records.find(Run, status="running", limit=0).total
        if not running and not (context.layout.owed.is_dir() and any(context.layout.owed.iterdir())):
            return
        from persona.runs.settling import settle_interrupted

        try:
            gone = settle_interrupted(context.records, actor=context.actor)
            self.run.folders.settle()
        except (StorageError, PermissionDenied):
            return
        context.notes += [f"the run {run} was interrupted: its process ended without finishing it" for run in gone]
