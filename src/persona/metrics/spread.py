"""Metrics of a whole set: do the personas differ, do they agree with themselves, do they stand for the people?"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING

from persona.metrics.clashes import ALIKE, TOPIC, denied
from persona.metrics.definitions import REGISTRY
from persona.metrics.evidence import stated_values
from persona.metrics.vectors import Space, unit
from persona.model.measures import Measure
from persona.model.personas import CLAIM_FIELDS, Persona, PersonaSet
from persona.model.sources import Input

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

DRAWS = 200
SAYING = ("theme", "model")
"""Methods of claims that say something in words of their own."""


def vendi(rows: NDArray[np.float64]) -> float:
    """The Vendi score of unit vectors: the effective number of different items, 1 to n (arXiv:2210.02410)."""
    import numpy as np

    kernel = np.clip(rows @ rows.T, 0, 1)
    np.fill_diagonal(kernel, 1)
    values = np.linalg.eigvalsh(kernel / len(rows))
    values = values[values > 1e-12]
    return float(np.exp(-(values * np.log(values)).sum()))


def diversity(personas: PersonaSet, inputs: Sequence[Input], space: Space) -> list[Measure]:
    """The Vendi ratio to random sets of participants, and the near-duplicate alarm."""
    import numpy as np

    texts = [text for one in personas.personas if (text := words_of(one))]
    k = len(texts)
    if k < 2:
        reason = "there are fewer than two personas with words"
        return [REGISTRY["diversity"].too_few(k, reason), REGISTRY["diversity_min"].too_few(k, reason)]
    rows = unit(space.rows(texts))
    people = speech(inputs, set(personas.grouping.excluded))
    cosines = rows @ rows.T - 2 * np.eye(k)
    least = REGISTRY["diversity_min"].measure(1 - max(0.0, float(cosines.max())), k * (k - 1) // 2)
    if len(people) < k:
        return [REGISTRY["diversity"].too_few(k, "there are fewer participants than personas"), least]
    voices = unit(space.rows([people[label] for label in sorted(people)]))
    generator = _generator("diversity", texts)
    null = [vendi(voices[generator.choice(len(voices), size=k, replace=False)]) for _ in range(DRAWS)]
    score = vendi(rows)
    ratio = score / float(np.mean(null))
    details = {"vendi": round(score, 6), "participants_mean": round(float(np.mean(null)), 6)}
    return [REGISTRY["diversity"].measure(ratio, k, **details), least]


def consistency_internal(personas: Sequence[Persona], space: Space) -> Measure:
    """Pairs of claims of one persona about one topic, and the share that do not contradict by rule.

    Quotations, themes and what a model wrote; names, counts and the sentences of templates state nothing to deny.
    """
    import numpy as np

    checked, clashes = 0, []
    for persona in personas:
        claims = [(path, claim) for path, claim in persona.claims() if claim.verbatim or claim.method in SAYING]
        if len(claims) < 2:
            continue
        rows = space.rows([claim.text for _, claim in claims])
        near = np.round(rows @ rows.T, 6)
        denies = [denied(claim.text) for _, claim in claims]
        for first in range(len(claims)):
            for second in range(first + 1, len(claims)):
                if near[first, second] < TOPIC:
                    continue
                checked += 1
                if near[first, second] >= ALIKE and denies[first] != denies[second]:
                    clashes.append([f"{persona.id}.{claims[first][0]}", f"{persona.id}.{claims[second][0]}"])
    return REGISTRY["consistency_internal"].measure(
        1 - len(clashes) / checked if checked else None, checked, clashes=clashes[:50]
    )


def bias_invented(personas: PersonaSet, inputs: dict[str, Input]) -> Measure:
    """Demographic values that no counted participant states."""
    from persona.metrics.evidence import says

    stated = stated_values(inputs)
    values, invented = 0, []
    for persona in personas.personas:
        for attribute, item in persona.demographics.items():
            for share in item.shares:
                values += 1
                if not any(says(person, share.value, item, stated) for person in share.participants):
                    invented.append(f"{persona.id}.demographics.{attribute}: {share.value}")
    return REGISTRY["bias_invented"].measure(len(invented) / values if values else None, values, invented=invented[:50])


def bias_representation(personas: PersonaSet) -> Measure:
    """How much further the personas' shares lie from the source's than those of random groupings do."""
    import numpy as np

    definition = REGISTRY["bias_representation"]
    members = [list(persona.members) for persona in personas.personas]
    everybody = sorted({label for group in members for label in group})
    if len(members) < 2:
        return definition.too_few(len(everybody), "there are fewer than two personas")
    known: dict[str, dict[str, str]] = {}
    for persona in personas.personas:
        for attribute, item in persona.demographics.items():
            for share in item.shares:
                known.setdefault(attribute, {}).update(dict.fromkeys(share.participants, share.value))
    parts: dict[str, dict[str, float]] = {}
    for attribute, value_of in sorted(known.items()):
        if len(set(value_of.values())) < 2:
            continue
        found = _distance(members, value_of)
        generator = _generator(f"bias {attribute}", everybody)
        null = []
        for _ in range(DRAWS):
            order = generator.permutation(len(everybody))
            cuts = np.cumsum([len(group) for group in members])[:-1]
            null.append(_distance([[everybody[i] for i in part] for part in np.split(order, cuts)], value_of))
        middle, high = float(np.median(null)), float(np.quantile(null, 0.95))
        parts[attribute] = {
            "distance": round(found, 6),
            "null_median": round(middle, 6),
            "null_95": round(high, 6),
            "excess": round(max(0.0, found - middle), 6),
        }
    if not parts:
        return definition.too_few(0, "no attribute with two or more stated values")
    count = sum(len(known[attribute]) for attribute in parts)
    return definition.measure(sum(part["excess"] for part in parts.values()) / len(parts), count, attributes=parts)


def _distance(members: Sequence[Sequence[str]], value_of: dict[str, str]) -> float:
    """Total variation distance between the shares of all people and the mean of the groups' shares."""
    source = Counter(value_of.values())
    shares: Counter[str] = Counter()
    groups = 0
    for group in members:
        values = Counter(value_of[label] for label in group if label in value_of)
        if values:
            groups += 1
            for value, number in values.items():
                shares[value] += number / sum(values.values())  # type: ignore[assignment]  # shares are fractions
    total = sum(source.values())
    return sum(abs(source[value] / total - shares[value] / max(1, groups)) for value in source) / 2


def words_of(persona: Persona) -> str:
    """Everything a persona says, field by field."""
    return " ".join(claim.text for field in CLAIM_FIELDS for claim in getattr(persona, field) or ())


def speech(inputs: Sequence[Input], without: set[str]) -> dict[str, str]:
    """Everything that each participant says, by label; ``without`` are left out."""
    said: dict[str, list[str]] = {}
    for item in sorted(inputs, key=lambda one: one.digest):
        for turn in item.document.turns:
            label = item.label(turn)
            if turn.role == "participant" and label is not None and label not in without:
                said.setdefault(label, []).append(item.document.words(turn))
    return {label: " ".join(parts) for label, parts in said.items()}


def _generator(purpose: str, of: Sequence[str]) -> np.random.Generator:
    """Draws that depend on what is measured and on nothing else, so that a metric can be computed again."""
    import numpy as np

    seed = hashlib.sha256("\0".join([purpose, *of]).encode()).digest()
    return np.random.Generator(np.random.PCG64(int.from_bytes(seed[:8], "big")))
