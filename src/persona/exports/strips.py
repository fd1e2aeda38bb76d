"""Strip plots in SVG: every run a dot that leads to it, every side a line of dots with its mean; no script."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from persona.exports.markup import Html, el

WIDTH, LEFT, RIGHT, ROW, TOP = 720, 170, 20, 34, 8
MOST_DOTS = 400
"""Dots of one side; of more runs evenly many are shown, and the title says so."""


def strip_plot(metric: str, values: Mapping[str, Sequence[tuple[str, float]]], baseline: str) -> Html:
    """One metric: a line for each side with its runs (id, value) as dots; equal values are spread a little."""
    everything = [value for points in values.values() for _, value in points]
    low, high = min(everything), max(everything)
    span = (high - low) or max(abs(high), 1e-9) * 0.1
    low, high = low - 0.04 * span, high + 0.04 * span
    height = TOP + ROW * len(values) + 26

    def x(value: float) -> float:
        return round(LEFT + (value - low) / (high - low) * (WIDTH - LEFT - RIGHT), 1)

    rows = []
    for number, (side, points) in enumerate(values.items()):
        middle = TOP + ROW * number + ROW / 2
        shown = points if len(points) <= MOST_DOTS else points[:: -(-len(points) // MOST_DOTS)]
        dots = [_dot(run, value, x(value), middle + _spread(at)) for at, (run, value) in enumerate(shown)]
        mean = sum(value for _, value in points) / len(points)
        rows.append(
            el(
                "g",
                el("text", _short(side), x=LEFT - 12, y=middle + 4, text_anchor="end"),
                el("line", class_="axis", x1=LEFT, x2=WIDTH - RIGHT, y1=middle, y2=middle),
                dots,
                el("line", class_="mean", x1=x(mean), x2=x(mean), y1=middle - 11, y2=middle + 11),
                class_="baseline" if side == baseline else "side",
            )
        )
    foot = TOP + ROW * len(values) + 16
    ends = [
        el("text", f"{low:.4g}", x=LEFT, y=foot),
        el("text", f"{high:.4g}", x=WIDTH - RIGHT, y=foot, text_anchor="end"),
    ]
    told = "; ".join(f"{side}: {len(points)} runs" for side, points in values.items())
    return el(
        "svg", rows, ends, class_="strip", viewBox=f"0 0 {WIDTH} {height}", role="img", aria_label=f"{metric}. {told}"
    )


def _dot(run: str, value: float, x: float, y: float) -> Html:
    circle = el("circle", el("title", f"{run}: {value:.4g}"), class_="dot", cx=x, cy=y, r=4)
    return el("a", circle, href=f"#{run}")


def _spread(at: int) -> float:
    """A little height, the same each time, so that equal values do not hide each other."""
    return (at * 7 % 11 - 5) * 1.1


def _short(side: str) -> str:
    return side if len(side) <= 24 else side[:23] + "…"
