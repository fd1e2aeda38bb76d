"""A budget that stops before it is exceeded: each exchange reserves the most it can cost before it is made."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Literal, Protocol

from persona.errors import ModelError
from persona.llm import prices
from persona.model.calls import CallRequest, Usage

LONGEST_ANSWER = 4096
"""Tokens reserved for an answer when the request bounds none."""

TOKENS_A_BYTE = 0.4
"""Tokens of a prompt per byte: more than any language we measured needs. A provider that counts more raises it."""

OVERHEAD = 60
"""Tokens that the form of a request adds."""

GLANCE = 0.05
"""Seconds after which somebody who waits for what others have set aside looks again."""

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

    @property
    def held(self) -> tuple[float, int]:
        """US dollars and tokens that are set aside."""
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
        self.held = (0.0, 0)
        self._lock = threading.Lock()

    def take(self, cost: float, tokens: int) -> Reached | None:
        """See ``Purse.take``."""
        with self._lock:
            reached = limit_reached(self, self.held, cost, tokens)
            if reached is None:
                self.held = (self.held[0] + cost, self.held[1] + tokens)
            return reached

    def settle(self, held: tuple[float, int], spent: tuple[float, int]) -> None:
        """See ``Purse.settle``."""
        with self._lock:
            self.held = (round(self.held[0] - held[0], 12), self.held[1] - held[1])
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

    def account(self, request: CallRequest, patience: float, is_over: Callable[[], bool]) -> RequestAccount:
        """An account for one call, which waits for what others have set aside.

        It waits no longer than ``patience`` seconds in which nothing of that is settled: whoever is to settle it may be
        gone. When ``is_over`` it does not wait at all.
        """
        return RequestAccount(self, request, patience, is_over)

    def take(self, request: CallRequest) -> tuple[float, int] | None:
        """Set aside the most that an exchange can take; None where others hold too much of what is left.

        Raises ``ModelError`` when it is more than is left beside what is spent.
        """
        purse = self._purse
        tokens, cost = self._most(request)
        if purse.take(cost, tokens) is None:
            return cost, tokens
        if limit_reached(purse, (0.0, 0), cost, tokens) is None:
            return None
        raise self.reached(request)

    def check(self, request: CallRequest) -> None:
        """Raise ``ModelError`` when an exchange can take more than is left. Nothing is set aside."""
        tokens, cost = self._most(request)
        if limit_reached(self._purse, (0.0, 0), cost, tokens) is not None:
            raise self.reached(request)

    def reached(self, request: CallRequest) -> ModelError:
        """The error for a request that cannot be afforded."""
        purse = self._purse
        tokens, cost = self._most(request)
        (dollars, used), (aside, kept) = purse.spent, purse.held
        if limit_reached(purse, purse.held, cost, tokens) == "cost":
            told = f"{_money(dollars)} are spent" + (
                f", {_money(aside)} are set aside for calls under way" if aside else ""
            )
            return _reached(_money(purse.max_cost or 0.0), told, _money(cost), "--max-cost")
        told = f"{used:,} are used" + (f", {kept:,} are set aside for calls under way" if kept else "")
        return _reached(f"{purse.max_tokens:,} tokens", told, f"{tokens:,}", "--max-total-tokens")

    def settle(self, request: CallRequest, reserved: tuple[float, int], usage: Usage | None) -> None:
        """Put what an exchange took in place of what was set aside for it. None took nothing."""
        if usage is None:
            self._purse.settle(reserved, (0.0, 0))
            return
        took, gave = usage.input_tokens, usage.output_tokens
        if took is None or gave is None:  # the provider does not say: what was set aside is taken as used
            self._purse.settle(reserved, reserved)
            return
        cost = prices.estimate(request.provider, request.model, took, gave) or 0.0
        self._purse.settle(reserved, (cost, took + gave))
        self._rate = max(self._rate, took / max(1, _bytes(request)) * 1.1)

    @property
    def left(self) -> tuple[tuple[float, int], tuple[float, int]]:
        """What is spent and what is set aside: while this changes, waiting is worth it."""
        return self._purse.spent, self._purse.held

    def bound(self, request: CallRequest) -> tuple[int, int]:
        """The most tokens an exchange can take and give, as far as can be known before."""
        return int(_bytes(request) * self._rate) + OVERHEAD, request.max_tokens or LONGEST_ANSWER

    def _most(self, request: CallRequest) -> tuple[int, float]:
        """The most tokens and US dollars that an exchange can take. Raises ``ModelError`` where no price is known."""
        took, gave = self.bound(request)
        if self._purse.max_cost is None:
            return took + gave, 0.0
        price = prices.estimate(request.provider, request.model, took, gave)
        if price is None:
            raise ModelError(
                f"no price is known for `{request.model}`, so its cost cannot be kept under a limit",
                code="model-price",
                place="--max-cost",
                hints=["limit the tokens instead: `--max-total-tokens 100000`"],
            )
        return took + gave, price


class RequestAccount:
    """The account of one call. Meets ``llm.base.Account``."""

    def __init__(self, budget: Budget, request: CallRequest, patience: float, is_over: Callable[[], bool]) -> None:
        self._budget = budget
        self._request = request
        self._patience = patience
        self._is_over = is_over
        self._aside: tuple[float, int] | None = None

    async def reserve(self) -> None:
        """See ``Account.reserve``."""
        import asyncio

        seen: object = None
        since = 0.0
        while self._aside is None:
            self._aside = self._budget.take(self._request)
            if self._aside is not None:
                return
            now = self._budget.left
            if now != seen:
                seen, since = now, time.monotonic()
            if self._is_over() or time.monotonic() - since > self._patience:
                raise self._budget.reached(self._request)
            await asyncio.sleep(GLANCE)

    def settle(self, usage: Usage | None) -> None:
        """See ``Account.settle``. Without a reservation it does nothing."""
        aside, self._aside = self._aside, None
        if aside is not None:
            self._budget.settle(self._request, aside, usage)


def _reached(limit: str, used: str, next: str, place: str) -> ModelError:
    return ModelError(
        f"the budget of {limit} would be exceeded: {used}, and the next call may take {next}",
        code="budget-reached",
        place=place,
        hints=["raise the limit and run it again: calls that were answered are not made twice"],
    )


def _money(dollars: float) -> str:
    """US dollars with four decimals, more where they would all be nought."""
    told = f"{dollars:.4f}" if dollars >= 0.0001 else f"{dollars:.10f}"
    return "$" + (told.rstrip("0").rstrip(".") if dollars else "0")


def _bytes(request: CallRequest) -> int:
    from msgspec.json import encode

    return sum(len(message.text.encode()) for message in request.messages) + len(encode(request.schema))
