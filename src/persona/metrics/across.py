"""Metrics of several runs: do they agree with each other, and does who a persona is foretell what it is?"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import combinations
from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec

from persona.metrics.assignment import best_pairs
from persona.metrics.association import Cluster, bias_association
from persona.metrics.definitions import ACROSS
from persona.metrics.spread import consistency_internal, words_of
from persona.metrics.vectors import Space, unit
from persona.model.measures import Measure
from persona.model.personas import Persona, PersonaSet

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


class RunSet(NamedTuple):
    """The personas of one run. Runs with an equal ``plan`` differ in seed and repeat at most."""

    run: str
    plan: str
    personas: PersonaSet


def measure_across(
    sets: Sequence[RunSet], embed: Callable[[Sequence[str]], NDArray[np.float64]], cluster: Cluster
) -> list[Measure]:
    """``consistency_internal`` over the personas of all runs, then every metric of ``definitions.ACROSS``.

    ``embed`` gives unit vectors of texts, ``cluster`` puts such vectors into so many groups. The order of the runs
    and of their personas means nothing.
    """
    space = Space(embed)
    ordered = sorted(sets, key=lambda one: one.run)
    everybody = [
        msgspec.structs.replace(persona, id=f"{one.run}/{persona.id}")
        for one in ordered
        for persona in one.personas.personas
    ]
    return [
        consistency_internal(everybody, space),
        consistency_runs(ordered, space),
        bias_association(everybody, space, cluster),
    ]


def consistency_runs(sets: Sequence[RunSet], space: Space) -> Measure:
    """How much more alike the matched personas of two runs of one plan are than the others: -1 to 1, up.

    For each pair of runs: sum of the similarities of matched personas / personas of the larger set, less the mean
    similarity of the pairs that were not matched; the mean over all pairs of runs. Similarity is half the cosine of
    the words and half the Jaccard index of the members. Without a pair that was not matched there is nothing to
    compare with, so two runs of one persona each are left out.
    """
    definition = ACROSS["consistency_runs"]
    found: list[dict[str, Any]] = []
    values: list[float] = []
    for one, other in combinations(sets, 2):
        compared = _compared(one.personas, other.personas, space) if one.plan == other.plan else None
        if compared is not None:
            values.append(compared["value"])
            found.append({"runs": [one.run, other.run], **_rounded(compared)})
    if not values:
        return definition.too_few(0, "there are fewer than two runs of one plan with two personas or more")
    return definition.measure(sum(values) / len(values), len(values), pairs=found[:100])


def _compared(one: PersonaSet, other: PersonaSet, space: Space) -> dict[str, Any] | None:
    first, second = one.personas, other.personas
    count = len(first) * len(second)
    if count < 2:
        return None
    worth = similarities(first, second, space)
    pairs = best_pairs(worth)
    matched = sum(worth[row][column] for row, column in pairs)
    others = count - len(pairs)
    rest = (sum(map(sum, worth)) - matched) / others
    mean = matched / max(len(first), len(second))
    return {
        "value": mean - rest,
        "matched": mean,
        "others": rest,
        "partners": [[first[row].id, second[column].id, worth[row][column]] for row, column in pairs],
    }


def similarities(first: Sequence[Persona], second: Sequence[Persona], space: Space) -> list[list[float]]:
    """1/2 cosine of the words (clipped at 0) + 1/2 Jaccard index of the members, one row a persona of the first set."""
    texts = [words_of(one) for one in (*first, *second)]
    rows = unit(space.rows(texts))
    cosines = (rows[: len(first)] @ rows[len(first) :].T).clip(0, 1).tolist()
    return [
        [(cosine + _jaccard(one.members, other.members)) / 2 for cosine, other in zip(line, second, strict=True)]
        for line, one in zip(cosines, first, strict=True)
    ]


def _jaccard(one: Sequence[str], other: Sequence[str]) -> float:
    together = set(one) | set(other)
    return len(set(one) & set(other)) / len(together) if together else 0.0


def _rounded(compared: dict[str, Any]) -> dict[str, Any]:
    partners = [[one, other, round(value, 6)] for one, other, value in compared["partners"]]
    return {key: round(compared[key], 6) for key in ("value", "matched", "others")} | {"partners": partners}
