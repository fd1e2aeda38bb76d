"""Which claim is meant when one is named or none is, and where in the original its words stand."""

from __future__ import annotations

import msgspec
import pytest
from tests.metrics.making import interview, one_persona, persona_set, quoted, words

from persona.errors import NotFound
from persona.lineage import find_claim, follow
from persona.model.personas import Claim

ANNA = interview("Anna", "I count the stock.", "I want fewer calls.")
BEN = interview("Ben", "My phone is enough.")
COUNTS, WANTS, PHONE = (
    quoted(words(item, text))
    for item, text in ((ANNA, "I count the stock."), (ANNA, "I want fewer calls."), (BEN, "My phone is enough."))
)
BARE = Claim("bare", "They are calm.", "observed", 0, 1, (), "quote")
RULED = msgspec.structs.replace(PHONE, id="ruled", status="inferred", method="theme")


def test_of_no_name_the_first_claim_that_was_observed_and_rests_on_words_is_meant() -> None:
    """Reading order: a claim without words and one that a rule made are passed over, and so is a whole persona."""
    silent = one_persona("p1", ["Ben"], themes=(RULED,), goals=(BARE,))
    told = one_persona("p2", ["Anna"], themes=(RULED,), goals=(BARE, WANTS), needs=(COUNTS,))
    persona, path, claim = find_claim(persona_set(silent, told), None)
    assert (persona.id, path, claim) == ("p2", "goals[1]", WANTS)
    with pytest.raises(NotFound) as caught:
        find_claim(persona_set(silent), None)
    assert (caught.value.code, caught.value.place) == ("claim-not-found", "personas")


def test_a_path_is_tried_before_an_id() -> None:
    sly = msgspec.structs.replace(COUNTS, id="p1.goals[0]")
    personas = persona_set(one_persona("p1", ["Anna"], goals=(WANTS,), needs=(sly,)))
    assert find_claim(personas, "p1.goals[0]")[2] == WANTS
    assert find_claim(personas, "p1.needs[0]")[2] == sly
    assert find_claim(personas, WANTS.id)[1] == "goals[0]"


@pytest.mark.parametrize(("count", "shown", "more"), [(4, 5, False), (5, 6, False), (6, 6, True), (9, 6, True)])
def test_what_could_have_been_meant_is_listed_briefly(count: int, shown: int, more: bool) -> None:
    personas = persona_set(one_persona("p1", ["Anna"], goals=(WANTS,) * count))
    with pytest.raises(NotFound) as caught:
        find_claim(personas, "p1.goals[77]")
    listed = str(caught.value.place).split(", ")
    assert listed[:2] == ["p1.name", "p1.goals[0]"]
    assert len(listed) == shown + more
    assert (listed[-1] == "...") is more


def test_nothing_is_suggested_for_a_name_that_is_like_none() -> None:
    personas = persona_set(one_persona("p1", ["Anna"], goals=(WANTS,)))
    with pytest.raises(NotFound) as caught:
        find_claim(personas, "entirely different words")
    assert caught.value.hints == ()


@pytest.mark.parametrize("claim", [COUNTS, WANTS], ids=["first answer", "second answer"])
def test_the_place_is_that_of_the_stretch_in_which_the_words_begin(claim: Claim) -> None:
    trace = follow(persona_set(one_persona("p1", ["Anna"], goals=(claim,))), [BEN, ANNA], None)
    assert trace.input is ANNA
    (here,) = [one for one in ANNA.document.origins if one.start <= trace.evidence.start < one.end]
    assert trace.place == here.place != ""
    late = msgspec.structs.replace(claim.evidence[0], start=claim.evidence[0].start + 2, quote=claim.text[2:])
    later = follow(persona_set(one_persona("p1", ["Anna"], goals=(quoted(late),))), [ANNA], None)
    assert later.place == here.place
    assert later.equal


def test_words_at_the_very_beginning_have_a_place() -> None:
    question = words(ANNA, "And then?")
    assert question.start == 0
    trace = follow(persona_set(one_persona("p1", ["Anna"], goals=(quoted(question),))), [ANNA], None)
    assert trace.place == ANNA.document.origins[0].place


def test_a_document_that_does_not_know_where_its_words_stood_gives_no_place() -> None:
    nowhere = msgspec.structs.replace(ANNA, document=msgspec.structs.replace(ANNA.document, origins=()))
    trace = follow(persona_set(one_persona("p1", ["Anna"], goals=(WANTS,))), [nowhere], None)
    assert (trace.place, trace.equal) == ("", True)


def test_the_first_span_is_followed_and_compared() -> None:
    both = msgspec.structs.replace(WANTS, evidence=(*PHONE.evidence, *WANTS.evidence))
    trace = follow(persona_set(one_persona("p1", ["Anna"], goals=(both,))), [ANNA, BEN], "p1.goals[0]")
    assert (trace.input, trace.evidence.quote, trace.equal) == (BEN, "My phone is enough.", True)
    assert (trace.path, trace.claim, trace.persona.id) == ("goals[0]", both, "p1")
