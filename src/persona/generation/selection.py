"""Choosing what a persona says: relevant, shared by many members, and different from what was chosen before."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

from persona.generation.chance import Chooser
from persona.generation.corpus import Sentence
from persona.generation.facets import Facet
from persona.generation.terms import words_of

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

SAME, SHARED = 0.7, 0.5
"""Two sentences count as saying much the same from this cosine on, when they share this part of their content words
(Jaccard, by stem) and are alike in negation.

Chosen by reading pairs from real interviews and a survey: vectors of vocabulary alone put sentences together that share
a topic and not a statement ("delegate tasks" and "hard to delegate tasks" at 0.8).
"""

TWIN = 0.85
"""At or above this, the second sentence adds nothing and is not shown."""

SHORTEST, LONGEST = 6, 45
"""Words of a sentence that can be shown."""

_FILLER = re.compile(
    r"(?:yes|yeah|yep|no|nope|sure|ok|okay|thanks|thank you|hi|hello|hey|sounds good|great|perfect|of course|"
    r"absolutely|exactly|right|you too|no questions|my pleasure|good question)\b",
    re.IGNORECASE,
)
_LEANING = re.compile(
    r"(?:and|but|so|or|also|then|that|this|these|those|it|they|he|she|which|because|instead|there|such|however|therefore|"
    r"in that case|for example|like that|such as|here|both|neither|another)\b",
    re.IGNORECASE,
)
_FIRST_PERSON = re.compile(r"\b(?:i|we|my|our|me|us|i'm|i've|i'd|we're|we've)\b", re.IGNORECASE)
_NEGATION = re.compile(
    r"\b(?:no|not|never|nobody|nothing|none|neither|nor|without|hardly|stop(?:ped|s)?|cannot)\b|n't\b|n’t\b",
    re.IGNORECASE,
)
_SOCIAL = re.compile(
    r"\b(?:interview|this conversation|your questions?|(?:any|no|other|more) (?:further |more )?questions?|"
    r"before we (?:begin|start)|as i (?:said|mentioned)|talking to you|bye|that(?:'s| is) (?:all|it|about it)|"
    r"all i (?:have|can)|(?:only|any) other things?|wanted to (?:mention|add|say|share)|nothing (?:else|more)|"
    r"happy to (?:answer|help|chat|talk)|with regards? to|can think of)\b",
    re.IGNORECASE,
)


class Pool(NamedTuple):
    """The sentences of one group, their vectors, and what each is about."""

    sentences: Sequence[Sentence]
    vectors: NDArray[np.float64]
    facets: Sequence[Facet | None]
    centre: NDArray[np.float64]
    """The unit direction in which the group differs from everybody."""
    typical: NDArray[np.float64]
    """For each sentence the share of the members who carry its theme."""


class Chosen(NamedTuple):
    """A sentence chosen for a field, and one sentence of every other member who says much the same."""

    sentence: int
    others: tuple[int, ...]


def showable(sentence: Sentence) -> bool:
    """Whether a sentence can stand alone: whole, of a readable length, no question, no small talk."""
    text = sentence.text
    words = len(text.split())
    if not SHORTEST <= words <= LONGEST or text.rstrip("\"'”’)").endswith(("?", ":", ",", ";")):
        return False
    if "[REDACTED]" in text or "\n" in text or _SOCIAL.search(text):
        return False
    return not (_FILLER.match(text) and words < 12)


def quality(sentence: Sentence) -> float:
    """How well a sentence stands alone, 0 to 1: somebody speaks of themselves, and it leans on nothing said before."""
    score = 0.5
    if _FIRST_PERSON.search(sentence.text):
        score += 0.3
    if _LEANING.match(sentence.text) or sentence.text[:1].islower():
        score -= 0.35
    words = len(sentence.text.split())
    if 9 <= words <= 30:
        score += 0.2
    return max(0.0, score)


def choose(
    pool: Pool,
    candidates: Sequence[int],
    members: int,
    most: int,
    novelty: float,
    chooser: Chooser,
    taken: set[int],
    shown: list[NDArray[np.float64]],
) -> list[Chosen]:
    """Up to ``most`` sentences by maximal marginal relevance (Carbonell and Goldstein 1998).

    score = (1 - novelty) * relevance + novelty * (1 - nearest cosine to what is shown). ``taken`` and ``shown`` are
    shared by the fields of a persona and of all personas, so that nothing is said twice; both grow.
    """
    import numpy as np

    left = [index for index in candidates if index not in taken and showable(pool.sentences[index])]
    if not left:
        return []
    rows = pool.vectors[left]
    denies = np.array([len(_NEGATION.findall(pool.sentences[index].text)) % 2 for index in left])
    near = np.where(denies[:, None] == denies[None, :], np.round(rows @ rows.T, 6), 0.0)
    stems = [_stems(pool.sentences[index].text) for index in left]
    for one, other in np.argwhere(near >= SAME):
        if one < other and len(stems[one] & stems[other]) < SHARED * len(stems[one] | stems[other]):
            near[one, other] = near[other, one] = 0.0
    owners = np.array([pool.sentences[index].participant for index in left])
    people, person = np.unique(owners, return_inverse=True)
    same = np.zeros((len(left), len(people)))
    np.maximum.at(same.T, person, (near >= SAME).astype(float))
    backing = same.sum(axis=1)
    facets = np.array([facet.score if (facet := pool.facets[index]) else 0 for index in left])
    relevance = (
        0.25 * (rows @ pool.centre)
        + 0.2 * np.minimum(facets, 4) / 4
        + 0.2 * np.minimum(1.0, (backing - 1) / max(1, min(members - 1, 5)))
        + 0.15 * pool.typical[left]
        + 0.2 * np.array([quality(pool.sentences[index]) for index in left])
    )
    picked: list[Chosen] = []
    per_person = dict.fromkeys(people, 0)
    open_ = np.ones(len(left), dtype=bool)
    while len(picked) < most and open_.any():
        nearest = np.max(rows @ np.stack(shown).T, axis=1) if shown else np.zeros(len(left))
        open_ &= nearest < TWIN
        scores = np.where(open_, (1 - novelty) * relevance + novelty * (1 - np.maximum(nearest, 0)), -np.inf)
        if not open_.any():
            break
        at = chooser.pick(scores)
        open_[at] = False
        label = str(owners[at])
        if per_person[label] >= max(1, -(-most // max(1, min(members, most)))):
            continue  # nobody speaks for the whole group while others have something to say
        per_person[label] += 1
        others = _others(near[at], owners, label, left)
        picked.append(Chosen(left[at], others))
        taken.update((left[at], *others))  # who is counted here is not shown again as another claim
        open_[[one in others for one in left]] = False
        shown.append(rows[at])
    return picked


def _others(near: NDArray[np.float64], owners: NDArray[np.str_], label: str, left: Sequence[int]) -> tuple[int, ...]:
    """The nearest sentence of each other member who says much the same, most alike first."""
    best: dict[str, int] = {}
    for at in sorted(range(len(left)), key=lambda one: (-near[one], left[one])):
        if near[at] < SAME:
            break
        owner = str(owners[at])
        if owner != label:
            best.setdefault(owner, left[at])
    return tuple(best.values())


def _stems(text: str) -> set[str]:
    """The content words of a sentence, cut to five letters so that forms of one word meet."""
    return {word[:5] for word in words_of(text)}


def by_field(facets: Sequence[Facet | None]) -> Mapping[str, list[int]]:
    """The sentences of each field, in order."""
    found: dict[str, list[int]] = {}
    for index, facet in enumerate(facets):
        if facet is not None:
            found.setdefault(facet.field, []).append(index)
    return found
