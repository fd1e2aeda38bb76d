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
    assert found.details["labels"] == len({(row["statement"], row["words"]) for row in rows})
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


def test_one_label_written_fifty_times_is_one_label(
    shop: Workspace, server: FakeServer, run: str, tmp_path: Path
) -> None:
    table = tmp_path / "labels.csv"
    rows = ["It is late.,I said so.,supported\n", "It is late.,I never did.,contradicted\n"] * 40
    table.write_text("statement,words,label\n" + "".join(rows))
    server.responder = judging(lambda text: "contradicted" if "I never did." in text else "supported")
    found = shop.judging.judge(run, JUDGE, labels=table).measure
    assert (found.details["labels"], found.details["ranks"], found.direction) == (2, False, "none")


def test_two_labels_of_one_statement_are_refused(shop: Workspace, run: str, tmp_path: Path) -> None:
    table = tmp_path / "labels.csv"
    table.write_text("statement,words,label\nIt is late.,I said so.,supported\nIt is late.,I  said so.,contradicted\n")
    with pytest.raises(InvalidInput, match="row 2 stands here again") as caught:
        shop.judging.judge(run, JUDGE, labels=table)
    assert (caught.value.code, caught.value.place) == ("labels-file", f"{table}, row 3")
    assert shop.run.list().total == 1, "nothing is recorded"


@pytest.mark.parametrize("verdict", VERDICTS)
def test_labels_of_one_kind_alone_vouch_for_nobody(
    shop: Workspace, server: FakeServer, run: str, tmp_path: Path, verdict: str
) -> None:
    labelled(tmp_path / "labels.csv", 60, lambda _: verdict)
    server.responder = judging(lambda _: verdict)
    found = shop.judging.judge(run, JUDGE, labels=tmp_path / "labels.csv").measure
    assert (found.details["kappa"], found.details["ranks"], found.direction) == (None, False, "none")
    assert "kappa with people is unknown" in found.details["reason"]


def test_a_build_that_was_not_held_against_people_ranks_nothing(
    shop: Workspace, server: FakeServer, run: str, tmp_path: Path
) -> None:
    def verdict(text: str) -> str:
        return VERDICTS[int(text.split("Statement ")[1].split(" ")[0]) % 3] if "Statement " in text else "supported"

    def respond(asked: Asked) -> Reply:
        build = "gpt-4o-2024-08-06" if "Statement " in asked.user else newest[0]
        return Reply(json.dumps({"verdict": verdict(asked.user)}), model=build)

    labelled(tmp_path / "labels.csv", 60, lambda number: VERDICTS[number % 3])
    newest = ["gpt-4o-2024-11-20"]
    server.responder = respond
    found = shop.judging.judge(run, JUDGE, labels=tmp_path / "labels.csv").measure
    assert (found.details["kappa"], found.details["labels"]) == (1, 60)
    assert (found.details["ranks"], found.direction) == (False, "none")
    assert found.details["builds"] == ["gpt-4o-2024-11-20 fp_1"]
    assert "`gpt-4o-2024-11-20 fp_1` judged, and was not held against people" in found.details["reason"]
    newest = ["gpt-4o-2024-08-06"]
    anew = shop.judging.judge(run, JUDGE, labels=tmp_path / "labels.csv", fresh=True).measure
    assert (anew.details["ranks"], anew.details["builds"]) == (True, ["gpt-4o-2024-08-06 fp_1"])


def test_what_people_label_is_what_the_judge_is_asked(
    shop: Workspace, server: FakeServer, run: str, tmp_path: Path
) -> None:
    table = tmp_path / "labels.csv"
    table.write_text("statement,words,label\n'Tis late,'twas said,supported\n'-5 degrees,'=cold,supported\n")
    server.responder = judging(lambda _: "supported")
    before = len(server.asked)
    shop.judging.judge(run, JUDGE, labels=table)
    asked = "\n".join(one.user for one in server.asked[before:])
    for text in ("'Tis late", "- 'twas said", "The statement:\n-5 degrees", "- =cold"):
        assert text in asked
