"""``persona audit`` as people use it."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.cli.calling import Say


def test_a_proof_is_checked_where_there_is_no_workspace(
    say: Say, shop: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert say("audit", "prove", "3", "--output", str(tmp_path / "proof.txt")).status == 0
    key = say("audit", "key", "--json").json()["data"]["public"]
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    monkeypatch.chdir(elsewhere)
    monkeypatch.delenv("PERSONA_WORKSPACE", raising=False)
    alone = say("audit", "check-proof", str(tmp_path / "proof.txt"))
    assert (alone.status, "none of the known keys" in alone.err) == (6, True)
    said = say("audit", "check-proof", str(tmp_path / "proof.txt"), "--key", key)
    assert said.status == 0, said.err
    assert "the event stands in the log" in said.out
    (tmp_path / "proof.txt").write_text("no proof", encoding="utf-8")
    assert say("audit", "check-proof", str(tmp_path / "proof.txt"), "--key", key).status == 5


def test_a_log_whose_end_was_cut_is_told_with_status_6(say: Say, shop: Path, tmp_path: Path) -> None:
    note = tmp_path / "note.txt"
    assert say("audit", "checkpoint", "--output", str(note)).status == 0
    size = say("audit", "checkpoint", "--json").json()["data"]["size"]
    text = note.read_text(encoding="utf-8")
    note.write_text(text.replace(f"\n{size}\n", f"\n{size + 5}\n", 1), encoding="utf-8")
    said = say("audit", "verify", "--against", str(note))
    assert said.status == 6
    assert "its end was cut off" in said.err
    assert "complete" not in said.out + said.err
    assert "the log is not what it was" in said.out


def test_what_is_not_anchored_is_said(say: Say, shop: Path) -> None:
    said = say("audit", "verify")
    assert said.status == 0
    assert "anchored      nothing" in said.out
    assert "only this workspace vouches" in said.out
    assert "complete" not in said.out
