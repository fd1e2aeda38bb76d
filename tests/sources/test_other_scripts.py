"""Speakers and sentences in scripts without capitals, without blanks, and with marks of their own."""

from __future__ import annotations

from pathlib import Path

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


GERMAN = (
    "Ich möchte morgens früh ankommen, weil die Kinder um acht Uhr in der Schule sein müssen und der Bus oft zu spät "
    "kommt. Meistens fahre ich mit dem Rad, aber im Winter geht das nicht so gut wie im Sommer."
)
FRENCH = (
    "Je veux arriver tôt le matin parce que les enfants doivent être à l'école à huit heures et que le bus est souvent en "
    "retard. Le plus souvent je prends le vélo, mais en hiver ce n'est pas aussi facile qu'en été."
)
DUTCH = (
    "Ik wil 's ochtends vroeg aankomen, omdat de kinderen om acht uur op school moeten zijn en de bus vaak te laat is. "
    "Meestal ga ik met de fiets, maar in de winter is dat niet zo makkelijk als in de zomer."
)
ENGLISH = (
    "I want to be there early, because the children have to be at school by eight and the bus is often late. I mostly "
    "take the bike, but in winter that does not work as well as it does in summer."
)


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (GERMAN, True),
        (FRENCH, True),
        (DUTCH, True),
        (ENGLISH, False),
        ("静かだからです。", True),
        ("Ja, genau.", False),
        ("Tea!", False),
    ],
)
def test_words_that_are_not_english_are_remarked_on(words: str, told: bool) -> None:
    reading = read(f"Interviewer: And?\nP01: {words}\n".encode(), "talk.txt")
    assert any("not read as English" in note for note in reading.notes) == told


def test_english_interviews_are_not_remarked_on(shared: Path) -> None:
    folder = shared / "data/interviews"
    files = [*(folder / "anthropic-interviewer-workforce").glob("work_*.md")]
    files += (folder / "anthropic-interviewer-scientists").glob("*.csv")
    files += (folder / "jupyter-ux-survey-2015").glob("*SurveyExport.csv")
    notes = [note for file in files for note in read(file.read_bytes(), file.name).notes]
    assert not [note for note in notes if "not read as English" in note]


@pytest.mark.parametrize("who", ["インタビュアー", "質問者", "Moderatorin", "Enquêtrice"])
def test_interviewers_of_other_languages_are_known(who: str) -> None:
    (document,) = read(f"{who}: なぜですか。\nA: 静か。\n{who}: 今も？\nA: はい。\n".encode(), "talk.txt").documents
    assert {turn.speaker for turn in document.turns if turn.role == "interviewer"} == {who}
