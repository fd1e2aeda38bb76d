"""Themes: what participants talk about, as clusters of their sentences across interviews, with how many people do.

A theme is named by the words that tell it from the other themes (c-TF-IDF, after Grootendorst, arXiv:2203.05794, with
the weight of ``terms.distinctive``). A sentence carries a theme when it lies well in the cluster *and* holds one of
those words, so that "they talk about ..." is true of the words shown. A group's theme is named anew, by what its
members say.
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
TERMS, CANDIDATES = 3, 8
"""Words that name a theme at most, and words that may."""

CORE = 0.25
"""The least cosine of a sentence to the middle of its theme; a tenth of the sentences of interviews lie further."""

ALIKE = 2
"""Two clusters that share so many of their words are one theme, under the words of the larger."""


class Theme(NamedTuple):
    """The words that may name a theme, and each participant's sentences in it, the nearest to its middle first."""

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
    terms = distinctive([[(sentences[i].participant, sentences[i].text) for i in part] for part in parts], CANDIDATES)
    middles = unit(np.stack([rows[labels == one].sum(axis=0) for one in range(k)]))
    nearness = dict(zip(at, np.round((rows * middles[labels]).sum(axis=1), 6).tolist(), strict=True))
    found: list[tuple[list[str], list[int]]] = []
    for part, words in zip(parts, terms, strict=True):  # the largest first
        same = next((one for one in found if len(set(one[0][:TERMS]) & set(words[:TERMS])) >= ALIKE), None)
        if same:
            same[1].extend(part)
        else:
            found.append((words, part))
    themes = [
        _theme(sentences, words, sorted((i for i in part if nearness[i] >= CORE), key=lambda i: (-nearness[i], i)))
        for words, part in found
    ]
    return sorted(
        (theme for theme in themes if theme.terms and len(theme.carriers) >= 2),
        key=lambda theme: (-len(theme.carriers), theme.terms),
    )


def _theme(sentences: Sequence[Sentence], words: Sequence[str], part: Sequence[int]) -> Theme:
    carriers: dict[str, list[int]] = {}
    for index in part:
        carriers.setdefault(sentences[index].participant, []).append(index)
    return Theme(tuple(words), carriers)


def themes_of_group(
    themes: Sequence[Theme],
    sentences: Sequence[Sentence],
    members: Sequence[str],
    people: int,
    most: int,
    chooser: Chooser,
) -> list[Theme]:
    """Up to ``most`` themes of a group: shared by many members, and by more of them than of the others.

    score = share of the members * (1/2 + share of the members / (that + share of the others)). A theme is named by up
    to three words that two members say in it (one, in a group of one), and carried by the members who say one of
    them; no word names two themes.
    """
    import numpy as np

    inside = set(members)
    others = max(1, people - len(inside))
    open_: list[Theme] = []
    scores: list[float] = []
    for theme in themes:
        named = _named(theme, sentences, inside)
        if named is not None:
            share = len(named.carriers) / len(inside)
            elsewhere = len(theme.carriers.keys() - inside) / others
            open_.append(named)
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
    return sorted(chosen, key=lambda theme: -len(theme.carriers))


def _named(theme: Theme, sentences: Sequence[Sentence], inside: set[str]) -> Theme | None:
    """A theme in the words of some of its carriers; None when too few of them share one."""
    least = min(2, len(inside))
    spoken = {
        label: [(index, set(words_of(sentences[index].text))) for index in found]
        for label, found in theme.carriers.items()
        if label in inside
    }
    say = {word: sum(any(word in words for _, words in found) for found in spoken.values()) for word in theme.terms}
    order = {word: place for place, word in enumerate(theme.terms)}
    shared = [word for word in theme.terms if say[word] >= least]
    wanted = set(sorted(shared, key=lambda word: (-say[word], order[word]))[:TERMS])
    # A member is shown with the sentence that says most of it, and only what enough of those sentences say is named.
    for found in spoken.values():
        found.sort(key=lambda item: -len(item[1] & wanted))
    shown = {label: found[0][1] & wanted for label, found in spoken.items()}
    terms = {word for word in wanted if sum(word in words for words in shown.values()) >= least}
    carriers = {
        label: [index for index, words in found if words & terms]
        for label, found in spoken.items()
        if shown[label] & terms
    }
    named = sorted(terms, key=lambda word: (-sum(word in shown[label] for label in carriers), order[word]))
    return Theme(tuple(named), carriers) if named and len(carriers) >= least else None


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
