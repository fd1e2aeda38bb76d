"""Quotations that somebody wrote, held against one small interview, one sentence at a time, and against any letters."""

from __future__ import annotations

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from tests.generation.conftest import as_inputs

from persona.generation.anchoring import Anchored, Anchors, Refused
from persona.generation.plaintext import fold, tokens
from persona.model.canonical import Digest
from persona.model.sources import Document, Input, ParticipantCard, Turn
from persona.sources import read

TALK = """Interviewer: Did they promote you after the merger?
Ann: The company hired my brother last spring. I think it is 2.5 hours of work, with 1,000 people and 5% growth. The temperature was -5 degrees outside yesterday.
Interviewer: And what else?
Ann: It was useful for us in the lab. The employer trusts every employee in the building. I wait 2½ hours and it takes 10² steps. I like the tool, but it is not useful when we write grants for the university.
Interviewer: More?
Ann: We used to trust the results. I have a few friends who can read it. My data is complete and it is a typical method. The doctors trust the nurses because they are careful with every patient. Only the manager may open the door.
Interviewer: Last?
Ann: It is legal here to sell the data. He could never finish it because the café was closed. I tried to fix the old printer. I almost finished the whole report. Yes.
Interviewer: Bye?
Ann: I hate the new design. I love my job. I don't trust the delivery date. Um... it works well for the daily order.
Ben: Nobody told me that the results were private. I trust the delivery date.
"""


def inputs_of(text: str) -> list[Input]:
    return as_inputs(read(text.encode(), "talk.txt").documents)


@pytest.fixture(scope="module")
def talk() -> list[Input]:
    return inputs_of(TALK)


@pytest.fixture(scope="module")
def anchors(talk: list[Input]) -> Anchors:
    return Anchors(talk)


def shown(found: Anchored | Refused, inputs: list[Input]) -> list[str]:
    assert isinstance(found, Anchored), found
    texts = {item.digest: item.document.text for item in inputs}
    return [texts[document][start:end] for document, start, end in found.spans]


@pytest.mark.parametrize(
    ("quotation", "kind", "words"),
    [
        ("the COMPANY hired my brother last spring", "exact", ["The company hired my brother last spring"]),
        ("“The company hired my brother last spring.”", "exact", ["The company hired my brother last spring."]),
        ("*I don’t  trust the delivery\u00a0date*", "exact", ["I don't trust the delivery date"]),
        ("Ｔｈｅ company hired my brother", "exact", ["The company hired my brother"]),
        ("The temperature was −5 degrees outside", "exact", ["The temperature was -5 degrees outside"]),
        ("because the cafe\u0301 was closed", "exact", ["because the café was closed"]),
        ("I wait 2½ hours", "exact", ["I wait 2½ hours"]),
        ("I love my job", "exact", ["I love my job"]),
        ("Yes", "exact", ["Yes."]),
        ("Um... it works well for the daily order", "exact", ["Um... it works well for the daily order"]),
        ("Um … it works well for the dayly order", "near", ["Um", "it works well for the daily order"]),
        ("The company hired my borther last spring", "near", ["The company hired my brother last spring"]),
        ("The company hired s my brother last spring", "near", ["The company hired my brother last spring"]),
        ("Thecompany hired my brother last sprng", "near", ["The company hired my brother last spring"]),
        ("The doctors trust athe nurses because", "near", ["The doctors trust the nurses because"]),
        ("because the cafe was closed", "near", ["because the café was closed"]),
        ("it isn't useful when we write grants", "near", ["it is not useful when we write grants"]),
        ("with 1000 people and five percent growth", "near", ["with 1,000 people and 5% growth"]),
        ("I dont trust the delivery date", "near", ["I don't trust the delivery date"]),
        (
            "The doctors trust the nurses because they are with every patient",
            "near",
            ["The doctors trust the nurses because they are careful with every patient"],
        ),
        (
            "We used to trust ... friends who can read it",
            "exact",
            ["We used to trust", "friends who can read it"],
        ),
        (
            "It was useful for us […] I like the tool",
            "exact",
            ["It was useful for us", "I like the tool"],
        ),
        (
            "I wait 2½ hours and it takes 10² steps. ... We used to trust the results",
            "exact",
            ["I wait 2½ hours and it takes 10² steps.", "We used to trust the results"],
        ),
        ("The company … my brohter last spring", "near", ["The company", "my brother last spring"]),
    ],
)
def test_what_ann_said(anchors: Anchors, talk: list[Input], quotation: str, kind: str, words: list[str]) -> None:
    found = anchors.find(quotation, "Ann")
    assert shown(found, talk) == words
    assert isinstance(found, Anchored)
    assert found.kind == kind
    assert found.score == 100 if kind == "exact" else 90 <= found.score <= 100


@pytest.mark.parametrize(
    ("quotation", "reason"),
    [
        ("", "empty"),
        ("... “” –", "empty"),
        ("my brother", "too_short"),
        ("I think it", "too_short"),
        ("No", "too_short"),
        ("A sentence that nobody ever said in this small talk", "not_found"),
        # another word
        ("The company fired my brother last spring", "words_differ"),
        ("The company hired my sister last spring", "words_differ"),
        ("The nurses trust the doctors because they are careful with every patient", "words_differ"),
        ("He should never finish it because the café was closed", "words_differ"),
        ("You like the tool, but it is not useful when we write grants", "words_differ"),
        ("We trust the results.", "words_differ"),
        ("We trust the results. I have a few friends who can read it.", "words_differ"),
        ("I have few friends who can read it", "words_differ"),
        ("I finished the whole report", "words_differ"),
        ("I fix the old printer", "words_differ"),
        ("It is legal here to buy the data", "words_differ"),
        ("The company hired my brother last spring and I was glad", "words_differ"),
        # the opposite
        ("It is illegal here to sell the data", "negation_differs"),
        ("He could finish it because the café was closed", "negation_differs"),
        ("I do trust the delivery date now", "negation_differs"),
        ("I like the tool, but it is useful when we write grants", "negation_differs"),
        ("but it is ... useful when we write grants", "negation_differs"),
        ("I fail to like the tool, but it is not useful", "negation_differs"),
        ("My data is incomplete and it is a typical method", "negation_differs"),
        ("My data is complete and it is atypical method", "negation_differs"),
        ("The doctors trust the nurses because they are careless with every patient", "negation_differs"),
        ("The employee trusts every employer in the building", "negation_differs"),
        # another number
        ("I think it is 3.5 hours of work", "numbers_differ"),
        ("I think it is hours of work, with 1,000 people", "numbers_differ"),
        ("with 1,000 people and 5 growth", "numbers_differ"),
        ("The temperature was 5 degrees outside yesterday", "numbers_differ"),
        ("I wait 2 hours and it takes 10² steps", "numbers_differ"),
        # somebody else's
        ("Nobody told me that the results were private", "another_participant"),
        ("Nobody told me that the resluts were private", "another_participant"),
        ("I trust the delivery date", "another_participant"),
        ("Did they promote you after the merger?", "another_participant"),
        # glued
        ("The company hired my brother last spring ... I love my job.", "spliced"),
        ("I love my job ... The company hired my brother", "spliced"),
        ("I like the tool ... It was useful for us", "spliced"),
        ("The company hired my brother. I hate the new design", "spliced"),
        ("Nobody told me that ... the company hired my brother", "spliced"),
        ("I hate ... my job", "spliced"),
        ("I hate the new ... my job", "spliced"),
        ("I ... trust ... the nurses", "negation_differs"),
    ],
)
def test_what_ann_did_not_say(anchors: Anchors, quotation: str, reason: str) -> None:
    found = anchors.find(quotation, "Ann")
    assert isinstance(found, Refused), found
    assert found.reason == reason, found
    assert "Ann" not in found.message
    assert "Ben" not in found.message


@pytest.mark.parametrize(
    "quotation",
    [
        "5 hours of work, with 1,000 people",
        "000 people and 5% growth",
        "it takes 10 2 steps",
        "wait 2 1 hours and it takes",
    ],
)
def test_a_number_is_never_cut(anchors: Anchors, quotation: str) -> None:
    assert isinstance(anchors.find(quotation, "Ann"), Refused)


def test_a_refusal_offers_the_nearest_words_of_that_person_only(anchors: Anchors) -> None:
    found = anchors.find("I trust the delivery date", "Ann")
    assert isinstance(found, Refused)
    assert found.nearest == "I don't trust the delivery date"
    found = anchors.find("Nobody told me that the results were private", "Ann")
    assert isinstance(found, Refused)
    assert "Nobody" not in (found.nearest or "")
    found = anchors.find("Volcanoes erupt seldom around midnight near Naples", "Ann")
    assert isinstance(found, Refused)
    assert found.nearest is None


def test_nobody_named_means_whoever_said_it(anchors: Anchors, talk: list[Input]) -> None:
    for quotation in ("nobody told me that the results were private", "Nobody told me that the resluts were private"):
        assert shown(anchors.find(quotation), talk)[0].lower().startswith("nobody told me that the results")
    assert (
        shown(anchors.find("Nobody told me … I trust the delivery date"), talk)[1] == "I trust the delivery date."[:-1]
    )
    assert isinstance(anchors.find("Nobody hired my brother last spring"), Refused)


def test_people_limit_whose_words_count(talk: list[Input]) -> None:
    only_ben = Anchors(talk, {"Ben"})
    found = only_ben.find("The company hired my brother last spring")
    assert isinstance(found, Refused)
    assert found.reason == "another_participant"
    assert shown(only_ben.find("I trust the delivery date"), talk) == ["I trust the delivery date"]


def test_a_whole_short_sentence_is_shown_where_it_stands(talk: list[Input]) -> None:
    inputs = inputs_of("Interviewer: Well?\nAnn: I said yes to yesterday, no doubt. Yes! It is so.\n")
    (span,) = [found.spans[0] for found in [Anchors(inputs).find("yes", "Ann")] if isinstance(found, Anchored)]
    assert inputs[0].document.text[span[1] : span[2]] == "Yes!"


def test_words_of_two_documents_are_not_one_quotation() -> None:
    texts = ["I walk to the old harbour every day.", "I swim in the cold river at night."]
    documents = [
        read(f"Interviewer: What?\nP07: {text}\n".encode(), f"{number}.txt").documents[0]
        for number, text in enumerate(texts)
    ]
    anchors = Anchors(as_inputs(documents))
    assert all(isinstance(anchors.find(text, "P07"), Anchored) for text in texts)
    for first, second in (texts, texts[::-1]):
        found = anchors.find(f"{first} ... {second}", "P07")
        assert isinstance(found, Refused)
        assert found.reason == "spliced"


def test_a_quotation_longer_than_the_turn_is_not_taken_for_it() -> None:
    inputs = inputs_of("Interviewer: Why?\nAnn: It saves me an hour of work.\n")
    for more in ("and it is the best tool that I ever had", "and I am glad", "not"):
        for text in (f"It saves me an hour of work {more}", f"{more} It saves me an hour of work"):
            assert isinstance(Anchors(inputs).find(text, "Ann"), Refused), text


# Any letters

WORDS = st.one_of(
    st.sampled_from(
        ["straße", "İstanbul", "ﬁnd", "cafe\u0301", "naïve", "data", "3.5", "won't", "x-ray", "Ａpple", "über", "ılık", "don’t",
         "O'Neil", "½", "10²", "👩\u200d💻", "🙂", "한국어", "데이터", "ガ", "我们", "हिन्दी", "e\u0323\u0301", "co\u00adop", "ǅ", "ΐ", "a–b", "“so”", "5%"]
    ),
    st.text(alphabet=st.characters(categories=["Ll", "Lu", "Lo", "Mn", "Nd", "So"]), min_size=1, max_size=8),
)  # fmt: skip


def said_by(*turns: str) -> Input:
    """One document in which the same person says these turns."""
    text, made = "", []
    for number, words in enumerate(turns):
        start = len(text)
        text += words
        made.append(Turn(number, "Ann", "participant", start, len(text), "Ann"))
        text += "\n\n"
    document = Document(Digest("sha256:0"), "t", text, tuple(made), (), (ParticipantCard("Ann"),), "txt")
    return Input(Digest("sha256:1"), document, {"Ann": "Ann"})


def plain(text: str) -> list[str]:
    return [token.word for token in tokens(fold(text).text)]


@given(st.lists(WORDS, min_size=5, max_size=20), st.data())
def test_any_five_words_are_found_at_their_exact_place(said: list[str], data: st.DataObject) -> None:
    """Whatever the letters, and after every change that is only one of form."""
    assume(all(plain(word) and not word.isspace() for word in said))
    first = data.draw(st.integers(0, len(said) - 5))
    last = data.draw(st.integers(first + 5, len(said)))
    words = said[first:last]
    assume(all(len(tokens(fold(f"{word} x").text)) == len(plain(word)) + 1 for word in said))
    assume(len(fold(" ".join(words)).text) >= 12)
    text = data.draw(st.sampled_from([" ", "  ", "\n", "\u00a0", " \u200b"])).join(words)
    text = data.draw(st.sampled_from([str, str.upper, str.lower, str.casefold, str.swapcase]))(text)
    text = data.draw(st.sampled_from(["{}", "“{}”", " {} ", "«{}»", "'{}'", "{}…"])).format(text)
    assume(
        fold(text).text.strip("\"' .") == fold(" ".join(words)).text.strip("\"' .")
    )  # not every letter survives its case
    item = said_by("So it goes.", " ".join(said))
    found = Anchors([item]).find(text.replace("’", "'"), "Ann")
    assert isinstance(found, Anchored), found
    assert found.kind == "exact"
    (span,) = found.spans
    assert plain(item.document.text[span[1] : span[2]]) == [one for word in words for one in plain(word)]


@given(st.lists(WORDS, min_size=3, max_size=12), st.lists(WORDS, min_size=3, max_size=12), st.text(max_size=80))
def test_whatever_is_taken_lies_inside_one_turn(one: list[str], other: list[str], noise: str) -> None:
    item = said_by(" ".join(one), " ".join(other))
    anchors = Anchors([item])
    for quotation in (noise, " ".join(one + other), " ".join(one)[1:], " … ".join((" ".join(one), " ".join(other)))):
        found = anchors.find(quotation, "Ann")
        if isinstance(found, Anchored):
            for document, start, end in found.spans:
                assert document == item.digest
                assert any(turn.start <= start < end <= turn.end for turn in item.document.turns)
