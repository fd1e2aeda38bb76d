"""The Merkle tree against RFC 6962 by definition, and against the vectors of transparency-dev."""

from __future__ import annotations

import json
from base64 import b64decode
from hashlib import sha256
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from persona.storage.merkle import (
    EMPTY_ROOT,
    Frontier,
    consistency_proof,
    inclusion_proof,
    leaf_hash,
    root,
    verify_consistency,
    verify_inclusion,
)

LEAVES = [leaf_hash(bytes([n])) for n in range(70)]


def by_definition(leaves: list[bytes]) -> bytes:
    """RFC 6962, 2.1, word for word."""
    if not leaves:
        return sha256(b"").digest()
    if len(leaves) == 1:
        return leaves[0]
    k = 1
    while k * 2 < len(leaves):
        k *= 2
    return sha256(b"\x01" + by_definition(leaves[:k]) + by_definition(leaves[k:])).digest()


def test_roots_are_those_of_the_definition() -> None:
    assert root([]) == EMPTY_ROOT
    for size in range(len(LEAVES)):
        assert root(LEAVES[:size]) == by_definition(LEAVES[:size])


def test_a_frontier_survives_being_stored() -> None:
    frontier = Frontier()
    for leaf in LEAVES:
        frontier = Frontier.decode(frontier.size, frontier.encode()).append(leaf)
        assert len(frontier.peaks) == frontier.size.bit_count()
    assert frontier.root() == root(LEAVES)
    with pytest.raises(ValueError, match="do not fit"):
        Frontier.decode(7, b"x" * 32)


@given(st.integers(1, 70), st.data())
def test_every_inclusion_proof_verifies_and_no_other_leaf_does(size: int, data: st.DataObject) -> None:
    index = data.draw(st.integers(0, size - 1))
    leaves = LEAVES[:size]
    proof = inclusion_proof(leaves, index)
    assert verify_inclusion(leaves[index], index, size, proof, root(leaves))
    assert not verify_inclusion(leaf_hash(b"another"), index, size, proof, root(leaves))
    other = data.draw(st.integers(0, size - 1).filter(lambda n: n != index)) if size > 1 else size
    assert not verify_inclusion(leaves[index], other, size, proof, root(leaves))


@given(st.integers(1, 70), st.data())
def test_every_consistency_proof_verifies_and_no_changed_past_does(size: int, data: st.DataObject) -> None:
    first = data.draw(st.integers(1, size))
    leaves = LEAVES[:size]
    proof = consistency_proof(leaves, first)
    assert verify_consistency(first, size, root(leaves[:first]), root(leaves), proof)
    changed = data.draw(st.integers(0, first - 1))
    forged = [leaf_hash(b"forged") if n == changed else leaf for n, leaf in enumerate(leaves)]
    assert not verify_consistency(first, size, root(leaves[:first]), root(forged), consistency_proof(forged, first))


def test_what_is_outside_the_tree_is_refused() -> None:
    with pytest.raises(IndexError):
        inclusion_proof(LEAVES[:3], 3)
    with pytest.raises(IndexError):
        consistency_proof(LEAVES[:3], 0)


@pytest.mark.parametrize("kind", ["inclusion", "consistency"])
def test_the_vectors_of_transparency_dev(shared: Path, kind: str) -> None:
    files = sorted((shared / "data/conformance/merkle-rfc6962" / kind).rglob("*.json"))
    assert len(files) > 50
    for file in files:
        case = json.loads(file.read_text())
        proof = [b64decode(step) for step in case["proof"] or []]
        if kind == "inclusion":
            leaf, expected = b64decode(case["leafHash"] or ""), b64decode(case["root"] or "")
            right = verify_inclusion(leaf, case["leafIdx"], case["treeSize"], proof, expected)
        else:
            roots = b64decode(case["root1"] or ""), b64decode(case["root2"] or "")
            right = verify_consistency(case["size1"], case["size2"], *roots, proof)
        assert right is not case["wantErr"], file.name
