"""One store for many threads: writes that wait at the same time are made durable together.

A flush to disk costs the same for one event as for fifty. Where the runs of an experiment write at once, whoever comes
first writes for all that wait (a group commit, as in DeWitt et al. 1984); each thread still returns only when its own
words are durable, and still gets its own error.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import Any, BinaryIO, Generic, Literal, TypeVar

from persona.errors import PersonaError
from persona.model.canonical import Digest
from persona.model.filters import Expression
from persona.model.records import Draft, Edge, Event, Finding, Graph, Head, MetricPoint, Noun, Page
from persona.storage.base import Blobs, Records

MOST = 256
"""Requests that one flush takes; the rest waits for the next."""

T = TypeVar("T")


class _Request(Generic[T]):
    """What one thread wants written; ``conflicts`` are the things that no other request of its group may expect."""

    def __init__(self, wanted: Any, group: str, conflicts: frozenset[str]) -> None:
        self.wanted = wanted
        self.group = group
        self.conflicts = conflicts
        self.result: T | None = None
        self.error: BaseException | None = None
        self.done = False


class _Together(Generic[T]):
    """Requests that wait, and the one thread at a time that writes for all of them."""

    def __init__(
        self,
        write: Callable[[Sequence[_Request[T]]], Sequence[T]],
        lock: threading.RLock,
        turn: Callable[[], AbstractContextManager[None]] = nullcontext,
    ) -> None:
        self._write = write
        self._turn = turn
        self.leading = threading.RLock()
        self._lock = lock
        self._queue = threading.Lock()
        self._waiting: list[_Request[T]] = []

    def ask(self, request: _Request[T]) -> T:
        with self._queue:
            self._waiting.append(request)
        with self.leading:
            while not request.done:
                with self._turn(), self._lock:  # and only then choose: what comes while others write is written with it
                    self._lead()
        if request.error is not None:
            raise request.error
        return request.result  # type: ignore[return-value]  # done and without error: it is set

    def _lead(self) -> None:
        with self._queue:
            chosen = _chosen(self._waiting)
            self._waiting = [one for one in self._waiting if one not in chosen]
        try:
            found = self._write(chosen)
        except PersonaError as error:
            if len(chosen) == 1:
                chosen[0].error, chosen[0].done = error, True
                return
            for one in chosen:  # one of them is at fault: each for itself, so that the others are written
                self._alone(one)
        except BaseException as error:  # noqa: BLE001  # it is raised in every thread that asked
            for one in chosen:
                one.error, one.done = error, True
        else:
            for one, result in zip(chosen, found, strict=True):
                one.result, one.done = result, True

    def _alone(self, one: _Request[T]) -> None:
        try:
            [one.result] = self._write([one])
        except BaseException as error:  # noqa: BLE001  # it is raised in the thread that asked
            one.error = error
        one.done = True


def _chosen(waiting: Sequence[_Request[T]]) -> list[_Request[T]]:
    """The first request, and those after it that may be written in the same breath."""
    chosen = [waiting[0]]
    taken = set(waiting[0].conflicts)
    for one in waiting[1:MOST]:
        if one.group == waiting[0].group and not taken & one.conflicts:
            chosen.append(one)
            taken |= one.conflicts
    return chosen


class SharedRecords:
    """``Records`` that any number of threads may use at once."""

    def __init__(self, records: Records) -> None:
        self._records = records
        self._lock = threading.RLock()
        self._together: _Together[tuple[Event, ...]] = _Together(self._write, self._lock, records.turn)

    def append(
        self, drafts: Sequence[Draft], *, expect: Mapping[str, str] | None = None, actor: str = ""
    ) -> tuple[Event, ...]:
        """See ``Records.append``."""
        expected = dict(expect or {})
        subjects = frozenset({*expected, *(draft.subject for draft in drafts)})
        return self._together.ask(_Request((list(drafts), expected), actor, subjects))

    def _write(self, requests: Sequence[_Request[tuple[Event, ...]]]) -> list[tuple[Event, ...]]:
        drafts = [draft for one in requests for draft in one.wanted[0]]
        expect = {key: status for one in requests for key, status in one.wanted[1].items()}
        events = self._records.append(drafts, expect=expect, actor=requests[0].group)
        found, at = [], 0
        for one in requests:
            found.append(events[at : at + len(one.wanted[0])])
            at += len(one.wanted[0])
        return found

    def head(self, *, as_of: int | None = None) -> Head:
        """See ``Records.head``."""
        with self._lock:
            return self._records.head(as_of=as_of)

    def events(
        self, *, after: int = 0, upto: int | None = None, subject: str | None = None, kind: str | None = None
    ) -> Iterator[Event]:
        """See ``Records.events``. All of them are read before the first is given."""
        with self._lock:
            found = list(self._records.events(after=after, upto=upto, subject=subject, kind=kind))
        return iter(found)

    def position_at(self, time: str) -> int:
        """See ``Records.position_at``."""
        with self._lock:
            return self._records.position_at(time)

    def position_of_tag(self, key: str, value: str | None = None) -> int | None:
        """See ``Records.position_of_tag``."""
        with self._lock:
            return self._records.position_of_tag(key, value)

    def get(self, noun: type[Noun], id: str, *, as_of: int | None = None) -> Noun:
        """See ``Records.get``."""
        with self._lock:
            return self._records.get(noun, id, as_of=as_of)

    def get_many(self, noun: type[Noun], ids: Sequence[str], *, as_of: int | None = None) -> dict[str, Noun]:
        """See ``Records.get_many``."""
        with self._lock:
            return self._records.get_many(noun, ids, as_of=as_of)

    def resolve(self, noun: type[Noun], prefix: str, *, project: str | None = None, as_of: int | None = None) -> Noun:
        """See ``Records.resolve``."""
        with self._lock:
            return self._records.resolve(noun, prefix, project=project, as_of=as_of)

    def find(
        self,
        noun: type[Noun],
        where: Expression | None = None,
        *,
        order: str = "",
        after: str | None = None,
        limit: int | None = None,
        deleted: bool = False,
        as_of: int | None = None,
        **equal: str | tuple[str, ...] | None,
    ) -> Page[Noun]:
        """See ``Records.find``."""
        with self._lock:
            return self._records.find(
                noun, where, order=order, after=after, limit=limit, deleted=deleted, as_of=as_of, **equal
            )

    def scan(self, noun: type[Noun], *, as_of: int | None = None, **equal: str | None) -> Iterator[Noun]:
        """See ``Records.scan``. All of them are read before the first is given."""
        with self._lock:
            found = list(self._records.scan(noun, as_of=as_of, **equal))
        return iter(found)

    def metrics(self, run: str, *, as_of: int | None = None) -> tuple[MetricPoint, ...]:
        """See ``Records.metrics``."""
        with self._lock:
            return self._records.metrics(run, as_of=as_of)

    def edges(
        self, id: str, direction: Literal["out", "in", "both"] = "both", *, as_of: int | None = None
    ) -> tuple[Edge, ...]:
        """See ``Records.edges``."""
        with self._lock:
            return self._records.edges(id, direction, as_of=as_of)

    def all_edges(self, *, as_of: int | None = None) -> Iterator[Edge]:
        """See ``Records.all_edges``. All of them are read before the first is given."""
        with self._lock:
            return iter(list(self._records.all_edges(as_of=as_of)))

    def ends_of(
        self, ids: Sequence[str], direction: Literal["out", "in"], *, as_of: int | None = None
    ) -> dict[str, dict[str, tuple[str, ...]]]:
        """See ``Records.ends_of``."""
        with self._lock:
            return self._records.ends_of(ids, direction, as_of=as_of)

    def walk(
        self,
        id: str,
        direction: Literal["up", "down"],
        *,
        depth: int | None = None,
        as_of: int | None = None,
        rels: Sequence[str] | None = None,
    ) -> Graph:
        """See ``Records.walk``."""
        with self._lock:
            return self._records.walk(id, direction, depth=depth, as_of=as_of, rels=rels)

    def reach(
        self, id: str, direction: Literal["up", "down"], *, as_of: int | None = None, rels: Sequence[str] | None = None
    ) -> tuple[str, ...]:
        """See ``Records.reach``."""
        with self._lock:
            return self._records.reach(id, direction, as_of=as_of, rels=rels)

    def names(self, prefix: str, limit: int = 20, *, oldest: bool = False) -> tuple[str, ...]:
        """See ``Records.names``."""
        with self._lock:
            return self._records.names(prefix, limit, oldest=oldest)

    @contextmanager
    def turn(self) -> Iterator[None]:
        """See ``Records.turn``. Other threads that write wait too."""
        with self._together.leading, self._records.turn():
            yield

    @contextmanager
    def alone(self, name: str) -> Iterator[None]:
        """See ``Records.alone``. Other threads wait too, whatever they want."""
        with self._together.leading, self._lock, self._records.alone(name):
            yield

    def presence(self) -> str | None:
        """See ``Records.presence``."""
        with self._lock:
            return self._records.presence()

    def is_present(self, word: str) -> bool | None:
        """See ``Records.is_present``."""
        with self._lock:
            return self._records.is_present(word)

    def scrub(self) -> bool:
        """See ``Records.scrub``."""
        with self._lock:
            return self._records.scrub()

    def adopt(self, events: Iterable[Event]) -> int:
        """See ``Records.adopt``."""
        with self._lock:
            return self._records.adopt(events)

    def check(self) -> list[Finding]:
        """See ``Records.check``."""
        with self._lock:
            return self._records.check()

    def rebuild(self) -> int:
        """See ``Records.rebuild``."""
        with self._lock:
            return self._records.rebuild()

    def close(self) -> None:
        """See ``Records.close``."""
        with self._lock:
            self._records.close()


class SharedBlobs:
    """``Blobs`` that any number of threads may use at once."""

    def __init__(self, blobs: Blobs) -> None:
        self._blobs = blobs
        self._lock = threading.RLock()
        self._together: _Together[list[Digest]] = _Together(self._write, self._lock)

    def put(self, data: bytes | BinaryIO) -> Digest:
        """See ``Blobs.put``."""
        if isinstance(data, bytes):
            return self.put_many([data])[0]
        with self._lock:
            return self._blobs.put(data)

    def put_many(self, items: Sequence[bytes]) -> list[Digest]:
        """See ``Blobs.put_many``."""
        return self._together.ask(_Request(list(items), "", frozenset()))

    def _write(self, requests: Sequence[_Request[list[Digest]]]) -> list[list[Digest]]:
        digests = self._blobs.put_many([item for one in requests for item in one.wanted])
        found, at = [], 0
        for one in requests:
            found.append(digests[at : at + len(one.wanted)])
            at += len(one.wanted)
        return found

    def get(self, digest: Digest) -> bytes:
        """See ``Blobs.get``."""
        with self._lock:
            return self._blobs.get(digest)

    def open(self, digest: Digest) -> BinaryIO:
        """See ``Blobs.open``."""
        with self._lock:
            return self._blobs.open(digest)

    def has(self, digest: Digest) -> bool:
        """See ``Blobs.has``."""
        with self._lock:
            return self._blobs.has(digest)

    def size(self, digest: Digest) -> int:
        """See ``Blobs.size``."""
        with self._lock:
            return self._blobs.size(digest)

    def digests(self) -> Iterator[Digest]:
        """See ``Blobs.digests``. All of them are read before the first is given."""
        with self._lock:
            found = list(self._blobs.digests())
        return iter(found)

    def delete(self, digest: Digest) -> None:
        """See ``Blobs.delete``."""
        with self._lock:
            self._blobs.delete(digest)

    def delete_many(self, digests: Collection[Digest]) -> None:
        """See ``Blobs.delete_many``."""
        with self._lock:
            self._blobs.delete_many(digests)

    def check(self) -> list[Finding]:
        """See ``Blobs.check``."""
        with self._lock:
            return self._blobs.check()

    def close(self) -> None:
        """See ``Blobs.close``."""
        with self._lock:
            self._blobs.close()


def shared_blobs(blobs: Blobs) -> Blobs:
    """Blobs for many threads: those that any thread may use are not made to wait for each other."""
    return blobs if getattr(blobs, "threadsafe", False) else SharedBlobs(blobs)
