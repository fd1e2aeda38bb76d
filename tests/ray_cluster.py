"""A real Ray cluster of two nodes for tests: one a session, on loopback, its nodes without keys or passwords."""

from __future__ import annotations

import os
import shutil
import tempfile
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

OFF = {"RAY_USAGE_STATS_ENABLED": "0", "RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER": "0"}
"""Nothing is told to the makers of Ray, and everything listens on loopback only."""


class TwoNodes:
    """The cluster. ``kill`` ends the second node, ``whole`` brings it back."""

    def __init__(self, cluster: Any, folder: Path) -> None:
        self._cluster = cluster
        self._folder = folder
        self.address: str = cluster.address
        self.second = cluster.add_node(num_cpus=1)

    def kill(self) -> None:
        node, self.second = self.second, None
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
