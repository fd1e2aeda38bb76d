"""Marking spans in a text: overlapping spans are cut into flat pieces, and no character is lost or moved."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import NamedTuple

from persona.exports.markup import Html, el, escape, join


class Span(NamedTuple):
    """A numbered stretch of a text: code points, end exclusive."""

    start: int
    end: int
    number: int


class Piece(NamedTuple):
    """A stretch that lies under the same spans from end to end."""

    start: int
    end: int
    spans: tuple[int, ...]


def cut(start: int, end: int, spans: Iterable[Span]) -> list[Piece]:
    """The stretch from ``start`` to ``end`` in pieces, each with the numbers of the spans over it, ascending.

    The pieces touch, ascend and cover the stretch; spans that reach beyond it are cut at its ends.
    """
    over = [span for span in spans if span.start < end and span.end > start and span.start < span.end]
    edges = sorted({start, end} | {max(span.start, start) for span in over} | {min(span.end, end) for span in over})
    return [
        Piece(left, right, tuple(sorted(span.number for span in over if span.start < right and span.end > left)))
        for left, right in pairwise(edges)
    ]


def marked(text: str, start: int, end: int, spans: Sequence[Span]) -> Html:
    """``text[start:end]`` with a ``mark`` around every piece under a span; its text content is unchanged.

    ``data-s`` holds the numbers of the spans over a piece. The first piece of span N is reached as ``#sN``.
    """
    if not spans:
        return escape(text[start:end])
    begins: dict[int, list[int]] = {}
    for span in spans:
        begins.setdefault(span.start, []).append(span.number)
    written: list[Html] = []
    for piece in cut(start, end, spans):
        words = text[piece.start : piece.end]
        if not piece.spans:
            written.append(escape(words))
            continue
        here = sorted(begins.get(piece.start, ()))
        # Spans that begin together share one mark, so all but the first are anchored by an empty element before it.
        written += [el("span", id=f"s{number}") for number in here[1:]]
        numbers = " ".join(map(str, piece.spans))
        written.append(el("mark", words, id=f"s{here[0]}" if here else None, data_s=numbers))
    return join(written)
