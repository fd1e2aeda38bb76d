"""What stands on the nodes of a Ray cluster: places where runs are done, and the one purse that all of them share.

Plain classes: ``ray_nodes`` makes actors of them. Arguments and answers are bytes of JSON, so that no node unpickles
anything of ours but the names of these classes.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import msgspec

from persona.errors import PersonaError
from persona.llm.budget import OwnPurse, Reached
from persona.llm.pace import OwnPace
from persona.runs import environment
from persona.runs.executors.base import Outcome
from persona.runs.executors.worker import Hired

if TYPE_CHECKING:
    from persona.runs.executors.bench import Bench


class Treasurer:
    """The limits and the pace of an experiment, in one process that all nodes ask. What a node that died had set aside
    stays set aside: its calls may have been paid.
    """

    def __init__(self, max_cost: float | None, max_tokens: int | None) -> None:
        self._purse = OwnPurse(max_cost, max_tokens)
        self._pace = OwnPace()

    def take(self, cost: float, tokens: int) -> Reached | None:
        """See ``llm.budget.Purse.take``."""
        return self._purse.take(cost, tokens)

    def settle(self, held: tuple[float, int], spent: tuple[float, int]) -> None:
        """See ``llm.budget.Purse.settle``."""
        self._purse.settle(held, spent)

    def spent(self) -> tuple[float, int]:
        """See ``llm.budget.Purse.spent``."""
        return self._purse.spent

    def held(self) -> tuple[float, int]:
        """See ``llm.budget.Purse.held``."""
        return self._purse.held

    def left(self) -> float:
        """See ``llm.pace.Pace.left``. The clock is the treasurer's, so that it is one for all nodes."""
        return self._pace.left()

    def hold(self, seconds: float) -> None:
        """See ``llm.pace.Pace.hold``."""
        self._pace.hold(seconds)


class RayPurse:
    """The treasurer as a node sees it. Meets ``llm.budget.Purse`` and ``llm.pace.Pace``."""

    def __init__(self, treasurer: Any, max_cost: float | None, max_tokens: int | None) -> None:
        self._treasurer = treasurer
        self.max_cost = max_cost
        self.max_tokens = max_tokens

    def _ask(self, verb: str, *words: Any) -> Any:
        import ray

        return ray.get(getattr(self._treasurer, verb).remote(*words))

    @property
    def spent(self) -> tuple[float, int]:
        """See ``Purse.spent``."""
        cost, tokens = self._ask("spent")
        return cost, tokens

    @property
    def held(self) -> tuple[float, int]:
        """See ``Purse.held``."""
        cost, tokens = self._ask("held")
        return cost, tokens

    def take(self, cost: float, tokens: int) -> Reached | None:
        """See ``Purse.take``."""
        if self.max_cost is None and self.max_tokens is None:
            return None
        reached: Reached | None = self._ask("take", cost, tokens)
        return reached

    def settle(self, held: tuple[float, int], spent: tuple[float, int]) -> None:
        """See ``Purse.settle``."""
        if self.max_cost is not None or self.max_tokens is not None:
            self._ask("settle", held, spent)

    def left(self) -> float:
        """See ``Pace.left``."""
        return float(self._ask("left"))

    def hold(self, seconds: float) -> None:
        """See ``Pace.hold``."""
        self._ask("hold", seconds)


class Place:
    """Does runs on one node, as many at once as it was hired for."""

    def __init__(self) -> None:
        self._bench: Bench | None = None

    def begin(self, hired: bytes, variables: Mapping[str, str], treasurer: Any) -> dict[str, Any]:
        """Come in: keys and passwords first, then the stores. The version of this program here, or what went wrong."""
        from persona.runs import plugins
        from persona.runs.executors.bench import Bench

        os.environ.update(variables)  # in memory of this process only, handed over from process to process
        known = msgspec.json.decode(hired, type=Hired)
        limits = known.orders.limits
        purse = RayPurse(treasurer, limits.max_cost, limits.max_total_tokens)
        try:
            self._bench = Bench(known.orders, known.jobs, purse)
            plugins.keep()
            self._bench.warm(asks=known.asks)
        except PersonaError as error:
            return {"message": error.message, "place": error.place, "hints": list(error.hints)}
        except ImportError as error:
            return {"message": f"the package {error.name} is missing on it"}
        return {"version": environment.summary()["version"]}

    def do(self, run: str) -> bytes:
        """Do one run; its outcome. Never raises for what becomes of it."""
        assert self._bench is not None, "begun first"
        try:
            outcome = self._bench.do(run)
        except BaseException as error:  # noqa: BLE001  # a store that fails must not leave the other side waiting
            outcome = Outcome(run, "failed", code=getattr(error, "code", "internal"), message=str(error))
        return msgspec.json.encode(outcome)

    def stop(self) -> None:
        """Begin nothing more."""
        if self._bench is not None:
            self._bench.stop("cancelled")

    def end(self) -> None:
        """Release connections and stores."""
        if self._bench is not None:
            self._bench.close()
