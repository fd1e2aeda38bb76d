"""What every test lives under: no network, known data, and hypothesis without surprises."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings

ROOT = Path(__file__).resolve().parent.parent
SHARED = ROOT.parent / "shared"

settings.register_profile(
    "house", deadline=None, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
settings.load_profile("house")

pytest_plugins = [f"tests.{name}" for name in ("postgres", "s3", "ray_cluster") if (ROOT / f"tests/{name}.py").exists()]


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of real data beside the checkout; tests that need it skip where it is absent."""
    if not SHARED.is_dir():
        pytest.skip("the shared data folder is not beside this checkout")
    return SHARED


@pytest.fixture(scope="session")
def repeats() -> int:
    """How often a test of chance repeats itself: few by default, 100 in `make test-long`."""
    return int(os.environ.get("PERSONA_REPEATS", "10"))


@pytest.fixture(scope="session", autouse=True)
def no_configuration_of_yours(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Keys that sign and forms of requests are kept in the folders of a person; tests have folders of their own."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CONFIG_HOME", str(tmp_path_factory.mktemp("configuration")))
        patch.setenv("XDG_CACHE_HOME", str(tmp_path_factory.mktemp("cache")))
        yield


@pytest.fixture(autouse=True)
def socket_guard(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """No test reaches beyond this machine; one marked ``no_network`` opens no socket at all."""
    strict = request.node.get_closest_marker("no_network") is not None
    real_connect = socket.socket.connect

    def guarded(self: socket.socket, address: Any) -> Any:
        local = self.family == socket.AF_UNIX or (
            isinstance(address, tuple) and str(address[0]) in ("127.0.0.1", "::1", "localhost")
        )
        if strict or not local:
            raise AssertionError(f"a test tried to connect to {address!r}")
        return real_connect(self, address)

    monkeypatch.setattr(socket.socket, "connect", guarded)
