"""The file of a workspace: equal in every format, valid under the W3C's schemas and under PROV-CONSTRAINTS."""

from __future__ import annotations

import io
import json
from pathlib import Path

import jsonschema
import pytest
from lxml import etree
from tests.exports.prov.test_account import account, root, ws
from tests.exports.prov.test_formats import json_schema, xsd
from tests.exports.prov.told import ALL, same, written

from persona.errors import NotFound, UsageError
from persona.exports.prov.writing import write
from persona.workspace import Workspace
from persona.workspace.prov import Told
from persona.workspace.prov_checking import check_file

__all__ = ["json_schema", "root", "ws", "xsd"]


@pytest.mark.parametrize("words", [False, True])
@pytest.mark.parametrize("format", ALL)
def test_a_workspace_comes_back_from_every_format(ws: Workspace, format: str, words: bool) -> None:
    told = account(ws, words=words)
    assert same(written(told, format), told, format)


def test_no_identifier_is_told_twice_so_that_one_pass_is_enough(ws: Workspace) -> None:
    stream = io.BytesIO()
    size = write(account(ws, words=True), "json", stream, distinct=True)
    assert stream.getvalue() == written(account(ws, words=True), "json")
    assert size == len(stream.getvalue())
    pairs: list[list[str]] = []
    json.loads(
        stream.getvalue(), object_pairs_hook=lambda found: pairs.append([key for key, _ in found]) or dict(found)
    )
    assert all(len(keys) == len(set(keys)) for keys in pairs)


def test_the_files_are_valid(
    ws: Workspace, xsd: etree.XMLSchema, json_schema: jsonschema.Draft4Validator, tmp_path: Path
) -> None:
    for words in (False, True):
        view = ws.prov.write(tmp_path / "prov.xml", told=Told(words=words))
        assert view.format == "xml"
        xsd.assertValid(etree.parse(str(tmp_path / "prov.xml")))
        ws.prov.write(tmp_path / "prov.json", told=Told(words=words))
        json_schema.validate(json.loads((tmp_path / "prov.json").read_bytes()))
        for name in ("prov.xml", "prov.json"):
            verdict = check_file(tmp_path / name)
            assert verdict.valid, verdict.findings
            assert verdict.statements > 100
            assert verdict.bundles == 3


@pytest.mark.parametrize("format", ALL)
def test_the_same_log_gives_the_same_bytes(root: Path, format: str, tmp_path: Path) -> None:
    files = [tmp_path / "one", tmp_path / "two"]
    for file in files:
        with Workspace.open(root) as opened:
            view = opened.prov.write(file, format)
            assert view.bytes == file.stat().st_size
    assert files[0].read_bytes() == files[1].read_bytes()


def test_a_moment_of_the_past_is_told(root: Path, tmp_path: Path) -> None:
    with Workspace.open(root, as_of="@6") as then:
        view = then.prov.write(tmp_path / "then.json")
    assert view.position == 6
    assert b"run_" not in (tmp_path / "then.json").read_bytes()


def test_a_thing_names_what_is_told(ws: Workspace, tmp_path: Path) -> None:
    run = ws.run.list().items[0]
    sizes = {}
    for thing in (None, "shop", run.id, "personas:v1"):
        sizes[thing] = ws.prov.write(tmp_path / "told.json", told=Told(thing)).bytes
    assert sizes[None] == sizes["shop"] > sizes["personas:v1"]
    assert ws.prov.write(tmp_path / "told.json", told=Told(claims=False)).bytes < sizes[None] / 2
    with pytest.raises(NotFound) as missed:
        ws.prov.write(tmp_path / "none.json", told=Told("Anna"))
    assert missed.value.code == "prov-no-scope"
    with pytest.raises(UsageError):
        ws.prov.write(tmp_path / "none.json", told=Told("shop", run=run.id))
    with pytest.raises(UsageError) as unknown:
        ws.prov.write(tmp_path / "none.json", "jsn")
    assert unknown.value.hints == ("did you mean `json`?",)
    assert not (tmp_path / "none.json").exists()
