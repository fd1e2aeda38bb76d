"""Evidence that may be looked at after every pair: the t e-value.

Under "no difference" with normal differences, the chance that it ever reaches 1/alpha is at most alpha (Ville 1939), so
one may stop at any moment. It is kept as a natural logarithm, which cannot overflow.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from math import exp, log, log1p
from typing import TYPE_CHECKING

from persona.model.comparisons import Evidence
from persona.statistics.rows import row, scaled

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

FIRST = 3
"""Pairs before which the e-value says nothing."""

SKEW = 1.5
"""Skewness beyond which more false alarms than alpha are to be expected."""


def evidence(differences: Iterable[float], alpha: float = 0.05, g: float = 1.0) -> Evidence:
    """The e-value after the last pair and where it stopped. Differences come in the order in which they were made.

    Raises ``InvalidInput`` for no or unusable values.
    """
    return evidences(row(differences)[None, :], alpha, g)[0]


def evidences(rows: Floats, alpha: float = 0.05, g: float = 1.0) -> list[Evidence]:
    """The same for many rows at once."""
    import numpy as np

    logs, skews = log_e_values(rows, g)
    n = rows.shape[1]
    reached = logs >= -log(alpha)
    stops = np.where(reached.any(axis=1), reached.argmax(axis=1), -1)
    found = []
    for at, stop in enumerate(stops):
        skew = float(skews[at, -1])
        skewed = abs(skew) > SKEW or bool(stop >= 0 and abs(float(skews[at, stop])) > SKEW)
        stopped = int(stop) + 1 if stop >= 0 else None
        told = None if np.isnan(skew) else skew
        found.append(Evidence(float(logs[at, -1]), stopped, n, alpha, told, skewed))
    return found


def log_e_values(rows: Floats, g: float = 1.0) -> tuple[Floats, Floats]:
    """The logarithm of the t e-value of each prefix of each row, and the adjusted skewness of the prefix.

    E_n = (1 + n g)^(-1/2) [(1 + t^2/v) / (1 + t^2/(v (1 + n g)))]^((v + 1)/2), v = n - 1, t Student's: the Bayes factor
    of a standardised effect that is normal with variance ``g`` against none, with Jeffreys' prior for the spread,
    which is a test martingale (Wang and Ramdas, https://arxiv.org/abs/2310.03722; Lai 1976 before them; the general
    theory in Howard et al. 2021 and in Waudby-Smith and Ramdas, https://arxiv.org/abs/2010.09686). Prefixes below 3
    pairs are 0, and so are prefixes without spread, of which normal differences have none. Skewness is
    sqrt(n (n-1))/(n-2) m3/m2^(3/2), NaN where it is not defined.
    """
    import numpy as np

    small, _ = scaled(rows)
    columns = np.ascontiguousarray(small.T)
    k = np.arange(1, len(columns) + 1, dtype=np.float64)[:, None]
    means = np.cumsum(columns, axis=0) / k
    # sums of powers around the running mean, one value more at a time (Pebay 2008): no cancellation, true prefixes.
    # Seen from the first value, so that values without spread have none
    seen = columns - columns[0]
    away = seen - _before(np.cumsum(seen, axis=0) / k)
    part = away / k
    term = away * part * (k - 1)
    seconds = np.cumsum(term, axis=0)
    thirds = np.cumsum(term * part * (k - 2) - 3 * part * _before(seconds), axis=0)
    spread = (seconds > 0) & (k >= FIRST)
    safe = np.where(spread, seconds, 1.0)
    ratio = k * means * means / safe  # t^2 / v
    values = -0.5 * np.log1p(k * g) + k / 2 * (np.log1p(ratio) - np.log1p(ratio / (1 + k * g)))
    deviation = np.sqrt(safe / k)
    skewness = np.sqrt(k * (k - 1.0)) / np.maximum(k - 2, 1) * (thirds / k / deviation / deviation / deviation)
    logs, skews = np.where(spread, values, 0.0).T, np.where(spread, skewness, np.nan).T
    return logs, skews


def _before(sums: Floats) -> Floats:
    """Each row of running sums as it was before its value: the one above, and none at first."""
    import numpy as np

    return np.concatenate([np.zeros_like(sums[:1]), sums[:-1]])


def log_mean(logs: Sequence[float]) -> float:
    """The logarithm of the mean of e-values, which is again an e-value, however they hang together.

    For "none of these metrics differs" (Vovk and Wang 2021, doi:10.1214/20-AOS2020).
    """
    most = max(logs)
    return most + log(sum(exp(one - most) for one in logs) / len(logs))


def adjusted_logs(logs: Sequence[float]) -> list[float]:
    """E-values adjusted for a family, as logarithms: the counterpart of Holm's p values, in the order given.

    Each becomes the least mean over all sets of the family that hold it (Vovk and Wang 2021, Algorithm 1), found
    with the sorted values in one pass. At most a share alpha of families has any false alarm among those at 1/alpha.
    """
    order = sorted(range(len(logs)), key=lambda at: logs[at])
    found = list(logs)
    for index in order:
        least = total = logs[index]
        for count, other in enumerate(order, start=2):
            if logs[other] >= logs[index]:
                break
            total = _log_sum(total, logs[other])
            least = min(least, total - log(count))
        found[index] = least
    return found


def _log_sum(one: float, other: float) -> float:
    most = max(one, other)
    return most + log1p(exp(min(one, other) - most))
