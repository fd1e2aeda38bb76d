"""The commands that ask models, as people and programs run them."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from tests.llm import plausible
from tests.llm.conftest import NAMES, SAID, shop_of
from tests.llm.scenarios import KEY
from tests.llm.server import Asked, FakeServer, Reply

from persona.cli.envelope import SCHEMA
from persona.workspace import Workspace

Say = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def say(tmp_path: Path, server: FakeServer) -> Say:
    """Run the program in a workspace of four interviews, with the server as OpenAI."""
    shop_of(tmp_path / "ws", tmp_path / "in", *SAID).close()

    def run(*words: str, **env: str) -> subprocess.CompletedProcess[str]:
        whole = {**os.environ, "PERSONA_ENDPOINT": server.endpoint("openai"), "COLUMNS": "200", **env}
        return subprocess.run(
            [sys.executable, "-m", "persona", *words],
            cwd=tmp_path / "ws", env=whole, capture_output=True, text=True, check=False,
        )  # fmt: skip

    return run


def data(said: subprocess.CompletedProcess[str]) -> Any:
    found = json.loads(said.stdout)
    Draft202012Validator(SCHEMA).validate(found)
    return found["data"]


def test_a_dry_run_shows_the_prompts_and_sends_nothing(say: Say, server: FakeServer, tmp_path: Path) -> None:
    said = say("generate", "--model", NAMES["openai"], "--dry-run")
    assert said.returncode == 0, said.stderr
    assert "Below is one interview." in said.stdout
    assert re.search(r"4 about interviews, then \d or more about groups", said.stdout)
    assert "$0.0" in said.stdout
    assert "(estimate)" in said.stdout
    assert "and 3 more prompts like it" in said.stdout
    whole = data(say("generate", "--model", NAMES["openai"], "--dry-run", "--json"))
    assert len(whole["prompts"]) == 4
    assert server.asked == []
    with Workspace.open(tmp_path / "ws") as ws:
        assert ws.run.list().total == 0
    say("generate", "--model", NAMES["openai"], "--count", "1")
    assert "4 of them recorded already" in say("generate", "--model", NAMES["openai"], "--dry-run").stdout


def test_a_dry_run_of_an_engine_that_asks_nobody_says_so(say: Say) -> None:
    said = say("generate", "--dry-run")
    assert said.returncode == 2
    assert "asks no model" in said.stderr


def test_the_estimate_is_near_what_it_takes(say: Say) -> None:
    seen = data(say("generate", "--model", NAMES["openai"], "--count", "2", "--dry-run", "--json"))
    made = data(say("generate", "--model", NAMES["openai"], "--count", "2", "--json"))
    took = made["view"]["run"]["fields"]["calls"]["input_tokens"]
    assert 0.5 * took < seen["input_tokens"] < 2 * took


def test_calls_are_listed_shown_and_explained(say: Say) -> None:
    say("generate", "--model", NAMES["openai"], "--count", "1")
    calls = data(say("call", "list", data(say("run", "show", "--json"))["run"]["id"], "--json"))["items"]
    assert len(calls) == 5
    shown = data(say("call", "show", calls[0]["id"], "--json"))
    assert shown["messages"][0]["role"] == "system"
    told = say("call", "show", calls[0]["id"]).stdout
    assert "answered as gpt-4o-mini" in told
    assert "native: 200" in told
    assert "nothing of this step was asked" in say("why", calls[0]["id"]).stdout
    assert say("call", "show", "call_nobody").returncode == 3
    run = say("run", "show").stdout
    assert "5 made, 0 answered from the record" in run
    assert "by genai-prices" in run
    assert "Checked\n  5 of 5 answers of the model had the right form at once" in run


def test_calls_come_in_pages_and_say_what_they_were_about(say: Say) -> None:
    say("generate", "--model", NAMES["openai"], "--count", "1")
    first = say("call", "list", "--limit", "2")
    assert "sha256:" not in first.stdout
    assert "2 of 5 calls are listed" in first.stderr
    seen = re.findall(r"^call_\w+", first.stdout, re.MULTILINE)
    while step := re.search(r"next: persona (call list .*)", first.stderr):
        first = say(*step[1].split())
        assert first.returncode == 0, first.stderr
        seen += re.findall(r"^call_\w+", first.stdout, re.MULTILINE)
    whole = say("call", "list")
    assert seen == re.findall(r"^call_\w+", whole.stdout, re.MULTILINE)
    assert len(set(seen)) == 5
    assert all(re.search(rf"  observe  {who} ", whole.stdout) for who in SAID), whole.stdout
    shown = data(say("call", "show", seen[-1], "--json"))
    assert shown["about"] in SAID
    assert shown["call"]["about"].startswith("sha256:")
    assert say("call", "list", "--after", "call_nobody").returncode == 3


def test_an_estimate_leaves_out_what_is_recorded_and_says_when_it_goes_beyond_a_limit(say: Say) -> None:
    words = ("generate", "--model", NAMES["openai"], "--count", "1", "--dry-run")
    before = data(say(*words, "--json"))
    assert before["notes"] == []
    assert "goes beyond `--max-cost 1e-05`" in say(*words, "--max-cost", "0.00001").stderr
    assert "goes beyond `--max-total-tokens 10`" in say(*words, "--max-total-tokens", "10").stderr
    assert "beyond" not in say(*words, "--max-cost", "10", "--max-total-tokens", "1000000").stderr
    say(*words[:-1])
    after = data(say(*words, "--json"))
    assert 0 < after["input_tokens"] < before["input_tokens"] / 2
    assert 0 < after["output_tokens"] < before["output_tokens"]
    assert after["cost"] < before["cost"] / 1.5


def test_a_model_is_checked_without_a_workspace(server: FakeServer, tmp_path: Path, say: Say) -> None:
    server.responder = lambda _: Reply('{"answer": "ready", "letters": 5}', model="gpt-4o-mini-2024-07-18")
    said = say("model", "check", NAMES["openai"])
    assert said.returncode == 0, said.stderr
    assert "answers" in said.stdout
    assert "gpt-4o-mini-2024-07-18" in said.stdout
    assert data(say("model", "check", NAMES["openai"], "--json"))["follows_schema"] is True
    address = server.endpoint("openai")
    named = say("model", "check", NAMES["openai"], "--endpoint", address)
    assert f"next: persona generate --model {NAMES['openai']} --endpoint {address} --dry-run" in named.stderr
    assert "participant" not in server.asked[0].user
    server.responder = lambda _: Reply('{"word": 1}')
    assert "not in the form asked for" in say("model", "check", NAMES["openai"]).stdout


def test_keys_are_told_by_their_place_only(say: Say) -> None:
    said = say("model", "list", ANTHROPIC_API_KEY="")
    assert "from OPENAI_API_KEY" in said.stdout
    assert "none: set ANTHROPIC_API_KEY" in said.stdout
    assert KEY not in said.stdout + say("model", "list", "--json").stdout


def test_without_a_key_nothing_is_planned_and_the_way_is_told(say: Say, server: FakeServer) -> None:
    said = say(
        "generate",
        "--model",
        NAMES["openai"],
        OPENAI_API_KEY="",
        PYTHON_KEYRING_BACKEND="keyring.backends.null.Keyring",
    )
    assert said.returncode == 7
    assert "there is no key for OpenAI" in said.stderr
    assert "export OPENAI_API_KEY=" in said.stderr
    assert "keyring set persona openai" in said.stderr
    assert server.asked == []
    assert data(say("run", "list", "--json"))["total"] == 0


def test_a_key_in_the_keyring_is_found(say: Say, tmp_path: Path, server: FakeServer) -> None:
    backend = tmp_path / "ring"
    backend.mkdir()
    (backend / "ring.py").write_text(
        "from keyring.backend import KeyringBackend\n"
        "class Ring(KeyringBackend):\n"
        "    priority = 9\n"
        f"    def get_password(self, service, user): return {KEY!r} if (service, user) == ('persona', 'openai') else None\n"
        "    def set_password(self, *a): raise NotImplementedError\n"
        "    def delete_password(self, *a): raise NotImplementedError\n"
    )
    env = {"OPENAI_API_KEY": "", "PYTHONPATH": str(backend), "PYTHON_KEYRING_BACKEND": "ring.Ring"}
    assert "from the system keyring" in say("model", "list", **env).stdout
    assert say("generate", "--model", NAMES["openai"], "--count", "1", **env).returncode == 0
    assert server.asked[0].headers["authorization"] == f"Bearer {KEY}"


def test_a_mistyped_provider_is_met_with_the_right_one(say: Say) -> None:
    said = say("generate", "--model", "olama:llama3.1")
    assert said.returncode == 7
    assert "did you mean `ollama:llama3.1`?" in said.stderr


def test_what_was_written_is_not_offered_again(say: Say) -> None:
    for said in (say("model", "check", "openai:"), say("generate", "--model", "openai:", "--dry-run")):
        assert said.returncode == 7
        assert "did you mean" not in said.stderr
    assert "write the model after the colon" in say("model", "check", "openai:").stderr


def test_a_run_goes_elsewhere_as_one_file(say: Say, tmp_path: Path) -> None:
    say("generate", "--model", NAMES["openai"], "--count", "1")
    said = say("run", "export", "--output", str(tmp_path / "run.zip"))
    assert said.returncode == 0, said.stderr
    assert "words and names of the participants" in said.stderr
    (tmp_path / "elsewhere").mkdir()
    env = {name: value for name, value in os.environ.items() if not name.endswith("_KEY")}
    found = subprocess.run(
        [sys.executable, "-m", "persona", "run", "reproduce", str(tmp_path / "run.zip"), "--json"],
        cwd=tmp_path / "elsewhere", env=env, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert found.returncode == 0, found.stderr
    assert data(found)["verdict"] == "identical"
    assert list((tmp_path / "elsewhere").iterdir()) == []


def test_templates_are_made_compared_and_used(say: Say, tmp_path: Path) -> None:
    assert say("template", "new", "brief").returncode == 0
    path = tmp_path / "ws/projects/shop/templates/brief.jinja"
    assert "the same text" in say("template", "diff", "brief").stdout
    path.write_text(
        path.read_text()
        .replace("{# version: 1.0.0 #}", "{# version: 2.0.0 #}")
        .replace("at most {{ items }}", "at most 2")
    )
    changed = say("template", "diff", "brief").stdout
    assert "+{# version: 2.0.0 #}" in changed
    assert "-{# version: 1.0.0 #}" in changed
    assert say("template", "new", "brief").returncode == 4
    made = data(say("generate", "--model", NAMES["openai"], "--count", "1", "--template", "brief", "--json"))
    assert made["personas"]["_provenance"]["template"] == "brief@2.0.0"


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (("{# version: 1.0.0 #}", ""), "template-version"),
        (("{% block claims %}", "{% block clams %}"), "template-block"),
        (("{% endblock %}", "{% endblok %}"), "template-syntax"),
        (("{{ most }}", "{{ nobody }}"), "template-broken"),
        (("{{ most }}", "{{ ''.__class__.__mro__ }}"), "template-broken"),
        (("{{ most }}", "{{ cycler.__init__.__globals__ }}"), "template-broken"),
        (("{{ most }}", "{{ range(10**9)|list }}"), "template-broken"),
        (("{{ most }}", "{{ range(1000000)|list }}"), "template-runs-away"),
        (("{{ most }}", "{{ 'a' * 10000000000 }}"), "template-broken"),
        (("{{ most }}", "{% for i in range(90000) %}" + "x" * 40 + "{% endfor %}"), "template-runs-away"),
        (("{{ most }}", "{% include '/etc/passwd' %}"), "template-broken"),
    ],
)
def test_a_template_that_is_not_fit_is_refused_with_its_place(
    say: Say, tmp_path: Path, server: FakeServer, change: tuple[str, str], code: str
) -> None:
    say("template", "new", "odd")
    path = tmp_path / "ws/projects/shop/templates/odd.jinja"
    path.write_text(path.read_text().replace(*change))
    said = say("generate", "--model", NAMES["openai"], "--template", "odd", "--json")
    assert said.returncode == 5, said.stdout
    (error,) = json.loads(said.stdout)["errors"]
    assert error["code"] == code
    assert error["place"].startswith("templates/odd.jinja")
    assert server.asked == []
    assert say("template", "list").returncode == 0


def test_a_broken_constraint_shuts_the_gate(say: Say, tmp_path: Path) -> None:
    file = tmp_path / "ws/projects/shop/project.yaml"
    file.write_text("name: Shop\nconstraints:\n  require: ['personas = 1', 'faithfulness > 2']\n")
    open_ = say("generate", "--count", "1")
    assert open_.returncode == 0
    assert "broken  faithfulness > 2" in open_.stdout
    assert "holds  personas = 1" in open_.stdout
    shut = say("generate", "--count", "1", "--gate")
    assert shut.returncode == 5
    assert "faithfulness > 2" in shut.stderr
    assert "Demanded" in say("run", "show").stdout
    folder = tmp_path / "ws" / data(say("run", "show", "--json"))["path"]
    assert json.loads((folder / "audit/constraints.json").read_text())[1]["holds"] is False
    file.write_text("name: Shop\nconstraints:\n  require: ['faithfulness > 0']\n")
    assert say("generate", "--count", "1", "--gate").returncode == 0
    assert say("verify").returncode == 0


def test_asking_is_not_loaded_by_what_does_not_ask() -> None:
    code = (
        "import sys\nfrom persona.cli.__main__ import main\n"
        "try: main()\nexcept SystemExit: pass\n"
        "print([n for n in ('pydantic_ai', 'httpx2', 'openai', 'anthropic', 'google.genai', 'genai_prices', 'keyring', 'jinja2', 'asyncio') if n in sys.modules])"
    )
    for words in (["--version"], ["--help"], ["run", "list"], ["model", "--help"], ["generate", "--help"]):
        said = subprocess.run([sys.executable, "-c", code, *words], capture_output=True, text=True, check=False)
        assert said.stdout.splitlines()[-1] == "[]", (words, said.stdout, said.stderr)


def test_a_report_says_which_model_was_asked_and_with_which_template(say: Say, tmp_path: Path) -> None:
    say("generate", "--model", NAMES["openai"], "--count", "1")
    assert say("report", "--output", str(tmp_path / "r.html")).returncode == 0
    with Workspace.open(tmp_path / "ws") as ws:
        [run] = ws.run.list().items
        used = ws.template.show("default", engine="llm").digest
    page = (tmp_path / "r.html").read_text()
    told = run.fields["calls"]
    assert NAMES["openai"] in page
    assert f"{told['asked']} asked, 0 reused from the record" in page
    assert str(used) in page


def test_a_run_of_a_judge_is_not_the_one_that_is_meant_when_none_is_named(say: Say, server: FakeServer) -> None:
    def respond(asked: Asked) -> Reply:
        judged = "You check whether a statement" in asked.system
        return Reply('{"verdict": "supported"}') if judged else plausible.respond(asked)

    server.responder = respond
    say("generate", "--model", NAMES["openai"], "--count", "2")
    made = data(say("generate", "--model", NAMES["openai"], "--count", "1", "--json"))["view"]["run"]["id"]
    judge = data(say("metrics", "judge", "--judge", "openai:gpt-4o", "--json"))
    assert judge["run"] == made
    assert data(say("run", "list", "--json"))["items"][0]["id"] == judge["judge_run"]
    assert data(say("run", "show", "--json"))["run"]["id"] == made
    assert data(say("run", "reproduce", "--json"))["of"] == made
    assert data(say("metrics", "compute", "--json"))["run"] == made
    assert made in say("why", "--json").stdout
    assert data(say("metrics", "judge", "--judge", "openai:gpt-4o", "--json"))["run"] == made
    for words in (["run", "environment"], ["run", "export"]):
        said = say(*words)
        assert said.returncode == 0, said.stderr
        assert made in said.stdout + said.stderr


@pytest.mark.parametrize(
    ("variable", "value", "told"),
    [
        ("OPENAI_BASE_URL", "foo", "OpenAI cannot be asked: OPENAI_BASE_URL: `foo` is not the address"),
        ("PERSONA_MODEL_URL", "http://u:secret@x/", "carries a user or a password"),
        ("ANTHROPIC_API_KEY", "a secret", "Anthropic cannot be asked: ANTHROPIC_API_KEY: the key holds characters"),
        ("AWS_PROFILE", "nope", "bedrock"),
        ("AWS_REGION", "no region", "bedrock"),
    ],
)
def test_models_are_listed_whatever_the_environment_holds(say: Say, variable: str, value: str, told: str) -> None:
    said = say("model", "list", **{variable: value})
    assert said.returncode == 0, said.stderr
    assert told in said.stdout + said.stderr
    assert "secret" not in said.stdout + said.stderr
    assert len(data(say("model", "list", "--json", **{variable: value}))) == 9


@pytest.mark.parametrize(
    ("model", "variable", "value", "told"),
    [
        ("bedrock:m", "AWS_PROFILE", "nope", "ProfileNotFound"),
        ("bedrock:m", "AWS_REGION", "no region", "InvalidRegionError"),
    ],
)
def test_a_machine_that_is_set_up_oddly_is_told_and_the_run_has_failed(
    say: Say, model: str, variable: str, value: str, told: str
) -> None:
    for words in (["model", "check", model], ["generate", "--count", "1", "--model", model]):
        said = say(*words, **{variable: value, "PERSONA_ENDPOINT": "https://127.0.0.1:9/v1"})
        assert said.returncode == 7, said.stderr
        assert told in said.stderr
        assert "`env | grep AWS_`" in said.stderr
    (run,) = data(say("run", "list", "--json"))["items"]
    assert (run["status"], run["error"]["code"]) == ("failed", "model-setup")


def test_the_model_that_you_set_for_yourself_is_checked_when_none_is_named(server: FakeServer, say: Say) -> None:
    server.responder = lambda _: Reply('{"answer": "ready", "letters": 5}', model="gpt-4o-mini-2024-07-18")
    said = say("model", "check", PERSONA_MODEL=NAMES["openai"])
    assert said.returncode == 0, said.stderr
    assert f"persona generate --model {NAMES['openai']} --dry-run" in said.stderr
    none = say("model", "check")
    assert none.returncode == 7
    assert "your settings name none that is asked: `extractive`" in none.stderr
    assert len(server.asked) == 1
