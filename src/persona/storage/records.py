"""``Records`` on a database: the log and its tables, on any engine."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Literal

from persona.errors import Conflict
from persona.model.ids import iso, now, uuid7
from persona.model.records import Draft, Edge, Event, Finding, Graph, Head, MetricPoint, Noun, Page
from persona.storage import checking, finding, sql, walking
from persona.storage.bodies import read_body
from persona.storage.log import canonical_body, edges_text, leaf_of, to_event
from persona.storage.merkle import Frontier
from persona.storage.rows import Rows
from persona.storage.tables import PROJECTED

if TYPE_CHECKING:
    from persona.model.filters import Expression
    from persona.storage.engine import Engine, Row

PAGE = 500


class DatabaseRecords:
    """The log, its tables and its edges in one database. Meets ``storage.base.Records``."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine

    def append(
        self, drafts: Sequence[Draft], *, expect: Mapping[str, str] | None = None, actor: str = ""
    ) -> tuple[Event, ...]:
        """See ``Records.append``. Checks and encodes everything it can before it takes its turn to write."""
        prepared = []
        for draft in drafts:
            text = canonical_body(draft)
            prepared.append((draft, text, read_body(draft.kind, text, draft.subject)))
        events: list[Event] = []
        with self.engine.writing():
            self._check_expected(expect or {})
            frontier = self._frontier()
            rows = Rows(self.engine)
            written: list[Row] = []
            at = iso(now())
            for draft, text, body in prepared:
                happened = getattr(body, "at", "") or at
                edges = edges_text(draft.edges)
                row: Row = (frontier.size + 1, uuid7(), at, happened, actor, draft.kind, draft.subject, text, edges)
                leaf = leaf_of(row)
                event = to_event((*row, leaf))
                rows.apply(event, body)
                frontier = frontier.append(leaf)
                written.append((*row, leaf))
                events.append(event)
            if written:
                self.engine.many(sql.INSERT_EVENT, written)
                self.engine.run(sql.SET_HEAD, (frontier.size, frontier.encode()))
        return tuple(events)

    def _check_expected(self, expect: Mapping[str, str]) -> None:
        for run, status in expect.items():
            rows = self.engine.run(sql.RUN_STATUS, (run,))
            is_now = rows[0][0] if rows else "not recorded"
            if is_now != status:
                raise Conflict(
                    f"the run is {is_now}, not {status}",
                    code="run-status",
                    place=run,
                    hints=[f"see what became of it: `persona run show {run}`"],
                    data={"status": is_now, "expected": status},
                )

    def _frontier(self) -> Frontier:
        size, peaks = self.engine.run(sql.HEAD)[0]
        return Frontier.decode(size, bytes(peaks))

    def head(self) -> Head:
        """See ``Records.head``."""
        frontier = self._frontier()
        return Head(frontier.size, frontier.root().hex())

    def events(
        self, *, after: int = 0, upto: int | None = None, subject: str | None = None, kind: str | None = None
    ) -> Iterator[Event]:
        """See ``Records.events``. Reads a page at a time and holds nothing open between."""
        query = sql.events(subject=subject is not None, kind=kind is not None)
        chosen = [value for value in (subject, kind) if value is not None]
        last = 2**53 if upto is None else upto
        while True:
            rows = self.engine.run(query, (after, last, *chosen, PAGE))
            yield from map(to_event, rows)
            if len(rows) < PAGE:
                return
            after = rows[-1][0]

    def get(self, noun: type[Noun], id: str, *, as_of: int | None = None) -> Noun:
        """See ``Records.get``."""
        return finding.get(self.engine, noun, id, as_of)

    def resolve(self, noun: type[Noun], prefix: str, *, project: str | None = None) -> Noun:
        """See ``Records.resolve``."""
        return finding.resolve(self.engine, noun, prefix, project)

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
        **equal: str | None,
    ) -> Page[Noun]:
        """See ``Records.find``. ``after`` is the id of the last record of the page before."""
        return finding.find(self.engine, noun, where, order, after, limit, deleted, as_of, equal)

    def metrics(self, run: str) -> tuple[MetricPoint, ...]:
        """See ``Records.metrics``."""
        return tuple(MetricPoint(run, *row) for row in self.engine.run(sql.POINTS, (run,)))

    def edges(
        self, id: str, direction: Literal["out", "in", "both"] = "both", *, as_of: int | None = None
    ) -> tuple[Edge, ...]:
        """See ``Records.edges``."""
        return walking.edges(self.engine, id, direction, as_of)

    def walk(
        self, id: str, direction: Literal["up", "down"], *, depth: int | None = None, as_of: int | None = None
    ) -> Graph:
        """See ``Records.walk``."""
        return walking.walk(self.engine, id, direction, depth, as_of)

    def check(self) -> list[Finding]:
        """See ``Records.check``."""
        return checking.check(self.engine)

    def rebuild(self) -> int:
        """See ``Records.rebuild``. The head is part of the log and stays: a log cut short must not look whole afterwards."""
        with self.engine.writing():
            for name in reversed(PROJECTED):
                self.engine.run(sql.clear(name))
            rows = Rows(self.engine)
            count = 0
            for row in checking.log_rows(self.engine):
                rows.apply(to_event(row), read_body(row[5], row[7], f"event {row[0]}"))
                count += 1
        return count

    def close(self) -> None:
        """See ``Records.close``."""
        self.engine.close()
