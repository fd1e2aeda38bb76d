"""Measures of whole sets against a recount: what is drawn at random is enumerated, what is computed is done by hand."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Sequence
from itertools import combinations, permutations
from statistics import fmean, stdev

import numpy as np
import pytest
from hypothesis import assume, given, settings
from tests.metrics.counting import bag, cosine
from tests.metrics.drawing import INPUTS, SAID, sets
from tests.metrics.making import counted, interview, measured, one_persona, persona_set, quoted, words

from persona.model.personas import CLAIM_FIELDS, PersonaSet

DENIALS = {"no", "not", "never", "nobody", "nothing", "none", "without", "cannot"}


def effective_number(texts: Iterable[str]) -> float:
    """The Vendi score from the singular values of word counts, which need no kernel and no clipping."""
    bags = [bag(text) for text in texts]
    axes = sorted(set().union(*bags))
    rows = np.array([[counts[axis] for axis in axes] for counts in bags], dtype=float).reshape(len(bags), len(axes))
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    shares = np.linalg.svd(rows / math.sqrt(len(bags)), compute_uv=False) ** 2
    return math.exp(-sum(share * math.log(share) for share in shares if share > 1e-13))


def spoken(personas: PersonaSet) -> list[str]:
    fields = [
        [claim.text for field in CLAIM_FIELDS for claim in getattr(one, field) or ()] for one in personas.personas
    ]
    return [" ".join(texts) for texts in fields]


@settings(max_examples=60)
@given(sets(least=2))
def test_diversity_is_the_ratio_to_all_choices_of_as_many_people(personas: PersonaSet) -> None:
    texts = spoken(personas)
    assume(sum(bool(text.strip()) for text in texts) >= 2)
    assume(all(bool(text) == bool(text.strip()) for text in texts))
    texts = [text for text in texts if text]
    voices = [" ".join(said) for who, said in SAID.items() if who not in personas.grouping.excluded]
    found = measured(personas, *INPUTS)
    nearest = max(cosine(one, other) for one, other in combinations(texts, 2))
    assert found["diversity_min"].value == pytest.approx(1 - nearest, abs=2e-6)
    assert found["diversity_min"].denominator == math.comb(len(texts), 2)
    one = found["diversity"]
    if len(voices) < len(texts):
        assert one.status == "not_enough_data"
        return
    assert one.denominator == len(texts)
    assert one.details["vendi"] == pytest.approx(effective_number(texts), abs=2e-6)
    choices = [effective_number(chosen) for chosen in combinations(voices, len(texts))]
    slack = 5 * stdev(choices) / math.sqrt(200) if len(choices) > 1 else 0
    assert one.details["participants_mean"] == pytest.approx(fmean(choices), abs=slack + 2e-6)
    assert one.value == pytest.approx(one.details["vendi"] / one.details["participants_mean"], abs=1e-5)


def denies(text: str) -> bool:
    """Whether a text denies: an odd number of denying words."""
    return sum(word in DENIALS for word in re.split(r"\W+", text.lower())) % 2 == 1


@settings(max_examples=100)
@given(sets(least=1))
def test_consistency_equals_a_recount_of_pairs(personas: PersonaSet) -> None:
    pairs = clashes = 0
    for persona in personas.personas:
        told = [claim.text for _, claim in persona.claims() if claim.method in ("quote", "theme")]
        for one, other in combinations(told, 2):
            near = round(cosine(one, other), 6)
            pairs += near >= 0.35
            clashes += near >= 0.6 and denies(one) != denies(other)
    found = measured(personas, *INPUTS)["consistency_internal"]
    assert (found.denominator, found.status) == (pairs, "ok" if pairs else "not_applicable")
    assert found.value == (round(1 - clashes / pairs, 6) if pairs else None)
    assert pairs == 0 or len(found.details["clashes"]) == clashes


def distance(groups: Sequence[Sequence[str]], value_of: dict[str, str]) -> float:
    """Half the sum of differences between the shares of people and the mean of the shares of the groups."""
    stated = [[value_of[who] for who in group if who in value_of] for group in groups]
    votes = [group for group in stated if group]
    total = 0.0
    for value in set(value_of.values()):
        source = fmean(found == value for found in value_of.values())
        shown = fmean(group.count(value) / len(group) for group in votes)
        total += abs(source - shown)
    return total / 2


def regrouped(sizes: Sequence[int], people: Sequence[str]) -> Iterable[list[list[str]]]:
    for order in permutations(people):
        rest = list(order)
        yield [[rest.pop() for _ in range(size)] for size in sizes]


@pytest.mark.parametrize(
    ("groups", "colours", "sizes"),
    [
        (("AB", "C", "D"), {"A": "red", "B": "red", "C": "blue", "D": "blue"}, {}),
        (("ABC", "D", "E"), {"A": "red", "B": "red", "C": "red", "D": "blue", "E": "blue"}, {"A": "big", "E": "small"}),
        (("AB", "CDE"), {"A": "red", "C": "blue", "D": "green"}, {"A": "big", "B": "big", "C": "big", "D": "small"}),
        (("ABCD", "E", "F"), {"E": "red", "F": "red", "A": "blue"}, {"A": "big", "B": "small", "C": "tiny"}),
        (("AB", "C"), {"C": "red"}, {"A": "big", "B": "small"}),
    ],
)
def test_representation_against_every_grouping_of_the_same_sizes(
    groups: tuple[str, ...], colours: dict[str, str], sizes: dict[str, str]
) -> None:
    """All groupings are enumerated, so the median of the random ones has a place where it must lie."""
    people = sorted("".join(groups))
    personas = []
    for number, group in enumerate(groups):
        stated = {}
        for attribute, whole in (("color", colours), ("size", sizes)):
            of = {value: [who for who in group if whole.get(who) == value] for value in set(whole.values())}
            if any(of.values()):
                stated[attribute] = counted(attribute, len(group), **{key: who for key, who in of.items() if who})
        personas.append(one_persona(f"p{number}", list(group), demographics=stated))
    found = measured(persona_set(*personas), *(interview(who, f"word{who}") for who in people))["bias_representation"]
    telling = {name: whole for name, whole in (("color", colours), ("size", sizes)) if len(set(whole.values())) > 1}
    assert found.details["attributes"].keys() == telling.keys()
    assert found.denominator == sum(map(len, telling.values()))
    excesses = []
    for attribute, whole in telling.items():
        part = found.details["attributes"][attribute]
        assert part["distance"] == pytest.approx(distance(groups, whole), abs=1e-6)
        by_chance = sorted(distance(one, whole) for one in regrouped([len(group) for group in groups], people))
        low, high, most = (by_chance[int(len(by_chance) * share)] for share in (0.35, 0.65, 0.88))
        assert low - 1e-6 <= part["null_median"] <= high + 1e-6
        assert part["null_95"] >= most - 1e-6
        assert part["null_95"] <= by_chance[-1] + 1e-6
        assert part["excess"] == pytest.approx(max(0, part["distance"] - part["null_median"]), abs=2e-6)
        excesses.append(part["excess"])
    assert found.value == pytest.approx(fmean(excesses), abs=2e-6)


def test_of_the_same_people_no_choice_is_left_to_chance() -> None:
    """With as many people as personas each random set is all of them, and the ratio is exact."""
    one, two = interview("Anna", "apples pears"), interview("Ben", "apples plums", "pears plums")
    a = one_persona("p1", ["Anna"], quotes=(quoted(words(one, "apples pears")),))
    b = one_persona("p2", ["Ben"], quotes=(quoted(words(two, "apples plums")),))
    found = measured(persona_set(a, b), one, two)["diversity"]

    def of_pair(c: float) -> float:  # the eigenvalues of K/2 are (1 + c) / 2 and (1 - c) / 2
        high, low = (1 + c) / 2, (1 - c) / 2
        return high**-high * low**-low

    assert found.details["vendi"] == pytest.approx(of_pair(1 / 2), abs=1e-6)
    people = of_pair(2 / math.sqrt(2 * 6))  # Ben says apples once, pears once and plums twice
    assert found.details["participants_mean"] == pytest.approx(people, abs=1e-6)
    assert found.value == pytest.approx(of_pair(1 / 2) / people, abs=2e-6)


def test_a_second_copy_of_a_persona_adds_nothing_new() -> None:
    """Of three orthogonal texts of which two are equal the eigenvalues are 2/3 and 1/3."""
    people = [interview(who, f"{who}1 {who}2") for who in "ABCD"]
    say = {who: quoted(words(item, f"{who}1 {who}2")) for who, item in zip("ABCD", people, strict=True)}

    def ratio(*whose: str) -> float | None:
        personas = [one_persona(f"p{n}", [who], quotes=(say[who],)) for n, who in enumerate(whose)]
        return measured(persona_set(*personas), *people)["diversity"].value

    assert ratio("A", "B") == pytest.approx(1)
    assert ratio("A", "B", "B") == pytest.approx((2 / 3) ** (-2 / 3) * (1 / 3) ** (-1 / 3) / 3, abs=1e-6)
    assert ratio("A", "B", "B", "B") == pytest.approx((3 / 4) ** (-3 / 4) * (1 / 4) ** (-1 / 4) / 4, abs=1e-6)
    assert ratio("B", "B", "B", "B") == pytest.approx(1 / 4)


def test_only_what_people_say_is_their_voice() -> None:
    """Questions are not a participant's words, and people left out are not drawn."""
    spoken_by = {who: interview(who, text) for who, text in (("Anna", "red"), ("Ben", "blue"), ("Cleo", "red"))}
    personas = [
        one_persona(f"p{who}", [who], quotes=(quoted(words(spoken_by[who], text)),))
        for who, text in (("Anna", "red"), ("Ben", "blue"))
    ]
    left_out = measured(persona_set(*personas, excluded=["Cleo"]), *spoken_by.values())["diversity"]
    assert left_out.details["participants_mean"] == pytest.approx(2)  # with the questions the two would be alike
    kept = measured(persona_set(*personas), *spoken_by.values())["diversity"]
    assert 1 < kept.details["participants_mean"] < 2
