"""``Records`` on a database: the log and its tables, on any engine.

What only writing or verifying needs is imported when that is asked for: a listing command starts twice as fast.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from persona.model.records import Draft, Edge, Event, Finding, Graph, Head, MetricPoint, Noun, Page
from persona.storage import finding, sql

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from contextlib import AbstractContextManager

    from persona.model.filters import Expression
    from persona.storage.engine import Engine

PAGE = 500


class DatabaseRecords:
    """The log, its tables and its edges in one database. Meets ``storage.base.Records``."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine

    def append(
        self, drafts: Sequence[Draft], *, expect: Mapping[str, str] | None = None, actor: str = ""
    ) -> tuple[Event, ...]:
        """See ``Records.append``."""
        from persona.storage.appending import append

        return append(self.engine, drafts, expect or {}, actor)

    def head(self, *, as_of: int | None = None) -> Head:
        """See ``Records.head``. The head of the past is made from its leaves, in O(n)."""
        from persona.storage.appending import frontier_of
        from persona.storage.merkle import Frontier

        if as_of is None:
            frontier = frontier_of(self.engine)
        else:
            frontier = Frontier().extended(bytes(leaf) for (leaf,) in self.engine.stream(sql.LEAVES, (0, as_of)))
        return Head(frontier.size, frontier.root().hex())

    def events(
        self, *, after: int = 0, upto: int | None = None, subject: str | None = None, kind: str | None = None
    ) -> Iterator[Event]:
        """See ``Records.events``. Reads a page at a time and holds nothing open between."""
        from persona.storage.log import to_event

        query = sql.events(subject=subject is not None, kind=kind is not None)
        chosen = [value for value in (subject, kind) if value is not None]
        last = 2**53 if upto is None else upto
        while True:
            rows = self.engine.run(query, (after, last, *chosen, PAGE))
            yield from map(to_event, rows)
            if len(rows) < PAGE:
                return
            after = rows[-1][0]

    def position_at(self, time: str) -> int:
        """See ``Records.position_at``."""
        return int(self.engine.run(sql.POSITION_AT, (time,))[0][0])

    def position_of_tag(self, key: str, value: str | None = None) -> int | None:
        """See ``Records.position_of_tag``."""
        found = self.engine.run(sql.position_of_tag(value=value is not None), (key,) if value is None else (key, value))
        return None if found[0][0] is None else int(found[0][0])

    def get(self, noun: type[Noun], id: str, *, as_of: int | None = None) -> Noun:
        """See ``Records.get``."""
        return finding.get(self.engine, noun, id, as_of)

    def get_many(self, noun: type[Noun], ids: Sequence[str], *, as_of: int | None = None) -> dict[str, Noun]:
        """See ``Records.get_many``."""
        return finding.get_many(self.engine, noun, ids, as_of)

    def resolve(self, noun: type[Noun], prefix: str, *, project: str | None = None, as_of: int | None = None) -> Noun:
        """See ``Records.resolve``."""
        return finding.resolve(self.engine, noun, prefix, project, as_of)

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
        """See ``Records.find``. ``after`` is the id of the last record of the page before."""
        return finding.find(self.engine, noun, where, order, after, limit, deleted, as_of, equal)

    def scan(self, noun: type[Noun], *, as_of: int | None = None, **equal: str | None) -> Iterator[Noun]:
        """See ``Records.scan``."""
        return finding.scan(self.engine, noun, as_of, equal)

    def metrics(self, run: str, *, as_of: int | None = None) -> tuple[MetricPoint, ...]:
        """See ``Records.metrics``."""
        query = sql.points(as_of)
        return tuple(MetricPoint(run, *row) for row in self.engine.run(query.text, (run, *query.values)))

    def edges(
        self, id: str, direction: Literal["out", "in", "both"] = "both", *, as_of: int | None = None
    ) -> tuple[Edge, ...]:
        """See ``Records.edges``."""
        from persona.storage import walking

        return walking.edges(self.engine, id, direction, as_of)

    def all_edges(self, *, as_of: int | None = None) -> Iterator[Edge]:
        """See ``Records.all_edges``."""
        query = sql.all_edges(as_of)
        return (Edge(*row) for row in self.engine.stream(query.text, query.values))

    def ends_of(
        self, ids: Sequence[str], direction: Literal["out", "in"], *, as_of: int | None = None
    ) -> dict[str, dict[str, tuple[str, ...]]]:
        """See ``Records.ends_of``."""
        from persona.storage import walking

        return walking.ends_of(self.engine, ids, direction, as_of)

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
        from persona.storage import walking

        return walking.walk(self.engine, id, direction, depth, as_of, rels)

    def reach(
        self, id: str, direction: Literal["up", "down"], *, as_of: int | None = None, rels: Sequence[str] | None = None
    ) -> tuple[str, ...]:
        """See ``Records.reach``."""
        from persona.storage import walking

        return walking.reach(self.engine, id, direction, as_of, rels)

    def names(self, prefix: str, limit: int = 20, *, oldest: bool = False) -> tuple[str, ...]:
        """See ``Records.names``."""
        query = sql.OLDEST_NAMES if oldest else sql.NAMES
        return tuple(str(row[0]) for row in self.engine.run(query, (prefix, prefix + "\U0010ffff", limit)))

    def turn(self) -> AbstractContextManager[None]:
        """See ``Records.turn``."""
        return self.engine.turn()

    def alone(self, name: str) -> AbstractContextManager[None]:
        """See ``Records.alone``."""
        return self.engine.alone(name)

    def presence(self) -> str | None:
        """See ``Records.presence``."""
        return self.engine.presence()

    def is_present(self, word: str) -> bool | None:
        """See ``Records.is_present``."""
        return self.engine.is_present(word)

    def scrub(self) -> bool:
        """See ``Records.scrub``."""
        return self.engine.scrub()

    def adopt(self, events: Iterable[Event]) -> int:
        """See ``Records.adopt``."""
        from persona.storage.appending import adopt

        return adopt(self.engine, events)

    def check(self) -> list[Finding]:
        """See ``Records.check``."""
        from persona.storage.checking import check

        return check(self.engine)

    def rebuild(self) -> int:
        """See ``Records.rebuild``."""
        from persona.storage.appending import rebuild

        return rebuild(self.engine)

    def close(self) -> None:
        """See ``Records.close``."""
        self.engine.close()
