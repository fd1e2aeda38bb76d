"""The verb of PROV: writing the account of this workspace into a file that others read."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from persona.errors import NotFound, UsageError, did_you_mean
from persona.model.records import Artefact, Experiment, Run
from persona.workspace.context import Context
from persona.workspace.layout import writing

if TYPE_CHECKING:
    from persona.exports.prov.account import Scope, WorkspaceAccount
    from persona.workspace.things import Things


def account_of(
    context: Context, scope: Scope | None = None, *, claims: bool = True, words: bool = False
) -> WorkspaceAccount:
    """The account that a workspace gives of itself, or of a part, at the moment at which it was opened."""
    from persona import __version__
    from persona.exports.prov.account import Moment, WorkspaceAccount

    records = context.records
    head = records.head()
    moment = Moment(context.signing.origin, head.size, head.root)
    return WorkspaceAccount(records, context.blobs, moment, scope, software=__version__, claims=claims, words=words)


class Told(NamedTuple):
    """What is told: a run, an experiment of a project, a project, or (all None) everything.

    ``thing`` names one of them in the way of ``persona lineage show``: a run, an experiment, a project, or an artefact,
    which stands for the run that made it. ``claims`` goes down to single claims and characters, ``words`` tells the
    words and names, too.
    """

    thing: str | None = None
    project: str | None = None
    experiment: str | None = None
    run: str | None = None
    claims: bool = True
    words: bool = False


EVERYTHING = Told()


class ProvView(NamedTuple):
    """A file of PROV: where, in which format, how many bytes, and the position and root of the log that it tells."""

    path: str
    format: str
    bytes: int
    position: int
    root: str


class Prov:
    """What ``persona export prov`` does."""

    def __init__(self, context: Context, things: Things) -> None:
        self._context = context
        self._things = things

    def write(self, output: str | Path, format: str | None = None, told: Told = EVERYTHING) -> ProvView:
        """Write the account into a file, whole or not at all; the same log gives the same bytes.

        Without ``format`` the ending of the file says it (``json``, ``provn``, ``xml``, ``ttl``, ``nq``), else it is
        PROV-JSON. Raises ``UsageError`` for a format that there is not, ``NotFound`` for a run, experiment or project
        that there is not, ``InvalidInput`` for words that the format cannot hold.
        """
        from persona.exports.prov import writing as formats

        path = Path(output)
        chosen = _format(format or formats.ENDINGS.get(path.suffix.lower().removeprefix("."), "json"))
        account = self._account(told)
        with writing(path) as stream:
            size = formats.write(account, chosen, stream, distinct=True)
        head = self._context.records.head()
        return ProvView(str(output), chosen, size, head.size, head.root)

    def pieces(self, format: str | None = None, told: Told = EVERYTHING) -> Iterator[str]:
        """The text of such a file, as it is made."""
        from persona.exports.prov.writing import pieces

        for piece in pieces(self._account(told), _format(format or "json"), distinct=True):
            yield piece.decode()

    def _account(self, told: Told) -> WorkspaceAccount:
        return account_of(self._context, self._scope(told), claims=told.claims, words=told.words)

    def _scope(self, told: Told) -> Scope:
        from persona.exports.prov.account import Scope

        context = self._context
        if sum(one is not None for one in (told.thing, told.experiment, told.run)) > 1:
            raise UsageError(
                "more than one thing is named",
                place="export",
                hints=["name one run, one experiment or one thing: `persona run list`"],
            )
        if told.thing is not None:
            return self._scope_of(told.thing, told.project)
        if told.run is not None:
            return Scope(run=context.records.resolve(Run, told.run).id)
        if told.experiment is not None:
            id = f"{context.project(told.project).id}/{told.experiment}"
            found = context.records.get(Experiment, id)
            return Scope(project=found.project, experiment=found.name)
        return Scope(project=context.project(told.project).id) if told.project else Scope()

    def _scope_of(self, thing: str, project: str | None) -> Scope:
        from persona.exports.prov.account import Scope

        records = self._context.records
        id, _ = self._things.find(thing, project)
        whole = id.partition("#")[0]
        if whole.startswith("run_"):
            return Scope(run=whole)
        kind = self._things.describe(whole).kind
        if kind == "project":
            return Scope(project=whole)
        if kind == "experiment":
            found = records.get(Experiment, whole)
            return Scope(project=found.project, experiment=found.name)
        maker = records.get(Artefact, whole).run if kind == "artefact" else None
        if maker is None:
            raise NotFound(
                f"what is told is a run, an experiment, a project, or what a run made, and `{thing}` is none of these",
                code="prov-no-scope",
                place=whole,
                hints=["tell everything: `persona export prov --output prov.json`"],
            )
        return Scope(run=maker)


def _format(format: str) -> str:
    from persona.exports.prov.writing import ENDINGS, FORMATS

    known = ENDINGS.get(format, format)
    if known in FORMATS:
        return known
    near = did_you_mean(format, FORMATS)
    raise UsageError(
        f"there is no format `{format}` of PROV",
        code="prov-format-unknown",
        place=f"known: {', '.join(FORMATS)}",
        hints=[f"did you mean `{near}`?"] if near else ["the usual one: `persona export prov --format json`"],
    )
