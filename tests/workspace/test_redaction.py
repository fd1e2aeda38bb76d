"""Redaction before sealing: nothing that was replaced is in any byte of the workspace, packed or not."""

from __future__ import annotations

import json
import sqlite3
import zlib
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from persona.errors import Conflict, IntegrityError, InvalidInput, NotFound, UsageError
from persona.model.canonical import digest_of
from persona.model.redaction import RedactionRequest
from persona.sources import read
from persona.workspace import Workspace

TALK = """---
participant: Maria Lopez
interviewer: Petra Zorn
email: maria.lopez@example.org
age: 41
occupation: baker
---

Interviewer: Hi Maria, I am Petra. Welcome. Who helps you with the weekly order?
Maria Lopez: My colleague Tomas Quist does. You reach him at tomas.quist@bakehouse.example or +49 170 1234567.
Maria Lopez: I compare three suppliers before I buy anything, and Initech is always the cheapest one.
Interviewer: Where can I read about it, Maria?
Maria Lopez: On https://bakehouse.example/team/maria-lopez. I live at 12 Station Road. Maria's the name.
"""
SECOND = """Anna Schmidt: What gets in your way, Jonas?
Jonas Weber: The stock page loads so slowly. Maria Lopez told me the same. I never trust the delivery date.
Anna Schmidt: Does anybody help?
Jonas Weber: Jonas helps Jonas. My card is 4111 1111 1111 1111, and tommy knows the number.
Anna Schmidt: What would help?
"""
SURVEY = """Respondent ID,Email Address,First Name,Last Name,Age,"What is hard about ordering flour?"
R1,kim@mill.example,Kim,Novak,33,"The site forgets my basket and Kim has to call +1 415 555 0134 again."
R2,lee@mill.example,Lee,Chan,35,"I write product names on paper instead because the search is bad."
R3,ida@mill.example,Ida,Noon,36,"Nothing works in the morning when the flour has to be on the table."
"""
DENY = "Tomas Quist | Tommy\nInitech = [supplier]\n"
SECRETS = (
    *("Maria", "Lopez", "Tomas", "Quist", "Jonas", "Weber", "Anna", "Schmidt", "Initech", "tommy", "bakehouse"),
    *("example.org", "mill.example", "1234567", "4111 1111", "Station Road", "555 0134", "Novak", "Kim ", "Petra"),
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Interviews and a survey with planted names, addresses and numbers."""
    place = tmp_path / "talks"
    place.mkdir()
    (place / "maria_lopez.md").write_text(TALK, encoding="utf-8")
    (place / "Interview JonasWeber 2.txt").write_text(SECOND, encoding="utf-8")
    (place / "survey.csv").write_text(SURVEY, encoding="utf-8")
    (tmp_path / "deny.txt").write_text(DENY, encoding="utf-8")
    return place


@pytest.fixture
def rules(tmp_path: Path, folder: Path) -> RedactionRequest:
    return RedactionRequest(deny=(tmp_path / "deny.txt",))


def every_byte(root: Path) -> Iterator[tuple[str, bytes]]:
    """Every file of a workspace as it lies on disk, its name, and what is compressed in it; every value of SQLite."""
    for path in sorted(root.rglob("*")):
        yield f"the name of {path}", str(path.relative_to(root)).encode()
        if not path.is_file():
            continue
        data = path.read_bytes()
        yield str(path), data
        for start in range(len(data)):
            if data[start : start + 1] == b"\x78" or data[start : start + 4] == b"\x28\xb5\x2f\xfd":
                try:
                    yield f"{path} from {start}", zlib.decompressobj().decompress(data[start:])
                except zlib.error:
                    continue
        if path.suffix == ".db":
            with sqlite3.connect(path) as database:
                for statement in database.iterdump():
                    yield str(path), statement.encode()


def leaks(ws: Workspace, words: tuple[str, ...] = SECRETS) -> list[tuple[str, str]]:
    found = []
    contents = [
        *every_byte(ws.root),
        *((digest, ws._context.blobs.get(digest)) for digest in ws._context.blobs.digests()),
    ]
    for place, data in contents:
        low = data.lower()
        found += [(place, word) for word in words if word.lower().encode() in low]
        found += [(place, word) for word in words if word.encode("utf-16-le") in data]
    return found


def test_the_search_of_every_byte_finds_what_was_not_redacted(ws: Workspace, folder: Path) -> None:
    ws.source.import_([str(folder)])
    assert {word for _, word in leaks(ws)} >= set(SECRETS) - {"Kim "}


def test_no_byte_of_the_workspace_holds_what_was_replaced(ws: Workspace, folder: Path, rules: RedactionRequest) -> None:
    originals = [digest_of(path.read_bytes()) for path in folder.iterdir()]
    report = ws.source.import_([str(folder)], redact=rules)
    assert (report.imported, report.refused) == (3, 0), report.files
    ws.generate(flags={"count": 1})
    ws.report()
    ws.rebuild()
    assert leaks(ws, (*SECRETS, *originals)) == []
    assert ws.verify().ok
    assert report.redacted is not None
    assert report.redacted.keys() >= {"email", "url", "phone", "card", "address", "name", "field"}


def test_one_person_has_one_pseudonym_in_every_file_and_every_import(
    ws: Workspace, folder: Path, rules: RedactionRequest
) -> None:
    ws.source.import_([str(folder / "maria_lopez.md")], redact=rules)
    ws.source.import_([str(folder / "Interview JonasWeber 2.txt")], redact=RedactionRequest())
    assert [one.label for one in ws.participant.list()] == ["Person-01", "Person-02"]
    names = [source.name for source in ws.source.list()]
    assert names == ["Person-01.redacted.json", "Interview Person-02 2.redacted.json"]
    words = " ".join(turn.text for name in names for doc in ws.source.show(name).documents for turn in doc.turns)
    # The second import brought no list: Maria and Tommy are recognised by digest, from the first.
    assert "[Person-01] told me the same" in words
    assert "[Person-02] helps [Person-02]" in words
    assert words.count("[name-2]") == 2
    assert "[supplier] is always" in words
    assert leaks(ws) == []


def test_a_name_from_a_later_file_is_found_in_an_earlier_one(ws: Workspace, tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("Interviewer: Who?\nP01: I asked Zora Quill.\n", encoding="utf-8")
    (tmp_path / "b.txt").write_text("Interviewer: Who?\nZora Quill: I never answered.\n", encoding="utf-8")
    ws.source.import_([str(tmp_path / "a.txt"), str(tmp_path / "b.txt")], redact=True)
    assert leaks(ws, ("Zora", "Quill")) == []


def test_places_and_attributes_stay_useful(ws: Workspace, folder: Path, rules: RedactionRequest) -> None:
    ws.source.import_([str(folder / "maria_lopez.md")], redact=rules)
    detail = ws.source.show("Person-01.redacted.json")
    turns = detail.documents[0].turns
    original = TALK.splitlines()
    assert [turn.place for turn in turns] == [f"line {number}" for number in (9, 10, 11, 12, 13)]
    assert original[8].startswith("Interviewer:")
    assert [turn.role for turn in turns] == ["interviewer", "participant", "participant", "interviewer", "participant"]
    assert ws.participant.list()[0].attributes == {"age": "41", "occupation": "baker"}
    assert detail.source.redacted is not None
    assert detail.source.reader == "md/1+redacted/1"


def test_what_is_sealed_reads_back_to_the_same_documents(ws: Workspace, folder: Path, rules: RedactionRequest) -> None:
    ws.source.import_([str(folder)], redact=rules)
    for source in ws.source.list():
        data = (ws.root / "projects/shop-research/sources" / source.name).read_bytes()
        assert digest_of(data) == source.digest
        again = read(data, source.name).documents
        sealed = [ws._context.blobs.get(one.record.digest) for one in ws.source.show(source.id).documents]
        assert [json.loads(one) for one in sealed] == [json.loads(msgspec.json.encode(one)) for one in again]


def test_importing_again_is_a_no_op_that_says_so(ws: Workspace, folder: Path, rules: RedactionRequest) -> None:
    ws.source.import_([str(folder)], redact=rules)
    before = ws.verify().events
    again = ws.source.import_([str(folder)], redact=rules)
    assert (again.imported, again.unchanged, ws.verify().events) == (0, 3, before)
    assert all("already, redacted" in one.notes[0] for one in again.files)
    # The redacted form itself is known too, and so is the original when somebody forgets to redact it.
    view = ws.root / "projects/shop-research/sources/Person-02.redacted.json"
    assert ws.source.import_([str(view)], redact=True).unchanged == 1
    plain = ws.source.import_([str(folder)], redact=False)
    assert (plain.imported, plain.unchanged) == (0, 3)
    assert leaks(ws) == []


def test_other_rules_do_not_change_what_is_sealed_and_say_so(ws: Workspace, folder: Path, tmp_path: Path) -> None:
    ws.source.import_([str(folder / "maria_lopez.md")], redact=True)
    (tmp_path / "more.txt").write_text("Initech\n", encoding="utf-8")
    again = ws.source.import_([str(folder / "maria_lopez.md")], redact=RedactionRequest(deny=(tmp_path / "more.txt",)))
    assert "what is sealed stays" in again.files[0].notes[0]


def test_a_file_that_is_in_unredacted_is_refused_with_the_reason(ws: Workspace, folder: Path) -> None:
    ws.source.import_([str(folder / "survey.csv")])
    report = ws.source.import_([str(folder / "survey.csv")], redact=True)
    error = report.files[0].error
    assert error is not None
    assert error["code"] == "source-unredacted"
    assert ws.source.list()[0].id in str(error["message"])
    ws.project.create("Other")
    other = ws.source.import_([str(folder / "survey.csv")], project="other", redact=True)
    assert "unredacted" in " ".join(other.files[0].notes)


def test_a_project_with_redacted_sources_wants_an_answer(ws: Workspace, folder: Path) -> None:
    ws.source.import_([str(folder / "survey.csv")], redact=True)
    with pytest.raises(UsageError) as caught:
        ws.source.import_([str(folder / "maria_lopez.md")])
    assert caught.value.code == "redaction-unsaid"
    assert leaks(ws) == []


def test_a_preview_shows_the_words_and_keeps_nothing(ws: Workspace, folder: Path, rules: RedactionRequest) -> None:
    before = set(ws.root.rglob("*"))
    report = ws.source.import_([str(folder)], redact=rules, dry_run=True)
    told = {(one.kind, one.before, one.after) for file in report.files for one in file.replacements}
    assert ("email", "tomas.quist@bakehouse.example", "[email]") in told
    assert ("name", "Tomas Quist", "[name-1]") in told
    assert set(ws.root.rglob("*")) == before
    assert leaks(ws) == []


def test_the_file_of_pseudonyms_holds_no_name_and_can_be_lost(
    ws: Workspace, folder: Path, rules: RedactionRequest
) -> None:
    ws.source.import_([str(folder / "maria_lopez.md")], redact=rules)
    path = ws.root / ".persona/redaction/shop-research.json"
    assert path.stat().st_mode & 0o077 == 0
    path.unlink()
    report = ws.source.import_([str(folder / "Interview JonasWeber 2.txt")], redact=rules)
    assert any("pseudonyms is gone" in note for note in report.notes)
    labels = [one.label for one in ws.participant.list()]
    assert labels[0] == "Person-01"
    assert len(set(labels)) == 2  # nobody new takes the pseudonym of somebody else
    # Only the file knew that Maria speaks in an earlier interview.
    assert {word for _, word in leaks(ws)} == {"Maria", "Lopez"}
    path.write_bytes(b"{")
    with pytest.raises(IntegrityError) as caught:
        ws.source.import_([str(folder)], redact=rules)
    assert caught.value.code == "pseudonyms-broken"


def test_the_review_file_is_private_outside_and_feeds_decisions_back(
    ws: Workspace, folder: Path, rules: RedactionRequest, tmp_path: Path
) -> None:
    review = tmp_path / "review.tsv"
    asked = msgspec.structs.replace(rules, review=review)
    report = ws.source.import_([str(folder)], redact=asked, dry_run=True)
    assert any("review.tsv" in note for note in report.notes)
    assert review.stat().st_mode & 0o777 == 0o600
    lines = review.read_text(encoding="utf-8").splitlines()
    rows = [line.split("\t") for line in lines]
    assert ["", "url", "https://bakehouse.example/team/maria-lopez"] in [[row[0], row[3], row[4]] for row in rows]
    assert next(row for row in rows if row[3] == "phone")[2] == "line 10"
    kept = [f"keep{line}" if "\tInitech\t" in line else line for line in lines]
    review.write_text("\n".join(kept), encoding="utf-8")
    ws.source.import_([str(folder)], redact=msgspec.structs.replace(rules, allow=(review,)))
    assert {word for _, word in leaks(ws)} == {"Initech"}
    with pytest.raises(Conflict):
        ws.source.import_([str(folder)], redact=asked)
    with pytest.raises(UsageError) as caught:
        ws.source.import_([str(folder)], redact=RedactionRequest(review=ws.root / "review.tsv"))
    assert caught.value.code == "review-inside"


@pytest.mark.parametrize("text", ["Acme = Acme Limited\n", "= x\n", "Acme = " + "x" * 61 + "\n"])
def test_a_list_that_cannot_be_used_is_refused_with_its_line(
    ws: Workspace, folder: Path, tmp_path: Path, text: str
) -> None:
    (tmp_path / "bad.txt").write_text(text, encoding="utf-8")
    with pytest.raises(InvalidInput) as caught:
        ws.source.import_([str(folder)], redact=RedactionRequest(deny=(tmp_path / "bad.txt",)))
    assert caught.value.code == "deny-list"
    assert "bad.txt" in str(caught.value.place)


def test_without_a_model_nothing_is_imported(ws: Workspace, folder: Path) -> None:
    with pytest.raises(NotFound) as caught:
        ws.source.import_([str(folder)], redact=RedactionRequest(ner="no_such_model"))
    assert caught.value.code == "ner-unavailable"
    assert ws.source.list() == ()


def test_a_real_code_is_never_taken_for_a_pseudonym(ws: Workspace, tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("Interviewer: Who?\nPerson-01: That is my code here.\n", encoding="utf-8")
    (tmp_path / "b.txt").write_text("Interviewer: Who?\nZora Quill: I never answered.\n", encoding="utf-8")
    ws.source.import_([str(tmp_path / "a.txt")])
    ws.source.import_([str(tmp_path / "b.txt")], redact=True)
    assert [one.label for one in ws.participant.list()] == ["Person-01", "Person-02"]
