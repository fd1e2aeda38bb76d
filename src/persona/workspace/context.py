"""What the verbs of every noun share: the stores, the layout, the settings and who is acting."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Any

import msgspec

from persona.config import LayerValues, Setting, environment_layer, file_layer, resolve, user_file
from persona.errors import IntegrityError, NotFound, UsageError
from persona.model.records import Draft, Edge, Project
from persona.workspace.layout import Layout, write_atomic
from persona.workspace.stores import Stores

if TYPE_CHECKING:
    from persona.model.projects import ProjectFile
    from persona.model.records import Event
    from persona.runs.artefacts import Newest
    from persona.storage import Records
    from persona.storage.erased import Marked
    from persona.workspace.signing import Signing

Progress = Callable[[str, int, int], None]


def silent(stage: str, done: int, total: int) -> None:
    """The progress of somebody who does not want to know."""


class Context:
    """One open workspace, as its verbs see it."""

    def __init__(self, layout: Layout, stores: Stores, records: Records) -> None:
        self.layout = layout
        self.stores = stores
        self.records = records
        self.notes: list[str] = []
        self.newest: dict[str, Newest] = {}

    past = False
    """Whether what is read here is the past, and nothing is written."""
    read_only = False
    """Whether this is a workspace of somebody else, in which nothing is made or changed."""

    def go_back(self, moment: str) -> None:
        """Read everything as it was at a moment. Raises as ``lineage.moments.position_of`` does."""
        from persona.lineage.moments import position_of
        from persona.lineage.past import Past

        self.records = Past(self.records, position_of(self.records, moment))
        self.past = True

    @cached_property
    def blobs(self) -> Marked:
        """The store of bytes, opened when first asked for. It knows what was erased by record."""
        from persona.storage.erased import Marked

        return Marked(self.stores.open_blobs(read_only=self.read_only), self.records)

    @cached_property
    def signing(self) -> Signing:
        """What signs the state of the log."""
        from persona.workspace.signing import Signing

        return Signing(self.records, self.notes)

    def close(self) -> None:
        """Release the stores."""
        self.records.close()
        if "blobs" in self.__dict__:
            self.blobs.close()

    @cached_property
    def start_fields(self) -> dict[str, Any]:
        """What ``run.started`` records of this process; its environment is sealed once."""
        from persona.runs.execute import start_fields

        return start_fields(self.records, self.blobs, git=self.records_git)

    @cached_property
    def records_git(self) -> bool:
        """Whether runs record the state of the git work tree they are started in: the setting ``record_git``."""
        return str(self.setting("record_git", {}, None).value).lower() not in ("false", "no", "off", "0")

    @cached_property
    def actor(self) -> str:
        """Who is recorded as acting: the setting ``user``, else the name of the login."""
        named = self.setting("user", {}, None).value
        if named:
            return f"person:{named}"
        import getpass

        try:
            return f"person:{getpass.getuser()}"
        except (KeyError, OSError):
            return "person:unknown"

    def append(self, *drafts: Draft, expect: Mapping[str, str] | None = None) -> tuple[Event, ...]:
        """Write events in one transaction in the name of the actor."""
        return self.records.append(drafts, expect=expect, actor=self.actor)

    # Choices that `use` remembers

    def choices(self) -> dict[str, Any]:
        """What ``project use`` and ``experiment create`` chose. Empty when nothing was."""
        try:
            found = msgspec.json.decode(self.layout.context.read_bytes())
        except FileNotFoundError:
            return {}
        except (msgspec.DecodeError, OSError):
            raise IntegrityError(
                "the remembered choices cannot be read",
                code="context-broken",
                place=self.layout.relative(self.layout.context),
                hints=[
                    f"choose again: `persona project use {one.id}`" for one in self.records.find(Project, limit=3).items
                ],
            ) from None
        return found if isinstance(found, dict) else {}

    def choose(self, **choice: Any) -> None:
        """Remember a choice."""
        try:
            kept = self.choices()
        except IntegrityError:
            kept = {}
        write_atomic(self.layout.context, msgspec.json.encode(kept | choice))

    # Settings

    @cached_property
    def _files(self) -> tuple[LayerValues, LayerValues]:
        """The settings of workspace and user as they stood when this workspace was opened."""
        return file_layer("workspace", self.layout.settings), file_layer("user", user_file())

    def layers(self, flags: Mapping[str, Any], project: str | None) -> list[LayerValues]:
        """Every layer of settings, for one project."""
        choices = self.choices()
        chosen = {"project": choices.get("project"), "experiment": (choices.get("experiments") or {}).get(project)}
        layers = [
            LayerValues("flag", "the command line", flags),
            environment_layer(),
            LayerValues("workspace", self.layout.relative(self.layout.context), chosen),
            *self._files,
        ]
        if project is not None and self.layout.project_file(project).exists():
            place = self.layout.relative(self.layout.project_file(project))
            layers.append(LayerValues("project", f"{place}, defaults", self.project_file(project).defaults))
        return layers

    def setting(self, name: str, flags: Mapping[str, Any], project: str | None) -> Setting:
        """One resolved setting."""
        return resolve(name, self.layers(flags, project))

    # Projects, which nearly every verb needs

    def project_file(self, project: str) -> ProjectFile:
        """The project's own file as it stands now. Raises ``NotFound`` or ``InvalidInput``."""
        from persona.model.projects import read_project

        path = self.layout.project_file(project)
        if self.past:
            return self._past_file(project)
        try:
            text = path.read_text(encoding="utf-8")
        except FileNotFoundError:
            raise NotFound(
                "the project has no project.yaml",
                code="project-file-missing",
                place=self.layout.relative(path),
                hints=["restore it from the records: `persona rebuild`"],
            ) from None
        except UnicodeDecodeError:
            from persona.errors import InvalidInput

            raise InvalidInput("the file is not UTF-8 text", code="yaml-syntax", place=str(path)) from None
        return read_project(text, self.layout.relative(path))

    def _past_file(self, project: str) -> ProjectFile:
        """The project's file as it was sealed last before the moment that is looked at."""
        from persona.model.projects import read_project

        digest = self.records.get(Project, project).file
        place = self.layout.relative(self.layout.project_file(project))
        if digest is None:
            raise NotFound("the project had no project.yaml", code="project-file-missing", place=place)
        return read_project(self.blobs.get(digest).decode(), place)

    def project(self, named: str | None) -> Project:
        """The project to work on: the one named, else the current one, else the only one.

        Raises ``UsageError`` when there are several and none is chosen, ``NotFound`` when there is none.
        """
        wanted = named or self.setting("project", {}, None).value
        if wanted:
            return self.records.get(Project, wanted)
        page = self.records.find(Project, limit=2)
        if page.total == 1:
            return page.items[0]
        if page.total == 0:
            raise NotFound(
                "this workspace has no project yet",
                code="no-project",
                place=str(self.layout.root),
                hints=['make one: `persona project create "My research"`'],
            )
        raise UsageError(
            "there are several projects and none is chosen",
            code="which-project",
            place=", ".join(project.id for project in self.records.find(Project, limit=8).items),
            hints=[f"choose one: `persona project use {page.items[0].id}`"],
        )


def tell_erased(context: Context, digest: str | None, what: str) -> None:
    """Leave a note when words are missing in something because somebody withdrew."""
    from persona.model.records import Erasure, Withdrawal

    try:
        erasure = context.records.get(Erasure, digest or "")
    except NotFound:
        return
    withdrawal = context.records.get(Withdrawal, erasure.withdrawal)
    missing = "words are missing in" if erasure.successor else "nothing is left of"
    told = f"{missing} {what}: {', '.join(withdrawal.participants)} withdrew (event {withdrawal.event})"
    if told not in context.notes:
        context.notes.append(told)


def tag_draft(noun: str, subject: str, set_: Mapping[str, str], unset: tuple[str, ...] | list[str]) -> Draft:
    """The event that sets and removes tags of any noun."""
    return Draft("thing.tagged", subject, {"noun": noun, "set": dict(set_), "unset": list(unset)})


def note_draft(noun: str, subject: str, fields: Mapping[str, Any]) -> Draft:
    """The event that merges free fields into any noun that has them."""
    return Draft("thing.noted", subject, {"noun": noun, "fields": dict(fields)})


def edge(src: str, rel: str, dst: str) -> Edge:
    """An edge, spelled short where many are made."""
    return Edge(src, rel, dst)
