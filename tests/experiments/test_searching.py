"""A search that learns: the same points from the same results, after a crash too, and nothing planned that is refused."""

from __future__ import annotations

import random
import statistics
import subprocess
import sys
import time
from pathlib import Path

import pytest
from tests.cli.calling import call, write_interviews
from tests.llm.server import FakeServer

from persona.errors import InvalidInput, PersonaError, UsageError
from persona.model.designs import Sweep, Variant, read_sweep
from persona.model.records import Run
from persona.runs.searching import FIRST, STEP, Tried, generations, next_points
from persona.workspace import Workspace

SEARCH = """
name: search
primary_metric: {name: lexical_distinct_2, direction: higher}
sweep:
  method: tpe
  parameters:
    novelty: {min: 0, max: 1}
    items: {min: 1, max: 8}
  budget: {runs: RUNS}
"""


def workspace(folder: Path, name: str) -> Workspace:
    if not (folder / "in").exists():
        write_interviews(folder / "in")
    ws = Workspace.init(folder / name)
    ws.project.create("Shop")
    ws.source.import_([str(folder / "in")])
    return ws


def create(ws: Workspace, text: str) -> None:
    path = ws.root / "search.yaml"
    path.write_text(text, encoding="utf-8")
    ws.experiment.create(file=path)


def points(ws: Workspace) -> list[tuple[int, str]]:
    runs = ws._context.records.find(Run, project="shop", experiment="search").items
    return sorted({(run.fields["point"]["number"], str(run.variant)) for run in runs})


def test_generations_do_not_depend_on_the_budget() -> None:
    assert [list(one) for one in generations(3)] == [[0, 1, 2]]
    assert list(generations(FIRST + STEP + 1)) == [
        range(FIRST),
        range(FIRST, FIRST + STEP),
        range(FIRST + STEP, FIRST + STEP + 1),
    ]


def test_a_search_plans_each_point_once_and_goes_on_with_a_greater_budget(tmp_path: Path) -> None:
    ws = workspace(tmp_path, "one")
    create(ws, SEARCH.replace("RUNS", "12"))
    done = ws.experiment.run()
    assert [one.status for one in done.outcomes] == ["completed"] * 12
    found = points(ws)
    assert [number for number, _ in found] == list(range(12))
    assert len({name for _, name in found}) == 12
    value = {
        run.variant: run.metrics["lexical_distinct_2"] for run in ws.run.list(experiment="search", limit=None).items
    }
    assert done.best
    assert (value[done.best.variant], done.best.of) == (max(value.values()), 12)
    again = ws.experiment.run()
    assert (len(again.outcomes), again.there, again.best) == (0, 12, done.best)
    view = ws.experiment.show("search")
    assert set(view.variants) == {name for _, name in found}

    other = workspace(tmp_path, "other")
    create(other, SEARCH.replace("RUNS", "10"))
    other.experiment.run()
    other.experiment.edit("search", SEARCH.replace("RUNS", "12"))
    other.experiment.run()
    assert points(other) == found, "the same results lead to the same points, wherever it stopped"
    assert ws.verify().ok


def test_killed_in_the_middle_it_finds_the_same_points(tmp_path: Path) -> None:
    whole = workspace(tmp_path, "whole")
    create(whole, SEARCH.replace("RUNS", "13"))
    whole.experiment.run()
    ws = workspace(tmp_path, "killed")
    create(ws, SEARCH.replace("RUNS", "13"))
    command = [sys.executable, "-m", "persona", "experiment", "run", "--jobs", "2"]
    chance = random.Random(5)
    for _ in range(3):
        process = subprocess.Popen(command, cwd=ws.root, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        time.sleep(0.8 + chance.random())
        process.kill()
        process.wait()
    ended = subprocess.run(command, cwd=ws.root, capture_output=True, text=True, timeout=120, check=False)
    assert ended.returncode == 0, ended.stderr
    assert points(ws) == points(whole)
    with Workspace.open(ws.root) as again:
        runs = again.run.list(experiment="search", limit=None).items
        assert [run.status for run in runs] == ["completed"] * 13
        assert again.verify().ok


def test_every_point_has_all_repeats_and_the_written_variants_are_run_too(tmp_path: Path) -> None:
    ws = workspace(tmp_path, "ws")
    text = SEARCH.replace("RUNS", "2") + "repeats: 2\nbaseline: plain\nvariants: [{name: plain, parameters: {}}]\n"
    create(ws, text)
    done = ws.experiment.run()
    assert sorted(one.repeat for one in done.outcomes) == [0, 0, 0, 1, 1, 1]
    compared = call("experiment", "compare", "search", "--workspace", str(ws.root), "--no-save")
    assert compared.status == 0, compared.err
    assert "plain" in compared.out
    only = ws.experiment.run("search", variant="plain", repeats=3)
    assert [one.variant for one in only.outcomes] == ["plain"]


def test_a_search_by_hand(tmp_path: Path) -> None:
    ws = workspace(tmp_path, "ws")
    place = ("--workspace", str(ws.root))
    (ws.root / "search.yaml").write_text(SEARCH.replace("RUNS", "3"), encoding="utf-8")
    made = call("experiment", "create", "--file", str(ws.root / "search.yaml"), *place)
    assert "whose search makes its variants" in made.out
    before = call("experiment", "compare", "search", *place)
    assert (before.status, "has tried nothing yet" in before.err) == (2, True), before.err
    run = call("experiment", "run", "search", *place)
    assert "the best of 3 points is lucky, too" in " ".join(run.out.split())
    compared = call("experiment", "compare", "search", "--no-save", *place)
    assert compared.status == 0, compared.err
    first = next(name for number, name in points(ws) if number == 0)
    assert f"beside {first}" in " ".join(compared.out.split()), "the first point is what the others stand beside"


def test_when_no_points_are_left_it_ends(tmp_path: Path) -> None:
    ws = workspace(tmp_path, "ws")
    text = SEARCH.replace("    novelty: {min: 0, max: 1}\n    items: {min: 1, max: 8}\n", "    items: [2, 3]\n")
    create(ws, text.replace("RUNS", "9"))
    done = ws.experiment.run()
    assert len(done.outcomes) == 2
    assert done.stopped == "there are no other points than the 2 that were tried"


def sweep(text: dict[str, object]) -> Sweep:
    return read_sweep({"method": "tpe", "budget": {"runs": 50}, "parameters": text}, "here")


@pytest.mark.parametrize("maximise", [True, False])
def test_it_learns_where_it_is_good(maximise: bool) -> None:
    searched = sweep({"novelty": {"min": 0, "max": 1}})

    def value(variant: Variant) -> float:
        far = abs(variant.parameters["novelty"] - 0.7)
        return -far if maximise else far

    tried: list[Tried] = []
    for numbers in generations(50):
        for number, one in zip(numbers, next_points(searched, tried, numbers, maximise=maximise), strict=True):
            tried.append(Tried(number, one, value(one)))
    late = statistics.mean(abs(one.variant.parameters["novelty"] - 0.7) for one in tried[-20:])
    by_chance = (0.7**2 + 0.3**2) / 2  # the mean distance of points that are spread evenly
    assert late < by_chance / 2, late


def test_a_point_that_failed_is_told_as_failed_and_not_asked_again() -> None:
    searched = sweep({"novelty": {"min": 0, "max": 1, "step": 0.5}, "model": ["extractive", "openai:gpt-4o"]})
    tried = [Tried(0, Variant("novelty=0,model=extractive", {"novelty": 0.0, "model": "extractive"}), None)]
    found = next_points(searched, tried, range(1, 6), maximise=True)
    assert len(found) == 5
    assert tried[0].variant.name not in {one.name for one in found}
    assert (
        next_points(searched, [*tried, *(Tried(n, v, 1.0) for n, v in enumerate(found, 1))], range(6, 8), maximise=True)
        == []
    )


def test_points_lie_in_their_ranges_and_are_rounded() -> None:
    searched = sweep(
        {
            "temperature": {"min": 0.01234567, "max": 9.87654321, "log": True},
            "items": {"min": 2, "max": 50, "log": True},
        }
    )
    found = next_points(searched, [], range(10), maximise=True)
    tried = [Tried(number, one, 1.0 * number) for number, one in enumerate(found)]
    found += next_points(searched, tried, range(10, 30), maximise=True)
    for one in found:
        assert 0.0123 <= one.parameters["temperature"] <= 9.877
        assert float(f"{one.parameters['temperature']:.4g}") == one.parameters["temperature"]
        assert isinstance(one.parameters["items"], int)


@pytest.mark.parametrize(
    ("change", "place", "message"),
    [
        (
            ("primary_metric: {name: lexical_distinct_2, direction: higher}", ""),
            "primary_metric",
            "no `primary_metric`",
        ),
        (("name: search", "name: search\nstopping: e-value"), "stopping", "known before"),
        (("{min: 0, max: 1}", "{min: 1, max: 0}"), "novelty", "is empty"),
        (("{min: 0, max: 1}", "{min: 0, max: 1, log: true}"), "novelty.log", "begins at 0"),
        (("budget: {runs: RUNS}", ""), "budget", "no end of its own"),
        (("{runs: RUNS}", "{runs: RUNS, eur: 3}"), "sweep", "`eur` means nothing"),
        (("{runs: RUNS}", "{runs: RUNS, usd: -1}"), "usd", "must be a number from 0"),
        (("{runs: RUNS}", "{runs: 0}"), "runs", "from 1 on"),
    ],
)
def test_what_cannot_be_searched_is_refused_and_nothing_is_planned(
    tmp_path: Path, change: tuple[str, str], place: str, message: str
) -> None:
    ws = workspace(tmp_path, "ws")
    with pytest.raises(InvalidInput) as caught:
        create(ws, SEARCH.replace(*change).replace("RUNS", "12"))
    assert place in str(caught.value.place)
    assert message in caught.value.message
    assert ws.run.list().total == 0


def test_a_metric_that_no_point_has_is_told_with_its_place(tmp_path: Path) -> None:
    ws = workspace(tmp_path, "ws")
    create(
        ws,
        SEARCH.replace("lexical_distinct_2", "diversity")
        .replace("items: {min: 1, max: 8}", "count: [1]")
        .replace("RUNS", "12"),
    )
    with pytest.raises(PersonaError) as caught:
        ws.experiment.run()
    assert caught.value.code == "metric-without-data"
    assert "primary_metric" in str(caught.value.place)
    assert ws.run.list(status="completed", limit=None).total == FIRST, "what was done stays"


def test_without_optuna_it_says_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ws = workspace(tmp_path, "ws")
    create(ws, SEARCH.replace("RUNS", "12"))
    monkeypatch.setattr("persona.runs.searching.find_spec", lambda _name: None)
    with pytest.raises(UsageError) as caught:
        ws.experiment.run()
    assert caught.value.code == "missing-extra"
    assert "persona-workbench[sweep]" in caught.value.hints[0]
    assert ws.run.list().total == 0


PAID = """
name: search
primary_metric: faithfulness
sweep:
  method: METHOD
  parameters: {temperature: {min: 0, max: 1}, model: ["openai:gpt-4o"], count: [1]}
  budget: {runs: 30, usd: USD}
"""


@pytest.mark.parametrize("method", ["tpe", "random"])
def test_a_budget_below_one_call_is_refused_and_nothing_is_planned(
    shop: Workspace, server: FakeServer, method: str
) -> None:
    create(shop, PAID.replace("METHOD", method).replace("USD", "0.01"))
    with pytest.raises(InvalidInput) as caught:
        shop.experiment.run()
    assert "below the price of one call" in caught.value.message
    assert "usd" in str(caught.value.place)
    assert shop.run.list().total == 0
    assert server.asked == []


def test_what_was_spent_before_counts(shop: Workspace, server: FakeServer) -> None:
    create(shop, PAID.replace("METHOD", "tpe").replace("USD", "0.15"))
    first = shop.experiment.run(flags={"jobs": 2})
    assert first.stopped
    assert "the budget of $0.15" in first.stopped
    spent = sum((run.fields.get("calls") or {}).get("cost_estimate") or 0 for run in shop.run.list(limit=None).items)
    assert 0 < spent <= 0.15
    asked = len(server.asked)
    try:
        again = shop.experiment.run(flags={"jobs": 2})
    except PersonaError as error:
        assert "of it are spent" in error.message  # either way nothing is spent beyond
    else:
        assert again.stopped
    after = sum((run.fields.get("calls") or {}).get("cost_estimate") or 0 for run in shop.run.list(limit=None).items)
    assert after <= 0.15
    assert len(server.asked) >= asked
