"""What was found in a text, and how overlapping finds are settled."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import NamedTuple

NUMBERED = ("name", "organisation", "place")
"""Kinds whose placeholder carries a number, the same for one word in the whole project."""

KINDS = (
    "email", "url", "handle", "phone", "ip", "card", "iban", "id", "address", "birth", *NUMBERED,
)  # fmt: skip
"""Every kind of replacement; people who speak are counted as ``name``, values left out by their key as ``field``."""

PERSON = r"(?:Person|Interviewer)-\d{2,6}"
"""What people who speak are called instead of their names."""

_OWN = re.compile(
    rf"\[(?:email|url|handle|phone|ip|card|iban|id|address|birth|(?:{'|'.join(NUMBERED)})-\d{{1,6}}|{PERSON})\]"
)


class Finding(NamedTuple):
    """A stretch of a text that is to be replaced: where, why, and by what."""

    start: int
    end: int
    kind: str
    after: str


def settled(text: str, found: Iterable[Finding]) -> list[Finding]:
    """Findings in order without overlaps; where two overlap, both stretches go and the earlier, longer one names them.

    What touches a placeholder of an earlier redaction is left out, so that redacting twice is redacting once.
    """
    kept: list[Finding] = []
    own = [match.span() for match in _OWN.finditer(text)] if "[" in text else []
    for one in sorted(found, key=lambda item: (item.start, -item.end)):
        if any(start < one.end and one.start < end for start, end in own):
            continue
        if kept and one.start < kept[-1].end:
            if one.end > kept[-1].end:
                kept[-1] = kept[-1]._replace(end=one.end)
            continue
        kept.append(one)
    return kept


def replaced(text: str, found: Iterable[Finding]) -> str:
    """The text with settled findings replaced."""
    parts: list[str] = []
    at = 0
    for one in found:
        parts += [text[at : one.start], one.after]
        at = one.end
    return "".join([*parts, text[at:]])
