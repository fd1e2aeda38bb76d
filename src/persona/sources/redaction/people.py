"""Who is named: which labels are names, what else such a person is called, and names in the names of files."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from itertools import pairwise
from typing import NamedTuple

from persona.sources.redaction.findings import PERSON
from persona.sources.redaction.folding import UNSPACED, words_of
from persona.sources.redaction.vocabulary import MONTHS, PLAIN, TITLES
from persona.sources.speakers import is_known

NAME_FIELD = re.compile(
    r"(?:full |first |last |given |family |participant |respondent |interviewee |interviewer )?name|surname|"
    r"interviewer|moderator|nickname|alias|vorname|nachname|nom|prénom|nombre|apellidos?|cognome",
    re.IGNORECASE,
)
"""Keys of attributes whose value names a person."""

PRIVATE_FIELD = re.compile(
    r"e-?mail|phone|mobile|\bfax\b|address|street|postal|post ?code|\bzip\b|birth|\bdob\b|linkedin|twitter|instagram|"
    r"facebook|skype|whatsapp|contact|surname|(?:first|last|full|given|family|nick)[ _]?name|^name$|employee[ _]?id|"
    r"\bssn\b|passport|national[ _]?id|ip[ _]?address",
    re.IGNORECASE,
)
"""Keys of attributes that are left out altogether."""

_INTRODUCED = re.compile(
    r"\b(?:[Mm]y (?:full |first |last )?name(?:'s|’s| is| was)|[Tt]hey call me|[Yy]ou can call me|[Pp]lease call me|"
    r"[Mm]ein Name ist|[Ii]ch heiße|[Jj]e m['’]appelle|[Mm]e llamo|[Mm]i nombre es|[Mm]i chiamo|[Mm]ijn naam is|"
    r"[Mm]eu nome é)[ \t]{1,2}"
    r"((?:[^\W\d_a-zß-öø-ÿ][\w'’-]{1,30}[ \t]?){1,3})"
)
_TITLED = re.compile(
    r"\b(?:Mr|Mrs|Ms|Mx|Dr|Prof|Professor|Herr|Frau|Señora?|Sra?|Mme|Mlle|Madame|Monsieur|Signora?)\.?[ \t]{1,2}"
    r"((?:[^\W\d_a-zß-öø-ÿ][\w'’-]{1,30}(?:[ \t](?=[^\W\d_a-zß-öø-ÿ]))?){1,3})"
)
_CODE = re.compile(r"[a-z]{0,3}\d+[a-z]?")
_PARTS = re.compile(r"[^\W_]+(?:['’][^\W_]+)*")
_HUMP = re.compile(r"(?<=[a-zß-öø-ÿ])(?=[A-ZÀ-Þ])")


class Alias(NamedTuple):
    """Words that may mean a person; ``opens``: a given name, which may begin a sentence."""

    words: tuple[str, ...]
    opens: bool


def is_name(label: str) -> bool:
    """Whether a label names a person: not a role, a code such as ``P07``, or a pseudonym that was given before."""
    if is_known(label) or re.fullmatch(PERSON, label):
        return False
    if "@" in label or sum(char.isdigit() for char in label) >= 7:
        return True
    words = words_of(label)
    if MONTHS.intersection(words):  # "May" is somebody, "May 2024" and "May session" are not
        return all(word in MONTHS or (word.isalpha() and word not in PLAIN) for word in words)
    return any(not word.isdigit() and word not in PLAIN and word not in TITLES for word in words)


def aliases(label: str) -> Iterator[Alias]:
    """What a person with this label is called: all of it, its parts, its parts turned round and written together."""
    if "@" in label:
        return
    whole = words_of(label)
    words = tuple(word for word in whole if word not in TITLES and not word.isdigit())
    if not words:
        return
    yield Alias(whole, True)
    if words != whole:
        yield Alias(words, True)
    parts = [
        word for word in words if (word not in PLAIN or word in MONTHS) and (len(word) > 1 or UNSPACED.search(word))
    ]
    if 1 < len(words) <= 4:
        yield Alias((words[-1], *words[:-1]), True)
        yield Alias(("".join(words),), True)
    if 2 < len(words) <= 4:
        yield Alias((words[0], words[-1]), True)
    for part in parts:
        # One letter of a script without spaces is too little to look for.
        if len(part) > 1:
            yield Alias((part,), part == words[0])


def introduced(text: str) -> Iterator[str]:
    """Names that people say when they introduce themselves or speak of somebody with a title."""
    for pattern in (_INTRODUCED, _TITLED):
        for match in pattern.finditer(text):
            name = match[1].strip()
            if any(word not in PLAIN for word in words_of(name)):
                yield name


class Stretch(NamedTuple):
    """A stretch of the name of a file that may name somebody."""

    start: int
    end: int
    words: tuple[str, ...]


def names_in_file_name(stem: str, ordinary: Collection[str]) -> list[Stretch]:
    """The words of a file's name that may be names: no role, code, date, and no word that its text uses in lower case.

    Neighbouring words are one name.
    """
    found: list[Stretch] = []
    at_last = -1
    for index, (start, end) in enumerate(_pieces(stem)):
        word = "".join(words_of(stem[start:end]))
        if (
            len(word) < 2
            or _CODE.fullmatch(word)
            or word in PLAIN
            or word in TITLES
            or word in ordinary
            or word.rstrip("0123456789") in PLAIN
        ):
            continue
        if found and at_last == index - 1:
            found[-1] = Stretch(found[-1].start, end, (*found[-1].words, word))
        else:
            found.append(Stretch(start, end, (word,)))
        at_last = index
    return found


def _pieces(stem: str) -> Iterator[tuple[int, int]]:
    """Words between separators and at humps: ``MariaLopez`` is two."""
    for match in _PARTS.finditer(stem):
        marks = [match.start(), *(match.start() + hump.start() for hump in _HUMP.finditer(match[0])), match.end()]
        yield from pairwise(marks)
