"""The recipe: from the values of a variant and of its baseline to a comparison that says how sure it is."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from msgspec import structs

from persona.errors import InvalidInput, UsageError
from persona.model.comparisons import Caution, Comparison, Direction, Interval, Tested
from persona.statistics.cautions import DISAGREE, SKEWED, cannot, few, lost, still
from persona.statistics.effects import paired_effects
from persona.statistics.evidence import evidences
from persona.statistics.intervals import mean_intervals
from persona.statistics.pairing import Paired, paired
from persona.statistics.permutation import least_pairs, sign_flips
from persona.statistics.planning import more_pairs
from persona.statistics.proportions import mcnemar, share_difference
from persona.statistics.rows import mean_and_sd, scaled
from persona.statistics.verdicts import LEAST_VALUES, judged

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]


class Question(NamedTuple):
    """One metric of one variant beside a baseline: values by pair key, in the order of time.

    A pair key names what both sides share: input set, repeat, seed. ``smallest`` is the smallest effect of interest in
    the metric's units. ``deterministic``: True when repeats of either side can only copy each other, False when they
    are known to be drawn anew, None when it is to be judged by the values: both sides constant. ``binary``: each value
    is a success (1) or a failure (0).
    """

    values: Mapping[Any, float | None]
    against: Mapping[Any, float | None]
    metric: str = ""
    variant: str = "variant"
    baseline: str = "baseline"
    direction: Direction = "up"
    smallest: float | None = None
    deterministic: bool | None = None
    binary: bool = False


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
    binary: bool = False,
    alpha: float = 0.05,
    seed: int = 0,
) -> Comparison:
    """A variant beside its baseline over the same pair keys; see ``Question`` for what is handed in.

    Below 3 pairs only the means are given. From there: mean difference with its interval at 1 - alpha, exact sign-flip
    test, Cohen's dz, rank-biserial correlation, t e-value, verdict, and how many more pairs would settle it. For
    ``binary`` values McNemar's exact test and Jeffreys' interval of the difference of shares take their places. The
    same values and seed give the same numbers. Raises ``UsageError`` for settings out of range, ``InvalidInput`` for
    values that are no numbers.
    """
    question = Question(values, against, metric, variant, baseline, direction, smallest, deterministic, binary)
    return compare_all([question], alpha=alpha, seed=seed)[0]


def compare_all(questions: Iterable[Question], *, alpha: float = 0.05, seed: int = 0) -> list[Comparison]:
    """Many comparisons at once, in the order given, each as if asked by itself; ``settled`` adjusts them as a family.

    Questions with the same number of pairs share their random draws and are computed together.
    """
    asked = list(questions)
    for one in asked:
        check_settings(alpha, one.smallest)
    pairs = [paired(one.values, one.against) for one in asked]
    for one, each in zip(asked, pairs, strict=True):
        if one.binary:
            _only_yes_or_no(each)
    sizes: dict[int, list[int]] = {}
    for at, each in enumerate(pairs):
        sizes.setdefault(len(each.differences), []).append(at)
    found: dict[int, Comparison] = {}
    for places in sizes.values():
        together = [(asked[at], pairs[at]) for at in places]
        found.update(zip(places, _compared(together, alpha, seed), strict=True))
    return [found[at] for at in range(len(asked))]


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
        both = bool(pairs.values.min() == pairs.values.max() and pairs.baseline.min() == pairs.baseline.max())
        cautions = still(both, bool(sd[at] == 0) and not question.binary, question.deterministic)
        copies = any(one.code == "one-effective" for one in cautions)
        if least > alpha:
            cautions.append(cannot(least, alpha, f"{n} pairs", f"; {least_pairs(alpha)} pairs are the fewest"))
        if proofs[at].skewed:
            cautions.append(Caution("skew", SKEWED))
        interval, test = Interval(float(lows[at]), float(highs[at]), 1 - alpha, methods[at]), tests[at]
        if question.binary:
            interval, test = _of_shares(pairs.differences, alpha)
        if test.p is not None and test.p <= alpha and interval.low <= 0 <= interval.high:
            cautions.append(Caution("disagree", DISAGREE))
        told = _told(
            question, pairs, alpha, cautions,
            difference=float(np.ldexp(mean[at], back[at])), sd=float(np.ldexp(sd[at], back[at])),
            interval=interval, test=test, effects=effects[at],
            evidence=proofs[at], more=() if copies else more[at],
        )  # fmt: skip
        found.append(told)
    return found


def _only_yes_or_no(pairs: Paired) -> None:
    for side in (pairs.values, pairs.baseline):
        if not bool(((side == 0) | (side == 1)).all()):
            raise InvalidInput(
                "a value that was called a success or a failure is neither 1 nor 0",
                code="comparison-value",
                hints=["compare it as a number, without `binary`"],
            )


def _of_shares(differences: Floats, alpha: float) -> tuple[Interval, Tested]:
    """McNemar's test, which is the sign-flip test of such values, exact for any number of pairs; Jeffreys' interval."""
    n, won, lost = len(differences), int((differences > 0).sum()), int((differences < 0).sum())
    test = structs.replace(mcnemar(won, lost), least=0.5 ** (n - 1), statistic=(won - lost) / n)
    return share_difference(won, lost, n, 1 - alpha).interval, test


def _few_pairs(question: Question, pairs: Paired, alpha: float) -> Comparison:
    """Values only: nothing is inferred."""
    differences = pairs.differences
    caution = few(len(differences), "pairs")
    if not len(differences):
        return _told(question, pairs, alpha, [caution], difference=None, sd=None)
    sd = abs(float(differences[0]) - float(differences[1])) / 2**0.5 if len(differences) == 2 else None
    return _told(question, pairs, alpha, [caution], difference=mean_of(differences), sd=sd)


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
        mean=mean_of(pairs.values),
        mean_baseline=mean_of(pairs.baseline),
        cautions=(*cautions, *lost(pairs.dropped, pairs.unmatched)),
        **known,
    )  # fmt: skip
    return judged(found)


def mean_of(values: Floats) -> float | None:
    """The mean, which cannot overflow; None of no values."""
    import numpy as np

    if not len(values):
        return None
    small, exponents = scaled(values[None, :])
    return float(np.ldexp(mean_and_sd(small)[0][0], exponents[0, 0]))


def check_settings(alpha: float, smallest: float | None) -> None:
    """Raises ``UsageError`` for a level or a smallest effect of interest that cannot be meant."""
    if smallest is not None and not 0 < smallest < float("inf"):
        raise UsageError(
            f"the smallest effect of interest is {smallest}; it is a number above 0, in the metric's units",
            code="comparison-setting",
            hints=["leave it out when none was decided on"],
        )
    least_pairs(alpha)
