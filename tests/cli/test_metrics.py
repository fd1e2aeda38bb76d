"""What people read of several runs measured together, and of metrics that others bring."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.cli.calling import Say


def test_people_read_the_agreement_of_runs_with_the_pairs_that_agree_least(say: Say, shop: Path) -> None:
    assert (
        say("experiment", "run", "temp-test", "--variant", "conservative", "--repeats", "3", "--count", "2").status == 0
    )
    said = say("metrics", "across", "--experiment", "temp-test", "--variant", "conservative")
    assert said.status == 0
    lines = said.out.splitlines()
    assert lines[0] == "3 runs"
    told = {line.split()[0]: line.split()[1:] for line in lines if line and not line.startswith("  ")}
    assert told["consistency_runs"][1] == "3"
    assert told["bias_association"][0] == "-"
    assert "The pairs of runs that agree least:" in said.out
    assert sum(line.startswith("    run_") for line in lines) == 3
    assert lines[-1].split()[0] == "consistency_score"
    whole = say("metrics", "across")
    assert whole.out.splitlines()[0] == "5 runs of 3 plans"
    assert "only runs of one plan are compared" in " ".join(whole.err.split())


def test_an_explanation_says_that_several_runs_are_measured(say: Say, shop: Path) -> None:
    said = say("metrics", "explain", "consistency_runs")
    assert "several runs, by `persona metrics across`" in said.out
    assert "-1 to 1" in said.out
    assert "next: persona metrics across" in said.err
    assert "several runs" not in say("metrics", "explain", "faithfulness").out


def test_a_metric_of_a_plugin_is_listed_with_where_it_comes_from(
    say: Say, shop: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "FROM" not in say("metrics", "list").out
    site = tmp_path / "site"
    folder = site / "y_half-1.0.dist-info"
    folder.mkdir(parents=True)
    (site / "y_half.py").write_text(
        "from persona.metrics import Definition, Metric\n"
        "D = Definition('half', '1', 'up', (0, 1), 'personas', 'a half')\n"
        "metric = Metric(D, lambda material: D.measure(0.5, 1))\n",
        encoding="utf-8",
    )
    (folder / "METADATA").write_text("Metadata-Version: 2.1\nName: y-half\nVersion: 1.0\n", encoding="utf-8")
    (folder / "entry_points.txt").write_text("[persona.metrics]\nhalf = y_half:metric\nlost = y_half:lost\n", "utf-8")
    monkeypatch.syspath_prepend(str(site))
    said = say("metrics", "list")
    row = next(line for line in said.out.splitlines() if line.startswith("half "))
    assert "y-half 1.0" in row
    assert "the plugin `y-half 1.0` brings no metric" in " ".join(said.err.split())
    assert "brought by    y-half 1.0" in say("metrics", "explain", "half").out
    lost = say("metrics", "explain", "lost")
    assert lost.status == 5
    assert "distribution `y-half 1.0`" in lost.err
    computed = say("metrics", "compute").out
    assert next(line for line in computed.splitlines() if line.startswith("half ")).split()[1] == "0.5"
    failed = next(line for line in computed.splitlines() if line.startswith("y-half:lost"))
    assert "the plugin `y-half 1.0` failed" in failed
    made = say("generate")
    assert made.status == 0
    assert "failed" in say("run", "show").out


def test_details_are_shown_when_asked_for(say: Say, shop: Path) -> None:
    plain, full = say("metrics", "compute"), say("metrics", "compute", "-v")
    assert full.status == 0
    assert "by_field  goals: " not in plain.out
    assert "by_field  goals: " in full.out
    assert "participants_mean" not in plain.out
    assert full.out.splitlines()[: len(plain.out.splitlines()) - 5] == plain.out.splitlines()[:-5]
    assert (
        say("experiment", "run", "temp-test", "--variant", "conservative", "--repeats", "2", "--count", "2").status == 0
    )
    across = ("metrics", "across", "--experiment", "temp-test", "--variant", "conservative")
    assert "partners persona-1 persona-1" not in " ".join(say(*across).out.split())
    assert "partners persona-1 persona-" in " ".join(say(*across, "-v").out.split())
