"""The Merkle tree over the log: RFC 6962 hashes, RFC 9162 proofs.

The root over the first n leaves commits to every one of them and to their order. An inclusion proof shows
that an event is in a tree of a given root; a consistency proof shows that a later tree only added events. Both
verify without the log, so a copy of an old root, in any export, is enough to detect a changed past.

The log itself needs only the ``Frontier``: the roots of the perfect subtrees of the present size, at most one for
each bit of it. Proofs are made from the leaves, in O(n), because they are asked for rarely.
"""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

HASH_BYTES = 32

EMPTY_ROOT = sha256(b"").digest()
"""The root of a tree without leaves."""


def leaf_hash(data: bytes) -> bytes:
    """The hash of a leaf: SHA-256(0x00 || data)."""
    return sha256(b"\x00" + data).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """The hash of an inner node: SHA-256(0x01 || left || right)."""
    return sha256(b"\x01" + left + right).digest()


class Frontier(NamedTuple):
    """A tree reduced to what appending needs: its size, and the roots of its perfect subtrees, largest first."""

    size: int = 0
    peaks: tuple[bytes, ...] = ()

    def append(self, leaf: bytes) -> Frontier:
        """The frontier with one more leaf."""
        return self.extended((leaf,))

    def extended(self, leaves: Iterable[bytes]) -> Frontier:
        """The frontier with more leaves; a hash for each, amortised."""
        size, peaks = self.size, list(self.peaks)
        for leaf in leaves:
            peak, full = leaf, size
            while full & 1:
                peak = node_hash(peaks.pop(), peak)
                full >>= 1
            peaks.append(peak)
            size += 1
        return Frontier(size, tuple(peaks))

    def root(self) -> bytes:
        """The root over all leaves so far; O(log n)."""
        if not self.peaks:
            return EMPTY_ROOT
        found = self.peaks[-1]
        for peak in reversed(self.peaks[:-1]):
            found = node_hash(peak, found)
        return found

    def encode(self) -> bytes:
        """The peaks as one string of 32-byte hashes."""
        return b"".join(self.peaks)

    @classmethod
    def decode(cls, size: int, peaks: bytes) -> Frontier:
        """The frontier of an encoded one. Raises ``ValueError`` when the number of peaks does not fit the size."""
        if len(peaks) != HASH_BYTES * size.bit_count():
            raise ValueError(f"{len(peaks)} bytes of peaks do not fit a tree of {size} leaves")
        return cls(size, tuple(peaks[at : at + HASH_BYTES] for at in range(0, len(peaks), HASH_BYTES)))


def root(leaves: Sequence[bytes]) -> bytes:
    """The root over leaf hashes (see ``leaf_hash``)."""
    return Frontier().extended(leaves).root()


def _split(size: int) -> int:
    """The largest power of two below ``size``."""
    return 1 << (size - 1).bit_length() - 1


def inclusion_proof(leaves: Sequence[bytes], index: int) -> list[bytes]:
    """The hashes that lead from leaf ``index`` (from 0) to the root. Raises ``IndexError`` outside the tree."""
    if not 0 <= index < len(leaves):
        raise IndexError(f"a tree of {len(leaves)} leaves has no leaf {index}")
    if len(leaves) == 1:
        return []
    k = _split(len(leaves))
    if index < k:
        return [*inclusion_proof(leaves[:k], index), root(leaves[k:])]
    return [*inclusion_proof(leaves[k:], index - k), root(leaves[:k])]


def consistency_proof(leaves: Sequence[bytes], size: int) -> list[bytes]:
    """The hashes that show the tree over the first ``size`` leaves to be a beginning of the tree over all.

    Raises ``IndexError`` for a size outside 1..len(leaves).
    """
    if not 0 < size <= len(leaves):
        raise IndexError(f"a tree of {len(leaves)} leaves has no beginning of {size}")
    if size == len(leaves):
        return []
    return _subproof(leaves, size, whole=True)


def _subproof(leaves: Sequence[bytes], size: int, *, whole: bool) -> list[bytes]:
    if size == len(leaves):
        return [] if whole else [root(leaves)]
    k = _split(len(leaves))
    if size <= k:
        return [*_subproof(leaves[:k], size, whole=whole), root(leaves[k:])]
    return [*_subproof(leaves[k:], size - k, whole=False), root(leaves[:k])]


def verify_inclusion(leaf: bytes, index: int, size: int, proof: Sequence[bytes], expected: bytes) -> bool:
    """Whether ``proof`` shows that a leaf hash stands at ``index`` of the tree with root ``expected``.

    RFC 9162, 2.1.3.2.
    """
    if not 0 <= index < size or len(leaf) != HASH_BYTES:
        return False
    place, last, found = index, size - 1, leaf
    for step in proof:
        if last == 0:
            return False
        if place & 1 or place == last:
            found = node_hash(step, found)
            while not place & 1 and place:
                place >>= 1
                last >>= 1
        else:
            found = node_hash(found, step)
        place >>= 1
        last >>= 1
    return last == 0 and found == expected


def verify_consistency(size1: int, size2: int, root1: bytes, root2: bytes, proof: Sequence[bytes]) -> bool:
    """Whether ``proof`` shows that the tree (size1, root1) is a beginning of (size2, root2) (RFC 9162, 2.1.4.2).

    An empty beginning proves nothing and is refused.
    """
    if not 0 < size1 <= size2:
        return False
    if size1 == size2:
        return not proof and root1 == root2
    steps = list(proof)
    if size1 & (size1 - 1) == 0:  # a power of two is itself a node of the later tree
        steps.insert(0, root1)
    if not steps:
        return False
    place, last = size1 - 1, size2 - 1
    while place & 1:
        place >>= 1
        last >>= 1
    before = after = steps[0]
    for step in steps[1:]:
        if last == 0:
            return False
        if place & 1 or place == last:
            before = node_hash(step, before)
            after = node_hash(step, after)
            while not place & 1 and place:
                place >>= 1
                last >>= 1
        else:
            after = node_hash(after, step)
        place >>= 1
        last >>= 1
    return last == 0 and before == root1 and after == root2
