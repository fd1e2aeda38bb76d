"""Who counts as a participant, and how much of what is wrong is listed."""

from __future__ import annotations

import msgspec
import pytest
from tests.metrics.making import counted, interview, measured, one_persona, persona_set, quoted, words

from persona.model.personas import PersonaSet
from persona.model.sources import Input

ANNA = interview("Anna", "apples pears", "plums figs", city="Holt")
BEN = interview("Ben", "boats sails", city="Wells")
IVOR = interview("Ivor", "apples pears")
PAIR = persona_set(
    *(
        one_persona(f"p{who}", [who], quotes=(quoted(words(item, text)),))
        for who, item, text in (("Anna", ANNA, "apples pears"), ("Ben", BEN, "boats sails"))
    )
)


def asking(item: Input) -> Input:
    """The same words, said by somebody who asks."""
    turns = tuple(msgspec.structs.replace(turn, role="interviewer") for turn in item.document.turns)
    return msgspec.structs.replace(item, document=msgspec.structs.replace(item.document, turns=turns))


def test_who_asks_is_nobody_to_cover_and_no_voice() -> None:
    both = measured(PAIR, ANNA, BEN)
    with_ivor = measured(PAIR, ANNA, BEN, asking(IVOR))
    assert with_ivor == both
    heard = measured(PAIR, ANNA, BEN, IVOR)
    assert (both["coverage_participants"].denominator, heard["coverage_participants"].denominator) == (2, 3)
    assert heard["coverage_participants"].details == {"uncited": ["Ivor"]}
    assert heard["diversity"].details["participants_mean"] < both["diversity"].details["participants_mean"]


def test_a_turn_of_nobody_known_is_nobodys() -> None:
    unknown = msgspec.structs.replace(IVOR, people={})
    document = msgspec.structs.replace(unknown.document, participants=())
    assert measured(PAIR, ANNA, BEN, msgspec.structs.replace(unknown, document=document)) == measured(PAIR, ANNA, BEN)


def test_one_person_in_two_interviews_is_one_person() -> None:
    later = interview("Anna", "more boats")
    found = measured(PAIR, ANNA, later, BEN)
    assert found["coverage_participants"].denominator == 2
    one = one_persona("p", ["Anna"], quotes=(quoted(words(ANNA, "apples pears")), quoted(words(later, "more boats"))))
    found = measured(persona_set(one), ANNA, later)
    assert (found["quote_verbatim"].value, found["evidence_concentration"].value) == (1, 1)


def test_somebody_cited_who_was_never_heard_covers_nobody() -> None:
    stranger = one_persona("p", ["Anna"], quotes=(quoted(words(ANNA, "apples pears", participant="Zoe")),))
    found = measured(persona_set(stranger), ANNA, BEN)["coverage_participants"]
    assert (found.value, found.denominator, found.details) == (0, 2, {"uncited": ["Anna", "Ben"]})


def test_quotation_marks_alone_make_no_theme() -> None:
    """A rule that names no words is held to its meaning, whatever marks it uses."""
    claim = quoted(words(ANNA, "apples pears"), text="apples “giraffes”")
    ruled = msgspec.structs.replace(claim, method="rule")
    found = measured(persona_set(one_persona("p", ["Anna"], needs=(ruled,))), ANNA)
    assert found["faithfulness"].value == 1


@pytest.mark.parametrize("count", [49, 50, 60])
def test_what_is_wrong_is_listed_up_to_fifty_and_counted_beyond(count: int) -> None:
    """A count is whole even where the list of cases ends."""
    false = quoted(words(ANNA, "apples pears", quote="pears apples"))
    shares = {f"value {n}": ["Anna"] for n in range(count)}
    many = one_persona("p", ["Anna"], goals=(false,) * count, demographics={"city": counted("city", 1, **shares)})
    people = [interview(f"N{n:02}", "hm") for n in range(count)]
    found = measured(persona_set(many), ANNA, *people)
    listed = min(count, 50)
    assert found["quote_verbatim"].denominator == found["bias_invented"].denominator == count
    assert found["faithfulness"].denominator == count + 1
    assert found["coverage_participants"].denominator == count + 1
    assert len(found["quote_verbatim"].details["failures"]) == listed
    assert len(found["faithfulness"].details["unsupported"]) == min(count + 1, 50)
    assert len(found["bias_invented"].details["invented"]) == listed
    assert len(found["coverage_participants"].details["uncited"]) == listed
    assert found["bias_invented"].details["invented"][7] == "p.demographics.city: value 7"


def test_contradictions_are_listed_up_to_fifty_and_counted_beyond() -> None:
    item = interview("Anna", "I trust the page", "I never trust the page")
    yes, no = (quoted(words(item, text)) for text in ("I trust the page", "I never trust the page"))
    personas: PersonaSet = persona_set(one_persona("p", ["Anna"], goals=(yes,) * 8, needs=(no,) * 8))
    found = measured(personas, item)["consistency_internal"]
    assert found.denominator == 120
    assert found.value == round(1 - 64 / 120, 6)
    assert len(found.details["clashes"]) == 50
