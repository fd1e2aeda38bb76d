"""Projects: made from a title or a file, chosen, observed when edited, archived."""

from __future__ import annotations

from pathlib import Path

import pytest

from persona.errors import Conflict, InvalidInput, NotFound, UsageError
from persona.workspace import Workspace


def test_a_title_becomes_a_folder_and_the_current_project(ws: Workspace) -> None:
    view = ws.project.create("E-commerce Research", description="checkout", tags={"team": "a"})
    assert view.project.id == "ecommerce-research"
    assert view.current
    assert view.project.tags == {"team": "a"}
    assert (
        (ws.root / "projects/ecommerce-research/project.yaml")
        .read_text(encoding="utf-8")
        .startswith("name: E-commerce")
    )
    assert [one.project.id for one in ws.project.list()] == ["ecommerce-research", "shop-research"]
    with pytest.raises(Conflict):
        ws.project.create("E-Commerce research")


def test_a_file_is_taken_verbatim_and_its_edits_are_seen(ws: Workspace, tmp_path: Path) -> None:
    file = tmp_path / "given.yaml"
    file.write_text("# mine\nname: Given\nowner: Ada\ndefaults: {count: 2}\n", encoding="utf-8")
    view = ws.project.create(file=file)
    kept = ws.root / "projects/given/project.yaml"
    assert kept.read_text(encoding="utf-8") == file.read_text(encoding="utf-8")
    assert view.project.fields["owner"] == "Ada"
    kept.write_text("name: Given\nowner: Grace\ntags: [{sprint: Q1}]\n", encoding="utf-8")
    ws.project.observe("given")
    shown = ws.project.show("given")
    assert shown.project.fields["owner"] == "Grace"
    assert shown.project.tags == {"sprint": "Q1"}


def test_a_folder_made_by_hand_is_adopted(ws: Workspace) -> None:
    folder = ws.root / "projects/by-hand"
    folder.mkdir()
    (folder / "project.yaml").write_text("name: By hand\n", encoding="utf-8")
    assert ws.project.use("by-hand").project.title == "By hand"


def test_archiving_hides_and_keeps(ws: Workspace) -> None:
    ws.project.archive("shop-research")
    assert ws.project.list() == ()
    assert ws.project.list(archived=True)[0].project.status == "archived"
    assert "status: archived" in (ws.root / "projects/shop-research/project.yaml").read_text(encoding="utf-8")


def test_a_wrong_name_gets_the_nearest(ws: Workspace) -> None:
    with pytest.raises(NotFound) as caught:
        ws.project.use("shop-reserch")
    assert any("shop-research" in hint for hint in caught.value.hints)
    with pytest.raises(InvalidInput):
        ws.project.create("???")


def test_several_projects_and_none_chosen_is_a_question(ws: Workspace) -> None:
    ws.project.create("Other", use=False)
    (ws.root / ".persona/context.json").unlink()
    with pytest.raises(UsageError) as caught:
        ws.source.list()
    assert caught.value.code == "which-project"


def test_free_fields_and_tags_need_no_schema(ws: Workspace) -> None:
    ws.project.note("shop-research", {"budget": 12, "people": ["Ada"]})
    view = ws.project.tag("shop-research", {"phase": "two"}, ())
    assert view.project.fields["budget"] == 12
    assert view.project.tags == {"phase": "two"}
    assert "budget" not in ws.project.note("shop-research", {"budget": None}).project.fields
