"""Two persona sets side by side: who stands for whom, and what one says that the other does not, word by word."""

from __future__ import annotations

import re
from collections.abc import Sequence
from difflib import SequenceMatcher
from typing import Literal

from persona.metrics.across import similarities
from persona.metrics.assignment import best_pairs
from persona.metrics.vectors import Space
from persona.model.matches import ClaimChange, Match, Piece
from persona.model.personas import Claim, Persona, PersonaSet

ALIKE = 0.5
"""The least cosine of two claims of one field that are read as two wordings of the same."""


def match_sets(before: PersonaSet, after: PersonaSet, space: Space) -> tuple[Match, ...]:
    """The personas of two sets matched so that their similarities add up to most (Kuhn 1955), then the unmatched."""
    first, second = before.personas, after.personas
    worth = similarities(first, second, space) if first and second else []
    pairs = best_pairs(worth)
    found = [
        Match(
            first[row].id,
            second[column].id,
            round(worth[row][column], 4),
            tuple(_changes(first[row], second[column], space)),
        )
        for row, column in pairs
    ]
    rows, columns = {row for row, _ in pairs}, {column for _, column in pairs}
    found += [Match(one.id, None, None, tuple(_alone(one, "lost"))) for at, one in enumerate(first) if at not in rows]
    found += [
        Match(None, one.id, None, tuple(_alone(one, "new"))) for at, one in enumerate(second) if at not in columns
    ]
    return tuple(found)


def words_apart(before: str, after: str) -> tuple[Piece, ...]:
    """Two texts as one: the words both have, those that went and those that came (Ratcliff and Obershelp)."""
    old, new = _WORDS.findall(before), _WORDS.findall(after)
    found: list[Piece] = []
    for tag, start, end, first, last in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if tag == "equal":
            found.append(Piece("".join(old[start:end]), "both"))
            continue
        if end > start:
            found.append(Piece("".join(old[start:end]), "before"))
        if last > first:
            found.append(Piece("".join(new[first:last]), "after"))
    return tuple(found)


_WORDS = re.compile(r"\w+|\s+|[^\w\s]")


def _changes(before: Persona, after: Persona, space: Space) -> list[ClaimChange]:
    old, new = _by_field(before), _by_field(after)
    found: list[ClaimChange] = []
    for field in dict.fromkeys((*old, *new)):
        found += _of_field(field, old.get(field, []), new.get(field, []), space)
    return found


def _of_field(field: str, old: Sequence[str], new: Sequence[str], space: Space) -> list[ClaimChange]:
    """Equal claims first, then the likest of the rest, then what has no counterpart."""
    same = [text for text in old if text in new]
    left, right = [text for text in old if text not in same], [text for text in new if text not in same]
    found = [ClaimChange(field, "same", (Piece(text, "both"),)) for text in same]
    used: set[int] = set()
    taken: set[int] = set()
    if left and right:
        rows = space.rows([*left, *right])
        worth = (rows[: len(left)] @ rows[len(left) :].T).tolist()
        for row, column in best_pairs(worth):
            if worth[row][column] >= ALIKE:
                found.append(ClaimChange(field, "changed", words_apart(left[row], right[column])))
                used.add(row)
                taken.add(column)
    found += [ClaimChange(field, "lost", (Piece(text, "before"),)) for at, text in enumerate(left) if at not in used]
    found += [ClaimChange(field, "new", (Piece(text, "after"),)) for at, text in enumerate(right) if at not in taken]
    return found


def _alone(persona: Persona, kind: Literal["new", "lost"]) -> list[ClaimChange]:
    where: Literal["before", "after"] = "after" if kind == "new" else "before"
    return [
        ClaimChange(field, kind, (Piece(text, where),)) for field, texts in _by_field(persona).items() for text in texts
    ]


def _by_field(persona: Persona) -> dict[str, list[str]]:
    """The texts of claims by field, pseudonyms left out: they are made up."""
    found: dict[str, list[str]] = {}
    for path, claim in persona.claims():
        if claim.method != "pseudonym":
            found.setdefault(_field(path), []).append(_text(claim))
    return found


def _field(path: str) -> str:
    return path.partition("[")[0]


def _text(claim: Claim) -> str:
    return f"“{claim.text}”" if claim.verbatim else claim.text
