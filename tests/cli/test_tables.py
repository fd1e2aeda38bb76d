"""Tables fit the terminal and are whole when piped."""

from __future__ import annotations

import io

from hypothesis import given
from hypothesis import strategies as st

from persona.cli.screen import Screen, width_of
from persona.cli.tables import LEAST, MOST, Column, table

WORDS = st.text(
    alphabet=st.characters(blacklist_categories=("Cc", "Cs", "Cf", "Mn", "Zs", "Zl", "Zp")), min_size=1, max_size=60
)


def screen(width: int | None) -> Screen:
    made = Screen(io.StringIO(), "never")
    made.width = width
    return made


def test_a_piped_table_is_cut_where_nobody_reads_on() -> None:
    names = ", ".join(f"R{number}" for number in range(9000))
    columns = [Column("ID", ["source_1"]), Column("PEOPLE", [names], cut=True), Column("KEPT", ["x" * 300])]
    (_, line) = table(screen(None), columns)
    assert len(line) == 8 + 2 + MOST + 2 + 300
    assert "…" in line


@given(st.lists(st.tuples(WORDS, WORDS, WORDS), min_size=1, max_size=6))
def test_a_piped_table_holds_every_cell_whole(rows: list[tuple[str, str, str]]) -> None:
    columns = [Column(f"C{index}", [row[index] for row in rows], cut=True, drop=index) for index in range(3)]
    lines = list(table(screen(None), columns))
    assert len(lines) == len(rows) + 1
    for row, line in zip(rows, lines[1:], strict=True):
        assert line.split() == list(row)


@given(st.lists(st.tuples(WORDS, WORDS, WORDS), min_size=1, max_size=6), st.integers(40, 200))
def test_a_table_that_may_be_cut_fits_the_terminal(rows: list[tuple[str, str, str]], width: int) -> None:
    columns = [Column(f"C{index}", [row[index] for row in rows], cut=True) for index in range(3)]
    for line in table(screen(width), columns):
        assert width_of(line) <= width


def test_the_id_stays_whole_and_what_matters_least_goes_first() -> None:
    columns = [
        Column("RUN", ["run_20250116_143022_abc123"]),
        Column("STATUS", ["completed"]),
        Column("EXPERIMENT", ["temperature-comparison"], cut=True, drop=2),
        Column("TAGS", ["team=design, sprint=Q1"], cut=True, drop=3),
    ]
    assert list(table(screen(None), columns))[1] == (
        "run_20250116_143022_abc123  completed  temperature-comparison  team=design, sprint=Q1"
    )
    assert list(table(screen(60), columns)) == [
        "RUN                         STATUS     EXPERIMENT  TAGS",
        "run_20250116_143022_abc123  completed  temperat…  team=desi…",
    ]
    assert list(table(screen(50), columns))[1] == "run_20250116_143022_abc123  completed  temperatur…"
    assert list(table(screen(40), columns))[1] == "run_20250116_143022_abc123  completed"


def test_numbers_stand_to_the_right_and_empty_columns_are_left_out() -> None:
    columns = [Column("N", ["1", "20"], right=True), Column("EMPTY", ["", ""]), Column("A", ["x", "y"])]
    assert list(table(screen(None), columns)) == [" N  A", " 1  x", "20  y"]
    assert list(table(screen(80), [Column("A", [])])) == []


def test_a_cell_of_several_lines_is_one_line_and_control_characters_are_counted_as_shown() -> None:
    columns = [Column("A", ["one\ntwo", "\x1b[2J"]), Column("B", ["x", "y"])]
    assert list(table(screen(None), columns)) == ["A            B", "one two      x", "<U+001B>[2J  y"]


def test_a_cut_cell_keeps_at_least_eight_letters() -> None:
    columns = [Column("A", ["a" * 100], cut=True), Column("B", ["b" * 100], cut=True)]
    line = list(table(screen(40), columns))[1]
    assert all(len(cell) >= LEAST for cell in line.split())
