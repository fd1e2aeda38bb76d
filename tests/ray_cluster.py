"""A real Ray cluster of two nodes for tests: one a session, on loopback, its nodes without keys or passwords."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import tempfile
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.s3 import free_ports

from persona.runs.executors.ray_place import Treasurer

OFF = {"RAY_USAGE_STATS_ENABLED": "0", "RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER": "0"}
"""Nothing is told to the makers of Ray, and everything listens on loopback only."""


def descendants(pid: int) -> list[int]:
    """The processes that a process began, and those that they began, the nearest first."""
    found = [pid]
    for one in found:
        for task in Path(f"/proc/{one}/task").glob("*/children"):
            with contextlib.suppress(OSError):
                found += [int(child) for child in task.read_text().split()]
    return found[1:]


AGENTS = "metrics_agent_port", "metrics_export_port", "dashboard_agent_listen_port", "runtime_env_agent_port"
"""Where the helpers of a node listen. A node that must ask them gives up after 15 seconds, which a busy machine takes."""


def added(cluster: Any, **options: Any) -> Any:
    """A node more. One that does not come up within the 30 seconds that Ray waits is begun again."""
    for left in (2, 1, 0):
        try:
            return cluster.add_node(num_cpus=1, **dict(zip(AGENTS, free_ports(4), strict=True)), **options)
        except Exception as error:
            if not left or "timed out" not in str(error):
                raise
    raise AssertionError("not reached")


class TwoNodes:
    """The cluster. ``kill`` ends the second node, ``whole`` brings it back."""

    def __init__(self, cluster: Any, folder: Path) -> None:
        self._cluster = cluster
        self._folder = folder
        self.address: str = cluster.address
        self.second = added(cluster)

    def kill(self) -> None:
        """The second node goes as by a power cut: its processes do not live on until they miss their raylet."""
        node, self.second = self.second, None
        gone = [pid for one in node.all_processes["raylet"] for pid in descendants(one.process.pid)]
        for pid in gone:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        self._cluster.remove_node(node, allow_graceful=False)

    def logs(self, word: str) -> list[Path]:
        """The files of the cluster that hold a word."""
        files = [path for path in self._folder.rglob("*") if path.is_file()]
        assert files
        return [path for path in files if word.encode() in path.read_bytes()]

    def whole(self) -> None:
        if self.second is None:
            self.second = added(self._cluster)
        self._cluster.wait_for_nodes()
        self._until_it_works()

    def _until_it_works(self) -> None:
        """A node that is known is not yet one that is given work."""
        import ray
        from ray.util.scheduling_strategies import NodeAffinitySchedulingStrategy

        there = NodeAffinitySchedulingStrategy(self.second.node_id, soft=False)
        actor = ray.remote(Treasurer).options(num_cpus=0, scheduling_strategy=there).remote(None, None)
        assert ray.get(actor.left.remote(), timeout=60) == 0
        ray.kill(actor)


@contextlib.contextmanager
def variables(wanted: dict[str, str]) -> Iterator[None]:
    """Variables of this process, and what they were afterwards."""
    before = {name: os.environ.get(name) for name in wanted}
    os.environ.update(wanted)
    try:
        yield
    finally:
        for name, value in before.items():
            os.environ.pop(name, None) if value is None else os.environ.update({name: value})


@pytest.fixture(scope="session")
def ray_session() -> Iterator[TwoNodes]:
    """Two nodes, and this process connected to them; skips where ray is absent."""
    folder = Path(tempfile.mkdtemp(prefix="persona-nodes-", dir="/tmp" if Path("/tmp").is_dir() else None))
    (folder / "ray").mkdir()  # where a cluster writes its address down; it makes no folder for it
    with warnings.catch_warnings(), variables(OFF | {"RAY_TMPDIR": str(folder)}):
        warnings.simplefilter("ignore")  # of the other package, not of ours
        ray = pytest.importorskip("ray", reason="the package ray is not installed")
        from ray.cluster_utils import Cluster

        cluster = Cluster()
        try:
            added(cluster, include_dashboard=False, temp_dir=str(folder / "head"), node_ip_address="127.0.0.1")
            nodes = TwoNodes(cluster, folder)
            ray.init(address=cluster.address, log_to_driver=False, logging_level="ERROR")
            yield nodes
        finally:
            ray.shutdown()
            cluster.shutdown()
            shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def two_nodes(ray_session: TwoNodes) -> TwoNodes:
    """The cluster with both its nodes."""
    ray_session.whole()
    return ray_session
