"""One question of lineage: which workspaces it is put to, what its names mean there, and how its things are told."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from persona.errors import NotFound, PersonaError, UsageError
from persona.lineage.references import BORDER, HERE, MANY, PREFIX, Reference, joined, read_reference
from persona.model.records import Artefact, Source
from persona.workspace.context import Context
from persona.workspace.lineage_graphs import graph_of
from persona.workspace.lineage_views import ThingView
from persona.workspace.things import Described, Things

if TYPE_CHECKING:  # a workspace without links pays for none of it
    from persona.lineage.borders import LinkedGraph
    from persona.lineage.graph import LineageGraph
    from persona.workspace.links import Linked, Links


class Asked:
    """A question to this workspace, and to those linked to it unless it stays ``here``."""

    def __init__(self, context: Context, things: Things, links: Callable[[], Links], *, here: bool = False) -> None:
        self._context = context
        self._things = things
        self._links_of = links
        self._here = here
        self.crosses = not here and context.layout.links.exists() and bool(links().known)

    @property
    def _links(self) -> Links:
        return self._links_of()

    def find(self, thing: str, project: str | None) -> str:
        """The id of what a person names, here or (``NAME::...``, or by its bytes) in a linked workspace.

        Raises as ``Things.find`` does, and for a workspace that is not linked or cannot be read.
        """
        name, border, rest = thing.partition(BORDER)
        at_home = not border or Path(thing).is_file()
        if not at_home and read_reference(thing) is not None:
            return self._graphs(fine=False).name(HERE, thing) if self.crosses else thing
        if not at_home and name in self._links.known:
            if self._here:
                raise UsageError(
                    f"`{thing}` is a thing of a linked workspace, and the question stays here",
                    code="link-here",
                    place="--here",
                    hints=["ask without `--here`"],
                )
            return joined(name, self._links.open(name).find(rest))
        try:
            return self._things.find(thing, project)[0]
        except NotFound as error:
            by_bytes = thing.startswith("sha256:") or Path(thing).is_file()
            found = self._by_bytes(thing) if self.crosses and by_bytes else None
            if found is not None:
                return found
            if not at_home and rest:
                self._links.check(name)
            raise error from None

    def thing(self, id: str, distance: int) -> ThingView:
        """A thing in words."""
        if self.crosses:
            reference = read_reference(id) if id.startswith(PREFIX) else None
            if reference is not None:
                label = f"{reference.thing}, in a workspace that is not linked here"
                return ThingView(id, reference.kind, label, None, distance, reference.workspace)
            owner = self._graphs(fine=False).owner(id)
            if owner is not None and owner.world != HERE:
                return ThingView(id, *self._there(owner.world, owner.id, id), distance, owner.world)
        return self._own(id, distance)

    def graph(self, *, fine: bool) -> LineageGraph | LinkedGraph:
        """The graph that is asked: that of this workspace alone where none is linked."""
        return self._graphs(fine=fine) if self.crosses else graph_of(self._context, fine=fine)

    def also(self, id: str) -> tuple[ThingView, ...]:
        """The artefacts and sources of linked workspaces that have the bytes of an artefact or a source of this one."""
        if not self.crosses:
            return ()
        digest = _digest(self._context, id)
        if digest is None:
            return ()
        found = []
        for name in sorted(self._links.known):
            there = self._links.readable(name)
            found += [joined(name, one) for one in _holders(there, digest)] if there else []
        return tuple(self.thing(one, 0) for one in found)

    def _own(self, id: str, distance: int) -> ThingView:
        reference = read_reference(id) if id.startswith(PREFIX) else None
        if reference is None:
            return ThingView(id, *self._things.describe(id), distance)
        label = f"{reference.thing}, in {'another workspace' if self._here else 'a workspace that is not linked here'}"
        return ThingView(id, reference.kind, label, None, distance, reference.workspace)

    def _there(self, name: str, id: str, whole: str) -> Described:
        """A thing of a linked workspace in words, and whether it is still what was recorded here."""
        there = self._links.readable(name)
        if there is not None:
            try:
                described = there.things.describe(id)
                meant = self._meant.get(whole)
                if meant and _digest(there.context, id) not in (None, *meant) and "erased" not in described.label:
                    described = described._replace(label=f"{described.label} (other bytes than were recorded here)")
            except PersonaError as error:
                self._links.fail(name, error)
            else:
                return described
        return Described(Reference("", id, "").kind, f"{id}, which cannot be read now", None)

    def _by_bytes(self, thing: str) -> str | None:
        """A thing of a linked workspace by its bytes: those of a file, or those that a digest names."""
        for name in sorted(self._links.known):
            there = self._links.readable(name)
            if there is not None:
                try:
                    return joined(name, there.things.find(str(thing))[0])
                except NotFound:
                    continue
        return None

    @cached_property
    def _references(self) -> tuple[str, ...]:
        return self._context.records.names(PREFIX, MANY)

    @cached_property
    def _meant(self) -> dict[str, set[str]]:
        """The bytes that were meant by the references recorded here, by the thing's name among the workspaces."""
        found: dict[str, set[str]] = {}
        for name in self._references:
            reference = read_reference(name)
            if reference is not None:
                found.setdefault(self._graphs(fine=False).name(HERE, name), set()).add(reference.digest)
        return found

    def _graphs(self, *, fine: bool) -> LinkedGraph:
        return self._fine if fine else self._coarse

    @cached_property
    def _coarse(self) -> LinkedGraph:
        return self._linked(fine=False)

    @cached_property
    def _fine(self) -> LinkedGraph:
        return self._linked(fine=True)

    def _linked(self, *, fine: bool) -> LinkedGraph:
        from persona.lineage.borders import LinkedGraph
        from persona.workspace.worlds import OpenWorlds

        home = graph_of(self._context, fine=fine)
        return LinkedGraph(OpenWorlds(self._links, home, lambda: self._references, fine=fine))


def _digest(context: Context, id: str) -> str | None:
    """The digest of an artefact or a source; None for another thing, or one that is not there."""
    kind = Reference("", id, "").kind
    try:
        if kind == "artefact":
            return context.records.get(Artefact, id).digest
        return context.records.get(Source, id).digest if kind == "source" else None
    except NotFound:
        return None


def _holders(there: Linked, digest: str) -> list[str]:
    records = there.context.records
    artefacts = [one.id for one in records.find(Artefact, digest=digest).items]
    return artefacts + [one.id for one in records.find(Source, digest=digest).items]
