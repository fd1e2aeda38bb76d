"""The verbs of groupings: propose one, and take one that a person edited."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec
from msgspec.structs import replace

from persona.errors import InvalidInput, NotFound
from persona.model.canonical import Digest, canonical_json
from persona.model.cards import derived
from persona.model.groupings import GroupingFile, read_grouping, write_grouping
from persona.model.recipes import Parameters
from persona.model.records import Artefact
from persona.runs.artefacts import Output, append_outputs, latest
from persona.runs.inputs import gather
from persona.runs.sealed import read_left
from persona.workspace.context import Context, Progress, silent
from persona.workspace.layout import write_atomic
from persona.workspace.projects import read_text
from persona.workspace.views import GroupingView

if TYPE_CHECKING:
    from persona.model.sources import Input
    from persona.workspace.artefacts import Artefacts

NAME = "grouping"


class TakenGrouping(NamedTuple):
    """A grouping as a run uses it: the artefact and the digest of its bytes."""

    artefact: str
    digest: Digest


class Groupings:
    """Who belongs together. Each state is a version of the artefact ``grouping``, with who made it."""

    def __init__(self, context: Context, artefacts: Artefacts) -> None:
        self._context = context
        self._artefacts = artefacts

    def propose(
        self,
        *,
        count: int | None = None,
        seed: int = 0,
        output: str | Path | None = None,
        project: str | None = None,
        progress: Progress = silent,
    ) -> GroupingView:
        """The groups that the program would make, kept as an artefact and written to a file for editing.

        ``output`` None writes no file. Raises ``InvalidInput`` for more groups than there are participants.
        """
        from persona.generation.corpus import read_corpus
        from persona.generation.membership import membership
        from persona.generation.vectors import embed

        context = self._context
        where = context.project(project)
        gathered = gather(context.records, context.blobs, where.id, None, progress)
        constraints = context.project_file(where.id).constraints
        corpus = read_corpus(gathered.inputs, constraints)
        vectors = embed([one.text for one in corpus.sentences])
        record = membership(corpus, vectors, Parameters(count=count, seed=seed), None).record
        file = GroupingFile(record.groups, _salt(gathered.inputs))
        artefact = self._keep(file, where.id, gathered.documents, {"by": "program", "message": record.message})
        if output is not None:
            write_atomic(Path(output), write_grouping(file).encode())
        return GroupingView(
            artefact, None if output is None else str(output), file.groups, record.outliers, record.message
        )

    def take(self, what: str | Path, project: str, inputs: Sequence[Input]) -> TakenGrouping:
        """A grouping for a run over ``inputs``: a file, kept as the next version of the artefact, or one that is there.

        It is held against the inputs first, so that the artefact's newest version is never one that no run can use.
        Raises ``NotFound`` when it is neither, ``InvalidInput`` for a file that cannot be read and for groups that do
        not fit.
        """
        from persona.generation.corpus import read_corpus
        from persona.generation.membership import check_given

        path = Path(what)
        corpus = read_corpus(inputs, self._context.project_file(project).constraints)
        check_given(corpus, self.read(what, project), str(what))
        if path.is_file():
            file = read_grouping(read_text(path), str(path))
            id = self._keep(replace(file, salt=_salt(inputs)), project, (), {"by": "person"})
            return TakenGrouping(id, self._context.records.get(Artefact, id).digest)
        artefact = self._artefact(str(what), project)
        return TakenGrouping(artefact.id, artefact.digest)

    def read(self, what: str | Path, project: str) -> tuple[tuple[str, ...], ...]:
        """The groups of a file or an artefact; nothing is recorded."""
        path = Path(what)
        if path.is_file():
            return read_grouping(read_text(path), str(path)).groups
        data = read_left(self._context.blobs, self._artefact(str(what), project).digest)
        return msgspec.json.decode(data, type=GroupingFile).groups

    def _artefact(self, ref: str, project: str) -> Artefact:
        from persona.workspace.things import find_artefact

        try:
            found = find_artefact(self._context, ref, project)
        except NotFound:
            raise NotFound(
                f"there is neither a file nor an artefact `{ref}`",
                code="grouping-not-found",
                place="--grouping",
                hints=["make one: `persona grouping propose --output groups.yaml`"],
            ) from None
        if found.kind != NAME:
            raise InvalidInput(
                f"`{found.id}` is no grouping",
                code="grouping-file",
                place="--grouping",
                hints=["make one to edit: `persona grouping propose --output grouping.yaml`"],
            )
        return found

    def _keep(self, file: GroupingFile, project: str, documents: tuple[str, ...], fields: dict[str, Any]) -> str:
        context = self._context
        data = canonical_json(file)
        before = latest(context.records, project, NAME)
        output = Output(
            name=NAME,
            kind=NAME,
            digest=context.blobs.put(data),
            bytes=len(data),
            path="grouping.json",
            derived_from=(*documents, *((before.id,) if before else ())),
            fields=fields | {"agent": context.actor},
        )
        return append_outputs(context.records, project, None, [output], lambda _: [], actor=context.actor)[0]


def _salt(inputs: Sequence[Input]) -> str | msgspec.UnsetType:
    return derived("grouping", *(one.document.salt for one in inputs)) or msgspec.UNSET
