"""What people allow is recorded, shown and held to."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.llm.conftest import NAMES, SAID, keys, server, shop
from tests.llm.server import FakeServer

from persona.errors import InvalidInput, PermissionDenied
from persona.generation.withholding import WITHHELD
from persona.model.records import Run
from persona.workspace import Workspace

__all__ = ["keys", "server", "shop"]


def quoted(ws: Workspace, **flags: object) -> tuple[set[str], set[str]]:
    """Who is shown word for word in new personas, and who is counted without words."""
    made = ws.generate(flags={"count": 1, "model": "extractive", **flags})
    found = [one for persona in made.personas.personas for _, claim in persona.claims() for one in claim.evidence]
    assert ws.verify().ok, ws.verify().findings
    return {one.participant for one in found if one.quote}, {one.participant for one in found if not one.quote}


def test_who_does_not_allow_use_is_left_out_and_counted(shop: Workspace) -> None:
    shop.participant.consent(["Ben"], {"use": False})
    shown, silent = quoted(shop)
    assert "Ben" not in shown | silent
    assert shown
    assert any("1 participants" in note and "left out" in note for note in shop.notes)
    assert not next(view for view in shop.participant.list() if view.label == "Ben").use


def test_who_may_not_be_quoted_counts_and_is_not_shown(shop: Workspace) -> None:
    shop.participant.consent(["Ben", "Dan"], {"quotation": False})
    made = shop.generate(flags={"count": 1, "model": "extractive"})
    shown, silent = quoted(shop)
    assert silent == {"Ben", "Dan"}
    assert not shown & silent
    text = str([claim.text for persona in made.personas.personas for _, claim in persona.claims()])
    for sentence in [*SAID["Ben"].split(". "), *SAID["Dan"].split(". ")]:
        assert sentence.rstrip(".") not in text
    support = [claim for persona in made.personas.personas for _, claim in persona.claims() if claim.text == WITHHELD]
    assert all(claim.support and not claim.verbatim for claim in support)
    shop.report(made.view.run.id)
    assert shop.reproduce(made.view.run.id).verdict == "identical"


def test_a_hosted_model_is_refused_before_anything_leaves(
    shop: Workspace, server: FakeServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    ben = next(view.id for view in shop.participant.list() if view.label == "Ben")
    shop.participant.consent(["Ben"], {"hosted": False})
    shop.generate(flags={"count": 1})  # the server is on this machine
    asked = len(server.asked)
    monkeypatch.setenv("PERSONA_ENDPOINT", "http://192.0.2.1:9/v1")
    runs = shop._context.records.find(Run).total
    with pytest.raises(PermissionDenied) as caught:
        shop.generate(flags={"count": 1, "model": NAMES["openai"]})
    assert caught.value.code == "consent-hosted"
    assert ben in str(caught.value.place)
    assert any(f"persona participant show {ben}" in hint for hint in caught.value.hints)
    assert shop._context.records.find(Run).total == runs, "nothing is planned"
    assert len(server.asked) == asked
    shop.participant.consent(["Ben"], {"use": False})
    shop.look_ahead(flags={"count": 1, "model": NAMES["openai"]})  # without their words it may be asked


def test_a_planned_run_is_refused_too(shop: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    """Consent may change between plan and call: the last gate is where something would be sent."""
    from persona.runs.consent import check_hosted

    made = shop.generate(flags={"count": 1})
    shop.participant.consent(["Cleo"], {"hosted": False})
    context = shop._context
    check_hosted(context.records, context.blobs, "shop", made.view.run.id, "http://127.0.0.1:1/v1")
    for address in ("https://api.example.com/v1", None):
        with pytest.raises(PermissionDenied):
            check_hosted(context.records, context.blobs, "shop", made.view.run.id, address)


def test_the_project_says_what_is_taken_as_given(shop: Workspace) -> None:
    file = shop.root / "projects" / "shop" / "project.yaml"
    file.write_text(file.read_text(encoding="utf-8") + "consent:\n  quotation: false\n", encoding="utf-8")
    shop.participant.consent(["Anna"], {"quotation": True})
    shown, silent = quoted(shop)
    assert shown == {"Anna"}
    assert silent


def test_many_at_once_from_a_table_and_nothing_of_a_bad_one(shop: Workspace, tmp_path: Path) -> None:
    table = tmp_path / "consents.csv"
    table.write_text(
        "participant,quotation,retention\nAnna,no,2020-01-31\nBen,,\nDan,yes,2031-01-31\n", encoding="utf-8"
    )
    changed = shop.participant.consent_file(table)
    assert [(one.label, one.quotation, one.retention) for one in changed] == [
        ("Anna", False, "2020-01-31"),
        ("Dan", True, "2031-01-31"),
    ]
    assert [one.label for one in shop.participant.expired()] == ["Anna"]
    quoted(shop)
    assert any("kept no longer" in note for note in shop.notes)
    detail = shop.participant.show("Anna")
    assert [one.said for one in detail.consents] == [{"quotation": False, "retention": "2020-01-31"}]
    head = shop._context.records.head()
    table.write_text("participant,use\nAnna,no\nBen,perhaps\n", encoding="utf-8")
    with pytest.raises(InvalidInput) as caught:
        shop.participant.consent_file(table)
    assert "line 3" in str(caught.value.place)
    assert shop._context.records.head() == head
