"""What people do on the first day, and what must then be true."""

from __future__ import annotations

from pathlib import Path

import pytest

from persona.errors import InvalidInput, NotFound, StorageError, UsageError
from persona.workspace import Workspace

TURNS = "Interviewer: What?\n{who}: I want {what} in the morning.\n"


def test_an_empty_path_is_refused_and_not_taken_for_this_folder(ws: Workspace) -> None:
    for path in ("", "  "):
        with pytest.raises(InvalidInput, match="the path is empty"):
            ws.source.import_([path])


def test_what_a_workspace_keeps_is_not_imported_into_it(full: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    full.generate(flags={"count": 1})
    (full.root / "new.txt").write_text(TURNS.format(who="P07", what="tea"), encoding="utf-8")
    monkeypatch.chdir(full.root)
    report = full.source.import_(["."])
    assert [Path(one.path).name for one in report.files] == ["new.txt"]


def test_people_are_counted_once_however_many_files_they_speak_in(ws: Workspace, tmp_path: Path) -> None:
    folder = tmp_path / "talks"
    folder.mkdir()
    for number, who in enumerate(("P01", "P01", "P02")):
        text = TURNS.format(who=who, what=f"thing {number}")
        (folder / f"talk{number}.txt").write_text(text, encoding="utf-8")
    for dry_run in (True, False):
        report = ws.source.import_([str(folder)], dry_run=dry_run)
        assert (report.documents, report.participants) == (3, 2)
    assert len(ws.participant.list()) == 2


def test_sources_are_listed_in_the_order_in_which_they_came(ws: Workspace, tmp_path: Path) -> None:
    names = [f"talk{number}.txt" for number in (4, 1, 3, 0, 2)]
    for name in names:
        path = tmp_path / name
        path.write_text(TURNS.format(who="P01", what=name), encoding="utf-8")
        ws.source.import_([str(path)])
    assert [one.name for one in ws.source.list()] == names


def test_a_name_that_two_sources_have_is_a_question(ws: Workspace, tmp_path: Path) -> None:
    for what in ("tea", "milk"):
        folder = tmp_path / what
        folder.mkdir()
        (folder / "talk.txt").write_text(TURNS.format(who="P01", what=what), encoding="utf-8")
    ws.source.import_([str(tmp_path / "tea"), str(tmp_path / "milk")])
    with pytest.raises(UsageError, match="2 sources of the project have the name") as caught:
        ws.source.show("talk.txt")
    first, second = ws.source.list()
    assert caught.value.place == f"{first.id}, {second.id}"
    assert ws.source.show(second.id).source == second


def test_a_disk_that_fills_up_in_the_middle_says_what_is_in(
    full: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "more"
    folder.mkdir()
    for number in range(3):
        (folder / f"{number}.txt").write_text(TURNS.format(who=f"P1{number}", what="tea"), encoding="utf-8")
    blobs = full._context.blobs
    real, calls = blobs.put, 0

    def put(data: bytes) -> object:
        nonlocal calls
        calls += 1
        if calls > 2:
            raise StorageError("the disk is full; nothing was written", code="disk-full")
        return real(data)

    monkeypatch.setattr(blobs, "put", put)
    with pytest.raises(StorageError) as caught:
        full.source.import_([str(folder)])
    assert "2 of 3 files are in; import again to go on" in caught.value.hints
    monkeypatch.undo()
    assert len(full.source.list()) == 5
    report = full.source.import_([str(folder)])
    assert (report.imported, report.unchanged) == (1, 2)


def test_a_run_without_a_folder_names_none(ws: Workspace) -> None:
    with ws.run.start() as run:
        run.log({"x": 1})
    assert ws.run.show(run.id).path is None
    run.write_folder()
    path = ws.run.show(run.id).path
    assert path is not None
    assert (ws.root / path).is_dir()


def test_lineage_opens_each_thing_where_it_is_first_read(full: Workspace) -> None:
    full.generate(flags={"count": 1})
    root = full.artefact.lineage("personas").root
    documents = [child for child in root.children if child.kind == "document"]
    assert len(documents) == 3
    for document in documents:
        assert [child.kind for child in document.children][:1] == ["source"]
    (run,) = [child for child in root.children if child.kind == "run"]
    again = [child for child in run.children if child.kind == "document"]
    assert len(again) == 3
    assert all(not child.children for child in again)


def test_a_claim_shows_everybody_who_says_it(full: Workspace) -> None:
    made = full.generate(flags={"count": 1})
    claim = max((claim for _, claim in made.personas.personas[0].claims()), key=lambda one: len(one.evidence))
    traced = full.trace(made.view.run.id, claim.id)
    assert [traced.quote, *(one.quote for one in traced.passages)] == [one.quote for one in claim.evidence]


def test_an_equal_value_does_not_contradict_a_variant(full: Workspace, tmp_path: Path) -> None:
    file = tmp_path / "variants.yaml"
    file.write_text(
        "name: e\nvariants:\n  - name: warm\n    parameters: {temperature: 0.7}\nevaluation:\n  min_runs_per_variant: 3\n",
        encoding="utf-8",
    )
    full.experiment.create(file=file)
    assert full.experiment.run("e", variant="warm", flags={"temperature": "0.7", "count": 1}).wanted == 1
    assert "the evaluation wants 3 runs of each variant: warm 1; more with `--repeats`" in full.notes
    with pytest.raises(UsageError, match="fixes `temperature` at"):
        full.experiment.run("e", variant="warm", flags={"temperature": 0.5})


def test_who_is_recorded_is_what_the_settings_show(ws: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PERSONA_USER", raising=False)  # a fixture that lives longer may have set it
    (user,) = [one for one in ws.config() if one.name == "user"]
    assert ws._context.actor == f"person:{user.value}"
    assert user.place == "the name of the login"


@pytest.mark.parametrize(
    ("name", "start"),
    [("p.csv", "persona,name"), ("p.yml", "personas:"), ("p.MD", "#"), ("p.html", "<!"), ("p.json", "{"), ("p", "{")],
)
def test_an_export_takes_its_format_from_the_file(full: Workspace, tmp_path: Path, name: str, start: str) -> None:
    full.generate(flags={"count": 1})
    full.artefact.export(ref="personas", output=tmp_path / name)
    assert (tmp_path / name).read_text(encoding="utf-8").lower().startswith(start)


def test_one_wrong_path_does_not_keep_the_rest_out(ws: Workspace, tmp_path: Path) -> None:
    good = tmp_path / "good.txt"
    good.write_text(TURNS.format(who="P01", what="tea"), encoding="utf-8")
    report = ws.source.import_([str(good), str(tmp_path / "nope.txt")])
    assert (report.imported, report.refused) == (1, 1)
    (refused,) = [one for one in report.files if one.outcome == "refused"]
    assert refused.error is not None
    assert refused.error["code"] == "path-not-found"
    with pytest.raises(NotFound):
        ws.source.import_([str(tmp_path / "nope.txt"), str(tmp_path / "*.vtt")])


def test_words_that_no_run_can_fit_are_told(ws: Workspace) -> None:
    with ws.run.start(params={"a": 1}) as run:
        run.log({"x": 1})
    ws.run.list(order="metrics.foo")
    ws.run.list(where="status = done")
    assert ws.notes == (
        "no run here has `metrics.foo` to order by",
        "`done` is not a status of a run; known: planned, running, completed, failed, cancelled, interrupted",
    )


def test_a_file_is_not_written_over_a_folder(full: Workspace, tmp_path: Path) -> None:
    full.generate(flags={"count": 1})
    with pytest.raises(UsageError, match="the path is a folder"):
        full.artefact.export(ref="personas", output=tmp_path)
