"""Themes: what several people talk about, counted and true of the words shown."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from tests.generation.conftest import as_inputs

from persona.generation import generate
from persona.generation.chance import Chooser
from persona.generation.corpus import Sentence
from persona.generation.terms import words_of
from persona.generation.themes import Theme, share_of_theme, themes_of_group
from persona.model.canonical import Digest
from persona.model.personas import Persona, PersonaSet
from persona.model.recipes import Constraints, Parameters
from persona.model.sources import Input
from persona.sources import read

BEST = Chooser(0, 0, "test", 0.15)


def made(inputs: list[Input], **parameters: int | float) -> PersonaSet:
    return generate(inputs, Parameters(**parameters), Constraints(), {})  # type: ignore[arg-type]  # a few names


@pytest.fixture(scope="module")
def two(two_populations: list[Input]) -> PersonaSet:
    return made(two_populations, count=2)


def test_each_piece_of_evidence_holds_a_word_of_its_theme(two: PersonaSet) -> None:
    seen = 0
    for persona in two.personas:
        for claim in persona.themes or ():
            quotes = [set(words_of(one.quote)) for one in claim.evidence]
            terms = set(claim.text.replace("“", "\x00").replace("”", "\x00").split("\x00")[1::2])
            assert 1 <= len(terms) <= 3
            for term in terms:
                assert sum(term in words for words in quotes) >= 2, "two people at least say each word shown"
            for one in claim.evidence:
                assert terms & set(words_of(one.quote)), (terms, one.quote)
                assert one.participant in persona.members
                seen += 1
            assert claim.support == len({one.participant for one in claim.evidence}) == len(claim.evidence)
            assert (claim.status, claim.method, claim.verbatim) == ("inferred", "theme", False)
    assert seen > 50


def test_themes_are_shared_by_many_and_tell_the_groups_apart(two: PersonaSet) -> None:
    shares = [[claim.support / claim.of for claim in one.themes or ()] for one in two.personas]
    assert all(len(found) == 4 and max(found) > 0.3 for found in shares)

    def terms(persona: Persona) -> set[str]:
        return {word for claim in persona.themes or () for word in words_of(claim.text)} - {"talk"}

    first, second = (terms(one) for one in two.personas)
    assert len(first & second) <= len(first | second) / 3


def test_words_planted_in_some_interviews_are_found_and_counted() -> None:
    talk = ["I always pack a sandwich with cheese for the long road", "My suitcase broke again at the busy station"]
    documents = []
    for number in range(12):
        about = talk[0] if number < 7 else talk[1]
        lines = "".join(f"P{number:02d}: {about} on day {day}.\n\n" for day in range(3))
        filler = "".join(
            f"P{number:02d}: I really saw the blue river number {number} {day} at noon.\n\n" for day in range(2)
        )
        text = f"Interviewer: Tell me.\n\n{lines}{filler}Interviewer: Thanks.\n"
        documents += read(text.encode(), f"P{number:02d}.txt").documents
    (persona,) = made(as_inputs(documents), count=1).personas
    supports = {}
    for claim in persona.themes or ():
        for word in ("cheese", "station"):
            if word in claim.text:
                supports[word] = claim.support
    assert supports == {"cheese": 7, "station": 5}


def said(*texts: tuple[str, str]) -> list[Sentence]:
    """Sentences by who says them."""
    return [Sentence(Digest("sha256:0"), 0, len(text), text, who, "", asked=False) for who, text in texts]


def test_a_theme_of_one_person_is_none() -> None:
    sentences = said(("A", "fresh bread"), ("X", "fresh bread"), ("A", "grey salt"), ("B", "salt"))
    themes = [Theme(("bread", "fresh"), {"A": [0], "X": [1]}), Theme(("salt", "grey"), {"A": [2], "B": [3]})]
    found = themes_of_group(themes, sentences, ["A", "B"], 3, 4, BEST)
    assert [(one.terms, one.carriers) for one in found] == [(("salt",), {"A": [2], "B": [3]})]
    alone = themes_of_group(themes, sentences, ["A"], 3, 4, BEST)
    assert [one.terms for one in alone] == [("bread", "fresh"), ("salt", "grey")]


def test_a_word_that_only_others_say_names_nothing() -> None:
    sentences = said(("A", "the connection"), ("B", "a connection"), ("X", "the tunnel"), ("Y", "tunnel connection"))
    theme = Theme(("tunnel", "connection"), {"A": [0], "B": [1], "X": [2], "Y": [3]})
    (found,) = themes_of_group([theme], sentences, ["A", "B"], 4, 4, BEST)
    assert (found.terms, found.carriers) == (("connection",), {"A": [0], "B": [1]})


def test_what_the_group_says_more_than_others_comes_first_and_no_word_twice() -> None:
    people = [f"P{n}" for n in range(8)]
    inside = people[:4]
    sentences = said(*((who, "everybody walks") for who in people), *((who, "harbour pier gulls") for who in inside))
    themes = [
        Theme(("everybody",), {who: [n] for n, who in enumerate(people)}),
        Theme(("harbour", "pier"), {who: [n + 8] for n, who in enumerate(inside)}),
        Theme(("pier", "gulls"), {who: [n + 8] for n, who in enumerate(inside[:3])}),
    ]
    found = themes_of_group(themes, sentences, inside, 8, 4, BEST)
    assert [set(one.terms) for one in found] == [{"harbour", "pier"}, {"everybody"}]
    assert set(found[1].carriers) == set(inside)
    assert len(themes_of_group(themes, sentences, inside, 8, 1, BEST)) == 1
    np.testing.assert_allclose(share_of_theme(themes[1:2], 12, people), [0] * 8 + [0.5] * 4)


def test_the_seed_matters_to_the_choice_above_temperature_zero_only(two_populations: list[Input]) -> None:
    some = two_populations[30:50]
    cold = [made(some, count=1, seed=seed).personas[0].themes for seed in (1, 2)]
    assert cold[0] == cold[1]
    hot = {str(made(some, count=1, seed=seed, temperature=2.0).personas[0].themes) for seed in range(4)}
    assert len(hot) > 1


def test_few_sentences_have_no_themes_and_say_so(small: list[Input], shared: Path) -> None:
    (persona,) = made(small, count=1).personas
    assert persona.themes is None
    assert persona.missing["themes"].message == "no theme is carried by two of the 3 members"
