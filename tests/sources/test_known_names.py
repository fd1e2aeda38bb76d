"""Names that are known, however they are written, and words that look like them: in sentences, and in real interviews."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

import pytest
from tests.sources.test_redaction import text_of, whole

from persona.sources import read
from persona.sources.redaction import Pseudonyms, Redacted, Redactor, Rules, redact

PEOPLE = (
    "Anna Schmidt", "Tom", "Len", "Don Quist", "Thi Song", "Doe", "Dan", "Les",
    "Will", "Mark", "Rose", "May Rich", "Coach Noor", "June",
)  # fmt: skip


def knowing(*people: str) -> Redactor:
    redactor = Redactor(Rules(), Pseudonyms())
    redactor.meet(read(("Interviewer: Who?\n" + "".join(f"{who}: Me.\n" for who in people)).encode(), "a.txt"))
    return redactor


def said(words: str) -> str:
    text = f"Interviewer: Who?\nP07: {words}\n"
    return text_of(knowing(*PEOPLE).redact(read(text.encode(), "P07.txt"), "P07.txt"))


@pytest.mark.parametrize(
    "words",
    [
        "I asked anna twice, then anna left, and anna's list with it.",
        "i told anna schmidt. anna said no. we need anna",
        "Tom came late, and tom knew.",
        "Toms bike and tom's car are Tom's.",
        "toM and ANNA went.",
        "annas list is here",
        "then thanks, song",
        "so mr will came, and ms rich too",
        "hello rose, can we begin? thanks mark! Bye will",
        "I asked noor, and Noor asked Will.",
        "We told May, and May's list was with June.",
    ],
)
def test_a_known_name_goes_in_any_case_where_it_is_no_word(words: str) -> None:
    left = said(words)
    assert "[Person-" in left
    assert not re.search(r"anna|tom|song|noor|mr will|rich|rose|mark|bye will|may|june", left, re.IGNORECASE)


@pytest.mark.parametrize(
    "words",
    [
        "I will mark the page, and the market rose. You may get rich.",
        "Don't worry, we won't, and I don't either.",
        "This is what he does. Thus it goes, and the lens is less clean.",
        "Does it help? This is fine. Thus far, yes.",
        "The songs are long, my song is short, and songs go on.",
        "My coach helps the coaches; a coach costs little.",
        "Customs are symptoms of the bottom.",
        "dans la maison",
        "It was in May, on May 5 or 6 June, and last June, too. You may go.",
    ],
)
def test_words_that_look_like_names_stay(words: str) -> None:
    assert said(words) == words


def test_a_name_written_small_more_often_than_not_is_no_word() -> None:
    """What was so until a review found it: as many small as large letters made a word of a name."""
    left = said("Anna is new. i asked anna, and anna asked anna. They said anna should.")
    assert "anna" not in left.lower()


# Places


def test_the_title_of_a_sheet_and_the_head_of_a_column_are_redacted(tmp_path: Path) -> None:
    from openpyxl import Workbook

    book = Workbook()
    book.active.title = "Talks of Maria Lopez"
    for row in [["speaker", "text"], ["Interviewer", "What is hard?"], ["Maria Lopez", "All of it."]]:
        book.active.append(row)
    book.save(tmp_path / "a.xlsx")
    done = redact(read((tmp_path / "a.xlsx").read_bytes(), "a.xlsx"), Rules(), Pseudonyms(), "a.xlsx")
    assert "maria" not in whole(done.reading).lower()
    assert [one.place for one in done.reading.documents[0].origins] == [
        "Talks of [Person-01]!B2",
        "Talks of [Person-01]!B3",
    ]


def test_the_question_that_heads_a_column_is_redacted_in_places_too() -> None:
    rows = ["participant,What did Anna Schmidt and a.s@example.org tell you on line 12?"]
    rows += [f"P0{number},she told me number {number} of many other things" for number in range(1, 8)]
    redactor = knowing("Anna Schmidt")
    reading = read("\n".join(rows).encode(), "survey.csv")
    assert any("Anna" in origin.place for document in reading.documents for origin in document.origins)
    done: Redacted = redactor.redact(reading, "survey.csv")
    left = whole(done.reading).lower()
    assert "anna" not in left
    assert "example.org" not in left
    place = done.reading.documents[0].origins[0].place
    assert place == "row 2, column What did [Person-01] and [email] tell you on line 12?"


@pytest.mark.parametrize("text", ["line 12", "row 3, column 2", "cue 5", "page 7", "/segments/3/text", "paragraph 4"])
def test_places_that_only_count_stay(text: str) -> None:
    from persona.sources.redaction.rewriting import parts_of_place

    assert parts_of_place(text) == (text, "", "")


# Real interviews: figures of docs/redaction.md


@cache
def interviews(shared: Path) -> tuple[tuple[str, str], ...]:
    """165 interviews, without speakers' names, as texts."""
    folder = shared / "data/interviews"
    found = [
        (path.name, path.read_text(encoding="utf-8"))
        for path in sorted((folder / "anthropic-interviewer-workforce").glob("work_*.md"))
    ]
    table = folder / "anthropic-interviewer-scientists/scientists_transcripts.csv"
    for document in read(table.read_bytes(), "scientists.csv").documents:
        lines = [
            f"{'Interviewer' if turn.role == 'interviewer' else 'P01'}: {' '.join(document.words(turn).split())}\n"
            for turn in document.turns
        ]
        found.append((f"{document.title}.txt", "".join(lines)))
    return tuple(found)


def replaced(redactor: Redactor, name: str, text: str) -> list[str]:
    done = redactor.redact(read(text.encode(), name), "P01.txt")
    return [one.before for one in done.replacements if one.kind == "name"]


@pytest.mark.parametrize(
    ("who", "instead", "form", "share"),
    [
        ("Anna", "he|she|him|they|them", "Anna", 1.0),
        ("Anna", "he|she|him|they|them", "anna", 1.0),
        ("Tom", "he|she|him|they|them", "tom", 1.0),
        ("Tom", "his|their", "Toms", 1.0),
        ("Tom", "his|their", "tom's", 1.0),
        ("Anna", "his|their", "annas", 1.0),
        ("Will", "he|she|him|they|them", "Will", 1.0),
        ("Will", "he|she|him|they|them", "will", 0.0),
        ("May", "he|she|him|they|them", "May", 0.98),
    ],
)
def test_names_in_the_places_of_pronouns_are_found(
    shared: Path, who: str, instead: str, form: str, share: float
) -> None:
    """Real sentences, in which a name stands where the speaker said a pronoun."""
    redactor = knowing(who)
    found = planted = 0
    for name, text in interviews(shared)[::3]:
        new, count = re.subn(rf"\b(?:{instead})\b", form, text)
        if count:
            planted += count
            found += min(count, sum(one.lower().startswith(who.lower()) for one in replaced(redactor, name, new)))
    assert planted > 90
    assert found / planted >= share
    assert share or found < 0.05 * planted, "docs/redaction.md says that these are not found"


def test_words_are_hardly_ever_taken_for_names(shared: Path) -> None:
    """People who bear words as names, in interviews where none of them is named: every replacement is wrong."""
    listed = "Will Mark May Rose Grace Hope Rich Young Grant Bill Chase Price Page Guy Long Don Won Thi Song Win Dan"
    redactor = knowing(*listed.split())
    found = [one for name, text in interviews(shared)[::3] for one in replaced(redactor, name, text)]
    length = sum(len(text.split()) for _, text in interviews(shared)[::3])
    assert length > 60_000
    assert [one for one in found if one[0].islower()] == []
    assert len(found) <= length / 10_000
