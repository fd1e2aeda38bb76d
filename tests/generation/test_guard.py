"""The quote guard: nothing passes but the exact words of the participant named."""

from __future__ import annotations

import os
import random
import re

import msgspec
import pytest

from persona.generation import generate
from persona.generation.guard import check_quotes, refusal
from persona.model.personas import Evidence
from persona.model.recipes import Constraints, Parameters
from persona.model.sources import Input

MUTANTS = 10_000


def mutate(evidence: Evidence, inputs: list[Input], chance: random.Random) -> Evidence:
    """A quotation that is wrong in one way: letters, negation, number, order, person, place, or the asker's words."""
    quote, kind = evidence.quote, chance.randrange(10)
    words = quote.split(" ")
    other = chance.choice(inputs)
    change = msgspec.structs.replace
    if kind == 0:
        at = chance.randrange(len(quote))
        return change(evidence, quote=quote[:at] + chance.choice("abcdefgh") + quote[at + 1 :])
    if kind == 1:
        at = chance.randrange(1, len(words))
        return change(evidence, quote=" ".join([*words[:at], "not", *words[at:]]))
    if kind == 2:
        return change(evidence, quote=re.sub(r"\b\d+\b|\b(?:one|two|three|a|the)\b", "seven", quote, count=1) + "")
    if kind == 3:
        at = chance.randrange(len(words))
        return change(evidence, quote=" ".join(words[:at] + words[at + 1 :]))
    if kind == 4:
        return change(evidence, start=evidence.start + chance.randint(1, 9))
    if kind == 5:
        return change(evidence, end=evidence.end + chance.choice([-2, -1, 1, 2, 50]))
    if kind == 6:
        return change(evidence, document=other.digest)
    if kind == 7:
        labels = [label for item in inputs for label in item.people.values() if label != evidence.participant]
        return change(evidence, participant=chance.choice(labels))
    if kind == 8:
        asked = [turn for turn in other.document.turns if turn.role == "interviewer"]
        turn = chance.choice(asked)
        return Evidence(other.digest, turn.start, turn.end, other.document.words(turn), evidence.participant)
    joined = quote[: len(quote) // 2] + chance.choice(other.document.turns and [other.document.text[:40]])
    return change(evidence, quote=joined)


@pytest.mark.no_network
def test_of_ten_thousand_mutated_quotations_none_passes(two_populations: list[Input]) -> None:
    found = generate(two_populations, Parameters(count=5, temperature=0.7), Constraints(), {})
    by_digest = {item.digest: item for item in two_populations}
    honest = [one for persona in found.personas for _, claim in persona.claims() for one in claim.evidence]
    assert all(refusal(one, by_digest) is None for one in honest)
    chance = random.Random(int(os.environ.get("PERSONA_SEED_OF_MUTANTS", "20261123")))
    passed, made = [], 0
    while made < MUTANTS:
        source = chance.choice(honest)
        mutant = mutate(source, two_populations, chance)
        if mutant == source:
            continue
        made += 1
        if refusal(mutant, by_digest) is None:
            passed.append((source, mutant))
    assert passed == []


def test_what_a_claim_says_of_itself_is_checked(small: list[Input]) -> None:
    found = generate(small, Parameters(count=1), Constraints(), {})
    persona = found.personas[0]
    field = next(name for name in ("goals", "needs", "pain_points", "quotes") if getattr(persona, name))
    claims = getattr(persona, field)

    def with_claim(**changes: object) -> list[str]:
        claim = msgspec.structs.replace(claims[0], **changes)
        other = msgspec.structs.replace(persona, **{field: (claim, *claims[1:])})
        return [one.code for one in check_quotes(msgspec.structs.replace(found, personas=(other,)), small)]

    assert with_claim() == []
    assert with_claim(text="I never said that at all.") == ["quotation-differs"]
    assert with_claim(evidence=(), support=0, verbatim=False) == ["claim-without-evidence"]
    assert with_claim(support=claims[0].support + 1) == ["support-miscounted"]
