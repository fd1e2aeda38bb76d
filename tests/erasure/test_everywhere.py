"""A withdrawal after everything that can be done with words, over every format, and on the stores of a team."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.erasure.doing import do_much
from tests.erasure.scanning import found_in, rows, texts, words
from tests.llm.conftest import SAID, keys, server, shop
from tests.team.conftest import Team, team

from persona.model.records import Call
from persona.storage import open_blobs
from persona.workspace import Workspace
from persona.workspace.demo import BUNDLED

__all__ = ["keys", "server", "shop", "team"]


def test_calls_comparisons_and_exports_lose_the_words(shop: Workspace, tmp_path: Path) -> None:
    do_much(shop, tmp_path)
    shop.artefact.export(ref="two.cold.personas", format="html")
    assert found_in(shop.root, rows(SAID["Ben"]))
    calls = shop._context.records.find(Call).items
    done = shop.participant.withdraw("Ben")
    assert 0 < len(done.calls) < len(calls), "the calls about others stay"
    assert found_in(shop.root, rows(SAID["Ben"]), ("Ben",)) == []
    assert found_in(shop.root, rows(SAID["Anna"]))
    assert shop.verify().ok, shop.verify().findings
    again = shop.generate(flags={"count": 1})
    assert "Ben" not in again.personas.personas[0].members
    assert again.view.run.fields["calls"]["reused"] == len(SAID) - 1, "what was answered about others serves again"


def test_every_format_of_the_demo(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each of the bundled interviews, in whatever form it is, goes from a workspace that holds them all."""
    monkeypatch.setenv("PERSONA_RECORD_GIT", "false")
    with Workspace.init(tmp_path / "ws") as ws:
        ws.project.create("All")
        ws.source.import_([BUNDLED / "corpus"])
        ws.generate(flags={"count": 2})
        ws.report()
        kinds: dict[str, str] = {}
        for source in ws.source.list():
            if len(source.participants) == 1:
                kinds.setdefault(Path(source.name).suffix, source.id)
        assert len(kinds) >= 6, kinds
        for source_id in kinds.values():
            detail = ws.source.show(source_id)
            (who,) = detail.source.participants
            said = [turn.text for one in detail.documents for turn in one.turns if turn.role == "participant"]
            others = [
                turn.text
                for other in ws.source.list()
                if other.id != source_id
                for one in ws.source.show(other.id).documents
                for turn in one.turns
            ]
            wanted = set().union(*map(rows, said)) - set().union(*map(rows, others))  # what two people said stays
            assert found_in(ws.root, wanted)
            ws.participant.withdraw(who)
            assert found_in(ws.root, wanted) == []
        assert ws.verify().ok, ws.verify().findings
        left = [view for view in ws.participant.list() if view.withdrawn is None]
        assert set(ws.generate(flags={"count": 1}).personas.personas[0].members) <= {view.label for view in left}


def test_a_team_forgets_in_every_folder(team: Team, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ada, ben = team.person("ada"), team.person("ben")
    (ada.folder / "in").mkdir()
    for who, said in SAID.items():
        (ada.folder / "in" / f"{who}.txt").write_text(f"Interviewer: What?\n{who}: {said}\n", encoding="utf-8")
    for words_ in (
        ("init", "ws", *team.stores),
        ("--workspace", "ws", "project", "create", "Shop"),
        ("source", "import", "in", "--workspace", "ws"),
        ("generate", "--count", "1", "--workspace", "ws"),
    ):
        ada.type(*words_)
    ben.type("init", "ws", *team.stores)
    ben.type("rebuild", "--workspace", "ws")
    assert found_in(ben.folder, rows(SAID["Ben"]))
    ada.type("participant", "withdraw", "Ben", "--yes", "--workspace", "ws")
    assert found_in(ada.folder / "ws", rows(SAID["Ben"])) == []
    ben.type("run", "list", "--workspace", "ws")
    assert found_in(ben.folder, rows(SAID["Ben"])) == [], "whoever opens a folder cleans it"
    for person in (ada, ben):
        person.type("verify", "--workspace", "ws")
    for name, value in ada.environment.items():
        if name.startswith("AWS_"):
            monkeypatch.setenv(name, value)
    blobs = open_blobs(team.blobs)
    wanted = rows(SAID["Ben"])
    for digest in blobs.digests():
        for text in texts(blobs.get(digest)):
            here = words(text)
            assert not wanted & {" ".join(here[at : at + 8]) for at in range(len(here))}
    blobs.close()
