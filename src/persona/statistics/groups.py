"""Two groups of values that do not belong together in pairs."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from persona.model.comparisons import Caution, Comparison, Direction
from persona.statistics.cautions import DISAGREE, cannot, few, lost, still
from persona.statistics.comparing import check_settings, mean_of
from persona.statistics.effects import cliff_delta, cohen_d, pooled_variance
from persona.statistics.intervals import difference_interval
from persona.statistics.pairing import known
from persona.statistics.permutation import brunner_munzel, permuted_difference
from persona.statistics.rows import mean_and_sd, scaled, tied
from persona.statistics.verdicts import LEAST_VALUES, judged


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

    check_settings(alpha, smallest)
    (first, lost1), (second, lost2) = known(values), known(against)
    if len(first) and len(second):
        both = np.concatenate([first, second])
        both = tied(both, float(np.abs(both).max()), signed=True)
        first, second = both[: len(first)], both[len(first) :]
    n, m = len(first), len(second)
    cautions = lost(lost1 + lost2, 0)
    told: dict[str, Any] = {}
    difference = sd = None
    if n and m:
        both, exponents = scaled(np.concatenate([first, second])[None, :])
        one, other = both[:, :n], both[:, n:]
        (mean1, sd1), (mean2, sd2) = mean_and_sd(one), mean_and_sd(other)
        difference = float(np.ldexp(mean1[0] - mean2[0], exponents[0, 0]))
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
        constant = first.min() == first.max() and second.min() == second.max()
        cautions += still(constant, constant, deterministic)
        if told["test"].least > alpha:
            cautions.append(cannot(told["test"].least, alpha, f"{n} and {m} values"))
        if told["test"].p <= alpha and told["interval"].low <= 0 <= told["interval"].high:
            cautions.append(Caution("disagree", DISAGREE))
        if told["beside"].p is None and not constant:
            cautions.append(Caution("separated", "the two groups do not overlap; Brunner-Munzel is not defined there"))
    else:
        cautions.append(few(min(n, m), "values on a side"))
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
        mean=mean_of(first),
        mean_baseline=mean_of(second),
        difference=difference,
        sd=sd,
        cautions=tuple(cautions),
        **told,
    )  # fmt: skip
    return judged(found)
