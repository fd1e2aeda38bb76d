"""Lists that people write: what must go, what must stay, and the decisions in a review file."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable

from persona.sources.cells import records_of
from persona.sources.encoding import decode
from persona.sources.limits import refuse
from persona.sources.redaction.folding import words_of
from persona.sources.redaction.rules import Denied, Replacement

MAX_ENTRIES = 20_000
"""The most lines of a list."""

MAX_PLACEHOLDER = 60
"""The longest replacement."""

REVIEW = ("decision", "file", "place", "kind", "before", "after", "around")
"""The columns of a review file; ``keep`` in the first one lets the words stay when the file is given as ``--allow``."""


def read_deny(data: bytes, name: str) -> tuple[Denied, ...]:
    """A name or word a line; ``Maria Lopez | Mia`` are forms of one; ``Acme = [employer]`` says what replaces it.

    Lines that begin with ``#`` are remarks. Raises ``InvalidInput`` with the line of what cannot be used.
    """
    found: list[Denied] = []
    for number, line in _lines(data, name):
        place = f"{name}, line {number}"
        named, _, after = line.partition("\t") if "\t" in line else line.partition("=")
        forms = tuple(form.strip() for form in named.split("|") if form.strip())
        given = after.strip()
        if not forms or not all(words_of(form) for form in forms):
            raise refuse("the line names nothing to look for", "deny-list", place)
        if len(given) > MAX_PLACEHOLDER or not given.isprintable():
            raise refuse(f"a replacement has at most {MAX_PLACEHOLDER} printable characters", "deny-list", place)
        found.append(Denied(forms, given or None))
    _check(found, name)
    return tuple(found)


def _check(denied: list[Denied], name: str) -> None:
    """No replacement may hold a word of the list: it would be replaced in turn, and never come to an end."""
    every = {words_of(form): form for one in denied for form in one.forms}
    firsts = {words[0] for words in every}
    for one in denied:
        words = words_of(one.after or "")
        for start, word in enumerate(words):
            if word not in firsts:
                continue
            for end in range(start + 1, len(words) + 1):
                if words[start:end] in every:
                    told = (
                        f"the replacement `{one.after}` holds `{every[words[start:end]]}`, which is on the list itself"
                    )
                    raise refuse(
                        told, "deny-list", name, "choose a replacement without a listed word, such as `[employer]`"
                    )


def remarks_on(data: bytes, name: str) -> tuple[str, ...]:
    """What to say about how a list was read: a wrong guess at its encoding finds no name with an accent."""
    return decode(data, name).notes if data.strip() else ()


def read_allow(data: bytes, name: str) -> frozenset[str]:
    """A word or address a line that must stay, or a review file in whose first column ``keep`` was written."""
    lines = list(_lines(data, name))
    if lines and lines[0][1].split("\t")[0].strip().lower() == REVIEW[0]:
        return frozenset(
            row["before"]
            for _, row in records_of(decode(data, name).text, name, "\t")
            if row["decision"].strip().lower() == "keep" and row.get("before")
        )
    return frozenset(line for _, line in lines)


def _lines(data: bytes, name: str) -> Iterable[tuple[int, str]]:
    if not data.strip():
        return []
    lines = [
        (number, line.strip())
        for number, line in enumerate(decode(data, name).text.splitlines(), start=1)
        if line.strip() and not line.lstrip().startswith("#")
    ]
    if len(lines) > MAX_ENTRIES:
        raise refuse(f"the list has more than {MAX_ENTRIES:,} lines", "deny-list", name)
    return lines


def review_rows(file: str, replacements: Iterable[Replacement]) -> str:
    """The lines of a review file for one file: one a replacement, parted by tabs, without the head."""
    stream = io.StringIO()
    writer = csv.writer(stream, delimiter="\t", lineterminator="\n")
    for one in replacements:
        writer.writerow(["", file, one.place, one.kind, *(re.sub(r"\s+", " ", part) for part in one[2:])])
    return stream.getvalue()
