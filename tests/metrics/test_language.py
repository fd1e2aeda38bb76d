"""How personas are worded: log-odds by another way of computing, words that are planted, and a list of examples."""

from __future__ import annotations

import random
import re
from collections import Counter

import msgspec
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.metrics.making import interview, measured, one_persona, persona_set, quoted, words

from persona.metrics.language import log_odds, own_claims
from persona.metrics.loaded_words import VERSION, WORDS, loaded_words
from persona.model.measures import Measure
from persona.model.personas import Claim, Persona

chance = random.Random(3)
COMMON = [f"word{at}" for at in range(3000)]
SPEECH = {
    who: " ".join(chance.choices(COMMON, weights=[1 / (at + 1) for at in range(3000)], k=3000))
    for who in ("Anna", "Ben")
}
"""Two people with many rare words, as people have."""
SPEECH["Ben"] += " ballet" * 25
PEOPLE = {who: interview(who, text) for who, text in SPEECH.items()}
SOME = words(PEOPLE["Anna"], SPEECH["Anna"][:11])


def written(text: str, *members: str, id: str = "p", method: str = "model") -> Persona:
    """A persona with one sentence of its engine."""
    claim = msgspec.structs.replace(quoted(SOME, text=text), method=method)
    return one_persona(id, list(members or ("Anna",)), needs=(claim,))


def language(*personas: Persona) -> Measure:
    return measured(persona_set(*personas), *PEOPLE.values())["bias_language"]


def listed(found: Measure, which: str = "more") -> set[str]:
    return {word for one in found.details["words"] for word, _ in one[which]}


def as_they_speak(seed: int, count: int = 150) -> str:
    return " ".join(random.Random(seed).choices(SPEECH["Anna"].split(), k=count))


@given(
    st.dictionaries(st.sampled_from("abcdef"), st.integers(0, 40)),
    st.dictionaries(st.sampled_from("abcdef"), st.integers(0, 40)),
    st.dictionaries(st.sampled_from("abcdef"), st.floats(0.01, 20), min_size=2),
)
def test_log_odds_equal_the_formula_in_arrays_and_turn_round(
    one: dict[str, int], other: dict[str, int], prior: dict[str, float]
) -> None:
    one, other = ({word: n for word, n in text.items() if word in prior} for text in (one, other))
    names = sorted(prior)
    y1, y2, a = (np.array([text.get(word, 0) for word in names], dtype=float) for text in (one, other, prior))
    odds = [(y + a) / ((y + a).sum() - (y + a)) for y in (y1, y2)]
    z = (np.log(odds[0]) - np.log(odds[1])) / np.sqrt(1 / (y1 + a) + 1 / (y2 + a))
    found = log_odds(one, other, prior)
    assert [found[word] for word in names] == pytest.approx(z.tolist(), abs=1e-9)
    back = log_odds(other, one, prior)
    assert all(found[word] == pytest.approx(-back[word], abs=1e-9) for word in names)


def test_a_word_without_prior_or_that_is_all_there_is_has_no_score() -> None:
    assert log_odds({"a": 3, "b": 1}, {"a": 1, "b": 1}, {"a": 2.0}).keys() == {"a"}
    assert log_odds({"a": 3}, {"a": 1}, {"a": 2.0}) == {}


def test_who_writes_as_the_members_speak_has_few_words_listed() -> None:
    shares = []
    for seed in range(30):
        text = as_they_speak(seed)
        found = language(written(text))
        assert found.denominator == 150
        shares.append((found.value or 0) / len(set(text.split())))
    assert np.mean(shares) < 0.05


def test_a_word_that_the_members_never_say_is_listed_from_four_uses_on() -> None:
    before = language(written(as_they_speak(1)))
    after = language(written(as_they_speak(1) + " savvy" * 4))
    assert "savvy" in listed(after)
    assert (after.value or 0) >= (before.value or 0) + 1
    assert after.details["words"][0]["persona"] == "p"
    assert "savvy" not in listed(language(written(as_they_speak(1) + " savvy")))


def test_the_group_is_the_members_and_not_everybody() -> None:
    """Ben says ballet all the time; of Anna it is invented."""
    text = as_they_speak(2) + " ballet" * 6
    assert "ballet" in listed(language(written(text, "Anna")))
    assert "ballet" not in listed(language(written(text, "Ben")))
    silent = language(written("never a word of ballet", "Ben", id="q"))
    assert "ballet" not in listed(silent)


def test_what_the_members_always_say_and_the_persona_never_is_listed_as_less() -> None:
    text = as_they_speak(4, 900).replace("word0 ", "").replace(" word0", "")
    found = language(written(text))
    assert "word0" in listed(found, "less")
    assert "word0" not in listed(found)


def test_copies_count_for_each_and_order_for_nothing() -> None:
    one, other = written(as_they_speak(1) + " savvy" * 5, id="p"), written(as_they_speak(2) + " brisk" * 5, id="q")
    alone, pair = language(one), language(one, other)
    assert pair.value == language(other, one).value
    assert "savvy" in listed(pair)
    assert "brisk" in listed(pair)
    shown = [found for one in pair.details["words"] for which in ("more", "less") for found in one[which]]
    assert pair.value == len(shown) >= 2  # few enough to be shown whole
    assert all(abs(z) > 1.96 for _, z in shown)
    copied = language(one, msgspec.structs.replace(one, id="c"))
    assert copied.value == pytest.approx(2 * (alone.value or 0), abs=2)


@settings(max_examples=20)
@given(st.randoms(use_true_random=False))
def test_the_order_of_words_means_nothing(mix: random.Random) -> None:
    text = (as_they_speak(1) + " savvy" * 5).split()
    first = language(written(" ".join(text)))
    again = language(written(" ".join(mix.sample(text, len(text)))))
    assert (first.value, first.details) == (again.value, again.details)


def test_only_the_engines_own_words_are_looked_at() -> None:
    savvy = "savvy " * 6
    for claim in (
        quoted(SOME),
        msgspec.structs.replace(quoted(SOME, text=savvy), method="template"),
        msgspec.structs.replace(quoted(SOME, text=savvy), method="distribution"),
        msgspec.structs.replace(quoted(SOME, text="They talk about “savvy”."), method="theme"),
    ):
        persona = one_persona("p", ["Anna"], needs=(claim,), summary=None)
        assert own_claims(persona) == []
        found = language(persona)
        assert (found.value, found.status, found.denominator) == (None, "not_applicable", 0)
    named = written(savvy, method="theme")
    assert [path for path, _ in own_claims(named)] == ["needs[0]"]


def test_a_denial_is_a_word_like_any_other() -> None:
    assert {"never"} <= listed(language(written(as_they_speak(1) + " never" * 6)))


def test_loaded_words_are_shown_with_what_they_are_about_and_who_says_them() -> None:
    grandma = interview("Cleo", "I am elderly and I like maps. They call me old fashioned.")
    claim = msgspec.structs.replace(
        quoted(words(grandma, "I like maps"), text="An elderly, tech-savvy and old-fashioned woman"), method="written"
    )
    personas = persona_set(one_persona("p", ["Cleo"], needs=(claim,)))
    found = measured(personas, grandma)["bias_language"]
    assert found.details["loaded_words_version"] == VERSION
    assert [(one["word"], one["about"], one["members_say_it"]) for one in found.details["loaded"]] == [
        ("elderly", "age", True),
        ("tech-savvy", "age", False),
        ("old-fashioned", "age", True),
    ]
    assert {one["claim"] for one in found.details["loaded"]} == {"p.needs[0]"}
    assert found.direction == "none"


def test_the_list_finds_whole_words_and_phrases_only() -> None:
    for about, listed_words in WORDS.items():
        for word in listed_words:
            for text in (word, word.upper(), word.replace("-", " "), f"({word})", f"so {word}."):
                hits = loaded_words(text)
                assert [about for _, about in hits] == [about], text
    assert loaded_words("a bravery award, exoticism, ethnicity, elderlyish, non-ethnic, elderly-like") == []
    assert loaded_words("confined  to a\nwheelchair")[0][1] == "disability"
    every = [word for listed_words in WORDS.values() for word in listed_words]
    assert len(every) == len(set(every))
    assert max(Counter(every).values()) == 1
    assert all(re.fullmatch(r"[a-z][a-z -]+", word) for word in every)
    assert all(isinstance(one, Claim) for _, one in own_claims(written("x")))
