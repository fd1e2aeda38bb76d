"""What a run would ask, before anything is asked: the prompts that are known, and how many follow from the answers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from persona.generation.corpus import read_corpus
from persona.generation.llm.answers import Observed, schema_of
from persona.generation.llm.observing import ANSWER, prompts_for
from persona.generation.llm.splitting import measured, schema_text
from persona.generation.means import Means
from persona.generation.membership import membership
from persona.generation.vectors import embed
from persona.model.calls import Prompt
from persona.model.recipes import Constraints, Parameters
from persona.model.sources import Input

FOLDED = 0.3
"""Tokens of observations per token of interview, roughly: what the second step is estimated by."""


class Outlook(NamedTuple):
    """``prompts`` are the prompts of the first step; ``groups`` prompts of the second follow, one a persona at least.

    ``input_tokens`` and ``output_tokens`` are estimates over both steps without repairs; each refused answer adds one
    call more.
    """

    prompts: tuple[Prompt, ...]
    groups: int
    input_tokens: int
    output_tokens: int


def first_prompts(
    inputs: Sequence[Input], parameters: Parameters, constraints: Constraints, template: str
) -> tuple[Prompt, ...]:
    """What would be asked about the interviews, in order. Nothing is sent."""
    return tuple(prompt for prompt, _ in prompts_for(read_corpus(inputs, constraints), parameters, template))


def look_ahead(inputs: Sequence[Input], parameters: Parameters, constraints: Constraints, means: Means) -> Outlook:
    """What would be asked. Nothing is sent, and the grouping is made as the run will make it."""
    corpus = read_corpus(inputs, constraints)
    prompts = tuple(prompt for prompt, _ in prompts_for(corpus, parameters, means.template))
    found = membership(corpus, embed([one.text for one in corpus.sentences]), parameters, means.grouping, draws=False)
    form = measured(schema_text(schema_of(Observed)))
    first = sum(form + sum(measured(message.text) for message in prompt.messages) for prompt in prompts)
    answer = parameters.max_tokens or ANSWER
    later = int(first * FOLDED) + form * found.groups.k
    given = sum(min(answer, int(measured(prompt.messages[-1].text) * FOLDED)) for prompt in prompts)
    return Outlook(prompts, found.groups.k, first + later, given + found.groups.k * answer // 2)
