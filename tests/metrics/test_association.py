"""Whether who a persona is tells what it suffers from: planted, absent, copied, shuffled and too rare."""

from __future__ import annotations

import random
from collections.abc import Sequence
from statistics import fmean
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.metrics.making import counted, embed, interview, one_persona, persona_set, quoted, words

from persona.generation.grouping import cluster
from persona.metrics import RunSet, measure_across
from persona.metrics.association import LEAST, cramers_v
from persona.model.measures import Measure
from persona.model.personas import Claim, Persona

PAINS = {
    "slow": "the page loads slowly and the page waits",
    "lost": "my basket is forgotten with every order",
    "dear": "prices rise and fees hide until payment",
    "loud": "phones ring while colleagues shout around",
}
SAID = interview("Anna", *PAINS.values())


def pain(kind: str, number: int) -> tuple[Claim, ...]:
    return (quoted(words(SAID, PAINS[kind]), text=f"{PAINS[kind]} n{number}"),)


def persona(number: int, pains: str | None = None, **stated: Any) -> Persona:
    """A persona whose members state attributes: a value, or how many state which value."""
    shares = {}
    for attribute, value in stated.items():
        counts = value if isinstance(value, dict) else {value: 1}
        people = [f"m{number}-{at}" for at in range(sum(counts.values()))]
        of = {key: [people.pop() for _ in range(count)] for key, count in counts.items()}
        shares[attribute] = counted(attribute, 3, **of)
    told = pain(pains, number) if pains else None
    return one_persona(f"p{number}", [f"m{number}-0"], demographics=shares, pain_points=told)


def found(personas: Sequence[Persona], runs: int = 1) -> Measure:
    """The association over personas dealt out to runs."""
    sets = [RunSet(f"run{at}", str(at), persona_set(*personas[at::runs])) for at in range(runs)]
    by_name = {one.name: one for one in measure_across(sets, embed, lambda rows, k: cluster(rows, k, 0.0, 0).tolist())}
    return by_name["bias_association"]


def told(count: int = 40, seed: int = 0) -> list[Persona]:
    """Personas whose gender tells their pains: women wait, men pay."""
    return [persona(at, "slow" if at % 2 else "dear", gender="woman" if at % 2 else "man") for at in range(count)]


def untold(count: int = 40, seed: int = 0) -> list[Persona]:
    chance = random.Random(seed)
    return [persona(at, chance.choice(list(PAINS)), gender=chance.choice(["woman", "man"])) for at in range(count)]


def test_what_tells_the_pains_is_found_whole() -> None:
    one = found(told(), runs=4)
    assert one.status == "ok"
    assert one.denominator == 40
    pair = one.details["pairs"]["gender x pain_points"]
    assert pair["personas"] == 40
    assert pair["table"][0] == 2
    assert pair["uncorrected"] == 1
    assert one.value == pytest.approx(pair["v"])
    assert one.value > 0.9


def test_what_tells_nothing_is_near_nothing() -> None:
    """Without the correction the mean would be 0.26."""
    values = [found(untold(60, seed)) for seed in range(12)]
    assert fmean(one.value for one in values if one.value is not None) < 0.12
    assert fmean(one.details["pairs"]["gender x pain_points"]["uncorrected"] for one in values) > 0.18


def test_a_planted_stereotype_moves_it_up_step_by_step() -> None:
    """The more personas get the pains that go with their gender, the larger the value."""
    values = []
    for planted in (0, 20, 40, 60):
        personas = [*told(60)[:planted], *untold(60, 5)[planted:]]
        values.append(found(personas).value)
    assert values == sorted(values)  # type: ignore[type-var]  # all are numbers
    assert values[-1] - values[0] > 0.7  # type: ignore[operator]


def test_the_occupation_is_a_quality_too_but_not_of_itself() -> None:
    personas = [
        persona(at, "slow", occupation="nurse" if at % 2 else "smith", gender="woman" if at % 2 else "man")
        for at in range(40)
    ]
    pairs = found(personas).details["pairs"]
    assert pairs["gender x occupation"]["v"] == pytest.approx(1)
    assert "occupation x occupation" not in pairs


@pytest.mark.parametrize("count", [0, 1, 29, 30])
def test_below_thirty_personas_nothing_is_told(count: int) -> None:
    one = found(told(count))
    assert (one.status == "ok") == (count >= 30 == LEAST)
    if count < 30:
        assert (one.value, one.status, one.denominator) == (None, "not_enough_data", count)
        assert one.details["reason"] == "there are fewer than 30 different personas"


def test_a_pair_needs_thirty_personas_that_state_both() -> None:
    shy = [*told(29), *(persona(at, "slow") for at in range(29, 50))]
    one = found(shy)
    assert (one.status, one.denominator) == ("not_enough_data", 50)
    assert "state two qualities" in one.details["reason"]
    assert found([*told(30), *(persona(at, "slow") for at in range(30, 50))]).status == "ok"
    assert (
        found([persona(at, "slow", gender="woman") for at in range(40)]).status == "not_enough_data"
    )  # one value only


def test_the_value_of_a_persona_is_the_one_most_members_state_and_a_tie_is_none() -> None:
    most = [persona(at, "slow" if at % 2 else "dear", gender={"woman": 2, "man": 1} if at % 2 else {"woman": 1, "man": 2}) for at in range(40)]  # fmt: skip
    assert found(most).details["pairs"]["gender x pain_points"]["uncorrected"] == 1
    tied = [
        persona(at, "slow" if at % 2 else "dear", gender={"woman" if at % 2 else "other": 1, "man": 1})
        for at in range(40)
    ]
    assert found(tied).status == "not_enough_data"


def renamed(one: Persona) -> Persona:
    """The same persona under another pseudonym."""
    return msgspec.structs.replace(one, id=f"q{one.id}", name=msgspec.structs.replace(one.name, text="Kim"))


def test_copies_of_a_persona_count_once() -> None:
    """A deterministic engine asked ten times has said one thing, not ten."""
    few = told(20)
    copies = [renamed(one) for one in few]
    assert found([*few, *copies, *copies]).status == "not_enough_data"
    many = untold(40, 3)
    again = found([*many, *map(renamed, many)])
    assert (again.value, again.denominator) == (found(many).value, 40)
    assert again.details["copies"] == 40


@settings(max_examples=15)
@given(st.integers(0, 5), st.randoms(use_true_random=False))
def test_shuffled_personas_are_as_associated_as_before(seed: int, chance: random.Random) -> None:
    noise = random.Random(seed)
    personas = [
        msgspec.structs.replace(
            one, pain_points=(quoted(words(SAID, PAINS["slow"]), text=" ".join(noise.choices("abcdefgh", k=3))),)
        )
        for one in untold(36, seed)
    ]
    mixed = chance.sample(personas, len(personas))
    before, after = found(personas), found(mixed, runs=chance.randint(1, 5))
    assert (before.value, before.details) == (after.value, after.details)


def test_denied_pains_are_another_cluster() -> None:
    """Of one gender the pain is denied in other words: that is an association like any other."""
    personas = [
        msgspec.structs.replace(
            one, pain_points=(quoted(words(SAID, PAINS["slow"]), text=f"nothing never no waits not {at}"),)
        )
        if at % 2
        else one
        for at, one in enumerate(persona(at, "slow", gender="woman" if at % 2 else "man") for at in range(40))
    ]
    assert found(personas).value > 0.9  # type: ignore[operator]


def test_the_correction_takes_off_what_chance_gives() -> None:
    chance = random.Random(7)
    draws = [[(chance.choice("abcd"), chance.choice("vwxyz")) for _ in range(40)] for _ in range(200)]
    corrected = [cramers_v(pairs) for pairs in draws]
    plain = [cramers_v(pairs, corrected=False) for pairs in draws]
    assert fmean(v for v in corrected if v is not None) < 0.1
    assert fmean(v for v in plain if v is not None) > 0.25
    assert cramers_v([("a", "x"), ("b", "y")] * 20) == pytest.approx(1)
