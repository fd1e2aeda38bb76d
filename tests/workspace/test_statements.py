"""Signed statements of runs, read here as the specifications write them and not with the program's own reader."""

from __future__ import annotations

import base64
import hashlib
import json
from pathlib import Path
from typing import Any

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from hypothesis import given
from hypothesis import strategies as st
from tests.cli.calling import call
from tests.workspace.conftest import INTERVIEWS

from persona.errors import Conflict, InvalidInput, NotFound, PermissionDenied
from persona.lineage.envelopes import encoded, open_envelope
from persona.workspace import Workspace
from persona.workspace.statements import check_statement


def opened(path: Path, public: str) -> dict[str, Any]:
    """The statement in an envelope, its signature verified by the words of DSSE 1.0 alone."""
    envelope = json.loads(path.read_bytes())
    payload = base64.b64decode(envelope["payload"])
    kind = envelope["payloadType"].encode()
    signed = b"DSSEv1 " + str(len(kind)).encode() + b" " + kind + b" " + str(len(payload)).encode() + b" " + payload
    raw = base64.b64decode(public.split("+", 2)[2])[1:]
    [signature] = envelope["signatures"]
    Ed25519PublicKey.from_public_bytes(raw).verify(base64.b64decode(signature["sig"]), signed)
    assert kind == b"application/vnd.in-toto+json"
    found: dict[str, Any] = json.loads(payload)
    return found


@pytest.fixture
def stated(full: Workspace, tmp_path: Path) -> tuple[Workspace, str, Path]:
    run = full.generate(flags={"count": 1}).view.run.id
    full.statement.export(run, tmp_path / "statement.json")
    return full, run, tmp_path / "statement.json"


def test_the_statement_has_the_forms_of_in_toto_and_slsa(stated: tuple[Workspace, str, Path]) -> None:
    ws, run, path = stated
    told = opened(path, ws.audit.key().public)
    assert set(told) == {"_type", "subject", "predicateType", "predicate"}
    assert told["_type"] == "https://in-toto.io/Statement/v1"
    assert told["predicateType"] == "https://slsa.dev/provenance/v1"
    view = ws.run.show(run)
    [artefact] = view.outputs
    assert told["subject"] == [
        {"name": "output/personas.json", "digest": {"sha256": artefact.digest.removeprefix("sha256:")}}
    ]
    build, details = told["predicate"]["buildDefinition"], told["predicate"]["runDetails"]
    assert set(build) == {"buildType", "externalParameters", "internalParameters", "resolvedDependencies"}
    assert set(details) == {"builder", "metadata", "byproducts"}
    assert build["externalParameters"]["parameters"]["count"] == 1
    assert build["internalParameters"]["recipe"] == view.run.recipe
    assert details["metadata"] == {
        "invocationId": view.run.uuid,
        "startedOn": view.run.started_at,
        "finishedOn": view.run.ended_at,
    }
    for one in build["resolvedDependencies"]:
        assert one["uri"].startswith("urn:")
        assert len(bytes.fromhex(one["digest"]["sha256"])) == 32
    hashes = {"sha256:" + one["digest"]["sha256"] for one in build["resolvedDependencies"]}
    assert {f"sha256:{hashlib.sha256(text.encode()).hexdigest()}" for text in INTERVIEWS.values()} <= hashes
    assert {view.run.recipe} <= hashes
    note = base64.b64decode(next(one for one in details["byproducts"] if one["name"] == "checkpoint")["content"])
    kept = path.with_name("checkpoint.txt")
    kept.write_bytes(note)
    assert ws.audit.verify([kept]).anchored == ws.coordinate.position
    assert not any(name.encode() in json.dumps(told).encode() for name in ("P01.txt", "P02.txt", "P03.md"))


def test_the_same_state_gives_the_same_statement(stated: tuple[Workspace, str, Path]) -> None:
    ws, run, path = stated
    ws.statement.export(run, path.with_name("again.json"))
    assert path.with_name("again.json").read_bytes() == path.read_bytes()


def test_outputs_are_found_wherever_they_lie(stated: tuple[Workspace, str, Path]) -> None:
    ws, run, path = stated
    personas = next(ws.root.glob(f"projects/*/runs/{run}/output/personas.json"))
    moved = path.with_name("renamed.bin")
    moved.write_bytes(personas.read_bytes())
    view = ws.statement.check(path, [moved])
    assert (view.subjects[0].file, view.strangers, len(view.signed_by)) == (str(moved), (), 1)
    moved.write_bytes(personas.read_bytes() + b" ")
    view = ws.statement.check(path, [moved])
    assert (view.subjects[0].file, view.strangers) == (None, (str(moved),))
    with pytest.raises(NotFound):
        ws.statement.check(path, [path.with_name("nothing")])


def test_every_changed_byte_of_the_payload_and_every_other_key_is_refused(stated: tuple[Workspace, str, Path]) -> None:
    ws, _, path = stated
    public = ws.audit.key().public
    assert check_statement(path, [], []).signed_by == ()
    assert check_statement(path, [], [public]).signed_by == (ws.audit.origin,)
    whole = json.loads(path.read_bytes())
    payload = base64.b64decode(whole["payload"])
    for place in range(0, len(payload), max(1, len(payload) // 60)):
        changed = payload[:place] + bytes([payload[place] ^ 1]) + payload[place + 1 :]
        broken = path.with_name("broken.json")
        broken.write_text(json.dumps(whole | {"payload": base64.b64encode(changed).decode()}), encoding="utf-8")
        with pytest.raises(InvalidSignature):
            opened(broken, public)
        try:
            assert check_statement(broken, [], [public]).signed_by == ()
        except InvalidInput as error:
            assert error.code == "statement-broken"
    path.write_text(json.dumps(whole | {"payloadType": "text/plain"}), encoding="utf-8")
    with pytest.raises(InvalidInput):
        check_statement(path, [], [public])


@given(st.text(), st.binary())
def test_what_is_signed_can_be_parted_in_one_way_only(kind: str, payload: bytes) -> None:
    head, _, rest = encoded(kind, payload).partition(b" ")
    length, _, rest = rest.partition(b" ")
    assert (head, rest[: int(length)].decode()) == (b"DSSEv1", kind)
    length, _, rest = rest[int(length) + 1 :].partition(b" ")
    assert (int(length), rest) == (len(payload), payload)


@pytest.mark.parametrize(
    "data",
    [
        b"", b"{}", b"[]", b"null", b"\xff", b'{"payload":"%%%","payloadType":"x","signatures":[]}',
        b'{"payload":1,"payloadType":"x","signatures":[]}', b'{"payload":"","payloadType":"x","signatures":[{}]}',
        b"[" * 100_000,
    ],
)  # fmt: skip
def test_what_is_no_envelope_is_told_so(data: bytes) -> None:
    with pytest.raises(InvalidInput) as refused:
        open_envelope(data, [], "file")
    assert refused.value.code == "statement-broken"


def test_what_cannot_be_stated_is_refused(full: Workspace, tmp_path: Path) -> None:
    with full.run.start() as run:
        run.log({"x": 1.0})
    with pytest.raises(Conflict):
        full.statement.export(run.id, tmp_path / "statement.json")
    made = full.generate(flags={"count": 1}).view.run.id
    full.audit.key()
    full._context.signing.file.chmod(0o644)
    with pytest.raises(PermissionDenied):
        full.statement.export(made, tmp_path / "statement.json")
    assert not (tmp_path / "statement.json").exists()


def test_the_command_says_what_holds_and_leaves_with_its_status(
    stated: tuple[Workspace, str, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    ws, run, path = stated
    personas = next(ws.root.glob(f"projects/*/runs/{run}/output/personas.json"))
    public = ws.audit.key().public
    monkeypatch.chdir(path.parent)
    said = call("audit", "check-statement", str(path), str(personas), "--key", public)
    assert said.status == 0, said.err
    assert "the statement holds" in said.out
    assert "not given" not in said.out
    said = call("audit", "check-statement", str(path), "--json")
    assert (said.status, json.loads(said.out)["errors"][0]["code"]) == (6, "statement-unsigned")
    said = call("audit", "check-statement", str(path), str(path), "--key", public, "--json")
    assert (said.status, json.loads(said.out)["errors"][0]["code"]) == (6, "statement-other")
