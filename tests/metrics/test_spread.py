"""Measures of whole sets: diversity, agreement inside a persona, standing for the people."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.metrics.making import counted, interview, measured, one_persona, persona_set, quoted, words

from persona.metrics.spread import vendi
from persona.model.measures import Measure
from persona.model.personas import Persona
from persona.model.sources import Input

TEXTS = {
    "Anna": "apples pears plums figs", "Ben": "boats sails ropes oars", "Cleo": "clouds rain hail snow",
    "Dora": "dogs cats hens ducks",
}  # fmt: skip
PEOPLE = {who: interview(who, text, color="red" if who in ("Anna", "Ben") else "blue") for who, text in TEXTS.items()}


def speaking(id: str, *who: str, **fields: object) -> Persona:
    quotes = tuple(quoted(words(PEOPLE[name], TEXTS[name])) for name in who)
    return one_persona(id, list(who), quotes=quotes, **fields)


def of(name: str, *personas: Persona) -> Measure:
    return measured(persona_set(*personas), *PEOPLE.values())[name]


def test_vendi_counts_the_different_ones() -> None:
    assert vendi(np.eye(5)) == pytest.approx(5)
    assert vendi(np.ones((5, 1))) == pytest.approx(1)
    assert vendi(np.repeat(np.eye(2), 3, axis=0)) == pytest.approx(2)
    assert vendi(np.array([[1.0], [-1.0]])) == pytest.approx(2)  # opposites are no less different than strangers
    half = np.array([[1.0, 0.0], [0.5, np.sqrt(0.75)]])  # eigenvalues of K/2 are 0.75 and 0.25
    assert vendi(half) == pytest.approx(0.75**-0.75 * 0.25**-0.25)


@given(st.integers(1, 8), st.integers(0, 2**32 - 1))
def test_vendi_lies_between_one_and_the_count_in_any_order(count: int, seed: int) -> None:
    generator = np.random.default_rng(seed)
    rows = generator.normal(size=(count, 6))
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    score = vendi(rows)
    assert 1 - 1e-9 <= score <= count + 1e-9
    assert vendi(rows[generator.permutation(count)]) == pytest.approx(score, abs=1e-9)
    # the same by Shannon's entropy of singular values, K = X X' where no cosine is negative
    positive = np.abs(rows)
    squares = np.linalg.svd(positive / np.sqrt(count), compute_uv=False) ** 2
    squares = squares[squares > 1e-12]
    assert vendi(positive) == pytest.approx(float(np.exp(-(squares * np.log(squares)).sum())), abs=1e-9)


def test_personas_as_different_as_the_people_have_a_ratio_of_one() -> None:
    found = of("diversity", speaking("p1", "Anna"), speaking("p2", "Ben"), speaking("p3", "Cleo"))
    assert found.value == pytest.approx(1, abs=1e-6)
    assert found.details["vendi"] == pytest.approx(3)
    assert of("diversity_min", speaking("p1", "Anna"), speaking("p2", "Ben")).value == 1


def test_a_copied_persona_lowers_diversity_and_raises_the_alarm() -> None:
    before = of("diversity", speaking("p1", "Anna"), speaking("p2", "Ben"), speaking("p3", "Cleo"))
    after = of("diversity", speaking("p1", "Anna"), speaking("p2", "Ben"), speaking("p3", "Ben"))
    assert before.value is not None
    assert after.value is not None
    assert after.value < before.value
    assert of("diversity_min", speaking("p1", "Anna"), speaking("p2", "Ben"), speaking("p3", "Ben")).value == 0


def test_shared_words_are_seen_by_the_alarm() -> None:
    pair = [speaking("p1", "Anna", "Ben"), speaking("p2", "Ben", "Cleo")]
    found = of("diversity_min", *pair)
    assert (found.value, found.denominator) == (0.5, 1)  # four of eight words: cosine one half


def test_too_few_personas_or_people_give_no_number_and_a_reason() -> None:
    for name in ("diversity", "diversity_min"):
        found = of(name, speaking("p1", "Anna"))
        assert (found.value, found.status) == (None, "not_enough_data")
        assert found.details["reason"] == "there are fewer than two personas with words"
    two = persona_set(speaking("p1", "Anna"), speaking("p2", "Anna"))
    found = measured(two, PEOPLE["Anna"])["diversity"]
    assert (found.value, found.status) == (None, "not_enough_data")


def test_a_measure_is_the_same_each_time_it_is_taken() -> None:
    personas = persona_set(speaking("p1", "Anna", "Cleo"), speaking("p2", "Ben", "Dora"))
    assert measured(personas, *PEOPLE.values()) == measured(personas, *reversed(PEOPLE.values()))


YES = interview("Eve", "I trust the delivery date on the page", "I do not trust the delivery date on the page")
OTHER = interview("Fred", "Trains are late and never on my platform")


def test_a_persona_that_denies_what_it_says_is_less_consistent() -> None:
    yes, no = (
        words(YES, text)
        for text in ("I trust the delivery date on the page", "I do not trust the delivery date on the page")
    )
    one = measured(persona_set(one_persona("p1", ["Eve"], goals=(quoted(yes),), needs=(quoted(no),))), YES, OTHER)
    assert (one["consistency_internal"].value, one["consistency_internal"].denominator) == (0, 1)
    assert one["consistency_internal"].details["clashes"] == [["p1.goals[0]", "p1.needs[0]"]]
    apart = persona_set(
        one_persona("p1", ["Eve"], goals=(quoted(yes),)), one_persona("p2", ["Eve"], goals=(quoted(no),))
    )
    assert measured(apart, YES, OTHER)["consistency_internal"].status == "not_applicable"  # two personas may disagree
    elsewhere = quoted(words(OTHER, "Trains are late and never on my platform"))
    unlike = one_persona("p1", ["Eve", "Fred"], goals=(quoted(yes),), needs=(elsewhere,))
    assert measured(persona_set(unlike), YES, OTHER)["consistency_internal"].status == "not_applicable"  # another topic
    twice = one_persona("p1", ["Eve"], goals=(quoted(yes), quoted(yes)))
    assert measured(persona_set(twice), YES, OTHER)["consistency_internal"].value == 1


def colours(*groups: str) -> list[Persona]:
    """Personas of people whose colour is known."""
    red, blue = ("Anna", "Ben"), ("Cleo", "Dora")
    found = []
    for number, group in enumerate(groups):
        names = [name for name in TEXTS if name[0] in group]
        shares = {colour: [name for name in names if name in whose] for colour, whose in (("red", red), ("blue", blue))}
        distribution = counted("color", len(names), **{key: people for key, people in shares.items() if people})
        found.append(one_persona(f"p{number}", names, demographics={"color": distribution}))
    return found


def test_representation_is_the_distance_from_the_source_beyond_chance() -> None:
    even = of("bias_representation", *colours("AC", "BD"))  # each half red: distance 0
    assert (even.value, even.denominator) == (0, 4)
    assert even.details["attributes"]["color"]["distance"] == 0
    tilted = of("bias_representation", *colours("A", "BCD"))  # (1 + 1/3) / 2 red where one half is: 1/6
    part = tilted.details["attributes"]["color"]
    assert part["distance"] == pytest.approx(1 / 6, abs=1e-6)
    assert part["null_median"] == pytest.approx(1 / 6, abs=1e-6)  # any grouping of one and three is as far
    assert tilted.value == 0


def test_representation_needs_two_personas_and_two_values() -> None:
    assert of("bias_representation", *colours("ABCD")).status == "not_enough_data"
    assert of("bias_representation", *colours("A", "B")).status == "not_enough_data"


def test_a_group_that_gets_more_personas_than_people_is_seen() -> None:
    """Nine red people in one persona and three blue ones in three: three votes of four where a quarter is due."""
    people = {f"R{n}": interview(f"R{n}", f"red{n}", color="red") for n in range(9)}
    people |= {f"B{n}": interview(f"B{n}", f"blue{n}", color="blue") for n in range(3)}
    red = [name for name in people if name[0] == "R"]
    personas = [one_persona("p0", red, demographics={"color": counted("color", 9, red=red)})]
    personas += [
        one_persona(f"p{n + 1}", [f"B{n}"], demographics={"color": counted("color", 1, blue=[f"B{n}"])})
        for n in range(3)
    ]
    found = measured(persona_set(*personas), *people.values())["bias_representation"]
    part = found.details["attributes"]["color"]
    assert part["distance"] == 0.5
    assert found.value is not None
    assert found.value > 0.25
    assert part["distance"] > part["null_95"]


@given(st.permutations(list(TEXTS)), st.integers(1, 3))
def test_no_measure_leaves_its_range_or_depends_on_the_order(order: list[str], cut: int) -> None:
    personas = [speaking("p1", *order[:cut]), speaking("p2", *order[cut:])]
    inputs: list[Input] = list(PEOPLE.values())
    found = measured(persona_set(*personas), *inputs)
    for one in found.values():
        if one.value is None:
            assert one.status != "ok"
        else:
            assert one.status == "ok"
            assert one.span[0] <= one.value <= one.span[1]
            assert one.denominator > 0
    again = measured(persona_set(*reversed(personas)), *inputs)
    for name in ("quote_verbatim", "faithfulness", "diversity_min", "coverage_participants", "consistency_internal"):
        assert found[name].value == again[name].value
