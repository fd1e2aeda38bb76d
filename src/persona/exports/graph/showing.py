"""Answers as text for others: JSON, CSV (RFC 4180), N-Triples."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Sequence
from typing import Any

from persona.exports.rows import harmless


def as_json(columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> str:
    """A list with an object a row; of columns of one name the later ones get a number."""
    names: list[str] = []
    for column in columns:
        same = sum(one == column for one in columns[: len(names)])
        names.append(f"{column}_{same + 1}" if same else column)
    return json.dumps([dict(zip(names, row, strict=True)) for row in rows], indent=2, ensure_ascii=False)


def as_csv(columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> str:
    """A header and a line a row; what is no single value is JSON. No cell is a formula."""
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows([harmless(one) if isinstance(one := cell(value), str) else one for value in row] for row in rows)
    return out.getvalue().removesuffix("\n")


def as_ntriples(rows: Sequence[Sequence[Any]]) -> str:
    """The triples of CONSTRUCT or DESCRIBE, each on a line."""
    return "\n".join(f"{' '.join(row)} ." for row in rows)


def cell(value: Any) -> Any:
    """A value in one cell: a node as its id, an edge as its relation, a path as a chain."""
    if isinstance(value, dict):
        if "label" in value and "id" in value:
            return value["id"]
        if set(value) == {"relation", "from", "to"}:
            return value["relation"]
        if set(value) == {"path"}:
            return _chain(value["path"])
    if isinstance(value, dict | list):
        return json.dumps(value, ensure_ascii=False)
    return value


def _chain(steps: Sequence[Any]) -> str:
    """A path in one line, each edge with an arrow the way it goes."""
    told = ""
    for at, step in enumerate(steps):
        if "relation" not in step:
            told += str(step.get("id", ""))
        else:
            onward = step["from"] == steps[at - 1].get("id")
            told += f" -[{step['relation']}]-> " if onward else f" <-[{step['relation']}]- "
    return told
