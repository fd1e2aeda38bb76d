"""Models as judges: both orders, abstention, and no ranking without people who agree."""

from __future__ import annotations

import csv
import json
import random
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.llm import plausible
from tests.llm.server import Asked, FakeServer, Reply

from persona.errors import InvalidInput
from persona.metrics.judging import VERDICTS, Item, Judged, kappa, measure_judged
from persona.workspace import Workspace

JUDGE = "openai:gpt-4o"


def judging(verdict: Any) -> Any:
    """A server that answers prompts of the pipeline plausibly and gives verdicts as told."""

    def respond(asked: Asked) -> Reply:
        if "You check whether a statement" in asked.system:
            return Reply(json.dumps({"verdict": verdict(asked.user)}))
        return plausible.respond(asked)

    return respond


@pytest.fixture
def run(shop: Workspace) -> str:
    return shop.generate(flags={"count": 1}).view.run.id


def test_every_claim_is_asked_in_both_orders_and_recorded(shop: Workspace, server: FakeServer, run: str) -> None:
    server.responder = judging(lambda _: "supported")
    before = len(server.asked)
    found = shop.judging.judge(run, JUDGE)
    asked = server.asked[before:]
    claims = found.measure.denominator
    assert claims > 0
    assert len(asked) == len({one.raw for one in asked}), "claims that are equal word for word are asked about once"
    assert 0.8 * claims <= len(asked) / 2 <= claims
    first = [one.user.index("The statement:") < one.user.index("The words:") for one in asked]
    assert sum(first) == len(asked) / 2
    assert found.measure.value == 1
    assert found.measure.name.startswith("faithfulness@judge:openai:gpt-4o@")
    recorded = shop.run.show(found.judge_run).run
    assert (recorded.status, recorded.tags["judges"]) == ("completed", run)
    assert recorded.metrics == {found.measure.name: 1.0}
    assert len(shop.call.list(found.judge_run)) == len(asked)
    assert shop.verify().ok, "the judged run is left as it was"
    assert not [name for name in ("Anna", "Ben", "Cleo", "Dan") if name in "".join(one.user for one in asked)]


def test_a_judge_that_follows_the_order_abstains(shop: Workspace, server: FakeServer, run: str) -> None:
    server.responder = judging(lambda text: "supported" if text.startswith("The statement") else "contradicted")
    found = shop.judging.judge(run, JUDGE).measure
    assert (found.value, found.status, set(found.details["verdicts"])) == (None, "not_applicable", {"abstained"})


@pytest.mark.parametrize("answer", ["unsure", "maybe", 7])
def test_a_judge_may_be_unsure(shop: Workspace, server: FakeServer, run: str, answer: Any) -> None:
    server.responder = judging(lambda _: answer)
    assert shop.judging.judge(run, JUDGE).measure.value is None


def labelled(path: Path, count: int, label: Any) -> None:
    with path.open("w", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(["statement", "words", "label"])
        for number in range(count):
            writer.writerow([f"Statement {number} holds.", f"These are the words {number}.", label(number)])


@pytest.mark.parametrize(
    ("count", "wrong", "ranks"), [(60, 0.0, True), (50, 0.1, True), (49, 0.0, False), (60, 0.6, False)]
)
def test_it_ranks_only_where_people_agree(
    shop: Workspace, server: FakeServer, run: str, tmp_path: Path, count: int, wrong: float, ranks: bool
) -> None:
    chance = random.Random(3)
    truth = [VERDICTS[number % 3] for number in range(count)]
    said = [chance.choice(VERDICTS) if chance.random() < wrong else one for one in truth]
    labelled(tmp_path / "labels.csv", count, lambda number: truth[number])

    def verdict(text: str) -> str:
        if "Statement " not in text:
            return "supported"
        return said[int(text.split("Statement ")[1].split(" ")[0])]

    server.responder = judging(verdict)
    found = shop.judging.judge(run, JUDGE, labels=tmp_path / "labels.csv").measure
    assert found.details["labels"] == count
    assert found.details["ranks"] is ranks
    assert found.direction == ("up" if ranks else "none")
    assert ("reason" in found.details) is not ranks


def test_claims_are_written_out_for_people_and_read_back(
    shop: Workspace, server: FakeServer, run: str, tmp_path: Path
) -> None:
    made = shop.judging.sample(run, tmp_path / "labels.csv")
    with (tmp_path / "labels.csv").open(newline="") as stream:
        rows = list(csv.DictReader(stream))
    assert len(rows) == made.claims > 0
    assert {row["label"] for row in rows} == {""}
    for row in rows:
        row["label"] = "not enough"
    with (tmp_path / "labels.csv").open("w", newline="") as stream:
        writer = csv.DictWriter(stream, fieldnames=["statement", "words", "label"])
        writer.writeheader()
        writer.writerows(rows)
    server.responder = judging(lambda _: "not_enough")
    found = shop.judging.judge(run, JUDGE, labels=tmp_path / "labels.csv").measure
    assert found.details["labels"] == made.claims
    assert found.value == 0


@pytest.mark.parametrize("text", ["a,b\n1,2\n", "statement,words,label\nx,y,perhaps\n", ""])
def test_a_table_that_is_none_is_refused_with_its_place(shop: Workspace, run: str, tmp_path: Path, text: str) -> None:
    (tmp_path / "labels.csv").write_text(text)
    with pytest.raises(InvalidInput) as caught:
        shop.judging.judge(run, JUDGE, labels=tmp_path / "labels.csv")
    assert caught.value.code == "labels-file"
    assert shop.run.list().total == 1, "nothing is recorded"


@given(
    st.lists(st.tuples(st.sampled_from(VERDICTS), st.sampled_from([*VERDICTS, "abstained"])), min_size=1, max_size=80)
)
def test_kappa_equals_another_implementation(pairs: list[tuple[str, str]]) -> None:
    sklearn = pytest.importorskip("sklearn.metrics")
    ours, theirs = zip(*pairs, strict=True)
    found = kappa(ours, theirs)
    if found is None:
        assert len({*ours, *theirs}) == 1
        return
    assert found == pytest.approx(sklearn.cohen_kappa_score(ours, theirs), abs=1e-9)


def test_the_measure_counts_what_was_decided() -> None:
    item = Item("p.goals[0]", "x", ("y",))
    judged = [
        Judged(item, "supported"),
        Judged(item, "contradicted"),
        Judged(item, "abstained"),
        Judged(item, "supported"),
    ]
    found = measure_judged("m", judged, {}, [])
    assert (found.value, found.denominator) == (pytest.approx(2 / 3, abs=1e-6), 3)
    assert found.details["kappa"] is None


def test_a_table_with_a_long_cell_is_read_and_one_that_is_too_long_is_refused(
    shop: Workspace, server: FakeServer, run: str, tmp_path: Path
) -> None:
    server.responder = judging(lambda _: "supported")
    table = tmp_path / "labels.csv"
    table.write_text("statement,words,label\nIt is late.," + "I said so. " * 20_000 + ",supported\n\nshort\n")
    assert shop.judging.judge(run, JUDGE, labels=table).measure.details["labels"] == 1
    runs = shop.run.list().total
    table.write_text("statement,words,label\nIt is late.," + "I said so. " * 200_000 + ",supported\n")
    with pytest.raises(InvalidInput) as caught:
        shop.judging.judge(run, JUDGE, labels=table)
    assert (caught.value.code, caught.value.place) == ("cell-too-long", f"{table}, line 2")
    assert shop.run.list().total == runs, "nothing is recorded"
