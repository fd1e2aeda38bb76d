"""Agreement between runs: by hand, by trying every matching, and by what changes make of it."""

from __future__ import annotations

import random
from itertools import permutations

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.metrics.counting import cosine
from tests.metrics.drawing import sets
from tests.metrics.making import embed, interview, one_persona, persona_set, quoted, words

from persona.metrics import RunSet, measure_across, scores
from persona.metrics.spread import words_of
from persona.model.canonical import canonical_json
from persona.model.measures import Measure
from persona.model.personas import Persona, PersonaSet

SAYS = {"A": "apples pears", "B": "boats sails", "C": "clouds rain", "D": "dogs cats"}
PEOPLE = {who: interview(who, text) for who, text in SAYS.items()}


def group(who: str, *, id: str = "p", says: str | None = None) -> Persona:
    """A persona of the people whose letters are given, who says what they say."""
    text = " ".join(SAYS[one] for one in who) if says is None else says
    goals = (quoted(words(PEOPLE[who[0]], SAYS[who[0]]), text=text),)
    return one_persona(id, list(who), goals=goals)


def agree(*runs: PersonaSet, plans: str = "") -> Measure:
    listed = [RunSet(f"run{at}", (plans or "1" * len(runs))[at], one) for at, one in enumerate(runs)]
    return across(listed)["consistency_runs"]


def across(runs: list[RunSet]) -> dict[str, Measure]:
    return {one.name: one for one in measure_across(runs, embed, lambda rows, k: [at % k for at in range(len(rows))])}


AB_CD = persona_set(group("AB", id="p1"), group("CD", id="p2"))


def test_equal_runs_agree_fully_however_they_are_ordered_and_named() -> None:
    turned = persona_set(group("CD", id="x"), group("AB", id="y"))
    found = agree(AB_CD, turned)
    assert (found.value, found.denominator, found.status) == (1, 1, "ok")
    (pair,) = found.details["pairs"]
    assert pair["runs"] == ["run0", "run1"]
    assert pair["partners"] == [["p1", "y", 1], ["p2", "x", 1]]
    assert (pair["matched"], pair["others"]) == (1, 0)


def test_similarity_is_half_words_and_half_members() -> None:
    # words: ABC shares 4 of sqrt(4 * 6) words with AB; members: 2 of 3. D against CD: 2 of sqrt(2 * 4), 1 of 2
    found = agree(AB_CD, persona_set(group("ABC"), group("D")))
    one, two = (4 / 24**0.5 + 2 / 3) / 2, (2 / 8**0.5 + 1 / 2) / 2
    others = ((2 / 24**0.5 + 1 / 4) / 2 + 0) / 2  # CD against ABC, and AB against D
    assert found.value == pytest.approx((one + two) / 2 - others, abs=1e-6)
    same_people_other_words = agree(AB_CD, persona_set(group("AB", says="x y"), group("CD", says="v w")))
    assert same_people_other_words.value == 0.5
    same_words_other_people = persona_set(
        group("C", says=words_of(AB_CD.personas[0])), group("A", says="dogs cats clouds rain")
    )
    assert agree(AB_CD, same_words_other_people).value == pytest.approx(0.5 - 0.25)  # C is one of CD, A one of AB


def test_a_persona_without_partner_counts_nothing() -> None:
    found = agree(AB_CD, persona_set(group("AB"), group("CD"), group("AB", says="x y")))
    # matched: (1 + 1 + 0) / 3; not matched: the third with AB has half, all others nothing
    assert found.value == pytest.approx(2 / 3 - 0.5 / 4, abs=1e-6)


def test_runs_of_other_plans_are_not_compared() -> None:
    other = persona_set(group("AC"), group("BD"))
    assert agree(AB_CD, other, AB_CD, plans="121").value == 1
    alone = agree(AB_CD, other, plans="12")
    assert (alone.value, alone.status, alone.denominator) == (None, "not_enough_data", 0)


@pytest.mark.parametrize(
    "runs", [[], [AB_CD], [AB_CD, persona_set()], [persona_set(group("A")), persona_set(group("A"))]]
)
def test_what_has_nothing_to_be_compared_with_is_no_number(runs: list[PersonaSet]) -> None:
    found = agree(*runs)
    assert (found.value, found.status) == (None, "not_enough_data")
    assert "fewer than two runs" in found.details["reason"]


def test_three_runs_are_three_pairs_and_their_mean() -> None:
    other = persona_set(group("AB", says="x y"), group("CD", says="v w"))
    found = agree(AB_CD, AB_CD, other)
    assert (found.value, found.denominator) == (pytest.approx((1 + 0.5 + 0.5) / 3, abs=1e-6), 3)


def by_hand(one: PersonaSet, other: PersonaSet) -> float | None:
    """The same by trying every matching of the smaller set into the larger."""
    small, large = sorted((one.personas, other.personas), key=len)
    if len(small) * len(large) < 2:
        return None

    def alike(a: Persona, b: Persona) -> float:
        together = set(a.members) | set(b.members)
        return cosine(words_of(a), words_of(b)) / 2 + len(set(a.members) & set(b.members)) / len(together) / 2

    worth = [[alike(a, b) for b in large] for a in small]
    best = max(
        sum(worth[row][column] for row, column in enumerate(chosen))
        for chosen in permutations(range(len(large)), len(small))
    )
    return best / len(large) - (sum(map(sum, worth)) - best) / (len(small) * len(large) - len(small))


@settings(max_examples=100)
@given(sets(most=4), sets(most=4))
def test_agreement_equals_trying_every_matching(one: PersonaSet, other: PersonaSet) -> None:
    found, wanted = agree(one, other), by_hand(one, other)
    assert (found.value is None) == (wanted is None)
    if wanted is not None:
        assert found.value == pytest.approx(wanted, abs=2e-6)
        assert -1 <= wanted <= 1
    assert canonical_json(found)


@settings(max_examples=60)
@given(st.lists(sets(least=2, most=4), min_size=2, max_size=3), st.randoms(use_true_random=False))
def test_shuffled_runs_and_personas_agree_as_before(runs: list[PersonaSet], chance: random.Random) -> None:
    before = agree(*runs)
    mixed = [PersonaSet(tuple(chance.sample(one.personas, len(one.personas))), one.grouping) for one in runs]
    listed = [RunSet(f"run{at}", "1", one) for at, one in enumerate(mixed)]
    chance.shuffle(listed)
    after = across(listed)["consistency_runs"]
    assert after.value == pytest.approx(before.value, abs=1e-6)
    assert [one["runs"] for one in after.details["pairs"]] == [one["runs"] for one in before.details["pairs"]]


@settings(max_examples=60)
@given(sets(least=2, most=4), st.data())
def test_copies_agree_at_least_as_well_as_anything_else(one: PersonaSet, data: st.DataObject) -> None:
    """A run beside its own copy, against the same run with a persona whose words and people are invented."""
    copied = agree(one, one)
    at = data.draw(st.integers(0, len(one.personas) - 1))
    strange = msgspec.structs.replace(
        one.personas[at],
        members=("Zoe",),
        **dict.fromkeys(("themes", "goals", "pain_points", "behaviours", "needs", "motivations", "context", "tools")),
        quotes=(quoted(words(PEOPLE["A"], SAYS["A"]), text="giraffes zebras"),),
    )
    invented = PersonaSet((*one.personas[:at], strange, *one.personas[at + 1 :]), one.grouping)
    found = agree(one, invented)
    assert copied.value is not None
    assert found.value is not None
    (pair,), (full,) = found.details["pairs"], copied.details["pairs"]
    assert pair["matched"] <= full["matched"] - 0.4 / len(one.personas)  # at least its members are lost
    assert copied.value >= 0.2


def test_a_denied_copy_agrees_less_and_an_invented_trait_less_too() -> None:
    denied = persona_set(group("AB", says="apples pears boats sails never not"), group("CD"))
    assert agree(AB_CD, denied).value < agree(AB_CD, AB_CD).value  # type: ignore[operator]  # both are numbers
    invented = persona_set(group("AB", says="apples pears boats sails elderly giraffes"), group("CD"))
    assert agree(AB_CD, invented).value < agree(AB_CD, AB_CD).value  # type: ignore[operator]


def test_the_score_of_several_runs_is_the_mean_of_both_consistencies() -> None:
    def score(*runs: PersonaSet) -> float | None:
        listed = [RunSet(f"run{at}", "1", one) for at, one in enumerate(runs)]
        return scores(list(across(listed).values()))["consistency_score"]

    said = ("I trust the date on the page", "I do not trust the date on the page")
    anna = interview("Anna", *said)
    torn = one_persona("p1", ["Anna"], goals=tuple(quoted(words(anna, text)) for text in said))
    run = persona_set(torn, group("CD"))
    found = across([RunSet("a", "1", run), RunSet("b", "1", run)])
    assert (found["consistency_internal"].value, found["consistency_internal"].denominator) == (0, 2)
    assert found["consistency_internal"].details["clashes"][0] == ["a/p1.goals[0]", "a/p1.goals[1]"]
    assert (found["consistency_runs"].value, score(run, run)) == (1, 0.5)
    assert score(AB_CD, AB_CD) == 1  # no claims on one topic: only the agreement is a part
    assert score(run) == 0
    assert score(AB_CD) is None


def test_a_score_never_falls_below_nothing() -> None:
    from persona.metrics import ACROSS

    assert scores([ACROSS["consistency_runs"].measure(-0.25, 1)])["consistency_score"] == 0
