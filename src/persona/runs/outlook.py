"""Looking ahead: what a recipe would ask, which of it is recorded already, and what the rest may cost."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

from persona.errors import UsageError
from persona.generation.means import Means
from persona.llm.providers import find_model
from persona.runs.asking import Salts, is_recorded, request_for

if TYPE_CHECKING:
    from persona.generation.llm import Outlook
    from persona.model.calls import CallRequest, Prompt
    from persona.model.recipes import Recipe
    from persona.model.sources import Input
    from persona.storage import Blobs, Records


class Expected(NamedTuple):
    """The prompts of the first step, each with whether its answer is recorded, and what follows from them.

    Tokens and ``cost`` are of the calls that would be made: those recorded already take nothing. Whether a call about
    a group is recorded is not known before, so each counts as made. ``cost`` is an estimate in US dollars, None where
    no price is known.
    """

    prompts: tuple[tuple[Prompt, bool], ...]
    later: int
    input_tokens: int
    output_tokens: int
    cost: float | None


def expect(
    records: Records,
    blobs: Blobs,
    project: str,
    recipe: Recipe,
    template: bytes,
    inputs: Sequence[Input],
    grouping: tuple[tuple[str, ...], ...] | None,
) -> Expected:
    """What would be asked. Raises ``UsageError`` for an engine that asks nobody."""
    name = find_model(recipe.parameters.model)
    if name is None:
        raise UsageError(
            "this engine asks no model: there is nothing to look ahead at",
            code="nothing-to-ask",
            place=f"engine {recipe.engine}",
            hints=["name a model: `persona generate --model openai:gpt-4o-mini --dry-run`"],
        )
    from persona.generation.llm import look_ahead
    from persona.llm import prices
    from persona.llm.opening import is_installed

    means = Means(None, template.decode("utf-8", "replace"), grouping)
    outlook = look_ahead(inputs, recipe.parameters, recipe.constraints, means)
    salts = Salts(records, blobs, project)
    prompts = []
    for prompt in outlook.prompts:
        request = request_for(prompt, recipe.parameters, recipe.repeat, salts.of(prompt))
        prompts.append((prompt, is_recorded(records, project, request)))
    took, gave = _to_be_made(outlook, prompts, recipe.parameters.max_tokens)
    cost = None
    if is_installed() or name.provider.local:
        cost = prices.estimate(name.provider.name, name.model, took, gave)
    return Expected(tuple(prompts), outlook.groups, took, gave, cost)


def first_asked(
    records: Records, blobs: Blobs, project: str, recipe: Recipe, template: bytes, *, fresh: bool
) -> list[CallRequest]:
    """What a run would ask first, about its interviews; without ``fresh`` only what no recorded call has answered."""
    from persona.generation.llm import first_prompts
    from persona.runs.inputs import load_inputs

    inputs = load_inputs(blobs, recipe)
    prompts = first_prompts(inputs, recipe.parameters, recipe.constraints, template.decode("utf-8", "replace"))
    salts = Salts(records, blobs, project)
    asked = [request_for(prompt, recipe.parameters, recipe.repeat, salts.of(prompt)) for prompt in prompts]
    return asked if fresh else [one for one in asked if not is_recorded(records, project, one)]


def _to_be_made(outlook: Outlook, prompts: Sequence[tuple[Prompt, bool]], max_tokens: int | None) -> tuple[int, int]:
    """The tokens in and out of an outlook without the prompts whose answers are recorded, counted as it counts them."""
    from persona.generation.llm.observing import ANSWER
    from persona.generation.llm.outlook import FOLDED
    from persona.generation.llm.splitting import measured, schema_text

    took, gave = outlook.input_tokens, outlook.output_tokens
    for prompt in (prompt for prompt, recorded in prompts if recorded):
        took -= measured(schema_text(prompt.schema)) + sum(measured(one.text) for one in prompt.messages)
        gave -= min(max_tokens or ANSWER, int(measured(prompt.messages[-1].text) * FOLDED))
    return max(0, took), max(0, gave)
