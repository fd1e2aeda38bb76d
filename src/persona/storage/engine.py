"""What a database must do for the records, and nothing more.

The statements are the same text on every engine, with ``?`` for parameters. An engine turns
its driver's errors into those of ``persona.errors``, so nothing above it imports a driver.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from contextlib import AbstractContextManager

Row = tuple[Any, ...]


class Engine(Protocol):
    """One connection to one database."""

    @property
    def place(self) -> str:
        """Where the database is, for messages; holds no password."""
        ...

    @property
    def types(self) -> Mapping[str, str]:
        """What ``{integer}``, ``{real}``, ``{text}``, ``{bytes}``, ``{table}`` and ``{narrow}`` are called in DDL."""
        ...

    @property
    def guards(self) -> Sequence[str]:
        """The statements that make the table ``event`` refuse change."""
        ...

    def run(self, sql: str, values: Sequence[Any] = ()) -> list[Row]:
        """Run one statement; all its rows."""
        ...

    def stream(self, sql: str, values: Sequence[Any] = ()) -> Iterator[Row]:
        """Run one query and give its rows as they come. Nothing may be written meanwhile."""
        ...

    def column(self, sql: str, values: Sequence[Any] = ()) -> list[Any]:
        """Run one query for a single column of integers or of texts, called ``one``; all its values.

        Where there are hundreds of thousands, that takes much less than a row for each.
        """
        ...

    def many(self, sql: str, rows: Iterable[Sequence[Any]]) -> None:
        """Run one statement for each of some rows."""
        ...

    def writing(self) -> AbstractContextManager[None]:
        """One durable transaction, alone among writers. Raises ``PermissionDenied`` where only reading is possible."""
        ...

    def turn(self) -> AbstractContextManager[None]:
        """Wait for this process's turn to write and keep it; ``writing`` takes it where nobody did before."""
        ...

    def reading(self) -> AbstractContextManager[None]:
        """One unchanging view of the database over several queries."""
        ...

    def migrating(self) -> AbstractContextManager[None]:
        """One durable transaction in which tables may be made, alone among those that do so."""
        ...

    def alone(self, name: str) -> AbstractContextManager[None]:
        """Hold the lock of a name. Others who want it wait; it is freed when its holder dies."""
        ...

    def presence(self) -> str | None:
        """A word that stands for this connection while it lasts; None where others cannot see connections."""
        ...

    def is_present(self, word: str) -> bool | None:
        """Whether the connection of a word lasts; None where that cannot be seen."""
        ...

    def scrub(self) -> bool:
        """See ``Records.scrub``."""
        ...

    def damage(self) -> list[str]:
        """What the engine itself finds broken in its files."""
        ...

    def close(self) -> None:
        """Release the connection."""
        ...
