"""The second step: what the observations of a group add up to, resting on observations by their numbers."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import NamedTuple

from persona.generation.llm.answers import ClaimAnswer, Claimed, SummaryAnswer, schema_of
from persona.generation.llm.checks import Refusal, Tally, unfounded
from persona.generation.llm.observing import ANSWER, CONTEXT, Observation, flat, most_of
from persona.generation.llm.prompts import render
from persona.generation.llm.rounds import Checked, Outcome, Question, in_two_rounds
from persona.generation.llm.splitting import FORM, measured, parts, room, schema_text
from persona.model.calls import Ask, Message, Prompt
from persona.model.personas import Evidence
from persona.model.recipes import Parameters


class Line(NamedTuple):
    """One numbered line of the second prompt: an observation, or a statement that several were folded into."""

    kind: str
    text: str
    speaker: str
    spans: tuple[Evidence, ...]


class Statement(NamedTuple):
    """One statement about a group. ``field`` is a field of a persona, ``summary`` or ``quote``."""

    field: str
    text: str
    spans: tuple[Evidence, ...]


class Group(NamedTuple):
    """Who a persona is made of and what was observed of them."""

    id: str
    members: tuple[str, ...]
    lines: tuple[Line, ...]


def group_of(id: str, members: Sequence[str], observations: Sequence[Observation]) -> Group:
    """A group with the observations of its members that rest on words, in the order of the members."""
    lines = []
    for number, member in enumerate(members, start=1):
        lines += [
            Line(one.kind, one.text, f"participant {number}", one.spans)
            for one in observations
            if one.participant == member and one.spans
        ]
    return Group(id, tuple(members), tuple(lines))


def claim(
    groups: Sequence[Group], parameters: Parameters, template: str, ask: Ask, tally: Tally
) -> list[Outcome[Statement]]:
    """What came of each group, in their order; nothing where nothing was observed.

    Observations that do not fit one request are first folded: parts are asked about one by one, and their statements
    take the place of the observations they rest on, until all fit.
    """
    most = claims_room(parameters, template)
    folded = list(groups)
    while any(_too_long(group, most) for group in folded):
        folded = _fold(folded, most, parameters, template, ask, tally)
    asked = [group for group in folded if group.lines]
    questions = [_question("claims", group.id, group, group.lines, parameters, template) for group in asked]
    answers = dict(zip((group.id for group in asked), in_two_rounds(questions, ask, template, tally), strict=True))
    return [answers.get(group.id) or Outcome([], [], True) for group in groups]


def claims_room(parameters: Parameters, template: str) -> int:
    """The tokens that the lines of one group may take."""
    fixed = [render(template, "system"), _asked(template, (), 1, parameters.items), schema_text(schema_of(Claimed))]
    return room(parameters.context or CONTEXT, parameters.max_tokens or ANSWER, fixed)


def cost_of(line: Line) -> int:
    """The tokens of one line."""
    return measured(line.text) + FORM


def _too_long(group: Group, most: int) -> bool:
    return len(group.lines) > 1 and sum(map(cost_of, group.lines)) > most


def _fold(
    groups: Sequence[Group], most: int, parameters: Parameters, template: str, ask: Ask, tally: Tally
) -> list[Group]:
    cut = {group.id: parts(group.lines, cost_of, most) for group in groups if _too_long(group, most)}
    places = [(id, number) for id, lines in cut.items() for number in range(len(lines))]
    by_id = {group.id: group for group in groups}
    questions = [
        _question("fold", f"{id}#{number + 1}", by_id[id], cut[id][number], parameters, template)
        for id, number in places
    ]
    answers = dict(zip(places, in_two_rounds(questions, ask, template, tally), strict=True))
    found = []
    for group in groups:
        if group.id not in cut:
            found.append(group)
            continue
        statements = [
            one
            for number in range(len(cut[group.id]))
            for one in answers[group.id, number].items
            if one.spans and one.field not in ("summary", "quote")
        ]
        lines = tuple(Line(one.field, one.text, "several", one.spans) for one in statements)
        if sum(map(cost_of, lines)) >= sum(map(cost_of, group.lines)):  # a model that does not fold must not loop
            lines = tuple(parts(group.lines, cost_of, most)[0])
        found.append(group._replace(lines=lines))
    return found


def _question(
    step: str, about: str, group: Group, lines: Sequence[Line], parameters: Parameters, template: str
) -> Question[Claimed, Statement]:
    messages = (
        Message("system", render(template, "system")),
        Message("user", _asked(template, lines, len(group.members), parameters.items)),
    )
    documents = tuple(sorted({span.document for line in lines for span in line.spans}))
    prompt = Prompt(step, about, messages, "group", schema_of(Claimed), documents)
    check = partial(_check, lines=tuple(lines), items=parameters.items)
    return Question(prompt, Claimed, check, most_of(parameters))


def _asked(template: str, lines: Sequence[Line], people: int, items: int) -> str:
    shown = [
        {"number": number, "speaker": line.speaker, "kind": line.kind, "text": flat(line.text)}
        for number, line in enumerate(lines, start=1)
    ]
    return render(template, "claims", lines=shown, people=people, items=items)


def _check(answer: Claimed, lines: Sequence[Line], items: int) -> list[Checked[Statement]]:
    found = []
    if answer.summary.text.strip():
        found.append(_statement("summary", answer.summary, lines, "summary"))
    count: dict[str, int] = {}
    for number, one in enumerate(answer.claims, start=1):
        count[one.field] = count.get(one.field, 0) + 1
        if count[one.field] <= items:
            found.append(_statement(one.field, one, lines, f"claim {number} (“{one.text[:60]}”)"))
    for wanted in list(dict.fromkeys(answer.quotes))[:items]:
        if 1 <= wanted <= len(lines):
            span = lines[wanted - 1].spans[0]
            found.append(Checked(Statement("quote", span.quote, (span,)), None, f"quote {wanted}"))
        else:
            told = f"there is no observation {wanted}; they are 1 to {len(lines)}"
            found.append(Checked(Statement("quote", "", ()), Refusal("no_such_observation", told), f"quote {wanted}"))
    return found


def _statement(field: str, one: ClaimAnswer | SummaryAnswer, lines: Sequence[Line], label: str) -> Checked[Statement]:
    text = flat(one.text)
    nothing = Statement(field, text, ())
    wrong = [number for number in one.observations if not 1 <= number <= len(lines)]
    if not one.observations or wrong:
        told = f"there is no observation {wrong[0]}; they are 1 to {len(lines)}" if wrong else "it names no observation"
        return Checked(nothing, Refusal("no_such_observation", told), label)
    named = [lines[number - 1] for number in sorted(set(one.observations))]
    spans = tuple(dict.fromkeys(span for line in named for span in line.spans))
    refusal = unfounded(text, [span.quote for span in spans])
    return Checked(nothing if refusal else Statement(field, text, spans), refusal, label)
