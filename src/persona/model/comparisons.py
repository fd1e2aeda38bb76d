"""What is known about the difference between two variants of an experiment, and how surely."""

from __future__ import annotations

from typing import Literal

import msgspec

Direction = Literal["up", "down", "none"]
"""Which way of a metric is better; ``none``: reported, not ranked. The same words as in ``Measure``."""

Decision = Literal["better", "worse", "different", "equivalent", "undecided", "not enough"]
"""What may be said of a variant beside its baseline.

``better`` and ``worse`` follow the direction of the metric; ``different`` is a sure difference of a metric without one;
``equivalent`` means that the whole interval lies inside the smallest effect of interest; ``undecided`` that the data
allow several of these; ``not enough`` that so few values cannot tell, whatever they are.
"""

Adjustment = Literal["none", "holm", "benjamini-hochberg"]


CautionCode = Literal[
    "few", "cannot-be-significant", "no-spread", "one-effective", "skew", "dropped", "family", "separated", "disagree"
]


class Interval(msgspec.Struct, frozen=True):
    """A range that covers the true value in a share ``confidence`` (0 to 1) of experiments; in the metric's units.

    ``method`` is ``student t``, ``welch t``, ``studentised bootstrap``, or ``no spread`` for a width of 0 that comes
    from equal values and not from certainty.
    """

    low: float
    high: float
    confidence: float
    method: str


class Tested(msgspec.Struct, frozen=True):
    """A test of "no difference". ``p`` is two-sided, above 0 to 1; None where it is not defined, as ``note`` says.

    ``arrangements`` counts the rearrangements looked at: all there are when ``exact``, random ones otherwise, and 0 for
    a test by formula. ``least`` is the smallest p that so few values can reach at all, None for a test by formula.
    """

    method: str
    p: float | None
    statistic: float | None
    exact: bool
    arrangements: int
    least: float | None = None
    note: str = ""


class Effect(msgspec.Struct, frozen=True):
    """The size of a difference without units. ``value`` is None where it is not defined, as ``note`` says.

    ``cohen dz`` and ``cohen d`` are in standard deviations, without bounds; ``rank-biserial`` and ``cliff delta`` run
    from -1 (the variant is always lower) to 1 (always higher).
    """

    name: Literal["cohen dz", "cohen d", "rank-biserial", "cliff delta"]
    value: float | None
    note: str = ""


class Evidence(msgspec.Struct, frozen=True):
    """The t e-value of paired differences, which may be looked at after every pair.

    ``log_e`` is its natural logarithm after the last pair: above 0 speaks against "no difference". ``stopped_at`` is
    the number of pairs at which it first reached 1/alpha, None if never. ``skew`` is the adjusted skewness of the
    differences, None below 3 pairs or without spread; ``skewed`` tells that it is beyond 1.5 in size now or was when
    the e-value stopped, so that the share of false alarms is not kept.
    """

    log_e: float
    stopped_at: int | None
    pairs: int
    alpha: float
    skew: float | None
    skewed: bool


class Look(msgspec.Struct, frozen=True):
    """Whether to stop after the pairs so far, of a ``planned`` number that was fixed beforehand.

    ``go on``: neither bar is reached. ``difference``: the e-value reached 1/``alpha_early``, or after the planned
    number the sign-flip test is significant at ``alpha_final``. ``no difference shown``: the planned number is done,
    and neither. ``at`` is the number of pairs at which it was decided, None while it goes on.
    """

    decision: Literal["go on", "difference", "no difference shown"]
    at: int | None
    pairs: int
    planned: int
    alpha_early: float
    alpha_final: float
    log_e: float
    p: float | None


class MorePairs(msgspec.Struct, frozen=True):
    """How many more pairs would show an aim with the power asked for, if the truth were what was observed.

    ``different``: a significant difference; ``beyond``: an interval wholly beyond the smallest effect of interest;
    ``equivalent``: an interval wholly inside it. ``capped`` means "more than ``pairs``".
    """

    aim: Literal["different", "beyond", "equivalent"]
    pairs: int
    capped: bool
    power: float


class Caution(msgspec.Struct, frozen=True):
    """Something to know before believing a comparison: a stable code and a sentence."""

    code: CautionCode
    text: str


class Comparison(msgspec.Struct, frozen=True, kw_only=True):
    """One metric of one variant beside a baseline; differences are variant minus baseline, in the metric's units.

    ``n`` counts pairs, or values of the variant where ``design`` is ``groups``; ``n_baseline`` the values of the
    baseline. ``dropped`` counts pairs or values left out because a value was missing or not finite, ``unmatched`` the
    keys that only one side has.
    ``sd`` is that of the differences (``pairs``) or pooled (``groups``), None below 2. ``smallest`` is the smallest
    effect of interest, above 0, or None. ``p_adjusted`` is for a ``family`` of so many comparisons; the verdict
    follows it once it is there, and ``test.p`` before.
    """

    metric: str
    variant: str
    baseline: str
    design: Literal["pairs", "groups"]
    direction: Direction
    alpha: float
    smallest: float | None = None
    n: int
    n_baseline: int
    dropped: int = 0
    unmatched: int = 0
    mean: float | None
    mean_baseline: float | None
    difference: float | None
    sd: float | None
    interval: Interval | None = None
    test: Tested | None = None
    beside: Tested | None = None
    effects: tuple[Effect, ...] = ()
    evidence: Evidence | None = None
    more: tuple[MorePairs, ...] = ()
    cautions: tuple[Caution, ...] = ()
    p_adjusted: float | None = None
    adjustment: Adjustment = "none"
    family: int = 1
    verdict: Decision = "not enough"
    why: str = ""


class Several(msgspec.Struct, frozen=True):
    """More than two variants of one metric: one test of them all, then each pair of them with Holm's adjustment."""

    metric: str
    variants: tuple[str, ...]
    blocks: int
    dropped: int
    omnibus: Tested | None
    pairs: tuple[Comparison, ...]


class Share(msgspec.Struct, frozen=True):
    """A share of successes, or a difference of two shares, with its Jeffreys interval."""

    value: float
    interval: Interval
    successes: tuple[int, ...]
    trials: int


class Combined(msgspec.Struct, frozen=True, kw_only=True):
    """Several estimates of one difference taken together, in their units.

    ``fixed`` assumes one true difference; ``interval`` is by Hartung and Knapp around ``random``, the mean of true
    differences that vary with standard deviation ``tau`` (Paule-Mandel; ``tau_dl`` by DerSimonian and Laird). ``q`` is
    Cochran's, with its p; ``i2`` (0 to 1) the share of the variation that is no noise. ``prediction`` is where the
    true difference of a next experiment is expected: None below three. ``widened`` tells that the Hartung-Knapp
    factor was below 1 and taken as 1. With one estimate everything about variation is None.
    """

    k: int
    left_out: int
    fixed: float
    fixed_interval: Interval
    random: float
    interval: Interval | None
    weights: tuple[float, ...]
    p: float | None
    tau: float | None
    tau_dl: float | None
    q: float | None
    q_p: float | None
    i2: float | None
    prediction: Interval | None
    widened: bool
    notes: tuple[str, ...] = ()


class Side(msgspec.Struct, frozen=True):
    """One side of a comparison: its completed runs, and what is the same for all of them."""

    name: str
    runs: tuple[str, ...]
    parameters: dict[str, str]
    builds: tuple[str, ...] = ()


class Point(msgspec.Struct, frozen=True):
    """One run as a point of a plot. ``block`` is shared by the runs that are paired: inputs and repeat."""

    run: str
    side: str
    block: str
    values: dict[str, float]


class Asserted(msgspec.Struct, frozen=True):
    """One demand of an experiment held against the means of one side. ``holds`` None: it could not be told."""

    rule: str
    side: str
    holds: bool | None
    found: dict[str, float]


class SidesCompared(msgspec.Struct, frozen=True, kw_only=True):
    """Several sides beside a baseline, metric by metric.

    ``comparisons`` holds every metric of every other side, the primary metric first; ``several`` one test over all
    sides for each metric where there are more than two. ``differing`` names the parameters that are not the same on
    all sides, with the values of each. ``registration`` says whether the primary metric was named before the first run.
    """

    title: str
    baseline: str
    sides: tuple[Side, ...]
    metrics: tuple[str, ...]
    primary: str | None
    alpha: float
    differing: dict[str, dict[str, str]]
    comparisons: tuple[Comparison, ...]
    several: tuple[Several, ...] = ()
    points: tuple[Point, ...] = ()
    asserted: tuple[Asserted, ...] = ()
    registration: str = ""
    hypothesis: str = ""
    notes: tuple[str, ...] = ()


class Study(msgspec.Struct, frozen=True):
    """One experiment's part in a combination: its comparison, and the weight it got (0 to 1; None: left out)."""

    project: str
    experiment: str
    comparison: Comparison
    weight: float | None


class MetaAnalysis(msgspec.Struct, frozen=True):
    """The same difference from several experiments taken together; ``combined`` is in the units of ``metric``."""

    metric: str
    variant: str
    baseline: str
    direction: Direction
    studies: tuple[Study, ...]
    combined: Combined
