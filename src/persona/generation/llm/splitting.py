"""Long interviews and long lists cut into parts that fit a request, by tokens as counted."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from typing import TypeVar

import msgspec

from persona.errors import InvalidInput
from persona.generation.corpus import Sentence
from persona.generation.vectors import count_tokens

MARGIN = 1.25
"""Tokens of another model's vocabulary per token of ours, generously: vocabularies differ by a tenth on English."""

LONGEST_LINE = 1200
"""Characters of one numbered line; a longer sentence is cut between words, and each piece gets its own number."""

FORM = 40
"""Tokens that one line's number, speaker and kind add."""

REPAIR = 800
"""Tokens kept free for giving refused items back; of a small context a tenth."""

Item = TypeVar("Item")


def measured(text: str) -> int:
    """The tokens of a text, as far as a model with another vocabulary may count them."""
    return int(count_tokens(text) * MARGIN) + 1


SHORT = 1000
"""Tokens of an answer that still holds something."""


def room(context: int, answer: int, fixed: Sequence[str]) -> int:
    """The tokens left for lines in a request of ``context`` tokens: answer, fixed words and a repair taken off.

    Raises ``InvalidInput`` where nothing is left.
    """
    words = sum(measured(text) for text in fixed)
    left = context - answer - words - repair_room(context)
    if left < 4 * FORM:
        enough = -(-(answer + words + REPAIR + 25 * FORM) // 1000) * 1000
        hints = [f"allow longer requests: `--context {enough}`"]
        if left + answer - SHORT >= 4 * FORM:
            hints.append(f"or shorter answers: `--max-tokens {SHORT}`")
        raise InvalidInput(
            f"a request of {context:,} tokens leaves no room for what people said",
            code="context-too-small",
            place="parameter `context`",
            hints=hints,
        )
    return left


def schema_text(value: object) -> str:
    """A schema as JSON text, to measure what it takes in a request."""
    return msgspec.json.encode(value).decode()


def repair_room(context: int) -> int:
    """The tokens kept free for a repair."""
    return min(REPAIR, context // 10)


def shortened(text: str, most: int) -> str:
    """As much of the beginning of a text as takes no more than so many tokens."""
    while text and (taken := measured(text)) > most:
        text = text[: max(0, min(len(text) - 1, int(len(text) * most / taken)))]
    return text


def parts(items: Sequence[Item], cost: Callable[[Item], int], most: int) -> list[list[Item]]:
    """Items in their order, cut so that no part costs more than ``most``; one that costs more stands alone."""
    found: list[list[Item]] = []
    spent = 0
    for item in items:
        price = cost(item)
        if not found or spent + price > most:
            found.append([])
            spent = 0
        found[-1].append(item)
        spent += price
    return found


def lines_of(sentences: Sequence[Sentence]) -> Iterator[Sentence]:
    """Sentences as numbered lines: one that is too long becomes several, cut at blanks."""
    for sentence in sentences:
        at = 0
        while len(sentence.text) - at > LONGEST_LINE:
            cut = max((found.end() for found in re.finditer(r"\s+", sentence.text[at : at + LONGEST_LINE])), default=0)
            cut = cut or LONGEST_LINE
            yield _piece(sentence, at, at + cut)
            at += cut
        yield sentence if at == 0 else _piece(sentence, at, len(sentence.text))


def _piece(sentence: Sentence, start: int, end: int) -> Sentence:
    words = sentence.text[start:end]
    start += len(words) - len(words.lstrip())
    words = words.strip()
    begin = sentence.start + start
    return sentence._replace(start=begin, end=begin + len(words), text=words)
