"""Asking many things at once: so many calls in flight, within a budget, each answer handed over as it comes."""

from __future__ import annotations

import asyncio
import warnings
from collections.abc import Callable, Sequence

from persona.errors import ModelError, PersonaError
from persona.llm.base import CallFailed, Model
from persona.llm.budget import Budget
from persona.model.calls import Answered, CallRequest

Took = Callable[[int, "Answered | CallFailed"], None]
"""What is done with each answer, by the place of its request, before anything that follows from it."""


def ask_all(
    open_model: Callable[[], Model],
    requests: Sequence[CallRequest],
    took: Took,
    *,
    jobs: int,
    deadline: float,
    budget: Budget,
) -> None:
    """Ask everything, at most ``jobs`` at a time, each within ``deadline`` seconds.

    After the first failure, and when the budget is reached, nothing more is asked; what is in flight is waited for,
    because it is paid. Then the failure is raised: ``CallFailed``, or ``ModelError`` for the budget.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the libraries warn of models near their end and of settings a model ignores
        asyncio.run(_all(open_model, requests, took, jobs, deadline, budget))


async def _all(
    open_model: Callable[[], Model],
    requests: Sequence[CallRequest],
    took: Took,
    jobs: int,
    deadline: float,
    budget: Budget,
) -> None:
    model = open_model()
    left = list(range(len(requests)))[::-1]
    failures: list[PersonaError] = []

    async def work() -> None:
        while left and not failures:
            place = left.pop()
            request = requests[place]
            try:
                reserved = budget.reserve(request)
            except ModelError as error:
                failures.append(error)
                return
            answer: Answered | CallFailed
            try:
                answer = await model.ask(request, deadline)
            except CallFailed as error:
                answer = error
                failures.append(error)
            budget.settle(request, reserved, answer.response if isinstance(answer, Answered) else None)
            took(place, answer)

    try:
        await asyncio.gather(*(work() for _ in range(max(1, jobs))))
    finally:
        await model.close()
    if failures:
        raise failures[0]
