"""Rows of numbers made fit for arithmetic: ties made ties, and scaled, so that nothing overflows.

A row is one comparison; many rows of the same length are worked on at once. Scaling is by powers of two, which loses
no digit.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from persona.errors import InvalidInput

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

LARGEST = 1e300
"""Values beyond this size count as not finite: their differences could overflow."""

NEAR = 2.0**-48
"""Differences closer than this part of the largest value they come from are equal, some thirty times the rounding of
floats: 0.3 - 0.2 and 0.1 - 0 are then the same, as people mean them to be."""


def row(values: Iterable[float], least: int = 1) -> Floats:
    """Some values as an array. Raises ``InvalidInput`` when one is not finite or there are fewer than ``least``."""
    import numpy as np

    found = np.asarray(list(values), dtype=np.float64)
    if not bool(np.all(np.abs(found) <= LARGEST)):  # a comparison with NaN is false
        raise InvalidInput(
            "a value to compare is missing, infinite or beyond 1e300 in size",
            code="comparison-value",
            hints=["leave out values that are not known; comparing by pairs drops them and says how many"],
        )
    if len(found) < least:
        raise InvalidInput(
            f"{len(found)} values are too few here: {least} are needed",
            code="comparison-too-few",
            hints=["run more repeats"],
        )
    return found


def scaled(rows: Floats) -> tuple[Floats, NDArray[np.int_]]:
    """Rows divided by the power of two that brings their largest value below 1, and the exponents, shape (rows, 1)."""
    import numpy as np

    _, exponents = np.frexp(np.abs(rows).max(axis=-1, keepdims=True))
    return np.ldexp(rows, -exponents), np.asarray(exponents, dtype=np.int_)


def tied(values: Floats, size: float, signed: bool = False) -> Floats:
    """Values with those that only rounding holds apart made equal, ``size`` being the largest magnitude behind them.

    Without ``signed`` sizes are compared, so that -0.1 ties with 0.1 and what is next to 0 becomes 0.
    """
    import numpy as np

    near = NEAR * size
    keys = values if signed else np.abs(values)
    order = np.argsort(keys, kind="stable")
    ordered = keys[order]
    gaps = np.concatenate([[True], np.diff(ordered) > near])
    first = ordered[np.flatnonzero(gaps)]
    if not signed:
        first = np.where(first <= near, 0.0, first)
    found = np.empty_like(values)
    found[order] = first[np.cumsum(gaps) - 1]
    return found if signed else np.copysign(found, values) + 0.0


def in_order(first: Floats, second: Floats) -> tuple[Floats, Floats, bool]:
    """Two groups in an order that does not depend on which was named first, and whether they were exchanged.

    Random draws then fall on the same values either way, so that exchanging the sides mirrors the result exactly.
    """
    exchanged = (len(first), first.tolist()) > (len(second), second.tolist())
    return (second, first, True) if exchanged else (first, second, False)


def mean_and_sd(rows: Floats) -> tuple[Floats, Floats]:
    """The mean and the standard deviation (n - 1) of each row, exactly the value and 0 where all values are equal."""
    import numpy as np

    n = rows.shape[-1]
    flat = rows.max(axis=-1) == rows.min(axis=-1)
    mean = np.where(flat, rows[..., 0], rows.mean(axis=-1))
    if n < 2:
        return mean, np.full(mean.shape, np.nan)
    sd = np.sqrt(np.square(rows - mean[..., None]).sum(axis=-1) / (n - 1))
    return mean, np.asarray(np.where(flat, 0.0, sd))
