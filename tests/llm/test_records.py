"""Every call is a record: found again, replayed, explained, bounded, and free of keys."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from tests.llm import plausible
from tests.llm.conftest import NAMES, SAID, shop_of
from tests.llm.scenarios import KEY
from tests.llm.server import SHAPES, FakeServer, Reply, serving

from persona.errors import ModelError, PersonaError
from persona.model.calls import KEY_VERSION, CallRequest, CallResponse, Message, parts
from persona.model.canonical import digest_of, digest_of_value
from persona.model.cards import unsalted
from persona.workspace import Workspace

BASE = CallRequest(
    "openai", "m", "http://here/v1", "auto", (Message("system", "s"), Message("user", "u")), "A", {"a": 1}, 0.5, 7, 100, 0
)  # fmt: skip
CHANGES: dict[str, Any] = {
    "provider": "azure",
    "model": "m2",
    "endpoint": "http://there/v1",
    "mode": "tool",
    "messages": (Message("system", "s"), Message("user", "u!")),
    "schema_name": "B",
    "schema": {"a": 2},
    "temperature": None,
    "seed": None,
    "max_tokens": None,
    "repeat": 1,
    "salt": "ab" * 16,
}


def changed(**values: Any) -> CallRequest:
    whole = {name: getattr(BASE, name) for name in BASE.__struct_fields__}
    return CallRequest(**{**whole, **values})


def test_every_field_of_a_request_is_in_its_key() -> None:
    assert set(CHANGES) == set(BASE.__struct_fields__), "a new field must be tried here"
    keys = {BASE.key(), *(changed(**{name: value}).key() for name, value in CHANGES.items())}
    assert len(keys) == len(CHANGES) + 1
    assert changed(temperature=0.0).key() != changed(temperature=None).key(), "null is not nought"
    assert BASE.key() == digest_of_value({"key_version": KEY_VERSION, "request": BASE}), "of the whole object"
    glued = changed(messages=(Message("system", "su"), Message("user", "")))
    assert glued.key() != BASE.key()


@pytest.mark.parametrize("name", CHANGES)
def test_the_part_of_a_key_that_differs_is_named_alone(name: str) -> None:
    old, new = parts(BASE), parts(changed(**{name: CHANGES[name]}))
    differ = [part for part in {**old, **new} if old.get(part) != new.get(part)]
    assert differ == ["messages[1].text" if name == "messages" else name]


def test_what_is_recorded_is_what_went_over_the_line(shop: Workspace, server: FakeServer) -> None:
    run = shop.generate(flags={"count": 1}).view.run
    blobs = shop._context.blobs
    calls = shop.call.list(run.id)
    assert [one.ordinal for one in calls] == list(range(1, len(calls) + 1))
    assert len(calls) == len(server.asked)
    arrived = {digest_of(one.raw) for one in server.asked}
    for call in calls:
        assert call.sent
        assert digest_of(unsalted(blobs.get(call.sent))) in arrived
        assert call.received
        assert json.loads(unsalted(blobs.get(call.received)))["object"] == "chat.completion"
        view = shop.call.show(call.id)
        assert (call.answered, call.status, call.attempts) == ("gpt-4o-mini", "answered", 1)
        assert view.text
        assert view.exchanges[0].headers["x-request-id"].startswith("req-")
        assert (call.input_tokens or 0) > 0
        assert call.cost
    told = run.fields["calls"]
    assert told["asked"] == len(calls)
    assert told["cost_estimate"] == pytest.approx(sum(call.cost or 0 for call in calls))
    assert told["price_list"].startswith("genai-prices ")
    lineage = {edge.dst for edge in shop._context.records.edges(calls[0].id, "out")}
    assert run.id in lineage
    assert any(one.startswith("document_") for one in lineage)


@pytest.mark.parametrize("shape", SHAPES)
def test_every_run_replays_to_the_same_bytes_with_the_network_off(
    tmp_path: Path, shape: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with serving(plausible.respond) as server, shop_of(tmp_path / "ws", tmp_path / "in", *SAID) as ws:
        monkeypatch.setenv("PERSONA_ENDPOINT", server.endpoint(shape))
        made = [
            ws.generate(flags={"model": NAMES[shape], **more}).view.run.id
            for more in ({"count": 2}, {"count": 1, "temperature": 0.9, "seed": 4}, {"answer_mode": "tool"})
        ]
        server.responder = plausible.Liar("wrong numbers")
        made.append(ws.generate(flags={"model": NAMES[shape], "count": 1}, fresh=True).view.run.id)
        server.responder = plausible.Liar("invented number", honest_on_repair=True)
        made.append(ws.generate(flags={"model": NAMES[shape], "count": 2}, fresh=True).view.run.id)
        before = len(server.asked)
        assert len(made) == 5
        files = [ws.bundle.export(run, tmp_path / f"{run}.zip").path for run in made]
    monkeypatch.delenv("PERSONA_ENDPOINT")
    for name in ("OPENAI_API_KEY", "ANTHROPIC_API_KEY", "GEMINI_API_KEY", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name)
    assert len(server.asked) == before
    (tmp_path / "ws").rename(tmp_path / "moved")
    code = (
        "import sys, json, socket\n"
        "def off(*a, **k): raise AssertionError('a socket was opened')\n"
        "socket.socket.connect = off; socket.getaddrinfo = off\n"
        "from persona.workspace import Workspace\n"
        "from persona.workspace.elsewhere import reproduce_file\n"
        "with Workspace.open(sys.argv[1]) as ws:\n"
        "    found = [ws.reproduce(run).verdict for run in sys.argv[2].split(',')]\n"
        "found += [reproduce_file(file, level).verdict for file in sys.argv[3].split(',') for level in ('verify', 'replay')]\n"
        "heavy = [name for name in ('pydantic_ai', 'httpx2', 'openai', 'boto3', 'genai_prices', 'keyring') if name in sys.modules]\n"
        "print(json.dumps([found, heavy]))\n"
    )
    told = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path / "moved"), ",".join(made), ",".join(files)],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert told.returncode == 0, told.stderr
    found, heavy = json.loads(told.stdout)
    assert found == ["identical"] * 15
    assert heavy == [], "a replay needs no library that speaks to providers"


def test_an_answer_serves_again_and_costs_nothing(shop: Workspace, server: FakeServer) -> None:
    first = shop.generate(flags={"count": 2})
    before = len(server.asked)
    second = shop.generate(flags={"count": 2})
    assert len(server.asked) == before
    assert second.personas == first.personas
    again = shop.call.list(second.view.run.id)
    assert all(one.reused and one.cost == 0 and one.attempts == 0 for one in again)
    assert second.view.run.fields["calls"]["reused"] == len(again)
    assert second.view.run.fields["calls"]["cost_estimate"] == 0
    assert shop.call.why(again[0].id).reason.startswith("it was not made")
    assert shop.reproduce(second.view.run.id).verdict == "identical"


def test_a_repeat_and_a_fresh_run_are_asked_anew(shop: Workspace, server: FakeServer, tmp_path: Path) -> None:
    (tmp_path / "variants.yaml").write_text("- name: only\n  parameters: {count: 1}\n")
    shop.experiment.create(name="twice", variants=tmp_path / "variants.yaml")
    made = shop.experiment.run("twice", repeats=2)
    calls = [call for one in made.outcomes for call in shop.call.list(one.run)]
    assert not [one for one in calls if one.reused]
    assert len(server.asked) == len(calls)
    shop.experiment.run("twice", repeats=2)
    assert len(server.asked) == len(calls), "the same plan again is not paid again"
    for one in made.outcomes:
        shop.run.delete(one.run)
    shop.experiment.run("twice", repeats=2)
    assert len(server.asked) == len(calls), "runs that were deleted are planned anew; their answers serve again"
    for one in shop.run.list().items:
        shop.run.delete(one.id)
    shop.experiment.run("twice", repeats=2, fresh=True)
    assert len(server.asked) == 2 * len(calls)
    shop.reproduce(made.outcomes[0].run, "rerun")
    assert len(server.asked) == 2 * len(calls) + len(calls) // 2, "a rerun asks anew"


@pytest.mark.parametrize(
    ("flags", "part", "cause"),
    [
        ({"temperature": 0.5}, "temperature", "parameter"),
        ({"seed": 9}, "seed", "parameter"),
        ({"max_tokens": 777}, "max_tokens", "parameter"),
        ({"answer_mode": "prompted"}, "mode", "parameter"),
        ({"model": "openai:gpt-4o"}, "model", "parameter"),
    ],
)
def test_why_names_the_one_part_of_the_key_that_changed(
    shop: Workspace, flags: dict[str, Any], part: str, cause: str
) -> None:
    shop.generate(flags={"count": 1})
    second = shop.generate(flags={"count": 1, **flags})
    (call, *_) = shop.call.list(second.view.run.id)
    found = shop.call.why(call.id)
    assert [(one.part, one.cause) for one in found.differences] == [(part, cause)]
    assert found.before
    assert shop.why(second.view.run.id).differences


def test_why_names_a_changed_template_and_a_changed_interview(shop: Workspace, tmp_path: Path) -> None:
    shop.generate(flags={"count": 1})
    path = shop.root / shop.template.new("mine").place
    text = path.read_text(encoding="utf-8").replace("1.0.0", "1.1.0").replace("You help user", "You assist user")
    path.write_text(text, encoding="utf-8")
    second = shop.generate(flags={"count": 1, "template": "mine"})
    assert second.personas.provenance["template"] == "mine@1.1.0"
    found = shop.call.why(shop.call.list(second.view.run.id)[0].id)
    assert [(one.part, one.cause) for one in found.differences] == [("messages[0].text", "prompt")]
    assert shop.reproduce(second.view.run.id).verdict == "identical"
    path.unlink()
    assert shop.reproduce(second.view.run.id).verdict == "identical", "the text was sealed"


def test_a_replay_that_asks_something_else_says_where_it_left(shop: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    run = shop.generate(flags={"count": 1}).view.run.id
    monkeypatch.setattr("persona.generation.llm.observing.MOST", 29)
    found = shop.reproduce(run)
    assert found.verdict == "missing"
    assert found.diverged
    assert found.diverged.startswith("call observe sha256:")


@pytest.mark.parametrize("limit", [{"max_total_tokens": 8000}, {"max_cost": 0.045}])
def test_a_budget_stops_before_it_is_exceeded_and_the_next_run_goes_on(
    shop: Workspace, server: FakeServer, limit: dict[str, Any]
) -> None:
    dear = {"count": 1, "jobs": 1, "model": "openai:gpt-4o"} if "max_cost" in limit else {"count": 1, "jobs": 1}
    with pytest.raises(ModelError) as caught:
        shop.generate(flags={**dear, **limit})
    assert caught.value.code == "budget-reached"
    (run,) = shop.run.list().items
    told = run.fields["calls"]
    assert run.status == "failed"
    assert told["asked"] == len(server.asked) < len(SAID) + 1
    assert told["input_tokens"] + told["output_tokens"] <= limit.get("max_total_tokens", 10**9)
    assert told["cost_estimate"] <= limit.get("max_cost", 10**9)
    whole = shop.generate(flags=dear)
    assert whole.view.run.fields["calls"]["reused"] == told["asked"], "what was answered is not paid twice"


def test_a_model_without_a_price_is_not_bounded_by_money(shop: Workspace, server: FakeServer) -> None:
    with pytest.raises(ModelError) as caught:
        shop.generate(flags={"model": "openai:nobody-knows-it", "max_cost": 1})
    assert caught.value.code == "model-price"
    assert server.asked == []


def test_no_key_is_in_any_byte_of_a_workspace(shop: Workspace, server: FakeServer) -> None:
    shop.generate(flags={"count": 1})
    server.responder = lambda _: Reply(
        status=401, text=f"this key is wrong: {KEY}", raw=json.dumps({"error": {"message": KEY}}).encode()
    )
    with pytest.raises(ModelError):
        shop.generate(flags={"count": 1}, fresh=True)
    server.responder = lambda asked: Reply(json.dumps({"observations": [], "attributes": [], "leak": KEY}))
    shop.generate(flags={"count": 1, "seed": 3})
    shop.close()
    files = [path for path in shop.root.rglob("*") if path.is_file()]
    assert len(files) > 10
    found = [path for path in files if KEY.encode() in path.read_bytes()]
    assert found == []
    with Workspace.open(shop.root) as ws:  # packs may be compressed: every blob is read as well
        assert not [one for one in ws._context.blobs.digests() if KEY.encode() in ws._context.blobs.get(one)]
        assert KEY not in json.dumps([event.body for event in ws._context.records.events()])


def test_an_address_with_a_password_is_refused_before_it_is_recorded(shop: Workspace) -> None:
    with pytest.raises(PersonaError) as caught:
        shop.generate(flags={"endpoint": "http://ann:hunter2@127.0.0.1:1/v1"})
    assert caught.value.code == "model-endpoint"
    assert "hunter2" not in caught.value.message + (caught.value.place or "")
    assert shop.run.list().total == 0


def test_killed_in_the_middle_nothing_answered_is_asked_again(tmp_path: Path) -> None:
    """Between two answers a process is killed; the next run asks only what has no answer yet."""

    def slowly(asked):  # type: ignore[no-untyped-def]
        if len(server.asked) > 2:
            time.sleep(0.4)
        return plausible.respond(asked)

    code = (
        "import sys\nfrom persona.workspace import Workspace\n"
        "with Workspace.open(sys.argv[1]) as ws: ws.generate(flags={'count': 1, 'jobs': 1})\n"
    )
    with serving(slowly) as server:
        env = {**os.environ, "PERSONA_ENDPOINT": server.endpoint("openai"), "PERSONA_MODEL": NAMES["openai"]}
        shop_of(tmp_path / "ws", tmp_path / "in", *SAID).close()
        process = subprocess.Popen(
            [sys.executable, "-c", code, str(tmp_path / "ws")], env=env, stderr=subprocess.DEVNULL
        )
        while len(server.asked) < 3 and process.poll() is None:
            time.sleep(0.01)
        process.send_signal(signal.SIGKILL)
        process.wait()
        with Workspace.open(tmp_path / "ws") as ws:
            (run,) = ws.run.list().items
            assert run.status == "interrupted"
            kept = ws.call.list(run.id)
            assert len(kept) == 2
            assert ws.verify().ok
        server.asked.clear()
        done = subprocess.run([sys.executable, "-c", code, str(tmp_path / "ws")], env=env, check=False)
        assert done.returncode == 0
        assert len(server.asked) == len(SAID) + 1 - 2
        with Workspace.open(tmp_path / "ws") as ws:
            assert sum(bool(call.reused) for call in ws.call.list()) == 2


def test_an_answer_is_read_back_equal(shop: Workspace) -> None:
    import msgspec

    run = shop.generate(flags={"count": 1}).view.run.id
    for call in shop.call.list(run):
        assert call.response
        data = shop._context.blobs.get(call.response)
        response = msgspec.json.decode(data, type=CallResponse)
        from persona.model.canonical import canonical_json

        assert canonical_json(response) == data
