"""What may be said of a comparison, in one word and one sentence."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from msgspec.structs import replace

from persona.errors import UsageError
from persona.model.comparisons import Adjustment, Caution, Comparison, Decision
from persona.statistics.families import benjamini_hochberg, holm

LEAST_VALUES = 3
"""Values below which nothing is inferred."""


def settled(comparisons: Iterable[Comparison], adjustment: Adjustment = "holm") -> list[Comparison]:
    """Comparisons with p values adjusted for their family, and the verdicts that follow from them, in the order given.

    ``holm`` for the comparisons planned beforehand, ``benjamini-hochberg`` for looking around. A comparison without a
    test still counts as a member of the family, as if its p were 1. Intervals, and so ``equivalent``, are not
    adjusted. Raises ``UsageError`` for an adjustment that is not known.
    """
    ways: dict[str, Callable[[list[float]], list[float]]] = {
        "holm": holm,
        "benjamini-hochberg": benjamini_hochberg,
        "none": list,
    }
    if adjustment not in ways:
        raise UsageError(f"no adjustment is called {adjustment!r}", code="comparison-setting", hints=["take holm"])
    family = list(comparisons)
    raw = [one.test.p if one.test and one.test.p is not None else None for one in family]
    fixed = ways[adjustment]([1.0 if p is None else p for p in raw])
    found = []
    for one, p, adjusted in zip(family, raw, fixed, strict=True):
        cautions = tuple(caution for caution in one.cautions if caution.code != "family")
        least = one.test.least if one.test else None
        if adjustment == "holm" and least is not None and least <= one.alpha < least * len(family):
            text = (
                f"the least p of so few values is {least:.2g}: among {len(family)} comparisons it is significant only "
                "beside others that are; more runs or fewer questions help"
            )
            cautions = (*cautions, Caution("family", text))
        known = adjusted if p is not None and adjustment != "none" else None
        changed = replace(one, p_adjusted=known, adjustment=adjustment, family=len(family), cautions=cautions)
        found.append(judged(changed))
    return found


def judged(one: Comparison) -> Comparison:
    """The comparison with its verdict and the sentence that says why."""
    verdict, why = _verdict(one)
    return replace(one, verdict=verdict, why=why)


def _verdict(one: Comparison) -> tuple[Decision, str]:
    least_n = min(one.n, one.n_baseline)
    if least_n < LEAST_VALUES:
        things = "pairs" if one.design == "pairs" else "values on a side"
        return "not enough", f"{least_n} {things}: nothing is inferred from fewer than {LEAST_VALUES}"
    if any(caution.code == "one-effective" for caution in one.cautions):
        return "not enough", "every repeat gave the same values, so there is one observation and not several"
    assert one.difference is not None
    assert one.interval is not None
    span = f"{one.interval.confidence:.0%} interval {one.interval.low:.3g} to {one.interval.high:.3g}"
    if one.smallest is not None and -one.smallest < one.interval.low and one.interval.high < one.smallest:
        return "equivalent", f"the {span} lies inside ±{one.smallest:.3g}, the smallest effect of interest"
    p = one.p_adjusted if one.p_adjusted is not None else one.test.p if one.test else None
    shown = _p_text(one, p)
    if p is not None and p <= one.alpha and one.difference != 0:
        return _sure(one, f"difference {one.difference:.3g}, {span}, {shown}")
    if one.test and one.test.least is not None and one.test.least > one.alpha:
        cannot = f"the least p that {_size(one)} can reach is {one.test.least:.3g}, above alpha {one.alpha:g}"
        return "not enough", f"difference {one.difference:.3g}, {span}: {cannot}"
    return "undecided", f"difference {one.difference:.3g}, {span}, {shown}{_next(one)}"


def _sure(one: Comparison, shown: str) -> tuple[Decision, str]:
    assert one.difference is not None
    if one.direction == "none":
        return "different", shown
    good = (one.difference > 0) == (one.direction == "up")
    return ("better" if good else "worse"), shown


def _p_text(one: Comparison, p: float | None) -> str:
    if p is None:
        return "no test"
    after = f" after {one.adjustment} over {one.family}" if one.p_adjusted is not None else ""
    return f"p {p:.2g}{after} against alpha {one.alpha:g}"


def _size(one: Comparison) -> str:
    return f"{one.n} pairs" if one.design == "pairs" else f"{one.n} and {one.n_baseline} values"


def _next(one: Comparison) -> str:
    """Which number of further pairs would settle it soonest, if the truth were what was observed."""
    words = {
        "different": "show the difference",
        "beyond": "show more than the smallest effect",
        "equivalent": "show equivalence",
    }
    ahead = [aim for aim in one.more if aim.pairs > 0]
    if not ahead:
        return ""
    aim = min(ahead, key=lambda each: (each.capped, each.pairs))
    count = f"more than {aim.pairs:,}" if aim.capped else f"about {aim.pairs:,}"
    return f"; {count} more pairs would {words[aim.aim]}"
