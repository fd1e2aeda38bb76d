"""The contract of ``Model``: the same scenarios in the form of every provider, over real HTTP."""

from __future__ import annotations

import asyncio
import warnings

import pytest
from tests.llm.conftest import NAMES
from tests.llm.scenarios import KEY, SCENARIOS, SCHEMA, Scenario
from tests.llm.server import SHAPES, FakeServer, in_turn, serving

from persona.llm.base import CallFailed
from persona.llm.budget import Budget, RequestAccount
from persona.llm.opening import open_model
from persona.llm.providers import find_model
from persona.model.calls import Answered, CallRequest, Message


def request(shape: str, server: FakeServer, mode: str) -> CallRequest:
    name = find_model(NAMES[shape])
    assert name
    messages = (Message("system", "Be brief."), Message("user", "Hello?"))
    return CallRequest(
        name.provider.name, name.model, server.endpoint(shape), mode, messages, "Answer", SCHEMA, 0.25, 11, 321  # type: ignore[arg-type]
    )  # fmt: skip


def account(asked: CallRequest, budget: Budget | None = None) -> RequestAccount:
    return (budget or Budget()).account(asked, 1.0, lambda: False)


def ask(shape: str, server: FakeServer, asked: CallRequest, deadline: float) -> Answered:
    async def go() -> Answered:
        model = open_model(NAMES[shape], server.endpoint(shape))
        try:
            return await model.ask(asked, deadline, account(asked))
        finally:
            await model.close()

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return asyncio.run(go())


def test_there_are_forty_scenarios_and_more() -> None:
    assert len({one.name for one in SCENARIOS}) == len(SCENARIOS) >= 40


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda one: one.name)
def test_what_happens_on_the_line(shape: str, scenario: Scenario) -> None:
    with serving(in_turn(*scenario.replies)) as server:
        asked = request(shape, server, scenario.mode)
        code, requests = scenario.unlike.get(shape, (scenario.code, scenario.requests))
        if code:
            with pytest.raises(CallFailed) as caught:
                ask(shape, server, asked, scenario.deadline)
            error = caught.value
            assert error.code == code, (error.message, error.exchanges)
            assert scenario.message in error.message
            assert KEY not in f"{error.message} {error.hints} {error.data} {error.exchanges}"
            assert KEY.encode() not in error.wire.received + error.wire.sent
            assert len(error.exchanges) == len(server.asked)
        else:
            answered = ask(shape, server, asked, scenario.deadline)
            assert answered.response.parsed == scenario.parsed
            assert answered.response.mode == (scenario.ran or scenario.mode)
            assert len(answered.response.exchanges) == len(server.asked)
            assert answered.wire.sent == server.asked[-1].raw, "what is recorded is what arrived"
            assert KEY.encode() not in answered.wire.sent
            scenario.told(answered)
        assert len(server.asked) == requests
        assert {one.shape for one in server.asked} == {shape}
        scenario.asked(server.asked)


@pytest.mark.parametrize("shape", SHAPES)
def test_a_conversation_goes_out_in_order(shape: str) -> None:
    with serving(in_turn(*SCENARIOS[0].replies)) as server:
        base = request(shape, server, "native")
        said = (*base.messages, Message("assistant", '{"answer": 1}'), Message("user", "That was wrong."))
        whole = CallRequest(**{**{name: getattr(base, name) for name in base.__struct_fields__}, "messages": said})
        ask(shape, server, whole, 10)
        assert server.asked[0].messages == [
            ("user", "Hello?"),
            ("assistant", '{"answer": 1}'),
            ("user", "That was wrong."),
        ]
        assert "Be brief." in server.asked[0].system


@pytest.mark.parametrize("shape", SHAPES)
def test_the_form_is_asked_for_in_our_words(shape: str) -> None:
    from persona.llm.library import PROMPTED

    with serving(in_turn(*SCENARIOS[0].replies)) as server:
        ask(shape, server, request(shape, server, "prompted"), 10)
        said = f"{server.asked[0].system}\n{server.asked[0].user}"
    before, _, after = PROMPTED.partition("{schema}")
    assert before in said
    assert after in said
    assert "additionalProperties" in said
    assert "JSON" not in said.replace(before, ""), "the library adds nothing of its own"


@pytest.mark.parametrize("shape", SHAPES)
def test_a_mode_that_worked_is_kept(shape: str) -> None:
    from tests.llm.server import Reply

    with serving(in_turn(Reply(status=400), Reply('{"n": 1}'), Reply('{"n": 2}'))) as server:

        async def twice() -> list[str]:
            model = open_model(NAMES[shape], server.endpoint(shape))
            try:
                asked = request(shape, server, "auto")
                first = await model.ask(asked, 10, account(asked))
                second = await model.ask(asked, 10, account(asked))
            finally:
                await model.close()
            return [first.response.mode, second.response.mode]

        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            assert asyncio.run(twice()) == ["tool", "tool"]
        assert [one.mode for one in server.asked] == ["native", "tool", "tool"]
