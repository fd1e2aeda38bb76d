"""The verbs of OpenLineage: writing events into a file, sending them to a consumer."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from persona.errors import NotFound, PermissionDenied, StorageError, UsageError
from persona.exports.openlineage.events import Scope, Teller, Told
from persona.exports.openlineage.sending import KEY_VARIABLE, Sender, read_address
from persona.model.canonical import canonical_json
from persona.model.records import Experiment, Run
from persona.workspace.context import Context
from persona.workspace.layout import writing


class Chosen(NamedTuple):
    """What is told: a run, an experiment of a project, a project, or (all None) everything; after a position.

    ``version_in_name`` puts the version of an artefact into the name of its dataset, for consumers that take the newest
    version for the one that was used.
    """

    project: str | None = None
    experiment: str | None = None
    run: str | None = None
    after: int = 0
    version_in_name: bool = False


EVERYTHING = Chosen()
Failed = StorageError | PermissionDenied


class OpenLineageView(NamedTuple):
    """Events that were written or sent: where, how many, and the position and root of the log on which they stand.

    ``lost`` counts bytes that are gone, so that an event says less than it could.
    """

    target: str
    events: int
    position: int
    root: str
    lost: int


class OpenLineage:
    """What ``persona export openlineage`` does."""

    def __init__(self, context: Context) -> None:
        self._context = context

    def write(self, output: str | Path, chosen: Chosen = EVERYTHING) -> OpenLineageView:
        """Write the events into a file, one JSON object a line, whole or not at all.

        The same log gives the same bytes. Raises ``NotFound`` for a run, experiment or project that there is not.
        """
        teller, scope = self._teller(chosen)
        count = 0
        with writing(Path(output)) as stream:
            for told in self._all(teller, scope, chosen.after):
                stream.write(canonical_json(told.event) + b"\n")
                count += 1
        return self._view(str(output), count, teller)

    def lines(self, chosen: Chosen = EVERYTHING) -> Iterator[str]:
        """The lines of such a file, as they are made."""
        teller, scope = self._teller(chosen)
        for told in self._all(teller, scope, chosen.after):
            yield canonical_json(told.event).decode()

    def send(self, url: str, chosen: Chosen = EVERYTHING) -> OpenLineageView:
        """Send the events to a consumer, one request each. The key comes from ``OPENLINEAGE_API_KEY``.

        Where the consumer refuses or is out of reach, the error says what was sent and where to go on; an event that is
        sent twice is the same event. Raises ``UsageError`` for a URL that cannot be one, ``StorageError``,
        ``PermissionDenied``.
        """
        address = read_address(url, "--url")
        teller, scope = self._teller(chosen)
        count, whole, at = 0, chosen.after, chosen.after
        with Sender(address, os.environ.get(KEY_VARIABLE)) as sender:
            try:
                for told in self._all(teller, scope, chosen.after):
                    if told.position != at:
                        whole, at = at, told.position
                    sender.send(canonical_json(told.event))
                    count += 1
            except (StorageError, PermissionDenied) as error:
                if not error.code.startswith("openlineage-"):
                    raise
                raise _with_rest(error, count, whole, url, chosen) from None
        return self._view(address.shown(), count, teller)

    def _view(self, target: str, count: int, teller: Teller) -> OpenLineageView:
        head = self._context.records.head()
        return OpenLineageView(target, count, head.size, head.root, teller.lost)

    def _all(self, teller: Teller, scope: Scope, after: int) -> Iterator[Told]:
        """The events, and the state of the log on which they stand: what comes meanwhile is left for the next time."""
        records = self._context.records
        head = records.head()
        if after > head.size:
            raise NotFound(
                f"the log has no event {after} to go on after",
                code="moment-not-found",
                place=f"--after {after}",
                hints=["see the newest: `persona audit log --limit 5`"],
            )
        yield from teller.tell(scope, after, head.size)
        anchor = self._context.signing.anchor(size=head.size)
        yield Told(head.size, teller.checkpoint(head, anchor.text if anchor.signed else None))

    def _teller(self, chosen: Chosen) -> tuple[Teller, Scope]:
        context = self._context
        teller = Teller(context.records, context.blobs, versions=chosen.version_in_name)
        if chosen.run is not None:
            if chosen.experiment is not None:
                raise UsageError(
                    "a run and an experiment are both named",
                    place="export",
                    hints=["name one of them: `persona run list`"],
                )
            return teller, Scope(run=context.records.resolve(Run, chosen.run).id)
        if chosen.experiment is not None:
            id = f"{context.project(chosen.project).id}/{chosen.experiment}"
            return teller, Scope(experiment=context.records.get(Experiment, id).id)
        return teller, Scope(project=context.project(chosen.project).id) if chosen.project else Scope()


def _with_rest(
    error: StorageError | PermissionDenied, sent: int, position: int, url: str, chosen: Chosen
) -> StorageError | PermissionDenied:
    """The error with what was sent, and the command that sends the rest."""
    import shlex

    named = {"project": chosen.project, "experiment": chosen.experiment, "run": chosen.run}
    words = [word for name, value in named.items() if value for word in (f"--{name}", value)]
    words += ["--version-in-name"] if chosen.version_in_name else []
    rest = shlex.join(["persona", "export", "openlineage", *words, "--url", url, "--after", str(position)])
    hints = [*(error.hints if isinstance(error, PermissionDenied) else ()), f"send the rest: `{rest}`"]
    message = f"{error.message}; {sent} were sent before, up to event {position} of the log"
    told: dict[str, object] = {"sent": sent, "position": position}
    return type(error)(message, code=error.code, place=error.place, hints=hints, data=told)
