"""Sizes of differences without units."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from persona.model.comparisons import Effect
from persona.statistics.permutation import average_ranks
from persona.statistics.rows import mean_and_sd, row, scaled

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

_FLAT = "the differences have no spread to measure by"


def cohen_dz(differences: Iterable[float]) -> Effect:
    """Mean of paired differences / their standard deviation (Cohen 1988, page 48); 0.8 is called large.

    None without spread. It overstates the truth a little in few pairs (by about 10 % at 8).
    """
    return paired_effects(row(differences, 2)[None, :])[0][0]


def rank_biserial(differences: Iterable[float]) -> Effect:
    """The matched-pairs rank-biserial correlation (Kerby 2014, doi:10.2466/11.IT.3.1): -1 to 1, 0 without differences.

    Ranks of the sizes: (sum over positive differences - sum over negative ones) / sum over both, zeros left out.
    """
    return paired_effects(row(differences)[None, :])[0][1]


def paired_effects(rows: Floats) -> list[tuple[Effect, Effect]]:
    """Cohen's dz and the rank-biserial correlation of each row of paired differences."""
    import numpy as np

    small, _ = scaled(rows)
    mean, sd = mean_and_sd(small)
    sizes = np.abs(small)
    # zeros are the smallest: taking their number off leaves the ranks among the others
    ranks = np.where(small == 0, 0.0, average_ranks(sizes) - (small == 0).sum(axis=1, keepdims=True))
    total = ranks.sum(axis=1)
    signed = (ranks * np.sign(small)).sum(axis=1) / np.where(total > 0, total, 1.0)
    found = []
    for at in range(len(small)):
        flat = not sd[at] > 0
        dz = Effect("cohen dz", None if flat else float(mean[at] / sd[at]), _FLAT if flat else "")
        found.append((dz, Effect("rank-biserial", float(signed[at]))))
    return found


def cohen_d(values: Iterable[float], baseline: Iterable[float]) -> Effect:
    """Difference of means / pooled standard deviation of two unpaired groups (Cohen 1988, page 67).

    None without spread. Raises ``InvalidInput`` for fewer than 2 or unusable values.
    """
    import numpy as np

    first, second = row(values, 2), row(baseline, 2)
    both, _ = scaled(np.concatenate([first, second])[None, :])
    (mean1, sd1), (mean2, sd2) = mean_and_sd(both[:, : len(first)]), mean_and_sd(both[:, len(first) :])
    pooled = float(np.sqrt(pooled_variance(float(sd1[0]), len(first), float(sd2[0]), len(second))))
    if pooled == 0:
        return Effect("cohen d", None, "the groups have no spread to measure by")
    return Effect("cohen d", float(mean1[0] - mean2[0]) / pooled)


def pooled_variance(sd: float, n: int, sd_baseline: float, n_baseline: int) -> float:
    """((n1 - 1) s1^2 + (n2 - 1) s2^2) / (n1 + n2 - 2)."""
    return ((n - 1) * sd**2 + (n_baseline - 1) * sd_baseline**2) / (n + n_baseline - 2)


def cliff_delta(values: Iterable[float], baseline: Iterable[float]) -> Effect:
    """Cliff's delta (1993, doi:10.1037/0033-2909.114.3.494): the share of pairs of values, one of each group, in which
    the variant is higher, less the share in which it is lower. -1 to 1. Raises ``InvalidInput`` for no values.
    """
    import numpy as np

    first, second = row(values), np.sort(row(baseline))
    higher = np.searchsorted(second, first, side="left").sum()
    lower = (len(second) - np.searchsorted(second, first, side="right")).sum()
    return Effect("cliff delta", float(higher - lower) / (len(first) * len(second)))
