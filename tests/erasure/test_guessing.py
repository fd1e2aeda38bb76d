"""Nobody who has the log and a list of guesses learns who spoke or what they said."""

from __future__ import annotations

import json
import re
from pathlib import Path

from tests.erasure.test_withdraw import GROUP, MARIA

from persona.model.canonical import canonical_json, digest_of
from persona.workspace import Workspace

NAMES = ["Maria Lopez", "Tom Berg", "maria lopez", "Maria", "Tom", "group.txt", "P01", "John Smith"]


def guesses() -> set[str]:
    """Digests of everything short that somebody may try, bare and in the forms in which this program writes values."""
    tried = {*NAMES, *re.split(r"(?<=[.?!])\s+", MARIA), *MARIA.splitlines(), *MARIA.split()}
    forms: set[bytes] = set()
    for text in tried:
        forms |= {text.encode(), canonical_json(text), canonical_json({"label": text}), f"{text}\n".encode()}
        forms |= {canonical_json({"attributes": {}, "label": text, "schema": "participant-card/1"})}
        forms |= {canonical_json({"name": text, "schema": "source-card/1"})}
    return {digest_of(one) for one in forms}


def test_no_digest_in_the_log_is_that_of_a_short_text(ws: Workspace, tmp_path: Path) -> None:
    (tmp_path / "group.txt").write_text(GROUP, encoding="utf-8")
    ws.source.import_([tmp_path / "group.txt"])
    ws.generate(flags={"count": 1})
    ws.report()
    ws.participant.consent(["Maria Lopez"], {"quotation": False})
    ws.participant.withdraw("Maria Lopez")
    log = json.dumps([[one.kind, one.subject, one.body, str(one.edges)] for one in ws._context.records.events()])
    named = set(re.findall(r"sha256:[0-9a-f]{64}", log))
    assert len(named) > 8
    assert not named & guesses()
    assert not any(name in log for name in ("Maria", "Tom Berg", "group.txt"))


def test_the_same_name_has_another_digest_each_time(ws: Workspace, tmp_path: Path) -> None:
    """Cards are salted, so two people of one name cannot be joined by the log, and a guess cannot be confirmed."""
    for folder in ("one", "two"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "talk.txt").write_text(f"Interviewer: {folder}?\nMaria Lopez: Yes.\n", encoding="utf-8")
        ws.source.import_([tmp_path / folder / "talk.txt"], separate_people=True)
    cards = [one.body["card"] for one in ws._context.records.events(kind="participant.added")]
    assert len(set(cards)) == len(cards) == 2
