"""Redaction as a person meets it: look first, import, check, import again."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.cli.calling import Say

TALK = """Interviewer: Hi Maria, who helps you with the order?
Maria Lopez: My colleague Tomas Quist, tomas@bakehouse.example, +49 170 1234567.
"""


@pytest.fixture
def talk(empty: Path, say: Say) -> Path:
    """A workspace, and an interview and a list beside it."""
    (empty.parent / "maria_lopez.txt").write_text(TALK, encoding="utf-8")
    (empty.parent / "names.txt").write_text("Tomas Quist | Tommy\n", encoding="utf-8")
    assert say("init", ".").status == 0
    assert say("project", "create", "Study").status == 0
    return empty.parent / "maria_lopez.txt"


def test_look_import_and_read(say: Say, talk: Path) -> None:
    asked = ("source", "import", "../maria_lopez.txt", "--redact", "--deny", "../names.txt")
    looked = say(*asked, "--dry-run")
    assert looked.status == 0
    assert "would replace 6 stretches: 1 email, 4 name, 1 phone" in looked.out
    assert any(line.split() == ["name", "Tomas", "Quist", "[name-1]", "1", "maria_lopez.txt,", "line", "2"]
               for line in looked.out.splitlines())  # fmt: skip
    assert "next: persona source import ../maria_lopez.txt --redact --deny ../names.txt" in looked.err
    done = say(*asked, "--review", "../review.tsv")
    assert done.status == 0
    assert "replaced 6 stretches" in done.out
    assert "Tomas" not in done.out
    assert "note: ../review.tsv holds the words that were replaced" in done.err
    shown = say("source", "show", "Person-01.redacted.json")
    assert "My colleague [name-1], [email], [phone]." in shown.out
    assert "redacted  1 email, 4 name, 1 phone" in shown.out
    assert "sealed" in shown.out
    again = say(*asked)
    assert again.status == 0
    assert "1 already here" in again.out


def test_a_review_file_is_not_overwritten_without_asking(say: Say, talk: Path) -> None:
    (talk.parent / "review.tsv").write_text("mine", encoding="utf-8")
    said = say("source", "import", "../maria_lopez.txt", "--redact", "--review", "../review.tsv")
    assert said.status == 4
    assert "choose another name with `--review`" in said.err
    assert (talk.parent / "review.tsv").read_text(encoding="utf-8") == "mine"
    assert say("source", "import", "../maria_lopez.txt", "--redact", "--review", "../review.tsv", "--yes").status == 0
    assert (talk.parent / "review.tsv").read_text(encoding="utf-8").startswith("decision\tfile\tplace")


def test_after_one_redaction_every_import_says_what_it_wants(say: Say, talk: Path) -> None:
    assert say("source", "import", "../maria_lopez.txt", "--redact").status == 0
    unsaid = say("source", "import", "../interviews/P01.txt")
    assert unsaid.status == 2
    assert "hint: redact these too: `--redact`" in unsaid.err
    assert say("source", "import", "../interviews/P01.txt", "--no-redact").status == 0
    forgotten = say("source", "import", "../maria_lopez.txt", "--no-redact", "--verbose")
    assert forgotten.status == 0
    assert "it is in already, redacted" in " ".join(forgotten.out.split())


def test_what_is_in_unredacted_is_said_to_be_still_there(say: Say, talk: Path) -> None:
    assert say("source", "import", "../maria_lopez.txt").status == 0
    said = say("source", "import", "../maria_lopez.txt", "--redact")
    assert said.status == 5
    assert "it is a source of the project already, unredacted, as source_" in said.err
    assert "persona init NEW" in said.err
