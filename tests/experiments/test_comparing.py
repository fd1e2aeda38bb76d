"""Comparisons of real runs: who stands beside whom, what is said of it, and that nothing is said too early."""

from __future__ import annotations

import json
import random
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from tests.experiments.conftest import ASKING, Busy, made
from tests.llm.server import Asked, Reply

from persona.errors import NotFound, UsageError
from persona.model.canonical import digest_of
from persona.workspace import Workspace

LOGGED = """
name: logged
hypothesis: B is better.
baseline: a
primary_metric: {name: accuracy, direction: higher, smallest_effect: 0.02}
variants: [{name: a}, {name: b}, {name: c}]
assert: ["accuracy >= 0.5"]
"""


def log(ws: Workspace, name: str, values: dict[str, list[float]], **more: Any) -> None:
    """Runs of a program of one's own, with one metric, in the order of repeats."""
    for variant, listed in values.items():
        for value in listed:
            with ws.run.start(experiment=name, variant=variant, params=more.get("params", {})) as run:
                run.log({"accuracy": value, "speed": 1.0 / (1 + value)})


@pytest.fixture
def logged(shop: Workspace) -> Workspace:
    chance = random.Random(3)
    made(shop, "logged", LOGGED)
    base = [0.6 + chance.gauss(0, 0.02) for _ in range(10)]
    log(shop, "logged", {
        "a": base,
        "b": [value + 0.1 + chance.gauss(0, 0.02) for value in base],
        "c": [value + chance.gauss(0, 0.002) for value in base],
    })  # fmt: skip
    return shop


def by_side(view: Any, metric: str) -> dict[str, Any]:
    return {one.variant: one for one in view.comparison.comparisons if one.metric == metric}


def test_runs_of_a_program_of_ones_own_are_compared_as_groups(logged: Workspace) -> None:
    """They carry no repeat that would pair them, so nothing is paired that does not belong together."""
    view = logged.comparing.compare(["logged"], metrics=["accuracy", "speed"])
    found = by_side(view, "accuracy")
    assert found["b"].design == "groups"
    assert (found["b"].n, found["b"].verdict) == (10, "better")
    assert found["c"].verdict == "equivalent"
    assert view.comparison.primary == "accuracy"
    assert [one.metric for one in view.comparison.comparisons] == ["accuracy", "accuracy", "speed", "speed"]
    assert {one.adjustment for one in by_side(view, "accuracy").values()} == {"holm"}
    assert {one.adjustment for one in by_side(view, "speed").values()} == {"benjamini-hochberg"}
    assert any("as groups and not in pairs" in note for note in view.comparison.notes)
    assert {one.side: one.holds for one in view.comparison.asserted} == {"a": True, "b": True, "c": True}


def test_real_runs_are_paired_and_everything_leads_back_to_them(shop: Workspace) -> None:
    text = """
name: real
primary_metric: {name: evidence_concentration, direction: lower}
repeats: 6
variants:
  - {name: few, parameters: {items: 1, count: 1, temperature: 0.8}}
  - {name: many, parameters: {items: 4, count: 1, temperature: 0.8}}
"""
    made(shop, "real", text)
    done = shop.experiment.run("real")
    assert done.left == 0
    view = shop.comparing.compare(["real"])
    compared = view.comparison
    first = compared.comparisons[0]
    assert (first.metric, first.design, first.n) == ("evidence_concentration", "pairs", 6)
    assert compared.differing == {"items": {"few": "1", "many": "4"}}
    assert compared.registration.endswith("before the first run began")
    assert {point.run for point in compared.points} == {one.run for one in done.outcomes}
    values = {run.id: run.metrics["evidence_concentration"] for run in shop.run.list(experiment="real").items}
    assert all(point.values["evidence_concentration"] == values[point.run] for point in compared.points)
    assert view.personas[0].matches[0].changes
    kinds = {change.kind for match in view.personas[0].matches for change in match.changes}
    assert "new" in kinds
    page = (shop.root / str(view.path)).read_text()
    assert all(one.run in page for one in done.outcomes)
    assert "<script" not in page
    assert "http" not in re.sub(r"http://www\.w3\.org/\S+|https://doi\S+|http-equiv", "", page)
    lineage = shop.artefact.lineage(str(shop.root / str(view.path)))
    assert "real.few.personas" in str(lineage)
    again = shop.comparing.compare(["real"])
    assert again.artefact == view.artefact, "the same comparison is the same artefact"
    assert shop.verify().ok


def test_what_was_not_said_before_the_first_run_is_exploration(logged: Workspace) -> None:
    path = logged.root / "projects/shop/experiments/logged/experiment.yaml"
    before = logged.comparing.compare(["logged"]).comparison.registration
    assert before.endswith("before the first run began")
    path.write_text(path.read_text().replace("smallest_effect: 0.02", "smallest_effect: 0.5"))
    logged.experiment.observe("logged")
    after = logged.comparing.compare(["logged"]).comparison.registration
    assert "version 2" in after
    assert "after 30 of 30 runs had begun" in after
    assert "exploration" in after


def test_a_change_that_decides_nothing_leaves_the_registration(logged: Workspace) -> None:
    path = logged.root / "projects/shop/experiments/logged/experiment.yaml"
    path.write_text(path.read_text() + "tags: [{team: a}]\nrepeats: 40\n")
    logged.experiment.observe("logged")
    assert "version 1" in logged.comparing.compare(["logged"]).comparison.registration


def test_two_pairs_show_values_and_infer_nothing(shop: Workspace) -> None:
    made(shop, "short", LOGGED.replace("logged", "short"))
    log(shop, "short", {"a": [0.5, 0.6], "b": [0.9, 0.95], "c": [0.1, 0.2]})
    for one in by_side(shop.comparing.compare(["short"]), "accuracy").values():
        assert one.verdict == "not enough"
        assert (one.interval, one.test) == (None, None)
        assert one.mean is not None


def test_any_two_things_can_be_compared(logged: Workspace) -> None:
    run = logged.run.list(experiment="logged").items[0].id
    for things in (
        ["logged/a", "logged/b"],
        ["variant = a", "variant = b"],
        ["logged/a", "experiment = logged and metrics.accuracy > 0.65"],
        [run, "logged"],
    ):
        view = logged.comparing.compare(things, metrics=["accuracy"], save=False)
        assert view.comparison.baseline == things[0]
        assert [side.name for side in view.comparison.sides] == things
        assert (view.path, view.artefact) == (None, None)


@pytest.mark.parametrize(
    ("things", "more", "error", "message"),
    [
        (["nothing"], {}, NotFound, "no experiment"),
        (["logged/a", "logged/z"], {}, NotFound, "variant `z`"),
        (["logged/a", "logged/a"], {}, UsageError, "named twice"),
        (["logged"], {"metrics": ["acuracy"]}, NotFound, "no run has a value"),
        (["logged"], {"baseline": "z"}, NotFound, "no side `z`"),
        (["variant = a", "variant ="], {}, UsageError, ""),
        (["variant = a", "variant = nobody"], {"metrics": ["accuracy"]}, UsageError, "two sides"),
    ],
)
def test_what_cannot_be_compared_is_an_error_and_records_nothing(
    logged: Workspace, things: list[str], more: dict[str, Any], error: type[Exception], message: str
) -> None:
    before = logged.verify().events
    with pytest.raises(error) as caught:
        logged.comparing.compare(things, **more)
    assert message in str(caught.value)
    assert logged.verify().events == before


def test_the_gate_shuts_where_a_side_is_worse_or_a_demand_is_broken(logged: Workspace) -> None:
    def leave(*words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "persona", "experiment", "compare", *words], cwd=logged.root, capture_output=True,
            text=True, check=False,
        )  # fmt: skip

    assert leave("logged", "--gate").returncode == 0
    assert leave("logged", "--baseline", "b").returncode == 0
    worse = leave("logged", "--baseline", "b", "--gate")
    assert worse.returncode == 5
    assert "`a` is worse than `b` in accuracy" in worse.stderr
    whole = json.loads(leave("logged", "--baseline", "b", "--gate", "--json").stdout)
    assert {one["code"] for one in whole["errors"]} == {"comparison-worse"}
    path = logged.root / "projects/shop/experiments/logged/experiment.yaml"
    path.write_text(path.read_text().replace(">= 0.5", ">= 0.65"))
    logged.experiment.observe("logged")
    broken = leave("logged", "--gate")
    assert broken.returncode == 5
    assert "a demand of the experiment is broken: accuracy >= 0.65, a" in broken.stderr


def test_a_build_that_changes_inside_a_block_is_told(shop: Workspace, busy: Busy) -> None:
    from tests.llm import plausible

    def first(asked: Asked) -> Reply:
        reply = plausible.respond(asked)
        reply.fingerprint = "fp_old" if asked.body.get("temperature") == 0 else "fp_new"
        return reply

    busy.first = first
    made(shop, "asking", ASKING)
    shop.experiment.run("asking", repeats=3, flags={"jobs": 4})
    notes = shop.comparing.compare(["asking"]).comparison.notes
    assert any("changed inside 3 of 3 blocks" in note and "fp_old" in note and "fp_new" in note for note in notes)


def test_a_variant_that_was_changed_does_not_keep_its_old_runs(shop: Workspace) -> None:
    text = (
        "name: v\nvariants:\n  - {name: a, parameters: {count: 1}}\n  - {name: b, parameters: {count: 1, items: 2}}\n"
    )
    made(shop, "v", text)
    shop.experiment.run("v", repeats=3)
    path = shop.root / "projects/shop/experiments/v/experiment.yaml"
    path.write_text(path.read_text().replace("items: 2", "items: 3"))
    shop.experiment.run("v", repeats=3)
    compared = shop.comparing.compare(["v"]).comparison
    assert {side.name: len(side.runs) for side in compared.sides} == {"a": 3, "b": 3}
    assert any("3 runs of variants" in note for note in compared.notes)
    assert compared.differing["items"]["b"] == "3"


def test_a_page_with_hostile_names_stays_a_page(shop: Workspace) -> None:
    evil = '<img src=x onerror=alert(1)> "&'
    text = f"name: h\nvariants:\n  - name: '{evil}'\n  - name: plain\n"
    made(shop, "h", text)
    log(shop, "h", {evil: [0.1, 0.2, 0.4], "plain": [0.3, 0.2, 0.1]})
    view = shop.comparing.compare(["h"], metrics=["accuracy"])
    page = (shop.root / str(view.path)).read_text()
    assert "<img" not in page
    assert "&lt;img" in page
    assert digest_of(page.encode())
    assert Path(shop.root / str(view.path)).name.startswith("h-")


STOPPING = """
name: early
baseline: few
primary_metric: {{name: evidence_concentration, direction: lower}}
stopping: {{rule: e-value, min_pairs: 3, max_pairs: 12}}
variants:
  - {{name: few, parameters: {{items: 1, count: 1, temperature: 0.8}}}}
  - {{name: other, parameters: {{items: {items}, count: 1, temperature: 0.8}}}}
"""


def test_a_clear_difference_ends_the_experiment_early(shop: Workspace) -> None:
    made(shop, "early", STOPPING.format(items=4))
    done = shop.experiment.run("early", flags={"jobs": 1})
    assert 6 <= done.wanted < 24
    assert done.stopped is not None
    assert "the stopping rule decided" in done.stopped
    (one,) = shop.comparing.compare(["early"]).comparison.comparisons[:1]
    assert one.verdict == "better"
    assert one.why.startswith("by the stopping rule at pair ")
    again = shop.experiment.run("early", flags={"jobs": 1})
    assert (again.outcomes, again.wanted) == ((), done.wanted), "what was decided stays decided"


def test_without_a_difference_it_goes_on_to_the_planned_end_and_no_further(shop: Workspace) -> None:
    made(shop, "early", STOPPING.format(items=1))
    bounded = shop.experiment.run("early", repeats=4, flags={"jobs": 1})
    assert bounded.wanted == 8
    (one,) = shop.comparing.compare(["early"]).comparison.comparisons[:1]
    assert "not decided yet" in one.why
    done = shop.experiment.run("early", flags={"jobs": 1})
    assert done.wanted == 24
    (one,) = shop.comparing.compare(["early"]).comparison.comparisons[:1]
    assert one.verdict == "undecided"
    assert "the planned end" in one.why
