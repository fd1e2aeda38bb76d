"""Withdrawing a person: no byte of theirs stays, everything else does."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from tests.erasure.scanning import found_in, rows
from tests.workspace.conftest import INTERVIEWS

from persona.errors import Conflict, InvalidInput
from persona.model.records import Artefact, DocumentRecord, Participant, Run
from persona.storage.erased import Erased, erased
from persona.workspace import Workspace

MINE = INTERVIEWS["P02.txt"]
SAID = "\n".join(line.partition(": ")[2] for line in MINE.splitlines() if line.startswith("P02"))
GROUP = """Moderator: What stops you?
Maria Lopez: The lamp in the cellar never tells me whether the boiler has gone out again tonight.
Tom Berg: I keep a paper notebook beside the till because the screen freezes every single evening.
Moderator: And then, Maria Lopez?
Maria Lopez: Then I walk down four flights of stairs with a torch and I hope for the best.
Tom Berg: My neighbour carries the heavy boxes for me whenever the lift is out of order.
"""
MARIA = "\n".join(line.partition(": ")[2] for line in GROUP.splitlines() if line.startswith("Maria"))
TOM = "\n".join(line.partition(": ")[2] for line in GROUP.splitlines() if line.startswith("Tom"))


def test_no_words_stay_and_nothing_is_damaged(full: Workspace) -> None:
    made = full.generate(flags={"count": 2})
    full.report()
    full.artefact.export(ref="personas")
    full.artefact.export(ref="personas", format="csv")
    before = found_in(full.root, rows(SAID), ("P02",))
    assert len(before) > 8
    planned = full.participant.withdraw("P02", dry_run=True)
    assert planned.dry_run
    assert found_in(full.root, rows(SAID), ("P02",)) == before, "a dry run touches nothing"
    done = full.participant.withdraw("P02")
    assert done.ended_at
    assert (done.kinds, done.runs, done.files) == (planned.kinds, planned.runs, planned.files)
    assert done.claims > 0
    assert found_in(full.root, rows(SAID), ("P02",)) == []
    report = full.verify()
    assert report.ok, report.findings
    full.rebuild()
    assert full.verify().ok
    assert found_in(full.root, rows(SAID), ("P02",)) == []
    folder = full.root / "projects" / "shop-research" / "runs" / made.view.run.id
    assert len(list(folder.glob("input/*.erased.json"))) == 1
    assert (folder / "input" / "P01.txt").exists()


def test_again_changes_nothing(full: Workspace) -> None:
    id = next(view.id for view in full.participant.list() if view.label == "P02")
    first = full.participant.withdraw(id)
    head = full._context.records.head()
    again = full.participant.withdraw(id)
    assert (again.withdrawal, again.event, again.ended_at) == (first.withdrawal, first.event, first.ended_at)
    assert full._context.records.head() == head
    assert [view.label for view in full.participant.list()] == ["P01", "P03", id]


def test_what_others_said_stays_where_it_was(ws: Workspace, tmp_path: Path) -> None:
    """A focus group: one leaves, the other's words keep their places, in the document and in personas made before."""
    (tmp_path / "group.txt").write_text(GROUP, encoding="utf-8")
    ws.source.import_([tmp_path / "group.txt"])
    (old,) = ws._context.records.find(DocumentRecord).items
    made = ws.generate(flags={"count": 1})
    quotes = {
        (one.document, one.start, one.end): one.quote
        for persona in made.personas.personas
        for _, claim in persona.claims()
        for one in claim.evidence
        if one.participant == "Tom Berg"
    }
    assert quotes
    ws.participant.withdraw("Maria Lopez")
    assert found_in(ws.root, rows(MARIA), ("Maria Lopez",)) == []
    assert found_in(ws.root, rows(TOM)), "Tom stays"
    assert ws.verify().ok, ws.verify().findings
    (new,) = ws._context.records.find(DocumentRecord).items
    assert new.digest != old.digest
    assert erased(ws._context.records)[old.digest].successor == new.digest
    assert (new.characters, len(new.participants)) == (old.characters, 2)
    artefact = ws.artefact.of_run(ws._context.records.get(Run, made.view.run.id))
    left = ws.artefact.personas(artefact)
    still = {
        (one.document, one.start, one.end): one.quote
        for persona in left.personas
        for _, claim in persona.claims()
        for one in claim.evidence
        if one.participant == "Tom Berg"
    }
    assert still == quotes
    silent = [
        one for persona in left.personas for _, claim in persona.claims() for one in claim.evidence if not one.quote
    ]
    (maria,) = [one.id for one in ws._context.records.find(Participant).items if one.withdrawn]
    assert {one.participant for one in silent} == {maria}
    ws.report()
    ws.trace()
    again = ws.generate(flags={"count": 1})
    assert {one for persona in again.personas.personas for one in persona.members} == {"Tom Berg"}
    assert ws.verify().ok


def test_a_row_of_a_survey_goes_and_the_others_stay(ws: Workspace, tmp_path: Path) -> None:
    lines = ["name,What annoys you most?,What would help?"]
    answers = {
        "Ana Reis": "The queue at the counter takes longer than my whole lunch break on Fridays",
        "Bo Lind": "I cannot find the opening hours of the small branch next to my house",
        "Cy Dun": "Somebody always parks in front of the ramp that my wheelchair needs to get in",
    }
    lines += [
        f'{name},"{said}","A sign in front of the door that says so on every day"' for name, said in answers.items()
    ]
    (tmp_path / "survey.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    ws.source.import_([tmp_path / "survey.csv"])
    ws.generate(flags={"count": 1})
    ws.participant.withdraw("survey row 3")
    assert found_in(ws.root, rows(answers["Bo Lind"]), ("Bo Lind",)) == []
    assert found_in(ws.root, rows(answers["Ana Reis"]))
    assert "A sign in front of the door" in str(ws.participant.list()[0].attributes), "what others answered, too"
    assert ws.verify().ok, ws.verify().findings
    assert len(ws.generate(flags={"count": 1}).personas.personas[0].members) == 2


def test_erased_files_are_not_imported_again(full: Workspace, interviews: Path) -> None:
    full.participant.withdraw("P02")
    report = full.source.import_([interviews])
    refused = [one for one in report.files if one.outcome == "refused"]
    assert [Path(one.path).name for one in refused] == ["P02.txt"]
    assert refused[0].error is not None
    assert refused[0].error["code"] == "source-withdrawn"


def test_the_past_says_what_was_erased_and_by_which_event(full: Workspace) -> None:
    made = full.generate(flags={"count": 2})
    before = full._context.records.head().size
    full.report()
    done = full.participant.withdraw("P02")
    with Workspace.open(full.root, as_of=str(before)) as past:
        assert "P02" not in [view.label for view in past.participant.list()]
        source = next(one for one in past.source.list() if one.name.startswith("source_"))
        past.source.show(source.id)
        past.artefact.personas(past.artefact.of_run(past._context.records.get(Run, made.view.run.id)))
        with pytest.raises(Erased) as caught:
            past._context.blobs.get(source.digest)
        assert str(done.event) in caught.value.message
    report = next(one for one in full._context.records.find(Artefact).items if one.kind == "report")
    with pytest.raises(Erased):
        full._context.blobs.get(report.digest)
    with pytest.raises(Conflict) as refused:
        full.reproduce(made.view.run.id)
    assert refused.value.code == "words-erased"


def test_files_of_people_are_named_and_left_alone(full: Workspace) -> None:
    notes = full.root / "projects" / "shop-research" / "notes.md"
    notes.write_text("P02 told me: " + SAID, encoding="utf-8")
    done = full.participant.withdraw("P02")
    assert done.yours == ("projects/shop-research/notes.md",)
    assert notes.read_text(encoding="utf-8").endswith(SAID)


def test_a_kept_checkpoint_and_a_proof_hold_after_an_erasure(full: Workspace, tmp_path: Path) -> None:
    full.generate(flags={"count": 2})
    full.audit.checkpoint(output=tmp_path / "kept.txt")
    full.participant.withdraw("P02")
    found = full.audit.verify(against=[tmp_path / "kept.txt"])
    assert found.ok


def test_the_log_holds_no_words(full: Workspace) -> None:
    full.generate(flags={"count": 2})
    full.participant.withdraw("P02")
    log = json.dumps([[event.kind, event.subject, event.body] for event in full._context.records.events()])
    assert "P02" not in log
    assert not any(row in log for row in rows(SAID))


def test_bad_days_are_refused(full: Workspace) -> None:
    with pytest.raises(InvalidInput) as caught:
        full.participant.consent(["P01"], {"retention": "tomorrow"})
    assert caught.value.code == "bad-day"
