"""The assignment problem: partners for the members of two groups, so that what the pairs are worth adds up to most."""

from __future__ import annotations

import math
from collections.abc import Sequence


def best_pairs(worth: Sequence[Sequence[float]]) -> list[tuple[int, int]]:
    """Pairs (row, column) of the largest sum, each row and each column at most once, as many as the shorter side.

    The Hungarian method (Kuhn 1955, doi:10.1002/nav.3800020109) by shortest augmenting paths with potentials, in
    O(rows^2 x columns). Sorted by row. Among matchings of equal sums the one found is always the same.
    """
    if not worth or not worth[0]:
        return []
    if len(worth) > len(worth[0]):
        turned = [list(column) for column in zip(*worth, strict=True)]
        return sorted((row, column) for column, row in best_pairs(turned))
    rows, columns = len(worth), len(worth[0])
    cost = [[-value for value in line] for line in worth]
    of_row, of_column = [0.0] * rows, [0.0] * (columns + 1)
    owner = [-1] * (columns + 1)  # the row that holds each column; the last column is the way in for a free row
    way_in = columns
    for row in range(rows):
        owner[way_in] = row
        column, slack, before, seen = way_in, [math.inf] * columns, [way_in] * columns, [False] * (columns + 1)
        while owner[column] >= 0:  # grow the tree of cheapest paths until it reaches a free column
            seen[column] = True
            here = owner[column]
            for other in range(columns):
                reduced = cost[here][other] - of_row[here] - of_column[other]
                if not seen[other] and reduced < slack[other]:
                    slack[other], before[other] = reduced, column
            nearest = min((other for other in range(columns) if not seen[other]), key=slack.__getitem__)
            step = slack[nearest]
            for other in range(columns + 1):
                if seen[other]:
                    of_row[owner[other]] += step
                    of_column[other] -= step
                elif other < columns:
                    slack[other] -= step
            column = nearest
        while column != way_in:  # hand the columns on along the path
            owner[column] = owner[before[column]]
            column = before[column]
        owner[way_in] = -1
    return sorted((row, column) for column, row in enumerate(owner[:columns]) if row >= 0)
