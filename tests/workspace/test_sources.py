"""Sources: sealed as they came, imported once, refused with a reason, people apart from documents."""

from __future__ import annotations

from pathlib import Path

from persona.model.canonical import digest_of
from persona.workspace import Workspace


def test_originals_are_sealed_and_importing_again_is_a_no_op(full: Workspace, interviews: Path) -> None:
    before = full.verify().events
    again = full.source.import_([str(interviews)])
    assert (again.imported, again.unchanged) == (0, 3)
    assert full.verify().events == before
    for source in full.source.list():
        assert source.digest == digest_of((interviews / source.name).read_bytes())
        view = full.root / "projects/shop-research/sources" / source.name
        assert view.read_bytes() == (interviews / source.name).read_bytes()
        assert not view.stat().st_mode & 0o222


def test_a_preview_changes_nothing(ws: Workspace, interviews: Path) -> None:
    report = ws.source.import_([str(interviews)], dry_run=True)
    assert report.dry_run
    assert [one.outcome for one in report.files] == ["preview"] * 3
    assert report.documents == 3
    assert ws.source.list() == ()


def test_what_cannot_be_read_is_named_and_the_rest_comes_in(ws: Workspace, interviews: Path) -> None:
    (interviews / "broken.docx").write_bytes(b"PK\x03\x04 not really")
    (interviews / "empty.txt").write_bytes(b"")
    report = ws.source.import_([str(interviews)])
    assert (report.imported, report.refused) == (3, 2)
    refused = {Path(one.path).name: one.error for one in report.files if one.outcome == "refused"}
    assert set(refused) == {"broken.docx", "empty.txt"}
    assert all(error and error["message"] and error["place"] for error in refused.values())


def test_people_are_one_across_files_by_a_specific_label(ws: Workspace, tmp_path: Path) -> None:
    for name, words in (("a.txt", "I like trains."), ("b.txt", "I still like trains.")):
        (tmp_path / name).write_text(f"Interviewer: And you?\nP07: {words} They are calm.\n", encoding="utf-8")
    ws.source.import_([str(tmp_path / "a.txt"), str(tmp_path / "b.txt")])
    assert [(one.label, one.documents) for one in ws.participant.list()] == [("P07", 2)]


def test_people_can_be_kept_apart(ws: Workspace, tmp_path: Path) -> None:
    for name in ("a.txt", "b.txt"):
        (tmp_path / name).write_text(f"Interviewer: And you?\nP07: I like {name}. They are calm.\n", encoding="utf-8")
    ws.source.import_([str(tmp_path / "a.txt"), str(tmp_path / "b.txt")], separate_people=True)
    assert len(ws.participant.list()) == 2


def test_words_and_names_stay_out_of_the_log(full: Workspace) -> None:
    log = (full.root / ".persona/workspace.db").read_bytes() + b"".join(
        path.read_bytes() for path in (full.root / ".persona").glob("workspace.db-*")
    )
    for words in (b"weekly order", b"P01.txt", b"baker"):
        assert words not in log


def test_show_says_who_said_what_where(full: Workspace) -> None:
    detail = full.source.show("P03.md")
    turns = detail.documents[0].turns
    assert [turn.role for turn in turns] == ["interviewer", "participant"]
    assert turns[1].participant == "P03"
    assert "flour on the table" in turns[1].text
    assert turns[1].place
    attributes = {one.label: one.attributes for one in full.participant.list()}["P03"]
    assert attributes["occupation"] == "baker"
