"""What becomes of what the sources refuse: it is counted to the last item, said, and seen by the gate."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any, NamedTuple

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.cli.calling import call
from tests.llm import plausible
from tests.llm.server import Asked, FakeServer, Reply

from persona.generation.llm.answers import ObservationAnswer, Observed, schema_of
from persona.generation.llm.checks import Refusal, Tally, unfounded
from persona.generation.llm.prompts import built_in
from persona.generation.llm.rounds import Checked, Question, in_two_rounds
from persona.generation.llm.splitting import measured, schema_text, shortened
from persona.model.calls import CallResponse, Message, Prompt, Usage
from persona.workspace import Workspace

TEMPLATE = built_in()[2].decode()
NOTHING = json.dumps({"observations": [], "attributes": []})


def honest_about_groups(asked: Asked, observed: str) -> Reply:
    return plausible.respond(asked) if "who form one group" in asked.messages[0][1] else Reply(observed)


def observed(statement: str, *lines: int) -> str:
    one = {"facet": "goal", "statement": statement, "sentences": list(lines), "quote": ""}
    return json.dumps({"observations": [one], "attributes": []})


@pytest.mark.parametrize("again", ["lies again", "takes it back"])
def test_where_everything_is_refused_it_is_said_counted_and_the_gate_sees_it(
    shop: Workspace, server: FakeServer, again: str
) -> None:
    def respond(asked: Asked) -> Reply:
        lie = observed("She is a 45-year-old mother.", 1)
        return honest_about_groups(asked, NOTHING if len(asked.messages) > 1 and again == "takes it back" else lie)

    server.responder = respond
    made = shop.generate(flags={"count": 1})
    checks = made.personas.checks
    assert checks
    assert (checks.items, sum(checks.refused.values()), checks.left_out, checks.unsupported) == (4, 4, 4, 0)
    (persona,) = made.personas.personas
    assert persona.empty
    assert {absent.code for field, absent in persona.missing.items() if "." not in field} == {"refused"}
    assert len(made.personas.warnings()) == 2
    (held,) = made.view.held
    assert (held.holds, held.found) == (False, {"empty": ["persona-1"]})

    place = ("--workspace", str(shop.root))
    said = call("generate", "--count", "1", "--gate", *place)
    assert said.status == 5, said.err
    assert "4 of its 4 statements were refused" in " ".join(said.err.split())
    assert "did not rest on words and was refused" in " ".join(said.out.split())
    assert call("generate", "--count", "1", *place).status == 0


def test_a_model_that_observes_nothing_is_not_said_to_have_lied(shop: Workspace, server: FakeServer) -> None:
    server.responder = lambda asked: honest_about_groups(asked, NOTHING)
    made = shop.generate(flags={"count": 1})
    (persona,) = made.personas.personas
    assert persona.empty
    assert {absent.code for field, absent in persona.missing.items() if "." not in field} == {"no_evidence"}
    assert made.personas.warnings() == ["nothing that is said in persona-1 rests on words; `missing` there says why"]


def test_an_interview_that_no_answer_could_be_read_about_is_said(shop: Workspace, server: FakeServer) -> None:
    def respond(asked: Asked) -> Reply:
        return Reply("no JSON") if "flour on Sunday" in asked.user else plausible.respond(asked)

    server.responder = respond
    made = shop.generate(flags={"count": 1})
    checks = made.personas.checks
    assert checks
    assert checks.unreadable == 1
    assert "1 of 5 answers of the model could not be read" in made.personas.warnings()[0]


def test_a_group_that_no_answer_could_be_read_about_says_so_in_every_field(shop: Workspace, server: FakeServer) -> None:
    def respond(asked: Asked) -> Reply:
        return Reply("no JSON") if "who form one group" in asked.messages[0][1] else plausible.respond(asked)

    server.responder = respond
    (persona,) = shop.generate(flags={"count": 1}).personas.personas
    assert {absent.code for field, absent in persona.missing.items() if "." not in field} == {"unreadable"}


def test_a_repair_that_gives_the_whole_answer_again_says_nothing_twice(shop: Workspace, server: FakeServer) -> None:
    def respond(asked: Asked) -> Reply:
        first = Asked(**{**asked.__dict__, "messages": asked.messages[:1]})
        answer = json.loads(plausible.respond(first).text)
        if "observations" in answer:
            wrong = {"facet": "goal", "statement": "It costs 8731 euros.", "sentences": [1], "quote": ""}
            answer["observations"].append(wrong)
        return Reply(json.dumps(answer))

    server.responder = plausible.respond
    honest = shop.generate(flags={"count": 1})
    server.responder = respond
    made = shop.generate(flags={"count": 1}, fresh=True)
    checks = made.personas.checks
    assert checks
    assert (checks.repaired, checks.left_out) == (0, 4)
    assert [one.claims() for one in made.personas.personas] == [one.claims() for one in honest.personas.personas]


class Thing(NamedTuple):
    """An item for the property: ``spans`` says what it rests on."""

    text: str
    spans: tuple[str, ...]


def check(answer: Observed) -> list[Checked[Thing]]:
    """Good; wrong; or good but for its quotation: as the first word of a statement says."""
    found: list[Checked[Thing]] = []
    for one in answer.observations:
        kind = one.statement.partition(" ")[0]
        spans = () if kind == "wrong" else ("words",)
        refusal = None if kind == "good" else Refusal(kind, "it is not so " * 30)
        found.append(Checked(Thing(one.statement, spans), refusal, one.statement))
    return found


items = st.lists(st.tuples(st.sampled_from(["good", "wrong", "unquoted"]), st.integers(0, 5)), max_size=60)
answers = st.one_of(st.none(), items)


def response(given: list[tuple[str, int]] | None) -> CallResponse:
    parsed: Any = None
    if given is not None:
        listed = [ObservationAnswer("goal", f"{kind} {number}", [1], "") for kind, number in given]
        parsed = msgspec.to_builtins(Observed(listed, []))
    text = "" if parsed is None else json.dumps(parsed)
    return CallResponse(text, parsed, Usage(), "m", None, None, "native", 0.0, ())


@given(st.lists(st.tuples(answers, answers), min_size=1, max_size=4), st.integers(1500, 4000))
def test_every_refused_item_is_accounted_for(given: list[tuple[Any, Any]], most: int) -> None:
    prompts: list[Prompt] = []

    def ask(asked: Sequence[Prompt]) -> list[CallResponse]:
        prompts.extend(one for one in asked if one.step == "repair")
        return [response(given[int(one.about)][one.step == "repair"]) for one in asked]

    messages = (Message("system", "You help."), Message("user", "Say."))
    questions = [
        Question(Prompt("observe", str(at), messages, "interview", schema_of(Observed)), Observed, check, most)
        for at in range(len(given))
    ]
    tally = Tally()
    outcomes = in_two_rounds(questions, ask, TEMPLATE, tally)
    kept = [item for one in outcomes for item in one.items]
    unsupported = sum(not item.spans for item in kept)
    record = tally.record(unsupported)
    became = (record.repaired, record.unquoted, record.unsupported, record.left_out)
    assert min(became) >= 0
    assert sum(record.refused.values()) == sum(became)
    assert record.items - sum(record.refused.values()) + record.repaired == sum(
        item.text.startswith("good") for item in kept
    )
    for (first, second), outcome in zip(given, outcomes, strict=True):
        assert outcome.read == (first is not None or second is not None)
        assert len(outcome.items) <= len(first if first is not None else second or ())
    for prompt in prompts:
        words = [*(message.text for message in prompt.messages), schema_text(prompt.schema)]
        assert sum(map(measured, words)) <= most + 2, "a repair fits where the question did"


@given(st.text(max_size=400), st.integers(0, 100))
def test_a_shortened_text_fits_and_is_a_beginning(text: str, most: int) -> None:
    short = shortened(text, most)
    assert text.startswith(short)
    assert not short or measured(short) <= most
    assert short == text or measured(text) > most


@pytest.mark.parametrize(
    ("claim", "line", "refused"),
    [
        ("I do not trust the numbers.", "I do not have time, but I trust the numbers.", True),
        ("I trust the numbers.", "I do not have time, but I trust the numbers.", False),
        ("I trust the numbers.", "No, I trust the numbers.", False),
        ("I have time.", "I trust the numbers but I do not have time.", True),
        ("I trust the numbers.", "I don't think, you know, that I trust the numbers.", True),
        ("I do not trust the numbers.", "I don't think, you know, that I trust the numbers.", False),
        ("I trust the numbers and never count.", "I trust the numbers, and I never count.", False),
        ("I trust the numbers and always count.", "I trust the numbers, and I never always count.", True),
    ],
)
def test_a_denial_counts_where_it_stands(claim: str, line: str, refused: bool) -> None:
    found = unfounded(claim, [line])
    assert (found is not None and found.reason == "negation_differs") == refused
