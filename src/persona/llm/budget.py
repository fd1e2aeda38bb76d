"""A budget that stops before it is exceeded: each call reserves the most it can cost before it is made."""

from __future__ import annotations

import threading
from typing import Literal, Protocol

from persona.errors import ModelError
from persona.llm import prices
from persona.model.calls import CallRequest, CallResponse

LONGEST_ANSWER = 4096
"""Tokens reserved for an answer when the request bounds none."""

TOKENS_A_BYTE = 0.4
"""Tokens of a prompt per byte at first: more than any language we measured needs, until an answer tells the truth."""

OVERHEAD = 60
"""Tokens that the form of a request adds."""


Reached = Literal["cost", "tokens"]
"""The limit that a call would exceed."""


class Purse(Protocol):
    """So much money and so many tokens, from which several may spend at once. None means without limit."""

    @property
    def max_cost(self) -> float | None:
        """US dollars."""
        ...

    @property
    def max_tokens(self) -> int | None:
        """Tokens, of prompts and answers together."""
        ...

    @property
    def spent(self) -> tuple[float, int]:
        """US dollars and tokens that are gone."""
        ...

    def take(self, cost: float, tokens: int) -> Reached | None:
        """Set something aside. Where that is more than is left, nothing is, and the answer is the limit reached."""
        ...

    def settle(self, held: tuple[float, int], spent: tuple[float, int]) -> None:
        """Put what was spent in place of what was set aside."""
        ...


class OwnPurse:
    """A purse in memory, for one run or for the threads of one process."""

    def __init__(self, max_cost: float | None = None, max_tokens: int | None = None) -> None:
        self.max_cost = max_cost
        self.max_tokens = max_tokens
        self.spent = (0.0, 0)
        self._held = (0.0, 0)
        self._lock = threading.Lock()

    def take(self, cost: float, tokens: int) -> Reached | None:
        """See ``Purse.take``."""
        with self._lock:
            reached = limit_reached(self, self._held, cost, tokens)
            if reached is None:
                self._held = (self._held[0] + cost, self._held[1] + tokens)
            return reached

    def settle(self, held: tuple[float, int], spent: tuple[float, int]) -> None:
        """See ``Purse.settle``."""
        with self._lock:
            self._held = (self._held[0] - held[0], self._held[1] - held[1])
            self.spent = (self.spent[0] + spent[0], self.spent[1] + spent[1])


def limit_reached(purse: Purse, held: tuple[float, int], cost: float, tokens: int) -> Reached | None:
    """Which limit a call would exceed beside what is ``held``."""
    if purse.max_cost is not None and purse.spent[0] + held[0] + cost > purse.max_cost:
        return "cost"
    if purse.max_tokens is not None and purse.spent[1] + held[1] + tokens > purse.max_tokens:
        return "tokens"
    return None


class Budget:
    """What the calls of a run may take from a purse. Reused answers cost nothing and are not counted."""

    def __init__(self, purse: Purse | None = None) -> None:
        self._purse = purse or OwnPurse()
        self._rate = TOKENS_A_BYTE

    def reserve(self, request: CallRequest) -> tuple[float, int]:
        """Set aside the most that a call can take. Raises ``ModelError`` when that is more than is left."""
        purse = self._purse
        took, gave = self.bound(request)
        tokens = took + gave
        cost = 0.0
        if purse.max_cost is not None:
            price = prices.estimate(request.provider, request.model, took, gave)
            if price is None:
                raise ModelError(
                    f"no price is known for `{request.model}`, so its cost cannot be kept under a limit",
                    code="model-price",
                    place="--max-cost",
                    hints=["limit the tokens instead: `--max-total-tokens 100000`"],
                )
            cost = price
        reached = purse.take(cost, tokens)
        if reached == "cost":
            spent = f"${purse.spent[0]:.4f} are spent"
            raise self._reached(f"${purse.max_cost:g}", spent, f"${cost:.4f}", "--max-cost")
        if reached == "tokens":
            used = f"{purse.spent[1]:,} are used"
            raise self._reached(f"{purse.max_tokens:,} tokens", used, f"{tokens:,}", "--max-total-tokens")
        return cost, tokens

    def settle(self, request: CallRequest, reserved: tuple[float, int], response: CallResponse | None) -> None:
        """Put what a call took in place of what was set aside for it. A failed call counts as nothing."""
        if response is None:
            self._purse.settle(reserved, (0.0, 0))
            return
        took, gave = response.usage.input_tokens, response.usage.output_tokens
        if took is None or gave is None:  # the provider does not say: what was set aside is taken as used
            self._purse.settle(reserved, reserved)
            return
        cost = prices.estimate(request.provider, request.model, took, gave) or 0.0
        self._purse.settle(reserved, (cost, took + gave))
        self._rate = max(took / max(1, _bytes(request)) * 1.1, 0.05)

    def bound(self, request: CallRequest) -> tuple[int, int]:
        """The most tokens a call can take and give, as far as can be known before."""
        return int(_bytes(request) * self._rate) + OVERHEAD, request.max_tokens or LONGEST_ANSWER

    def _reached(self, limit: str, used: str, next: str, place: str) -> ModelError:
        return ModelError(
            f"the budget of {limit} would be exceeded: {used}, and the next call may take {next}",
            code="budget-reached",
            place=place,
            hints=["raise the limit and run it again: calls that were answered are not made twice"],
        )


def _bytes(request: CallRequest) -> int:
    from msgspec.json import encode

    return sum(len(message.text.encode()) for message in request.messages) + len(encode(request.schema))
