"""Experiments taken together: the right differences, weighed, with how much they differ, on one page."""

from __future__ import annotations

import json
import random
import subprocess
import sys

import pytest
from tests.experiments.conftest import made

from persona.errors import InvalidInput, NotFound, UsageError
from persona.statistics.meta import combine
from persona.workspace import Workspace

FILE = "name: {name}\nbaseline: a\nvariants: [{{name: a}}, {{name: b}}]\n"


@pytest.fixture
def three(shop: Workspace) -> Workspace:
    """Three experiments with true differences of 0.1, 0.2 and 0.3."""
    chance = random.Random(5)
    for name, gain in (("one", 0.1), ("two", 0.2), ("three", 0.3)):
        made(shop, name, FILE.format(name=name))
        for variant in ("a", "b"):
            for _ in range(8):
                with shop.run.start(experiment=name, variant=variant) as run:
                    run.log({"accuracy": 0.5 + chance.gauss(0, 0.02) + (gain if variant == "b" else 0.0)})
    return shop


def test_the_combination_is_that_of_the_differences(three: Workspace) -> None:
    found = three.combining.meta(["one", "two", "three"], metric="accuracy").analysis
    assert (found.variant, found.baseline) == ("b", "a")
    effects = [one.comparison.difference for one in found.studies]
    errors = [(one.comparison.sd or 0) * (1 / 8 + 1 / 8) ** 0.5 for one in found.studies]
    expected = combine([one for one in effects if one is not None], errors)
    assert found.combined.random == pytest.approx(expected.random)
    assert found.combined.random == pytest.approx(0.2, abs=0.03)
    assert (found.combined.i2 or 0) > 0.9, "experiments that truly differ are told"
    assert sum(one.weight or 0 for one in found.studies) == pytest.approx(1)


def test_it_is_stored_as_a_page_and_twice_the_same(three: Workspace) -> None:
    view = three.combining.meta(["one", "two"], metric="accuracy")
    assert view.path is not None
    assert view.path.startswith("projects/shop/analysis/meta-analysis/")
    page = (three.root / view.path).read_text()
    assert '<pre id="checkpoint">persona/' in page
    assert "shop/one" in page
    assert "<svg" in page
    assert "<script" not in page
    assert three.combining.meta(["shop/one", "shop/two"], metric="accuracy").artefact == view.artefact
    assert three.verify().ok


@pytest.mark.parametrize(
    ("names", "more", "error"),
    [
        (["one"], {}, UsageError),
        (["one", "one"], {}, UsageError),
        (["one", "nothing"], {}, NotFound),
        (["one", "two"], {"variant": "z"}, NotFound),
        (["one", "two"], {"metric": "speed"}, NotFound),
    ],
)
def test_what_cannot_be_combined_is_an_error(
    three: Workspace, names: list[str], more: dict[str, str], error: type[Exception]
) -> None:
    before = three.verify().events
    with pytest.raises(error):
        three.combining.meta(names, **{"metric": "accuracy", **more})
    assert three.verify().events == before


def test_experiments_without_spread_are_left_out_and_told(three: Workspace) -> None:
    made(three, "still", FILE.format(name="still"))
    for variant in ("a", "b"):
        for _ in range(4):
            with three.run.start(experiment="still", variant=variant) as run:
                run.log({"accuracy": 0.5})
    found = three.combining.meta(["one", "two", "still"], metric="accuracy", save=False).analysis
    assert [one.weight is None for one in found.studies] == [False, False, True]
    assert (found.combined.k, found.combined.left_out) == (2, 1)
    made(three, "quiet", FILE.format(name="quiet"))
    for variant in ("a", "b"):
        for _ in range(4):
            with three.run.start(experiment="quiet", variant=variant) as run:
                run.log({"accuracy": 0.5})
    with pytest.raises(InvalidInput):
        three.combining.meta(["quiet", "still"], metric="accuracy")


def test_the_command_says_it_in_words_and_in_json(three: Workspace) -> None:
    command = [sys.executable, "-m", "persona", "experiment", "meta", "one", "two", "three", "--metric", "accuracy"]
    said = subprocess.run(command, cwd=three.root, capture_output=True, text=True, check=True)
    assert "shop/three" in said.stdout
    assert "together" in said.stdout
    whole = json.loads(subprocess.run([*command, "--json"], cwd=three.root, capture_output=True, check=True).stdout)
    assert whole["data"]["analysis"]["combined"]["k"] == 3
