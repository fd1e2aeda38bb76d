"""Telling others of runs while they are under way: OpenLineage events, where the setting ``openlineage`` asks for it.

A thread with its own connection follows the log and tells of the runs that this process began, whoever does them: this
process, others of this machine, or nodes of a cluster. It writes to no store. Whatever goes wrong is a note, never the
end of a run, and the same events can be exported later.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from heapq import merge
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, Protocol

from persona.errors import PersonaError, UsageError, said

if TYPE_CHECKING:
    from persona.exports.openlineage.events import Teller
    from persona.exports.openlineage.sending import Address
    from persona.storage import Records
    from persona.workspace.context import Context
    from persona.workspace.stores import Stores

PAUSE = 0.2
"""Seconds between two looks at the log."""

GRACE = 5.0
"""The most seconds that the end of the work waits for events that are still to be delivered."""

Announce = Callable[[Sequence[str]], None]
"""What is told the ids of runs before they begin."""


class Target(NamedTuple):
    """Where events go: a file that they are added to, or an address they are sent to."""

    file: Path | None = None
    address: Address | None = None


class Outlet(Protocol):
    """Takes one event after the other."""

    def send(self, body: bytes) -> None:
        """Deliver one event, or raise."""
        ...


@contextmanager
def announcing(context: Context) -> Iterator[Announce]:
    """Tell of the runs that are announced within, until they have ended; nothing happens unless it is asked for."""
    target = _target(context)
    if target is None:
        yield _nobody
        return
    follower = _Follower(context.stores, target, context.records.head().size)
    follower.start()
    try:
        yield follower.watch
    finally:
        left = follower.finish()
        if left:
            context.notes.append(left)


def _nobody(_runs: Sequence[str]) -> None:
    """Nobody wants to know."""


def _target(context: Context) -> Target | None:
    """Where the setting points, as far as it may.

    A workspace may come from anybody, so its own file names a file within it and no address: that somebody opens it is
    no wish to send anything anywhere.
    """
    setting = context.setting("openlineage", {}, None)
    if setting.value is None:
        return None
    value = str(setting.value)
    foreign = setting.layer == "workspace"
    try:
        if "://" in value:
            from persona.exports.openlineage.sending import read_address

            if foreign:
                raise _refused("a workspace's own file cannot ask that events are sent to an address", setting.place)
            return Target(address=read_address(value, setting.place))
        path = Path(value).expanduser()
        if foreign:
            root = context.layout.root.resolve()
            path = (root / path).resolve()
            if not path.is_relative_to(root) or path.is_relative_to(context.layout.inner.resolve()):
                raise _refused("a workspace's own file cannot ask for a file outside of it", setting.place)
        return Target(file=path)
    except PersonaError as error:
        context.notes.append(f"no OpenLineage events: {error.message} ({setting.place})")
        return None


def _refused(told: str, place: str) -> UsageError:
    return UsageError(
        f"{told}; set PERSONA_OPENLINEAGE, or `openlineage` in your own settings",
        code="openlineage-url",
        place=place,
        hints=["see which value wins: `persona config show`"],
    )


class _Follower(threading.Thread):
    """The thread that follows the log from a position on."""

    def __init__(self, stores: Stores, target: Target, position: int) -> None:
        super().__init__(name="openlineage", daemon=True)
        self._stores = stores
        self._target = target
        self._position = position
        self._watched: set[str] = set()
        self._over = threading.Event()
        self._failure: str | None = None
        self._undelivered = 0

    def watch(self, runs: Sequence[str]) -> None:
        """Tell of these runs, too."""
        self._watched |= set(runs)

    def finish(self) -> str | None:
        """Deliver what has come, within bounds; what a person should know about what was not delivered."""
        self._over.set()
        self.join(GRACE)
        if self.is_alive():
            self._failure = self._failure or f"not everything was taken within {GRACE:g} seconds"
        if self._failure is None:
            return None
        return (
            f"OpenLineage events could not be delivered: {self._failure}. The runs are whole; export the events later: "
            "`persona export openlineage`"
        )

    def run(self) -> None:
        """Look at the log again and again, and once more after the work has ended."""
        try:
            records = self._stores.open_records()
            try:
                self._follow(records)
            finally:
                records.close()
        except Exception as error:  # noqa: BLE001  # a run must not end, nor a terminal fill, because of a listener
            self._failure = error.message if isinstance(error, PersonaError) else said(error)

    def _follow(self, records: Records) -> None:
        from persona.exports.openlineage.events import Teller

        blobs = self._stores.open_blobs()
        try:
            teller = Teller(records, blobs)
            with _outlet(self._target) as outlet:
                while not self._over.wait(PAUSE):
                    self._look(records, teller, outlet)
                self._look(records, teller, outlet)
        finally:
            with suppress(PersonaError):
                blobs.close()

    def _look(self, records: Records, teller: Teller, outlet: Outlet) -> None:
        from persona.exports.openlineage.events import OF_RUNS
        from persona.model.canonical import canonical_json

        upto = records.head().size
        if upto == self._position:
            return
        found = (records.events(after=self._position, upto=upto, kind=kind) for kind in OF_RUNS)
        for entry in merge(*found, key=lambda one: one.seq):
            if entry.subject in self._watched:
                for event in teller.of(entry):
                    outlet.send(canonical_json(event))
        self._position = upto


class _Appending:
    """A file that each event is added to as one line, by one write: several processes may do so at once."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)

    def send(self, body: bytes) -> None:
        """Add one line."""
        line = body + b"\n"
        if os.write(self._handle, line) != len(line):
            raise OSError("the line was not written whole")

    def close(self) -> None:
        """Release the file."""
        os.close(self._handle)


@contextmanager
def _outlet(target: Target) -> Iterator[Outlet]:
    """The file or the consumer of a target, open."""
    if target.address is not None:
        from persona.exports.openlineage.sending import BRIEF, KEY_VARIABLE, Sender

        with Sender(target.address, os.environ.get(KEY_VARIABLE), BRIEF) as sender:
            yield sender
        return
    assert target.file is not None
    appending = _Appending(target.file)
    try:
        yield appending
    finally:
        appending.close()
