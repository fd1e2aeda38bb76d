"""A comparison as one self-contained page: verdicts, plots, what differs in plan, words and runs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from persona.exports.markup import Html, el, join
from persona.exports.page import page
from persona.exports.strips import strip_plot
from persona.model.cards import derived
from persona.model.comparisons import Comparison, SidesCompared
from persona.model.matches import ClaimChange, Match, Matched

if TYPE_CHECKING:
    from persona.model.records import Run

WORDS = {"equivalent": "equivalent", "not enough": "not enough data"}
MOST_RUNS = 2000
"""Runs listed in the page; all of them are in the comparison beside it."""


def render_comparison(
    compared: SidesCompared, matched: Sequence[Matched], runs: Mapping[str, Run], checkpoint: str | None = None
) -> bytes:
    """The page, with the state of the log at its foot. It needs nothing but itself; links to runs lead to their folders
    beside it.
    """
    first = [one for one in compared.comparisons if one.metric == compared.primary]
    rest = [one for one in compared.comparisons if one.metric != compared.primary]
    body = join(
        _masthead(compared),
        el(
            "main",
            _table(f"Primary metric: {compared.primary}", first, "Adjusted by Holm over these rows.")
            if first
            else None,
            _table(
                "Other metrics" if first else "Metrics",
                rest,
                "Exploration: adjusted by Benjamini and Hochberg over these rows.",
            )
            if rest
            else None,
            _plots(compared),
            _plan(compared),
            [_personas(one, compared.baseline) for one in matched],
            _runs(compared, runs),
            class_="compare",
        ),
    )
    title, styles = f"{compared.title}: comparison", ("page.css", "comparison.css")
    return page(title, body, styles=styles, checkpoint=checkpoint, salt=derived("page", *(one.salt for one in matched)))


def _masthead(compared: SidesCompared) -> Html:
    sides = ", ".join(f"{side.name} ({len(side.runs)})" for side in compared.sides)
    notes = [el("p", note) for note in compared.notes]
    return el(
        "header",
        el("h1", compared.title),
        el("p", f"Beside {compared.baseline}: {sides}", class_="lead"),
        el("p", el("strong", "Hypothesis: "), compared.hypothesis, class_="lead") if compared.hypothesis else None,
        el("aside", el("p", compared.registration), class_="notice") if compared.registration else None,
        el("aside", notes, class_="notice caution") if notes else None,
        class_="masthead",
    )


def _table(title: str, rows: Sequence[Comparison], told: str) -> Html:
    heads = ("metric", "variant", "mean", "baseline", "difference", "interval", "p", "verdict")
    return el(
        "section",
        el("h2", title),
        el("p", told, class_="imprint"),
        el(
            "div",
            el(
                "table",
                el("thead", el("tr", [el("th", name, scope="col") for name in heads])),
                el("tbody", [_row(one) for one in rows]),
            ),
            class_="wide",
        ),
    )


def _row(one: Comparison) -> Html:
    interval = f"{one.interval.low:+.4g} to {one.interval.high:+.4g}" if one.interval else "-"
    p = one.p_adjusted if one.p_adjusted is not None else one.test.p if one.test else None
    cautions = [el("div", caution.text) for caution in one.cautions]
    return el(
        "tr",
        el("th", one.metric, scope="row"),
        el("td", el("a", one.variant, href=f"#side-{one.variant}")),
        el("td", _number(one.mean), class_="number"),
        el("td", _number(one.mean_baseline), class_="number"),
        el("td", f"{one.difference:+.4g}" if one.difference is not None else "-", class_="number"),
        el("td", interval, class_="number"),
        el("td", f"{p:.2g}" if p is not None else "-", class_="number"),
        el(
            "td",
            el("span", WORDS.get(one.verdict, one.verdict), class_=f"verdict {one.verdict.replace(' ', '-')}"),
            el("div", one.why, cautions, class_="why"),
        ),
    )


def _number(value: float | None) -> str:
    return "-" if value is None else f"{value:.4g}"


def _plots(compared: SidesCompared) -> Html:
    plots = []
    for metric in compared.metrics:
        values = {
            side.name: [
                (point.run, point.values[metric])
                for point in compared.points
                if point.side == side.name and metric in point.values
            ]
            for side in compared.sides
        }
        full = {side: points for side, points in values.items() if points}
        if full:
            plots.append(el("figure", el("h3", metric), strip_plot(metric, full, compared.baseline)))
    return el("section", el("h2", "Every run"), plots)


def _plan(compared: SidesCompared) -> Html:
    names = [side.name for side in compared.sides]
    if not compared.differing:
        return el("section", el("h2", "What differs in the plan"), el("p", "No parameter differs between the sides."))
    rows = [
        el("tr", el("th", key, scope="row"), [el("td", values.get(name, "-")) for name in names])
        for key, values in compared.differing.items()
    ]
    builds = [side for side in compared.sides if side.builds]
    if builds:
        rows.append(
            el(
                "tr",
                el("th", "answered by", scope="row"),
                [el("td", ", ".join(side.builds)) for side in compared.sides],
            )
        )
    head = el("thead", el("tr", el("th", ""), [el("th", name, scope="col") for name in names]))
    table = el("table", head, el("tbody", rows))
    return el("section", el("h2", "What differs in the plan"), el("div", table, class_="wide"))


def _personas(one: Matched, baseline: str) -> Html:
    return el(
        "section",
        el("h2", f"Personas: {one.side} beside {baseline}"),
        el("p", f"{one.run} beside {one.baseline_run}", class_="imprint"),
        el("div", [_match(match, one) for match in one.matches], class_="pairs"),
    )


def _match(match: Match, one: Matched) -> Html:
    before = one.names.get(match.before or "", match.before or "nobody")
    after = one.later.get(match.after or "", match.after or "nobody")
    alike = f", similarity {match.similarity:.2f}" if match.similarity is not None else ""
    changes = sorted(match.changes, key=lambda change: change.kind == "same")
    same = [change for change in changes if change.kind == "same"]
    other = [change for change in changes if change.kind != "same"]
    return el(
        "article",
        el("h3", f"{before} → {after}{alike}"),
        el("ul", [_change(change) for change in other]) if other else el("p", "They say the same."),
        el("details", el("summary", f"{len(same)} claims are the same"), el("ul", [_change(one) for one in same]))
        if same and other
        else None,
        class_="match",
    )


def _change(change: ClaimChange) -> Html:
    tags = {"both": "span", "before": "del", "after": "ins"}
    words = [el(tags[piece.where], piece.text) for piece in change.pieces]
    label = f"{change.field.replace('_', ' ')}, {change.kind}"
    return el("li", el("span", label, class_="kind"), " ", words, class_=change.kind)


def _runs(compared: SidesCompared, runs: Mapping[str, Run]) -> Html:
    found = []
    for side in compared.sides:
        points = [point for point in compared.points if point.side == side.name][:MOST_RUNS]
        heads = ("run", "block", *compared.metrics)
        rows = [
            el(
                "tr",
                el("td", el("a", point.run, href=_folder(runs.get(point.run), point.run))),
                el("td", point.block),
                [el("td", _number(point.values.get(metric)), class_="number") for metric in compared.metrics],
                id=point.run,
            )
            for point in points
        ]
        table = el("table", el("thead", el("tr", [el("th", head) for head in heads])), el("tbody", rows))
        left = len(side.runs) - len(points)
        told = f"{side.name}: {len(side.runs)} runs" + (f", {left} more than are listed" if left > 0 else "")
        details = el(
            "details", el("summary", told), el("div", table, class_="wide runs"), id=f"side-{side.name}", open=True
        )
        found.append(details)
    return el("section", el("h2", "The runs behind it"), found)


def _folder(run: Run | None, id: str) -> str:
    """Where a run's folder stands, seen from ``analysis/comparisons``."""
    if run is None or not run.experiment:
        return f"../../runs/{id}/"
    return f"../../experiments/{run.experiment}/runs/{id}/"
