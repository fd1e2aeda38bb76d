"""What is said of people must be so: same meaning counted, attributes from the right question, no talk as a claim."""

from __future__ import annotations

import pytest
from tests.generation.conftest import as_inputs

from persona.generation import generate
from persona.generation.corpus import Sentence
from persona.generation.demographics import NOT_GIVEN, demographics_of, keys_of
from persona.generation.facets import facet_of
from persona.generation.selection import showable
from persona.model.canonical import Digest
from persona.model.personas import PersonaSet
from persona.model.recipes import Constraints, Parameters
from persona.sources import read


def sentence(text: str, question: str = "") -> Sentence:
    return Sentence(Digest("sha256:0"), 0, len(text), text, "P", question, asked=False)


def personas(**talks: str) -> PersonaSet:
    documents = [
        read(f"Interviewer: What gets in your way?\n{who}: {words}\n".encode(), f"{who}.txt").documents[0]
        for who, words in talks.items()
    ]
    return generate(as_inputs(documents), Parameters(count=1), Constraints(), {})


def test_people_who_say_much_the_same_are_counted() -> None:
    (persona,) = personas(
        P01="It is frustrating that the search never finds our product names.",
        P02="It is frustrating that the search never finds the product names.",
        P03="The parking in front of the shop is too small for my van.",
    ).personas
    assert persona.pain_points is not None
    supports = {claim.text[:16]: claim.support for claim in persona.pain_points}
    assert supports["It is frustratin"] == 2


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("I find it hard to develop code first in Jupyter.", "It is hard that my entire workflow happens in Jupyter."),
        (
            "It would be extremely hard to delegate tasks.",
            "It was hard at the beginning to delegate complete tasks to it.",
        ),
        ("It is hard to open the notebook on my phone.", "It is not hard to open the notebook on my phone."),
    ],
)
def test_people_who_share_a_topic_only_are_not(one: str, other: str) -> None:
    (persona,) = personas(P01=one, P02=other, P03="I walk to work.").personas
    for claims in (persona.pain_points, persona.quotes, persona.behaviours):
        assert all(claim.support == 1 for claim in claims or ())


@pytest.mark.parametrize(
    "text",
    [
        "Nothing is difficult or confusing here.",
        "I would give up every other feature for that one alert.",
        "I can't really say I've ever had it made me feel frustrated.",
        "There is no real problem with the page.",
        "Nobody in the team was worried about it.",
    ],
)
def test_a_denied_pain_is_no_pain(text: str) -> None:
    facet = facet_of(sentence(text))
    assert facet is None or facet.field != "pain_points"


@pytest.mark.parametrize("text", ["The worst problem is the slow page.", "It is frustrating that nothing is saved."])
def test_a_pain_is_one(text: str) -> None:
    facet = facet_of(sentence(text))
    assert facet is not None
    assert facet.field == "pain_points"


@pytest.mark.parametrize(
    "text",
    [
        "I think that is probably the only other things I wanted to mention.",
        "I believe that is all I have to offer for this.",
        "I do not have any questions before we begin.",
        "That is about it from my side of things.",
    ],
)
def test_the_talk_around_an_interview_is_not_shown(text: str) -> None:
    assert not showable(sentence(text))


def test_an_attribute_comes_from_the_question_that_asks_for_it() -> None:
    primary, years = "what is your primary role when using it?", "how many years have you been in this role?"
    answers = {primary: 9, years: 12, "how long have you been using it?": 12}
    assert keys_of("occupation", answers) == [primary]
    assert keys_of("experience", answers) == ["how long have you been using it?"], "two questions are never one"
    assert keys_of("occupation", {"job": 1, "Occupation": 1, primary: 40}) == ["Occupation", "job"]
    people = {"A": {primary: "Scientist", years: "2-5 years"}, "B": {years: "5+ years"}}
    found, missing = demographics_of("p", ["A", "B"], people)
    assert [share.value for share in found["occupation"].shares] == ["Scientist"]
    assert missing["demographics.age"].message == NOT_GIVEN
