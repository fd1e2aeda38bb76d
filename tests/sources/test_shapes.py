"""Tables in their three shapes, roles, labels, and the real data sets."""

from __future__ import annotations

from pathlib import Path

import pytest

from persona.sources import read


def test_one_transcript_a_row(shared: Path) -> None:
    file = shared / "data/interviews/anthropic-interviewer-scientists/scientists_transcripts.csv"
    documents = read(file.read_bytes(), file.name).documents
    assert [one.part for one in documents] == [f"science_{number:04d}" for number in range(125)]
    assert {turn.speaker for one in documents for turn in one.turns} == {"Assistant", "AI", "User"}
    assert all(one.participants[0].key == one.part and not one.participants[0].specific for one in documents)


def test_the_workforce_interviews(shared: Path) -> None:
    files = sorted((shared / "data/interviews/anthropic-interviewer-workforce").glob("work_*.md"))
    assert len(files) == 40
    for file in files:
        (document,) = read(file.read_bytes(), file.name).documents
        assert document.title == file.stem
        assert {turn.speaker: turn.role for turn in document.turns}["User"] == "participant"
        assert {turn.role for turn in document.turns if turn.speaker in ("AI", "Assistant")} == {"interviewer"}


def test_the_survey_of_2015(shared: Path) -> None:
    file = shared / "data/interviews/jupyter-ux-survey-2015/20160115235816-SurveyExport.csv"
    reading = read(file.read_bytes(), file.name)
    assert len(reading.documents) == 960
    assert any("746 participant(s)" in note for note in reading.notes)
    questions = {turn.question for one in reading.documents for turn in one.turns}
    assert "What aspects of Jupyter Notebook make it difficult to use in your workflow?" in questions
    attributes = {key for one in reading.documents for key in one.participants[0].attributes}
    assert "how often do you use jupyter notebook?" in attributes


def test_messy_observation_notes_become_a_document_a_participant(shared: Path) -> None:
    file = shared / "data/interviews/jupyterlab-user-tests-2018/jupyterlab-ux-data.csv"
    documents = read(file.read_bytes(), file.name).documents
    assert "CrimpleBackAntiqueCake" in {one.participants[0].key for one in documents}


def test_a_survey_with_people_and_private_columns() -> None:
    text = (
        "Respondent,E-mail,Age,What do you want to change about the bus?\n"
        "R1,a@example.org,31,I would like a bus that comes before six in the morning.\n"
        "R2,b@example.org,52,\n"
        "R3,c@example.org,44,Nothing at all because the driver already knows every one of us.\n"
    )
    reading = read(text.encode(), "survey.csv")
    assert [one.participants[0].key for one in reading.documents] == ["R1", "R3"]
    assert reading.documents[0].participants[0].attributes == {"age": "31"}
    assert reading.documents[0].turns[0].question == "What do you want to change about the bus?"
    assert any("E-mail" in note for note in reading.notes)
    assert any("1 participant(s) gave no open answer" in note for note in reading.notes)


def test_second_header_rows_of_survey_tools_are_skipped() -> None:
    text = 'Q1,Q2\n"{""ImportId"":""QID1""}","{""ImportId"":""QID2""}"\nyes,I walk because the bus never comes on time.\nno,We take the car since my knee hurts in winter.\n'
    reading = read(text.encode(), "export.csv")
    assert len(reading.documents) == 2
    assert any("second header" in note for note in reading.notes)


@pytest.mark.parametrize("mark", [",", ";", "\t"])
def test_separators_are_found(mark: str) -> None:
    text = f'speaker{mark}text\nP01{mark}"I walk, mostly; alone"\n'
    assert read(text.encode(), "a.csv").documents[0].text == "I walk, mostly; alone"


def test_one_file_of_turns_can_hold_several_conversations() -> None:
    text = "transcript_id,speaker,text\na,P01,I walk.\nb,P02,I ride.\na,P01,Daily.\n"
    documents = read(text.encode(), "a.csv").documents
    assert [(one.part, one.text) for one in documents] == [("a", "I walk.\n\nDaily."), ("b", "I ride.")]


def test_the_one_who_asks_is_the_interviewer_when_no_label_says_so() -> None:
    text = "Ann: How are you?\nBob: I am tired of the stairs.\nAnn: Why is that?\nBob: They are steep. They are many.\n"
    (document,) = read(text.encode(), "a.txt").documents
    assert {turn.speaker: turn.role for turn in document.turns} == {"Ann": "interviewer", "Bob": "participant"}


@pytest.mark.parametrize("label", ["User", "Participant", "Speaker 1", "Interviewee", "P"])
def test_a_generic_label_takes_the_name_of_the_file(label: str) -> None:
    text = f"Interviewer: Yes?\n{label}: I keep bees on the roof.\n"
    (card,) = read(text.encode(), "visit-7.txt").documents[0].participants
    assert (card.key, card.specific) == ("visit-7", False)


def test_headings_inside_an_answer_are_no_speakers() -> None:
    text = "".join(f"AI: Question {n}?\nUser: Answer {n}.\nInitial Steps: I began. \n" for n in range(1))
    text += "".join(f"AI: Question {n}?\nUser: Answer {n}.\n" for n in range(1, 5))
    reading = read(text.encode(), "a.txt")
    assert {turn.speaker for turn in reading.documents[0].turns} == {"AI", "User"}
    assert any("`Initial Steps:` stands once" in note for note in reading.notes)
    named = text.replace("AI:", "Ann:").replace("User:", "Bob:").replace("Initial Steps:", "Maria Lopez:")
    assert {turn.speaker for turn in read(named.encode(), "a.txt").documents[0].turns} == {"Ann", "Bob", "Maria Lopez"}


def test_metadata_before_the_first_turn_describes_the_participant() -> None:
    text = "Participant: P03\nAge: 41\nDate: 2026-01-05\n\nInterviewer: Yes?\nP03: I bake at night.\n"
    (document,) = read(text.encode(), "a.txt").documents
    assert document.participants[0].attributes == {"age": "41"}
    assert document.attributes["date"] == "2026-01-05"
    assert [turn.speaker for turn in document.turns] == ["Interviewer", "P03"]


def test_the_name_of_the_folder_means_nothing() -> None:
    data = b"Interviewer: Yes?\nUser: I bake at night.\n"
    assert read(data, "/one/place/a.txt") == read(data, "elsewhere/a.txt")
