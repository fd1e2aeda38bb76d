"""The account of a workspace in PROV-DM (https://www.w3.org/TR/prov-dm/), read from records a page at a time.

At the top stand what runs start from (sources, documents, participants, experiments), the artefacts that no run made,
and every bundle as an entity that says at which state of the log it was told. What happened in a run, its calls, its
outputs and their claims is told in a bundle of its own, ``ws:bundle/run_X``.

A version of an artefact is an entity with the digest of its bytes, a specialisation of the artefact; equal bytes that
another run made are another entity (PROV-CONSTRAINTS 24 and 39: one generation). A derivation that names generation and
usage names the activity, too (51).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import chain, islice
from typing import TYPE_CHECKING, NamedTuple

from persona.errors import NotFound
from persona.exports.prov import naming
from persona.exports.prov.background import Background
from persona.exports.prov.happening import Happening, Material
from persona.model.prov import FORMS, Kind, Rows, Statement
from persona.model.records import Run

if TYPE_CHECKING:
    from persona.storage import Blobs, Records

PAGE = 200
"""How many runs are read at a time."""


class Scope(NamedTuple):
    """What is told: everything, or a project, an experiment (by name) of it, or one run, with what that rests on."""

    project: str | None = None
    experiment: str | None = None
    run: str | None = None


class Moment(NamedTuple):
    """Where the account stands: the origin of the log, its size and the Merkle root over it (in hexadecimal)."""

    origin: str
    position: int
    root: str


class WorkspaceAccount:
    """Meets ``model.prov.Account``. Equal records give equal statements in equal order.

    With ``claims`` the personas of runs are told down to single claims and the characters they rest on. Without
    ``words`` no word of a source, no name of a person or a file is told, only ids, digests, spans and numbers.
    ``software`` is the version of this program, to which the account is attributed.
    """

    def __init__(
        self,
        records: Records,
        blobs: Blobs,
        moment: Moment,
        scope: Scope | None = None,
        *,
        software: str,
        claims: bool = True,
        words: bool = False,
    ) -> None:
        self._records = records
        self._scope = scope or Scope()
        self._namespaces = naming.namespaces(moment.origin)
        people = records.names("person:", 1_000_000, oldest=True)
        agents = {person: naming.name(person) if words else f"ws:person-{at}" for at, person in enumerate(people, 1)}
        self._happening = Happening(records, blobs, agents, claims=claims, words=words)
        self._background = Background(
            records, blobs, moment.position, moment.root, software, words=words, runs=self._runs, within=self._within()
        )
        self._page: dict[str, Material] = {}
        self._told: tuple[str, dict[Kind, list[Statement | Rows]]] = ("", {})

    @property
    def namespaces(self) -> Mapping[str, str]:
        """See ``Account.namespaces``."""
        return self._namespaces

    def bundles(self) -> Iterator[str]:
        """See ``Account.bundles``. What a page of runs needs is read with it."""
        runs = self._runs()
        while page := list(islice(runs, PAGE)):
            read = self._read(page)
            for run in page:
                self._page = read
                yield naming.below("bundle", naming.name(run.id))

    def statements(self, kind: Kind, bundle: str | None = None) -> Iterator[Statement]:
        """See ``Account.statements``. Tells nothing of a bundle that is not there."""
        if bundle is None:
            yield from self._background.statements(kind)
            return
        for one in self._happened(bundle).get(kind, ()):
            if isinstance(one, Rows):
                yield from one.statements()
            else:
                yield one

    def told(self, bundle: str | None = None) -> Iterator[Statement | Rows]:
        """See ``Account.told``. Tells nothing of a bundle that is not there."""
        if bundle is None:
            return (one for kind in FORMS for one in self._background.statements(kind))
        return chain.from_iterable(self._happened(bundle).values())

    def _happened(self, bundle: str) -> dict[Kind, list[Statement | Rows]]:
        """What is told in a bundle, by kind; the last one asked for is kept."""
        if self._told[0] != bundle:
            if bundle not in self._page:
                runs = self._runs(bundle.removeprefix("ws:bundle/"))
                self._page = self._read(list(runs))
            material = self._page.get(bundle)
            self._told = (bundle, {} if material is None else self._happening.told(material))
        return self._told[1]

    def _runs(self, id: str | None = None) -> Iterator[Run]:
        """The runs that are told, or one of them."""
        scope = self._scope
        one = id or scope.run
        if one is None:
            yield from self._records.scan(Run, project=scope.project, experiment=scope.experiment)
            return
        try:
            run = self._records.get(Run, one)
        except NotFound:
            return
        fits = scope.project in (None, run.project) and scope.experiment in (None, run.experiment)
        if fits and scope.run in (None, run.id):
            yield run

    def _read(self, runs: Sequence[Run]) -> dict[str, Material]:
        """What is recorded of some runs, by the names of their bundles."""
        return {naming.below("bundle", naming.name(one.run.id)): one for one in self._happening.read(runs)}

    def _within(self) -> str | set[str] | None:
        """The project whose background is told, or the things (documents and what they rest on) of a smaller scope."""
        scope = self._scope
        if scope.run is None and scope.experiment is None:
            return scope.project
        found: set[str] = set()
        runs = self._runs()
        while page := list(islice(runs, PAGE)):
            for ends in self._records.ends_of([run.id for run in page], "out").values():
                found.update(ends.get("used", ()), ends.get("part_of", ()))
            found.update(f"{run.project}/{run.experiment}" for run in page if run.experiment)
        documents = sorted(one for one in found if one.startswith("document_"))
        for at in range(0, len(documents), PAGE):
            for ends in self._records.ends_of(documents[at : at + PAGE], "out").values():
                found.update(*ends.values())
        return found
