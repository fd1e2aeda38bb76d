"""Listed names as people write them: with signs between their words, over blanks and line ends, parted at a hyphen."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from persona.model.redaction import RedactionRequest
from persona.sources import read
from persona.sources.redaction import Denied, Pseudonyms, Redacted, Redactor, Rules
from persona.sources.redaction.folding import fold, unbroken
from persona.workspace import Workspace

LISTED = ("Smith & Sons", "AT&T (UK) Labs", "Stone / Field", "Maria Lopez", "Weiß")


def said(words: str, rules: Rules, pseudonyms: Pseudonyms | None = None) -> Redacted:
    text = f"Interviewer: Who?\nP07: {words}\n"
    return Redactor(rules, pseudonyms or Pseudonyms()).redact(read(text.encode(), "P07.txt"), "P07.txt")


def answer(done: Redacted) -> str:
    return done.reading.documents[0].words(done.reading.documents[0].turns[-1])


WRITTEN = [
    ("Smith & Sons", "I buy at Smith & Sons now."),
    ("Smith & Sons", "I buy at SMITH&SONS now."),
    ("AT&T (UK) Labs", "I buy at AT&T (UK) Labs now."),
    ("Stone / Field", "I buy at Stone/Field now."),
    ("Maria Lopez", "I buy at Maria    Lopez now."),
    ("Maria Lopez", "I buy at Maria Lo-\npez now."),
    ("Maria Lopez", "I buy at Ma\u00ad\nria Lopez now."),
    ("Maria Lopez", "I buy at Maria\n Lo\u2010 \n  pez now."),
    ("Weiß", "I buy at WE-\nISS now."),
]


@pytest.mark.parametrize(("entry", "words"), WRITTEN)
def test_it_goes_whole_and_what_stands_beside_it_stays(entry: str, words: str) -> None:
    done = said(words, Rules(deny=(Denied((entry,), "[gone]"),)))
    assert answer(done) == "I buy at [gone] now."


@pytest.mark.parametrize(("entry", "words"), WRITTEN)
def test_and_has_the_same_number_in_a_later_import_without_the_list(entry: str, words: str) -> None:
    first = Pseudonyms()
    told = answer(said(f"I buy at {entry} now.", Rules(deny=tuple(Denied((one,)) for one in LISTED)), first))
    assert answer(said(words, Rules(), Pseudonyms(first.known))) == told
    assert "[name-1]" in told


def test_a_speaker_goes_where_a_line_end_parts_the_name() -> None:
    text = "Interviewer: Who?\nMaria Lopez: Ask for Maria Lo-\npez or Ma-\nria.\n"
    done = Redactor(Rules(), Pseudonyms()).redact(read(text.encode(), "P07.txt"), "P07.txt")
    assert answer(done) == "Ask for [Person-01] or [Person-01]."


def test_two_sentences_are_no_name() -> None:
    done = said("We met Maria! Lopez came. A well-\nknown smith? Sons of his.", Rules(deny=tuple(map(_denied, LISTED))))
    assert answer(done) == "We met Maria! Lopez came. A well-\nknown smith? Sons of his."


def _denied(entry: str) -> Denied:
    return Denied((entry,))


def test_lines_of_a_list_that_stand_nowhere_are_counted() -> None:
    rules = Rules(deny=(Denied(("Anna, Ben, Cleo",)), Denied(("Zo", "Zora Quill")), Denied(("Maria Lopez",), "[boss]")))
    redactor = Redactor(rules, Pseudonyms())
    assert redactor.unmet == 3
    redactor.redact(read(b"Interviewer: Who?\nMaria Lopez: I met Zo and Anna.\n", "P07.txt"), "P07.txt")
    assert redactor.unmet == 1, "three names on one line are one name, and nobody is called so"


def test_an_import_says_what_it_found_nowhere_and_how_it_read_the_list(tmp_path: Path) -> None:
    ws = Workspace.init(tmp_path / "ws")
    ws.project.create("Shop")
    (tmp_path / "a.txt").write_text("Interviewer: Who?\nP07: I met José.\n", encoding="utf-8")
    (tmp_path / "deny.txt").write_bytes("José\nBjörn Quill\n".encode("mac-roman"))
    request = RedactionRequest(deny=(tmp_path / "deny.txt",))
    notes = ws.source.import_([str(tmp_path / "a.txt")], redact=request, dry_run=True).notes
    assert any("deny.txt: not UTF-8" in note for note in notes)
    assert any("2 lines of the deny-list were found in none of these files" in note for note in notes)
    (tmp_path / "deny.txt").write_bytes("José\n".encode())
    assert not ws.source.import_([str(tmp_path / "a.txt")], redact=request, dry_run=True).notes
    ws.close()


def test_words_put_together_point_to_the_places_they_stood_at() -> None:
    text = "Große Stra-\n  ße, ﬁsch"
    found = unbroken(text)
    assert found is not None
    assert found.text == fold("Große Straße, ﬁsch").text
    start = found.text.index("strasse")
    assert text[slice(*found.span(start, start + len("strasse")))] == "Stra-\n  ße"
    assert unbroken("no - \nbreak, 1-\n2") is None


def test_line_ends_without_end_are_looked_through_in_no_time() -> None:
    begun = time.process_time()
    assert unbroken("a-" + "\n" * 200_000) is None
    assert unbroken("a-" + " " * 200_000) is None
    said("Maria" + " " * 100_000 + "Lopez" + " \n" * 50_000, Rules(deny=(Denied(("Maria Lopez",)),)))
    assert time.process_time() - begun < 5
