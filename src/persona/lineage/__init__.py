"""Where a thing comes from: trees over the edges of the records, and claims followed to their words."""

from __future__ import annotations

from persona.lineage.claims import Trace, find_claim, follow
from persona.lineage.tree import Node, tree_up

__all__ = ["Node", "Trace", "find_claim", "follow", "tree_up"]
