"""``persona lineage check``: files of others and the workspace's own account, in any place."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from tests.cli.calling import Say

GOOD = '{"prefix": {"ex": "http://e.org/"}, "entity": {"ex:a": {}}, "bundle": {"ex:b": {"entity": {"ex:c": {}}}}}'
BAD = '{"prefix": {"ex": "http://e.org/"}, "entity": {"ex:a": {}}, "activity": {"ex:a": {}}}'


def test_a_file_needs_no_workspace(say: Say, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("good.json").write_text(GOOD, encoding="utf-8")
    said = say("lineage", "check", "good.json")
    assert (said.status, said.err) == (0, "")
    assert said.out.splitlines() == ["it can be true", "  2 statements, in 1 bundle and at the top, PROV-JSON"]


def test_what_cannot_be_true_is_named_and_leaves_with_status_5(say: Say, tmp_path: Path) -> None:
    file = tmp_path / "bad.json"
    file.write_text(BAD, encoding="utf-8")
    said = say("lineage", "check", str(file))
    assert said.status == 5
    assert "55 entity-activity-disjoint" in said.out
    assert "entity(ex:a)" in said.out
    assert "the provenance cannot be true: 1 finding\n" in said.err
    answer = json.loads(say("lineage", "check", str(file), "--json").out)
    assert (answer["ok"], answer["errors"][0]["code"]) == (False, "prov-invalid")
    assert answer["data"]["findings"] == [
        {
            "constraint": 55,
            "name": "entity-activity-disjoint",
            "sentence": "ex:a is an entity and an activity",
            "statements": ["entity(ex:a)", "activity(ex:a)"],
            "concerned": 2,
            "others": [50],
            "bundle": None,
        }
    ]


@pytest.mark.parametrize(
    ("words", "status", "told"),
    [
        (("nothing.json",), 3, "there is no such file"),
        ((".",), 5, "the file cannot be read"),
        (("broken.json",), 5, "broken.json, line 1, column 2"),
        (("good.json", "--as-of", "1"), 2, "a file has no past here"),
    ],
)
def test_what_cannot_be_checked_is_said(
    words: tuple[str, ...], status: int, told: str, say: Say, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("good.json").write_text(GOOD, encoding="utf-8")
    Path("broken.json").write_text("{nothing", encoding="utf-8")
    said = say("lineage", "check", *words)
    assert (said.status, said.out) == (status, "")
    assert told in said.err


def test_a_workspace_tells_what_can_be_true_now_and_before(say: Say, shop: Path, newest: str) -> None:
    now = json.loads(say("lineage", "check", "--json").out)["data"]
    then = json.loads(say("lineage", "check", "--as-of", "3", "--json").out)["data"]
    assert now["valid"]
    assert then["valid"]
    assert now["bundles"] >= 1
    assert now["statements"] > then["statements"] > 0
