"""From values by key to what is compared: pairs in order, with a count of all that is left out."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Mapping
from typing import TYPE_CHECKING, NamedTuple, TypeVar

from persona.errors import InvalidInput
from persona.statistics.rows import LARGEST, tied

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

Key = TypeVar("Key", bound=Hashable)
Block = TypeVar("Block", bound=Hashable)


class Paired(NamedTuple):
    """Values of a variant and of its baseline over the same keys, their differences, and what was left out."""

    values: Floats
    baseline: Floats
    differences: Floats
    dropped: int
    unmatched: int


def paired(values: Mapping[Key, float | None], baseline: Mapping[Key, float | None]) -> Paired:
    """The pairs of two sides, in the order of ``values``, which is to be the order in time.

    A pair goes (``dropped``) when one of its values is None, NaN, infinite or beyond 1e300 in size; a key that only
    one side has counts as ``unmatched``. Raises ``InvalidInput`` for a value that is no number.
    """
    import numpy as np

    same = len(values) == len(baseline) and values.keys() == baseline.keys()
    keys = list(values) if same else [key for key in values if key in baseline]
    first, second = _numbers(values[key] for key in keys), _numbers(baseline[key] for key in keys)
    usable = (np.abs(first) <= LARGEST) & (np.abs(second) <= LARGEST)
    unmatched = len(values) + len(baseline) - 2 * len(keys)
    dropped = int(len(keys) - usable.sum())
    if dropped:
        first, second = first[usable], second[usable]
    differences = first - second
    if len(differences):
        differences = tied(differences, max(float(np.abs(first).max()), float(np.abs(second).max())))
    return Paired(first, second, differences, dropped, unmatched)


def known(values: Iterable[float | None]) -> tuple[Floats, int]:
    """The usable values of a group, and how many were left out because they are missing or not finite."""
    import numpy as np

    found = _numbers(values)
    usable = np.abs(found) <= LARGEST
    return found[usable], int(len(found) - usable.sum())


def averaged(values: Mapping[Key, float | None], block: Callable[[Key], Block]) -> dict[Block, float | None]:
    """The mean of the known values of each block, None where none is known.

    For questions about *other* input data: runs over the same input set are no independent witnesses, so each set
    counts once (Miller 2024, https://arxiv.org/abs/2411.00640).
    """
    from math import fsum, isfinite

    found: dict[Block, list[float]] = {}
    for key, value in values.items():
        kept = found.setdefault(block(key), [])
        if value is not None and isfinite(value):
            kept.append(value)
    return {name: fsum(kept) / len(kept) if kept else None for name, kept in found.items()}


def _numbers(values: Iterable[float | None]) -> Floats:
    import numpy as np

    listed = list(values)
    try:
        return np.array(listed, dtype=np.float64)  # None becomes NaN
    except (TypeError, ValueError):
        at, wrong = next((at, one) for at, one in enumerate(listed) if not isinstance(one, int | float | None))
        raise InvalidInput(
            f"a value to compare is no number: {wrong!r}",
            code="comparison-value",
            place=f"value {at + 1}",
            hints=["compare a metric that has a number"],
        ) from None
