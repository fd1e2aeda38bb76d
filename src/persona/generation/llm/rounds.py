"""Asking in two rounds: what the sources refuse is given back once; what is refused again stays without evidence."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Generic, NamedTuple, Protocol, TypeVar

import msgspec

from persona.generation.llm.answers import Answer, read_answer
from persona.generation.llm.checks import Refusal, Tally
from persona.generation.llm.prompts import render
from persona.generation.llm.splitting import measured, schema_text, shortened
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
    """A prompt, the form of its answer, and what holds the answer against the sources.

    ``most`` are the tokens that a request may take, those of its answer taken off.
    """

    prompt: Prompt
    form: type[Answer]
    check: Callable[[Answer], list[Checked[T]]]
    most: int


class Outcome(NamedTuple, Generic[T]):
    """What came of one question: what may be used (without spans: only when it is marked), and what was refused at
    first. ``read`` is False where no answer could be read.
    """

    items: list[T]
    refused: list[T]
    read: bool


class _First(NamedTuple, Generic[T]):
    """What the first round brought: kept and refused items, and what is wrong with an answer that cannot be read."""

    kept: list[T]
    wrong: list[Checked[T]]
    unread: str | None


def in_two_rounds(questions: Sequence[Question[Answer, T]], ask: Ask, template: str, tally: Tally) -> list[Outcome[T]]:
    """What came of each question, in their order.

    What was refused and not mended is among the items, without the words it claimed. An item that the model takes back
    is gone. A second answer mends what was refused and nothing else: what it repeats or adds is not taken.
    """
    answers = ask([question.prompt for question in questions])
    firsts = [_first(question, answer, tally) for question, answer in zip(questions, answers, strict=True)]
    again = [place for place, first in enumerate(firsts) if first.wrong or first.unread is not None]
    repairs = [_repair(questions[place], answers[place], firsts[place], template) for place in again]
    seconds = dict(zip(again, ask(repairs) if repairs else (), strict=True))
    return [
        _second(question, first, seconds[place], tally) if place in seconds else Outcome(first.kept, [], True)
        for place, (question, first) in enumerate(zip(questions, firsts, strict=True))
    ]


def _first(question: Question[Answer, T], response: CallResponse, tally: Tally) -> _First[T]:
    tally.answers += 1
    answer = read_answer(response.parsed, question.form)
    if question.prompt.step == "claims":
        tally.attempts[question.prompt.about] = 2 if isinstance(answer, str) else 1
    if isinstance(answer, str):
        return _First([], [], answer)
    tally.valid += 1
    kept, wrong = _parted(question.check(answer), tally)
    return _First(kept, wrong, None)


def _second(question: Question[Answer, T], first: _First[T], response: CallResponse, tally: Tally) -> Outcome[T]:
    answer = read_answer(response.parsed, question.form)
    if first.unread is not None:
        if isinstance(answer, str):
            tally.unreadable += 1
            return Outcome([], [], read=False)
        tally.mended += 1
        kept, wrong = _parted(question.check(answer), tally)
        return Outcome(kept + _left(wrong, len(wrong), tally), [one.item for one in wrong], read=True)
    refused = [one.item for one in first.wrong]
    if isinstance(answer, str):  # it could not say it better, so the first answer stands
        return Outcome(first.kept + _left(first.wrong, len(refused), tally), refused, read=True)
    checked = question.check(answer)
    mended = list(dict.fromkeys(one.item for one in checked if one.refusal is None and one.item not in first.kept))
    mended = mended[: len(refused)]
    tally.repaired += len(mended)
    again = _left([one for one in checked if one.refusal is not None], len(refused) - len(mended), tally)
    return Outcome(first.kept + mended + again, refused, read=True)


def _parted(checked: Sequence[Checked[T]], tally: Tally) -> tuple[list[T], list[Checked[T]]]:
    """The items that hold and those that are refused, counted."""
    wrong = [one for one in checked if one.refusal is not None]
    tally.items += len(checked)
    tally.refused.update(one.refusal.reason for one in wrong if one.refusal)
    return [one.item for one in checked if one.refusal is None], wrong


def _left(refused: Sequence[Checked[T]], most: int, tally: Tally) -> list[T]:
    """What stays of refused items: those with spans are good but for the words that they put in quotes."""
    left = list(dict.fromkeys(one.item for one in refused))[:most]
    tally.unquoted += sum(bool(one.spans) for one in left)
    return left


def _repair(question: Question[Answer, T], answered: CallResponse, first: _First[T], template: str) -> Prompt:
    """The prompt with the answer and what is wrong with it: as many refusals, then as much of the answer, as fit."""
    told = [f"{one.label}: {one.refusal.message}" for one in first.wrong[:MOST_TOLD] if one.refusal]
    told = told or [first.unread or ""]
    spare = question.most - measured(schema_text(question.prompt.schema))
    spare -= sum(measured(message.text) for message in question.prompt.messages)
    while True:
        asked = render(template, "repair", refusals=told, whole=first.unread is not None)
        left = spare - measured(asked)
        if left > 0 or len(told) == 1:
            break
        told = told[: max(1, len(told) * 3 // 4)]
    before = shortened(answered.text, left) or "(nothing)"
    messages = (*question.prompt.messages, Message("assistant", before), Message("user", asked))
    return msgspec.structs.replace(question.prompt, step="repair", messages=messages)
