"""A table of text as read, before its shape is known."""

from __future__ import annotations

from typing import NamedTuple


class Sheet(NamedTuple):
    """A table of text: its name for places (empty for csv), its header, and its rows with their numbers in the file."""

    name: str
    header: list[str]
    rows: list[tuple[int, list[str]]]

    def cell(self, row: int, column: int) -> str:
        """A cell as people call it: ``row 3, column text`` or ``Answers!C4``."""
        if self.name:
            return f"{self.name}!{_letters(column)}{row}"
        return f"row {row}, column {self.header[column] or column + 1}"


def _letters(column: int) -> str:
    letters = ""
    column += 1
    while column:
        column, rest = divmod(column - 1, 26)
        letters = chr(65 + rest) + letters
    return letters
