"""The registry, and R-016's four scores from their parts."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.generation.conftest import as_inputs
from tests.metrics.making import measured, persona_set

from persona.generation import generate
from persona.generation.vectors import embed
from persona.metrics import REGISTRY, measure, scores
from persona.model.measures import Measure
from persona.model.recipes import Constraints, Parameters
from persona.model.schema import persona_set_schema
from persona.sources import read


def value(name: str, number: float | None) -> Measure:
    return REGISTRY[name].measure(number, 4)


def test_every_metric_of_the_registry_is_measured_once_and_in_its_order() -> None:
    assert list(measured(persona_set())) == list(REGISTRY)
    for name, one in REGISTRY.items():
        assert one.name == name
        assert one.version
        assert one.direction in ("up", "down", "none")
        assert one.span[0] < one.span[1]
        assert len(one.formula) > 20


def test_scores_are_made_of_their_parts() -> None:
    parts = [value("diversity", 0.8), value("consistency_internal", 0.9), value("faithfulness", 0.7)]
    parts += [value("bias_invented", 0.1), value("bias_representation", 0.2)]
    found = scores(parts)
    assert found == {
        "diversity_score": 0.8, "consistency_score": 0.9, "faithfulness_score": 0.7, "bias_score": 0.15
    }  # fmt: skip


@pytest.mark.parametrize(("ratio", "score"), [(1.3, 1.0), (1.0, 1.0), (0.4, 0.4), (None, None)])
def test_the_diversity_score_ends_at_one(ratio: float | None, score: float | None) -> None:
    assert scores([value("diversity", ratio)])["diversity_score"] == score


def test_a_score_without_parts_is_none_and_not_zero() -> None:
    assert set(scores([]).values()) == {None}
    assert scores([value("bias_invented", 0.3)])["bias_score"] == 0.3


def test_personas_of_the_engine_are_grounded(shared: Path) -> None:
    folder = shared / "data/interviews/anthropic-interviewer-workforce"
    files = sorted(folder.glob("work_*.md"))[:12]
    inputs = as_inputs([document for file in files for document in read(file.read_bytes(), file.name).documents])
    personas = generate(inputs, Parameters(count=2), Constraints(), {})
    found = {one.name: one for one in measure(personas, inputs, embed, persona_set_schema())}
    assert found["quote_verbatim"].value == 1
    assert found["faithfulness"].value == 1
    assert found["schema_validity"].value == 1
    assert found["bias_invented"].value in (0, None)
    assert found["quote_verbatim"].denominator > 20
