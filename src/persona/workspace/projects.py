"""The verbs of a project: create, list, show, use, archive, tag, note."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from persona.errors import Conflict, InvalidInput, NotFound
from persona.model.ids import now, slug
from persona.model.projects import ProjectFile, read_project
from persona.model.records import Draft, Experiment, Participant, Project, Run, Source
from persona.model.yamltext import dump_yaml
from persona.workspace.context import Context, note_draft, tag_draft
from persona.workspace.layout import write_atomic
from persona.workspace.views import ProjectView


class Projects:
    """The projects of one workspace."""

    def __init__(self, context: Context) -> None:
        self._context = context

    def create(
        self,
        title: str = "",
        *,
        description: str = "",
        tags: Mapping[str, str] | None = None,
        file: Path | None = None,
        use: bool = True,
    ) -> ProjectView:
        """Make a project from a title, or from a ``project.yaml`` that is taken verbatim.

        Raises ``Conflict`` when its folder name is taken, ``InvalidInput`` for a title without letters.
        """
        context = self._context
        if file is not None:
            text = read_text(file)
            read = read_project(text, str(file))
            title = title or read.name
        else:
            text = dump_yaml(
                {
                    "name": title,
                    "description": description,
                    "created": now().date().isoformat(),
                    "status": "active",
                    "defaults": {},
                    "constraints": {},
                    "tags": [{key: value} for key, value in (tags or {}).items()],
                }
            )
            if not title.strip():
                raise InvalidInput(
                    "a project needs a title",
                    code="project-title",
                    place="title",
                    hints=["give it one: `persona project create 'My research'`"],
                )
            read = read_project(text, "project.yaml")
        name = slug(title)
        if not name:
            raise InvalidInput(
                f"no folder name can be made from the title `{title}`",
                code="project-title",
                place="title",
                hints=["use at least one letter or digit from a to z"],
            )
        path = context.layout.project_file(name)
        if self._known(name):
            raise Conflict(
                f"the project `{name}` exists already",
                code="project-exists",
                place=context.layout.relative(path),
                hints=[f"work on it: `persona project use {name}`"],
            )
        digest = context.blobs.put(text.encode())
        context.append(Draft("project.created", name, _body(read, digest)))
        if not path.exists():
            write_atomic(path, text.encode())
        for folder in ("templates", "constraints", "sources", "experiments", "artefacts", "analysis"):
            (context.layout.project(name) / folder).mkdir(parents=True, exist_ok=True)
        if use:
            context.choose(project=name)
        return self.show(name)

    def list(self, *, archived: bool = False) -> tuple[ProjectView, ...]:
        """All projects by name; archived ones only when asked for."""
        for folder in sorted(self._context.layout.projects.glob("*/project.yaml")):
            if not self._known(folder.parent.name):
                self._adopt(folder.parent.name)
        found = self._context.records.find(Project).items
        views = [self._view(project) for project in found]
        return tuple(view for view in views if archived or view.project.status != "archived")

    def show(self, project: str | None = None) -> ProjectView:
        """One project, the current one when not named."""
        if project is not None and not self._known(project) and self._context.layout.project_file(project).exists():
            self._adopt(project)
        return self._view(self._context.project(project))

    def use(self, project: str) -> ProjectView:
        """Make a project the one that commands work on."""
        found = self.show(project if self._on_disk(project) else slug(project) or project)
        self._context.choose(project=found.project.id)
        return self.show(found.project.id)

    def archive(self, project: str) -> ProjectView:
        """Put a project away: its ``status`` in project.yaml becomes ``archived``; nothing is removed."""
        context = self._context
        found = context.project(project)
        path = context.layout.project_file(found.id)
        text = path.read_text(encoding="utf-8")
        line = "status: archived"
        text, count = re.subn(r"(?m)^status:.*$", line, text, count=1)
        if not count:
            text = text.rstrip("\n") + f"\n{line}\n"
        write_atomic(path, text.encode())
        self.observe(found.id)
        return self.show(found.id)

    def tag(self, project: str, set_: Mapping[str, str], unset: Sequence[str] = ()) -> ProjectView:
        """Set and remove tags."""
        found = self._context.project(project)
        self._context.append(tag_draft("project", found.id, set_, list(unset)))
        return self.show(found.id)

    def note(self, project: str, fields: Mapping[str, Any]) -> ProjectView:
        """Merge free fields; a None value removes its key."""
        found = self._context.project(project)
        self._context.append(note_draft("project", found.id, fields))
        return self.show(found.id)

    def observe(self, project: str) -> ProjectFile:
        """Read project.yaml as it stands and record a change since it was last sealed."""
        context = self._context
        read = context.project_file(project)
        data = context.layout.project_file(project).read_bytes()
        record = context.records.get(Project, project)
        from persona.model.canonical import digest_of

        if digest_of(data) != record.file:
            digest = context.blobs.put(data)
            body = _body(read, digest)
            tags = {key: value for key, value in body.pop("tags").items() if record.tags.get(key) != value}
            drafts = [Draft("project.changed", project, body)]
            if tags:
                drafts.append(tag_draft("project", project, tags, ()))
            context.append(*drafts)
        return read

    def _adopt(self, project: str) -> None:
        """Record a project whose folder a person made by hand."""
        context = self._context
        if slug(project) != project:
            return
        read = context.project_file(project)
        digest = context.blobs.put(context.layout.project_file(project).read_bytes())
        context.append(Draft("project.created", project, _body(read, digest)))

    def _known(self, project: str) -> bool:
        try:
            self._context.records.get(Project, project)
        except NotFound:
            return False
        return True

    def _on_disk(self, project: str) -> bool:
        return bool(project) and "/" not in project and self._context.layout.project_file(project).exists()

    def _view(self, project: Project) -> ProjectView:
        context, records = self._context, self._context.records
        notes: tuple[str, ...] = ()
        if context.past or context.layout.project_file(project.id).exists():
            notes = context.project_file(project.id).notes
        return ProjectView(
            project=project,
            path=context.layout.relative(context.layout.project(project.id)),
            current=context.setting("project", {}, None).value == project.id,
            sources=records.find(Source, project=project.id, limit=0).total,
            participants=records.find(Participant, project=project.id, limit=0).total,
            experiments=records.find(Experiment, project=project.id, limit=0).total,
            runs=records.find(Run, project=project.id, limit=0).total,
            notes=notes,
        )


def _body(read: ProjectFile, digest: str) -> dict[str, Any]:
    fields: dict[str, Any] = {"description": read.description, "created": read.created, **read.extra}
    return {"title": read.name, "status": read.status, "file": digest, "fields": fields, "tags": read.tags}


def read_text(file: Path) -> str:
    """A text file that a person wrote. Raises ``NotFound`` or ``InvalidInput`` naming it."""
    try:
        return file.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        raise NotFound(
            "there is no such file", code="file-not-found", place=str(file), hints=["see what is there: `ls`"]
        ) from None
    except (OSError, UnicodeDecodeError) as error:
        raise InvalidInput(f"the file cannot be read: {error}", code="file-unreadable", place=str(file)) from None
