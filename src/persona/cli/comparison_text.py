"""Comparisons as people read them: a line a metric and side, the verdict first in words."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from persona.cli.screen import Screen
from persona.cli.tables import Column, table
from persona.errors import InvalidInput
from persona.model.comparisons import Comparison, SidesCompared

SHOWN_WHYS = 12
"""Rows up to which each verdict is explained in a sentence."""


def draw_comparison(screen: Screen, found: SidesCompared, page: str | None, *, everything: bool) -> Iterator[str]:
    """The verdicts of a comparison, the primary metric apart from exploration, and what else differs."""
    sides = ", ".join(f"{side.name} ({len(side.runs)})" for side in found.sides)
    yield f"{screen.bold(found.title)}  beside {found.baseline}: {sides}"
    if found.hypothesis:
        yield from screen.wrap(found.hypothesis, f"  {screen.dim('hypothesis')}  ", "  ")
    if found.registration:
        yield from screen.wrap(found.registration, f"  {screen.dim('registered')}  ", "  ")
    for key, values in found.differing.items():
        told = ", ".join(f"{side} {value}" for side, value in values.items())
        yield from screen.wrap(told, f"  {screen.dim(key)}  ", "    ")
    first = [one for one in found.comparisons if one.metric == found.primary]
    rest = [one for one in found.comparisons if one.metric != found.primary]
    for title, rows in (("Primary metric", first), ("Exploration" if first else "Metrics", rest)):
        if rows:
            yield ""
            yield screen.bold(title)
            yield from _rows(screen, rows, whys=everything or len(rows) <= SHOWN_WHYS)
    for several in found.several:
        test = several.omnibus
        if test is not None and test.p is not None and (several.metric == found.primary or everything):
            yield ""
            yield f"over all sides at once, {several.metric}: p {test.p:.2g} ({test.method})"
    if found.asserted:
        yield ""
        yield screen.bold("Demands")
        for one in found.asserted:
            kept = screen.green("holds") if one.holds else screen.red("broken")
            means = ", ".join(f"{name} {value:.4g}" for name, value in one.found.items())
            yield f"  {'cannot be told' if one.holds is None else kept}  {one.rule}  {screen.dim(one.side)}  {means}"
    if page:
        yield ""
        yield f"{screen.dim('page')}  {page}"


def _rows(screen: Screen, rows: Sequence[Comparison], *, whys: bool) -> Iterator[str]:
    yield from table(
        screen,
        [
            Column("METRIC", [one.metric for one in rows]),
            Column("SIDE", [one.variant for one in rows], cut=True),
            Column("N", [str(one.n) for one in rows], right=True),
            Column("MEAN", [_number(one.mean) for one in rows], right=True),
            Column("BASELINE", [_number(one.mean_baseline) for one in rows], right=True),
            Column("DIFFERENCE", [_signed(one.difference) for one in rows], right=True),
            Column("INTERVAL", [_interval(one) for one in rows], drop=2),
            Column("P", [_p(one) for one in rows], right=True, drop=1),
            Column("VERDICT", [_verdict(screen, one) for one in rows]),
        ],
    )
    if not whys:
        return
    for one in rows:
        yield from screen.wrap(one.why, f"  {screen.dim(f'{one.metric}, {one.variant}:')} ", "    ")
        for caution in one.cautions:
            yield from screen.wrap(caution.text, f"    {screen.yellow('note')} ", "      ")


def _verdict(screen: Screen, one: Comparison) -> str:
    paint: dict[str, Callable[[str], str]] = {
        "better": screen.green, "equivalent": screen.green, "worse": screen.red, "undecided": screen.yellow,
        "different": screen.cyan,
    }  # fmt: skip
    return paint.get(one.verdict, screen.dim)(one.verdict)


def _number(value: float | None) -> str:
    return "-" if value is None else f"{value:.4g}"


def _signed(value: float | None) -> str:
    return "-" if value is None else f"{value:+.4g}"


def _interval(one: Comparison) -> str:
    return f"{one.interval.low:+.3g} to {one.interval.high:+.3g}" if one.interval else "-"


def _p(one: Comparison) -> str:
    p = one.p_adjusted if one.p_adjusted is not None else one.test.p if one.test else None
    return "-" if p is None else f"{p:.2g}"


def broken(found: SidesCompared) -> Iterator[InvalidInput]:
    """An error for each side that is worse (in the primary metric, where one is named), and for each broken demand."""
    for one in found.comparisons:
        if one.verdict == "worse" and found.primary in (None, one.metric):
            yield InvalidInput(
                f"`{one.variant}` is worse than `{one.baseline}` in {one.metric}: {one.why}",
                code="comparison-worse",
                place=found.title,
                hints=["see the runs behind it: `persona experiment compare`"],
            )
    for demand in found.asserted:
        if demand.holds is not True:
            what = "is broken" if demand.holds is False else "cannot be told"
            yield InvalidInput(
                f"a demand of the experiment {what}: {demand.rule}, {demand.side}",
                code="assertion-broken",
                place=found.title,
                hints=["the demands stand in experiment.yaml under `assert`"],
            )
