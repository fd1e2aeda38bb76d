"""Ray from the command line: stopped politely, refused where it cannot work, alone on loopback, and silent."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
from tests.cli.calling import write_interviews
from tests.experiments.conftest import ASKING, STILL, Busy, twice_asked
from tests.llm.scenarios import KEY
from tests.llm.server import FakeServer, serving
from tests.ray_cluster import OFF, TwoNodes
from tests.s3 import GROUP
from tests.team.conftest import Person, Team
from tests.team.test_refused import refused

from persona.errors import StorageError
from persona.workspace import Workspace

pytestmark = GROUP
RUN = "experiment", "run", "asking", "--repeats", "4", "--jobs", "4", "--executor", "ray"


@pytest.fixture
def busy() -> Busy:
    return Busy(0.4)


@pytest.fixture
def server(busy: Busy) -> Iterator[FakeServer]:
    with serving(busy) as found:
        yield found


@pytest.fixture
def ada(team: Team, server: FakeServer) -> Person:
    """Somebody whose workspace is shared and holds two experiments."""
    pytest.importorskip("ray", reason="the package ray is not installed")
    person = team.person("ada")
    person.environment |= {"OPENAI_API_KEY": KEY, "PERSONA_ENDPOINT": server.endpoint("openai")}
    prepared(person, *team.stores)
    return person


def prepared(person: Person, *stores: str) -> None:
    write_interviews(person.folder / "interviews")
    person.type("init", *stores)
    person.type("project", "create", "Shop")
    person.type("source", "import", "interviews")
    for name, text in (("asking", ASKING), ("still", STILL)):
        (person.folder / f"{name}.yaml").write_text(text, encoding="utf-8")
        person.type("experiment", "create", "--file", f"{name}.yaml")


def begun(person: Person, *arguments: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "persona", *arguments],
        cwd=person.folder,
        env=person.environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def test_ctrl_c_on_a_cluster_keeps_what_was_paid(
    ada: Person, two_nodes: TwoNodes, server: FakeServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    ada.environment |= {"RAY_ADDRESS": two_nodes.address, **OFF}
    process = begun(ada, *RUN)
    until = time.monotonic() + 60
    while len(server.asked) < 5 and time.monotonic() < until:
        time.sleep(0.02)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=60)
    assert process.returncode == 130, (out, err)
    assert "every call that was answered is on record" in err
    asked = len(server.asked)
    for name, value in ada.environment.items():
        monkeypatch.setenv(name, value)
    with Workspace.open(ada.folder) as ws:
        runs = ws.run.list(experiment="asking", limit=None).items
        assert {run.status for run in runs} <= {"completed", "cancelled", "planned"}
        calls = [call for run in runs for call in ws.call.list(run.id)]
        assert len([one for one in calls if one.reused is None]) == asked, "every call that was made is on record"
    ada.type(*RUN)
    assert twice_asked(server) == []
    assert ada.type("verify", "--json").data["findings"] == []
    said = "".join(ada.said) + out + err
    assert KEY not in said
    assert two_nodes.logs(KEY) == [], "keys go from process to process, and into no log of Ray"


def test_without_an_address_it_is_this_machine_on_loopback_and_nothing_stays(ada: Person, tmp_path: Path) -> None:
    ada.environment["PATH"] = os.environ["PATH"]
    process = begun(ada, "experiment", "run", "still", "--repeats", "1", "--executor", "ray", "--json")
    seen: set[str] = set()
    while process.poll() is None:
        try:
            for one in [psutil.Process(process.pid), *psutil.Process(process.pid).children(recursive=True)]:
                seen |= {found.laddr.ip for found in one.net_connections("tcp") if found.status == "LISTEN"}
        except psutil.Error:
            continue
        time.sleep(0.1)
    out, err = process.communicate()
    assert list(Path("/tmp").glob(f"persona-ray-{process.pid}-*")) == []
    if "ray-not-started" in out and "timed out" in out:
        pytest.skip("this machine is so busy that Ray, tried three times, does not start")
    assert process.returncode == 0, (out, err)
    assert seen
    assert {ip.removeprefix("::ffff:") for ip in seen} <= {"127.0.0.1", "::1"}
    runs = ada.type("run", "list", "--json").data["items"]
    assert [run["status"] for run in runs] == ["completed", "completed"]


def test_a_machine_too_busy_for_ray_is_told_and_nothing_stays(ada: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    import ray

    made: list[Path] = []

    def late(**how: object) -> None:
        made.append(Path(str(how["_temp_dir"])))
        raise Exception("The current node timed out during startup.")

    monkeypatch.setattr(ray, "init", late)
    monkeypatch.setattr(ray, "is_initialized", lambda: False)
    for name, value in ada.environment.items():
        monkeypatch.setenv(name, value)
    monkeypatch.delenv("RAY_ADDRESS", raising=False)
    with Workspace.open(ada.folder) as ws, pytest.raises(StorageError, match="Ray did not start") as told:
        ws.experiment.run("still", executor="ray")
    assert told.value.code == "ray-not-started"
    assert len(made) == 3, "it is tried again first"
    assert [folder for folder in made if folder.exists()] == []


def test_where_ray_cannot_do_it(ada: Person, team: Team) -> None:
    run = "experiment", "run", "still", "--executor"
    refused(ada, *run, "rya", status=2, code="bad-parameter", hint="local, ray")
    for bad in ("ray://127.0.0.1:1", "somewhere"):
        refused(ada, *run, "ray", status=2, code="ray-address", hint="ray start --head", RAY_ADDRESS=bad)
    refused(ada, *run, "ray", status=8, code="ray-unreachable", hint="ray status", RAY_ADDRESS="127.0.0.1:1")
    ben = team.person("ben")
    prepared(ben)
    told = refused(
        ben, *run, "ray", status=2, code="ray-needs-shared-stores", hint="persona init --records postgresql://"
    )
    assert "s3://BUCKET/PREFIX" in told.out
    assert ben.type("run", "list", "--json").data["items"] == [], "nothing is planned"
