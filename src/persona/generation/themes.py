"""Themes: what participants talk about, as clusters of their sentences across interviews, with how many people do.

A theme is named by the words that tell it from the other themes (c-TF-IDF, after Grootendorst, arXiv:2203.05794, with
the weight of ``terms.distinctive``). A sentence carries a theme when it lies well in the cluster *and* holds one of
those words, so that "they talk about ..." is true of the words shown.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

from persona.generation.chance import Chooser
from persona.generation.corpus import Sentence
from persona.generation.grouping import cluster
from persona.generation.selection import showable
from persona.generation.terms import distinctive, words_of
from persona.generation.vectors import unit

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

FEWEST, MOST = 3, 40
"""Themes looked for: about the square root of the number of sentences, within these bounds."""

STARTS = 2
TERMS = 3
CORE = 0.25
"""The least cosine of a sentence to the middle of its theme; a tenth of the sentences of interviews lie further."""

ALIKE = 2
"""Two clusters that share so many of their words are one theme, under the words of the larger."""


class Theme(NamedTuple):
    """The words of a theme, and the sentences of each participant who carries it, the nearest to its middle first."""

    terms: tuple[str, ...]
    carriers: dict[str, list[int]]


def find_themes(sentences: Sequence[Sentence], vectors: NDArray[np.float64]) -> list[Theme]:
    """The themes that at least two participants carry, the most shared first.

    The same sentences give the same themes, whatever the seed of a run: chance belongs to what is chosen of them.
    """
    import numpy as np

    at = [index for index, sentence in enumerate(sentences) if showable(sentence)]
    k = min(MOST, max(FEWEST, round(len(at) ** 0.5)))
    if len(at) < 2 * k:
        return []
    rows = np.round(unit(vectors[at] - vectors[at].mean(axis=0, keepdims=True)), 6)
    labels = cluster(rows, k, 0.0, 0, starts=STARTS)
    parts = [[at[i] for i in np.flatnonzero(labels == one)] for one in range(k)]
    terms = distinctive([[(sentences[i].participant, sentences[i].text) for i in part] for part in parts], TERMS)
    middles = unit(np.stack([rows[labels == one].sum(axis=0) for one in range(k)]))
    nearness = dict(zip(at, np.round((rows * middles[labels]).sum(axis=1), 6).tolist(), strict=True))
    found: list[tuple[list[str], list[int]]] = []
    for part, words in zip(parts, terms, strict=True):  # the largest first
        same = next((one for one in found if len(set(one[0]) & set(words)) >= ALIKE), None)
        if same:
            same[1].extend(part)
        else:
            found.append((words, part))
    themes = [
        _theme(sentences, words, sorted((i for i in part if nearness[i] >= CORE), key=lambda i: (-nearness[i], i)))
        for words, part in found
    ]
    return sorted(
        (theme for theme in themes if len(theme.carriers) >= 2), key=lambda theme: (-len(theme.carriers), theme.terms)
    )


def _theme(sentences: Sequence[Sentence], words: Sequence[str], part: Sequence[int]) -> Theme:
    carriers: dict[str, list[int]] = {}
    for index in part:
        if not set(words).isdisjoint(words_of(sentences[index].text)):
            carriers.setdefault(sentences[index].participant, []).append(index)
    return Theme(tuple(words), carriers)


def themes_of_group(
    themes: Sequence[Theme], members: Sequence[str], people: int, most: int, chooser: Chooser
) -> list[Theme]:
    """Up to ``most`` themes of a group: shared by many members, and by more of them than of the others.

    score = share of the members * (1/2 + share of the members / (that + share of the others)). A theme is shown when
    two members carry it (one, in a group of one), with its carriers inside the group; no word is shown twice.
    """
    import numpy as np

    inside = set(members)
    others = max(1, people - len(inside))
    open_: list[Theme] = []
    scores: list[float] = []
    for theme in themes:
        carriers = {label: found for label, found in theme.carriers.items() if label in inside}
        if len(carriers) >= min(2, len(inside)):
            share = len(carriers) / len(inside)
            elsewhere = (len(theme.carriers) - len(carriers)) / others
            open_.append(Theme(theme.terms, carriers))
            scores.append(share * (0.5 + share / (share + elsewhere)))
    left = np.array(scores)
    chosen: list[Theme] = []
    said: set[str] = set()
    while len(chosen) < most and np.isfinite(left).any():
        at = chooser.pick(left)
        left[at] = -np.inf
        if said.isdisjoint(open_[at].terms):
            said.update(open_[at].terms)
            chosen.append(open_[at])
    return chosen


def share_of_theme(themes: Sequence[Theme], sentences: int, members: Sequence[str]) -> NDArray[np.float64]:
    """For each sentence the share of the members who carry its theme, 0 where it carries none; shape (sentences,)."""
    import numpy as np

    inside = set(members)
    shares = np.zeros(sentences)
    for theme in themes:
        share = len(inside & set(theme.carriers)) / max(1, len(inside))
        for found in theme.carriers.values():
            shares[found] = share
    return shares
