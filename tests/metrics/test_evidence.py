"""Measures of claims and their evidence, by values worked out by hand."""

from __future__ import annotations

import msgspec
import pytest
from tests.metrics.making import counted, interview, measured, one_persona, persona_set, quoted, words

from persona.model.measures import Measure
from persona.model.personas import Evidence

ANNA = interview(
    "Anna", "I count the stock every morning. I hate the slow page.", "I want fewer calls.", age="34", city="Holt"
)
BEN = interview("Ben", "I count the stock by hand. My phone is enough.", age="51")
GOOD = one_persona(
    "persona-1",
    ["Anna", "Ben"],
    goals=(quoted(words(ANNA, "I want fewer calls.")),),
    behaviours=(quoted(words(ANNA, "I count the stock every morning."), words(BEN, "I count the stock by hand.")),),
    demographics={"age": counted("age", 2, **{"25-34": ["Anna"], "45-54": ["Ben"]})},
)


def named(name: str, persona: object = GOOD) -> Measure:
    assert isinstance(persona, type(GOOD))
    return measured(persona_set(persona), ANNA, BEN)[name]


def test_a_set_that_says_only_what_is_there_scores_full_marks() -> None:
    found = measured(persona_set(GOOD), ANNA, BEN)
    assert (found["quote_verbatim"].value, found["quote_verbatim"].denominator) == (1, 3)
    assert (found["faithfulness"].value, found["faithfulness"].denominator) == (1, 3)  # the name asserts nothing
    assert (found["citation_recall"].value, found["citation_recall"].denominator) == (0.666667, 3)  # a count cites none
    assert found["bias_invented"].value == 0
    assert found["bias_invented"].denominator == 2
    assert (found["coverage_participants"].value, found["coverage_participants"].denominator) == (1, 2)
    assert (found["evidence_concentration"].value, found["evidence_concentration"].denominator) == (0.666667, 3)
    assert (found["schema_validity"].value, found["schema_validity"].denominator) == (1, 1)
    assert (found["field_fill"].value, found["field_fill"].denominator) == (0.2, 10)  # 2 of summary and 9 lists


@pytest.mark.parametrize(
    "change",
    [
        {"quote": "I count the stock every evening."},
        {"quote": "I COUNT the stock every morning."},
        {"start": 0},
        {"participant": "Ben"},
        {"document": BEN.digest},
        {"document": "sha256:" + "0" * 64},
        {"quote": "", "end": words(ANNA, "I count").start},
    ],
)
def test_a_quotation_that_differs_in_any_way_is_counted_and_named(change: dict[str, object]) -> None:
    bad = words(ANNA, "I count the stock every morning.", **change)
    persona = msgspec.structs.replace(GOOD, behaviours=(quoted(bad, text="I count the stock every morning."),))
    found = measured(persona_set(persona), ANNA, BEN)
    assert found["quote_verbatim"].value == 0.5
    assert found["quote_verbatim"].details["failures"] == ["persona-1.behaviours[0]"]
    assert found["faithfulness"].details["unsupported"] == ["persona-1.behaviours[0]"]
    assert found["citation_recall"].value == 0.333333


def test_words_of_the_interviewer_and_words_across_two_turns_are_no_evidence() -> None:
    asked = words(ANNA, "And then?")
    start, end = words(ANNA, "slow page.").start, words(ANNA, "I want").end
    across = words(ANNA, "slow page.", end=end, quote=ANNA.document.text[start:end])
    for evidence in (asked, across):
        assert ANNA.document.text[evidence.start : evidence.end] == evidence.quote
        persona = one_persona("persona-1", ["Anna"], goals=(quoted(evidence),))
        assert named("quote_verbatim", persona).value == 0
        assert named("faithfulness", persona).value == 0


def test_a_claim_in_other_words_needs_evidence_that_is_near_it() -> None:
    evidence = words(ANNA, "I count the stock every morning.")  # six words
    near = quoted(evidence, text="stock morning elephants giraffes")  # two of four: cosine 2 / (sqrt 6 * 2) = 0.41
    far = quoted(evidence, text="morning elephants giraffes zebras")  # one of four: 0.20, below 0.29
    assert named("faithfulness", one_persona("p", ["Anna"], needs=(near,))).value == 1
    assert named("faithfulness", one_persona("p", ["Anna"], needs=(far,))).value == 0
    assert named("faithfulness", one_persona("p", ["Anna"], needs=(near, far))).value == 0.5


def test_a_theme_is_supported_when_every_span_holds_a_word_it_names() -> None:
    both = (words(ANNA, "I count the stock every morning."), words(BEN, "I count the stock by hand."))

    def theme(text: str, *evidence: Evidence) -> float | None:
        claim = msgspec.structs.replace(quoted(*evidence, text=text), method="theme")
        return named("faithfulness", one_persona("p", ["Anna", "Ben"], themes=(claim,))).value

    assert theme("They talk about “Stock” and “giraffes”.", *both) == 0
    assert theme("They talk about “morning” and “hand”.", *both) == 1
    assert theme("They talk about “morning”.", *both) == 0
    assert theme("They talk about “stoc”.", *both) == 0
    assert theme("They talk about “stock”.", both[0], words(BEN, "I count the stock by hand.", start=0)) == 0


def test_a_verbatim_claim_must_be_its_first_quotation() -> None:
    claim = msgspec.structs.replace(quoted(words(ANNA, "I want fewer calls.")), text="I want no calls.")
    assert claim.verbatim
    assert named("faithfulness", one_persona("p", ["Anna"], goals=(claim,))).value == 0


def test_a_distribution_counts_members_only() -> None:
    persona = one_persona("p", ["Anna"], demographics={"age": counted("age", 1, **{"45-54": ["Ben"]})})
    assert named("faithfulness", persona).value == 0


def test_a_person_who_asks_gives_no_evidence_even_under_a_label() -> None:
    turns = tuple(msgspec.structs.replace(turn, role="interviewer") for turn in ANNA.document.turns)
    asking = msgspec.structs.replace(ANNA, document=msgspec.structs.replace(ANNA.document, turns=turns))
    persona = one_persona("p", ["Anna"], goals=(quoted(words(ANNA, "I want fewer calls.")),))
    assert measured(persona_set(persona), asking)["quote_verbatim"].value == 0


@pytest.mark.parametrize(
    ("shares", "faithful", "invented"),
    [
        ({"25-34": ["Anna"], "45-54": ["Ben"]}, 1, 0),
        ({"34": ["Anna"]}, 1, 0),
        ({"Holt": ["Anna"]}, 1, 0),
        ({"35-44": ["Anna"]}, 0, 1),
        ({"25-34": ["Anna"], "18-24": ["Ben"]}, 0, 0.5),
        ({"25-34": ["Anna", "Anna"]}, 0, 0),
        ({"25-34": ["Anna", "Carl"]}, 0, 0),  # Carl is no member; the value is Anna's all the same
        ({"female": ["Anna"]}, 0, 1),
    ],
)
def test_a_distribution_must_equal_a_recount(shares: dict[str, list[str]], faithful: float, invented: float) -> None:
    persona = one_persona("p", ["Anna", "Ben"], demographics={"age": counted("age", 2, **shares)})
    assert named("faithfulness", persona).value == faithful
    assert named("bias_invented", persona).value == invented


def test_what_there_is_nothing_to_count_over_has_no_value() -> None:
    found = measured(persona_set(one_persona("p", ["Anna"])), ANNA, BEN)
    for name in ("quote_verbatim", "faithfulness", "citation_recall", "evidence_concentration", "bias_invented"):
        assert (found[name].value, found[name].status, found[name].denominator) == (None, "not_applicable", 0)
    assert found["coverage_participants"].value == 0
    assert found["coverage_participants"].details == {"uncited": ["Anna", "Ben"]}
    nobody = measured(persona_set())
    assert {one.value for one in nobody.values()} == {None}
    assert all(one.status != "ok" for one in nobody.values())


def test_people_left_out_are_not_missed_by_coverage() -> None:
    persona = one_persona("p", ["Anna"], goals=(quoted(words(ANNA, "I want fewer calls.")),))
    assert measured(persona_set(persona), ANNA, BEN)["coverage_participants"].value == 0.5
    assert measured(persona_set(persona, excluded=["Ben"]), ANNA, BEN)["coverage_participants"].value == 1


def test_spans_that_do_not_support_their_claim_lower_precision() -> None:
    good = words(ANNA, "I count the stock every morning.")
    other = words(ANNA, "I want fewer calls.")
    claim = quoted(good, other, of=2)
    found = named("citation_precision", one_persona("p", ["Anna"], behaviours=(claim,)))
    assert (found.value, found.denominator, found.details["idle"]) == (0.5, 2, ["p.behaviours[0] span 2"])
    wrong = quoted(words(ANNA, "I count the stock every morning.", start=0), text="I count the stock every morning.")
    assert named("citation_precision", one_persona("p", ["Anna"], behaviours=(wrong,))).value == 0
    theme = msgspec.structs.replace(quoted(good, other, text="They talk about “stock”."), method="theme")
    assert named("citation_precision", one_persona("p", ["Anna"], themes=(theme,))).value == 0.5
    assert named("citation_precision").value == 1


DANA = interview("Dana", "I do not count the stock every morning.", "It takes 20 minutes to count it.", age="40")


@pytest.mark.parametrize(
    ("text", "quote", "rate"),
    [
        ("I count the stock every morning.", "I do not count the stock every morning.", 1),
        ("I do not count the stock every morning.", "I do not count the stock every morning.", 0),
        ("It takes 45 minutes to count it.", "It takes 20 minutes to count it.", 1),
        ("It takes 20 minutes to count it.", "It takes 20 minutes to count it.", 0),
        ("It takes long to count it.", "It takes 20 minutes to count it.", 0),
    ],
)
def test_a_claim_that_its_own_evidence_denies_is_a_contradiction(text: str, quote: str, rate: float) -> None:
    persona = one_persona("p", ["Dana"], behaviours=(quoted(words(DANA, quote), text=text),))
    found = measured(persona_set(persona), DANA, BEN)["contradiction_rate"]
    assert (found.value, found.denominator) == (rate, 1)
    assert found.details["clashes"] == (["p.behaviours[0]"] if rate else [])


def test_evidence_on_another_topic_is_no_contradiction() -> None:
    persona = one_persona("p", ["Dana"], needs=(quoted(words(DANA, "It takes 20 minutes to count it."), text="Elephants never forget."),))  # fmt: skip
    assert measured(persona_set(persona), DANA, BEN)["contradiction_rate"].status == "not_applicable"
