"""The recipe: from the values of a variant and of its baseline to a comparison that says how sure it is."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from persona.errors import UsageError
from persona.model.comparisons import Caution, Comparison, Direction, Interval, Several
from persona.statistics.effects import cliff_delta, cohen_d, paired_effects, pooled_variance
from persona.statistics.evidence import SKEW, evidences
from persona.statistics.friedman import friedman
from persona.statistics.intervals import difference_interval, mean_intervals
from persona.statistics.pairing import Paired, known, paired
from persona.statistics.permutation import brunner_munzel, least_pairs, permuted_difference, sign_flips
from persona.statistics.planning import more_pairs
from persona.statistics.rows import mean_and_sd, scaled, tied
from persona.statistics.verdicts import LEAST_VALUES, judged, settled

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]


class Question(NamedTuple):
    """One metric of one variant beside a baseline: values by pair key, in the order of time.

    A pair key names what both sides share: input set, repeat, seed. ``smallest`` is the smallest effect of interest in
    the metric's units. ``deterministic``: True when repeats of either side can only copy each other, False when they
    are known to be drawn anew, None when it is to be judged by the values: both sides constant.
    """

    values: Mapping[Any, float | None]
    against: Mapping[Any, float | None]
    metric: str = ""
    variant: str = "variant"
    baseline: str = "baseline"
    direction: Direction = "up"
    smallest: float | None = None
    deterministic: bool | None = None


def compare_pairs(
    values: Mapping[Any, float | None],
    against: Mapping[Any, float | None],
    *,
    metric: str = "",
    variant: str = "variant",
    baseline: str = "baseline",
    direction: Direction = "up",
    smallest: float | None = None,
    deterministic: bool | None = None,
    alpha: float = 0.05,
    seed: int = 0,
) -> Comparison:
    """A variant beside its baseline over the same pair keys; see ``Question`` for what is handed in.

    Below 3 pairs only the means are given. From there: mean difference with its interval at 1 - alpha, exact sign-flip
    test, Cohen's dz, rank-biserial correlation, t e-value, verdict, and how many more pairs would settle it. The same
    values and seed give the same numbers. Raises ``UsageError`` for settings out of range, ``InvalidInput`` for values
    that are no numbers.
    """
    question = Question(values, against, metric, variant, baseline, direction, smallest, deterministic)
    return compare_all([question], alpha=alpha, seed=seed)[0]


def compare_all(questions: Iterable[Question], *, alpha: float = 0.05, seed: int = 0) -> list[Comparison]:
    """Many comparisons at once, in the order given, each as if asked by itself; ``settled`` adjusts them as a family.

    Questions with the same number of pairs share their random draws and are computed together.
    """
    asked = list(questions)
    for one in asked:
        _checked(alpha, one.smallest)
    pairs = [paired(one.values, one.against) for one in asked]
    sizes: dict[int, list[int]] = {}
    for at, each in enumerate(pairs):
        sizes.setdefault(len(each.differences), []).append(at)
    found: dict[int, Comparison] = {}
    for places in sizes.values():
        together = [(asked[at], pairs[at]) for at in places]
        found.update(zip(places, _compared(together, alpha, seed), strict=True))
    return [found[at] for at in range(len(asked))]


def compare_groups(
    values: Iterable[float | None],
    against: Iterable[float | None],
    *,
    metric: str = "",
    variant: str = "variant",
    baseline: str = "baseline",
    direction: Direction = "up",
    smallest: float | None = None,
    deterministic: bool | None = None,
    alpha: float = 0.05,
    seed: int = 0,
) -> Comparison:
    """Two groups of values that do not belong together in pairs.

    Difference of means with its interval, the permutation test, Brunner-Munzel beside it, Cohen's d and Cliff's delta.
    There is no e-value and no proposal of further runs: pair the runs for these. Raises as ``compare_pairs`` does.
    """
    import numpy as np

    _checked(alpha, smallest)
    (first, lost1), (second, lost2) = known(values), known(against)
    if len(first) and len(second):
        both = np.concatenate([first, second])
        both = tied(both, float(np.abs(both).max()), signed=True)
        first, second = both[: len(first)], both[len(first) :]
    n, m = len(first), len(second)
    cautions = _lost(lost1 + lost2, 0)
    told: dict[str, Any] = {}
    mean = _mean(first)
    mean2 = _mean(second)
    difference = sd = None
    if n and m:
        both, exponents = scaled(np.concatenate([first, second])[None, :])
        one, other = both[:, :n], both[:, n:]
        (mean1, sd1), (mean2_, sd2) = mean_and_sd(one), mean_and_sd(other)
        difference = float(np.ldexp(mean1[0] - mean2_[0], exponents[0, 0]))
        if min(n, m) >= 2:
            pooled = pooled_variance(float(sd1[0]), n, float(sd2[0]), m) ** 0.5
            sd = float(np.ldexp(pooled, exponents[0, 0]))
    if min(n, m) >= LEAST_VALUES:
        told = {
            "interval": difference_interval(first, second, 1 - alpha, seed=seed),
            "test": permuted_difference(first, second, seed),
            "beside": brunner_munzel(first, second),
            "effects": (cohen_d(first, second), cliff_delta(first, second)),
        }
        still = first.min() == first.max() and second.min() == second.max()
        cautions += _still(still, still, deterministic)
        if told["test"].least > alpha:
            cautions.append(_cannot(told["test"].least, alpha, f"{n} and {m} values"))
        if told["beside"].p is None and not still:
            cautions.append(Caution("separated", "the two groups do not overlap; Brunner-Munzel is not defined there"))
    else:
        cautions.append(_few(min(n, m), "values on a side"))
    found = Comparison(
        metric=metric,
        variant=variant,
        baseline=baseline,
        design="groups",
        direction=direction,
        alpha=alpha,
        smallest=smallest,
        n=n,
        n_baseline=m,
        dropped=lost1 + lost2,
        mean=mean,
        mean_baseline=mean2,
        difference=difference,
        sd=sd,
        cautions=tuple(cautions),
        **told,
    )  # fmt: skip
    return judged(found)


def compare_several(
    variants: Mapping[str, Mapping[Any, float | None]],
    *,
    metric: str = "",
    direction: Direction = "up",
    smallest: float | None = None,
    alpha: float = 0.05,
    seed: int = 0,
) -> Several:
    """At least 3 variants over the same keys: Friedman's test by permutation, then each pair of them with Holm.

    The pairs are tested whatever the first test says, which Holm's adjustment allows; the first says whether there is
    anything at all. It uses the keys for which every variant has a value; each pair uses the keys of its own two.
    Raises ``UsageError`` for fewer than 3 variants or settings out of range.
    """
    from itertools import combinations

    names = list(variants)
    if len(names) < 3:
        raise UsageError(
            f"{len(names)} variants are no several", code="comparison-setting", hints=["compare two variants by pairs"]
        )
    keys = [key for key in variants[names[0]] if all(key in variants[name] for name in names)]
    columns = [known([variants[name][key] for key in keys]) for name in names]
    dropped = 0
    if any(lost for _, lost in columns):
        whole = [key for key in keys if not any(known([variants[name][key]])[1] for name in names)]
        dropped, keys = len(keys) - len(whole), whole
        columns = [known([variants[name][key] for key in keys]) for name in names]
    omnibus = friedman([values for values, _ in columns], seed) if len(keys) >= LEAST_VALUES else None
    pairs = compare_all(
        [
            Question(variants[one], variants[other], metric, one, other, direction, smallest)
            for other, one in combinations(names, 2)
        ],
        alpha=alpha,
        seed=seed,
    )
    return Several(metric, tuple(names), len(keys), dropped, omnibus, tuple(settled(pairs, "holm")))


def _compared(asked: Sequence[tuple[Question, Paired]], alpha: float, seed: int) -> list[Comparison]:
    """Questions with the same number of pairs."""
    import numpy as np

    n = len(asked[0][1].differences)
    if n < LEAST_VALUES:
        return [_few_pairs(question, pairs, alpha) for question, pairs in asked]
    rows = np.stack([pairs.differences for _, pairs in asked])
    small, exponents = scaled(rows)
    back = exponents[:, 0]
    mean, sd = mean_and_sd(small)
    lows, highs, methods = mean_intervals(rows, 1 - alpha, seed=seed)
    tests, effects, proofs = sign_flips(rows, seed), paired_effects(rows), evidences(rows, alpha)
    deltas = [
        None if one.smallest is None else float(np.ldexp(one.smallest, -exponent))
        for (one, _), exponent in zip(asked, back, strict=True)
    ]
    more = more_pairs(mean, sd, n, deltas, alpha)
    least = tests[0].least or 0.0
    found = []
    for at, (question, pairs) in enumerate(asked):
        still = bool(pairs.values.min() == pairs.values.max() and pairs.baseline.min() == pairs.baseline.max())
        cautions = _still(still, bool(sd[at] == 0), question.deterministic)
        copies = any(one.code == "one-effective" for one in cautions)
        if least > alpha:
            cautions.append(_cannot(least, alpha, f"{n} pairs", f"; {least_pairs(alpha)} pairs are the fewest"))
        if proofs[at].skewed:
            cautions.append(Caution("skew", _SKEWED))
        p = tests[at].p
        if p is not None and p <= alpha and lows[at] <= 0 <= highs[at]:
            cautions.append(Caution("disagree", _DISAGREE))
        told = _told(
            question, pairs, alpha, cautions,
            difference=float(np.ldexp(mean[at], back[at])), sd=float(np.ldexp(sd[at], back[at])),
            interval=Interval(float(lows[at]), float(highs[at]), 1 - alpha, methods[at]), test=tests[at],
            effects=effects[at], evidence=proofs[at], more=() if copies else more[at],
        )  # fmt: skip
        found.append(told)
    return found


def _few_pairs(question: Question, pairs: Paired, alpha: float) -> Comparison:
    """Values only: nothing is inferred."""
    differences = pairs.differences
    caution = _few(len(differences), "pairs")
    if not len(differences):
        return _told(question, pairs, alpha, [caution], difference=None, sd=None)
    sd = abs(float(differences[0]) - float(differences[1])) / 2**0.5 if len(differences) == 2 else None
    return _told(question, pairs, alpha, [caution], difference=_mean(differences), sd=sd)


def _told(question: Question, pairs: Paired, alpha: float, cautions: Sequence[Caution], **known: Any) -> Comparison:
    n = len(pairs.differences)
    found = Comparison(
        metric=question.metric,
        variant=question.variant,
        baseline=question.baseline,
        design="pairs",
        direction=question.direction,
        alpha=alpha,
        smallest=question.smallest,
        n=n,
        n_baseline=n,
        dropped=pairs.dropped,
        unmatched=pairs.unmatched,
        mean=_mean(pairs.values),
        mean_baseline=_mean(pairs.baseline),
        cautions=(*cautions, *_lost(pairs.dropped, pairs.unmatched)),
        **known,
    )  # fmt: skip
    return judged(found)


_SKEWED = (
    f"the differences are skewed beyond {SKEW}: stopping early by the e-value gives more false alarms than alpha; run "
    "a number of pairs that was fixed beforehand, and read the interval, which suffers least from skew"
)


_DISAGREE = (
    "the test is significant and the interval holds 0: the differences are few or skewed; do not lean on this alone"
)


def _few(n: int, things: str) -> Caution:
    return Caution("few", f"{n} {things}: the values are shown, and nothing is inferred below {LEAST_VALUES}")


def _cannot(least: float, alpha: float, size: str, helps: str = "") -> Caution:
    text = f"{size} cannot be significant in the exact test: its least p is {least:.4g}, above alpha {alpha:g}{helps}"
    return Caution("cannot-be-significant", text)


def _still(both: bool, differences: bool, deterministic: bool | None) -> list[Caution]:
    """What values without spread mean: copies of one result, or a difference that is the same every time."""
    if deterministic or (both and deterministic is None):
        text = (
            "the repeats are copies of one result (variance 0): n = 1 effective; vary the inputs, for example by "
            "drawing participants anew"
        )
        return [Caution("one-effective", text)]
    if differences:
        text = "every difference is the same: the interval has width 0 because there is no spread, not for certainty"
        return [Caution("no-spread", text)]
    return []


def _lost(dropped: int, unmatched: int) -> list[Caution]:
    found = []
    if dropped:
        found.append(f"{dropped} left out because a value was missing or not finite")
    if unmatched:
        found.append(f"{unmatched} on one side only")
    return [Caution("dropped", "; ".join(found))] if found else []


def _mean(values: Floats) -> float | None:
    import numpy as np

    if not len(values):
        return None
    small, exponents = scaled(values[None, :])
    return float(np.ldexp(mean_and_sd(small)[0][0], exponents[0, 0]))


def _checked(alpha: float, smallest: float | None) -> None:
    if smallest is not None and not 0 < smallest < float("inf"):
        raise UsageError(
            f"the smallest effect of interest is {smallest}; it is a number above 0, in the metric's units",
            code="comparison-setting",
            hints=["leave it out when none was decided on"],
        )
    least_pairs(alpha)
