"""The same conversation in fifteen forms gives the same turns."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from persona.sources import read

FORMS = [
    "plain.txt",
    "plain-cp1252.txt",
    "plain-utf16.txt",
    "timestamps.txt",
    "otter.txt",
    "teams.vtt",
    "zoom.vtt",
    "rev-style.srt",
    "repository-note.md",
    "whisper-style.json",
    "turns.csv",
    "turns.xlsx",
    "teams-style.docx",
    "table-style.docx",
    "transcript.pdf",
]
WITH_PARAGRAPHS = {
    "plain.txt",
    "plain-cp1252.txt",
    "plain-utf16.txt",
    "repository-note.md",
    "turns.csv",
    "turns.xlsx",
    "teams-style.docx",
    "table-style.docx",
}
WHOLE_SECONDS = {"timestamps.txt", "otter.txt", "repository-note.md", "teams-style.docx", "table-style.docx"}
EXACT_TIMES = {"teams.vtt", "zoom.vtt", "rev-style.srt", "whisper-style.json", "turns.csv", "turns.xlsx"}


@pytest.mark.parametrize("transcript", ["science_0000", "science_0007"])
@pytest.mark.parametrize("form", FORMS)
def test_every_form_gives_the_expected_turns(shared: Path, transcript: str, form: str) -> None:
    folder = shared / "data/interviews/format-variants" / transcript
    wanted = json.loads((folder / "expected.json").read_text(encoding="utf-8"))["turns"]
    (document,) = read((folder / form).read_bytes(), form).documents
    found = [(turn.speaker, document.words(turn)) for turn in document.turns]
    if form in WITH_PARAGRAPHS:
        # Blanks at the end of a line are no words; documents do not keep them.
        assert found == [(turn["speaker"], re.sub(r"[ \t]+\n", "\n", turn["text"])) for turn in wanted]
    else:
        flat = [(speaker, re.sub(r"\s+", " ", words)) for speaker, words in found]
        assert flat == [(turn["speaker"], turn["text_flat"]) for turn in wanted]
    if form in WHOLE_SECONDS:
        assert [turn.began for turn in document.turns] == [float(int(turn["start"])) for turn in wanted]
    if form in EXACT_TIMES:
        assert [(turn.began, turn.ended) for turn in document.turns] == [
            (turn["start"], turn["end"]) for turn in wanted
        ]
    asks, answers = {"science_0000": ("Interviewer", "P01"), "science_0007": ("Research Team", "Participant 7")}[
        transcript
    ]
    assert {turn.speaker: turn.role for turn in document.turns} == {asks: "interviewer", answers: "participant"}
    (card,) = document.participants
    assert card.specific
    assert card.key == answers
