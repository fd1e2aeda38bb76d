"""Marking overlapping spans in a text: split where spans begin and end, so that marks never have to nest."""

from __future__ import annotations

import html
from collections.abc import Sequence
from typing import NamedTuple


class Span(NamedTuple):
    """A stretch of text and the claim that rests on it."""

    start: int
    end: int
    claim: str


def marked(text: str, start: int, end: int, spans: Sequence[Span], anchors: dict[str, str]) -> str:
    """``text[start:end]`` as HTML, each part that claims rest on in a ``mark`` with their ids.

    The text content of the result is exactly ``text[start:end]``. ``anchors`` gives, for claims whose first mark
    has not been made yet, the id that this mark gets; they are taken out as they are used.
    """
    inside = [span for span in spans if span.start < end and span.end > start]
    cuts = sorted({start, end, *(max(start, span.start) for span in inside), *(min(end, span.end) for span in inside)})
    parts = []
    for left, right in zip(cuts, cuts[1:], strict=False):
        words = html.escape(text[left:right])
        claims = sorted({span.claim for span in inside if span.start <= left and right <= span.end})
        if not claims:
            parts.append(words)
            continue
        given = [anchors.pop(claim) for claim in claims if claim in anchors]
        id = f' id="{given[0]}"' if given else ""
        more = "".join(f'<a id="{other}"></a>' for other in given[1:])
        parts.append(f'{more}<mark{id} tabindex="-1" data-c="{html.escape(" ".join(claims))}">{words}</mark>')
    return "".join(parts)
