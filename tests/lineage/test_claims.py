"""One claim followed to its words."""

from __future__ import annotations

import msgspec
import pytest
from tests.metrics.making import interview, one_persona, persona_set, quoted, words

from persona.errors import NotFound
from persona.lineage import find_claim, follow
from persona.model.personas import Claim

ANNA = interview("Anna", "I count the stock every morning.", "I want fewer calls.")
GOAL = quoted(words(ANNA, "I want fewer calls."))
GUESS = Claim("guess", "They are tired.", "unsupported", 0, 1, (), "template")
PERSONAS = persona_set(one_persona("persona-1", ["Anna"], summary=GUESS, goals=(GOAL,)))


def test_a_claim_is_found_by_path_by_id_and_by_being_the_first_observed() -> None:
    for wanted in ("persona-1.goals[0]", GOAL.id, None):
        persona, path, claim = find_claim(PERSONAS, wanted)
        assert (persona.id, path, claim) == ("persona-1", "goals[0]", GOAL)


def test_it_leads_to_the_place_in_the_original() -> None:
    trace = follow(PERSONAS, [ANNA], "persona-1.goals[0]")
    assert trace.equal
    assert trace.evidence.quote == "I want fewer calls."
    assert trace.input is ANNA
    line = trace.place.rpartition("line ")[2].split("-")[0]
    original = f"---\nparticipant: Anna\n---\n\n{''.join(f'**Interviewer**{chr(10) * 2}And then?{chr(10) * 2}**Anna**{chr(10) * 2}{answer}{chr(10) * 2}' for answer in ('I count the stock every morning.', 'I want fewer calls.'))}"
    assert "I want fewer calls." in original.splitlines()[int(line) - 1]


def test_words_that_differ_are_called_unequal() -> None:
    bad = quoted(words(ANNA, "I want fewer calls.", quote="I want more calls."), text="I want more calls.")
    trace = follow(persona_set(one_persona("persona-1", ["Anna"], goals=(bad,))), [ANNA], "persona-1.goals[0]")
    assert not trace.equal


def test_a_wrong_name_gets_the_nearest_and_a_claim_without_words_says_so() -> None:
    with pytest.raises(NotFound, match="there is no claim") as caught:
        find_claim(PERSONAS, "persona-1.goal[0]")
    assert caught.value.hints == ("did you mean `persona trace --claim 'persona-1.goals[0]'`?",)
    with pytest.raises(NotFound, match="rests on no words: it is unsupported, made by the rule `template`"):
        follow(PERSONAS, [ANNA], "persona-1.summary")
    silent = persona_set(msgspec.structs.replace(PERSONAS.personas[0], goals=None))
    with pytest.raises(NotFound, match="no claim of these personas rests on words"):
        find_claim(silent, None)
