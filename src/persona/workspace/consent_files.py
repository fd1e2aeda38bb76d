"""What many people allow, in one file: a table with a row for each of them."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from pathlib import Path

from persona.errors import InvalidInput
from persona.model.projects import CONSENT_KEYS, check_day

COLUMN = "participant"
WORDS = {"yes": True, "true": True, "1": True, "no": False, "false": False, "0": False}


def read_consents(path: Path) -> Iterator[tuple[str, dict[str, bool | str | None]]]:
    """Each row: whom it is about, and what it says. Raises ``InvalidInput`` that names file, row and column."""
    from persona.sources import load_bytes

    try:
        text = load_bytes(path).decode("utf-8-sig")
    except UnicodeDecodeError:
        raise InvalidInput("the file is not UTF-8 text", code="consent-file", place=str(path)) from None
    table = csv.DictReader(io.StringIO(text))
    if COLUMN not in (table.fieldnames or ()) or not set(CONSENT_KEYS) & set(table.fieldnames or ()):
        raise InvalidInput(
            "the table needs a column `participant` and one of `use`, `quotation`, `hosted`, `retention`",
            code="consent-file",
            place=str(path),
        )
    for row in table:
        place = f"{path}, line {table.line_num}"
        said: dict[str, bool | str | None] = {}
        for key in CONSENT_KEYS:
            cell = (row.get(key) or "").strip()
            if cell and key == "retention":
                said[key] = check_day(cell, place)
            elif cell and cell.casefold() in WORDS:
                said[key] = WORDS[cell.casefold()]
            elif cell:
                raise InvalidInput(
                    f"`{key}` is `{cell}`, but must be yes or no", code="consent-file", place=f"{place}, {key}"
                )
        if said:
            yield (row[COLUMN] or "").strip(), said
