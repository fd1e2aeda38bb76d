"""Rows of tables: as Python reads them, with longer cells, and with the process left as it was."""

from __future__ import annotations

import csv
import io
from concurrent.futures import ThreadPoolExecutor

from hypothesis import given
from hypothesis import strategies as st

from persona.sources.cells import records_of, rows_of

TABLES = st.lists(
    st.lists(st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=8), min_size=1, max_size=4),
    max_size=6,
)


@given(TABLES)
def test_rows_are_those_of_the_library(table: list[list[str]]) -> None:
    out = io.StringIO()
    csv.writer(out).writerows(table)
    assert [row for _, row in rows_of(out.getvalue(), "a.csv")] == list(
        csv.reader(io.StringIO(out.getvalue(), newline=""))
    )


def test_short_and_empty_rows_have_empty_cells() -> None:
    found = list(records_of("\na,b\n1\n\n1,2,3\n", "a.csv"))
    assert found == [(2, {"a": "a", "b": "b"}), (3, {"a": "1", "b": ""}), (5, {"a": "1", "b": "2"})]


def test_tables_read_at_the_same_time_leave_the_limit_as_it_was() -> None:
    before = csv.field_size_limit()
    text = "a,b\n" + f"{'x' * 200_000},1\n" * 20
    with ThreadPoolExecutor(4) as pool:
        counts = list(pool.map(lambda _: sum(len(row) for _, row in rows_of(text, "a.csv")), range(8)))
    assert counts == [42] * 8
    assert csv.field_size_limit() == before
