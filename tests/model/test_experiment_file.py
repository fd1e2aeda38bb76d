"""The design of an experiment as people write it: what it says, what it makes, and what is refused with its place."""

from __future__ import annotations

import math
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from persona.errors import InvalidInput
from persona.model.designs import Span, Sweep, points_of
from persona.model.experiment_schema import experiment_schema
from persona.model.experiments import InputSet, Primary, Stopping, read_experiment
from persona.model.yamltext import load_yaml

BASE = "name: e\nvariants: [{name: a}, {name: b, parameters: {temperature: 0.5}}]\n"


def test_everything_beyond_r016_is_optional() -> None:
    read = read_experiment(BASE, "e.yaml")
    assert (read.baseline, read.primary, read.alpha, read.repeats) == (None, None, 0.05, 1)
    assert read.inputs == (InputSet("all"),)
    assert read.stopping == Stopping("fixed")
    assert read.registration() is None


def test_the_whole_design_is_read() -> None:
    read = read_experiment(
        BASE
        + """
hypothesis: Warm is better.
baseline: a
primary_metric: {name: diversity, direction: higher, smallest_effect: 0.05}
alpha: 0.01
stopping: {rule: e-value, min_pairs: 4, max_pairs: 20}
repeats: 8
inputs:
  - name: students
    sources: [a.txt, b.txt]
  - all
assert: [faithfulness >= 0.9]
""",
        "e.yaml",
    )
    assert read.primary == Primary("diversity", "higher", 0.05)
    assert read.stopping == Stopping("e-value", 4, 20)
    assert read.inputs == (InputSet("students", ("a.txt", "b.txt")), InputSet("all"))
    assert (read.alpha, read.repeats, read.baseline, read.asserts) == (0.01, 8, "a", ("faithfulness >= 0.9",))


def test_what_must_be_said_before_has_a_name_of_its_own() -> None:
    one = read_experiment(BASE + "primary_metric: diversity\n", "e.yaml")
    same = read_experiment(BASE + "primary_metric: {name: diversity}\nrepeats: 40\ntags: [x]\n", "e.yaml")
    other = read_experiment(BASE + "primary_metric: diversity\nalpha: 0.1\n", "e.yaml")
    assert one.registration() == same.registration()
    assert one.registration() != other.registration()


def test_a_matrix_makes_every_combination_but_those_excluded() -> None:
    read = read_experiment(
        """
name: m
baseline: "template=brief,model=extractive,temperature=0"
matrix:
  templates: [default, brief]
  models: [extractive]
  parameters: {temperature: [0, 0.5]}
  exclude: [{template: default, temperature: 0.5}]
""",
        "m.yaml",
    )
    assert [one.name for one in read.variants] == [
        "template=default,model=extractive,temperature=0",
        "template=brief,model=extractive,temperature=0",
        "template=brief,model=extractive,temperature=0.5",
    ]
    assert read.variants[2].parameters == {"template": "brief", "model": "extractive", "temperature": 0.5}


@pytest.mark.parametrize(
    ("text", "place", "message"),
    [
        ("baseline: c", "baseline", "is no variant"),
        ("primary_metric: {direction: up}", "primary_metric", "no `name`"),
        ("primary_metric: {name: x, direction: up}", "primary_metric.direction", "higher, lower"),
        ("primary_metric: {name: x, smallest: 1}", "primary_metric", "`smallest` means nothing here"),
        ("primary_metric: {name: x, smallest_effect: -1}", "primary_metric.smallest_effect", "from 0 on"),
        ("alpha: 0", "alpha", "above 0"),
        ("alpha: .nan", "alpha", "must be a number"),
        ("stopping: later", "stopping.rule", "fixed, e-value"),
        ("stopping: {min_pairs: 2}", "stopping.min_pairs", "from 3 on"),
        ("stopping: {min_pairs: 9, max_pairs: 8}", "stopping.max_pairs", "from 9 on"),
        ("repeats: 0", "repeats", "from 1 on"),
        ("repeats: 20000", "repeats", "10,000"),
        ("repeats: true", "repeats", "whole number"),
        ("inputs: all", "inputs", "must be a list"),
        ("inputs: [{name: some}]", "inputs[0]", "names no `sources`"),
        ("inputs: [all, all]", "inputs[1]", "stands twice"),
        ("assert: {faithfulness: 1}", "assert", "list of texts"),
        ("matrix: {}", "matrix", "no axis"),
        ("matrix: {parameters: {temperature: []}}", "matrix.parameters.temperature", "one value or more"),
        ("matrix: {parameters: {temprature: [1]}}", "matrix.parameters.temprature", "is not a parameter"),
        ("matrix: {parameters: {temperature: [0.5, 0.50]}}", "matrix.parameters.temperature", "stands twice"),
        ("matrix: {parameters: {seed: [0], temperature: [1]}, exclude: [{seed: 0}]}", "exclude", "every combination"),
        ("matrix: {values: 3}", "matrix", "not a key"),
        ("sweep: {method: bayes}", "sweep.method", "grid, random"),
        ("sweep: {method: grid}", "sweep.parameters", "no parameters"),
        ("sweep: {method: grid, parameters: {temperature: {min: 0, max: 1}}}", "temperature", "every value"),
        ("sweep: {method: random, parameters: {temperature: {min: 0, max: 1}}}", "sweep.budget", "no end"),
        (
            "sweep: {method: random, parameters: {temperature: {min: 1, max: 0}}, budget: {runs: 3}}",
            "sweep.parameters.temperature",
            "is empty",
        ),
        (
            "sweep: {method: random, parameters: {temperature: {min: 0, max: 1, log: true}}, budget: {runs: 3}}",
            "temperature.log",
            "begins at 0",
        ),
        ("sweep: {method: grid, parameters: {model: {min: 0, max: 1}}}", "parameters.model", "needs `values`"),
        ("sweep: {method: random, parameters: {items: [3]}, budget: {runs: 0}}", "budget.runs", "from 1 on"),
        ("sweep: {method: random, parameters: {items: [3]}, budget: {eur: 1}}", "sweep", "`eur` means nothing"),
        ("sweep: {method: grid, parameters: {items: [3]}, retest: {best: 3}}", "sweep", "`retest` means nothing"),
        ("sweep: {method: grid, parameters: {seed: {min: 0, max: 1000}}}", "sweep", "1,001 variants"),
    ],
)
def test_what_cannot_be_is_refused_with_its_place(text: str, place: str, message: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        read_experiment(BASE + text + "\n", "e.yaml")
    assert message in caught.value.message + " ".join(caught.value.hints)
    assert place in (caught.value.place or "")


@given(
    least=st.floats(0, 50, allow_nan=False),
    width=st.floats(0, 50, allow_nan=False),
    log=st.booleans(),
    runs=st.integers(1, 30),
    seed=st.integers(0, 5),
)
def test_points_of_a_random_sweep_lie_in_range_and_stay_the_same(
    least: float, width: float, log: bool, runs: int, seed: int
) -> None:
    low = least + (0.01 if log else 0.0)
    sweep = Sweep("random", {"temperature": Span(least=low, most=low + width, log=log)}, runs=runs)
    points = points_of(sweep, seed)
    assert 1 <= len(points) <= runs
    assert len({one.name for one in points}) == len(points)
    for one in points:
        value = one.parameters["temperature"]
        assert low * (1 - 1e-3) - 1e-9 <= value <= (low + width) * (1 + 1e-3) + 1e-9
    more = points_of(Sweep("random", sweep.parameters, runs=runs + 5), seed)
    assert more[: len(points)] == points, "a larger budget adds points and changes none"


@given(st.lists(st.integers(1, 6), min_size=1, max_size=3))
def test_a_grid_has_every_combination_once(sizes: list[int]) -> None:
    names = ("items", "count", "seed")
    spans = {name: Span(values=tuple(range(1, size + 1))) for name, size in zip(names, sizes, strict=False)}
    points = points_of(Sweep("grid", spans), 0)
    assert len(points) == math.prod(sizes[: len(spans)]) == len({one.name for one in points})


def validator() -> Draft202012Validator:
    Draft202012Validator.check_schema(experiment_schema())
    return Draft202012Validator(experiment_schema())


@pytest.mark.parametrize(
    "more",
    [
        "",
        "baseline: a\nprimary_metric: diversity\nstopping: e-value\ninputs: [all]\nassert: x > 1\ntags: [{a: b}]\n",
        "primary_metric: {name: d, direction: lower, smallest_effect: 0.1}\nalpha: 0.01\nrepeats: 3\n",
        "matrix: {templates: [default], parameters: {temperature: [0, 1]}, exclude: [{temperature: 0}]}\n",
        "sweep: {method: random, parameters: {items: {min: 1, max: 4}, novelty: [0.1]}, budget: {runs: 2}}\n",
        "stopping: {rule: e-value, min_pairs: 3, max_pairs: 9}\ninputs: [{name: s, sources: [a.txt]}]\nmine: 3\n",
    ],
)
def test_the_schema_takes_what_is_read(more: str) -> None:
    read_experiment(BASE + more, "e.yaml")
    validator().validate(load_yaml(BASE + more, "e.yaml"))


def test_the_schema_takes_r016_s_sample(shared: Path) -> None:
    text = (shared / "seed/R-016-experiment-project-organisation.md").read_text(encoding="utf-8")
    sample = text[text.index("# experiment.yaml") :].partition("```")[0]
    validator().validate(load_yaml(sample, "R-016"))


@pytest.mark.parametrize(
    "more",
    [
        "primary_metric: {direction: higher}",
        "primary_metric: {name: x, direction: up}",
        "primary_metric: {name: x, smallest: 1}",
        "alpha: 0",
        "stopping: later",
        "stopping: {min_pairs: 2}",
        "repeats: 0",
        "inputs: all",
        "matrix: {values: 3}",
        "matrix: {parameters: {temperature: []}}",
        "matrix: {parameters: {temprature: [1]}}",
        "sweep: {method: bayes, parameters: {items: [1]}}",
        "sweep: {method: grid}",
        "sweep: {method: grid, parameters: {items: [3]}, retest: {best: 3}}",
    ],
)
def test_the_schema_refuses_what_is_refused(more: str) -> None:
    with pytest.raises(InvalidInput):
        read_experiment(BASE + more + "\n", "e.yaml")
    assert not validator().is_valid(load_yaml(BASE + more + "\n", "e.yaml"))
