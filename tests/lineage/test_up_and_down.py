"""Up and down are two ways over one graph: what a thing rests on is what it is found from again."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.lineage.test_tree import THINGS, linked, walked

from persona.errors import NotFound
from persona.lineage import Node, tree_up
from persona.lineage.tree import UPWARD

LINKS = st.lists(
    st.tuples(st.sampled_from(THINGS), st.sampled_from(UPWARD), st.sampled_from(THINGS)), min_size=1, max_size=14
)


def ids(node: Node) -> set[str]:
    return {one.id for one in walked(node)}


def steps(links: list[tuple[str, str, str]], begin: str) -> dict[str, int]:
    """How many edges away each thing lies, found by trying every edge until nothing changes."""
    found = {begin: 0}
    changed = True
    while changed:
        changed = False
        for src, _, dst in links:
            if src in found and found[src] + 1 < found.get(dst, len(links) + 1):
                found[dst] = found[src] + 1
                changed = True
    return found


@settings(max_examples=50)
@given(LINKS)
def test_a_thing_stands_in_the_tree_of_another_exactly_if_the_other_is_found_going_down(
    links: list[tuple[str, str, str]],
) -> None:
    named = {thing for src, _, dst in links for thing in (src, dst)}
    with linked(links) as records:
        above = {thing: ids(tree_up(records, thing)) for thing in named}
        below = {thing: set(records.walk(thing, "down").nodes) for thing in named}
        assert above == {thing: set(records.walk(thing, "up").nodes) for thing in named}
    assert {(low, high) for low in named for high in above[low]} == {
        (low, high) for high in named for low in below[high]
    }
    assert above == {thing: set(steps(links, thing)) for thing in named}


@settings(max_examples=50)
@given(LINKS, st.integers(0, 4))
def test_a_depth_is_counted_in_edges_and_a_thing_is_opened_where_it_is_nearest(
    links: list[tuple[str, str, str]], depth: int
) -> None:
    away = steps(links, THINGS[0])
    with linked(links) as records:
        tree = tree_up(records, THINGS[0], depth=depth)
    at: dict[str, int] = {}
    level, distance = [tree], 0
    while level:
        at.update({node.id: distance for node in level if not node.repeated})
        assert all(node.children == () for node in level if node.repeated or distance == depth)
        level, distance = [child for node in level for child in node.children], distance + 1
    assert at == {thing: n for thing, n in away.items() if n <= depth}


@settings(max_examples=30)
@given(LINKS)
def test_a_tree_is_no_larger_than_the_edges_it_shows(links: list[tuple[str, str, str]]) -> None:
    with linked(links) as records:
        nodes = list(walked(tree_up(records, THINGS[0])))
    reached = set(steps(links, THINGS[0]))
    assert len(nodes) == 1 + len({link for link in links if link[0] in reached})
    assert len([node for node in nodes if not node.repeated]) == len(reached)


def test_a_million_ways_are_walked_once() -> None:
    """Twenty diamonds in a row have two to the power of twenty paths, and eighty edges."""
    links = []
    for n in range(20):
        for side in "ab":
            links += [(f"t{n:02}", "used", f"t{n:02}{side}"), (f"t{n:02}{side}", "derived_from", f"t{n + 1:02}")]
    with linked(links) as records:
        nodes = list(walked(tree_up(records, "t00")))
        assert len(nodes) == 81
        assert sum(node.repeated for node in nodes) == 20
        assert len(records.walk("t20", "down").nodes) == 61


def test_a_thing_that_rests_on_itself_ends_at_once() -> None:
    with linked([("a", "used", "a"), ("a", "derived_from", "a")]) as records:
        tree = tree_up(records, "a")
    assert [(one.id, one.repeated, one.children) for one in tree.children] == [("a", True, ())] * 2
    assert {one.relation for one in tree.children} == {"used", "derived_from"}


def test_what_stands_beside_a_thing_is_not_what_it_rests_on() -> None:
    links = [("v2", "revision_of", "v1"), ("v2", "part_of", "shop"), ("v2", "member_of", "group"), ("v2", "used", "x")]
    with linked(links) as records:
        assert ids(tree_up(records, "v2")) == {"v2", "x"}
        assert set(records.walk("v2", "up").nodes) == {"v2", "v1", "shop", "group", "x"}


def test_a_name_that_nothing_mentions() -> None:
    with linked([("a", "used", "b")]) as records:
        assert tree_up(records, "c") == Node("c", "", ())
        for direction in ("up", "down"):
            with pytest.raises(NotFound) as caught:
                records.walk("c", direction)  # type: ignore[arg-type]
            assert (caught.value.code, caught.value.place) == ("node-not-found", "c")
