"""Whether words are English: a remark for people, because the engine without a model has English rules."""

from __future__ import annotations

import re
from collections.abc import Sequence

from persona.model.sources import Document

_FREQUENT = """the and to of that for with you it my this they but are not be when can from your which would"""
_ENGLISH = frozenset(_FREQUENT.split())
LEAST_WORDS, LEAST_SHARE = 30, 0.04
"""Frequent words that the neighbours of English do not share: a fifth of English talk, hardly any of other talk."""

MANY = 0.1
"""The part of the documents of a file from which a remark is made: a few terse answers are no other language."""


def language_notes(documents: Sequence[Document], name: str) -> list[str]:
    """A remark when participants do not speak English; short answers in Latin letters are not judged."""
    foreign = [document.title for document in documents if is_foreign(_said(document))]
    if not foreign or len(foreign) < MANY * len(documents):
        return []
    which = "it does" if len(documents) == 1 else f"{len(foreign)} of {len(documents)} documents do"
    return [f"{name}: {which} not read as English; the engine `extractive` quotes it, and labels little"]


def is_foreign(text: str) -> bool:
    """Whether a text has too few of the frequent words of English, or is in another script."""
    words = re.findall(r"[^\W\d_]+", text[:20_000].lower())
    if not words or sum(word in _ENGLISH for word in words) >= LEAST_SHARE * len(words):
        return False
    other = sum(word[0] > "\u024f" for word in words)
    return len(words) >= LEAST_WORDS or other > len(words) / 2


def _said(document: Document) -> str:
    return " ".join(document.words(turn) for turn in document.turns if turn.role == "participant")
