"""The grain of the schema in PROV: the same as ``persona lineage fields`` tells, in every format, without words."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.exports.prov.test_account import account, of, whole
from tests.exports.prov.told import ALL, same, written
from tests.lineage.test_fields import make

from persona.model.prov import Name, Statement
from persona.workspace import Workspace

QUESTIONS = ("What do you want to get done?", "What is hard about it?")
MADE = "artefact/shop/personas/v1"


@pytest.fixture(scope="module")
def ws(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workspace]:
    opened = make(tmp_path_factory.mktemp("surveyed"))
    yield opened
    opened.close()


def derivations(told: list[Statement]) -> dict[tuple[str | None, ...], dict[str, object]]:
    """The derivations of fields, by their two ends."""
    kind = ("prov:type", Name("persona:FieldDerivation"))
    found = [one for one in told if one.kind == "wasDerivedFrom" and kind in one.attributes]
    assert len({one.arguments for one in found}) == len(found)
    return {one.arguments[:2]: dict(one.attributes) for one in found}


def test_fields_rest_on_what_the_command_says(ws: Workspace) -> None:
    told = account(ws, words=True)
    entities = {one.id: dict(one.attributes) for one in of(told, "entity")}
    sources = {one.arguments[0]: one.arguments[1] for one in of(told, "wasDerivedFrom") if not one.attributes}
    rows: dict[tuple[object, ...], dict[str, object]] = {}
    for (field, column), said in derivations(of(told, "wasDerivedFrom")).items():
        shown, held = entities[str(field)], entities[str(column)]
        source = str(sources[column]).removeprefix("ws:")
        assert str(column).startswith(f"ws:{source}.{held['persona:origin']}-")
        key = (shown["persona:field"], held["persona:origin"], held.get("prov:label", ""), source)
        assert key not in rows
        rows[key] = said
    wanted = ws.lineage.fields().fields
    assert {key[:3]: sum(1 for one in rows if one[:3] == key[:3]) for key in rows} == {
        (one.field, one.origin, one.name): len(one.sources) for one in wanted
    }
    for one in wanted:
        parts = [rows[one.field, one.origin, one.name, source] for source in one.sources]
        assert sum(int(str(part["persona:highlights"])) for part in parts) == one.highlights
        assert sum(int(str(part["persona:people"])) for part in parts) == one.people
        assert all(part["persona:verbatim"] for part in parts) == one.verbatim
        assert max(int(str(part["persona:claims"])) for part in parts) <= one.claims
    assert {one.origin for one in wanted} == {"column", "header", "speech"}


def test_claims_are_members_of_their_field_and_fields_of_their_version(ws: Workspace) -> None:
    told = account(ws)
    members = {one.arguments for one in of(told, "hadMember")}
    for persona in ws.artefact.personas(ws._things.newest()).personas:
        for path, _ in persona.claims():
            field = path if path.startswith("demographics.") else path.partition("[")[0]
            claim = f"ws:{MADE}/{persona.id}.{path.replace('[', '.').replace(']', '')}"
            assert (f"ws:field/{MADE}/{field}", claim) in members
            assert (f"ws:{MADE}", f"ws:field/{MADE}/{field}") in members


def test_what_a_column_is_called_is_told_only_with_words(ws: Workspace) -> None:
    quiet, loud = repr(whole(account(ws))), repr(whole(account(ws, words=True)))
    assert ".column-2" in quiet
    for question in QUESTIONS:
        assert question not in quiet
    assert any(question in loud for question in QUESTIONS)
    assert "persona:Field'" not in repr(whole(account(ws, claims=False)))


@pytest.mark.parametrize("words", [False, True])
@pytest.mark.parametrize("format", ALL)
def test_fields_come_back_from_every_format(ws: Workspace, format: str, words: bool) -> None:
    told = account(ws, words=words)
    assert same(written(told, format), told, format)


def test_the_account_can_be_true(ws: Workspace) -> None:
    verdict = ws.lineage.check()
    assert verdict.valid, verdict.findings


def test_after_a_withdrawal_fields_are_told_of_personas_made_since(tmp_path: Path) -> None:
    """Of personas whose bytes were erased no more is told than that they were; documents are read as they are left."""
    with make(tmp_path) as ws:
        ws.participant.withdraw("R00")
        ws.participant.withdraw("P1")
        assert derivations(of(account(ws), "wasDerivedFrom")) == {}
        ws.generate(flags={"count": 1})
        told = account(ws)
        after = derivations(of(told, "wasDerivedFrom"))
        assert {str(field).startswith("ws:field/artefact/shop/personas/v2/") for field, _ in after} == {True}
        assert ws.lineage.check().valid
        assert same(written(told, "json"), told, "json")
