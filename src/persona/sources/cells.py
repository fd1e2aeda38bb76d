"""Rows of a table whose cells are parted by a mark, with cells as long as ours may be."""

from __future__ import annotations

import csv
import io
import threading
from collections.abc import Iterator

from persona.sources import limits
from persona.sources.limits import refuse

_limit = threading.RLock()
"""Python has one limit of a cell for the whole process."""


def rows_of(text: str, name: str, mark: str = ",", *, strict: bool = False) -> Iterator[tuple[int, list[str]]]:
    """The rows of a table with the line each ends in.

    Raises ``InvalidInput`` with the line for a cell of more than ``limits.MAX_CELL_CHARACTERS`` and for a table that
    is damaged.
    """
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=mark, strict=strict)
    while True:
        try:
            with _limit:
                before = csv.field_size_limit(limits.MAX_CELL_CHARACTERS)
                try:
                    row = next(reader)
                finally:
                    csv.field_size_limit(before)
        except StopIteration:
            return
        except csv.Error as error:
            where = f"{name}, line {reader.line_num}"
            if "field larger" in str(error):
                told = f"a cell holds more than {limits.MAX_CELL_CHARACTERS:,} characters"
                raise refuse(told, "cell-too-long", where) from None
            raise refuse(f"the table is damaged: {error}", "csv-broken", where) from None
        yield reader.line_num, row


def records_of(text: str, name: str, mark: str = ",") -> Iterator[tuple[int, dict[str, str]]]:
    """The rows below the first as mappings from its cells, "" where a row is short; empty rows are left out.

    The first item is the heading itself, each name with itself. Raises ``InvalidInput`` as ``rows_of`` does.
    """
    heading: list[str] | None = None
    for line, row in rows_of(text, name, mark):
        if not row:
            continue
        if heading is None:
            heading = row
        cells = [*row, *[""] * (len(heading) - len(row))]
        yield line, dict(zip(heading, cells, strict=False))
