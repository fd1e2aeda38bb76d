"""The first step: what each interview shows, resting on sentences by their numbers."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import NamedTuple

from persona.errors import ModelError
from persona.generation.anchoring import Anchored, Anchors, Refused
from persona.generation.corpus import Corpus, Sentence
from persona.generation.lately import Lately, named
from persona.generation.llm.answers import AttributeAnswer, ObservationAnswer, Observed, schema_of
from persona.generation.llm.checks import Refusal, Tally, unfounded
from persona.generation.llm.prompts import render
from persona.generation.llm.rounds import Checked, Question, in_two_rounds
from persona.generation.llm.splitting import FORM, lines_of, measured, parts, room, schema_text
from persona.model.calls import Ask, Message, Prompt
from persona.model.canonical import Digest
from persona.model.personas import Evidence
from persona.model.recipes import Parameters
from persona.model.sources import Input

MOST = 30
"""Observations asked for in one part of an interview."""

ANSWER = 4000
"""Tokens of an answer, unless the recipe says otherwise."""


CONTEXT = 16000
"""Tokens of a request, answer included, unless the recipe says otherwise."""


class Observation(NamedTuple):
    """What one participant's words show; ``spans`` is empty where they do not."""

    kind: str
    text: str
    participant: str
    spans: tuple[Evidence, ...]


class Stated(NamedTuple):
    """A fact that a participant states about themselves, with the words."""

    attribute: str
    value: str
    participant: str
    spans: tuple[Evidence, ...]


Found = Observation | Stated

_anchors = Lately[Anchors]()


class Observations(NamedTuple):
    """What the interviews show, in the order of their digests.

    ``refused`` are the participants of interviews about which something was refused, ``unread`` those of interviews
    about which no answer could be read.
    """

    observations: tuple[Observation, ...]
    stated: tuple[Stated, ...]
    refused: frozenset[str]
    unread: frozenset[str]


class _Part(NamedTuple):
    document: Digest
    number: int
    of: int
    lines: tuple[Sentence, ...]


def prompts_for(corpus: Corpus, parameters: Parameters, template: str) -> list[tuple[Prompt, tuple[Sentence, ...]]]:
    """The prompts of the first step with the lines they number from 1: one an interview, more where it is long.

    A prompt depends on its interview, the template and the parameters alone, so that one more interview changes none
    of the others.
    """
    fixed = [render(template, "system"), _asked(template, (), 1, 1), schema_text(schema_of(Observed))]
    most = room(parameters.context or CONTEXT, parameters.max_tokens or ANSWER, fixed)
    found = []
    for document in sorted({one.document for one in corpus.sentences}):
        said = sorted((one for one in corpus.sentences if one.document == document), key=lambda one: one.start)
        cut = parts(list(lines_of(said)), lambda one: measured(one.text) + measured(one.question[-600:]) + FORM, most)
        for number, lines in enumerate(cut, start=1):
            one = _Part(document, number, len(cut), tuple(lines))
            messages = (
                Message("system", render(template, "system")),
                Message("user", _asked(template, one.lines, one.number, one.of)),
            )
            about = str(document) if one.of == 1 else f"{document}#{one.number}"
            prompt = Prompt("observe", about, messages, "interview", schema_of(Observed), (document,))
            found.append((prompt, one.lines))
    return found


def observe(
    corpus: Corpus, inputs: Sequence[Input], parameters: Parameters, template: str, ask: Ask, tally: Tally
) -> Observations:
    """Ask about every interview. Raises ``ModelError`` when no answer about any of them could be read."""
    anchors = _anchors.get((named(inputs), corpus.people), lambda: Anchors(inputs, corpus.people))
    asked = prompts_for(corpus, parameters, template)
    questions: list[Question[Observed, Found]] = [
        Question(prompt, Observed, partial(_check, lines=lines, anchors=anchors), most_of(parameters))
        for prompt, lines in asked
    ]
    outcomes = in_two_rounds(questions, ask, template, tally)
    if not any(one.read for one in outcomes):
        raise ModelError(
            "no answer about any interview could be read",
            code="model-answer",
            place="step observe",
            hints=["see what came: `persona call list`", "try a larger model"],
        )
    items = [item for one in outcomes for item in one.items if item.spans]
    about = [(one, {line.participant for line in lines}) for one, (_, lines) in zip(outcomes, asked, strict=True)]
    return Observations(
        tuple(one for one in items if isinstance(one, Observation)),
        tuple(one for one in items if isinstance(one, Stated)),
        frozenset(person for one, people in about if one.refused for person in people),
        frozenset(person for one, people in about if not one.read for person in people),
    )


def most_of(parameters: Parameters) -> int:
    """The tokens that a request may take, those of its answer taken off."""
    return (parameters.context or CONTEXT) - (parameters.max_tokens or ANSWER)


def _asked(template: str, lines: Sequence[Sentence], number: int, of: int) -> str:
    people = list(dict.fromkeys(one.participant for one in lines))
    shown, question = [], ""
    for place, line in enumerate(lines, start=1):
        new = line.question if line.question != question else ""
        question = line.question
        speaker = f"speaker {people.index(line.participant) + 1}"  # nobody is named as who spoke
        shown.append({"number": place, "text": flat(line.text), "question": flat(new[-600:]), "speaker": speaker})
    speakers = max(1, len(people))
    return render(
        template, "observe", lines=shown, speakers=speakers, part=number if of > 1 else 0, parts=of, most=MOST
    )


def flat(text: str) -> str:
    """A text on one line, so that no line of an interview can pass for a line of the prompt."""
    return " ".join(text.split())


def _check(answer: Observed, lines: Sequence[Sentence], anchors: Anchors) -> list[Checked[Found]]:
    found: list[Checked[Found]] = []
    for number, one in enumerate(answer.observations, start=1):
        label = f"observation {number} (“{one.statement[:60]}”)"
        found += [Checked(item, refusal, label) for item, refusal in _observations(one, lines, anchors)]
    for number, stated in enumerate(answer.attributes, start=1):
        item, refusal = _stated(stated, lines)
        found.append(Checked(item, refusal, f"attribute {number} ({stated.attribute}: {stated.value[:40]})"))
    return found


def _observations(
    one: ObservationAnswer, lines: Sequence[Sentence], anchors: Anchors
) -> list[tuple[Observation, Refusal | None]]:
    """One observation, or one for each participant whose sentences it names."""
    text = flat(one.statement)
    cited = _named(one.sentences, lines)
    if isinstance(cited, Refusal):
        return [(Observation(one.facet, text, "", ()), cited)]
    refusal = unfounded(text, [line.text for line in cited])
    if refusal:
        return [(Observation(one.facet, text, "", ()), refusal)]
    found: list[tuple[Observation, Refusal | None]] = []
    quoted = one.quote.strip()
    said = list(dict.fromkeys(line.participant for line in cited))
    places = [anchors.find(quoted, person) for person in said] if quoted else [None] * len(said)
    for person, place in zip(said, places, strict=True):
        spans = tuple(_evidence(line) for line in cited if line.participant == person)
        if isinstance(place, Anchored):
            spans = tuple(dict.fromkeys((*_anchored(place, cited, person), *spans)))
        found.append((Observation(one.facet, text, person, spans), None))
    if isinstance(places[0], Refused) and not any(isinstance(place, Anchored) for place in places):
        refusal = Refusal("quote_differs", f"the quote is not in the lines: {places[0].message}")
        return [(item, refusal) for item, _ in found]
    return found


def _anchored(anchored: Anchored, cited: Sequence[Sentence], person: str) -> list[Evidence]:
    """The words of a quote, where they lie within one of the sentences named; else the sentences stand alone."""
    return [
        Evidence(document, start, end, line.text[start - line.start : end - line.start], person)
        for document, start, end in anchored.spans
        for line in cited
        if line.document == document and line.start <= start and end <= line.end
    ]


def _stated(one: AttributeAnswer, lines: Sequence[Sentence]) -> tuple[Stated, Refusal | None]:
    value = flat(one.value)
    nothing = Stated(one.attribute, value, "", ())
    cited = _named(one.sentences, lines)
    if isinstance(cited, Refusal):
        return nothing, cited
    person = cited[0].participant
    spans = tuple(_evidence(line) for line in cited if line.participant == person)
    if not value or _words(value) - _words(" ".join(one.quote for one in spans)):
        return nothing, Refusal("demographic_invented", "its words do not all stand in the lines it names")
    return Stated(one.attribute, value, person, spans), None


def _words(text: str) -> set[str]:
    import re

    return set(re.findall(r"\w+", text.casefold()))


def _named(numbers: Sequence[int], lines: Sequence[Sentence]) -> list[Sentence] | Refusal:
    if not numbers:
        return Refusal("no_such_line", "it names no line")
    wrong = [number for number in numbers if not 1 <= number <= len(lines)]
    if wrong:
        return Refusal("no_such_line", f"there is no line {wrong[0]}; the lines are 1 to {len(lines)}")
    return [lines[number - 1] for number in sorted(set(numbers))]


def _evidence(line: Sentence) -> Evidence:
    return Evidence(line.document, line.start, line.end, line.text, line.participant)
