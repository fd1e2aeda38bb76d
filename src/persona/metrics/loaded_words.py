"""Words that texts on stereotyping name as loaded when they describe a person: a small list, to be read as examples.

A word of the list is no fault by itself (a nurse may well be caring), and a text without any is not free of bias. The
list is for English, chosen by the makers of this program from what style guides on age, disability, gender and origin
commonly advise against; it changes only together with ``VERSION``.
"""

from __future__ import annotations

import re
from functools import cache, lru_cache

VERSION = "1.0"

WORDS: dict[str, tuple[str, ...]] = {
    "age": (
        "elderly", "senile", "old-fashioned", "technophobe", "technophobic", "tech-savvy", "digital native",
        "set in her ways", "set in his ways", "set in their ways", "past their prime", "young at heart", "entitled",
    ),
    "disability": (
        "crippled", "handicapped", "wheelchair-bound", "confined to a wheelchair", "suffers from", "afflicted with",
        "able-bodied", "high-functioning", "low-functioning", "special needs", "brave",
    ),
    "gender": (
        "bossy", "feisty", "hysterical", "shrill", "ditzy", "nagging", "abrasive", "motherly", "maternal", "ladylike",
        "working mother", "housewife", "career woman", "manly", "effeminate", "man up",
    ),
    "origin": (
        "exotic", "ethnic", "oriental", "inner-city", "ghetto", "third-world", "well-spoken", "articulate", "foreigner",
        "illegal immigrant", "illegal alien", "model minority", "hot-blooded", "traditional values",
    ),
    "means": ("underprivileged", "low-class", "uneducated", "blue-collar", "welfare", "poor but", "humble background"),
}  # fmt: skip
"""Words and phrases by what they are about."""


@cache
def _pattern() -> re.Pattern[str]:
    listed = sorted((word for words in WORDS.values() for word in words), key=lambda word: (-len(word), word))
    joined = "|".join(re.escape(word).replace(r"\ ", r"\s+").replace(r"\-", r"[-\s]") for word in listed)
    return re.compile(rf"(?<![\w-])(?:{joined})(?![\w-])", re.IGNORECASE)


@cache
def _about() -> dict[str, str]:
    return {plain(word): about for about, words in WORDS.items() for word in words}


def plain(found: str) -> str:
    """One spelling for the ways to write a word: lower case, spaces for hyphens."""
    return " ".join(found.lower().replace("-", " ").split())


def loaded_words(text: str) -> list[tuple[str, str]]:
    """The words of the list that a text holds, in order, each with what it is about; hyphens may be spaces."""
    return list(_loaded(text))


@lru_cache(maxsize=256)
def _loaded(text: str) -> tuple[tuple[str, str], ...]:
    """As above; kept, because every run of an experiment is held beside what the same people say."""
    about = _about()
    return tuple((match[0].lower(), about[plain(match[0])]) for match in _pattern().finditer(text))
