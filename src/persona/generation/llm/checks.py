"""Holding a model's words against the words of the people: numbers, persons, denials, and the words it puts in quotes.

These guards refuse what can be seen to be wrong. They do not prove that a statement follows from its evidence; the
measures ``faithfulness`` and ``contradiction_rate`` say more, and a person should look.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

from persona.model.personas import Checks

LONGEST = 600
"""Characters of one statement."""

CLOSE = 0.8
"""The share of a statement's longer words that makes it say what a line says: a denial must then stand in both."""


class Refusal(NamedTuple):
    """Why an item of an answer cannot be used: a stable reason, and a sentence the model is told."""

    reason: str
    message: str


_NUMBER = re.compile(r"\d+(?:[.,:]\d+)*")
_WORDS = (
    "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve", "fifteen", "twenty",
    "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety", "hundred", "thousand", "million", "half",
    "twice", "dozen", "dozens", "hundreds", "thousands",
)  # fmt: skip
_DIGITS = {"two": "2", "three": "3", "four": "4", "five": "5", "six": "6", "seven": "7", "eight": "8", "nine": "9",
           "ten": "10", "eleven": "11", "twelve": "12", "fifteen": "15", "twenty": "20", "thirty": "30",
           "forty": "40", "fifty": "50", "hundred": "100", "thousand": "1000"}  # fmt: skip
_SPELLED = re.compile(rf"\b(?:{'|'.join(_WORDS)})\b", re.IGNORECASE)

_PERSON = re.compile(
    r"\b(?:\d{1,3}[- ]years?[- ]olds?|aged|elderly|middle-aged|teenagers?|millennials?|retirees?|pensioners?|boomers?|"
    r"m[ae]n|wom[ae]n|males?|females?|s?he|his|hers?|him|himself|herself|mothers?|fathers?|mums?|moms?|dads?|husbands?|"
    r"wife|wives|boys?|girls?|lady|ladies|gentlem[ae]n|married|divorced|widow(?:ed|er)?|pregnant|parents?|"
    r"black|hispanic|latin[oax]|asian|african|european|american|british|indian|chinese|german|french|immigrants?|"
    r"muslims?|christians?|jewish|hindus?|buddhists?|catholics?|gay|lesbian|queer|transgender|disabled|autistic|"
    r"dyslexic|wealthy|low-income|working-class)\b",
    re.IGNORECASE,
)
"""Words that say who somebody is: age, gender, family, origin, faith, body, means."""

_DENIAL = re.compile(
    r"\b(?:not|no|never|nothing|nobody|none|neither|nor|without|cannot|hardly|rarely|refus\w+|avoid\w*|lacks?)\b|n['’]t\b",
    re.IGNORECASE,
)
_CLAUSE = re.compile(
    r"[;:—–.!?]\s+|\b(?:but|and|although|though|however|because|so|whereas|while|yet)\b|"
    r",\s+(?=(?:i|we|you|they|he|she|it)\b(?!\s+(?:know|see|mean|guess|suppose|think)\b))",
    re.IGNORECASE,
)
"""Where one clause ends and another begins, that a denial before it does not reach."""

_QUOTED = re.compile(r"[\"“]([^\"“”]{8,})[\"”]")


def unfounded(text: str, evidence: Sequence[str]) -> Refusal | None:
    """What a statement holds that its evidence does not: a number, a trait of a person, a denial, words in quotes."""
    return _unfounded(text, tuple(evidence))


@lru_cache(maxsize=2048)
def _unfounded(text: str, evidence: tuple[str, ...]) -> Refusal | None:
    """As above. What was looked at lately is kept: the runs of an experiment hear much the same of the same lines."""
    said = " ".join(evidence)
    if not text.strip() or len(text) > LONGEST:
        return Refusal("empty", f"a statement must have 1 to {LONGEST} characters")
    low = said.casefold()
    for found in _PERSON.finditer(text):
        if not re.search(rf"\b{re.escape(found[0].casefold())}\b", low):
            return Refusal("demographic_invented", f"“{found[0]}” does not stand in the lines it names")
    invented = sorted(numbers(text) - numbers(said))
    if invented:
        return Refusal("number_invented", f"the number {invented[0]} does not stand in the lines it names")
    for quoted in _QUOTED.findall(text):
        if _plain(quoted) not in _plain(said):
            return Refusal("quote_differs", f"the words “{quoted[:80]}” do not stand in the lines it names")
    if _denied_otherwise(text, evidence):
        return Refusal("negation_differs", "it denies what the line says, or says what the line denies")
    return None


@lru_cache(maxsize=4096)
def numbers(text: str) -> frozenset[str]:
    """The numbers in a text, digits and words alike, as digits where a word has some."""
    spelled = {one.casefold() for one in _SPELLED.findall(text)}
    digits = [one.replace(",", "") for one in _NUMBER.findall(text)]
    return frozenset((*digits, *(_DIGITS.get(one, one) for one in spelled)))


def _denied_otherwise(text: str, evidence: Sequence[str]) -> bool:
    said = _content(text)
    near = [line for line in evidence if said and len(said & _content(line)) / len(said) >= CLOSE]
    if not near:
        return False
    whole = max(near, key=len)  # a quotation may break off before the denial of its sentence
    return len(_DENIAL.findall(text)) % 2 != len(_DENIAL.findall(_where(said, whole))) % 2


def _where(said: frozenset[str], line: str) -> str:
    """The shortest run of clauses that holds all words which the line shares with a statement.

    A denial elsewhere in the line denies something else: “I do not have time, but I trust the numbers”.
    """
    starts = [0, *(found.end() for found in _CLAUSE.finditer(line)), len(line)]
    shared = said & _content(line)
    runs = [
        line[begin:end]
        for place, begin in enumerate(starts)
        for end in starts[place + 1 :]
        if shared <= _content(line[begin:end])
    ]
    return min(runs, key=len, default=line)


@lru_cache(maxsize=4096)
def _content(text: str) -> frozenset[str]:
    """The longer words of a text, without those that deny."""
    words = re.findall(r"[^\W\d_]{4,}", _DENIAL.sub(" ", text).casefold())
    return frozenset(words) - {"true", "that", "case", "they", "their", "with"}


def _plain(text: str) -> str:
    words = text.casefold().replace("’", "'").strip(" .,;:!?…")
    return " ".join(words.split())


class Tally:
    """Counts what became of answers and of the items in them."""

    def __init__(self) -> None:
        self.answers = self.valid = self.mended = self.unreadable = 0
        self.items = self.repaired = self.unquoted = 0
        self.refused: Counter[str] = Counter()
        self.attempts: dict[str, int] = {}

    def record(self, unsupported: int) -> Checks:
        """The counts as they are kept with the personas, of which so many statements are shown without evidence."""
        return Checks(
            answers=self.answers,
            valid=self.valid,
            mended=self.mended,
            unreadable=self.unreadable,
            items=self.items,
            refused=dict(sorted(self.refused.items())),
            repaired=self.repaired,
            unquoted=self.unquoted,
            unsupported=unsupported,
            left_out=self.refused.total() - self.repaired - self.unquoted - unsupported,
            attempts=dict(sorted(self.attempts.items())),
        )
