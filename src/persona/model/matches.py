"""Two persona sets side by side, as data: who stands for whom, and which words differ."""

from __future__ import annotations

from typing import Literal

import msgspec

Kind = Literal["same", "changed", "new", "lost"]


class Piece(msgspec.Struct, frozen=True):
    """Some words, and on which side they stand: ``both``, only ``before``, only ``after``."""

    text: str
    where: Literal["both", "before", "after"]


class ClaimChange(msgspec.Struct, frozen=True):
    """One claim of a field beside its counterpart: the same, worded otherwise, new, or lost."""

    field: str
    kind: Kind
    pieces: tuple[Piece, ...]


class Match(msgspec.Struct, frozen=True):
    """A persona of the baseline beside the one that stands for it; either may be missing.

    ``similarity`` is from 0 to 1, half by words and half by members; None without a counterpart.
    """

    before: str | None
    after: str | None
    similarity: float | None
    changes: tuple[ClaimChange, ...]


class Matched(msgspec.Struct, frozen=True):
    """The personas of one run of a side beside those of the run of the baseline that is paired with it.

    ``names`` and ``later`` are the pseudonyms by id, of the baseline and of the side. ``salt`` follows from both sets
    (``model.cards``).
    """

    side: str
    baseline_run: str
    run: str
    matches: tuple[Match, ...]
    names: dict[str, str]
    later: dict[str, str]
    salt: str = ""
