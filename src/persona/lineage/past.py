"""The past: the records as they were right after an event of the log, to be read and never written.

Whatever reads records reads the past in the same way, because it is given ``Past`` in place of them.
"""

from __future__ import annotations

from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Literal, NoReturn

from persona.errors import UsageError
from persona.model.records import Erasure, Withdrawal

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from persona.model.filters import Expression
    from persona.model.records import Draft, Edge, Event, Finding, Graph, Head, MetricPoint, Noun, Page
    from persona.storage import Records


_OF_ALL_TIME = (Withdrawal, Erasure)


class Past:
    """``Records`` as of a position of the log. Meets ``storage.base.Records``; what would write raises ``UsageError``.

    A question about a moment of its own (``as_of``) is answered as of the earlier of the two. What was erased is erased
    at every moment, so withdrawals and erasures are those of the present.
    """

    def __init__(self, records: Records, position: int) -> None:
        self._records = records
        self.position = position

    def _earlier(self, as_of: int | None) -> int:
        return self.position if as_of is None else min(as_of, self.position)

    def append(
        self, _drafts: Sequence[Draft], *, expect: Mapping[str, str] | None = None, actor: str = ""
    ) -> tuple[Event, ...]:
        """Nothing is written in the past. Raises ``UsageError``."""
        del expect, actor
        self._refuse()

    def head(self, *, as_of: int | None = None) -> Head:
        """See ``Records.head``."""
        return self._records.head(as_of=self._earlier(as_of))

    def events(
        self, *, after: int = 0, upto: int | None = None, subject: str | None = None, kind: str | None = None
    ) -> Iterator[Event]:
        """See ``Records.events``."""
        return self._records.events(after=after, upto=self._earlier(upto), subject=subject, kind=kind)

    def position_at(self, time: str) -> int:
        """See ``Records.position_at``."""
        return min(self._records.position_at(time), self.position)

    def position_of_tag(self, key: str, value: str | None = None) -> int | None:
        """See ``Records.position_of_tag``. The last one of all time: a moment is named from the present."""
        return self._records.position_of_tag(key, value)

    def get(self, noun: type[Noun], id: str, *, as_of: int | None = None) -> Noun:
        """See ``Records.get``."""
        return self._records.get(noun, id, as_of=as_of if noun in _OF_ALL_TIME else self._earlier(as_of))

    def get_many(self, noun: type[Noun], ids: Sequence[str], *, as_of: int | None = None) -> dict[str, Noun]:
        """See ``Records.get_many``."""
        return self._records.get_many(noun, ids, as_of=as_of if noun in _OF_ALL_TIME else self._earlier(as_of))

    def resolve(self, noun: type[Noun], prefix: str, *, project: str | None = None, as_of: int | None = None) -> Noun:
        """See ``Records.resolve``."""
        return self._records.resolve(noun, prefix, project=project, as_of=self._earlier(as_of))

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
        moment = as_of if noun in _OF_ALL_TIME else self._earlier(as_of)
        return self._records.find(
            noun, where, order=order, after=after, limit=limit, deleted=deleted, as_of=moment, **equal
        )

    def scan(self, noun: type[Noun], *, as_of: int | None = None, **equal: str | None) -> Iterator[Noun]:
        """See ``Records.scan``."""
        return self._records.scan(noun, as_of=self._earlier(as_of), **equal)

    def metrics(self, run: str, *, as_of: int | None = None) -> tuple[MetricPoint, ...]:
        """See ``Records.metrics``."""
        return self._records.metrics(run, as_of=self._earlier(as_of))

    def edges(
        self, id: str, direction: Literal["out", "in", "both"] = "both", *, as_of: int | None = None
    ) -> tuple[Edge, ...]:
        """See ``Records.edges``."""
        return self._records.edges(id, direction, as_of=self._earlier(as_of))

    def all_edges(self, *, as_of: int | None = None) -> Iterator[Edge]:
        """See ``Records.all_edges``."""
        return self._records.all_edges(as_of=self._earlier(as_of))

    def ends_of(
        self, ids: Sequence[str], direction: Literal["out", "in"], *, as_of: int | None = None
    ) -> dict[str, dict[str, tuple[str, ...]]]:
        """See ``Records.ends_of``."""
        return self._records.ends_of(ids, direction, as_of=self._earlier(as_of))

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
        return self._records.walk(id, direction, depth=depth, as_of=self._earlier(as_of), rels=rels)

    def reach(
        self, id: str, direction: Literal["up", "down"], *, as_of: int | None = None, rels: Sequence[str] | None = None
    ) -> tuple[str, ...]:
        """See ``Records.reach``."""
        return self._records.reach(id, direction, as_of=self._earlier(as_of), rels=rels)

    def names(self, prefix: str, limit: int = 20, *, oldest: bool = False) -> tuple[str, ...]:
        """See ``Records.names``. A name may be of later than this moment; what it names is then not found."""
        return self._records.names(prefix, limit, oldest=oldest)

    def turn(self) -> AbstractContextManager[None]:
        """Nothing is written in the past. Raises ``UsageError``."""
        self._refuse()

    def alone(self, _name: str) -> AbstractContextManager[None]:
        """Who reads the past locks nothing. Raises ``UsageError``."""
        self._refuse()

    def presence(self) -> str | None:
        """See ``Records.presence``."""
        return self._records.presence()

    def is_present(self, word: str) -> bool | None:
        """See ``Records.is_present``."""
        return self._records.is_present(word)

    def scrub(self) -> bool:
        """The past holds no words to forget. Raises ``UsageError``."""
        self._refuse()

    def adopt(self, _events: Iterable[Event]) -> int:
        """Nothing is written in the past. Raises ``UsageError``."""
        self._refuse()

    def check(self) -> list[Finding]:
        """The whole log is checked, or none of it. Raises ``UsageError``."""
        self._refuse()

    def rebuild(self) -> int:
        """The tables are those of every moment. Raises ``UsageError``."""
        self._refuse()

    def close(self) -> None:
        """Release the connection."""
        self._records.close()

    def _refuse(self) -> NoReturn:
        raise UsageError(
            "the past can be read, and never changed",
            code="past-is-read",
            place=f"event {self.position}",
            hints=["ask again without `--as-of`"],
        )
