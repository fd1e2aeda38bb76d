"""Several runs measured together, by name, by experiment and by variant."""

from __future__ import annotations

from pathlib import Path

import pytest

from persona.errors import Conflict, NotFound, UsageError
from persona.workspace import Workspace

VARIANTS = """- name: steady
  parameters: {count: 2}
- name: drawn
  parameters: {count: 2, temperature: 0.9}
"""


@pytest.fixture
def tried(full: Workspace, tmp_path: Path) -> Workspace:
    """Three runs of a variant without chance, two of one with, and one outside of the experiment."""
    file = tmp_path / "variants.yaml"
    file.write_text(VARIANTS, encoding="utf-8")
    full.experiment.create(name="chance", variants=file)
    full.experiment.run("chance", variant="steady", repeats=3)
    full.experiment.run("chance", variant="drawn", repeats=2)
    full.generate(flags={"count": 1})
    return full


def test_runs_of_one_variant_agree_and_the_order_of_naming_means_nothing(tried: Workspace) -> None:
    runs = [run.id for run in tried.run.list(experiment="chance").items if run.variant == "steady"]
    found = tried.metrics.across(experiment="chance", variant="steady")
    assert (sorted(found.runs), found.plans, found.notes) == (sorted(runs), (3,), ())
    by_name = {one.name: one for one in found.measures}
    assert list(by_name) == ["consistency_internal", "consistency_runs", "bias_association"]
    consistency = by_name["consistency_runs"]
    assert (consistency.status, consistency.denominator) == ("ok", 3)
    pair = consistency.details["pairs"][0]
    assert pair["matched"] == 1  # without chance every run says the same
    assert consistency.value == pytest.approx(1 - pair["others"], abs=1e-6)
    assert by_name["bias_association"].details["reason"] == "there are fewer than 30 different personas"
    parts = [by_name[name].value for name in ("consistency_internal", "consistency_runs")]
    known = [part for part in parts if part is not None]
    assert found.scores == {"consistency_score": pytest.approx(sum(known) / len(known), abs=1e-6)}
    again = tried.metrics.across([runs[1][:-1], runs[2], runs[0], runs[1]])
    assert (again.measures, again.scores) == (found.measures, found.scores)


def test_runs_of_other_plans_are_told_apart_and_not_compared(tried: Workspace) -> None:
    whole = tried.metrics.across()
    assert len(whole.runs) == 6
    assert sorted(whole.plans) == [1, 2, 3]
    assert "6 runs of 3 plans" in whole.notes[0]
    by_name = {one.name: one for one in whole.measures}
    assert by_name["consistency_runs"].denominator == 3 + 1
    of_experiment = tried.metrics.across(experiment="chance")
    assert sorted(of_experiment.plans) == [2, 3]


def test_a_run_done_again_with_its_seed_is_no_repeat(tried: Workspace) -> None:
    before = tried.metrics.across(experiment="chance", variant="drawn")
    first = min(
        (run for run in tried.run.list(experiment="chance", where="variant = drawn").items), key=lambda r: r.repeat
    )
    assert tried.reproduce(first.id, "rerun").verdict == "identical"
    again = tried.run.list(experiment="chance").items[0]
    after = tried.metrics.across(experiment="chance", variant="drawn")
    assert again.seed in {tried.run.show(one).run.seed for one in before.runs}
    assert (after.measures, after.runs) == (before.measures, before.runs)
    assert after.notes[0].startswith("1 of 3 runs equal another one in plan, seed and result")
    twins = [run.id for run in tried.run.list(experiment="chance").items if run.seed == 0 and run.variant == "drawn"]
    alone = tried.metrics.across(twins)
    assert (len(twins), len(alone.runs), len(alone.notes)) == (2, 1, 2)


def test_nothing_is_recorded(tried: Workspace) -> None:
    before = tried.verify().events
    tried.metrics.across()
    assert tried.verify().events == before


def test_one_run_alone_is_told_so(tried: Workspace) -> None:
    (run, *_) = tried.run.list().items
    found = tried.metrics.across([run.id])
    assert found.notes[0].startswith("one run alone")
    assert {one.name: one.status for one in found.measures}["consistency_runs"] == "not_enough_data"


def test_what_cannot_be_measured_together_says_why(tried: Workspace) -> None:
    (run, *_) = tried.run.list().items
    for wrong in ({"runs": [run.id], "experiment": "chance"}, {"variant": "steady"}):
        with pytest.raises(UsageError) as caught:
            tried.metrics.across(**wrong)  # type: ignore[arg-type]
        assert caught.value.code == "usage"
    with pytest.raises(NotFound) as missing:
        tried.metrics.across(experiment="chance", variant="stedy")
    assert (missing.value.code, missing.value.hints) == ("variant-not-found", ("did you mean `steady`?",))
    with pytest.raises(NotFound):
        tried.metrics.across(experiment="chanse")
    with tried.run.start() as by_hand:
        by_hand.log({"diversity_score": 0.5})
    with pytest.raises(Conflict) as not_made:
        tried.metrics.across([by_hand.id])
    assert not_made.value.code == "not-reproducible"
    assert by_hand.id not in tried.metrics.across().runs


def test_without_any_run_there_is_nothing_to_measure(ws: Workspace) -> None:
    with pytest.raises(NotFound) as caught:
        ws.metrics.across()
    assert caught.value.code == "no-run"
