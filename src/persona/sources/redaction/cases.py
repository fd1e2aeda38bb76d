"""How the words of a file are written and used: with capitals, in lower case, as words that are no names."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from itertools import pairwise

from persona.sources.redaction.folding import TOKEN, fold, words_of
from persona.sources.redaction.vocabulary import BEFORE_WORDS, DETERMINERS

SHARE, WEAK_SHARE, WEAK_LEAST = 0.15, 0.5, 4
"""The part of a word's uses in lower case that must follow a determiner, or anything that seldom stands before a name,
for it to be an ordinary word; and how many uses the second needs, because "did anna" and "to anna" are said too."""

_ADDRESS = re.compile(r"[@/\\_]|\w\.\w")
"""What shows that a word is an address or a path, in which case means nothing."""


def cases(texts: Iterable[str]) -> tuple[set[str], set[str]]:
    """The folded words that stand in lower case at least as often as with a capital, and those that have a capital.

    A transcript that uses no capitals says nothing about the first.
    """
    low, capital = Counter[str](), Counter[str]()
    for text in texts:
        words = " ".join(word for word in text.split() if not _ADDRESS.search(word))
        for match in TOKEN.finditer(words):
            (capital if match[0][0].isupper() else low)[match[0]] += 1
    if len(capital) * 100 < len(low):
        return set(), {word for text in low for word in words_of(text)}
    names = _folded_counts(capital)
    ordinary = _folded_counts(Counter({text: count for text, count in low.items() if text[0].islower()}))
    return {word for word, count in ordinary.items() if count >= names[word]}, set(names)


def used_as_words(texts: Iterable[str]) -> set[str]:
    """The folded words that are used as a word and no name where they stand in lower case, by what stands before them.

    A name that is written small ("i asked anna") is not among them: nobody says "the anna" or "we anna" often.
    """
    low, after_determiner, after_any = Counter[str](), Counter[str](), Counter[str]()
    for text in texts:
        folded = fold(text)
        tokens = list(TOKEN.finditer(folded.text))
        for before, match in pairwise([None, *tokens]):
            assert match is not None
            if not text[folded.span(match.start(), match.start() + 1)[0]].islower():
                continue
            word = match[0]
            low[word] += 1
            if before is not None and folded.text[before.end() : match.start()].isspace():
                after_determiner[word] += before[0] in DETERMINERS
                after_any[word] += before[0] in BEFORE_WORDS or before[0] in DETERMINERS
    return {
        word
        for word, count in low.items()
        if after_determiner[word] >= SHARE * count
        or (after_any[word] >= WEAK_LEAST and after_any[word] >= WEAK_SHARE * count)
    }


def _folded_counts(counts: Counter[str]) -> Counter[str]:
    folded = Counter[str]()
    for text, count in counts.items():
        for word in words_of(text):
            folded[word] += count
    return folded
