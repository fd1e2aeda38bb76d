"""The documents of a report: turns to read, with the passages that claims rest on marked in them."""

from __future__ import annotations

from collections.abc import Sequence

from persona.exports.cards import plural
from persona.exports.citing import Citations
from persona.exports.highlighting import Span, marked
from persona.exports.markup import Html, el, join
from persona.model.sources import Input, Turn


def transcript(item: Input, citations: Citations, number: int) -> Html:
    """One document in full. Together the elements of class ``w`` hold its text, but for the gaps between turns."""
    document = item.document
    spans = citations.spans(item.digest)
    pieces: list[Html] = []
    at = 0
    for turn in sorted(document.turns, key=lambda turn: turn.start):
        pieces += _loose(document.text, at, turn.start, spans)
        pieces.append(_turn(item, turn, spans))
        at = max(at, turn.end)
    pieces += _loose(document.text, at, len(document.text), spans)
    claims = citations.claims(item.digest)
    told = (
        f"{plural(len(document.turns), 'turn')} · {'1 claim rests' if claims == 1 else f'{claims} claims rest'} on it"
    )
    return el(
        "article",
        el("header", el("h3", el("bdi", citations.names[item.digest]), id=f"d{number}-h"), el("p", told)),
        el("div", pieces, class_="turns"),
        class_="document",
        id=f"d{number}",
        aria_labelledby=f"d{number}-h",
    )


def _turn(item: Input, turn: Turn, spans: Sequence[Span]) -> Html:
    text = item.document.text
    label = item.label(turn)
    speaker = turn.speaker or (label or "Unnamed")
    also = el("bdi", label, class_="label") if label and label != speaker else None
    time = el("span", clock(turn.began), class_="time") if turn.began is not None else None
    question = el("p", turn.question, class_="question", dir="auto") if turn.question else None
    over = [span for span in spans if span.start < turn.end and span.end > turn.start]
    return el(
        "div",
        el("p", el("bdi", speaker), also, time, class_="who"),
        el("div", question, el("p", marked(text, turn.start, turn.end, over), class_="w", dir="auto"), class_="said"),
        class_="turn interviewer" if turn.role == "interviewer" else "turn",
    )


def _loose(text: str, start: int, end: int, spans: Sequence[Span]) -> list[Html]:
    """Words that belong to no turn are shown too; the blank lines between turns are not."""
    if start >= end or not text[start:end].strip():
        return []
    return [el("div", el("p", marked(text, start, end, spans), class_="w", dir="auto"), class_="turn loose")]


def document_list(inputs: Sequence[Input], citations: Citations) -> Html:
    """Every document that was read, with those that are embedded linked."""
    rows = []
    number = 0
    for item in inputs:
        name = el("bdi", citations.names[item.digest])
        claims = citations.claims(item.digest)
        if citations.spans(item.digest):
            number += 1
            name = el("a", name, href=f"#d{number}")
        people = [
            join(", " if at else None, el("bdi", label)) for at, label in enumerate(sorted(set(item.people.values())))
        ]
        rows.append(
            el(
                "tr",
                el("th", name, scope="row"),
                el("td", people),
                el("td", str(len(item.document.turns)), class_="number"),
                el("td", str(claims) if claims else "none", class_="number"),
                el("td", el("code", item.digest.removeprefix("sha256:")[:12], title=item.digest)),
            )
        )
    head = [el("th", title, scope="col") for title in ("Document", "Participants", "Turns", "Claims", "Digest")]
    return el("table", el("thead", el("tr", head)), el("tbody", rows), class_="documents")


def cited(inputs: Sequence[Input], citations: Citations) -> list[Input]:
    """The documents that claims rest on, in the order given."""
    return [item for item in inputs if citations.spans(item.digest)]


def clock(seconds: float) -> str:
    """``3:07`` or ``1:02:09``: a position in a recording."""
    whole = max(int(seconds), 0)
    hours, rest = divmod(whole, 3600)
    minutes, last = divmod(rest, 60)
    return f"{hours}:{minutes:02}:{last:02}" if hours else f"{minutes}:{last:02}"
