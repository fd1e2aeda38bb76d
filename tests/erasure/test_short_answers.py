"""A short answer of somebody who withdrew cannot be confirmed by whoever has every byte and a list with the answer in it."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.erasure.doing import do_much
from tests.erasure.scanning import unpacked
from tests.llm.conftest import keys, server
from tests.llm.server import FakeServer
from tests.llm.test_judging import JUDGE, judging

from persona.model.calls import KEY_VERSION
from persona.model.canonical import canonical_json, digest_of
from persona.model.cards import ParticipantLabel, SourceCard, derived, spent
from persona.model.records import DocumentRecord, Erasure, Source
from persona.workspace import Workspace

__all__ = ["keys", "server"]

PLACES = ("the kiosk", "the farm shop", "a market", "the village store", "my neighbour", "the bakery")
WORDS = ("I want cheaper flour", "too slow for me", "I always ask first", "the prices are difficult to read")
OTHERS = [(f"R{n:02d}", str(30 + n), f"{WORDS[n % 4]} at {PLACES[n % 6]}, number {n}") for n in range(1, 24)]
WHO, AGE, ANSWER = "R24", "71", "never"
CANDIDATES = ["yes", "no", "Never", ANSWER, "sometimes", AGE, "42", WHO, "R25", "Maria Lopez", "always", "often"]
FRAMED = re.compile(
    rb',\s*"salt": ?"[0-9a-f]{32}"|persona-salt/1 [0-9a-f]{32}\n|<meta name="persona:salt" content="[0-9a-f]{32}">'
)
SALT = re.compile(rb'("salt": ?"|persona-salt/1 |persona:salt" content=")([0-9a-f]{32})')


def survey(answer: str = ANSWER) -> str:
    rows = [*OTHERS, (WHO, AGE, answer)]
    return "participant,age,Would you buy there again?\n" + "".join(f'{a},{b},"{c}"\n' for a, b, c in rows)


@pytest.fixture
def asked(tmp_path: Path, server: FakeServer, monkeypatch: pytest.MonkeyPatch) -> Iterator[Workspace]:
    """A workspace with a survey, in which a model was asked, judged, compared and reported."""
    monkeypatch.setenv("PERSONA_ENDPOINT", server.endpoint("openai"))
    monkeypatch.setenv("PERSONA_MODEL", "openai:gpt-4o-mini")
    (tmp_path / "survey.csv").write_text(survey(), encoding="utf-8")
    with Workspace.init(tmp_path / "ws") as ws:
        ws.project.create("Shop")
        ws.source.import_([tmp_path / "survey.csv"])
        do_much(ws, tmp_path)
        people = [who for who, _, _ in OTHERS] + [WHO]
        (tmp_path / "groups.yaml").write_text(json.dumps({"groups": [people[:12], people[12:]]}), encoding="utf-8")
        ws.generate(flags={"model": "extractive"}, grouping=tmp_path / "groups.yaml")
        server.responder = judging(lambda _: "supported")
        ws.judging.judge(ws.run.list().items[-1].id, JUDGE)
        yield ws


def every_byte(*folders: Path) -> list[bytes]:
    """Each file, packed and unpacked."""
    files = [path for folder in folders for path in sorted(folder.rglob("*")) if path.is_file()]
    return [piece for path in files for piece in unpacked(path.read_bytes())]


def digests_in(pieces: list[bytes]) -> set[str]:
    return {
        found.decode() for piece in pieces for found in re.findall(rb"(?<![0-9a-f])[0-9a-f]{64}(?![0-9a-f])", piece)
    }


def salts_in(pieces: list[bytes]) -> set[str]:
    return {
        found.decode() for piece in pieces for found in re.findall(rb"(?<![0-9a-f])[0-9a-f]{32}(?![0-9a-f])", piece)
    }


def plain_forms(text: str) -> set[bytes]:
    """What a short text looks like wherever this program writes one, without a salt."""
    values: list[Any] = [text, [text], {"text": text}, {"label": text}, {"answer": text}, {"value": text}]
    values += [
        ParticipantLabel(text, {}, salt=""),
        ParticipantLabel(WHO, {"age": text}, salt=""),
        SourceCard(text, salt=""),
    ]
    values += [{"role": "user", "text": text}, {"people": {text: text}}, {"groups": [[text]], "schema": "grouping/1"}]
    forms = {canonical_json(one) for one in values} | {text.encode(), text.encode("utf-16-le"), f"{text}\n".encode()}
    forms |= {json.dumps(text).encode(), f'"{text}"\n'.encode(), b"blob %d\0%b" % (len(text), text.encode())}
    return forms | {b"\x00" + one for one in forms} | {b"persona-salt/1 \n" + text.encode()}


def shown_as(digest: bytes) -> list[bytes]:
    return [
        digest,
        digest.hex().encode(),
        base64.b64encode(digest).rstrip(b"="),
        base64.urlsafe_b64encode(digest).rstrip(b"="),
    ]


def handed_out(ws: Workspace, out: Path) -> None:
    """What holds digests and no words, as it may be handed to anybody."""
    out.mkdir()
    ws.prov.write(out / "prov.json")
    ws.openlineage.write(out / "events.ndjson")
    ws.atlas.write(out / "atlas.zip")


def test_no_guess_is_confirmed_by_any_byte(asked: Workspace, tmp_path: Path) -> None:
    ws, blobs = asked, asked._context.blobs
    handed_out(ws, tmp_path / "before")
    before = {digest: blobs.get(digest) for digest in blobs.digests()}
    ws.participant.withdraw(WHO)
    handed_out(ws, tmp_path / "after")
    ws.archive(tmp_path / "after" / "whole.zip")
    pieces = every_byte(ws.root, tmp_path / "before", tmp_path / "after")
    for text in CANDIDATES:
        for form in plain_forms(text):
            for shown in shown_as(hashlib.sha256(form).digest()):
                assert not any(shown in piece for piece in pieces), (text, form)

    # Whoever has the rest of each erased thing, and the answer, lacks its salt.
    named, seen = digests_in(pieces), salts_in(pieces)
    seen |= {derived(purpose, one) for one in seen for purpose in ("left", "recipe", "personas", "call", "document 23")}
    erased = {one.id: one for one in ws._context.records.find(Erasure).items if one.kind != "original"}
    kinds = {one.kind for one in erased.values()}
    calls = {"request", "sent", "received", "response"}
    assert kinds >= {"document", "card", "recipe", "personas", "measures", "grouping", "report"} | calls, kinds
    held: dict[str, int] = {}
    for digest, erasure in erased.items():
        data = before[digest]
        assert digest.removeprefix("sha256:") in named, "its name is in the log for good"
        salts = {found[1].decode() for found in SALT.findall(data)}
        assert salts, f"{erasure.kind} carries no salt: {data[:200]!r}"
        theirs = any(re.search(rf"\b{one}\b".encode(), data) for one in (ANSWER, WHO))
        assert not theirs or not salts <= seen, f"the salt of {erasure.kind} can be found or reckoned"
        held[erasure.kind] = held.get(erasure.kind, 0) + theirs
        for tried in ("", *sorted(seen)[:50]) if theirs else ("",):  # a request about others keeps their salt
            assert digest_of(SALT.sub(rb"\g<1>" + tried.encode(), data)).removeprefix("sha256:") not in named
        bare = re.sub(FRAMED, b"", data)
        assert bare != data
        assert digest_of(bare).removeprefix("sha256:") not in named
        if erasure.kind == "request":
            key = digest_of(b'{"key_version":"%s","request":%s}' % (KEY_VERSION.encode(), bare))
            assert key.removeprefix("sha256:") not in named
    assert {kind for kind, count in held.items() if count} >= kinds - {"response", "received"}, held
    assert ws.verify().ok
    again = ws.generate(flags={"count": 1})
    assert again.view.run.fields["calls"]["reused"] == len(OTHERS), "what was answered about others serves again"


def test_who_has_the_rest_of_a_file_can_still_try_an_answer(asked: Workspace) -> None:
    """What docs/erasure.md admits: a whole file is named by its plain digest."""
    asked.participant.withdraw(WHO)
    (source,) = asked._context.records.find(Source).items
    tried = {answer: digest_of(survey(answer).encode()) == source.digest for answer in CANDIDATES}
    assert [answer for answer, found in tried.items() if found] == [ANSWER]
    with asked.run.start() as mine:
        mine.log_bytes(ANSWER.encode(), "note.txt")
    assert asked.artefact.show("note.txt").artefact.digest == digest_of(ANSWER.encode()), "a file that a program logs"


def test_numbers_stay(asked: Workspace) -> None:
    """What docs/erasure.md admits: lengths, metrics and counts of tokens follow from words."""
    run = asked.run.list().items[-1]
    tokens = [one.input_tokens for one in asked.call.list(run.id)]
    asked.participant.withdraw(WHO)
    records = asked._context.records
    assert len(ANSWER) in [
        one.characters for one in records.find(DocumentRecord).items if one.ordinal == len(OTHERS) + 1
    ]
    assert asked.run.show(run.id).run.metrics == run.metrics != {}
    assert [one.input_tokens for one in asked.call.list(run.id)] == tokens


def test_the_same_file_gives_the_same_names_in_any_workspace(tmp_path: Path) -> None:
    (tmp_path / "survey.csv").write_text(survey(), encoding="utf-8")
    names = []
    for name in ("one", "two"):
        with Workspace.init(tmp_path / name) as ws:
            ws.project.create("Shop")
            ws.source.import_([tmp_path / "survey.csv"])
            made = ws.generate(flags={"model": "extractive", "count": 2})
            records = ws._context.records
            names.append(
                ({one.digest for one in records.find(DocumentRecord).items}, made.view.run.recipe, made.personas)
            )
    assert names[0] == names[1]


GROUP = "Moderator: Again?\nMaria Lopez: Never.\nTom Berg: Always.\nModerator: Why?\nTom Berg: It is near to where I live.\n"


def test_two_who_leave_one_conversation_one_after_the_other(tmp_path: Path) -> None:
    """What is left of a conversation carries the next salt: it tells neither the one before, nor is it without."""
    (tmp_path / "group.txt").write_text(GROUP, encoding="utf-8")
    with Workspace.init(tmp_path / "ws") as ws:
        ws.project.create("Shop")
        ws.source.import_([tmp_path / "group.txt"])
        ws.generate(flags={"model": "extractive", "count": 1})
        gone: dict[str, bytes] = {}
        for who in ("Maria Lopez", "Tom Berg"):
            held = {digest: ws._context.blobs.get(digest) for digest in ws._context.blobs.digests()}
            ws.participant.withdraw(who)
            gone |= {one.id: held[one.id] for one in ws._context.records.find(Erasure).items if one.id in held}
        assert ws.verify().ok
    seen = salts_in(every_byte(tmp_path / "ws"))
    told = [data for data in gone.values() if data[:1] == b"{"]
    assert sum(b'"turns"' in data for data in told) == 2
    assert sum(b'"engine_version"' in data for data in told) == 2
    for data in told:
        salts = {found[1].decode() for found in SALT.findall(data)}
        assert salts
        assert not salts <= seen
        assert not salts & {spent(one) for one in seen}


def test_what_earlier_versions_sealed_is_read_asked_and_erased(
    tmp_path: Path, server: FakeServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A workspace of before: documents without salts, and requests without them."""
    monkeypatch.setenv("PERSONA_ENDPOINT", server.endpoint("openai"))
    (tmp_path / "survey.csv").write_text(survey("never, because the queue is so terribly long there"), encoding="utf-8")
    asks = {"model": "openai:gpt-4o-mini", "count": 1}
    with Workspace.init(tmp_path / "ws") as ws:
        with monkeypatch.context() as before:
            before.setattr("persona.sources.registry.salts_of", lambda _data, count: [""] * count)
            before.setattr("persona.runs.asking.Salts.of", lambda _self, _prompt: "")
            before.setattr("persona.runs.calls.salted", lambda data: data)
            ws.project.create("Old")
            ws.source.import_([tmp_path / "survey.csv"])
            first = ws.generate(flags=asks, project="old")
        documents = [ws._context.blobs.get(one.digest) for one in ws._context.records.find(DocumentRecord).items]
        assert not any(b'"salt"' in data for data in documents)
        tried = [
            data.replace(b"terribly", word)
            for data in documents
            for word in (b"awfully", b"terribly")
            if WHO.encode() in data
        ]
        assert sum(ws._context.blobs.has(digest_of(one)) for one in tried) == 1, (
            "a guess of what was sealed then is confirmed"
        )
        count = len(server.asked)
        again = ws.generate(flags=asks, project="old")
        assert len(server.asked) == count, "what was asked before the salts is not asked again"
        assert again.personas == first.personas
        assert ws.reproduce(first.view.run.id).verdict == "identical"
        ws.project.create("New")
        ws.source.import_([tmp_path / "survey.csv"], project="new")
        ws.generate(flags=asks, project="new")
        assert ws.reproduce(again.view.run.id).verdict == "identical"
        done = ws.participant.withdraw(WHO, project="old")
        assert len(done.participants) == 2, "the same row of the same file is the same person's"
        assert not any(b"terribly" in piece for piece in every_byte(ws.root))
        assert ws.verify().ok


def test_a_replay_needs_no_card(asked: Workspace) -> None:
    """The answers of a run are found by their words where the cards of people are lost."""
    from persona.model.records import Participant
    from persona.runs import asking

    run = asked.run.list(where="params.model ~ gpt").items[0].id
    asked._context.blobs.plain.delete_many([one.card for one in asked._context.records.find(Participant).items])
    asking._salts.clear()
    assert asked.reproduce(run).verdict == "identical"
