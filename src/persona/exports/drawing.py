"""Lineage as a drawing: Mermaid for documents, and SVG drawn here, which needs no program and no network to be seen.

The SVG stands in layers by distance, as Sugiyama, Tagawa and Toda (1981) draw graphs: things of one distance in one
column, each near the middle of those it is joined to, so that few lines cross.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from typing import NamedTuple

from persona.model.records import Edge

ROUNDS = 4
"""How often the columns are put in order, forth and back."""

LONGEST = 44
"""Characters of a label in a box."""

WIDTH, HEIGHT, GAP, LANE = 300, 40, 14, 120
"""Of a box, its height, the space between two boxes of a column, and between two columns, in pixels."""

COLOURS: Mapping[str, str] = {
    "source": "#2f6f4f",
    "document": "#3f8060",
    "highlight": "#6b7f2a",
    "participant": "#8a5a2b",
    "run": "#355c9a",
    "call": "#5578b0",
    "artefact": "#7a3f8f",
    "persona": "#8f5aa3",
    "claim": "#a3487a",
    "experiment": "#47708a",
}
OTHER = "#5a5a5a"


class Box(NamedTuple):
    """A thing to be drawn: its id, what it is, its label, and its column."""

    id: str
    kind: str
    label: str
    column: int


def mermaid(boxes: Sequence[Box], edges: Sequence[Edge]) -> str:
    """A flowchart in Mermaid. Whatever a label holds stays text: quotes and brackets are written as codes."""
    names = {box.id: f"n{at}" for at, box in enumerate(boxes)}
    lines = ["flowchart LR"]
    lines += [f'  {names[box.id]}["{_coded(box.kind)}: {_coded(_short(box.label))}"]' for box in boxes]
    for edge in edges:
        if edge.src in names and edge.dst in names:
            lines.append(f"  {names[edge.src]} -->|{edge.rel.replace('_', ' ')}| {names[edge.dst]}")
    return "\n".join(lines) + "\n"


def _coded(text: str) -> str:
    """A text with everything but letters, digits and plain marks as Mermaid's character codes."""
    return "".join(one if one.isalnum() or one in " .,-_/" else f"#{ord(one)};" for one in " ".join(text.split()))


def _short(text: str) -> str:
    flat = " ".join(text.split())
    return flat if len(flat) <= LONGEST else flat[: LONGEST - 1] + "…"


def svg(boxes: Sequence[Box], edges: Sequence[Edge], title: str) -> str:
    """The graph as one SVG file: a box for each thing, columns by distance, a line with its relation for each edge."""
    columns = _columns(boxes, edges)
    places: dict[str, tuple[float, float]] = {}
    tallest = max((len(column) for column in columns), default=0) * (HEIGHT + GAP)
    for at, column in enumerate(columns):
        top = (tallest - len(column) * (HEIGHT + GAP)) / 2
        for row, box in enumerate(column):
            places[box.id] = (20 + at * (WIDTH + LANE), 50 + top + row * (HEIGHT + GAP))
    wide = 40 + len(columns) * (WIDTH + LANE) - LANE
    high = 70 + tallest
    parts = [
        (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {wide} {high:g}" width="{wide}" height="{high:g}" '
            f'role="img" aria-label="{escape(title)}" font-family="system-ui, sans-serif" font-size="12">'
        ),
        f"<title>{escape(title)}</title>",
        f'<rect width="{wide}" height="{high:g}" fill="#ffffff"/>',
        f'<text x="20" y="28" font-size="15" font-weight="600" fill="#1c1c1c">{escape(title)}</text>',
        *(_line(edge, places) for edge in edges if edge.src in places and edge.dst in places),
        *(_box(box, *places[box.id]) for column in columns for box in column),
        "</svg>",
    ]
    return "\n".join(parts) + "\n"


def _columns(boxes: Sequence[Box], edges: Sequence[Edge]) -> list[list[Box]]:
    """The boxes by column, in an order that keeps neighbours near each other."""
    columns: list[list[Box]] = [[] for _ in range(max((box.column for box in boxes), default=-1) + 1)]
    for box in boxes:
        columns[box.column].append(box)
    joined: dict[str, list[str]] = {}
    for edge in edges:
        joined.setdefault(edge.src, []).append(edge.dst)
        joined.setdefault(edge.dst, []).append(edge.src)
    for number in range(ROUNDS):
        rows = {box.id: at - len(column) / 2 for column in columns for at, box in enumerate(column)}
        order = columns if number % 2 == 0 else columns[::-1]
        for column in order:
            middles = {box.id: _middle(box, joined, rows) for box in column}
            column.sort(key=lambda box: (middles[box.id], box.id))  # used up within the round
            rows.update((box.id, at - len(column) / 2) for at, box in enumerate(column))
    return columns


def _middle(box: Box, joined: Mapping[str, Sequence[str]], rows: Mapping[str, float]) -> float:
    near = [rows[one] for one in joined.get(box.id, ()) if one in rows]
    return sum(near) / len(near) if near else rows[box.id]


def _box(box: Box, x: float, y: float) -> str:
    colour = COLOURS.get(box.kind, OTHER)
    return (
        f"<g><title>{escape(f'{box.kind} {box.id}')}</title>"
        f'<rect x="{x:g}" y="{y:g}" width="{WIDTH}" height="{HEIGHT}" rx="5" fill="#ffffff" stroke="{colour}"/>'
        f'<rect x="{x:g}" y="{y:g}" width="5" height="{HEIGHT}" rx="2" fill="{colour}"/>'
        f'<text x="{x + 14:g}" y="{y + 16:g}" fill="{colour}" font-size="10">{escape(box.kind)}</text>'
        f'<text x="{x + 14:g}" y="{y + 31:g}" fill="#1c1c1c">{escape(_short(box.label))}</text></g>'
    )


def _line(edge: Edge, places: Mapping[str, tuple[float, float]]) -> str:
    """A curve from the nearer side of one box to the nearer side of the other, its relation told when pointed at."""
    (x1, y1), (x2, y2) = places[edge.src], places[edge.dst]
    start, end = (x1 + WIDTH, x2) if x1 < x2 else (x1, x2 + WIDTH) if x1 > x2 else (x1 + WIDTH, x2 + WIDTH)
    y1, y2 = y1 + HEIGHT / 2, y2 + HEIGHT / 2
    bend = (start + end) / 2 if x1 != x2 else start + LANE / 2
    return (
        f'<path d="M{start:g},{y1:g} C{bend:g},{y1:g} {bend:g},{y2:g} {end:g},{y2:g}" fill="none" stroke="#b4b4b4">'
        f"<title>{escape(edge.rel.replace('_', ' '))}</title></path>"
    )
