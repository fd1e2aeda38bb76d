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


class TwoNodes:
    """The cluster. ``kill`` ends the second node, ``whole`` brings it back."""

    def __init__(self, cluster: Any, folder: Path) -> None:
        self._cluster = cluster
        self._folder = folder
        self.address: str = cluster.address
        self.second = cluster.add_node(num_cpus=1)

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
            self.second = self._cluster.add_node(num_cpus=1)
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


@pytest.fixture(scope="session")
def ray_session() -> Iterator[TwoNodes]:
    """Two nodes, and this process connected to them; skips where ray is absent."""
    before = {name: os.environ.get(name) for name in OFF}
    os.environ.update(OFF)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of the other package, not of ours
        ray = pytest.importorskip("ray", reason="the package ray is not installed")
        from ray.cluster_utils import Cluster

        folder = tempfile.mkdtemp(prefix="persona-ray-", dir="/tmp" if Path("/tmp").is_dir() else None)
        cluster = Cluster(
            initialize_head=True,
            head_node_args={
                "num_cpus": 1,
                "include_dashboard": False,
                "temp_dir": folder,
                "node_ip_address": "127.0.0.1",
            },
        )
        try:
            nodes = TwoNodes(cluster, Path(folder))
            ray.init(address=cluster.address, log_to_driver=False, logging_level="ERROR")
            yield nodes
        finally:
            ray.shutdown()
            cluster.shutdown()
            shutil.rmtree(folder, ignore_errors=True)
            for name, value in before.items():
                os.environ.pop(name) if value is None else os.environ.update({name: value})


@pytest.fixture
def two_nodes(ray_session: TwoNodes) -> TwoNodes:
    """The cluster with both its nodes."""
    ray_session.whole()
    return ray_session
