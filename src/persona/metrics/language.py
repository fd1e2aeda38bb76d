"""How a persona is worded, beside how its members speak."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from persona.metrics.definitions import REGISTRY
from persona.metrics.evidence import named_by
from persona.metrics.lexical import words
from persona.metrics.loaded_words import VERSION, loaded_words, plain
from persona.model.measures import Measure
from persona.model.personas import Claim, Persona, PersonaSet

BEYOND = 1.96
"""The z from which a word is listed: one word in twenty lies beyond by chance."""

SHOWN = 12
WORDED_BY_RULE = ("pseudonym", "distribution", "template")


def log_odds(one: Mapping[str, int], other: Mapping[str, int], prior: Mapping[str, float]) -> dict[str, float]:
    """The z of each word's weighted log-odds between two texts: above 0 where the first uses it more.

    Monroe, Colaresi and Quinn (2008, doi:10.1093/pan/mpn018), with an informative Dirichlet prior a of sum a0:
    delta = log((y1 + a) / (n1 + a0 - y1 - a)) - log((y2 + a) / (n2 + a0 - y2 - a)), z = delta / sqrt(1/(y1 + a) +
    1/(y2 + a)). Words without a prior have no z, nor has a word that is all of a text.
    """
    n1, n2, whole = sum(one.values()), sum(other.values()), sum(prior.values())
    found = {}
    for word, weight in prior.items():
        a, b = one.get(word, 0) + weight, other.get(word, 0) + weight
        rest_a, rest_b = n1 + whole - a, n2 + whole - b
        if weight > 0 and rest_a > 0 and rest_b > 0:
            found[word] = (math.log(a / rest_a) - math.log(b / rest_b)) / math.sqrt(1 / a + 1 / b)
    return found


def own_claims(persona: Persona) -> list[tuple[str, Claim]]:
    """The claims that the engine wrote: neither quotations nor worded by a template around words of the source."""
    return [
        (path, claim)
        for path, claim in persona.claims()
        if not claim.verbatim and claim.method not in WORDED_BY_RULE and not named_by(claim)
    ]


def bias_language(personas: PersonaSet, said: Mapping[str, str]) -> Measure:
    """How many words the personas use beyond chance more or less than their members, with examples; no verdict.

    ``said`` is what each participant says. The prior is worth as many words as the members say: with one as small as
    a persona's own text every rare word that it uses once would be listed. Of texts drawn from what members say (40 to
    300 words, 80 interviews) it lists 1 to 5 of 100 different words, and always one that the members never say when
    it is used four times. The details list the words with |z| > 1.96 persona by persona, the most
    extreme first, and the hits of a small list of loaded words with whether the members say them too.
    """
    own = [(one, own_claims(one)) for one in personas.personas]
    tokens = [words(" ".join(claim.text for _, claim in claims)) for _, claims in own]
    written = sum(map(len, tokens))
    if written == 0:
        return REGISTRY["bias_language"].measure(None, 0)
    spoken = {label: Counter(words(text)) for label, text in said.items()}
    background = _together([*map(Counter, tokens), *spoken.values()])
    everything = sum(background.values())
    count = 0
    listed: list[dict[str, Any]] = []
    loaded: list[dict[str, Any]] = []
    for (persona, claims), used in zip(own, tokens, strict=True):
        group = _together([spoken[label] for label in persona.members if label in spoken])
        loaded += _loaded(persona, claims, " ".join(said.get(label, "") for label in persona.members))
        if not used or not group:
            continue
        mine = Counter(used)
        strength = group.total() / everything
        prior = {word: strength * background[word] for word in sorted(mine | group)}
        scores = log_odds(mine, group, prior)
        beyond = [word for word in scores if abs(scores[word]) > BEYOND]
        beyond.sort(key=lambda word: (-abs(scores[word]), word))
        count += len(beyond)
        listed.append({"persona": persona.id, **_shown(beyond, scores)})
    return REGISTRY["bias_language"].measure(
        count, written, words=listed[:50], loaded=loaded[:50], loaded_words_version=VERSION
    )


def _together(counts: Iterable[Counter[str]]) -> Counter[str]:
    found = Counter[str]()
    for one in counts:
        found.update(one)
    return found


def _shown(beyond: Sequence[str], scores: Mapping[str, float]) -> dict[str, Any]:
    listed = [(word, round(scores[word], 3)) for word in beyond]
    return {
        "more": [[word, z] for word, z in listed if z > 0][:SHOWN],
        "less": [[word, z] for word, z in listed if z < 0][:SHOWN],
    }


def _loaded(persona: Persona, claims: Sequence[tuple[str, Claim]], said: str) -> list[dict[str, Any]]:
    theirs = {plain(word) for word, _ in loaded_words(said)}
    return [
        {"claim": f"{persona.id}.{path}", "word": word, "about": about, "members_say_it": plain(word) in theirs}
        for path, claim in claims
        for word, about in loaded_words(claim.text)
    ]
