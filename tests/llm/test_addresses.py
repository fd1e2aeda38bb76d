"""Where a model is asked, and where a key goes: to its provider, and to addresses that the person named."""

from __future__ import annotations

from typing import Any

import pytest
from tests.cli.calling import call
from tests.llm.conftest import NAMES
from tests.llm.server import FakeServer

from persona.config import LayerValues
from persona.errors import ModelError
from persona.llm.opening import check_ready
from persona.llm.providers import PROVIDERS, is_own_address, region_of
from persona.workspace import Workspace
from persona.workspace.addresses import endpoint_for, limits_of

ELSEWHERE = "https://models.example.org/v1"


def defaults(ws: Workspace, **values: str) -> None:
    """What somebody wrote into the project's file."""
    path = next((ws.root / "projects").glob("*/project.yaml"))
    text = path.read_text(encoding="utf-8")
    listed = "".join(f"\n  {key}: {value}" for key, value in values.items())
    path.write_text(text.replace("defaults: {}", f"defaults:{listed}"), encoding="utf-8")


@pytest.fixture
def plain(shop: Workspace, monkeypatch: pytest.MonkeyPatch) -> Workspace:
    """Nothing is said by the environment."""
    monkeypatch.delenv("PERSONA_ENDPOINT")
    monkeypatch.delenv("PERSONA_MODEL")
    return shop


def test_a_file_of_the_project_does_not_decide_where_a_key_goes(
    plain: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    defaults(plain, model=NAMES["openai"], endpoint=ELSEWHERE)
    with pytest.raises(ModelError) as caught:
        plain.generate(flags={"count": 1})
    error = caught.value
    assert error.code == "model-endpoint-key"
    assert plain.run.list().total == 0, "nothing is planned"
    (hint,) = error.hints
    name, _, value = hint.partition("export ")[2].rstrip("`").partition("=")
    monkeypatch.setenv(name, value)
    check_ready(NAMES["openai"], "", ELSEWHERE, ())


def test_the_command_line_names_an_address_that_is_meant(plain: Workspace, server: FakeServer) -> None:
    defaults(plain, model=NAMES["openai"], endpoint=ELSEWHERE)
    plain.generate(flags={"count": 1, "endpoint": server.endpoint("openai")})
    assert server.asked


def test_an_address_stays_with_the_provider_it_was_given_for(plain: Workspace) -> None:
    defaults(plain, model="ollama:llama3.1:8b", endpoint="http://studio.local:11434/v1")
    assert plain.look_ahead().endpoint == "http://studio.local:11434/v1"
    assert plain.look_ahead(flags={"model": "ollama:mistral"}).endpoint == "http://studio.local:11434/v1"
    assert plain.look_ahead(flags={"model": NAMES["openai"]}).endpoint == "https://api.openai.com/v1"
    assert plain.look_ahead(flags={"model": NAMES["anthropic"]}).endpoint == "https://api.anthropic.com"


def test_a_judge_is_not_asked_at_the_address_of_the_writer(
    shop: Workspace, server: FakeServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = shop.generate(flags={"count": 1}).view.run.id
    before = len(server.asked)
    asked: list[Any] = []
    monkeypatch.setattr("persona.workspace.judging.judge_run", lambda *args, **_: asked.append(args[4]) or ("", None))
    monkeypatch.setattr("persona.workspace.judging.JudgeView", lambda *args: args)
    shop.judging.judge(run, NAMES["anthropic"])
    shop.judging.judge(run, NAMES["openai"])
    assert asked == [None, server.endpoint("openai")]
    assert len(server.asked) == before


def test_what_was_recorded_elsewhere_does_not_take_a_key_along(
    shop: Workspace, server: FakeServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("persona.llm.opening.is_own_address", lambda *_: False)
    run = shop.generate(flags={"count": 1}).view.run.id
    monkeypatch.delenv("PERSONA_ENDPOINT")
    before = len(server.asked)
    with pytest.raises(ModelError) as caught:
        shop.reproduce(run, level="rerun")
    assert caught.value.code == "model-endpoint-key"
    assert len(server.asked) == before
    assert shop.reproduce(run).verdict == "identical", "a replay needs no key"


def test_own_addresses() -> None:
    openai, bedrock = PROVIDERS["openai"], PROVIDERS["bedrock"]
    for address in (
        "https://api.openai.com/v1",
        "http://127.0.0.1:8000/v1",
        "http://localhost/v1",
        "http://[::1]:1/v1",
    ):
        assert is_own_address(openai, address), address
    for address in (
        ELSEWHERE,
        "https://api.openai.com.example.org/v1",
        "http://127.0.0.1.example.org/v1",
        "http://10.0.0.1",
    ):
        assert not is_own_address(openai, address), address
    assert is_own_address(bedrock, "https://bedrock-runtime.eu-west-1.amazonaws.com")
    assert is_own_address(bedrock, "https://bedrock-runtime.cn-north-1.amazonaws.com.cn")
    assert not is_own_address(bedrock, "https://bedrock-runtime.evil.example.org/.amazonaws.com")


def test_the_region_of_bedrock_is_part_of_a_request(plain: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    found = []
    for region in ("us-east-1", "eu-central-1", "cn-north-1"):
        monkeypatch.setenv("AWS_REGION", region)
        address = plain.look_ahead(flags={"model": NAMES["bedrock"]}).endpoint
        assert address
        assert region in address
        found.append(address)
    monkeypatch.setenv("AWS_REGION", "elsewhere")
    assert [region_of(address) for address in found] == ["us-east-1", "eu-central-1", "cn-north-1"]
    assert region_of("http://127.0.0.1:1") == "elsewhere"
    assert found[2].endswith(".amazonaws.com.cn")


def layers(**values: dict[str, str]) -> list[LayerValues]:
    return [LayerValues(name, name, given) for name, given in values.items()]  # type: ignore[arg-type]


def test_an_address_beside_no_model_is_for_every_model() -> None:
    found = layers(flag={"model": NAMES["openai"]}, environment={"endpoint": ELSEWHERE})
    assert endpoint_for(NAMES["openai"], found).value == ELSEWHERE
    assert limits_of(found).vouched == (ELSEWHERE,)


def test_an_address_that_does_not_fit_leaves_room_for_a_weaker_one() -> None:
    found = layers(
        flag={"model": NAMES["openai"]},
        project={"model": "ollama:x", "endpoint": "http://a/v1"},
        user={"model": "openai:y", "endpoint": "http://b/v1"},
    )
    assert endpoint_for(NAMES["openai"], found).value == "http://b/v1"
    assert endpoint_for("ollama:z", found).value == "http://a/v1"
    assert endpoint_for(NAMES["google"], found).layer == "default"
    assert limits_of(found).vouched == ("http://b/v1",)


@pytest.mark.parametrize(
    ("model", "told"), [("openai:gpt-5", True), ("openai:o3-mini", True), (NAMES["openai"], False)]
)
def test_a_parameter_that_a_model_does_not_take_is_said(shop: Workspace, model: str, told: bool) -> None:
    made = shop.generate(flags={"count": 1, "model": model})
    notes = made.view.notes
    assert bool(notes) == told
    if told:
        assert "takes no temperature" in notes[0]
        shown = call("run", "show", made.view.run.id, "--workspace", str(shop.root))
        assert "takes no temperature" in " ".join(shown.err.split())


def test_seeds_are_not_warned_of(shop: Workspace, server: FakeServer) -> None:
    flags = {"count": 1, "model": NAMES["anthropic"], "endpoint": server.endpoint("anthropic")}
    made = shop.generate(flags=flags)
    assert made.view.run.fields["calls"]["unsent"] == ["seed"]
    assert made.view.notes == ()


def test_a_node_is_told_where_providers_are_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    """Else it would refuse to send the key to the address that the person named."""
    from persona.runs.executors.ray_nodes import variables

    monkeypatch.setenv("OPENAI_BASE_URL", ELSEWHERE)
    monkeypatch.setenv("SOMETHING_ELSE", "secret")
    handed = variables()
    assert handed["OPENAI_BASE_URL"] == ELSEWHERE
    assert "OPENAI_API_KEY" in handed
    assert "SOMETHING_ELSE" not in handed
