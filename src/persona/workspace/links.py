"""Linked workspaces: other folders of this machine whose things lineage follows, and never writes to.

A link is configuration of one folder (``.persona/links.json``) and no record: where somebody keeps another workspace
concerns nobody who gets this one. What the log records of a thing over there is a reference
(``lineage.references``). Links of linked workspaces are not followed: which folders are read is said here.
"""

from __future__ import annotations

import os
import re
import shlex
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import msgspec

from persona.errors import (
    Conflict,
    IntegrityError,
    InvalidInput,
    NotFound,
    PersonaError,
    StorageError,
    UsageError,
    did_you_mean,
)
from persona.lineage.references import BORDER, HERE, MANY, PREFIX, Reference, joined
from persona.model.canonical import digest_of
from persona.model.records import Artefact, Project, Source
from persona.runs.sealed import read_left
from persona.workspace.context import Context
from persona.workspace.layout import Layout, find_root, write_atomic
from persona.workspace.lineage_graphs import graph_of
from persona.workspace.sources import Sources
from persona.workspace.stores import identity_of, stores_of
from persona.workspace.things import Things

if TYPE_CHECKING:
    from persona.lineage.graph import LineageGraph

NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,39}")
"""What a linked workspace may be called."""

RESERVED = frozenset({"workspace", "template", "engine", "model", "person", "grouping", "sha256"})
"""Words that begin other names of the graph, and so name no workspace."""


class Link(msgspec.Struct, frozen=True):
    """Where a linked workspace is, relative to this one or absolute, and the id of its first event."""

    folder: str
    workspace: str


class LinkView(msgspec.Struct, frozen=True):
    """A link as it stands now: ``problem`` says why it cannot be read, and is None where it can.

    ``references`` counts the things of it that are recorded here, ``shared`` says whether its stores are a team's.
    """

    name: str
    folder: str
    workspace: str
    references: int
    shared: bool = False
    problem: str | None = None
    code: str | None = None


class Taken(NamedTuple):
    """A thing of a linked workspace to be used here: the reference to be recorded, and its bytes."""

    reference: Reference
    data: bytes


class Linked:
    """A linked workspace that is open for reading."""

    def __init__(self, name: str, context: Context) -> None:
        self.name = name
        self.context = context
        self.things = Things(context, Sources(context))

    @cached_property
    def coarse(self) -> LineageGraph:
        """What is recorded there between things."""
        return graph_of(self.context, fine=False)

    @cached_property
    def fine(self) -> LineageGraph:
        """The same, and what its claims rest on."""
        return graph_of(self.context, fine=True)

    @cached_property
    def references(self) -> tuple[str, ...]:
        """What it names of other workspaces."""
        return self.context.records.names(PREFIX, MANY)

    def find(self, thing: str) -> str:
        """The id of what a person names there: in the only project, the one chosen there, or the one before a slash."""
        projects = self.context.records.find(Project, limit=2)
        only = projects.items[0].id if projects.total == 1 else self.context.choices().get("project")
        try:
            return self.things.named(thing, only)
        except UsageError as error:
            if error.code != "which-project":
                raise
            hints = [f"name the project, too: `{self.name}{BORDER}{projects.items[0].id}/{thing}`"]
            raise UsageError(error.message, code=error.code, place=error.place, hints=hints) from None


class Links:
    """The workspaces linked to one."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._open: dict[str, Linked | None] = {}

    @cached_property
    def known(self) -> dict[str, Link]:
        """Every link by name. Raises ``IntegrityError`` for a file that cannot be read."""
        path = self._context.layout.links
        try:
            return msgspec.json.decode(path.read_bytes(), type=dict[str, Link])
        except FileNotFoundError:
            return {}
        except (msgspec.DecodeError, OSError):
            raise IntegrityError(
                "the file of the links cannot be read",
                code="links-broken",
                place=self._context.layout.relative(path),
                hints=["take it away and link again: `persona workspace link NAME FOLDER`"],
            ) from None

    # The verbs

    def link(self, name: str, folder: str | Path) -> LinkView:
        """Link the workspace in a folder under a name; under its own name again, to say where it is now.

        A relative folder is kept relative to this workspace. Raises ``InvalidInput`` for a name that cannot be one,
        ``NotFound`` for a folder without a workspace, ``Conflict`` for this workspace itself, a copy of it, and a name
        or a workspace that is linked already; and whatever says why it cannot be read.
        """
        _check_name(name)
        given = Path(folder).expanduser()
        root = _root_of(given, str(folder))
        here = self._context.layout.root
        place = str(root) if given.is_absolute() else os.path.relpath(root, here)
        if root.resolve() == here.resolve():
            raise Conflict("a workspace cannot be linked to itself", code="link-self", place=str(folder))
        context = _opened(root)
        try:
            workspace = identity_of(context.records)
        finally:
            context.close()
        if workspace is None:
            raise IntegrityError("its log is empty", code="link-nothing", place=str(folder))
        if workspace == identity_of(self._context.records):
            raise Conflict(
                "that is a copy of this workspace: what it names is here already", code="link-self", place=str(folder)
            )
        with self._context.records.alone("links"):
            self.__dict__.pop("known", None)
            for other, link in self.known.items():
                if (other == name) != (link.workspace == workspace):
                    told = f"the name `{name}` is taken" if other == name else f"it is linked already, as `{other}`"
                    raise Conflict(
                        told, code="link-exists", place=other, hints=[f"remove it: `persona workspace unlink {other}`"]
                    )
            self._write(self.known | {name: Link(place, workspace)})
        return self._view(name)

    def unlink(self, name: str) -> LinkView:
        """Remove a link; references that are recorded stay what they are. Raises ``NotFound``."""
        self.get(name)
        view = self._view(name)
        with self._context.records.alone("links"):
            self.__dict__.pop("known", None)
            self._write({other: link for other, link in self.known.items() if other != name})
        return view

    def list(self) -> tuple[LinkView, ...]:
        """Every link, and whether what it leads to can be read."""
        return tuple(self._view(name) for name in sorted(self.known))

    def get(self, name: str) -> Link:
        """A link by name. Raises ``NotFound`` with the nearest."""
        if name in self.known:
            return self.known[name]
        near = did_you_mean(name, self.known)
        raise NotFound(
            f"no workspace is linked as `{name}`",
            code="link-not-found",
            place=f"known: {', '.join(sorted(self.known)) or 'none'}",
            hints=[f"did you mean `{near}`?" if near else f"link it: `persona workspace link {name} FOLDER`"],
        )

    def check(self, name: str) -> None:
        """Raise ``NotFound`` for what could be the name of a linked workspace, and is not."""
        if NAME.fullmatch(name):
            self.get(name)

    # Reading

    def open(self, name: str) -> Linked:
        """A linked workspace, at the moment at which this one is read. Raises whatever says why it cannot be read."""
        opened = self._open.get(name)
        if opened is None:
            link = self.get(name)
            root = self._context.layout.root / link.folder
            context = _opened(_root_of(root, link.folder))
            try:
                if identity_of(context.records) != link.workspace:
                    raise IntegrityError(
                        f"the workspace that was linked as `{name}` is not in its folder any more, but another one",
                        code="link-differs",
                        place=str(root),
                        hints=[f"link the other one: `persona workspace unlink {name}`, then `persona workspace link`"],
                    )
                self._go_back(context)
            except BaseException:
                context.close()
                raise
            opened = self._open[name] = Linked(name, context)
        return opened

    def readable(self, name: str) -> Linked | None:
        """A linked workspace if it can be read; else None, and a note says why."""
        if name in self._open:
            return self._open[name]
        try:
            return self.open(name)
        except PersonaError as error:
            self.fail(name, error)
            return None

    def fail(self, name: str, error: PersonaError) -> None:
        """Go on without a linked workspace, and leave a note that says why."""
        opened = self._open.get(name)
        if opened is not None:
            opened.context.close()
        self._open[name] = None
        told = f"the linked workspace `{name}` cannot be read, and is left out: {error.message}"
        if told not in self._context.notes:
            self._context.notes.append(told)

    def name_of(self, workspace: str) -> str | None:
        """The name of a workspace by the id of its first event: ``HERE`` for this one, None for one not linked."""
        return self._names.get(workspace)

    def take(self, ref: str) -> Taken:
        """An artefact or a source of a linked workspace (``NAME::...``), to be used here.

        Raises ``NotFound``, ``InvalidInput`` for a thing that has no bytes of its own.
        """
        name, _, thing = ref.partition(BORDER)
        there = self.open(name)
        id = there.find(thing)
        kind = Reference("", id, "").kind
        if kind not in ("artefact", "source"):
            raise InvalidInput(
                f"`{ref}` is a {kind}, and only artefacts and sources of another workspace can be used here",
                code="link-kind",
                place=joined(name, id),
                hints=[f"see what it is: `persona lineage show {joined(name, id)}`"],
            )
        records = there.context.records
        record = records.get(Artefact, id) if kind == "artefact" else records.get(Source, id)
        data = read_left(there.context.blobs, record.digest)
        return Taken(Reference(self.known[name].workspace, id, digest_of(data)), data)

    def close(self) -> None:
        """Release what was opened."""
        for opened in self._open.values():
            if opened is not None:
                opened.context.close()
        self._open = {}

    @cached_property
    def _names(self) -> dict[str, str]:
        names = {link.workspace: name for name, link in self.known.items()}
        own = identity_of(self._context.records)
        return names if own is None else names | {own: HERE}

    def _go_back(self, context: Context) -> None:
        """Read another workspace at the instant at which this one is read."""
        if not self._context.past:
            return
        from persona.lineage.past import Past

        last = next(iter(self._context.records.events(after=self._context.records.head().size - 1)))
        context.records = Past(context.records, context.records.position_at(last.recorded_at))
        context.past = True

    def _view(self, name: str) -> LinkView:
        link = self.get(name)
        recorded = self._context.records.names(f"{PREFIX}{link.workspace}{BORDER}", MANY)
        view = LinkView(name, link.folder, link.workspace, len(recorded))
        try:
            shared = self.open(name).context.stores.shared
        except PersonaError as error:
            return msgspec.structs.replace(view, problem=error.message, code=error.code)
        return msgspec.structs.replace(view, shared=shared)

    def _write(self, links: dict[str, Link]) -> None:
        data = msgspec.json.format(msgspec.json.encode(dict(sorted(links.items()))), indent=2)
        write_atomic(self._context.layout.links, data + b"\n")
        self.close()
        for name in ("known", "_names"):
            self.__dict__.pop(name, None)


def _check_name(name: str) -> None:
    if not NAME.fullmatch(name) or name in RESERVED:
        raise InvalidInput(
            f"`{name}` cannot be the name of a linked workspace",
            code="link-name",
            place="NAME",
            hints=["use small letters, digits, `-` and `_`: `persona workspace link studio ../studio`"],
        )


def _opened(root: Path) -> Context:
    """A workspace of somebody else, to be read and left as it is."""
    layout = Layout(root)
    stores = stores_of(layout)
    try:
        records = stores.open_records(read_only=True)
    except StorageError as error:
        if error.code == "older-database":
            again = shlex.join(["persona", "verify", "--workspace", str(root)])
            error.hints = (f"bring it up to date by opening it for itself once: `{again}`",)
        raise
    context = Context(layout, stores, records)
    context.read_only = True
    return context


def _root_of(folder: Path, said: str) -> Path:
    """The root of the workspace in a folder, without detours. Raises ``NotFound``."""
    try:
        return find_root(Path(os.path.normpath(folder.absolute())))
    except NotFound as error:
        raise NotFound(
            f"no workspace in {said}",
            code=error.code,
            place=error.place,
            hints=["name the folder of a workspace: the one in which `.persona` is"],
        ) from None
