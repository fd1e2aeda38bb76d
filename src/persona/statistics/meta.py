"""One answer from several experiments: random effects, with an honest view of one or two of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from persona.errors import InvalidInput
from persona.model.comparisons import Combined, Comparison, Interval
from persona.statistics.rows import row, scaled

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]


def combine_comparisons(comparisons: Sequence[Comparison], confidence: float = 0.95) -> Combined:
    """The differences of several comparisons of the same metric taken together, weighed by their standard errors.

    Comparisons below 3 values or without spread have no error to weigh by and are counted as left out. Raises
    ``InvalidInput`` when none remains.
    """
    effects, errors = [], []
    for one in comparisons:
        if one.difference is None or not one.sd or min(one.n, one.n_baseline) < 3:
            continue
        count = 1 / one.n if one.design == "pairs" else 1 / one.n + 1 / one.n_baseline
        effects.append(one.difference)
        errors.append(one.sd * count**0.5)
    return combine(effects, errors, confidence, len(comparisons) - len(effects))


def combine(effects: Sequence[float], errors: Sequence[float], confidence: float = 0.95, left_out: int = 0) -> Combined:
    """Estimates with their standard errors taken together.

    Fixed effect: weights 1/se^2. Random effects: weights 1/(se^2 + tau^2), tau^2 by Paule and Mandel (1982;
    DerSimonian and Kacker 2007, doi:10.1016/j.cct.2006.04.004), and by DerSimonian and Laird (1986) beside it.
    Interval: Hartung and Knapp (2001, doi:10.1002/sim.1009) with t(k - 1), their factor taken as at least 1 (Röver,
    Knapp and Friede 2015, doi:10.1186/s12874-015-0091-1). Q and I^2: Higgins and Thompson 2002 (doi:10.1002/sim.1186).
    Prediction: t(k - 2) times sqrt(tau^2 + se^2), from 3 on (Higgins, Thompson and Spiegelhalter 2009,
    doi:10.1111/j.1467-985X.2008.00552.x). Standard errors are taken for known, which they are not in few runs: with 3
    to 5 pairs a comparison the fixed interval is too narrow. Raises ``InvalidInput`` for no estimates, unusable ones,
    or errors that are not above 0.
    """
    import numpy as np
    from scipy.special import chdtrc, ndtr, ndtri, stdtr, stdtrit

    known = row(errors)
    both, exponents = scaled(np.concatenate([row(effects), known])[None, :])
    k, back = len(effects), int(exponents[0, 0])
    y, se = both[0, :k], both[0, k:]
    if len(errors) != k or not bool((known > 0).all()):
        raise InvalidInput(
            "every estimate needs a standard error above 0",
            code="comparison-value",
            hints=["leave out comparisons without spread"],
        )
    variance = np.square(np.maximum(se, 1e-70))
    normal = float(ndtri(0.5 + confidence / 2))

    def told(value: float) -> float:
        return float(np.ldexp(value, back))

    def spanned(middle: float, half: float, method: str) -> Interval:
        return Interval(told(middle - half), told(middle + half), confidence, method)

    weights = (1 / variance) / (1 / variance).sum()
    fixed, fixed_se = float((weights * y).sum()), float((1 / variance).sum() ** -0.5)
    fixed_interval = spanned(fixed, normal * fixed_se, "normal")
    if k == 1:
        p = 2 * float(ndtr(-abs(fixed) / fixed_se))
        return Combined(
            k=1, left_out=left_out, fixed=told(fixed), fixed_interval=fixed_interval, random=told(fixed), interval=None,
            weights=(1.0,), p=p, tau=None, tau_dl=None, q=None, q_p=None, i2=None, prediction=None, widened=False,
            notes=("one comparison says nothing about how much experiments differ",),
        )  # fmt: skip
    q = _q(y, variance, 0.0)
    tau2, tau2_dl = _paule_mandel(y, variance), _dersimonian_laird(y, variance, q)
    spread = 1 / (variance + tau2)
    shares = spread / spread.sum()
    random = float((shares * y).sum())
    factor = float((spread * np.square(y - random)).sum()) / (k - 1)
    error = (max(1.0, factor) / float(spread.sum())) ** 0.5
    interval = spanned(random, float(stdtrit(k - 1, 0.5 + confidence / 2)) * error, "hartung-knapp")
    prediction = None
    notes = []
    if k >= 3:
        width = float(stdtrit(k - 2, 0.5 + confidence / 2)) * (tau2 + 1 / float(spread.sum())) ** 0.5
        prediction = spanned(random, width, "prediction t")
    else:
        notes.append("two comparisons barely say how much experiments differ; the interval is wide for that reason")
    if left_out:
        notes.append(f"{left_out} without spread or with fewer than 3 values left out")
    return Combined(
        k=k, left_out=left_out, fixed=told(fixed), fixed_interval=fixed_interval, random=told(random),
        interval=interval,
        weights=tuple(float(one) for one in shares), p=min(1.0, 2 * float(stdtr(k - 1, -abs(random) / error))),
        tau=told(tau2**0.5), tau_dl=told(tau2_dl**0.5), q=q, q_p=float(chdtrc(k - 1, q)),
        i2=max(0.0, (q - (k - 1)) / q) if q > 0 else 0.0, prediction=prediction, widened=factor < 1 - 1e-9,
        notes=tuple(notes),
    )  # fmt: skip


def _q(y: Floats, variance: Floats, tau2: float) -> float:
    """Cochran's Q with weights 1/(se^2 + tau^2)."""
    import numpy as np

    weights = 1 / (variance + tau2)
    middle = (weights * y).sum() / weights.sum()
    return float((weights * np.square(y - middle)).sum())


def _paule_mandel(y: Floats, variance: Floats) -> float:
    """The tau^2 at which Q equals k - 1, found by halving; 0 where Q is smaller from the start."""
    target = len(y) - 1
    if _q(y, variance, 0.0) <= target:
        return 0.0
    low, high = 0.0, float(y.max() - y.min()) ** 2 + float(variance.max())
    while _q(y, variance, high) > target:
        high *= 2
    for _ in range(200):
        middle = (low + high) / 2
        if middle in (low, high):
            break
        low, high = (middle, high) if _q(y, variance, middle) > target else (low, middle)
    return (low + high) / 2


def _dersimonian_laird(y: Floats, variance: Floats, q: float) -> float:
    import numpy as np

    weights = 1 / variance
    room = float(weights.sum() - np.square(weights).sum() / weights.sum())
    return max(0.0, (q - (len(y) - 1)) / room) if room > 0 else 0.0
