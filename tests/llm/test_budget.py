"""Money and tokens: every exchange that is charged counts, nothing is exceeded, and nobody gives up too early."""

from __future__ import annotations

import asyncio
import random
import threading
import time
import warnings
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.llm import plausible
from tests.llm.conftest import NAMES
from tests.llm.server import SHAPES, Asked, FakeServer, Reply, serving

from persona.errors import ModelError
from persona.llm.base import CallFailed
from persona.llm.budget import Budget, OwnPurse, Purse
from persona.llm.desk import Desk
from persona.llm.opening import open_model
from persona.llm.pace import OwnPace
from persona.llm.wire import told_usage
from persona.model.calls import Answered, CallRequest, Exchange, Message, Usage, paid
from persona.runs.executors.purse import FilePurse
from persona.workspace import Workspace

EMPTY = {
    "openai": b'{"usage": {"prompt_tokens": 100, "completion_tokens": 50, "total_tokens": 150}}',
    "anthropic": b'{"usage": {"input_tokens": 100, "output_tokens": 50}}',
    "google": b'{"usageMetadata": {"promptTokenCount": 100, "candidatesTokenCount": 50}}',
    "bedrock": b'{"usage": {"inputTokens": 100, "outputTokens": 50, "totalTokens": 150}}',
}
"""Answers that are charged and hold nothing."""


def request(shape: str = "openai", endpoint: str = "", text: str = "Hello?", most: int = 100) -> CallRequest:
    provider, _, model = NAMES[shape].partition(":")
    messages = (Message("user", text),)
    return CallRequest(provider, model, endpoint, "tool", messages, "Answer", {"type": "object"}, None, None, most)


def ask(shape: str, server: FakeServer, budget: Budget, pace: OwnPace | None = None, deadline: float = 10) -> Answered:
    async def go() -> Answered:
        model = open_model(NAMES[shape], server.endpoint(shape), pace)
        asked = request(shape, server.endpoint(shape))
        try:
            return await model.ask(asked, deadline, budget.account(asked, 1.0, lambda: False))
        finally:
            await model.close()

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return asyncio.run(go())


def in_turn(*replies: Reply) -> Callable[[Asked], Reply]:
    left = list(replies)
    return lambda _asked: left.pop(0) if len(left) > 1 else left[0]


@pytest.mark.parametrize("shape", SHAPES)
def test_an_exchange_that_came_to_nothing_is_paid_too(shape: str) -> None:
    purse = OwnPurse(max_tokens=100_000)
    with serving(in_turn(Reply(raw=EMPTY[shape]), Reply('{"n": 1}', usage=(10, 4)))) as server:
        answered = ask(shape, server, Budget(purse))
    assert purse.spent[1] == 150 + 14
    assert purse.held[1] == 0
    assert paid(answered.response.exchanges) == Usage(110, 54)
    assert answered.response.usage == Usage(10, 4)


def test_what_a_failed_call_took_is_paid_and_recorded(shop: Workspace, server: FakeServer) -> None:
    server.responder = lambda _asked: Reply(raw=EMPTY["openai"])
    with pytest.raises(ModelError):
        shop.generate(flags={"count": 1, "jobs": 1})
    (run,) = shop.run.list().items
    (failed,) = shop.call.list(run.id)
    assert (failed.status, failed.attempts) == ("failed", len(server.asked))
    assert failed.input_tokens == 100 * len(server.asked)
    assert run.fields["calls"]["input_tokens"] == 100 * len(server.asked)
    assert run.fields["calls"]["cost_estimate"] > 0


def test_who_refuses_or_is_not_reached_charges_nothing() -> None:
    purse = OwnPurse(max_tokens=100_000)
    with serving(lambda _asked: Reply(status=400)) as server, pytest.raises(CallFailed):
        ask("openai", server, Budget(purse))
    with pytest.raises(CallFailed) as caught:  # nobody listens there any more
        ask("openai", server, Budget(purse), deadline=1.0)
    assert caught.value.code in ("model-unreachable", "model-deadline")
    assert (purse.spent, purse.held) == ((0.0, 0), (0.0, 0))


def test_an_answer_that_breaks_off_may_be_charged_and_counts_as_much_as_it_can() -> None:
    purse = OwnPurse(max_tokens=100_000)
    with serving(in_turn(Reply(cut=3), Reply('{"n": 1}', usage=(10, 4)))) as server:
        answered = ask("openai", server, Budget(purse))
    bound = sum(Budget().bound(request()))
    assert purse.spent[1] == bound + 14
    assert paid(answered.response.exchanges) == Usage(None, None)


def test_the_second_exchange_is_not_made_when_the_first_took_what_was_left() -> None:
    budget = Budget(OwnPurse(max_tokens=sum(Budget().bound(request())) + 40))
    with serving(lambda _asked: Reply(raw=EMPTY["openai"])) as server:
        with pytest.raises(CallFailed) as caught:
            ask("openai", server, budget)
        assert len(server.asked) == 1
    assert caught.value.code == "budget-reached"
    assert "150 are used" in caught.value.message
    assert len(caught.value.exchanges) == 1, "what was paid is recorded"


def test_a_shorter_wait_does_not_shorten_a_longer_one() -> None:
    pace = OwnPace()
    assert pace.left() == 0
    pace.hold(60)
    pace.hold(1)
    assert 55 < pace.left() <= 60


def test_what_one_call_is_told_to_wait_the_next_one_waits_too() -> None:
    pace = OwnPace()
    replies = in_turn(Reply(status=429, headers={"Retry-After": "1"}), Reply('{"n": 1}'), Reply('{"n": 1}'))
    with serving(replies) as server:
        with pytest.raises(CallFailed):
            ask("openai", server, Budget(), pace, deadline=0.5)
        assert len(server.asked) == 1
        assert pace.left() > 0.3, "who comes after does not ask before the server said"
        begun = time.monotonic()
        ask("openai", server, Budget(), pace)
        assert time.monotonic() - begun > 0.25


def test_one_who_writes_does_not_keep_another_from_asking_and_no_more_than_twice_the_jobs_are_unwritten() -> None:
    """Whoever is killed loses the calls in flight and as many answers that are not written down yet."""
    unwritten: list[int] = []
    lock = threading.Lock()
    written = 0
    with serving(lambda _asked: Reply('{"n": 1}')) as server, Desk(2) as desk:

        def took(came: Sequence[object]) -> None:
            nonlocal written
            time.sleep(0.3)
            with lock:
                unwritten.append(len(server.asked) - written)
                written += len(came)

        def ask_some(number: int) -> None:
            asked = [request("openai", server.endpoint("openai"), f"Hello {number}, {one}?") for one in range(4)]
            model = NAMES["openai"]
            desk.ask_all(
                lambda: open_model(model, server.endpoint("openai")), model, asked, took, deadline=10, budget=Budget()
            )

        threads = [threading.Thread(target=ask_some, args=(number,)) for number in range(4)]
        for one in threads:
            one.start()
        for one in threads:
            one.join()
    assert written == 16
    assert 2 < max(unwritten) <= 4


def test_a_place_is_free_only_when_the_answer_is_on_record() -> None:
    """One who asks alone has no more answers unwritten than calls in flight."""
    under_way = []
    with serving(lambda _asked: Reply('{"n": 1}')) as server, Desk(1) as desk:

        def took(_came: object) -> None:
            time.sleep(0.3)
            under_way.append(len(server.asked))

        asked = [request("openai", server.endpoint("openai"), f"Hello {number}?") for number in range(3)]
        model = NAMES["openai"]
        desk.ask_all(
            lambda: open_model(model, server.endpoint("openai")), model, asked, took, deadline=10, budget=Budget()
        )
    assert under_way == [1, 2, 3]


def test_what_comes_while_an_answer_is_written_down_is_handed_over_together() -> None:
    batches: list[list[int]] = []
    with serving(lambda _asked: Reply('{"n": 1}')) as server, Desk(6) as desk:

        def took(came: Sequence[tuple[int, object]]) -> None:
            batches.append([place for place, _ in came])
            time.sleep(0.5)

        asked = [request("openai", server.endpoint("openai"), f"Hello {number}?") for number in range(6)]
        model = NAMES["openai"]
        desk.ask_all(
            lambda: open_model(model, server.endpoint("openai")), model, asked, took, deadline=10, budget=Budget()
        )
    assert sorted(place for batch in batches for place in batch) == list(range(6))
    assert len(batches) <= 3


def test_what_a_server_asks_of_others_beyond_the_deadline_is_heeded() -> None:
    pace = OwnPace()
    pace.hold(60)
    with serving(lambda _asked: Reply('{"n": 1}')) as server:
        begun = time.monotonic()
        with pytest.raises(CallFailed) as caught:
            ask("openai", server, Budget(), pace, deadline=5)
        assert time.monotonic() - begun < 4
        assert server.asked == []
    assert caught.value.code == "model-busy"
    assert caught.value.exchanges == ()


@pytest.fixture(params=["memory", "file"])
def purse_of(request: pytest.FixtureRequest, tmp_path: Path) -> Callable[[int], Purse]:
    def make(most: int) -> Purse:
        if request.param == "memory":
            return OwnPurse(max_tokens=most)
        return FilePurse.make(tmp_path / "purse", None, most)

    return make


def test_who_finds_the_rest_set_aside_waits_for_it(purse_of: Callable[[int], Purse]) -> None:
    """Sixteen calls whose bounds do not fit together and whose real costs do: all are made, none too much."""
    most = sum(Budget().bound(request()))
    purse = purse_of(most * 4)
    budget = Budget(purse)
    chance = random.Random(3)
    seen = []

    async def one() -> None:
        account = budget.account(request(), 5.0, lambda: False)
        await account.reserve()
        seen.append(purse.spent[1] + purse.held[1])
        await asyncio.sleep(chance.random() / 50)
        account.settle(Usage(10, most // 8))

    async def everybody() -> None:
        await asyncio.gather(*(one() for _ in range(16)))

    asyncio.run(everybody())
    assert purse.spent[1] == 16 * (10 + most // 8)
    assert max(seen) <= most * 4
    assert purse.held[1] == 0


def test_nobody_waits_for_ever_for_somebody_who_is_gone(purse_of: Callable[[int], Purse]) -> None:
    most = sum(Budget().bound(request()))
    purse = purse_of(most + 10)
    purse.take(0.0, 50)
    account = Budget(purse).account(request(), 0.2, lambda: False)
    with pytest.raises(ModelError) as caught:
        asyncio.run(account.reserve())
    assert caught.value.code == "budget-reached"
    assert "50 are set aside for calls under way" in caught.value.message
    begun = time.monotonic()
    with pytest.raises(ModelError):
        asyncio.run(Budget(purse).account(request(), 60, lambda: True).reserve())
    assert time.monotonic() - begun < 5


def test_what_can_never_fit_is_refused_at_once(purse_of: Callable[[int], Purse]) -> None:
    purse = purse_of(20)
    with pytest.raises(ModelError) as caught:
        asyncio.run(Budget(purse).account(request(), 60, lambda: False).reserve())
    assert "set aside" not in caught.value.message


def test_a_bound_is_never_lowered_and_rises_with_what_a_provider_counts() -> None:
    budget = Budget()
    chinese = request(text="我想在商店开门之前清点库存" * 40)
    before = budget.bound(chinese)
    english = request(text="I want to count the stock. " * 40)
    budget.settle(english, (0.0, 0), Usage(200, 10))
    assert budget.bound(chinese) == before
    budget.settle(chinese, (0.0, 0), Usage(before[0] * 2, 10))
    assert budget.bound(chinese)[0] > before[0] * 2


exchanges = st.builds(
    lambda status, usage: Exchange("native", status, 0.1, usage=usage),
    st.sampled_from([None, 200, 429]),
    st.none() | st.builds(Usage, st.integers(0, 99), st.integers(0, 99)) | st.just(Usage()),
)


@given(st.lists(exchanges, max_size=6))
def test_what_a_call_took_is_the_sum_of_what_was_charged(made: list[Exchange]) -> None:
    charged = [one.usage for one in made if one.usage is not None]
    known = all(one.input_tokens is not None for one in charged)
    total = Usage(sum(one.input_tokens or 0 for one in charged), sum(one.output_tokens or 0 for one in charged))
    assert paid(made) == (total if known else Usage())


@given(st.binary(max_size=200) | st.from_regex(rb'\{"usage": .{0,40}\}', fullmatch=True))
@settings(max_examples=200)
def test_any_bytes_tell_a_usage_or_none(received: bytes) -> None:
    found: Any = told_usage(received)
    assert found.input_tokens is None or found.input_tokens >= 0


def test_a_repair_counts_into_the_budget(shop: Workspace, server: FakeServer) -> None:
    server.responder = plausible.Liar("invented number", honest_on_repair=True)
    made = shop.generate(flags={"count": 1, "max_total_tokens": 1_000_000})
    told = made.view.run.fields["calls"]
    calls = shop.call.list(made.view.run.id)
    assert told["asked"] == len(server.asked) == len(calls)
    assert told["input_tokens"] == sum(call.input_tokens or 0 for call in calls)
