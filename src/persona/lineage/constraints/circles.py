"""Circles in directed graphs: which nodes reach each other."""

from __future__ import annotations


def components(after: list[list[int]]) -> list[int]:
    """For each node the number of its strongly connected component.

    ``after`` holds, for each node, those that its edges lead to. By the algorithm of Tarjan (SIAM Journal on Computing
    1 (2), 1972), with a stack of its own instead of recursion: linear in nodes and edges, of any depth.
    """
    count = len(after)
    number = [-1] * count
    low = [0] * count
    component = [-1] * count
    stack: list[int] = []
    step = [0] * count
    found = 0
    components_made = 0
    for first in range(count):
        if number[first] >= 0:
            continue
        walk = [first]
        while walk:
            node = walk[-1]
            if number[node] < 0:
                number[node] = low[node] = found
                found += 1
                stack.append(node)
            edges = after[node]
            while step[node] < len(edges):
                other = edges[step[node]]
                step[node] += 1
                if number[other] < 0:
                    walk.append(other)
                    break
                if component[other] < 0:
                    low[node] = min(low[node], number[other])
            else:
                walk.pop()
                if walk:
                    low[walk[-1]] = min(low[walk[-1]], low[node])
                if low[node] == number[node]:
                    while True:
                        member = stack.pop()
                        component[member] = components_made
                        if member == node:
                            break
                    components_made += 1
    return component
