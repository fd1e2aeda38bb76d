"""Asking in two rounds: what the sources refuse is given back once; what is refused again stays without evidence."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Generic, NamedTuple, Protocol, TypeVar

import msgspec

from persona.generation.llm.answers import Answer, read_answer
from persona.generation.llm.checks import Refusal, Tally
from persona.generation.llm.prompts import render
from persona.model.calls import Ask, CallResponse, Message, Prompt

MOST_TOLD = 40
"""Refusals told in one repair prompt."""


class Item(Protocol):
    """What an answer is made of. Without ``spans`` it rests on nothing."""

    @property
    def spans(self) -> Sequence[object]:
        """The words it rests on."""
        ...


T = TypeVar("T", bound=Item)


class Checked(NamedTuple, Generic[T]):
    """One item of an answer: as it can be used, why it is refused where it is, and how the model called it."""

    item: T
    refusal: Refusal | None
    label: str


class Question(NamedTuple, Generic[Answer, T]):
    """A prompt, the form of its answer, and what holds the answer against the sources."""

    prompt: Prompt
    form: type[Answer]
    check: Callable[[Answer], list[Checked[T]]]


def in_two_rounds(
    questions: Sequence[Question[Answer, T]], ask: Ask, template: str, tally: Tally
) -> list[list[T] | None]:
    """The items of each answer, in the order of the questions; None where no answer could be read.

    What was refused and not mended is among them, without spans. An item that the model takes back is gone.
    """
    first = ask([question.prompt for question in questions])
    kept: list[list[T]] = [[] for _ in questions]
    refused: dict[int, list[Checked[T]]] = {}
    unread: dict[int, str] = {}
    for place, (question, response) in enumerate(zip(questions, first, strict=True)):
        tally.answers += 1
        answer = read_answer(response.parsed, question.form)
        if question.prompt.step == "claims":
            tally.attempts[question.prompt.about] = 2 if isinstance(answer, str) else 1
        if isinstance(answer, str):
            unread[place] = answer
            continue
        tally.valid += 1
        checked = question.check(answer)
        tally.items += len(checked)
        kept[place] = [one.item for one in checked if one.refusal is None]
        wrong = [one for one in checked if one.refusal is not None]
        tally.refused.update(one.refusal.reason for one in wrong if one.refusal)
        if wrong:
            refused[place] = wrong
    again = sorted({*refused, *unread})
    prompts = [
        _repair(questions[place].prompt, first[place], refused.get(place, ()), unread.get(place), template)
        for place in again
    ]
    lost: set[int] = set()
    for place, response in zip(again, ask(prompts) if prompts else (), strict=True):
        answer = read_answer(response.parsed, questions[place].form)
        if isinstance(answer, str):
            if place in unread:
                tally.unreadable += 1
                lost.add(place)
            kept[place] += _without_evidence(refused.get(place, []), tally)
            continue
        checked = questions[place].check(answer)
        if place in unread:
            tally.mended += 1
            tally.items += len(checked)
            tally.refused.update(one.refusal.reason for one in checked if one.refusal)
        else:
            tally.repaired += sum(one.refusal is None for one in checked)
        kept[place] += [one.item for one in checked if one.refusal is None]
        kept[place] += _without_evidence([one for one in checked if one.refusal is not None], tally)
    return [None if place in lost else items for place, items in enumerate(kept)]


def _without_evidence(refused: Sequence[Checked[T]], tally: Tally) -> list[T]:
    tally.unsupported += sum(not one.item.spans for one in refused)
    return [one.item for one in refused]


def _repair(
    prompt: Prompt, answered: CallResponse, refused: Sequence[Checked[T]], unread: str | None, template: str
) -> Prompt:
    told = [f"{one.label}: {one.refusal.message}" for one in refused[:MOST_TOLD] if one.refusal]
    asked = render(template, "repair", refusals=told or [unread or ""], whole=unread is not None)
    before = answered.text[:20_000] or "(nothing)"
    messages = (*prompt.messages, Message("assistant", before), Message("user", asked))
    return msgspec.structs.replace(prompt, step="repair", messages=messages)
