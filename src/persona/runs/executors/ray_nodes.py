"""Many runs at once, on the nodes of a Ray cluster.

Without an address a cluster of one node is started on this machine, on loopback, and ends with the command. With
``RAY_ADDRESS`` the command joins a cluster that is there. Nodes reach the stores themselves, so these must be shared. A
node that dies takes nothing with it: its runs are recorded as interrupted and done on another.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import socket
import tempfile
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Any

import msgspec
from msgspec import structs

from persona.errors import StorageError, UsageError
from persona.llm.providers import PROVIDERS
from persona.runs import environment
from persona.runs.executors.base import Orders, Outcome
from persona.runs.executors.handing import Handing, Lost
from persona.runs.executors.ray_place import Place, Treasurer
from persona.runs.executors.worker import Hired

HANDED = ("PG", "AWS_", "PERSONA_")
"""Variables that begin so are handed to the nodes, beside the keys of providers: passwords, keys and endpoints."""

PATIENCE = 60.0
"""Seconds for a node to begin, before the cluster is said to have no room."""

STARTS = 3
"""How often a cluster on this machine is begun: Ray gives up after 15 seconds, which a busy machine takes."""

STOPPED = 30.0
"""Seconds for a place to record what is in flight, when it is told to end."""

_outcome = msgspec.json.Decoder(Outcome)


class _Node:
    """A place on a node and the runs it has in hand. Meets ``handing.Worker``."""

    def __init__(self, actor: Any, node: str, hired: Hired, treasurer: Any, owed: Path | None) -> None:
        self.capacity = hired.threads
        self.in_hand: set[str] = set()
        self.ready = False
        self.why = ""
        self.node = node
        self.actor = actor
        self._owed = owed
        self.begun = actor.begin.remote(msgspec.json.encode(hired), variables(), treasurer)
        self.under_way: dict[Any, str] = {}

    def give(self, run: str) -> None:
        if self._owed is not None:  # the folder of the run is written here, and no node can leave the note
            self._owed.mkdir(parents=True, exist_ok=True)
            (self._owed / run).touch()
        self.under_way[self.actor.do.remote(run)] = run

    def stop(self) -> None:
        self.actor.stop.remote()

    def end(self) -> None:
        import ray
        from ray.exceptions import RayError

        with contextlib.suppress(RayError):
            if self.ready:
                ray.get([self.actor.stop.remote(), self.actor.end.remote()], timeout=STOPPED)
        self.kill()

    def kill(self) -> None:
        import ray

        ray.kill(self.actor)


class OnRay(Handing[_Node]):
    """Meets ``Executor``. ``jobs`` is how many calls may be in flight over all nodes, or how many places compute."""

    def __init__(self, orders: Orders, jobs: int, *, asks: bool, lost: Lost) -> None:
        self._ours: str | None = None
        self._ray = self._connected(jobs)
        processors = int(sum(one["Resources"].get("CPU", 0) for one in self._alive().values()))
        super().__init__(
            structs.replace(orders, purse=None, owed=None, git=False), jobs, processors, asks=asks, lost=lost
        )
        self._owed = Path(orders.owed) if orders.owed else None
        limits = orders.limits
        here = self._ray.get_runtime_context().get_node_id()
        self._treasurer = self._actor(Treasurer, here, limits.max_cost, limits.max_total_tokens)

    def _connected(self, jobs: int) -> Any:
        """Ray, connected. What it would tell its makers, and its web page, are off."""
        address = os.environ.get("RAY_ADDRESS", "").strip()
        os.environ["RAY_USAGE_STATS_ENABLED"] = "0"
        if not address:
            os.environ["RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER"] = "0"  # Ray's word for: this machine only, on loopback
        try:
            import ray
        except ImportError:
            raise UsageError(
                "the executor `ray` needs the package ray",
                code="missing-extra",
                place="--executor ray",
                hints=["install it: `pip install 'persona-workbench[ray]'`"],
            ) from None
        if ray.is_initialized():
            return ray
        quiet: dict[str, Any] = {"log_to_driver": False, "logging_level": "ERROR"}
        if address:
            _check_address(address)
            try:
                ray.init(address=address, **quiet)
            except (ConnectionError, RuntimeError, ValueError) as error:
                raise _unreachable(address, str(error).partition("\n")[0]) from None
            self._ours = ""
            return ray
        processors = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
        for left in reversed(range(STARTS)):
            self._ours = folder = tempfile.mkdtemp(
                prefix=f"persona-ray-{os.getpid()}-",
                dir="/tmp" if os.path.isdir("/tmp") else None,  # noqa: S108, PTH112  # sockets stand in it, and their paths must be short
            )
            try:
                ray.init(
                    address="local",
                    num_cpus=max(1, min(jobs, processors)),
                    include_dashboard=False,
                    _node_ip_address="127.0.0.1",
                    _temp_dir=folder,
                    **quiet,
                )
                break
            except Exception as error:  # Ray has no class for it
                ray.shutdown()
                shutil.rmtree(folder, ignore_errors=True)
                if not left or "timed out" not in str(error):
                    raise _not_started(str(error).partition("\n")[0]) from error
        return ray

    def _alive(self) -> dict[str, Any]:
        return {one["NodeID"]: one for one in self._ray.nodes() if one["Alive"]}

    def _actor(self, kind: type, node: str, *words: Any, **options: Any) -> Any:
        from ray.util.scheduling_strategies import NodeAffinitySchedulingStrategy

        where = NodeAffinitySchedulingStrategy(node, soft=False)  # else Ray may put all on one node while others idle
        return (
            self._ray.remote(kind)
            .options(max_restarts=0, max_task_retries=0, scheduling_strategy=where, **{"num_cpus": 0, **options})
            .remote(*words)
        )

    def _hire(self, hired: Hired) -> _Node:
        """A place on the node that has the fewest for its processors. One that only waits for answers takes no room."""
        there = Counter(worker.node for worker in self._workers)
        alive = {id: one["Resources"].get("CPU", 0.0) for id, one in self._alive().items()}
        node = min(alive, key=lambda id: (there[id] + 1) / (alive[id] or 0.01))
        room = {"max_concurrency": hired.threads + 2, "num_cpus": 0 if self._asks else 1}
        return _Node(self._actor(Place, node, **room), node, hired, self._treasurer, self._owed)

    def _next(self) -> tuple[_Node, Outcome | None] | None:
        from ray.exceptions import RayError, RayTaskError

        waiting = {worker.begun: worker for worker in self._workers if not worker.ready}
        waiting |= {ref: worker for worker in self._workers for ref in worker.under_way}
        idle = not any(worker.ready for worker in self._workers)
        found, _ = self._ray.wait(list(waiting), num_returns=1, timeout=PATIENCE if idle else None)
        if not found:
            raise StorageError(
                f"no node of the cluster began within {PATIENCE:.0f} seconds",
                code="ray-no-room",
                place=os.environ.get("RAY_ADDRESS") or "--executor ray",
                hints=["others may use all its processors: `ray status` says so", "or leave out `--executor ray`"],
            )
        [ref], worker = found, waiting[found[0]]
        run = worker.under_way.pop(ref, None)
        try:
            answer = self._ray.get(ref)
        except RayTaskError as error:  # it lives, and has not understood: another version of this program
            raise _not_begun({"message": type(error.cause).__name__}) from None
        except RayError as error:
            worker.why = str(error).strip().partition("\n")[0]
            worker.under_way.clear()
            return worker, None
        if run is None:
            _check_begun(answer)
            worker.ready = True
            return None
        return worker, _outcome.decode(answer)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        super().__exit__(kind, error, trace)
        self._ray.kill(self._treasurer)
        if self._ours is not None:
            self._ray.shutdown()
            if self._ours:
                shutil.rmtree(self._ours, ignore_errors=True)


def variables() -> dict[str, str]:
    """The variables that nodes are given: how to come into the stores, keys of providers, and where they are asked."""
    keys = {name for provider in PROVIDERS.values() for name in (*provider.variables, provider.address)}
    return {
        name: value
        for name, value in os.environ.items()
        if (name.startswith(HANDED) or name in keys) and name != "PERSONA_WORKSPACE"
    }


def _check_address(address: str) -> None:
    """Refuse an address that Ray would wait for until it ends the process."""
    if address in ("auto", "local"):
        return
    host, _, port = address.rpartition(":")
    if "//" in address or not host or not port.isdigit():
        raise UsageError(
            "the address of the cluster is not HOST:PORT",
            code="ray-address",
            place="RAY_ADDRESS",
            hints=["`ray start --head` says it; a Ray client (`ray://`) cannot do runs: use a machine of the cluster"],
        )
    host = host.strip("[]")
    with contextlib.suppress(ImportError):  # Ray's own reading of an address: on Linux it never takes loopback by name
        from ray._private.services import resolve_ip_for_localhost

        host = resolve_ip_for_localhost(host)
    try:
        socket.create_connection((host, int(port)), timeout=5).close()
    except OSError as error:
        raise _unreachable(address, error.strerror or str(error)) from None


def _not_started(why: str) -> StorageError:
    return StorageError(
        f"Ray did not start on this machine: {why}",
        code="ray-not-started",
        place="--executor ray",
        hints=[
            "a machine that is busy takes longer than Ray waits (15 to 30 seconds): try again later",
            "or leave out `--executor ray`: the local executor does the same on one machine",
        ],
    )


def _unreachable(address: str, why: str) -> StorageError:
    return StorageError(
        f"the Ray cluster cannot be joined: {why}",
        code="ray-unreachable",
        place=f"RAY_ADDRESS {address}",
        hints=["see whether it runs: `ray status`", "or unset RAY_ADDRESS: then one is started on this machine"],
    )


def _check_begun(answer: Mapping[str, Any]) -> None:
    """Refuse a node that could not come in, or that another version of this program would do the runs on."""
    if "message" in answer:
        raise _not_begun(answer)
    theirs, ours = answer["version"], str(environment.summary()["version"])
    if theirs != ours:
        raise _not_begun({"message": f"it has version {theirs} of persona, and this is {ours}"})


def _not_begun(told: Mapping[str, Any]) -> StorageError:
    return StorageError(
        f"a node of the cluster cannot begin: {told['message']}",
        code="ray-node",
        place=told.get("place") or "--executor ray",
        hints=[
            *told.get("hints", ()),
            "every node needs this version of persona with what it needs here, and a way to both stores",
        ],
    )
