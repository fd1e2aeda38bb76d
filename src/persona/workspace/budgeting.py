"""The dollars that an experiment may take: what is left of them, and whether they are enough for one call."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from persona.errors import InvalidInput
from persona.llm.providers import find_model
from persona.model.calls import Limits
from persona.model.records import Run

if TYPE_CHECKING:
    from persona.model.experiments import ExperimentFile
    from persona.runs.cells import Arm
    from persona.storage import Records


def within_budget(
    records: Records, project: str, experiment: str, file: ExperimentFile, arms: Sequence[Arm], limits: Limits
) -> Limits:
    """The limits with what is left of ``sweep.budget.usd``: what earlier calls of the experiment cost is taken off.

    Raises ``InvalidInput`` for a model without a price, and for a budget that not even one answer fits in.
    """
    if file.sweep is None or file.sweep.usd is None:
        return limits
    place = f"experiment {experiment}, sweep.budget.usd"
    runs = records.find(Run, project=project, experiment=experiment).items
    spent = sum((run.fields.get("calls") or {}).get("cost_estimate") or 0.0 for run in runs)
    left = max(0.0, file.sweep.usd - spent)
    for model, most in {(arm.recipe.parameters.model, arm.recipe.parameters.max_tokens or 0) for arm in arms}:
        _check_price(model, most, left, spent, place)
    return limits._replace(max_cost=left if limits.max_cost is None else min(left, limits.max_cost))


def _check_price(model: str, most: int, left: float, spent: float, place: str) -> None:
    name = find_model(model)
    if name is None:
        return
    from persona.llm import prices

    answer = prices.estimate(name.provider.name, name.model, 0, most)
    if answer is None:
        raise InvalidInput(
            f"no price is known for `{model}`, so its cost cannot be kept under a limit",
            code="experiment-sweep",
            place=place,
            hints=["bound the points in place of the money: `budget: {runs: 20}`, or the tokens: `--max-total-tokens`"],
        )
    if answer > left:
        told = f" (${spent:.4f} of it are spent)" if spent else ""
        raise InvalidInput(
            f"the budget{told} is below the price of one call: an answer of `{model}` may cost ${answer:.4f}",
            code="experiment-sweep",
            place=place,
            hints=["raise `usd`, or bound the answers: `max_tokens: 1000`"],
        )
