"""The verbs of templates: list, show, diff, new."""

from __future__ import annotations

import difflib
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from persona.errors import Conflict, InvalidInput, NotFound, did_you_mean
from persona.model.canonical import digest_of
from persona.runs.engines import Engine, extractive, llm
from persona.workspace.context import Context
from persona.workspace.layout import write_atomic
from persona.workspace.views import TemplateDiff, TemplateView

SUFFIX = ".jinja"
LARGEST = 1_000_000
"""Bytes of a template that is read."""


class _Found(NamedTuple):
    view: TemplateView
    text: str


def own_templates(context: Context, project: str) -> Callable[[str], bytes | None]:
    """What gives the text of a template in the project's ``templates`` folder by name."""

    def own(name: str) -> bytes | None:
        if not _is_plain(name):
            return None
        path = context.layout.templates(project) / f"{name}{SUFFIX}"
        try:
            if not path.is_file():
                return None
            with path.open("rb") as file:
                data = file.read(LARGEST + 1)
        except OSError as error:
            place = context.layout.relative(path)
            raise InvalidInput(
                f"the template cannot be read: {error.strerror}",
                code="file-unreadable",
                place=place,
                hints=[f"see who may read it: `ls -l {place}`"],
            ) from None
        if len(data) > LARGEST:
            raise InvalidInput(
                f"the template has more than {LARGEST:,} bytes",
                code="template-runs-away",
                place=context.layout.relative(path),
                hints=["see one that works: `persona template show default`"],
            )
        return data

    return own


class Templates:
    """What words the prompts and the personas: built in, or written by people in ``templates/`` of a project."""

    def __init__(self, context: Context) -> None:
        self._context = context

    def list(self, *, project: str | None = None) -> tuple[TemplateView, ...]:
        """Every template: those of the project first. One that is not fit is listed with the version ``unfit``."""
        where = self._context.project(project).id
        found = []
        for path in sorted(self._context.layout.templates(where).glob(f"*{SUFFIX}")):
            name = path.name.removesuffix(SUFFIX)
            if not _is_plain(name) or not path.is_file():  # whatever else lies there
                continue
            try:
                found.append(self._own(name, where).view)
            except InvalidInput:
                place = self._context.layout.relative(path)
                found.append(TemplateView(name, "llm", "unfit", _digest_of_file(path), place))
        return (*found, *(one.view for one in _built_in()))

    def show(self, name: str, *, engine: str | None = None, project: str | None = None) -> TemplateView:
        """One template with its text. Raises ``NotFound`` with the nearest name."""
        found = self._find(name, engine, self._context.project(project).id)
        return _with_text(found)

    def diff(self, name: str, other: str = "default", *, project: str | None = None) -> TemplateDiff:
        """What a template of the engine that asks models has beyond another: `+` marks its lines, `-` the other's."""
        where = self._context.project(project).id
        old, new = self._find(other, "llm", where), self._find(name, "llm", where)
        lines = difflib.unified_diff(
            old.text.splitlines(),
            new.text.splitlines(),
            f"{old.view.name} {old.view.version} ({old.view.place})",
            f"{new.view.name} {new.view.version} ({new.view.place})",
            lineterm="",
        )
        return TemplateDiff(old.view, new.view, tuple(lines))

    def new(self, name: str, *, like: str = "default", project: str | None = None) -> TemplateView:
        """Copy a template into the project, to be edited there. Raises ``Conflict`` where the name is taken."""
        where = self._context.project(project).id
        if not _is_plain(name):
            raise InvalidInput(
                f"`{name}` cannot be the name of a template",
                code="template-name",
                place="NAME",
                hints=["use letters, digits, `-` and `_`"],
            )
        path = self._context.layout.templates(where) / f"{name}{SUFFIX}"
        if path.exists():
            raise Conflict(
                f"the project has a template `{name}` already",
                code="template-exists",
                place=self._context.layout.relative(path),
                hints=[f"see it: `persona template show {name}`"],
            )
        write_atomic(path, self._find(like, "llm", where).text.encode())
        return _with_text(self._own(name, where))

    def _find(self, name: str, engine: str | None, project: str) -> _Found:
        if engine in (None, "llm") and own_templates(self._context, project)(name) is not None:
            return self._own(name, project)
        for one in _built_in():
            if one.view.name == name and engine in (None, one.view.engine):
                return one
        known = {one.name for one in self.list(project=project)}
        near = did_you_mean(name, known)
        raise NotFound(
            f"there is no template `{name}`",
            code="template-not-found",
            place=f"known: {', '.join(sorted(known))}",
            hints=[f"did you mean `{near}`?"] if near else ["see them: `persona template list`"],
        )

    def _own(self, name: str, project: str) -> _Found:
        data = own_templates(self._context, project)(name)
        assert data is not None
        place = self._context.layout.relative(self._context.layout.templates(project) / f"{name}{SUFFIX}")
        check = llm().check_template
        assert check is not None
        text = data.decode("utf-8", "replace")
        return _Found(TemplateView(name, "llm", check(text, place), digest_of(data), place), text)


def _digest_of_file(path: Path) -> str:
    """The digest of a template that is not fit; none where it is not read."""
    try:
        return digest_of(path.read_bytes()) if path.stat().st_size <= LARGEST else ""
    except OSError:
        return ""


def _built_in() -> list[_Found]:
    found = []
    engines: tuple[Engine, ...] = (llm(), extractive())
    for engine in engines:
        for name, (version, text) in engine.templates.items():
            view = TemplateView(name, engine.name, version, digest_of(text), "built in")
            found.append(_Found(view, text.decode()))
    return found


def _with_text(found: _Found) -> TemplateView:
    view = found.view
    return TemplateView(view.name, view.engine, view.version, view.digest, view.place, found.text)


def _is_plain(name: str) -> bool:
    return 0 < len(name) <= 100 and name[0] not in "._-" and all(char.isalnum() or char in "-_." for char in name)
