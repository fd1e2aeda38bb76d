"""Groups of participants: spherical k-means, silhouette, stability, and who fits nowhere."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

from persona.errors import InvalidInput
from persona.generation.chance import Chooser, child_seed
from persona.generation.vectors import unit

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

RESTARTS = 12
ROUNDS = 50
RESAMPLES = 10
LARGEST_K = 8
FAR = 0.25
"""Below this, groups overlap a good deal (Kaufman and Rousseeuw 1990, table 4, call it no substantial structure)."""

CLEAR = 0.10
"""A mean silhouette below this shows no clear groups.

Measured on real interviews: 0.08 to 0.14 inside one population, 0.17 to 0.20 between two.
"""


class Groups(NamedTuple):
    """An assignment of n participants to k groups, with what it is worth."""

    labels: NDArray[np.int64]
    k: int
    chosen_by: str
    silhouette: float | None
    stray: NDArray[np.bool_]
    """Who fits nowhere: their words point away from the rest of the group they are nearest to."""
    stability: float | None
    clear: bool
    message: str


def participant_vectors(vectors: NDArray[np.float64], owner: NDArray[np.int64], people: int) -> NDArray[np.float64]:
    """One unit vector a participant: the mean of their sentences, made relative to the mean of everybody."""
    import numpy as np

    sums = np.zeros((people, vectors.shape[1]))
    np.add.at(sums, owner, vectors)
    counts = np.bincount(owner, minlength=people).reshape(-1, 1)
    means = unit(sums / np.maximum(counts, 1))
    if people < 2:
        return means
    return np.round(unit(means - means.mean(axis=0, keepdims=True)), 6)


def group(rows: NDArray[np.float64], count: int | None, temperature: float, seed: int) -> Groups:
    """Put participants into ``count`` groups, or into as many as the silhouette says.

    Without ``count`` and without clear groups there is one group: everybody. Raises ``InvalidInput`` for more groups
    than participants.
    """
    import numpy as np

    n = len(rows)
    if count is not None and count > n:
        there = "is only 1 participant" if n == 1 else f"are only {n} participants"
        raise InvalidInput(
            f"{count} personas were asked for, but there {there}",
            code="too-few-participants",
            place="parameter `count`",
            hints=[f"ask for fewer: `persona generate --count {n}`"],
        )
    root = seed if temperature > 0 else 0
    if count is not None:
        labels = cluster(rows, count, temperature, root)
        mean = silhouette(rows, labels)
        clear = mean is not None and mean >= CLEAR
        message = _told(count, mean, clear, asked=True)
        stability = _stability(rows, labels, count, root)
        return Groups(labels, count, "count", mean, strays(rows, labels), stability, clear, message)
    best: tuple[float, int, NDArray[np.int64]] | None = None
    for k in range(2, min(LARGEST_K, n - 1) + 1):
        labels = cluster(rows, k, temperature, root)
        mean = silhouette(rows, labels)
        if mean is not None and (best is None or mean > best[0]):
            best = (mean, k, labels)
    if best is None or best[0] < CLEAR:
        everybody = np.zeros(n, dtype=np.int64)
        mean = best[0] if best else None
        tried = best[1] if best else 1
        message = _told(tried, mean, clear=False, asked=False)
        return Groups(everybody, 1, "single", None, strays(rows, everybody), None, False, message)
    mean, k, labels = best
    message = _told(k, mean, clear=True, asked=False)
    return Groups(labels, k, "silhouette", mean, strays(rows, labels), _stability(rows, labels, k, root), True, message)


def silhouette(rows: NDArray[np.float64], labels: NDArray[np.int64]) -> float | None:
    """The mean silhouette by cosine distance (Rousseeuw 1987), rounded to six decimals, -1 to 1.

    A member alone in its group counts 0. None for a single group.
    """
    import numpy as np

    k = int(labels.max()) + 1
    if k < 2 or len(rows) < 3:
        return None
    member = np.eye(k)[labels]
    sizes = member.sum(axis=0)
    distance = 1 - rows @ rows.T
    np.fill_diagonal(distance, 0)
    to_group = distance @ member
    inside = sizes[labels]
    within = to_group[np.arange(len(rows)), labels] / np.maximum(inside - 1, 1)
    others = to_group / np.maximum(sizes, 1)
    others[np.arange(len(rows)), labels] = np.inf
    nearest = others.min(axis=1)
    scale = np.maximum(np.maximum(within, nearest), 1e-12)
    own = np.where(inside > 1, (nearest - within) / scale, 0.0)
    return round(float(own.mean()), 6)


def strays(rows: NDArray[np.float64], labels: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Who fits nowhere: the cosine to the sum of the *other* members of their group is not above zero.

    Vectors are relative to the mean of everybody, so zero means: no more alike than strangers. Asked only of groups of
    three or more, where there are two or more groups; a group in which nobody fits is left as it is.
    """
    import numpy as np

    found = np.zeros(len(rows), dtype=bool)
    if int(labels.max()) < 1:
        return found
    for one in range(int(labels.max()) + 1):
        members = np.flatnonzero(labels == one)
        if len(members) < 3:
            continue
        others = unit(rows[members].sum(axis=0, keepdims=True) - rows[members])
        fits = np.round((rows[members] * others).sum(axis=1), 6)
        if (fits > 0).any():
            found[members] = fits <= 0
    return found


def rand_index(first: NDArray[np.int64], second: NDArray[np.int64]) -> float:
    """The adjusted Rand index of two assignments (Hubert and Arabie 1985): 1 equal, 0 as by chance."""
    import numpy as np

    table = np.zeros((int(first.max()) + 1, int(second.max()) + 1))
    np.add.at(table, (first, second), 1)
    pairs = float((table * (table - 1) / 2).sum())
    rows = float((table.sum(axis=1) * (table.sum(axis=1) - 1) / 2).sum())
    columns = float((table.sum(axis=0) * (table.sum(axis=0) - 1) / 2).sum())
    every = len(first) * (len(first) - 1) / 2
    expected = rows * columns / every if every else 0.0
    most = (rows + columns) / 2
    return 1.0 if most == expected else (pairs - expected) / (most - expected)


def cluster(
    rows: NDArray[np.float64], k: int, temperature: float, seed: int, starts: int = RESTARTS
) -> NDArray[np.int64]:
    """The best of several starts of spherical k-means; above temperature 0, one drawn by how good it is.

    Groups are numbered by size, then by their first member.
    """
    import numpy as np

    if k == 1:
        return np.zeros(len(rows), dtype=np.int64)
    tries = [_kmeans(rows, k, child_seed(seed, f"k-means {k}", start)) for start in range(starts)]
    fits = np.array([fit for fit, _ in tries])
    return _numbered(tries[Chooser(temperature, seed, f"grouping {k}", 0.02).pick(fits)][1], k)


def _kmeans(rows: NDArray[np.float64], k: int, seed: int) -> tuple[float, NDArray[np.int64]]:
    """One start (k-means++ after Arthur and Vassilvitskii 2007); the mean cosine to the own centre, and the labels."""
    import numpy as np

    generator = np.random.Generator(np.random.PCG64(seed))
    centres = [int(generator.integers(len(rows)))]
    nearest = 1 - rows @ rows[centres[0]]
    while len(centres) < k:
        weight = np.maximum(nearest, 0) ** 2
        weight[centres] = 0
        if weight.sum() <= 0:
            centres.append(next(i for i in range(len(rows)) if i not in centres))
        else:
            edges = np.cumsum(weight / weight.sum())
            centres.append(min(int(np.searchsorted(edges, generator.random())), len(rows) - 1))
        nearest = np.minimum(nearest, 1 - rows @ rows[centres[-1]])
    middle = rows[centres]
    labels = np.zeros(len(rows), dtype=np.int64)
    for turn in range(ROUNDS):
        near = np.round(rows @ middle.T, 9)
        fresh = near.argmax(axis=1)
        for empty in np.setdiff1d(np.arange(k), fresh):  # a group without members takes the one who fits worst
            sizes = np.bincount(fresh, minlength=k)
            fits = np.where(sizes[fresh] > 1, near[np.arange(len(rows)), fresh], np.inf)
            fresh[int(fits.argmin())] = empty
        if turn > 0 and (fresh == labels).all():
            break
        labels = fresh
        middle = unit(np.stack([rows[labels == one].sum(axis=0) for one in range(k)]))
    fit = float((rows * middle[labels]).sum(axis=1).mean())
    return round(fit, 6), labels


def _numbered(labels: NDArray[np.int64], k: int) -> NDArray[np.int64]:
    import numpy as np

    firsts = {one: int(np.flatnonzero(labels == one)[0]) for one in range(k)}
    sizes = np.bincount(labels, minlength=k)
    order = sorted(range(k), key=lambda one: (-int(sizes[one]), firsts[one]))
    number = np.empty(k, dtype=np.int64)
    number[order] = np.arange(k)
    return number[labels]


def _stability(rows: NDArray[np.float64], labels: NDArray[np.int64], k: int, seed: int) -> float | None:
    """The mean adjusted Rand index between the grouping and groupings of 80 % of the participants."""
    import numpy as np

    n = len(rows)
    size = round(0.8 * n)
    if k < 2 or size <= k or n < 5:
        return None
    found = []
    for index in range(RESAMPLES):
        generator = np.random.Generator(np.random.PCG64(child_seed(seed, "stability", index)))
        chosen = np.sort(generator.choice(n, size=size, replace=False))
        tries = [_kmeans(rows[chosen], k, child_seed(seed, f"stability {index}", start)) for start in range(4)]
        again = max(tries, key=lambda one: one[0])[1]
        found.append(rand_index(labels[chosen], again))
    return round(float(np.mean(found)), 3)


def _told(k: int, mean: float | None, clear: bool, *, asked: bool) -> str:
    shown = "not defined"
    if mean is not None:
        near = round(mean, 3)  # as the grouping shows it; a value below the threshold is never shown as equal to it
        shown = f"{near if (near >= CLEAR) == (mean >= CLEAR) else math.floor(mean * 1000) / 1000:.3f}"
    if clear:
        apart = ", not far apart" if mean is not None and mean < FAR else ""
        return f"the data show {k} groups{apart} (silhouette {shown})"
    if k == 1 and mean is None:
        return "one persona was asked for" if asked else "there are too few participants to look for groups"
    if asked:
        return f"the data show no clear groups: {k} were asked for, but their silhouette is {shown}, below {CLEAR:.2f}"
    return (
        f"the data show no clear groups (best silhouette {shown} at {k} groups, below {CLEAR:.2f}): "
        "one persona describes everybody"
    )
