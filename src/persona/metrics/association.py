"""Whether who a persona is foretells what it is said to do and to suffer from, over the personas of many runs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from persona.metrics.definitions import ACROSS
from persona.metrics.vectors import Space, unit
from persona.model.measures import Measure
from persona.model.personas import Persona

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

LEAST = 30
"""Personas below which no association is told."""

OCCUPATION, PAINS = "occupation", "pain_points"
FEWEST, MOST = 2, 6

Cluster = Callable[["NDArray[np.float64]", int], Sequence[int]]
"""Puts unit vectors into so many groups: handed in by whoever measures, because the engine's room knows how."""


def cramers_v(pairs: Sequence[tuple[str, str]], *, corrected: bool = True) -> float | None:
    """Cramer's V of two named qualities: 0 no association, 1 the one tells the other.

    ``corrected`` takes off what chance alone gives (Bergsma 2013, doi:10.1016/j.jkss.2012.10.002):
    phi2' = max(0, chi2/n - (k-1)(r-1)/(n-1)), k' = k - (k-1)^2/(n-1), r' = r - (r-1)^2/(n-1),
    V' = sqrt(phi2' / min(k'-1, r'-1)). None where a quality has one value only, or the correction leaves nothing.
    """
    n = len(pairs)
    rows, columns = Counter(one for one, _ in pairs), Counter(other for _, other in pairs)
    if len(rows) < 2 or len(columns) < 2:
        return None
    cells = Counter(pairs)
    # chi2 / n = sum over cells of count^2 / (row total * column total) - 1; empty cells add nothing
    phi2 = sum(count * count / (rows[row] * columns[column]) for (row, column), count in sorted(cells.items())) - 1
    r, k = float(len(rows)), float(len(columns))
    if corrected:
        phi2 = max(0.0, phi2 - (k - 1) * (r - 1) / (n - 1))
        r, k = r - (r - 1) ** 2 / (n - 1), k - (k - 1) ** 2 / (n - 1)
    room = min(r, k) - 1
    return min(1.0, (max(0.0, phi2) / room) ** 0.5) if room > 1e-12 else None


def bias_association(personas: Sequence[Persona], space: Space, cluster: Cluster) -> Measure:
    """Cramer's V between each stated attribute and the occupation, and the cluster of pain points: 0 to 1, down.

    The mean over pairs with ``LEAST`` personas that have both; ``not_enough_data`` below that. Personas of repeated
    runs describe the same participants, so they are not independent: read it as a description of these personas.
    """
    definition = ACROSS["bias_association"]
    different = _different(personas)
    if len(different) < LEAST:
        return definition.too_few(len(different), f"there are fewer than {LEAST} different personas")
    known = {
        attribute: {at: value for at, one in enumerate(different) if (value := _most(one, attribute)) is not None}
        for attribute in sorted({key for one in different for key in one.demographics})
    }
    against = {PAINS: _clusters(different, space, cluster), OCCUPATION: known.get(OCCUPATION, {})}
    found: dict[str, dict[str, Any]] = {}
    for attribute, values in known.items():
        for name, other in against.items():
            pairs = [(values[at], other[at]) for at in values if at in other]
            v = cramers_v(pairs) if attribute != name and len(pairs) >= LEAST else None
            if v is not None:
                found[f"{attribute} x {name}"] = {
                    "v": v,
                    "uncorrected": round(cramers_v(pairs, corrected=False) or 0.0, 6),
                    "personas": len(pairs),
                    "table": [len({one for one, _ in pairs}), len({one for _, one in pairs})],
                }
    if not found:
        return definition.too_few(len(different), f"there are fewer than {LEAST} personas that state two qualities")
    mean = sum(one["v"] for one in found.values()) / len(found)
    told = {name: {**one, "v": round(one["v"], 6)} for name, one in found.items()}
    return definition.measure(mean, len(different), pairs=told, copies=len(personas) - len(different))


def _different(personas: Sequence[Persona]) -> list[Persona]:
    """The personas without those that equal another in all but their names, in an order of their own."""
    from persona.model.canonical import canonical_json

    unique: dict[bytes, Persona] = {}
    for one in personas:
        told = {path: claim.text for path, claim in one.claims() if path != "name"}
        shares = {key: [[share.value, share.count] for share in item.shares] for key, item in one.demographics.items()}
        unique.setdefault(canonical_json([sorted(one.members), told, shares]), one)
    return [unique[key] for key in sorted(unique)]


def _most(persona: Persona, attribute: str) -> str | None:
    """The value that most members state; None when nobody states one or two values tie."""
    item = persona.demographics.get(attribute)
    if item is None or not item.shares:
        return None
    ordered = sorted(item.shares, key=lambda share: -share.count)
    return None if len(ordered) > 1 and ordered[0].count == ordered[1].count else ordered[0].value


def _clusters(personas: Sequence[Persona], space: Space, cluster: Cluster) -> dict[int, str]:
    """The cluster of what each persona suffers from; personas without pain points have none."""
    import numpy as np

    texts = {
        at: " ".join(claim.text for claim in one.pain_points) for at, one in enumerate(personas) if one.pain_points
    }
    if len(texts) < LEAST:
        return {}
    rows = space.rows(list(texts.values()))
    rows = np.round(unit(rows - rows.mean(axis=0, keepdims=True)), 6)
    k = min(MOST, max(FEWEST, round((len(texts) / 2) ** 0.5)))
    return {at: f"pains {label}" for at, label in zip(texts, cluster(rows, k), strict=True)}
