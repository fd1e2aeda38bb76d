"""Several experiments on one page: a forest plot, the combined difference, and how much the experiments differ."""

from __future__ import annotations

from collections.abc import Callable

from persona.exports.markup import Html, el, join
from persona.exports.page import page
from persona.model.comparisons import Interval, MetaAnalysis, Study

WIDTH, LEFT, RIGHT, ROW, TOP = 760, 260, 30, 30, 10


def render_meta(found: MetaAnalysis, checkpoint: str | None = None) -> bytes:
    """The page, with the state of the log at its foot. It needs nothing but itself."""
    title = f"{found.metric}: {found.variant} beside {found.baseline}"
    combined = found.combined
    notes = [el("p", note) for note in combined.notes]
    body = join(
        el(
            "header",
            el("h1", title),
            el("p", f"{len(found.studies)} experiments, {combined.k} of them combined", class_="lead"),
            el("aside", notes, class_="notice caution") if notes else None,
            class_="masthead",
        ),
        el(
            "main",
            el("section", el("h2", "Difference by experiment"), _forest(found)),
            el("section", el("h2", "Taken together"), _facts(found)),
            el("section", el("h2", "Experiments"), el("div", _table(found), class_="wide")),
            class_="compare",
        ),
    )
    return page(f"{title}: meta-analysis", body, styles=("page.css", "comparison.css"), checkpoint=checkpoint)


def _forest(found: MetaAnalysis) -> Html:
    """A line an experiment with its interval, a square as large as its weight, and a diamond for all together."""
    combined = found.combined
    whole = combined.interval or combined.fixed_interval
    spans = [one.comparison.interval for one in found.studies if one.comparison.interval] + [whole]
    low, high = min(0.0, *(one.low for one in spans)), max(0.0, *(one.high for one in spans))
    room = (high - low or 1e-9) * 0.05
    low, high = low - room, high + room

    def x(value: float) -> float:
        return round(LEFT + (value - low) / (high - low) * (WIDTH - LEFT - RIGHT), 1)

    rows = []
    for number, study in enumerate(found.studies):
        rows.append(_line(study, TOP + ROW * number + ROW / 2, x))
    bottom = TOP + ROW * len(found.studies) + ROW / 2
    middle = x(combined.random)
    points = f"{x(whole.low)},{bottom} {middle},{bottom - 8} {x(whole.high)},{bottom} {middle},{bottom + 8}"
    height = TOP + ROW * (len(found.studies) + 1) + 26
    return el(
        "svg",
        el("line", class_="axis", x1=x(0), x2=x(0), y1=TOP, y2=bottom + 10),
        rows,
        el("text", "all together", x=LEFT - 12, y=bottom + 4, text_anchor="end"),
        el("polygon", points=points, class_="dot"),
        el("text", f"{low:.3g}", x=LEFT, y=height - 6),
        el("text", "0", x=x(0), y=height - 6, text_anchor="middle"),
        el("text", f"{high:.3g}", x=WIDTH - RIGHT, y=height - 6, text_anchor="end"),
        class_="strip",
        viewBox=f"0 0 {WIDTH} {height}",
        role="img",
        aria_label=f"forest plot of {len(found.studies)} experiments",
    )


def _line(study: Study, y: float, place: Callable[[float], float]) -> Html:
    one = study.comparison
    name = f"{study.project}/{study.experiment}"
    shown = name if len(name) <= 34 else name[:33] + "…"
    drawn: list[Html] = [el("text", shown, x=LEFT - 12, y=y + 4, text_anchor="end")]
    if one.interval is not None and one.difference is not None:
        side = 4 + 12 * (study.weight or 0.0) ** 0.5
        drawn.append(el("line", class_="mean", x1=place(one.interval.low), x2=place(one.interval.high), y1=y, y2=y))
        square = el(
            "rect",
            el("title", f"{name}: {one.difference:+.4g}"),
            class_="dot",
            x=round(place(one.difference) - side / 2, 1),
            y=round(y - side / 2, 1),
            width=round(side, 1),
            height=round(side, 1),
        )
        drawn.append(square)
    return el("g", drawn)


def _facts(found: MetaAnalysis) -> Html:
    one = found.combined
    rows = [
        ("random effects (Paule and Mandel)", f"{one.random:+.4g}{_span(one.interval)}"),
        ("fixed effect", f"{one.fixed:+.4g}{_span(one.fixed_interval)}"),
        ("a next experiment", _span(one.prediction).strip() or "not told by so few"),
        ("p", "-" if one.p is None else f"{one.p:.2g}"),
        ("tau, the spread of true differences", "-" if one.tau is None else f"{one.tau:.4g}"),
        ("I², the share of variation that is no noise", "-" if one.i2 is None else f"{one.i2:.0%}"),
        ("Q", "-" if one.q is None else f"{one.q:.3g}, p {one.q_p:.2g}"),
    ]
    return el("table", el("tbody", [el("tr", el("th", name, scope="row"), el("td", told)) for name, told in rows]))


def _span(interval: Interval | None) -> str:
    if interval is None:
        return ""
    return f"  {interval.low:+.4g} to {interval.high:+.4g} ({interval.confidence:.0%}, {interval.method})"


def _table(found: MetaAnalysis) -> Html:
    heads = ("experiment", "n", "difference", "interval", "weight", "verdict alone")
    rows = []
    for study in found.studies:
        one = study.comparison
        cells = (
            f"{study.project}/{study.experiment}",
            str(one.n),
            "-" if one.difference is None else f"{one.difference:+.4g}",
            _span(one.interval).strip() or "-",
            "left out" if study.weight is None else f"{study.weight:.0%}",
            one.verdict,
        )
        rows.append(el("tr", [el("td", cell) for cell in cells]))
    return el("table", el("thead", el("tr", [el("th", head, scope="col") for head in heads])), el("tbody", rows))
