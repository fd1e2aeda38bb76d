"""Tables: aligned columns, cut to the terminal; piped, only what nobody reads on one line is cut."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from persona.cli.screen import Screen, visible, width_of

GAP = "  "
LEAST = 8
"""A column that may be cut keeps at least this many letters."""

MOST = 100
"""Letters of a column that may be cut where there is no terminal to fit: `--json` holds what is longer."""


class Column(NamedTuple):
    """A column: its title, its cells, and what may happen to it when the terminal is narrow.

    ``cut``: its longest cells may be shortened. ``drop``: it may be left out; higher numbers go first, 0 stays.
    """

    title: str
    cells: Sequence[str]
    right: bool = False
    cut: bool = False
    drop: int = 0


def table(screen: Screen, columns: Sequence[Column]) -> Iterator[str]:
    """The lines of a table. Columns without any content are left out; a table without rows has no lines."""
    shown = [column._replace(cells=[_flat(cell) for cell in column.cells]) for column in columns if any(column.cells)]
    if not shown:
        return
    shown, widths = _fit(shown, screen.width)
    yield _line([screen.dim(_pad(one.title, width, one.right)) for one, width in zip(shown, widths, strict=True)])
    for row in range(len(shown[0].cells)):
        yield _line(
            [_pad(_shorten(one.cells[row], width), width, one.right) for one, width in zip(shown, widths, strict=True)]
        )


def _fit(columns: list[Column], room: int | None) -> tuple[list[Column], list[int]]:
    widths = [_natural(column) for column in columns]
    if room is None:
        return columns, [min(width, MOST) if one.cut else width for one, width in zip(columns, widths, strict=True)]
    while _total(widths) > room:
        over = _total(widths) - room
        cuttable = [index for index, one in enumerate(columns) if one.cut and widths[index] > LEAST]
        droppable = max(range(len(columns)), key=lambda index: columns[index].drop)
        if sum(widths[index] - LEAST for index in cuttable) >= over:
            widest = max(cuttable, key=lambda index: widths[index])
            widths[widest] -= 1
        elif columns[droppable].drop:
            columns = columns[:droppable] + columns[droppable + 1 :]
            widths = [_natural(column) for column in columns]
        elif cuttable:
            for index in cuttable:
                widths[index] = LEAST
            break
        else:
            break
    return columns, widths


def _flat(cell: str) -> str:
    """A cell as one line, measured as it will be printed."""
    return visible(cell.replace("\n", " ").replace("\t", " "))


def _natural(column: Column) -> int:
    return max(width_of(column.title), *(width_of(cell) for cell in column.cells))


def _total(widths: Sequence[int]) -> int:
    return sum(widths) + len(GAP) * (len(widths) - 1)


def _shorten(cell: str, width: int) -> str:
    """A cell cut to a width; only cells without colour are ever cut, because only plain columns are."""
    if width_of(cell) <= width:
        return cell
    kept = ""
    for letter in cell:
        if width_of(kept + letter) > width - 1:
            break
        kept += letter
    return kept + "…"


def _pad(cell: str, width: int, right: bool) -> str:
    space = " " * (width - width_of(cell))
    return space + cell if right else cell + space


def _line(cells: Sequence[str]) -> str:
    return GAP.join(cells).rstrip()
