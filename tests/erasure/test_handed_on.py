"""What is handed on after a withdrawal: every export works, holds no word of the person, and PROV says what became of the bytes."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path

import pytest
from tests.cli.calling import call
from tests.erasure.doing import do_much
from tests.erasure.scanning import found_in, rows
from tests.llm.conftest import SAID, keys, server, shop

from persona.exports.prov.terms import PROV
from persona.model.records import Artefact, DocumentRecord, Erasure, Source, Withdrawal
from persona.workspace import Workspace

__all__ = ["keys", "server", "shop"]


@pytest.fixture
def left(shop: Workspace, tmp_path: Path) -> Workspace:
    """A workspace with calls, personas, an experiment, a comparison and a report, after Ben withdrew; and work after it."""
    do_much(shop, tmp_path)
    shop.participant.withdraw("Ben")
    shop.generate(flags={"count": 1, "model": "extractive"})
    return shop


def test_every_export_works_and_holds_no_word(left: Workspace, tmp_path: Path) -> None:
    out = tmp_path / "out"
    out.mkdir()
    runs = [view.id for view in left.run.list().items]
    before, after = runs[-1], runs[0]
    place = ("--workspace", str(left.root))
    commands = [("export", "prov", "--format", one, "--output", str(out / f"prov.{one}")) for one in FORMATS]
    commands += [(*one, "--with-words") for one in [("export", "prov", "--output", str(out / "words.json"))]]
    for number, scope in enumerate((("--run", before), ("--run", after), ("--experiment", "two"), ())):
        for profile in ("1.1", "1.2"):
            crate = str(out / f"crate-{number}-{profile}.zip")
            commands.append(("export", "ro-crate", *scope, "--profile", profile, "--output", crate))
            commands.append(
                ("export", "ro-crate", *scope, "--profile", profile, "--with-sources", "--output", f"{crate}.zip")
            )
    for number, run in enumerate(runs):
        commands.append(("export", "in-toto", "--run", run, "--output", str(out / f"statement-{number}.json")))
    commands.append(("run", "export", after, "--output", str(out / "run.zip")))
    commands += [
        ("export", "openlineage", "--output", str(out / "events.ndjson")),
        ("export", "atlas", "--output", str(out / "atlas.zip")),
        ("export", "atlas", "--format", "rest", "--output", str(out / "atlas")),
        ("archive", "create", str(out / "whole.zip")),
        ("archive", "create", str(out / "part.zip"), "--project", "shop"),
        ("report", before, "--output", str(out / "before.html")),
        ("report", after, "--output", str(out / "after.html")),
    ]
    for version in ("v1", "v2"):
        for form in ("json", "yaml", "csv", "md", "html"):
            file = str(out / f"personas-{version}.{form}")
            commands.append(("artefact", "export", f"personas:{version}", "--format", form, "--output", file))
    for words in commands:
        said = call(*words, *place)
        assert said.status == 0, (words, said.err)
    assert len(list(out.iterdir())) >= len(commands)
    refused = call("run", "export", before, "--output", str(out / "before.zip"), *place, "--json")
    assert [one["code"] for one in refused.json()["errors"]] == ["words-erased"]
    assert not (out / "before.zip").exists()
    assert found_in(out, rows(SAID["Ben"]), ("Ben",)) == []
    assert found_in(out, rows(SAID["Anna"])), "what others said is handed on"
    opened = call("archive", "open", str(out / "whole.zip"), str(tmp_path / "opened"))
    assert opened.status == 0, opened.err
    assert call("verify", "--workspace", str(tmp_path / "opened")).status == 0
    assert zipfile.is_zipfile(out / "atlas.zip")


FORMATS = ("json", "provn", "xml", "turtle", "nquads")


@pytest.mark.parametrize("format", FORMATS)
def test_prov_with_a_withdrawal_can_be_true_in_every_format(format: str, left: Workspace, tmp_path: Path) -> None:
    out = str(tmp_path / f"account.{format}")
    assert call("export", "prov", "--format", format, "--output", out, "--workspace", str(left.root)).status == 0
    said = call("lineage", "check", out)
    assert said.status == 0, said.out
    text = Path(out).read_text(encoding="utf-8")
    word = {"turtle": "prov:qualifiedInvalidation", "nquads": f"{PROV}qualifiedInvalidation"}.get(
        format, "wasInvalidatedBy"
    )
    assert text.count(word) >= 1


def test_prov_says_when_and_by_what_bytes_ended(left: Workspace) -> None:
    records = left._context.records
    told = json.loads("".join(left.prov.pieces("json")))
    [withdrawal] = records.find(Withdrawal).items
    activity = told["activity"][f"ws:{withdrawal.id}"]
    assert activity["prov:startTime"] == withdrawal.began_at
    assert activity["prov:endTime"] == withdrawal.ended_at
    ended = {one["prov:entity"]: one for one in told["wasInvalidatedBy"].values()}
    erasures = records.find(Erasure).items
    assert len(ended) == len(erasures) > 5
    general: dict[str, set[str]] = {}
    for one in told["specializationOf"].values():
        general.setdefault(one["prov:specificEntity"], set()).add(one["prov:generalEntity"])
    made = {one["prov:entity"]: one["prov:activity"] for one in told["wasGeneratedBy"].values()}
    for erasure in erasures:
        name = f"ws:bytes/{erasure.id.replace(':', '.')}"
        assert ended[name]["prov:activity"] == f"ws:{withdrawal.id}"
        assert ended[name]["prov:time"] == erasure.erased_at
        assert told["entity"][name]["persona:kind"] == erasure.kind
        if erasure.successor:
            follows = f"ws:bytes/{erasure.successor.replace(':', '.')}"
            assert made[follows] == f"ws:{withdrawal.id}"
            assert follows not in ended
    for noun in (Source, DocumentRecord):
        gone = {one.id: one for one in erasures}
        back = {one.successor: one for one in erasures if one.successor}
        for record in records.find(noun).items:
            erasure = gone.get(record.digest) or back.get(record.digest)
            if erasure is not None:
                assert f"ws:{record.id}" in general[f"ws:bytes/{erasure.id.replace(':', '.')}"]
    versions = [one for one in records.find(Artefact).items if one.digest in {one.id for one in erasures}]
    assert len(versions) >= 3
    for artefact in versions:
        whole = artefact.id.replace(":", "/")
        assert f"ws:artefact/{whole}" in general[f"ws:bytes/{artefact.digest.replace(':', '.')}"]
    assert not any(one.startswith(("ws:source_", "ws:document_")) for one in ended)


def test_the_account_of_one_run_tells_the_bytes_that_concern_it(left: Workspace) -> None:
    from persona.workspace.prov import Told

    runs = left.run.list().items
    before = json.loads("".join(left.prov.pieces("json", Told(run=runs[-1].id))))
    after = json.loads("".join(left.prov.pieces("json", Told(run=runs[0].id))))
    assert before["wasInvalidatedBy"]
    assert len(before["wasInvalidatedBy"]) > len(after.get("wasInvalidatedBy", {}))


def test_two_withdrawals_one_after_the_other_can_be_true(left: Workspace, tmp_path: Path) -> None:
    left.participant.withdraw("Anna")
    left.prov.write(tmp_path / "twice.json")
    said = call("lineage", "check", str(tmp_path / "twice.json"))
    assert said.status == 0, said.out
    told = json.loads((tmp_path / "twice.json").read_text(encoding="utf-8"))
    assert len([one for one in told["activity"] if one.startswith("ws:withdrawal_")]) == 2
    made = [one["prov:entity"] for one in told["wasGeneratedBy"].values() if "bytes/" in one["prov:entity"]]
    ended = {one["prov:entity"] for one in told["wasInvalidatedBy"].values()}
    assert len(made) == len(set(made))
    assert ended & set(made), "what the first left of the personas, the second erased"
