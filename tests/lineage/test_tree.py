"""Trees of what a thing rests on, against a closure worked out on the side."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from persona.lineage import Node, tree_up
from persona.lineage.tree import UPWARD
from persona.model.records import Draft, Edge
from persona.storage import Records, open_records

THINGS = [f"thing-{n}" for n in range(5)]
LINKS = st.lists(
    st.tuples(st.sampled_from(THINGS), st.sampled_from([*UPWARD, "part_of", "revision_of"]), st.sampled_from(THINGS)),
    max_size=20,
)


@contextmanager
def linked(links: list[tuple[str, str, str]]) -> Iterator[Records]:
    """Records with these edges and no others; circles, too, which only records of somebody else could hold."""
    with tempfile.TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        patch.setattr("persona.storage.projection.check_no_circle", lambda *_: None)
        records = open_records(Path(folder) / "w.db", create=True)
        body = {"title": "P", "status": "active", "file": None, "fields": {}, "tags": {}}
        records.append([Draft("project.created", "p", body, tuple(Edge(*link) for link in links))])
        yield records
        records.close()


def walked(node: Node) -> Iterator[Node]:
    left = [node]
    while left:
        one = left.pop()
        yield one
        left += one.children


@settings(max_examples=60)
@given(LINKS)
def test_a_tree_holds_exactly_what_can_be_reached_and_opens_each_once(links: list[tuple[str, str, str]]) -> None:
    up = {(src, rel, dst) for src, rel, dst in links if rel in UPWARD}
    reached = {THINGS[0]}
    while more := {dst for src, _, dst in up if src in reached} - reached:
        reached |= more
    with linked(links) as records:
        nodes = list(walked(tree_up(records, THINGS[0])))
    assert {node.id for node in nodes} == reached
    opened = [node.id for node in nodes if not node.repeated]
    assert sorted(opened) == sorted(reached)
    shown = {(node.id, child.relation, child.id) for node in nodes for child in node.children}
    assert shown == {link for link in up if link[0] in reached}


@settings(max_examples=30)
@given(LINKS, st.integers(0, 4))
def test_a_depth_ends_a_tree(links: list[tuple[str, str, str]], depth: int) -> None:
    up = {(src, dst) for src, rel, dst in links if rel in UPWARD}
    near = {THINGS[0]}
    for _ in range(depth):
        near |= {dst for src, dst in up if src in near}
    with linked(links) as records:
        assert {node.id for node in walked(tree_up(records, THINGS[0], depth=depth))} == near


def test_a_chain_is_cut_at_its_depth() -> None:
    with linked([(f"t{n}", "used", f"t{n + 1}") for n in range(5)]) as records:
        for depth in range(5):
            assert sum(1 for _ in walked(tree_up(records, "t0", depth=depth))) == depth + 1


def test_a_circle_ends() -> None:
    with linked([("thing-0", "used", "thing-1"), ("thing-1", "used", "thing-0")]) as records:
        tree = tree_up(records, "thing-0")
    (child,) = tree.children
    (again,) = child.children
    assert (again.id, again.repeated, again.children) == ("thing-0", True, ())


def test_relations_come_in_their_order() -> None:
    links = [("thing-0", "used", "thing-3"), ("thing-0", "associated_with", "thing-1"), ("thing-0", "used", "thing-2")]
    with linked(links) as records:
        found = [(child.relation, child.id) for child in tree_up(records, "thing-0").children]
    assert found == [("used", "thing-2"), ("used", "thing-3"), ("associated_with", "thing-1")]


def test_a_chain_longer_than_the_recursion_limit_is_walked() -> None:
    chain = [(f"t{n}", "derived_from", f"t{n + 1}") for n in range(1500)]
    with linked(chain) as records:
        assert sum(1 for _ in walked(tree_up(records, "t0"))) == 1501


def test_what_rests_on_nothing_is_a_leaf() -> None:
    with linked([]) as records:
        assert tree_up(records, "alone") == Node("alone", "", ())
