"""project.yaml and experiment.yaml: R-016's samples verbatim, and mistakes with their place."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from persona.errors import InvalidInput
from persona.model.experiments import read_experiment
from persona.model.parameters import check_parameters
from persona.model.projects import read_project
from persona.model.yamltext import dump_yaml, load_yaml


def sample(shared: Path, first_line: str) -> str:
    """A YAML sample of R-016, cut out by its first comment line."""
    text = (shared / "seed/R-016-experiment-project-organisation.md").read_text(encoding="utf-8")
    found = re.search(rf"```yaml\n({re.escape(first_line)}\n.*?)```", text, re.DOTALL)
    assert found
    return found[1]


def test_the_project_of_r016_verbatim(shared: Path) -> None:
    read = read_project(sample(shared, "# project.yaml"), "project.yaml")
    assert read.name == "E-commerce User Research"
    assert read.defaults == {"model": "gpt-4o-2025-01", "template": "ecommerce_v1"}
    assert read.constraints.age_range == (25, 65)
    assert read.constraints.required_fields == ("demographics.occupation", "goals", "pain_points")
    assert read.tags == {"team": "product-design", "sprint": "Q1-2025"}
    assert read.created == "2025-01-15"
    assert read.notes == ()


def test_the_experiment_of_r016_verbatim(shared: Path) -> None:
    read = read_experiment(sample(shared, "# experiment.yaml"), "experiment.yaml")
    assert [(one.name, one.parameters) for one in read.variants] == [
        ("conservative", {"temperature": 0.3}),
        ("balanced", {"temperature": 0.7}),
        ("creative", {"temperature": 1.0}),
    ]
    assert read.evaluation == {"metrics": ["diversity", "consistency", "faithfulness"], "min_runs_per_variant": 5}


def test_unknown_keys_are_kept_and_a_mistyped_one_is_named() -> None:
    read = read_project("name: a\nowner: Ada\nconstrants:\n  age_range: [1, 2]\n", "p.yaml")
    assert read.extra == {"owner": "Ada", "constrants": {"age_range": [1, 2]}}
    assert read.notes == ("p.yaml: the key `constrants` is kept but means nothing here; did you mean `constraints`?",)


def test_a_constraint_that_nothing_judges_is_kept_and_named() -> None:
    read = read_project("name: a\n1: b\nconstraints:\n  budget: 3\n  2: x\n", "p.yaml")
    assert read.constraints.other == {"budget": 3, "2": "x"}
    assert [note.split(";")[0] for note in read.notes] == [
        "p.yaml, constraints: `budget` is kept but nothing judges it",
        "p.yaml, constraints: `2` is kept but nothing judges it",
    ]


@pytest.mark.parametrize(
    ("text", "place", "words"),
    [
        ("name: [a", "p.yaml:2:1", "not valid YAML"),
        ("description: x", "p.yaml", "no `name`"),
        ("name: a\nname: b", "p.yaml:2:1", "stands twice"),
        ("name: a\nstatus: done", "p.yaml, status", "must be one of"),
        ("name: a\nconstraints:\n  age_range: [65, 25]", "p.yaml, constraints.age_range", "two ages"),
        ("name: a\nconstraints:\n  age_rnge: [25, 65]", "p.yaml, constraints", "not a constraint"),
        ("name: a\nconstraints:\n  requires: []", "p.yaml, constraints", "not a constraint"),
        ("name: a\ndefaults:\n  max_costs: 1", "p.yaml, defaults", "not a parameter"),
        ("name: a\ndefaults:\n  max_cost: -1", "p.yaml, defaults", "must be a number"),
        ("name: a\ndefaults:\n  1: 1", "p.yaml, defaults", "not a parameter"),
        ("name: a\ndefaults:\n  temprature: 1", "p.yaml, defaults", "not a parameter"),
        ("name: a\ndefaults:\n  temperature: hot", "p.yaml, defaults", "must be a number"),
        ("name: a\ndefaults:\n  count: 0", "p.yaml, defaults", "whole number"),
        ("- a", "p.yaml", "mapping"),
        ("name: &x a\ntitle: *x", "p.yaml:1:7", "aliases"),
        ("name: !!python/object:os.system a", "p.yaml:1:7", "tag"),
        ("a: " + "[" * 60 + "]" * 60, "p.yaml:1:", "deep"),
    ],
)
def test_a_mistake_is_told_with_its_place(text: str, place: str, words: str) -> None:
    with pytest.raises(InvalidInput, match=re.escape(words)) as caught:
        read_project(text, "p.yaml")
    assert (caught.value.place or "").startswith(place)


def test_a_bare_list_of_variants_needs_a_name() -> None:
    text = "- name: a\n  parameters: {temperature: 0.1}\n- name: b\n"
    assert [one.name for one in read_experiment(text, "v.yaml", name="t").variants] == ["a", "b"]
    with pytest.raises(InvalidInput, match="no `name`"):
        read_experiment(text, "v.yaml")
    with pytest.raises(InvalidInput, match="stands twice"):
        read_experiment("- name: a\n- name: a\n", "v.yaml", name="t")


def test_text_from_the_environment_becomes_the_type_asked_for() -> None:
    assert check_parameters({"temperature": "0.5", "count": "3", "seed": 7.0}, "x") == {
        "temperature": 0.5,
        "count": 3,
        "seed": 7,
    }


def test_yaml_goes_out_and_in_unchanged() -> None:
    value = {"name": "Zoë: a — b", "list": [1, 2.5, True, None, "2025-01-15", "no"], "nested": {"é": "multi\nline"}}
    assert load_yaml(dump_yaml(value), "x") == value
