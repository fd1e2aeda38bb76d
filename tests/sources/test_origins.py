"""The map back: every stretch of a document leads to the same words in the original."""

from __future__ import annotations

import re
import unicodedata
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from persona.model.sources import Document
from persona.sources import read
from persona.sources.encoding import decode

TEXTS = [
    "plain.txt",
    "plain-cp1252.txt",
    "plain-utf16.txt",
    "timestamps.txt",
    "otter.txt",
    "teams.vtt",
    "zoom.vtt",
    "rev-style.srt",
    "repository-note.md",
]


def flat(text: str) -> str:
    return re.sub(r"\s+", " ", unicodedata.normalize("NFC", text)).strip()


def check(document: Document, original: str) -> None:
    covered = [False] * len(document.text)
    for origin in document.origins:
        assert origin.place
        assert origin.origin_start is not None
        assert origin.origin_end is not None
        assert flat(document.text[origin.start : origin.end]) == flat(original[origin.origin_start : origin.origin_end])
        covered[origin.start : origin.end] = [True] * (origin.end - origin.start)
    for turn in document.turns:
        missing = [at for at in range(turn.start, turn.end) if not covered[at] and not document.text[at].isspace()]
        assert not missing


@pytest.mark.parametrize("transcript", ["science_0000", "science_0007"])
@pytest.mark.parametrize("form", TEXTS)
def test_every_stretch_of_text_leads_back(shared: Path, transcript: str, form: str) -> None:
    data = (shared / "data/interviews/format-variants" / transcript / form).read_bytes()
    check(read(data, form).documents[0], decode(data, form).text)


words = st.text(alphabet="abcdé ñ e\u0301.,’-", min_size=1, max_size=40).filter(
    lambda text: re.search(r"[a-z]", text) is not None
)


@given(
    st.lists(st.tuples(st.sampled_from(["Interviewer", "P01", "Maria Lopez"]), words), min_size=1, max_size=5),
    st.sampled_from(["\n", "\r\n"]),
)
def test_any_conversation_in_lines_leads_back(talk: list[tuple[str, str]], end: str) -> None:
    original = (end + end).join(f"{who}: {said}" for who, said in talk) + end
    (document,) = read(original.encode(), "talk.txt").documents
    check(document, original)
    assert [flat(document.words(turn)) for turn in document.turns] == [flat(said) for _, said in talk]
    ends = [0]
    for turn in document.turns:
        assert ends[-1] <= turn.start < turn.end <= len(document.text)
        ends.append(turn.end)


@pytest.mark.parametrize(
    ("name", "text", "place"),
    [
        ("a.csv", "speaker,text\nP01,I walk every day.\n", "row 2, column text"),
        ("a.json", '[{"speaker": "P01", "text": "I walk every day."}]', "/0/text"),
        ("a.vtt", "WEBVTT\n\n00:01.000 --> 00:02.000\n<v P01>I walk every day.</v>\n", "cue 1"),
    ],
)
def test_the_place_is_one_a_person_can_find(name: str, text: str, place: str) -> None:
    (document,) = read(text.encode(), name).documents
    assert document.origins[0].place == place
    assert document.text == "I walk every day."
