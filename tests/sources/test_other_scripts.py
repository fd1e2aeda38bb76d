"""Speakers and sentences in scripts without capitals, without blanks, and with marks of their own."""

from __future__ import annotations

import pytest

from persona.generation.sentences import split
from persona.generation.terms import words_of
from persona.sources import read

TALKS = {
    "japanese": (
        "聞き手: なぜですか。\n話者A: 静かだからです。毎朝、電車で本を読みます。\n聞き手: 今も？\n話者A: はい。\n",
        "話者A",
        2,
    ),
    "japanese, wide colon": ("聞き手：なぜですか。\n話者A：静かだからです。\n話者A：本を読みます。\n", "話者A", 2),
    "arabic": ("المحاور: لماذا؟\nسارة: لأن القطار هادئ.\nسارة: أقرأ كل صباح.\n", "سارة", 2),
    "hindi": ("सीमा: मैं हर सुबह पढ़ती हूँ.\nInterviewer: क्यों?\nसीमा: शांति के लिए.\n", "सीमा", 2),
    "german": ("Öznur: Ich möchte früh da sein.\nInterviewer: Warum?\nÖznur: Wegen der Kinder.\n", "Öznur", 2),
    "greek": ("Ελένη: Διαβάζω στο τρένο.\nInterviewer: Γιατί;\nΕλένη: Είναι ήσυχο.\n", "Ελένη", 2),
}


@pytest.mark.parametrize("name", TALKS)
def test_a_speaker_is_found_in_any_script(name: str) -> None:
    text, who, turns = TALKS[name]
    (document,) = read(text.encode(), "talk.txt").documents
    assert sum(turn.speaker == who for turn in document.turns) == turns
    assert who in [card.key for card in document.participants]


def test_a_sentence_that_begins_small_is_no_speaker() -> None:
    (document,) = read(b"P01: I asked him this.\nand he said: no way\nP02: Right.\n", "talk.txt").documents
    assert [turn.speaker for turn in document.turns] == ["P01", "P02"]


def test_a_conversation_without_participants_is_imported_with_a_remark() -> None:
    reading = read(b"Interviewer: Hello?\nModerator: Nobody came.\n", "talk.txt")
    assert reading.documents[0].participants == ()
    (note,) = reading.notes
    assert "nobody speaks as a participant" in note
    assert "Interviewer, Moderator" in note


def test_sentences_end_at_the_marks_of_their_script() -> None:
    text = "静かだからです。「いいね。」と言いました！本当？はい"
    assert [text[a:b] for a, b in split(text)] == [
        "静かだからです。",
        "「いいね。」",
        "と言いました！",
        "本当？",
        "はい",
    ]


def test_words_keep_their_letters() -> None:
    assert words_of("Ich möchte die Straßenbahn, naïve façade; l'été") == ["ich", "möchte", "die", "straßenbahn", "naïve", "façade", "l'été"]  # fmt: skip
