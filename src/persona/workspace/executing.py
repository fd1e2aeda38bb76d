"""Who does the runs of an experiment: this process, processes of this machine, or the nodes of a Ray cluster."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Protocol

from msgspec.structs import replace

from persona.errors import UsageError
from persona.model.ids import iso, new_id, now
from persona.model.records import Draft, Run
from persona.runs.executors.base import Executor, Orders
from persona.workspace.context import Context

if TYPE_CHECKING:
    from persona.model.calls import Limits
    from persona.workspace.stores import Stores

EXECUTORS = ("local", "ray")
"""Who can be asked for."""

FEW = 8
"""Runs up to which starting processes takes longer than doing them here, when no model is asked."""


class Wish(Protocol):
    """What was asked for: by whom, and whether models are asked again where their answers are recorded."""

    @property
    def executor(self) -> str:
        """One of ``EXECUTORS``."""
        ...

    @property
    def fresh(self) -> bool:
        """Whether no recorded answer is used again."""
        ...


def check_executor(name: str, stores: Stores) -> None:
    """Raises ``UsageError`` for an executor that there is not, or that cannot reach the stores."""
    if name not in EXECUTORS:
        raise UsageError(
            f"there is no executor `{name}`",
            code="bad-parameter",
            place="--executor",
            hints=[f"one of: {', '.join(EXECUTORS)}"],
        )
    if name == "ray" and not stores.shared:
        raise UsageError(
            "the nodes of a cluster cannot reach the stores of this workspace: they are in its folder",
            code="ray-needs-shared-stores",
            place="--executor ray",
            hints=[
                "begin where nodes can: `persona init --records postgresql://USER@HOST/DATABASE --blobs s3://BUCKET/PREFIX`",
                "or leave out `--executor ray`: this machine does the runs, with all its processors",
            ],
        )


def executor_for(context: Context, wish: Wish, limits: Limits, count: int, *, asks: bool) -> Executor:
    """Whoever does ``count`` runs; ``asks`` says that they ask a model."""
    orders = Orders(
        records=context.stores.records,
        blobs=context.stores.blobs,
        actor=context.actor,
        limits=limits,
        fresh=wish.fresh,
        git=context.records_git,
        owed=str(context.layout.owed),
        workspace=context.stores.workspace,
    )

    def lost(runs: Sequence[str]) -> None:
        record_lost(context, runs)

    if wish.executor == "ray":
        from persona.runs.executors.ray_nodes import OnRay

        tree = {name: value for name, value in context.start_fields.items() if name == "git"}
        return OnRay(replace(orders, start=tree), limits.jobs, asks=asks, lost=lost)
    if not asks and (count < FEW or limits.jobs == 1):
        from persona.runs.executors.alone import Alone

        return Alone(orders)
    from persona.runs.executors.local import Local
    from persona.runs.executors.purse import FilePurse

    purse = context.layout.cache / new_id("purse")
    FilePurse.make(purse, limits.max_cost, limits.max_total_tokens)
    return Local(replace(orders, purse=str(purse)), limits.jobs, asks=asks, lost=lost)


def record_lost(context: Context, runs: Sequence[str]) -> None:
    """Record the runs of a worker that died as interrupted, so that they can be taken up."""
    for id in runs:
        if context.records.get(Run, id).status != "running":
            continue
        told = {"code": "interrupted", "message": "the process ended without finishing the run"}
        body: dict[str, Any] = {"status": "interrupted", "at": iso(now()), "error": told, "metrics": [], "fields": {}}
        context.append(Draft("run.finished", id, body), expect={id: "running"})
