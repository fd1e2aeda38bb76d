"""The dollars that an experiment may take: what is left of them, and whether they are enough for one call."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from persona.errors import InvalidInput, ModelError, UsageError
from persona.llm.providers import find_model
from persona.model.calls import Limits
from persona.model.records import Run

if TYPE_CHECKING:
    from persona.llm.providers import ModelName
    from persona.model.experiments import ExperimentFile
    from persona.model.recipes import Parameters
    from persona.runs.cells import Arm, Cell
    from persona.storage import Records
    from persona.workspace.context import Context


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


def check_affordable(
    context: Context, project: str, cells: Sequence[Cell], file: ExperimentFile, limits: Limits, *, fresh: bool
) -> None:
    """Refuse a budget that not even the first call of any run fits in, before a run is planned.

    A run whose first calls are recorded already may need no money at all, so it is let through. Raises ``UsageError``.
    """
    if limits.max_cost is None and limits.max_total_tokens is None:
        return
    from msgspec import structs

    from persona.llm.budget import Budget, OwnPurse
    from persona.runs.outlook import first_asked

    budget = Budget(OwnPurse(limits.max_cost, limits.max_total_tokens))
    least: ModelError | None = None
    for cell in {(cell.arm.variant, cell.arm.inputs): cell for cell in reversed(cells)}.values():
        recipe = cell.arm.recipe
        name = find_model(recipe.parameters.model)
        if name is None or _is_ample(name, recipe.parameters, limits):
            return
        parameters = structs.replace(recipe.parameters, seed=cell.seed)
        recipe = structs.replace(recipe, parameters=parameters, repeat=cell.repeat)
        asked = first_asked(context.records, context.blobs, project, recipe, cell.arm.template, fresh=fresh)
        if not asked:
            return
        for request in sorted(asked, key=budget.bound):
            try:
                budget.check(request)
                return
            except ModelError as error:
                least = least or error
    if least is None:
        return
    if least.code != "budget-reached":
        raise least
    in_file = least.place == "--max-cost" and file.sweep is not None and file.sweep.usd is not None
    spent = (file.sweep.usd or 0.0) - (limits.max_cost or 0.0) if in_file and file.sweep is not None else 0.0
    told = f" (${spent:.4f} of it are spent)" if spent > 0 else ""
    raise UsageError(
        f"the budget{told} is below the price of one call, so nothing is planned: {least.message}",
        code="budget-too-small",
        place=f"experiment {file.name}, sweep.budget.usd" if in_file else least.place,
        hints=["see what the calls may take: `persona generate --dry-run`", "or raise the limit, or leave it out"],
    )


def _is_ample(name: ModelName, parameters: Parameters, limits: Limits) -> bool:
    """Whether any call fits: then nobody needs to look at the words."""
    from persona.generation.llm.observing import CONTEXT
    from persona.llm import prices
    from persona.llm.budget import LONGEST_ANSWER

    took, gave = 4 * (parameters.context or CONTEXT), parameters.max_tokens or LONGEST_ANSWER
    cost = prices.estimate(name.provider.name, name.model, took, gave) if limits.max_cost is not None else 0.0
    return (limits.max_cost is None or (cost is not None and cost <= limits.max_cost)) and (
        limits.max_total_tokens is None or took + gave <= limits.max_total_tokens
    )


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
